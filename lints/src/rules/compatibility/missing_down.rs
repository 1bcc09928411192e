//! There is no way back.

use crate::{
    Check, Finding, declare_rule,
    layout::Layout,
    migration::{Migration, MigrationSet},
    source::Span,
    token::{Comment, Tokens, tokenize},
};

declare_rule! {
    /// ## What it does
    /// Flags a migration that has no `.down.sql`, or an empty one, where other migrations of the set have one; with a tool that
    /// keeps both ways in one file, one whose way down is missing or empty.
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
    let ways: Vec<_> = set.iter().map(way_down).collect();
    // A tool that keeps both ways in one file writes an empty way down into each new one.
    let is_way = |(migration, way): (&Migration, &Option<Tokens>)| match &migration.down {
        Some(_) => true,
        None => way.as_ref().is_some_and(|way| !way.code.is_empty()),
    };
    if !set.iter().zip(&ways).any(is_way) {
        return;
    }
    let name = match set.layout {
        Some(Layout::Diesel) => "`down.sql`",
        Some(Layout::Flyway) => "undo migration",
        Some(Layout::Goose | Layout::Dbmate | Layout::SqlMigrate) => "way down",
        _ => "`.down.sql`",
    };
    for (migration, way) in set.iter().zip(&ways) {
        let (message, file) = match (way, &migration.down) {
            (Some(way), down) if way.code.is_empty() => (
                "the way down does nothing: a rollback leaves the schema as it is",
                down.as_ref().unwrap_or(&migration.up),
            ),
            (Some(_), _) => continue,
            (None, _) => ("there is no way down: a rollback stops here", &migration.up),
        };
        let own = way.iter().flat_map(|way| &way.comments);
        if migration.comments.iter().chain(own).any(is_reason) {
            continue;
        }
        let mut finding = Finding::new(&MISSING_DOWN, Span::default(), message).help(format!(
            "write the {name}, or say `-- irreversible: <reason>` in the migration"
        ));
        finding.path.clone_from(&file.path);
        found.push(finding);
    }
}

/// The way down, in a file of its own or below the way up.
fn way_down(migration: &Migration) -> Option<Tokens> {
    let text = match (&migration.down, migration.down_below) {
        (Some(down), _) => down.text(),
        (None, below) => migration.up.slice(below?),
    };
    Some(tokenize(text, 0))
}

/// Whether a comment gives a reason why there is no way back.
fn is_reason(comment: &Comment) -> bool {
    let reason = comment.text.trim().strip_prefix(IRREVERSIBLE);
    reason.is_some_and(|reason| !reason.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::MISSING_DOWN;
    use crate::{Settings, SourceFile, layout::Layout, lint, test_support::check};

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

    #[test]
    fn both_ways_in_one_file() {
        let found = |ways: [&str; 2]| -> Vec<(String, String)> {
            let files = ways.iter().zip(1..).map(|(down, n)| {
                let text =
                    format!("-- +goose Up\nCREATE TABLE t{n} (id bigint PRIMARY KEY);\n{down}");
                SourceFile::new(format!("{n}_t.sql"), text)
            });
            let set = Layout::Goose
                .read(files.collect())
                .expect("they are goose's");
            lint(&set, &Settings::default())
                .into_iter()
                .filter(|finding| finding.rule.name == MISSING_DOWN.name)
                .map(|finding| (finding.path, finding.message))
                .collect()
        };
        let there = "-- +goose Down\nDROP TABLE IF EXISTS t1;\n";
        let empty = "-- +goose Down\n";
        let told = |message: &str| vec![("2_t.sql".to_owned(), message.to_owned())];
        assert_eq!(
            found([there, ""]),
            told("there is no way down: a rollback stops here")
        );
        assert_eq!(
            found([there, empty]),
            told("the way down does nothing: a rollback leaves the schema as it is")
        );
        assert_eq!(found([empty, ""]), []);
        assert_eq!(
            found([there, "-- +goose Down\n-- irreversible: nobody needs it\n"]),
            []
        );
    }
}
