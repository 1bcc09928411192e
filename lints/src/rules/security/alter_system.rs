//! A migration changes the server's configuration.

use crate::{Check, Context, Finding, Step, action::Action, declare_rule};

declare_rule! {
    /// ## What it does
    /// Flags `ALTER SYSTEM`.
    ///
    /// ## Why is this bad?
    /// It writes to a file of the server: for all databases, not undone by a rollback, at odds with whatever
    /// manages the server's configuration, and not in the copy on which the next migration is tried. Much of
    /// it takes effect only after a restart, so that a bad value shows when the server does not come up again.
    ///
    /// ```sql,bad
    /// -- no-transaction
    /// ALTER SYSTEM SET max_connections = 500;
    /// ```
    ///
    /// ## Safer way
    /// Change the server's configuration where it is kept. A setting for one database or role belongs to that.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE ROLE app;
    /// -- file: 2_change.up.sql
    /// ALTER ROLE app SET statement_timeout = '5s';
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. Since 17 it may be switched off by `allow_alter_system`.
    pub(crate) static ALTER_SYSTEM = {
        name: "alter-system",
        group: Security,
        summary: "a migration that changes the configuration of the whole server",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(_: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterSystem = step.action else {
        return;
    };
    found.push(
        Finding::new(
            &ALTER_SYSTEM,
            step.span,
            "the configuration of the whole server changes, for all its databases, and no rollback undoes it",
        )
        .help("change it where the server's configuration is kept, or set it for one database or role"),
    );
}

#[cfg(test)]
mod tests {
    use super::ALTER_SYSTEM;
    use crate::test_support::check;

    #[test]
    fn the_server() {
        check(
            &ALTER_SYSTEM,
            "
    ALTER SYSTEM SET work_mem = '1GB';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the configuration of the whole server changes, for all its databases, and no rollback undoes it
",
        );
    }

    #[test]
    fn one_database_or_role() {
        check(
            &ALTER_SYSTEM,
            "
    ALTER DATABASE app SET work_mem = '64MB';
    ALTER ROLE app SET work_mem = '64MB';
",
        );
    }
}
