//! `empty-migration`.

use crate::{
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    source::Span,
};

declare_rule! {
    /// ## What it does
    /// Flags a migration that holds nothing but comments and white space.
    ///
    /// ## Why is this bad?
    /// It takes a version and a line in the ledger, and does nothing. Most often somebody saved it before it was written,
    /// and once it is merged and applied, what was meant to stand there can never run under this version.
    ///
    /// ```sql,bad
    /// -- Add migration script here
    /// ```
    ///
    /// ## Safer way
    /// Write it, or delete it before it is merged.
    ///
    /// ```sql,good
    /// CREATE TABLE IF NOT EXISTS teams (id bigint PRIMARY KEY);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static EMPTY_MIGRATION = {
        name: "empty-migration",
        group: History,
        summary: "a migration without a statement",
        level: Warning,
        since: "0.1.0",
        check: Check::Migration(check),
    }
}

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    if context.migration.statements.is_empty() {
        found.push(
            Finding::new(
                &EMPTY_MIGRATION,
                Span::at(0),
                "this migration takes a version and does nothing",
            )
            .help("write it, or delete it before it is merged"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::EMPTY_MIGRATION;
    use crate::test_support::check;

    #[test]
    fn nothing_but_comments() {
        check(
            &EMPTY_MIGRATION,
            "
-- file: 1_a.up.sql
    -- Add migration script here
--^ warning: this migration takes a version and does nothing
-- file: 2_b.up.sql
    SELECT 1;
",
        );
    }

    #[test]
    fn allowed_for_the_file() {
        check(
            &EMPTY_MIGRATION,
            "
    -- rehearsal: allow-file(empty-migration): keeps the numbers of two branches apart
",
        );
    }
}
