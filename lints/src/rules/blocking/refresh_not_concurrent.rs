//! A materialized view is filled anew while readers wait.

use crate::{
    Check, Context, Finding, Step, action::Action, declare_rule, lower::cursor::is_word,
    token::span_of,
};

declare_rule! {
    /// ## What it does
    /// Flags `REFRESH MATERIALIZED VIEW` without `CONCURRENTLY` of a view that this migration did not create.
    ///
    /// ## Why is this bad?
    /// The refresh holds `ACCESS EXCLUSIVE` on the view while its query runs, so every `SELECT` from it waits.
    /// Everybody who comes later queues behind it, and the lock is kept until the migration has committed.
    ///
    /// ```sql,bad
    /// -- file: 1_totals.up.sql
    /// CREATE MATERIALIZED VIEW totals AS SELECT 1 AS id;
    /// CREATE UNIQUE INDEX totals_id ON totals (id);
    /// -- file: 2_refresh.up.sql
    /// REFRESH MATERIALIZED VIEW totals;
    /// ```
    ///
    /// ## Safer way
    /// Give the view a unique index and refresh it concurrently: readers see the old rows until the new ones are there.
    /// A transaction may hold that. Better still, leave refreshing to a job.
    ///
    /// ```sql,good
    /// -- file: 1_totals.up.sql
    /// CREATE MATERIALIZED VIEW totals AS SELECT 1 AS id;
    /// CREATE UNIQUE INDEX totals_id ON totals (id);
    /// -- file: 2_refresh.up.sql
    /// REFRESH MATERIALIZED VIEW CONCURRENTLY totals;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static REFRESH_NOT_CONCURRENT = {
        name: "refresh-not-concurrent",
        group: Blocking,
        summary: "a refresh that blocks readers of the view",
        level: Error,
        lock: AccessExclusive,
        fix: Unsafely,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Refresh {
        name,
        concurrently: false,
        no_data: false,
    } = &step.action
    else {
        return;
    };
    if !context.is_shared(name) {
        return;
    }
    let finding = Finding::new(
        &REFRESH_NOT_CONCURRENT,
        step.span,
        format!("readers of `{name}` wait until its whole query has run again"),
    )
    .label(format!("takes ACCESS EXCLUSIVE on `{name}`"))
    .help("use `CONCURRENTLY`, which needs a unique index over plain columns of the view");
    let unique = context
        .catalog
        .indexes_of(name)
        .any(|(_, index)| index.unique && !index.partial && !index.columns.is_empty());
    let keyword = context
        .statement(step)
        .tokens
        .iter()
        .find(|token| is_word(&token.token, "view"));
    found.push(match keyword {
        Some(keyword) if unique && !context.in_do_block(step) => finding
            .insert(span_of(keyword).end, " CONCURRENTLY")
            .unsafe_fix("it fails on a view that was never filled"),
        _ => finding,
    });
}

#[cfg(test)]
mod tests {
    use super::REFRESH_NOT_CONCURRENT;
    use crate::test_support::check;

    #[test]
    fn an_existing_view() {
        check(
            &REFRESH_NOT_CONCURRENT,
            "
    REFRESH MATERIALIZED VIEW totals;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: readers of `totals` wait until its whole query has run again
",
        );
    }

    #[test]
    fn with_a_unique_index_it_is_fixed() {
        check(
            &REFRESH_NOT_CONCURRENT,
            "
-- file: 1_totals.up.sql
    CREATE MATERIALIZED VIEW totals AS SELECT 1 AS id;
    CREATE UNIQUE INDEX totals_id ON totals (id);
-- file: 2_refresh.up.sql
    REFRESH MATERIALIZED VIEW totals;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: readers of `totals` wait until its whole query has run again
",
        );
    }

    #[test]
    fn concurrent_empty_or_new() {
        check(
            &REFRESH_NOT_CONCURRENT,
            "
    REFRESH MATERIALIZED VIEW CONCURRENTLY totals;
    REFRESH MATERIALIZED VIEW totals WITH NO DATA;
    CREATE MATERIALIZED VIEW sums AS SELECT 1 AS id WITH NO DATA;
    REFRESH MATERIALIZED VIEW sums;
",
        );
    }
}
