//! A type that cannot be compared.

use std::borrow::Cow;

use crate::{Check, Context, Finding, Step, action::Column, declare_rule, rules::schema::columns};

declare_rule! {
    /// ## What it does
    /// Flags `json` for new columns.
    ///
    /// ## Why is this bad?
    /// `json` keeps the text as it came and has no equality operator: `SELECT DISTINCT`, `GROUP BY`, `UNION`
    /// and `=` over the column fail with `42883`, in queries that worked before it was added. It cannot be
    /// indexed and is parsed anew by each access.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_change.up.sql
    /// ALTER TABLE users ADD COLUMN meta json;
    /// ```
    ///
    /// ## Safer way
    /// Use `jsonb`. Keep `json` only where the exact text has to be given back, and say so in a suppression.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_change.up.sql
    /// ALTER TABLE users ADD COLUMN meta jsonb;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static PREFER_JSONB = {
        name: "prefer-jsonb",
        group: Schema,
        summary: "a type without an equality operator",
        level: Error,
        fix: Unsafely,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    for (table, column) in columns::typed(context, step) {
        let data_type = &column.data_type;
        if data_type.name != "json" || data_type.schema.is_some() {
            continue;
        }
        let name = &column.name;
        let finding = Finding::new(&PREFER_JSONB, column.type_span, format!("`DISTINCT`, `GROUP BY` and `UNION` fail on rows with `{name}`: `json` has no equality operator"))
            .help("use `jsonb`");
        found.push(match &column {
            Cow::Borrowed(column) if columns::may_change(context, table, column) => {
                with_fix(finding, column)
            }
            // It changes what is there: to what is its author's to say.
            _ => finding,
        });
    }
}

fn with_fix(finding: Finding, column: &Column) -> Finding {
    // A check or an expression may call functions that take `json` alone.
    if !column.constraints.is_empty() || column.generated.is_some() {
        return finding;
    }
    let array = if column.data_type.array { "[]" } else { "" };
    finding
        .replace(column.type_span, format!("jsonb{array}"))
        .unsafe_fix("white space, repeated keys and the order of keys are not kept")
}

#[cfg(test)]
mod tests {
    use super::PREFER_JSONB;
    use crate::test_support::check;

    #[test]
    fn columns() {
        check(
            &PREFER_JSONB,
            "
    CREATE TABLE events (id bigint PRIMARY KEY, body json NOT NULL DEFAULT '{}');
--                                                   ^^^^ error: `DISTINCT`, `GROUP BY` and `UNION` fail on rows with `body`: `json` has no equality operator
    ALTER TABLE events ADD COLUMN meta json[];
--                                     ^^^^^^ error: `DISTINCT`, `GROUP BY` and `UNION` fail on rows with `meta`: `json` has no equality operator
",
        );
    }

    #[test]
    fn others() {
        check(
            &PREFER_JSONB,
            "
    CREATE TABLE events (id bigint PRIMARY KEY, body jsonb);
    CREATE TEMP TABLE staged (body json);
",
        );
    }
}
