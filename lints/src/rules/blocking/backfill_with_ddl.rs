//! Rows are moved in the transaction that also alters a table.

use sqlparser::tokenizer::Token;

use crate::{
    Check, Context, Finding, SourceFile, Step,
    action::{Action, Expr, ObjectKind},
    declare_rule,
    name::ObjectName,
    token,
};

declare_rule! {
    /// ## What it does
    /// Flags an `UPDATE`, a `DELETE` of all rows, or an `INSERT … SELECT` from an existing table, in a migration that
    /// also alters an existing table. An `UPDATE` by one value, such as `id = 5`, is silent.
    ///
    /// ## Why is this bad?
    /// The lock of the `ALTER TABLE` is held until the commit, so everybody waits until the last row is moved. Where
    /// the rows are moved first, the locks of all these rows are held while the `ALTER TABLE` waits for its own.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_lower_name.up.sql
    /// ALTER TABLE users ADD COLUMN lower_name text;
    /// UPDATE users SET lower_name = lower(name) WHERE lower_name IS NULL;
    /// ```
    ///
    /// ## Safer way
    /// Move rows in a migration of their own, or better by a job, in batches that commit one by one.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_lower_name.up.sql
    /// ALTER TABLE users ADD COLUMN lower_name text;
    /// -- file: 3_fill.up.sql
    /// UPDATE users SET lower_name = lower(name) WHERE lower_name IS NULL;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static BACKFILL_WITH_DDL = {
        name: "backfill-with-ddl",
        group: Blocking,
        summary: "rows moved in the transaction that also alters a table",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    if !context.migration.shares_transaction() {
        return;
    }
    let source = &context.migration.up;
    let (table, verb) = match &step.action {
        Action::Update(update) if !is_point(source, update.filter.as_ref()) => {
            (&update.table, "updates")
        }
        Action::Delete(delete) if !delete.filtered => (&delete.table, "deletes"),
        Action::Insert(insert) => {
            let Some(read) = insert.reads.iter().find(|read| context.is_shared(read)) else {
                return;
            };
            (read, "copies")
        }
        _ => return,
    };
    if !context.is_shared(table) {
        return;
    }
    let Some(altered) = altered(context) else {
        return;
    };
    found.push(
        Finding::new(
            &BACKFILL_WITH_DDL,
            step.span,
            format!("`{altered}` stays locked while this {verb} the rows of `{table}`"),
        )
        .label("in one transaction with ALTER TABLE")
        .help("move rows in a migration of their own, or in batches by a job"),
    );
}

/// The first existing table that this migration alters, before the current step or after it.
pub(super) fn altered<'a>(context: &Context<'a>) -> Option<&'a ObjectName> {
    context.outline.altered().find(|table| {
        let (index, name) = (context.index, table.name());
        let made_later = context
            .outline
            .is_created_after(index, ObjectKind::Table, name);
        !made_later && context.is_shared(table)
    })
}

/// Whether a `WHERE` picks by one value, such as `id = 5`: no backfill.
fn is_point(source: &SourceFile, filter: Option<&Expr>) -> bool {
    let Some(filter) = filter else {
        return false;
    };
    let tokens = token::tokenize(source.slice(filter.span), 0).code;
    let tokens: Vec<&Token> = tokens.iter().map(|token| &token.token).collect();
    matches!(
        tokens.as_slice(),
        [
            Token::Word(_),
            Token::Eq,
            Token::Number(..) | Token::SingleQuotedString(_)
        ]
    )
}

#[cfg(test)]
mod tests {
    use super::BACKFILL_WITH_DDL;
    use crate::test_support::check;

    #[test]
    fn one_transaction() {
        check(
            &BACKFILL_WITH_DDL,
            "
    ALTER TABLE users ADD COLUMN lower_name text;
    UPDATE users SET lower_name = lower(name) WHERE lower_name IS NULL;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `users` stays locked while this updates the rows of `users`
    CREATE TABLE teams (name text);
    INSERT INTO teams SELECT DISTINCT team FROM orders;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `users` stays locked while this copies the rows of `orders`
",
        );
    }

    #[test]
    fn apart_new_or_a_single_row() {
        check(
            &BACKFILL_WITH_DDL,
            "
-- file: 1_add.up.sql
    ALTER TABLE users ADD COLUMN lower_name text;
    UPDATE settings SET value = '2' WHERE key = 'version';
    INSERT INTO settings VALUES ('a', 'b');
-- file: 2_fill.up.sql
    UPDATE users SET lower_name = lower(name) WHERE lower_name IS NULL;
    CREATE TABLE teams (name text);
    ALTER TABLE teams ADD COLUMN id bigint;
    UPDATE teams SET id = 1;
",
        );
    }
}
