//! A database is dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP DATABASE`.
    ///
    /// ## Why is this bad?
    /// Everything in the database is lost, at once and for good: the statement runs outside a transaction, so nothing
    /// can roll it back. A migration runs on every environment, also on those where the name means something else.
    ///
    /// ```sql,bad
    /// -- no-transaction
    /// DROP DATABASE reporting;
    /// ```
    ///
    /// ## Safer way
    /// Drop a database by hand, after looking at what it holds. A migration changes what is in its own database.
    ///
    /// ```sql,good
    /// CREATE SCHEMA IF NOT EXISTS reporting;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. Postgres 13 and later end the connections of others with `WITH (FORCE)`.
    pub(crate) static DROP_DATABASE = {
        name: "drop-database",
        group: Destructive,
        summary: "a database is dropped",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::Database];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::existing(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    found.push(
        Finding::new(
            &DROP_DATABASE,
            step.span,
            format!("database `{name}` is lost with everything in it"),
        )
        .label("the files are removed at once")
        .help("drop databases by hand, with a backup at hand, not in a migration"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_DATABASE;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_DATABASE,
            "
    DROP DATABASE IF EXISTS reporting;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: database `reporting` is lost with everything in it
",
        );
    }

    #[test]
    fn other_kinds() {
        check(
            &DROP_DATABASE,
            "
    DROP SCHEMA reporting;
",
        );
    }
}
