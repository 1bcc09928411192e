//! A setting that decides what names mean outlives the migration.

use crate::{
    Check, Context, Finding, Step, TransactionMode,
    action::{Action, SetParameter},
    declare_rule,
    layout::Layout,
};

declare_rule! {
    /// ## What it does
    /// Flags `SET` without `LOCAL` of what decides what later statements mean, where the same file does not reset it:
    /// `search_path`, `role`, `session_authorization`, `TimeZone`, `DateStyle`, `IntervalStyle`, `session_replication_role`
    /// and `transform_null_equals`.
    ///
    /// ## Why is this bad?
    /// The setting stays with the connection. The next migration, and the runner's own queries of its ledger, run on the same
    /// one: their unqualified names mean other tables, what they create has another owner, a time without a zone is another
    /// moment, and triggers do not fire.
    ///
    /// ```sql,bad
    /// SET search_path = pg_catalog;
    /// SELECT 1;
    /// ```
    ///
    /// ## Safer way
    /// Qualify the names. Where that is too much, `SET LOCAL` ends with the transaction; it still holds when a runner such as
    /// sqlx writes its ledger there, so leave the ledger's schema on the path. In a file without a transaction it does nothing:
    /// `RESET` the setting at the end.
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
        .help(help(context, &set.name)),
    );
}

fn help(context: &Context<'_>, parameter: &str) -> String {
    let migration = context.migration;
    let bare = match migration.mode {
        TransactionMode::Wrapped => false,
        // One query of several statements is a transaction.
        TransactionMode::Unwrapped => migration.statements.len() == 1,
        TransactionMode::Autocommit => true,
    };
    let names = parameter == "search_path";
    if bare && !context.catalog.session.in_transaction {
        let reset = match parameter {
            "role" => "RESET ROLE".to_owned(),
            "session_authorization" => "RESET SESSION AUTHORIZATION".to_owned(),
            parameter => format!("RESET {parameter}"),
        };
        let instead = if names {
            "write the schema before each name instead, or say"
        } else {
            "say"
        };
        return format!(
            "{instead} `{reset}` at the end of the file: without a transaction, `SET LOCAL` does nothing"
        );
    }
    if !names {
        return "use `SET LOCAL`, which ends with the transaction".to_owned();
    }
    let who = match context.layout() {
        None | Some(Layout::Sqlx) => "sqlx looks",
        Some(_) => "the runner may look",
    };
    format!(
        "write the schema before each name instead, or use `SET LOCAL` and leave the ledger's schema on the path: {who} for it \
         there before the transaction ends"
    )
}

fn leaks(action: &Action) -> Option<&SetParameter> {
    let Action::Set(set) = action else {
        return None;
    };
    let decides = matches!(
        set.name.as_str(),
        "search_path"
            | "role"
            | "session_authorization"
            | "timezone"
            | "datestyle"
            | "intervalstyle"
            | "session_replication_role"
            | "transform_null_equals"
    );
    // DEFAULT and RESET have no values; RESET SESSION AUTHORIZATION neither.
    (decides && !set.local && !set.values.is_empty()).then_some(set)
}

#[cfg(test)]
mod tests {
    use super::SESSION_SETTING_LEAKS;
    use crate::{Settings, SourceFile, layout::Layout, lint::lint, test_support::check};

    #[test]
    fn what_helps_depends_on_runner_and_transaction() {
        let help = |layout: Layout, text: &str| {
            let file = SourceFile::new("m/001_a.sql", text);
            let set = layout.read(vec![file]).expect("one file is a set");
            let found = lint(&set, &Settings::default());
            let mut own = found
                .into_iter()
                .filter(|finding| finding.rule.name == SESSION_SETTING_LEAKS.name);
            own.next()
                .and_then(|finding| finding.help)
                .unwrap_or_default()
        };
        let path = "SET search_path = app;\nSELECT 1;\n";
        let wrapped = help(
            Layout::Dbmate,
            &format!("-- migrate:up\n{path}-- migrate:down\n"),
        );
        assert!(wrapped.contains("use `SET LOCAL`") && wrapped.contains("the runner may look"));
        let bare = help(
            Layout::Goose,
            &format!("-- +goose NO TRANSACTION\n-- +goose Up\n{path}-- +goose Down\n"),
        );
        assert!(bare.contains("`RESET search_path` at the end"), "{bare}");
        let role = help(
            Layout::Goose,
            "-- +goose NO TRANSACTION\n-- +goose Up\nSET ROLE a;\n-- +goose Down\n",
        );
        assert!(role.starts_with("say `RESET ROLE`"), "{role}");
        assert!(help(Layout::Sqlx, path).contains("sqlx looks"));
    }

    #[test]
    fn not_local() {
        check(
            &SESSION_SETTING_LEAKS,
            "
    SET search_path TO app, public;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: the next migration on this connection runs with this `search_path` too
    SET SESSION ROLE admin;
--  ^^^^^^^^^^^^^^^^^^^^^^ warning: the next migration on this connection runs with this `role` too
    SET TIME ZONE 'Europe/Berlin';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: the next migration on this connection runs with this `timezone` too
    SET DateStyle = 'German';
--  ^^^^^^^^^^^^^^^^^^^^^^^^ warning: the next migration on this connection runs with this `datestyle` too
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
    SET LOCAL timezone = 'UTC';
    SET timezone = 'UTC';
    SET TIME ZONE DEFAULT;
",
        );
    }
}
