//! A length limit in the type.

use std::borrow::Cow;

use crate::{Check, Context, Finding, Step, action::Column, declare_rule, rules::schema::columns};

declare_rule! {
    /// ## What it does
    /// Flags `varchar(n)`, `char(n)` and `bpchar` for new columns, and for columns that are given such a type.
    ///
    /// ## Why is this bad?
    /// Postgres stores and compares `text` just as fast. The limit is a guess, and outgrowing it is a type
    /// change of the column and everything over it. `char(n)` pads with blanks, too, which then count in some
    /// comparisons and not in others.
    ///
    /// ```sql,bad
    /// CREATE TABLE users (id bigint PRIMARY KEY, name varchar(50));
    /// ```
    ///
    /// ## Safer way
    /// Use `text`, and a `CHECK` where a limit means something: that is changed without touching the type.
    ///
    /// ```sql,good
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text CHECK (length(name) <= 50));
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static PREFER_TEXT = {
        name: "prefer-text",
        group: Schema,
        summary: "a length limit that only a type change lifts",
        level: Warning,
        fix: Unsafely,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    for (table, column) in columns::typed(context, step) {
        let data_type = &column.data_type;
        let name = &column.name;
        let message = match data_type.name.as_str() {
            "character varying" | "character" if !data_type.modifiers.is_empty() => {
                format!(
                    "`{name}` holds no more than the type says, and only a type change lifts that"
                )
            }
            "bpchar" => format!("blanks at the end of `{name}` count nothing where it is compared"),
            _ => continue,
        };
        let finding = Finding::new(&PREFER_TEXT, column.type_span, message)
            .help("use `text`, with a `CHECK` where the limit means something");
        found.push(match &column {
            Cow::Borrowed(column) if columns::may_change(context, table, column) => {
                with_fix(finding, column)
            }
            // It changes what is there: to what is its author's to say.
            _ => finding,
        });
    }
}

/// `text` for `varchar(n)`. `char(n)` compares in a way of its own, so that nothing takes its place for certain.
fn with_fix(finding: Finding, column: &Column) -> Finding {
    if column.data_type.name != "character varying" {
        return finding;
    }
    let array = if column.data_type.array { "[]" } else { "" };
    finding
        .replace(column.type_span, format!("text{array}"))
        .unsafe_fix("values of any length come in")
}

#[cfg(test)]
mod tests {
    use super::PREFER_TEXT;
    use crate::test_support::check;

    #[test]
    fn limits() {
        check(
            &PREFER_TEXT,
            "
    CREATE TABLE users (name varchar(50) NOT NULL, country char(2), tags varchar(10)[]);
--                           ^^^^^^^^^^^ warning: `name` holds no more than the type says, and only a type change lifts that
--                                                         ^^^^^^^ warning: `country` holds no more than the type says, and only a type change lifts that
--                                                                       ^^^^^^^^^^^^^ warning: `tags` holds no more than the type says, and only a type change lifts that
    ALTER TABLE users ADD COLUMN nick character varying(20);
--                                    ^^^^^^^^^^^^^^^^^^^^^ warning: `nick` holds no more than the type says, and only a type change lifts that
    ALTER TABLE users ALTER COLUMN nick TYPE varchar(40), ADD COLUMN code bpchar;
--                                           ^^^^^^^^^^^ warning: `nick` holds no more than the type says, and only a type change lifts that
--                                                                        ^^^^^^ warning: blanks at the end of `code` count nothing where it is compared
",
        );
    }

    #[test]
    fn no_limits() {
        check(
            &PREFER_TEXT,
            "
    CREATE TABLE users (name text, nick varchar, code \"char\");
    CREATE TEMP TABLE t (name varchar(50));
    ALTER TABLE users ALTER COLUMN nick TYPE text;
",
        );
    }
}
