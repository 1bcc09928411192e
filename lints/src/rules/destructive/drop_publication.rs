//! A publication is dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP PUBLICATION` of one that the same migration neither made nor makes again.
    ///
    /// ## Why is this bad?
    /// Each subscriber fails as soon as the publication is missing, its replication slot holds back the write-ahead
    /// log until the disk is full, and the changes made in between reach it only by a new copy of the tables.
    ///
    /// ```sql,bad
    /// -- file: 1_feed.up.sql
    /// CREATE PUBLICATION feed;
    /// -- file: 2_drop_feed.up.sql
    /// DROP PUBLICATION feed;
    /// ```
    ///
    /// ## Safer way
    /// Drop the subscriptions first, so that their slots go. To change what is published, use `ALTER PUBLICATION`.
    ///
    /// ```sql,good
    /// -- rehearsal: allow(drop-publication): its last subscription was dropped on 1 March
    /// DROP PUBLICATION IF EXISTS feed;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_PUBLICATION = {
        name: "drop-publication",
        group: Destructive,
        summary: "a publication is dropped",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::Publication];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::replaced(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    found.push(
        Finding::new(
            &DROP_PUBLICATION,
            step.span,
            format!("subscribers of publication `{name}` stop receiving changes"),
        )
        .label("not made again in this file")
        .help("disable or drop the subscriptions first"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_PUBLICATION;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_PUBLICATION,
            "
    DROP PUBLICATION feed;
--  ^^^^^^^^^^^^^^^^^^^^^ error: subscribers of publication `feed` stop receiving changes
",
        );
    }

    #[test]
    fn one_of_the_same_migration() {
        check(
            &DROP_PUBLICATION,
            "
    CREATE PUBLICATION feed;
    DROP PUBLICATION feed;
",
        );
    }
}
