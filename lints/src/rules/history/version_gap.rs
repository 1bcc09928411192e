//! A hole in the numbering.

use crate::{
    Check, Finding, declare_rule,
    layout::spelling,
    migration::{Migration, MigrationSet},
    source::Span,
};

declare_rule! {
    /// ## What it does
    /// Flags a migration whose version is not the one after its predecessor's, in a set whose versions are
    /// counted one by one. Sets that are numbered by date and time, or in steps of ten, have no holes.
    ///
    /// ## Why is this bad?
    /// Somebody's file may have been left out of the commit, or be on a branch that is merged later: the
    /// runner then meets a version that is lower than those it has applied, and refuses it or applies it out
    /// of order.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY);
    /// -- file: 2_teams.up.sql
    /// CREATE TABLE teams (id bigint PRIMARY KEY);
    /// -- file: 4_plans.up.sql
    /// CREATE TABLE plans (id bigint PRIMARY KEY);
    /// ```
    ///
    /// ## Safer way
    /// Give the new migration the next number, or add the file that is missing.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY);
    /// -- file: 2_teams.up.sql
    /// CREATE TABLE teams (id bigint PRIMARY KEY);
    /// -- file: 3_plans.up.sql
    /// CREATE TABLE plans (id bigint PRIMARY KEY);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static VERSION_GAP = {
        name: "version-gap",
        group: History,
        summary: "a version that is left out of a set numbered one by one",
        level: Warning,
        since: "0.1.0",
        check: Check::Set(check),
    }
}

/// The first version that may be a date: 1900-01-01 without separators.
const FIRST_DATE: i64 = 19_000_101;

fn check(set: &MigrationSet, found: &mut Vec<Finding>) {
    let pairs = || set.as_slice().windows(2);
    let follows = |pair: &&[Migration]| pair[1].version == pair[0].version + 1;
    let counted = pairs().filter(follows).count();
    let dated = set.iter().any(|migration| migration.version >= FIRST_DATE);
    let has_parts = |path| {
        set.layout
            .is_some_and(|layout| spelling::has_parts(layout, path))
    };
    let in_parts = set.iter().any(|migration| has_parts(&migration.up.path));
    // Between `1.2` and `2` nothing is left out. Where fewer than half follow each other, the numbers are no count.
    if dated || in_parts || counted * 2 < pairs().count() || counted == 0 {
        return;
    }
    for pair in pairs().filter(|pair| !follows(pair)) {
        let (before, after) = (&pair[0], &pair[1]);
        let missing = match after.version - before.version - 1 {
            1 => format!("version {} is", before.version + 1),
            _ => format!(
                "versions {} to {} are",
                before.version + 1,
                after.version - 1
            ),
        };
        let mut finding = Finding::new(
            &VERSION_GAP,
            Span::default(),
            format!("{missing} missing before this migration"),
        )
        .help("give it the next number, or add the file that is missing");
        finding.path.clone_from(&after.up.path);
        found.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::VERSION_GAP;
    use crate::{Settings, layout::Layout, lint, source::SourceFile, test_support::check};

    #[test]
    fn versions_in_parts() {
        let found = |names: &[&str]| {
            let files = names.iter().map(|name| SourceFile::new(*name, "SELECT 1;"));
            let set = Layout::Flyway
                .read(files.collect())
                .expect("they are Flyway's");
            let found = lint(&set, &Settings::default());
            let gaps = found.iter().filter(|one| one.rule.name == VERSION_GAP.name);
            gaps.count()
        };
        assert_eq!(
            found(&["V1__a.sql", "V1.1__b.sql", "V1.2__c.sql", "V2__d.sql"]),
            0
        );
        assert_eq!(
            found(&["V1__a.sql", "V2__b.sql", "V3__c.sql", "V5__d.sql"]),
            1
        );
    }

    #[test]
    fn one_is_missing() {
        check(
            &VERSION_GAP,
            "
-- file: 1_a.up.sql
    SELECT 1;
-- file: 2_b.up.sql
    SELECT 1;
-- file: 5_c.up.sql
    SELECT 1;
--^ warning: versions 3 to 4 are missing before this migration
",
        );
    }

    #[test]
    fn steps_and_dates() {
        check(
            &VERSION_GAP,
            "
-- file: 10_a.up.sql
    SELECT 1;
-- file: 20_b.up.sql
    SELECT 1;
-- file: 30_c.up.sql
    SELECT 1;
",
        );
    }

    #[test]
    fn dates() {
        check(
            &VERSION_GAP,
            "
-- file: 20260101_a.up.sql
    SELECT 1;
-- file: 20260102_b.up.sql
    SELECT 1;
-- file: 20260105_c.up.sql
    SELECT 1;
",
        );
    }
}
