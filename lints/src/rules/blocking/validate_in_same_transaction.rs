//! A constraint is validated while the lock that added it is still held.

use crate::{
    Check, Context, Finding, LockMode, Step,
    action::{Action, AlterClause},
    catalog::Origin,
    declare_rule,
    rules::blocking::validation,
};

declare_rule! {
    /// ## What it does
    /// Flags `VALIDATE CONSTRAINT` of a constraint that the same transaction has added as `NOT VALID`.
    ///
    /// ## Why is this bad?
    /// The point of `NOT VALID` is that the scan runs under a lock that lets readers and writers through. In one
    /// transaction the strong lock of the `ADD` is held until the commit, so everybody waits for the scan after all.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_check.up.sql
    /// ALTER TABLE users ADD CONSTRAINT users_age_check CHECK (age > 0) NOT VALID;
    /// ALTER TABLE users VALIDATE CONSTRAINT users_age_check;
    /// ```
    ///
    /// A foreign key's `SHARE ROW EXCLUSIVE` makes writers of both tables wait:
    ///
    /// ```sql,bad
    /// -- file: 1_posts.up.sql
    /// CREATE TABLE authors (id bigint PRIMARY KEY);
    /// CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint);
    /// INSERT INTO authors VALUES (1), (2);
    /// INSERT INTO posts VALUES (1, 1), (2, 2);
    /// -- file: 2_author.up.sql
    /// ALTER TABLE posts ADD CONSTRAINT posts_author_fkey FOREIGN KEY (author_id) REFERENCES authors NOT VALID;
    /// ALTER TABLE posts VALIDATE CONSTRAINT posts_author_fkey;
    /// ```
    ///
    /// ## Safer way
    /// Validate in a later migration, which is a transaction of its own.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_check.up.sql
    /// ALTER TABLE users ADD CONSTRAINT users_age_check CHECK (age > 0) NOT VALID;
    /// -- file: 3_validate.up.sql
    /// ALTER TABLE users VALIDATE CONSTRAINT users_age_check;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static VALIDATE_IN_SAME_TRANSACTION = {
        name: "validate-in-same-transaction",
        group: Blocking,
        summary: "a validation under the lock of the statement that added the constraint",
        level: Error,
        lock: ShareRowExclusive,
        work: Scan,
        fix: Unsafely,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    if !context.migration.shares_transaction() {
        return;
    }
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let AlterClause::ValidateConstraint(name) = &alter.clause else {
        return;
    };
    let table = &alter.table;
    let Some(constraint) = context.catalog.constraint(table, name) else {
        return;
    };
    let here = constraint.origin == Origin::Here && !constraint.valid;
    let committed = context.outline.is_committed_before(context.index, name);
    if !here || committed || !context.may_hold_rows(table) {
        return;
    }
    let (mode, waits) = if constraint.words == "FOREIGN KEY" {
        (LockMode::ShareRowExclusive, "writes to")
    } else {
        (LockMode::AccessExclusive, "reads and writes of")
    };
    let finding = Finding::new(
        &VALIDATE_IN_SAME_TRANSACTION,
        step.span,
        format!(
            "{waits} `{table}` wait through this scan: the lock that added `{name}` is still held"
        ),
    )
    .label(format!("{mode} on `{table}` is held until the commit"))
    .help("validate it in a later migration");
    found.push(validation::moved(finding, context, step, alter, name));
}

#[cfg(test)]
mod tests {
    use super::VALIDATE_IN_SAME_TRANSACTION;
    use crate::test_support::check;

    #[test]
    fn one_transaction() {
        check(
            &VALIDATE_IN_SAME_TRANSACTION,
            "
    ALTER TABLE users ADD CONSTRAINT age CHECK (age > 0) NOT VALID;
    ALTER TABLE users VALIDATE CONSTRAINT age;
--                    ^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait through this scan: the lock that added `age` is still held
    ALTER TABLE users ADD CONSTRAINT team FOREIGN KEY (team) REFERENCES teams NOT VALID, VALIDATE CONSTRAINT team;
--                                                                                       ^^^^^^^^^^^^^^^^^^^^^^^^ error: writes to `users` wait through this scan: the lock that added `team` is still held
",
        );
    }

    #[test]
    fn two_transactions() {
        check(
            &VALIDATE_IN_SAME_TRANSACTION,
            "
-- file: 1_add.up.sql
    ALTER TABLE users ADD CONSTRAINT age CHECK (age > 0) NOT VALID;
-- file: 2_validate.up.sql
    ALTER TABLE users VALIDATE CONSTRAINT age;
-- file: 3_both.up.sql
-- no-transaction
    BEGIN;
    ALTER TABLE users ADD CONSTRAINT named CHECK (name <> '') NOT VALID;
    COMMIT;
    ALTER TABLE users VALIDATE CONSTRAINT named;
",
        );
    }

    #[test]
    fn a_new_table() {
        check(
            &VALIDATE_IN_SAME_TRANSACTION,
            "
    CREATE TABLE teams (id bigint);
    ALTER TABLE teams ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
    ALTER TABLE teams VALIDATE CONSTRAINT positive;
",
        );
    }
}
