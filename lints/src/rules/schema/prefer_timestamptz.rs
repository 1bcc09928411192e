//! A time without its zone.

use std::borrow::Cow;

use crate::{
    Check, Context, Finding, Step, action::Column, declare_rule, name::ObjectName,
    rules::schema::columns,
};

declare_rule! {
    /// ## What it does
    /// Flags `timestamp` without time zone for new columns.
    ///
    /// ## Why is this bad?
    /// It holds what a clock on some wall showed, not a point in time: which one it was depends on a
    /// convention that nobody wrote down, and `now()` is stored in whatever zone the session has. An hour is
    /// there twice when summer time ends. `timestamptz` takes the same eight bytes.
    ///
    /// ```sql,bad
    /// CREATE TABLE logins (id bigint PRIMARY KEY, at timestamp);
    /// ```
    ///
    /// ## Safer way
    /// Use `timestamptz`.
    ///
    /// ```sql,good
    /// CREATE TABLE logins (id bigint PRIMARY KEY, at timestamptz);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static PREFER_TIMESTAMPTZ = {
        name: "prefer-timestamptz",
        group: Schema,
        summary: "a point in time that nobody can tell for certain",
        level: Warning,
        fix: Unsafely,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    for (table, column) in columns::typed(context, step) {
        let data_type = &column.data_type;
        if data_type.name != "timestamp without time zone" {
            continue;
        }
        let name = &column.name;
        let finding = Finding::new(
            &PREFER_TIMESTAMPTZ,
            column.type_span,
            format!("`{name}` does not say which point in time it is"),
        )
        .help("use `timestamptz`");
        found.push(match &column {
            Cow::Borrowed(column) if columns::may_change(context, table, column) => {
                with_fix(finding, context, table, column)
            }
            // It changes what is there: to what is its author's to say.
            _ => finding,
        });
    }
}

fn with_fix(
    finding: Finding,
    context: &Context<'_>,
    table: &ObjectName,
    column: &Column,
) -> Finding {
    // An expression that Postgres takes for an index or a generated column may be immutable only without zones.
    if column.generated.is_some() || context.set.uses().computes(table, &column.name) {
        return finding;
    }
    let precision = column
        .data_type
        .modifiers
        .first()
        .map(|precision| format!("({precision})"))
        .unwrap_or_default();
    let array = if column.data_type.array { "[]" } else { "" };
    finding
        .replace(column.type_span, format!("timestamptz{precision}{array}"))
        .unsafe_fix("the application reads a point in time instead of a clock's face")
}

#[cfg(test)]
mod tests {
    use super::PREFER_TIMESTAMPTZ;
    use crate::test_support::{check, fixable};

    #[test]
    fn no_zone() {
        check(
            &PREFER_TIMESTAMPTZ,
            "
    CREATE TABLE logins (at timestamp NOT NULL DEFAULT now(), until timestamp(3) without time zone);
--                          ^^^^^^^^^ warning: `at` does not say which point in time it is
--                                                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: `until` does not say which point in time it is
    ALTER TABLE logins ADD COLUMN seen timestamp[];
--                                     ^^^^^^^^^^^ warning: `seen` does not say which point in time it is
    ALTER TABLE logins ALTER COLUMN born TYPE timestamp;
--                                            ^^^^^^^^^ warning: `born` does not say which point in time it is
",
        );
    }

    #[test]
    fn a_zone() {
        check(
            &PREFER_TIMESTAMPTZ,
            "
    CREATE TABLE logins (at timestamptz, until timestamp(3) with time zone, opens time, born date);
",
        );
    }

    #[test]
    fn what_is_computed_from_it_keeps_its_type() {
        let fixes = |sql: &str| fixable(&PREFER_TIMESTAMPTZ, sql);
        let table = "CREATE TABLE t (id bigint PRIMARY KEY, a timestamp);\n";
        for rest in [
            "CREATE INDEX t_d ON t ((a::date));",
            "CREATE INDEX t_d ON t (id) WHERE a > '2026-01-01';",
            "ALTER TABLE t ADD COLUMN d date GENERATED ALWAYS AS (a::date) STORED;",
            "ALTER TABLE t ADD CHECK (a::date > '2026-01-01');",
            "ALTER TABLE t ADD EXCLUDE USING gist (tsrange(a, a) WITH &&);",
        ] {
            assert_eq!(fixes(&format!("{table}{rest}")), 0, "{rest}");
        }
        for rest in [
            "CREATE INDEX t_a ON t (a);",
            "CREATE INDEX u_d ON u ((a::date));",
        ] {
            assert_eq!(fixes(&format!("{table}{rest}")), 1, "{rest}");
        }
    }
}
