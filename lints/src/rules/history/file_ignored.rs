//! `file-ignored`.

use crate::{
    declare_rule, finding::Finding, layout::Layout, migration::MigrationSet, rule::Check,
    source::Span,
};

declare_rule! {
    /// ## What it does
    /// Flags a `.sql` file in the migrations folder that the runner passes over without a word: one without `_` behind its
    /// version, or a way down whose way up is missing.
    ///
    /// ## Why is this bad?
    /// The author believes that it was applied. Nothing says that it never is.
    ///
    /// ```sql,bad
    /// -- file: 1-teams.sql
    /// CREATE TABLE IF NOT EXISTS teams (id bigint PRIMARY KEY);
    /// ```
    ///
    /// ## Safer way
    /// Name it as the runner wants it, and keep other SQL files in another folder.
    ///
    /// ```sql,good
    /// -- file: 1_add_teams.up.sql
    /// CREATE TABLE IF NOT EXISTS teams (id bigint PRIMARY KEY);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static FILE_IGNORED = {
        name: "file-ignored",
        group: History,
        summary: "a file that the runner silently skips",
        level: Error,
        since: "0.1.0",
        check: Check::Set(check),
    }
}

fn check(set: &MigrationSet, found: &mut Vec<Finding>) {
    let pattern = set.layout.unwrap_or(Layout::Sqlx).pattern();
    for file in set
        .ignored
        .iter()
        .filter(|file| file.path.ends_with(".sql"))
    {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let is_down = name.ends_with(".down.sql") || name == "down.sql";
        let undoes = set.layout == Some(Layout::Flyway) && name.starts_with('U');
        let (message, help) = if is_down || undoes {
            (
                "this way down is never run: its version has no way up",
                "add the way up, or delete this file".to_owned(),
            )
        } else {
            (
                "this file is never run: the runner does not take its name for a migration's",
                format!("name it `{pattern}`, or move it to another folder"),
            )
        };
        found.push(Finding {
            path: file.path.clone(),
            ..Finding::new(&FILE_IGNORED, Span::at(0), message).help(help)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::FILE_IGNORED;
    use crate::test_support::check;

    #[test]
    fn names_that_the_runner_does_not_take() {
        check(
            &FILE_IGNORED,
            "
-- file: 1-a.sql
    SELECT 1;
--^ error: this file is never run: the runner does not take its name for a migration's
-- file: 2_b.down.sql
    SELECT 1;
--^ error: this way down is never run: its version has no way up
-- file: 3_c.sql
    SELECT 1;
-- file: README.md
    Notes.
",
        );
    }
}
