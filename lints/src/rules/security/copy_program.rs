//! A migration runs a program on the server.

use crate::{Check, Context, Finding, Step, action::Action, declare_rule};

declare_rule! {
    /// ## What it does
    /// Flags `COPY … FROM PROGRAM` and `COPY … TO PROGRAM`.
    ///
    /// ## Why is this bad?
    /// The shell command runs on the database server as the user that Postgres runs as. It needs a superuser
    /// or `pg_execute_server_program`, it is not undone by a rollback, and it is how attackers leave the
    /// database.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_change.up.sql
    /// COPY users FROM PROGRAM 'curl https://example.com/users.csv';
    /// ```
    ///
    /// ## Safer way
    /// Load the data from the application or with a client, outside of migrations, or write the rows into the
    /// migration.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_change.up.sql
    /// INSERT INTO users (id, name) VALUES (1, 'ann') ON CONFLICT DO NOTHING;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static COPY_PROGRAM = {
        name: "copy-program",
        group: Security,
        summary: "a program that runs on the database server",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(_: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Copy(copy) = &step.action else {
        return;
    };
    if !copy.program {
        return;
    }
    found.push(
        Finding::new(
            &COPY_PROGRAM,
            step.span,
            "a shell command runs on the database server, and no rollback undoes it",
        )
        .help("load the data with a client, or write the rows into the migration"),
    );
}

#[cfg(test)]
mod tests {
    use super::COPY_PROGRAM;
    use crate::test_support::check;

    #[test]
    fn programs() {
        check(
            &COPY_PROGRAM,
            "
    COPY users FROM PROGRAM 'cat /etc/passwd';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a shell command runs on the database server, and no rollback undoes it
    COPY (SELECT 1) TO PROGRAM 'sh';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a shell command runs on the database server, and no rollback undoes it
",
        );
    }

    #[test]
    fn no_programs() {
        check(
            &COPY_PROGRAM,
            "
    COPY users FROM stdin;
    COPY users FROM '/tmp/program';
",
        );
    }
}
