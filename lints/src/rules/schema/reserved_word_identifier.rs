//! A name that is a keyword.

use crate::{Check, Context, Finding, Step, declare_rule, name::RESERVED, rules::schema::names};

declare_rule! {
    /// ## What it does
    /// Flags new tables, columns and other objects that are named by one of Postgres's reserved words, which
    /// needs quotes.
    ///
    /// ## Why is this bad?
    /// Without the quotes the statement does not parse or, worse, means something else: `SELECT user FROM
    /// accounts` gives the role that is logged in, for each row.
    ///
    /// ```sql,bad
    /// CREATE TABLE accounts (id bigint PRIMARY KEY, "user" text);
    /// ```
    ///
    /// ## Safer way
    /// Choose another word.
    ///
    /// ```sql,good
    /// CREATE TABLE accounts (id bigint PRIMARY KEY, user_name text);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. The list is that of Postgres 18.
    pub(crate) static RESERVED_WORD_IDENTIFIER = {
        name: "reserved-word-identifier",
        group: Schema,
        summary: "a name that is a reserved word and means something else without quotes",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    for (what, name) in names::created(context, step) {
        if RESERVED.binary_search(&name.value.as_str()).is_err() {
            continue;
        }
        // Unquoted it parses only where the grammar takes it for a name, as that of a function.
        if !context.migration.up.slice(name.span).starts_with('"') {
            continue;
        }
        found.push(
            Finding::new(
                &RESERVED_WORD_IDENTIFIER,
                name.span,
                format!("{what} `{name}` means something else, or nothing, in a query that does not quote it"),
            )
            .help("choose another word"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RESERVED_WORD_IDENTIFIER;
    use crate::test_support::check;

    #[test]
    fn reserved() {
        check(
            &RESERVED_WORD_IDENTIFIER,
            "
    CREATE TABLE \"order\" (id bigint PRIMARY KEY, \"user\" text);
--               ^^^^^^^ warning: table `order` means something else, or nothing, in a query that does not quote it
--                                               ^^^^^^ warning: column `user` means something else, or nothing, in a query that does not quote it
    ALTER TABLE t ADD COLUMN \"end\" date;
--                           ^^^^^ warning: column `end` means something else, or nothing, in a query that does not quote it
",
        );
    }

    #[test]
    fn not_reserved() {
        check(
            &RESERVED_WORD_IDENTIFIER,
            "
    CREATE TABLE orders (id bigint PRIMARY KEY, \"name\" text, \"type\" text, value int, \"User\" text);
",
        );
    }
}
