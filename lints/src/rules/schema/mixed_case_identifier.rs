//! A name that needs quotes for ever.

use crate::{Check, Context, Finding, Step, declare_rule, rules::schema::names};

declare_rule! {
    /// ## What it does
    /// Flags new names with upper-case letters, which stand in quotes.
    ///
    /// ## Why is this bad?
    /// Postgres folds what is not quoted to lower case: `SELECT userId` asks for `userid` and fails. Everybody
    /// who ever writes a query, and each tool, has to quote the name.
    ///
    /// ```sql,bad
    /// CREATE TABLE users (id bigint PRIMARY KEY, "createdAt" timestamptz);
    /// ```
    ///
    /// ## Safer way
    /// Use lower case and underscores, and map names in the application.
    ///
    /// ```sql,good
    /// CREATE TABLE users (id bigint PRIMARY KEY, created_at timestamptz);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static MIXED_CASE_IDENTIFIER = {
        name: "mixed-case-identifier",
        group: Schema,
        summary: "a name that is found only in quotes",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    // One finding for a statement: a table whose columns all look like this has made its choice.
    let mut mixed = names::created(context, step)
        .into_iter()
        .filter(|(_, name)| name.value.chars().any(char::is_uppercase));
    let Some((what, name)) = mixed.next() else {
        return;
    };
    let more = match mixed.count() {
        0 => String::new(),
        more => format!(", and {more} more of these names"),
    };
    found.push(
        Finding::new(
            &MIXED_CASE_IDENTIFIER,
            name.span,
            format!("{what} `{name}`{more}: found only by queries that quote it"),
        )
        .help("use lower case and underscores"),
    );
}

#[cfg(test)]
mod tests {
    use super::MIXED_CASE_IDENTIFIER;
    use crate::test_support::check;

    #[test]
    fn upper_case() {
        check(
            &MIXED_CASE_IDENTIFIER,
            "
    CREATE TABLE \"Users\" (id bigint PRIMARY KEY, \"createdAt\" timestamptz);
--               ^^^^^^^ warning: table `Users`, and 1 more of these names: found only by queries that quote it
    ALTER TABLE users ADD COLUMN \"fullName\" text;
--                               ^^^^^^^^^^ warning: column `fullName`: found only by queries that quote it
",
        );
    }

    #[test]
    fn lower_case() {
        check(
            &MIXED_CASE_IDENTIFIER,
            "
    CREATE TABLE Users (ID bigint PRIMARY KEY, \"created at\" timestamptz);
",
        );
    }
}
