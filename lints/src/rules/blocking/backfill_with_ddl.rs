//! Rows are moved in the transaction that also alters a table.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    Check, Context, Finding, SourceFile, Step,
    action::{Action, Expr, ObjectKind},
    declare_rule,
    lower::cursor::{Cursor, is_word, literal, split_commas},
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
        Action::Delete(delete)
            if !delete.filtered
                || delete.filter.is_some() && !is_point(source, delete.filter.as_ref()) =>
        {
            (&delete.table, "deletes")
        }
        Action::Merge { table } => (table, "merges"),
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
    let Some((at, altered)) = altered(context) else {
        return;
    };
    let message = if at < context.index {
        format!("`{altered}` stays locked while this {verb} the rows of `{table}`")
    } else {
        format!(
            "the rows of `{table}` that this {verb} stay locked while `{altered}` is waited for and altered"
        )
    };
    found.push(
        Finding::new(&BACKFILL_WITH_DDL, step.span, message)
            .label("in one transaction with ALTER TABLE")
            .help("move rows in a migration of their own, or in batches by a job"),
    );
}

/// The first existing table that this migration alters in the transaction of the current step, before it or behind it, and
/// the step that does so.
pub(super) fn altered<'a>(context: &Context<'a>) -> Option<(usize, &'a ObjectName)> {
    let (outline, index) = (context.outline, context.index);
    outline.altered_with(index).find(|(_, table)| {
        let made_later = outline.is_created_after(index, ObjectKind::Table, table.name());
        !made_later && context.is_shared(table)
    })
}

/// Whether a `WHERE` picks rows by the values of a column that are written out, such as `id = 5 AND …` or
/// `kind IN ('a', 'b')`: no backfill.
pub(super) fn is_point(source: &SourceFile, filter: Option<&Expr>) -> bool {
    let Some(filter) = filter else {
        return false;
    };
    let tokens = token::tokenize(source.slice(filter.span), 0).code;
    let conditions = split_at(&tokens, "and");
    split_at(&tokens, "or").len() == 1 && conditions.into_iter().any(picks)
}

/// Whether a condition is `column = value` or `column IN (value, …)`.
fn picks(condition: &[TokenWithSpan]) -> bool {
    let mut cursor = Cursor::new(condition);
    if cursor.object_name().is_none() {
        return false;
    }
    if cursor.eat_token(&Token::Eq) {
        return is_value(cursor.rest());
    }
    cursor.eat(&["in"])
        && cursor
            .group()
            .is_some_and(|values| split_commas(values).into_iter().all(is_value))
        && cursor.is_at_end()
}

/// Whether this is a literal, cast or not.
fn is_value(value: &[TokenWithSpan]) -> bool {
    let [first, rest @ ..] = value else {
        return false;
    };
    let is_literal = matches!(first.token, Token::Number(..)) || literal(&first.token).is_some();
    let is_cast = rest
        .first()
        .is_none_or(|next| next.token == Token::DoubleColon);
    is_literal && is_cast
}

/// The pieces of a condition between the words that stand outside of parentheses.
fn split_at<'a>(tokens: &'a [TokenWithSpan], word: &str) -> Vec<&'a [TokenWithSpan]> {
    let mut depth = 0_usize;
    tokens
        .split(|token| {
            match token.token {
                Token::LParen => depth += 1,
                Token::RParen => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && is_word(&token.token, word)
        })
        .collect()
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
    fn before_the_table_is_altered() {
        check(
            &BACKFILL_WITH_DDL,
            "
    DELETE FROM orders WHERE user_id IS NULL;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the rows of `orders` that this deletes stay locked while `orders` is waited for and altered
    ALTER TABLE orders ALTER COLUMN user_id SET NOT NULL;
    COMMIT;
    UPDATE orders SET state = lower(state);
",
        );
    }

    #[test]
    fn rows_that_are_picked_by_value() {
        check(
            &BACKFILL_WITH_DDL,
            "
    ALTER TABLE users ADD COLUMN plan text;
    UPDATE users SET plan = 'a' WHERE users.id = 3;
    UPDATE users SET plan = 'b' WHERE plan IS NULL AND (name = 'x' OR name = 'y') AND id IN (4, '5'::bigint);
    DELETE FROM users u WHERE u.name = 'nobody';
    UPDATE users SET plan = 'c' WHERE id = 3 OR plan IS NULL;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `users` stays locked while this updates the rows of `users`
    UPDATE users SET plan = 'd' WHERE id IN (SELECT user_id FROM orders);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `users` stays locked while this updates the rows of `users`
    DELETE FROM users WHERE plan = name;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `users` stays locked while this deletes the rows of `users`
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
