//! `suppression-without-reason`: the check is part of [`crate::suppression`].

use crate::{declare_rule, rule::Check};

declare_rule! {
    /// ## What it does
    /// Flags a suppression that says nothing behind the colon. It does not hold: the finding is reported as well.
    ///
    /// ## Why is this bad?
    /// The next reader, and the reviewer before, must know why it is safe here. Without the reason nobody can tell
    /// whether it still is.
    ///
    /// ```sql,bad
    /// -- rehearsal: allow(second-run-failed)
    /// SELECT 1;
    /// ```
    ///
    /// ## Safer way
    /// Say what makes it safe: how big the table is, who no longer reads it, when it runs.
    ///
    /// ```sql,good
    /// -- rehearsal: allow(second-run-failed): guarded by the deployment's own lock
    /// SELECT 1;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static SUPPRESSION_WITHOUT_REASON = {
        name: "suppression-without-reason",
        group: Hygiene,
        summary: "a suppression that gives no reason",
        level: Error,
        since: "0.1.0",
        check: Check::Suppression,
    }
}

#[cfg(test)]
mod tests {
    use super::SUPPRESSION_WITHOUT_REASON;
    use crate::test_support::check;

    #[test]
    fn no_reason() {
        check(
            &SUPPRESSION_WITHOUT_REASON,
            "
    -- rehearsal: allow(second-run-failed):
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: this suppression gives no reason and does not hold
    SELECT 1;
    /* rehearsal: allow(second-run-failed) */ SELECT 2;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: this suppression gives no reason and does not hold
    -- rehearsal: allow(second-run-failed): once is enough
    SELECT 3;
",
        );
    }
}
