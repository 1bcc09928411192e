//! `dynamic-sql`.

use crate::{
    action::Action,
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    step::Step,
};

declare_rule! {
    /// ## What it does
    /// Flags `EXECUTE` of a computed string in a `DO` block.
    ///
    /// ## Why is this bad?
    /// What runs is not in the text: no rule can look at it, and neither can a reviewer.
    ///
    /// ```sql,bad
    /// DO $$ BEGIN
    ///     EXECUTE format('DROP TABLE %I', current_setting('app.old_table'));
    /// END $$;
    /// ```
    ///
    /// ## Safer way
    /// Write the statements out. Where the names are known only to the database, say in a comment what they are and allow it.
    ///
    /// ```sql,good
    /// DROP TABLE IF EXISTS drafts;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DYNAMIC_SQL = {
        name: "dynamic-sql",
        group: Hygiene,
        summary: "SQL that is put together while it runs",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(_context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    if !matches!(step.action, Action::DynamicSql) {
        return;
    }
    found.push(
        Finding::new(
            &DYNAMIC_SQL,
            step.span,
            "no rule can look at SQL that is put together while it runs",
        )
        .help("write the statement out, or allow it with a comment that says what it runs"),
    );
}

#[cfg(test)]
mod tests {
    use super::DYNAMIC_SQL;
    use crate::test_support::check;

    #[test]
    fn a_computed_string() {
        check(
            &DYNAMIC_SQL,
            "
    DO $$ BEGIN
        EXECUTE 'DROP TABLE ' || quote_ident(current_setting('app.old_table'));
--      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: no rule can look at SQL that is put together while it runs
        PERFORM 1;
    END $$;
",
        );
    }
}
