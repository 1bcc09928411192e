//! There is no way back.

use crate::{
    Check, Finding, declare_rule,
    layout::Layout,
    migration::{Migration, MigrationSet},
    source::Span,
    token::tokenize,
};

declare_rule! {
    /// ## What it does
    /// Flags a migration that has no `.down.sql`, or an empty one, where other migrations of the set have one.
    /// A comment `-- irreversible: reason` in the migration says that there is no way back.
    ///
    /// ## Why is this bad?
    /// When the release has to be rolled back, the runner stops at this migration: with an error where the
    /// file is missing, and without a word, its schema left as it is, where it is empty.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 1_users.down.sql
    /// DROP TABLE IF EXISTS users;
    /// -- file: 2_plan.up.sql
    /// ALTER TABLE users ADD COLUMN plan text;
    /// ```
    ///
    /// ## Safer way
    /// Write the way down, and rehearse it. Where there is none, say so and why.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 1_users.down.sql
    /// DROP TABLE IF EXISTS users;
    /// -- file: 2_plan.up.sql
    /// -- irreversible: nobody knows which names were null
    /// UPDATE users SET name = '' WHERE name IS NULL;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static MISSING_DOWN = {
        name: "missing-down",
        group: Compatibility,
        summary: "a migration without a way down in a set that has them",
        level: Warning,
        since: "0.1.0",
        check: Check::Set(check),
    }
}

/// What a comment begins with that says that there is no way back.
const IRREVERSIBLE: &str = "irreversible:";

fn check(set: &MigrationSet, found: &mut Vec<Finding>) {
    if set.iter().all(|migration| migration.down.is_none()) {
        return;
    }
    let way = match set.layout {
        Some(Layout::Diesel) => "`down.sql`",
        Some(Layout::Flyway) => "undo migration",
        _ => "`.down.sql`",
    };
    for migration in set {
        let (message, path) = match &migration.down {
            Some(down) if tokenize(down.text(), 0).code.is_empty() => (
                "the way down does nothing: a rollback leaves the schema as it is",
                &down.path,
            ),
            Some(_) => continue,
            None => (
                "there is no way down: a rollback stops here",
                &migration.up.path,
            ),
        };
        if is_irreversible(migration) {
            continue;
        }
        let mut finding = Finding::new(&MISSING_DOWN, Span::default(), message).help(format!(
            "write the {way}, or say `-- irreversible: <reason>` in the migration"
        ));
        finding.path.clone_from(path);
        found.push(finding);
    }
}

/// Whether a comment of the way up or down gives a reason why there is no way back.
fn is_irreversible(migration: &Migration) -> bool {
    let down = migration
        .down
        .as_ref()
        .map(|down| tokenize(down.text(), 0).comments)
        .unwrap_or_default();
    migration.comments.iter().chain(&down).any(|comment| {
        comment
            .text
            .trim()
            .strip_prefix(IRREVERSIBLE)
            .is_some_and(|reason| !reason.trim().is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::MISSING_DOWN;
    use crate::test_support::check;

    #[test]
    fn no_way_down_among_others() {
        check(
            &MISSING_DOWN,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY);
-- file: 1_a.down.sql
    DROP TABLE IF EXISTS users;
-- file: 2_b.up.sql
    ALTER TABLE users ADD COLUMN plan text;
--^ warning: there is no way down: a rollback stops here
",
        );
    }

    #[test]
    fn irreversible_with_a_reason() {
        check(
            &MISSING_DOWN,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY);
-- file: 1_a.down.sql
    DROP TABLE IF EXISTS users;
-- file: 2_b.up.sql
    -- irreversible: who knows what it was
    ALTER TABLE users ADD COLUMN plan text;
",
        );
    }

    #[test]
    fn a_set_without_ways_down() {
        check(
            &MISSING_DOWN,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY);
",
        );
    }
}
