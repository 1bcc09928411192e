//! What identifies a row to subscribers changes.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `REPLICA IDENTITY` on an existing table.
    ///
    /// ## Why is this bad?
    /// Logical replication and change capture find rows by it. With `NOTHING`, every `UPDATE` and `DELETE` on
    /// a published table fails. With `FULL`, each of them writes the whole old row to the log and the
    /// subscriber may have to scan its table for it. With another index or `DEFAULT`, consumers that read the
    /// old key see another one.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY);
    /// -- file: 2_change.up.sql
    /// ALTER TABLE users REPLICA IDENTITY NOTHING;
    /// ```
    ///
    /// ## Safer way
    /// Set it when the table is created. To change it, look at the publications and consumers of the table
    /// first, and say in a suppression that they are ready.
    ///
    /// ```sql,good
    /// CREATE TABLE users (id bigint PRIMARY KEY);
    /// ALTER TABLE users REPLICA IDENTITY FULL;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static REPLICA_IDENTITY = {
        name: "replica-identity",
        group: Compatibility,
        summary: "a change of the key by which subscribers find rows",
        level: Warning,
        lock: AccessExclusive,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let AlterClause::Catalog { keywords } = alter.clause else {
        return;
    };
    let table = &alter.table;
    if !keywords.starts_with("REPLICA IDENTITY") || !context.is_shared(table) {
        return;
    }
    let message = match keywords {
        "REPLICA IDENTITY NOTHING" => {
            format!("every `UPDATE` and `DELETE` on `{table}` fails if it is published")
        }
        "REPLICA IDENTITY FULL" => {
            format!("every `UPDATE` and `DELETE` on `{table}` writes the whole old row to the log")
        }
        _ => format!("subscribers of `{table}` find its rows by another key from now on"),
    };
    found.push(Finding::new(&REPLICA_IDENTITY, step.span, message).help(
        "make sure that publications and consumers are ready for it, and say so in a suppression",
    ));
}

#[cfg(test)]
mod tests {
    use super::REPLICA_IDENTITY;
    use crate::test_support::check;

    #[test]
    fn existing_tables() {
        check(
            &REPLICA_IDENTITY,
            "
    ALTER TABLE users REPLICA IDENTITY FULL;
--                    ^^^^^^^^^^^^^^^^^^^^^ warning: every `UPDATE` and `DELETE` on `users` writes the whole old row to the log
    ALTER TABLE users REPLICA IDENTITY NOTHING;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^ warning: every `UPDATE` and `DELETE` on `users` fails if it is published
    ALTER TABLE users REPLICA IDENTITY USING INDEX users_key;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: subscribers of `users` find its rows by another key from now on
",
        );
    }

    #[test]
    fn new_tables() {
        check(
            &REPLICA_IDENTITY,
            "
    CREATE TABLE teams (id bigint PRIMARY KEY);
    ALTER TABLE teams REPLICA IDENTITY FULL;
",
        );
    }
}
