//! A migration reads or writes a file of the server.

use crate::{Check, Context, Finding, Step, action::Action, declare_rule};

declare_rule! {
    /// ## What it does
    /// Flags `COPY` from or to a file.
    ///
    /// ## Why is this bad?
    /// The path is on the database server, not where the migration runs: the file is absent on the next
    /// server, in the test database and in the restored copy. It needs a superuser or `pg_read_server_files`,
    /// which managed services do not give, and a written file is not undone by a rollback.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE TABLE plans (id bigint PRIMARY KEY, name text);
    /// -- file: 2_change.up.sql
    /// COPY users FROM '/tmp/users.csv' WITH (FORMAT csv);
    /// ```
    ///
    /// ## Safer way
    /// Load the data from the application or with a client, outside of migrations, or write the rows into the
    /// migration.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE TABLE plans (id bigint PRIMARY KEY, name text);
    /// -- file: 2_change.up.sql
    /// INSERT INTO plans (id, name) VALUES (1, 'free') ON CONFLICT DO NOTHING;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static COPY_FILE = {
        name: "copy-file",
        group: Security,
        summary: "a file on the database server that a migration depends on",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(_: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Copy(copy) = &step.action else {
        return;
    };
    if copy.program || copy.stdio {
        return;
    }
    found.push(
        Finding::new(
            &COPY_FILE,
            step.span,
            "this needs a file on the database server, which other servers do not have",
        )
        .help("load the data with a client, or write the rows into the migration"),
    );
}

#[cfg(test)]
mod tests {
    use super::COPY_FILE;
    use crate::test_support::check;

    #[test]
    fn files() {
        check(
            &COPY_FILE,
            "
    COPY users FROM '/tmp/users.csv' WITH (FORMAT csv);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: this needs a file on the database server, which other servers do not have
    COPY users TO E'/tmp/users.csv';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: this needs a file on the database server, which other servers do not have
",
        );
    }

    #[test]
    fn no_files() {
        check(
            &COPY_FILE,
            "
    COPY users FROM stdin;
    COPY users TO PROGRAM 'gzip';
",
        );
    }
}
