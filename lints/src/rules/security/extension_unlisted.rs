//! An extension that nobody has approved.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, ObjectKind},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `CREATE EXTENSION` of one that the project's list (`extensions`) does not name. Off unless it is
    /// switched on.
    ///
    /// ## Why is this bad?
    /// An extension is code in the server. One that the production server does not have makes the migration
    /// fail there, and one that nobody maintains stands in the way of each upgrade.
    ///
    /// ```sql,bad
    /// CREATE EXTENSION IF NOT EXISTS dblink;
    /// ```
    ///
    /// ## Safer way
    /// Use what Postgres has, or have the extension approved and put it on the list.
    ///
    /// ```sql,good
    /// CREATE TABLE users (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static EXTENSION_UNLISTED = {
        name: "extension-unlisted",
        group: Security,
        summary: "an extension that is not on the project's list",
        level: Off,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::CreateObject(create) = &step.action else {
        return;
    };
    let name = create.name.name();
    if create.kind != ObjectKind::Extension || context.settings.extensions.contains(name) {
        return;
    }
    found.push(
        Finding::new(
            &EXTENSION_UNLISTED,
            step.span,
            format!("extension `{name}` is not on the project's list"),
        )
        .help("put it on the list of `extensions` in the configuration once it is approved"),
    );
}

#[cfg(test)]
mod tests {
    use super::EXTENSION_UNLISTED;
    use crate::{finding::Level, settings::Settings, test_support::check_with};

    #[test]
    fn switched_on() {
        let settings = Settings {
            levels: [(EXTENSION_UNLISTED.name.to_owned(), Level::Error)].into(),
            extensions: ["pgcrypto".to_owned()].into(),
            ..Settings::default()
        };
        check_with(
            &EXTENSION_UNLISTED,
            &settings,
            "
    CREATE EXTENSION IF NOT EXISTS pgcrypto;
    CREATE EXTENSION IF NOT EXISTS dblink;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: extension `dblink` is not on the project's list
",
        );
    }
}
