//! A type that cannot be compared.

use std::borrow::Cow;

use crate::{
    Check, Context, Finding, Step,
    action::Column,
    declare_rule,
    lower::cursor::is_word,
    rules::schema::columns,
    token::{span_of, tokenize},
};

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
                with_fix(finding, context, column)
            }
            // It changes what is there: to what is its author's to say.
            _ => finding,
        });
    }
}

fn with_fix(finding: Finding, context: &Context<'_>, column: &Column) -> Finding {
    // A check, an expression or a view may call functions that take `json` alone.
    if !column.constraints.is_empty()
        || column.generated.is_some()
        || context.set.uses().needs_json(&column.name)
    {
        return finding;
    }
    let array = if column.data_type.array { "[]" } else { "" };
    let default = column.default.as_ref().map(|default| default.span);
    let casts = default.into_iter().flat_map(|default| {
        let tokens = tokenize(context.migration.up.slice(default), default.start).code;
        let casts = tokens.into_iter();
        casts.filter(|token| is_word(&token.token, "json"))
    });
    casts
        .fold(finding, |finding, cast| {
            finding.replace(span_of(&cast), "jsonb")
        })
        .replace(column.type_span, format!("jsonb{array}"))
        .unsafe_fix("white space, repeated keys and the order of keys are not kept")
}

#[cfg(test)]
mod tests {
    use super::PREFER_JSONB;
    use crate::{
        fix,
        test_support::{check, fixable, found},
    };

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

    #[test]
    fn what_is_computed_from_it_keeps_its_type() {
        let fixes = |sql: &str| fixable(&PREFER_JSONB, sql);
        let table = "CREATE TABLE t (id bigint PRIMARY KEY, a json);\n";
        for rest in [
            "CREATE VIEW v AS SELECT json_array_elements(a) FROM t;",
            "CREATE VIEW v AS SELECT COALESCE(a, '{}'::json) FROM t;",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT json_array_length(a) FROM t $$;",
            "ALTER TABLE t ADD CHECK (json_typeof(a) = 'object');",
        ] {
            assert_eq!(fixes(&format!("{table}{rest}")), 0, "{rest}");
        }
        for rest in [
            "CREATE VIEW v AS SELECT a FROM t;",
            "CREATE VIEW v AS SELECT json_array_elements(b) FROM u;",
            "CREATE TABLE u (a jsonb);",
        ] {
            assert_eq!(fixes(&format!("{table}{rest}")), 1, "{rest}");
        }
    }

    #[test]
    fn a_default_is_cast_to_the_new_type() {
        let sql = "CREATE TABLE t (id bigint PRIMARY KEY, a json DEFAULT '{\"json\": 1}'::json);\n";
        let found = found(&PREFER_JSONB, sql);
        assert_eq!(
            fix::edit(sql, found[0].fix.own_edits()),
            "CREATE TABLE t (id bigint PRIMARY KEY, a jsonb DEFAULT '{\"json\": 1}'::jsonb);\n"
        );
    }
}
