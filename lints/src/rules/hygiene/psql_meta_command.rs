//! `psql-meta-command`.

use crate::{
    action::Action,
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    step::Step,
};

declare_rule! {
    /// ## What it does
    /// Flags psql's own commands, such as `\set` or `\connect`, and `COPY … FROM stdin`, whose data only psql sends.
    ///
    /// ## Why is this bad?
    /// A migrator sends the file to Postgres as it is, and Postgres refuses it: these lines are psql's, not SQL.
    ///
    /// ```sql,bad
    /// \set answer 42
    /// ```
    ///
    /// ## Safer way
    /// Write plain SQL: values in place of variables, `INSERT … VALUES` in place of copied data.
    ///
    /// ```sql,good
    /// INSERT INTO answers (answer) VALUES (42) ON CONFLICT DO NOTHING;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static PSQL_META_COMMAND = {
        name: "psql-meta-command",
        group: Hygiene,
        summary: "a command that only psql understands",
        level: Error,
        refused: ["42601"],
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(_context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let message = match &step.action {
        Action::PsqlCommand => {
            "only psql understands this: a migrator sends it to Postgres, which refuses it"
        }
        Action::Copy(copy) if copy.from && copy.stdio => {
            "the data of this `COPY` never arrives: only psql sends what follows it in the file"
        }
        _ => return,
    };
    found.push(
        Finding::new(&PSQL_META_COMMAND, step.span, message)
            .help("write plain SQL, and `INSERT … VALUES` in place of copied data"),
    );
}

#[cfg(test)]
mod tests {
    use super::PSQL_META_COMMAND;
    use crate::test_support::check;

    #[test]
    fn commands_of_psql() {
        check(
            &PSQL_META_COMMAND,
            "
    \\set answer 42
--  ^^^^^^^^^^^^^^ error: only psql understands this: a migrator sends it to Postgres, which refuses it
    SELECT 1;
",
        );
    }

    #[test]
    fn copied_data() {
        check(
            &PSQL_META_COMMAND,
            "
    COPY answers FROM stdin;
--  ^^^^^^^^^^^^^^^^^^^^^^^ error: the data of this `COPY` never arrives: only psql sends what follows it in the file
    COPY answers FROM '/srv/answers.csv';
",
        );
    }
}
