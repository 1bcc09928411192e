//! A label is used before the transaction that adds it to its enum has committed.

use std::collections::HashSet;

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterObjectClause, ObjectKind},
    catalog::Origin,
    declare_rule,
    lower::cursor::is_word,
    name::ObjectName,
    token,
};

declare_rule! {
    /// ## What it does
    /// Flags a use of an enum label in the migration that adds it with `ALTER TYPE … ADD VALUE`: in an `INSERT`, `UPDATE`
    /// or query, as a default, in a check, an index or a view.
    ///
    /// ## Why is this bad?
    /// Postgres refuses it with "unsafe use of new value" until the label is committed, so the migration fails each time.
    ///
    /// ```sql,bad
    /// -- file: 1_mood.up.sql
    /// CREATE TYPE mood AS ENUM ('sad', 'ok');
    /// CREATE TABLE people (id bigint PRIMARY KEY, mood mood);
    /// -- file: 2_happy.up.sql
    /// ALTER TYPE mood ADD VALUE IF NOT EXISTS 'happy';
    /// ALTER TABLE people ALTER COLUMN mood SET DEFAULT 'happy';
    /// ```
    ///
    /// ## Safer way
    /// Add the label in a migration of its own, and use it in the next one.
    ///
    /// ```sql,good
    /// -- file: 1_mood.up.sql
    /// CREATE TYPE mood AS ENUM ('sad', 'ok');
    /// CREATE TABLE people (id bigint PRIMARY KEY, mood mood);
    /// -- file: 2_happy.up.sql
    /// ALTER TYPE mood ADD VALUE IF NOT EXISTS 'happy';
    /// -- file: 3_default.up.sql
    /// ALTER TABLE people ALTER COLUMN mood SET DEFAULT 'happy';
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. Since 17, labels that are added to an enum of the same transaction may be used at once.
    pub(crate) static ENUM_VALUE_USED_SAME_TRANSACTION = {
        name: "enum-value-used-same-transaction",
        group: Transaction,
        summary: "an enum label is used before it is committed",
        level: Error,
        refused: ["55P04"],
        since: "0.1.0",
        check: Check::Step(check),
    }
}

/// From this major version on, labels may be used at once where the transaction created the enum itself.
const NEW_ENUMS_SINCE: u16 = 17;

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    if !context.migration.shares_transaction() {
        return;
    }
    let Some(table) = user(&step.action) else {
        return;
    };
    let catalog = context.catalog;
    if !catalog.has_added_labels() {
        return;
    }
    let tokens = token::tokenize(context.migration.up.slice(step.span), step.span.start).code;
    let literals = tokens.iter().filter_map(|token| match &token.token {
        Token::SingleQuotedString(label) => Some((label, token)),
        _ => None,
    });
    let mut seen = HashSet::new();
    let labels = literals.filter(|(label, _)| seen.insert(label.as_str()));
    let used = labels.flat_map(|(label, literal)| {
        let enums = catalog.enums_with_added_label(label);
        enums.map(move |(name, origin)| (label, literal, name, origin))
    });
    for (label, literal, name, origin) in used {
        let is_unsafe = origin == Origin::Earlier || context.settings.postgres < NEW_ENUMS_SINCE;
        if !is_unsafe || !may_be(context, table, name, &tokens) {
            continue;
        }
        found.push(
            Finding::new(
                &ENUM_VALUE_USED_SAME_TRANSACTION,
                token::span_of(literal),
                format!("the migration fails: '{label}' of `{name}` cannot be used before the transaction that adds it commits"),
            )
            .label("unsafe use of new value")
            .help("add the label in a migration of its own, before this one"),
        );
    }
}

/// The table of an action that evaluates its literals; an action without one gives an inner none.
fn user(action: &Action) -> Option<Option<&ObjectName>> {
    Some(match action {
        Action::Insert(insert) => Some(&insert.table),
        Action::Update(update) => Some(&update.table),
        Action::Delete(delete) => Some(&delete.table),
        Action::Merge { table } => Some(table),
        Action::AlterTable(alter) => Some(&alter.table),
        Action::CreateIndex(create) => Some(&create.table),
        Action::CreateTable(_) | Action::Query { .. } => None,
        Action::CreateObject(create) => match create.kind {
            ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::Domain => None,
            ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule => create.table.as_ref(),
            _ => return None,
        },
        Action::AlterObject(alter) => match alter.clause {
            AlterObjectClause::AddConstraint(_) => None,
            _ => return None,
        },
        _ => return None,
    })
}

/// Whether the literal may be of the enum: the statement names the type, or its table has such a column or is not known.
fn may_be(
    context: &Context<'_>,
    table: Option<&ObjectName>,
    name: &str,
    tokens: &[TokenWithSpan],
) -> bool {
    if tokens.iter().any(|token| is_word(&token.token, name)) {
        return true;
    }
    let Some(relation) = table.and_then(|table| context.catalog.relation(table)) else {
        return true;
    };
    relation.columns.is_empty()
        || relation
            .columns
            .iter()
            .any(|column| column.data_type.name == name)
}

#[cfg(test)]
mod tests {
    use super::ENUM_VALUE_USED_SAME_TRANSACTION;
    use crate::test_support::check;

    #[test]
    fn used_at_once() {
        check(
            &ENUM_VALUE_USED_SAME_TRANSACTION,
            "
    ALTER TYPE mood ADD VALUE 'happy';
    INSERT INTO people (mood) VALUES ('happy');
--                                    ^^^^^^^ error: the migration fails: 'happy' of `mood` cannot be used before the transaction that adds it commits
    ALTER TABLE people ADD CHECK (mood <> 'happy');
--                                        ^^^^^^^ error: the migration fails: 'happy' of `mood` cannot be used before the transaction that adds it commits
",
        );
    }

    #[test]
    fn other_columns_comments_and_new_enums() {
        check(
            &ENUM_VALUE_USED_SAME_TRANSACTION,
            "
-- file: 1_tables.up.sql
    CREATE TYPE mood AS ENUM ('ok');
    CREATE TABLE words (word text);
-- file: 2_label.up.sql
    ALTER TYPE mood ADD VALUE 'happy';
    COMMENT ON TYPE mood IS 'happy';
    INSERT INTO words VALUES ('happy');
    CREATE TYPE size AS ENUM ('s');
    ALTER TYPE size ADD VALUE 'm';
    INSERT INTO sizes VALUES ('m');
",
        );
    }

    #[test]
    fn after_a_commit() {
        check(
            &ENUM_VALUE_USED_SAME_TRANSACTION,
            "
-- no-transaction
    ALTER TYPE mood ADD VALUE 'happy';
    COMMIT;
    INSERT INTO people (mood) VALUES ('happy');
",
        );
    }
}
