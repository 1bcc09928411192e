//! A sequence is dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP SEQUENCE` of one that the same migration neither made nor makes again.
    ///
    /// ## Why is this bad?
    /// The last value is lost: a sequence that is made again begins at 1 and gives out numbers that rows already
    /// have. With `CASCADE`, columns lose their default, and each `INSERT` that relied on it fails.
    ///
    /// ```sql,bad
    /// -- file: 1_order_numbers.up.sql
    /// CREATE SEQUENCE order_numbers;
    /// -- file: 2_drop_order_numbers.up.sql
    /// DROP SEQUENCE order_numbers;
    /// ```
    ///
    /// ## Safer way
    /// Change the defaults that use it first, and drop it without `CASCADE`. A sequence that belongs to a column goes
    /// with that column.
    ///
    /// ```sql,good
    /// -- rehearsal: allow(drop-sequence): replaced by an identity column in migration 41
    /// DROP SEQUENCE IF EXISTS order_numbers;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_SEQUENCE = {
        name: "drop-sequence",
        group: Destructive,
        summary: "a sequence and its position are dropped",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::Sequence];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::replaced(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    let along = dropped::along(drop, "drops the column defaults that use it");
    found.push(
        Finding::new(
            &DROP_SEQUENCE,
            step.span,
            format!("the position of sequence `{name}` is lost{along}"),
        )
        .label("not made again in this file")
        .help("note its last value, and drop it once no default uses it"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_SEQUENCE;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_SEQUENCE,
            "
    DROP SEQUENCE order_numbers CASCADE;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the position of sequence `order_numbers` is lost, and `CASCADE` drops the column defaults that use it
",
        );
    }

    #[test]
    fn one_of_the_same_migration() {
        check(
            &DROP_SEQUENCE,
            "
    CREATE SEQUENCE order_numbers;
    DROP SEQUENCE order_numbers;
",
        );
    }
}
