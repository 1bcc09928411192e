//! An object that the path puts somewhere.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, ObjectKind},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `CREATE`, `ALTER` and `DROP` of a table, view, sequence, function, type or domain whose name has no
    /// schema, unless the migration sets `search_path` first. Off unless it is switched on.
    ///
    /// ## Why is this bad?
    /// It is created in the first schema of the session's `search_path` that exists, and found in the first that
    /// has one of that name: another one for another role or server.
    ///
    /// ```sql,bad
    /// CREATE TABLE users (id bigint PRIMARY KEY);
    /// ```
    ///
    /// ## Safer way
    /// Write the schema.
    ///
    /// ```sql,good
    /// CREATE TABLE public.users (id bigint PRIMARY KEY);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static UNQUALIFIED_NAME = {
        name: "unqualified-name",
        group: Schema,
        summary: "an object whose schema depends on the session",
        level: Off,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[
    ObjectKind::Aggregate,
    ObjectKind::Domain,
    ObjectKind::Function,
    ObjectKind::MaterializedView,
    ObjectKind::Procedure,
    ObjectKind::Sequence,
    ObjectKind::Type,
    ObjectKind::View,
];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let (name, temporary, done) = match &step.action {
        Action::CreateTable(create) => (&create.name, create.persistence.is_temporary(), "created"),
        Action::CreateObject(create) if KINDS.contains(&create.kind) => {
            (&create.name, create.persistence.is_temporary(), "created")
        }
        Action::AlterTable(alter) => {
            let temporary = context.catalog.is_temporary(&alter.table);
            (&alter.table, temporary, "looked for")
        }
        Action::DropObject(drop)
            if drop.kind == ObjectKind::Table || KINDS.contains(&drop.kind) =>
        {
            let temporary = context.catalog.is_temporary(&drop.name);
            (&drop.name, temporary, "looked for")
        }
        _ => return,
    };
    let path_is_set = context.catalog.session.search_path.is_some();
    if name.schema.is_some() || temporary || path_is_set {
        return;
    }
    found.push(
        Finding::new(
            &UNQUALIFIED_NAME,
            name.ident.span,
            format!("where `{name}` is {done} depends on the session's `search_path`"),
        )
        .help("write the schema before the name"),
    );
}

#[cfg(test)]
mod tests {
    use super::UNQUALIFIED_NAME;
    use crate::{finding::Level, settings::Settings, test_support::check_with};

    #[test]
    fn switched_on() {
        let settings = Settings {
            levels: [(UNQUALIFIED_NAME.name.to_owned(), Level::Warning)].into(),
            ..Settings::default()
        };
        check_with(
            &UNQUALIFIED_NAME,
            &settings,
            "
    CREATE TABLE users (id bigint PRIMARY KEY);
--               ^^^^^ warning: where `users` is created depends on the session's `search_path`
    ALTER TABLE users ADD COLUMN name text;
--              ^^^^^ warning: where `users` is looked for depends on the session's `search_path`
    DROP TABLE old;
--             ^^^ warning: where `old` is looked for depends on the session's `search_path`
    ALTER TABLE app.users ADD COLUMN name text;
    CREATE VIEW app.v AS SELECT 1 AS one;
    CREATE TEMP TABLE t (id bigint);
    SET LOCAL search_path = app;
    CREATE TABLE teams (id bigint PRIMARY KEY);
",
        );
    }
}
