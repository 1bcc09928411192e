//! A schema is dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP SCHEMA` of a schema that this migration did not create.
    ///
    /// ## Why is this bad?
    /// With `CASCADE` everything in the schema goes: tables with their rows, views, functions, types. The statement
    /// does not show what that is, and it may be more than the author saw on their own database.
    ///
    /// ```sql,bad
    /// -- file: 1_reporting.up.sql
    /// CREATE SCHEMA reporting;
    /// CREATE TABLE reporting.totals (day date PRIMARY KEY, amount numeric);
    /// -- file: 2_drop_reporting.up.sql
    /// DROP SCHEMA reporting CASCADE;
    /// ```
    ///
    /// ## Safer way
    /// Drop the objects one by one in migrations that a review can read. Without `CASCADE`, dropping the empty schema
    /// at the end proves that nothing was forgotten.
    ///
    /// ```sql,good
    /// -- rehearsal: allow(drop-schema): empty since migration 41; without CASCADE this fails if it is not
    /// DROP SCHEMA IF EXISTS reporting;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_SCHEMA = {
        name: "drop-schema",
        group: Destructive,
        summary: "a schema is dropped",
        level: Error,
        loses: Table,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::Schema];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::existing(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    let along = dropped::along(drop, "drops every table, view and function in it");
    found.push(
        Finding::new(
            &DROP_SCHEMA,
            step.span,
            format!("schema `{name}` is dropped{along}"),
        )
        .label("the schema is gone after the commit")
        .help("drop what is in it one by one, so that a review sees each loss"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_SCHEMA;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_SCHEMA,
            "
    CREATE SCHEMA staging;
    DROP SCHEMA reporting CASCADE;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: schema `reporting` is dropped, and `CASCADE` drops every table, view and function in it
    DROP SCHEMA staging;
",
        );
    }

    #[test]
    fn a_schema_of_the_same_migration() {
        check(
            &DROP_SCHEMA,
            "
    CREATE SCHEMA IF NOT EXISTS reporting;
    DROP SCHEMA reporting;
",
        );
    }
}
