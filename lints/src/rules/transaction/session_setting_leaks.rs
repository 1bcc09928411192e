//! A setting that decides what names mean outlives the migration.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, SetParameter},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `SET` without `LOCAL` of `search_path`, `role` or `session_authorization` that the same file does not reset.
    ///
    /// ## Why is this bad?
    /// The setting stays with the connection. The next migration, and sqlx's own queries of its ledger, run on the same
    /// one: their unqualified names mean other tables, and what they create has another owner.
    ///
    /// ```sql,bad
    /// SET search_path = pg_catalog;
    /// SELECT 1;
    /// ```
    ///
    /// ## Safer way
    /// Qualify the names. Where that is too much, `SET LOCAL` ends with the transaction; it still holds when sqlx writes its
    /// ledger there, so leave the ledger's schema on the path.
    ///
    /// ```sql,good
    /// SET LOCAL search_path = app, public;
    /// SELECT 1;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static SESSION_SETTING_LEAKS = {
        name: "session-setting-leaks",
        group: Transaction,
        summary: "a session setting outlives the migration",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(set) = leaks(&step.action) else {
        return;
    };
    if context.outline.is_reset_after(context.index, &set.name) {
        return;
    }
    // No fix: a later migration may have come to rely on it.
    found.push(
        Finding::new(
            &SESSION_SETTING_LEAKS,
            step.span,
            format!(
                "the next migration on this connection runs with this `{}` too",
                set.name
            ),
        )
        .label("lasts until the connection closes")
        .help(match set.name.as_str() {
            "search_path" => {
                "write the schema before each name instead, or use `SET LOCAL` and leave `public` on the path: sqlx looks for its \
                 ledger there before the transaction ends"
            }
            _ => "use `SET LOCAL`, which ends with the transaction",
        }),
    );
}

fn leaks(action: &Action) -> Option<&SetParameter> {
    let Action::Set(set) = action else {
        return None;
    };
    let decides = matches!(
        set.name.as_str(),
        "search_path" | "role" | "session_authorization"
    );
    // DEFAULT and RESET have no values; RESET SESSION AUTHORIZATION neither.
    (decides && !set.local && !set.values.is_empty()).then_some(set)
}

#[cfg(test)]
mod tests {
    use super::SESSION_SETTING_LEAKS;
    use crate::test_support::check;

    #[test]
    fn not_local() {
        check(
            &SESSION_SETTING_LEAKS,
            "
    SET search_path TO app, public;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: the next migration on this connection runs with this `search_path` too
    SET SESSION ROLE admin;
--  ^^^^^^^^^^^^^^^^^^^^^^ warning: the next migration on this connection runs with this `role` too
    SELECT pg_catalog.set_config('search_path', '', false);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: the next migration on this connection runs with this `search_path` too
",
        );
    }

    #[test]
    fn local_reset_or_harmless() {
        check(
            &SESSION_SETTING_LEAKS,
            "
    SET LOCAL search_path = app;
    SET ROLE admin;
    RESET ROLE;
    SET lock_timeout = '5s';
",
        );
    }
}
