//! An exclusion constraint builds its index while everybody waits.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, ConstraintKind},
    declare_rule,
    rules::blocking::altered::holds_up,
};

declare_rule! {
    /// ## What it does
    /// Flags `ADD … EXCLUDE` on a table with rows.
    ///
    /// ## Why is this bad?
    /// The index is built and every row compared while the statement holds `ACCESS EXCLUSIVE`: not even a `SELECT` gets
    /// through until that is over and the migration has committed. No form of the constraint takes over an index, or is
    /// `NOT VALID`.
    ///
    /// ```sql,bad
    /// -- file: 1_bookings.up.sql
    /// CREATE TABLE bookings (id bigint PRIMARY KEY, during tstzrange);
    /// -- file: 2_no_overlap.up.sql
    /// ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);
    /// ```
    ///
    /// ## Safer way
    /// Write the constraint when the table is made. For a table with rows, make a new one with it, let triggers or the
    /// application write both, copy the rows in batches, and switch the names.
    ///
    /// ```sql,good
    /// CREATE TABLE bookings (id bigint PRIMARY KEY, during tstzrange, CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&));
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. Since 18, `UNIQUE (…, during WITHOUT OVERLAPS)` says the same for ranges and builds an index too.
    pub(crate) static EXCLUSION_BUILDS_INDEX = {
        name: "exclusion-builds-index",
        group: Blocking,
        summary: "an exclusion constraint that builds its index while it blocks reads and writes",
        level: Error,
        lock: AccessExclusive,
        work: Build,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let AlterClause::AddConstraint(constraint) = &alter.clause else {
        return;
    };
    let table = &alter.table;
    if !matches!(constraint.kind, ConstraintKind::Exclude) || !context.may_hold_rows(table) {
        return;
    }
    found.push(
        holds_up(
            &EXCLUSION_BUILDS_INDEX,
            context,
            step,
            table,
            "until the index of this `EXCLUDE` is built: a scan of the whole table",
        )
        .help("make a new table with the constraint and move the rows, or take the time when nobody uses the table"),
    );
}

#[cfg(test)]
mod tests {
    use super::EXCLUSION_BUILDS_INDEX;
    use crate::test_support::check;

    #[test]
    fn an_existing_table() {
        check(
            &EXCLUSION_BUILDS_INDEX,
            "
    ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);
--                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `bookings` wait until the index of this `EXCLUDE` is built: a scan of the whole table
",
        );
    }

    #[test]
    fn a_new_table() {
        check(
            &EXCLUSION_BUILDS_INDEX,
            "
    CREATE TABLE rooms (during tstzrange);
    ALTER TABLE rooms ADD EXCLUDE USING gist (during WITH &&);
    ALTER TABLE bookings ADD CHECK (true) NOT VALID;
",
        );
    }
}
