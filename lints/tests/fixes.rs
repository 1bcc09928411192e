//! Fixes of real migrations: what they make is understood, says less that is risky, keeps its comments, and is left alone by
//! a second round.
//!
//! The material is not part of the project. It is read from the folder that `REHEARSAL_YARDSTICK` names, else from
//! `../shared/yardstick` beside the workspace; without it the test says so and passes.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use rehearsal_lints::{
    Finding, Migration, MigrationSet, Settings, SourceFile,
    action::Action,
    fix::{self, Reach},
    layout::{self, Layout},
    lint,
};

/// Rounds after which fixes would undo each other.
const MOST_ROUNDS: usize = 500;

fn yardstick() -> Option<PathBuf> {
    let folder = env::var_os("REHEARSAL_YARDSTICK").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/yardstick"),
        PathBuf::from,
    );
    folder.join("migrations").exists().then_some(folder)
}

/// The folders with SQL files below a folder, each with its files by path.
fn folders(root: &Path) -> Vec<BTreeMap<String, String>> {
    let mut found = Vec::new();
    let mut left = vec![root.to_owned()];
    while let Some(folder) = left.pop() {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(&folder).expect("the folder is readable") {
            let path = entry.expect("the folder is readable").path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|extension| extension == "sql") {
                let bytes = fs::read(&path).expect("the file is readable");
                let name = path.strip_prefix(root).expect("it lies there");
                files.insert(
                    name.to_string_lossy().into_owned(),
                    String::from_utf8_lossy(&bytes).into_owned(),
                );
            }
        }
        if !files.is_empty() {
            found.push(files);
        }
    }
    found
}

fn sources(files: &BTreeMap<String, String>) -> Vec<SourceFile> {
    files
        .iter()
        .map(|(path, text)| SourceFile::new(&**path, &**text))
        .collect()
}

/// The set that a folder is, or the files of one that is none, each by itself.
fn sets(files: BTreeMap<String, String>) -> Vec<(Option<Layout>, BTreeMap<String, String>)> {
    let first = files.keys().next().and_then(|path| path.rsplit_once('/'));
    let folder = first.map_or("", |(folder, _)| folder);
    let whole = |layout: &Layout| {
        let set = layout.read(sources(&files));
        set.is_ok_and(|set| !set.is_empty() && set.ignored.is_empty())
    };
    let layout = Layout::detect(folder, &sources(&files));
    match layout.ok().flatten().filter(whole) {
        Some(layout) => vec![(Some(layout), files)],
        None => files
            .into_iter()
            .map(|file| (None, BTreeMap::from([file])))
            .collect(),
    }
}

fn read(layout: Option<Layout>, files: &BTreeMap<String, String>) -> MigrationSet {
    match layout {
        Some(layout) => layout.read(sources(files)).expect("it was a set before"),
        None => layout::plain::read(sources(files)),
    }
}

/// What is left when nothing more can be fixed, and how many fixes it took.
fn fixed(
    layout: Option<Layout>,
    files: &BTreeMap<String, String>,
    reach: Reach,
) -> (BTreeMap<String, String>, usize) {
    let mut files = files.clone();
    let mut taken = 0;
    for _ in 0..MOST_ROUNDS {
        let found = find(layout, &files);
        let wanted = found.iter().filter(|finding| finding.fix.is_within(reach));
        let applied = fix::apply(wanted, |path| files.get(path).map(String::as_str));
        if applied.texts.is_empty() {
            return (files, taken);
        }
        taken += applied.settled.values().sum::<usize>();
        files.extend(applied.texts);
    }
    panic!("fixes undo each other in {:?}", files.keys().next());
}

fn find(layout: Option<Layout>, files: &BTreeMap<String, String>) -> Vec<Finding> {
    lint(&read(layout, files), &Settings::default())
}

fn by_rule(findings: &[Finding]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for finding in findings {
        let name = match finding.rule.name {
            // It is silent where the other is said, and told when that is settled.
            "several-changes" => "several-tables-locked",
            name => name,
        };
        *counts.entry(name).or_insert(0) += 1;
    }
    counts
}

fn unknown(set: &MigrationSet) -> usize {
    let steps = set.iter().flat_map(|migration| &migration.steps);
    steps
        .filter(|step| matches!(step.action, Action::Unknown { .. }))
        .count()
}

/// The comments of all ways up, but those that the fixes are about.
fn comments(set: &MigrationSet) -> Vec<String> {
    let mut comments: Vec<String> = set
        .iter()
        .flat_map(|migration| {
            let comments = migration.comments.iter();
            comments.map(|comment| migration.up.slice(comment.span).trim_end().to_owned())
        })
        .filter(|comment| !comment.contains("transaction") && !comment.contains("rehearsal:"))
        .collect();
    comments.sort();
    comments
}

#[test]
fn real_migrations_are_better_for_it() {
    let Some(folder) = yardstick() else {
        eprintln!("skipped: there is no yardstick; name its folder in REHEARSAL_YARDSTICK");
        return;
    };
    let mut problems = Vec::new();
    let (mut seen, mut safe, mut all, mut added) = (0, 0, 0, 0);
    let mut settled: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for files in folders(&folder.join("migrations")) {
        for (layout, files) in sets(files) {
            seen += files.len();
            let name = files.keys().next().cloned().unwrap_or_default();
            let before = read(layout, &files);
            let found = by_rule(&find(layout, &files));
            for reach in [Reach::Safe, Reach::All] {
                let (after, taken) = fixed(layout, &files, reach);
                match reach {
                    Reach::Safe => safe += taken,
                    Reach::All => all += taken,
                }
                added += after.len() - files.len();
                let set = read(layout, &after);
                if unknown(&set) > unknown(&before) {
                    problems.push(format!("{name}: {reach:?}: no longer understood"));
                }
                let kept = comments(&set);
                for comment in comments(&before) {
                    if kept.binary_search(&comment).is_err() {
                        problems.push(format!("{name}: {reach:?}: lost {comment:?}"));
                    }
                }
                let left = by_rule(&find(layout, &after));
                for (rule, count) in &left {
                    if *count > found.get(rule).copied().unwrap_or(0) {
                        problems.push(format!("{name}: {reach:?}: brought {rule}"));
                    }
                }
                if reach == Reach::All {
                    for (rule, count) in &found {
                        let sum = settled.entry(rule).or_default();
                        sum.0 += count;
                        sum.1 += count - left.get(rule).copied().unwrap_or(0).min(*count);
                    }
                }
            }
        }
    }
    for (rule, (found, gone)) in settled.iter().filter(|(_, (_, gone))| *gone > 0) {
        println!("{rule}: {gone} of {found} findings gone");
    }
    println!("{seen} files: {safe} safe fixes, {all} of both kinds, {added} files added");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(
        safe > 1_000 && all > safe,
        "{safe} safe fixes, {all} of both kinds"
    );
}

#[test]
fn golang_migrates_files_are_named_and_sent_as_it_does() {
    let own = |files: &[(&str, &str)]| -> BTreeMap<String, String> {
        let owned = |(path, text): &(&str, &str)| (format!("m/{path}"), (*text).to_owned());
        files.iter().map(owned).collect()
    };
    let before = own(&[
        (
            "000090_t.up.sql",
            "CREATE TABLE IF NOT EXISTS t (id bigint PRIMARY KEY, a int, b int);\n",
        ),
        ("000090_t.down.sql", "DROP TABLE IF EXISTS t;\n"),
        (
            "000092_both.up.sql",
            "BEGIN;\nSET LOCAL lock_timeout = '5s';\nALTER TABLE t ADD COLUMN IF NOT EXISTS c int;\nCREATE INDEX t_a_idx ON t (a);\nCOMMIT;\n",
        ),
        (
            "000092_both.down.sql",
            "DROP INDEX t_a_idx;\nALTER TABLE t DROP COLUMN IF EXISTS c;\n",
        ),
        (
            "000096_alone.up.sql",
            "BEGIN;\nSET LOCAL lock_timeout = '5s';\nCREATE INDEX t_b_idx ON t (b);\nCOMMIT;\n",
        ),
        ("000096_alone.down.sql", "DROP INDEX IF EXISTS t_b_idx;\n"),
        (
            "000099_begun.up.sql",
            "BEGIN;\n-- Adults only.\nALTER TABLE t ADD COLUMN IF NOT EXISTS d int;\nCOMMIT;\n",
        ),
        (
            "000099_begun.down.sql",
            "ALTER TABLE t DROP COLUMN IF EXISTS d;\n",
        ),
    ]);
    let (after, _) = fixed(Some(Layout::GolangMigrate), &before, Reach::All);
    let changed: BTreeMap<String, String> = after
        .into_iter()
        .filter(|(path, text)| before.get(path) != Some(text))
        .collect();
    const LEFTOVER: &str = "\
-- A concurrent build that failed leaves an INVALID index, which IF NOT EXISTS would keep in the next migration. Once
-- this one is recorded as applied, it is to be reverted or run by hand before the build is tried again.
";
    const NO_WAY_BACK: &str = "-- irreversible: it drops only what a failed build has left\n";
    let drop = |index: &str| format!("DROP INDEX CONCURRENTLY IF EXISTS {index};\n");
    let expected = own(&[
        (
            "000092_both.up.sql",
            "BEGIN;\nSET LOCAL lock_timeout = '5s';\nALTER TABLE t ADD COLUMN IF NOT EXISTS c int;\nCOMMIT;\n",
        ),
        (
            "000092_both.down.sql",
            "DROP INDEX IF EXISTS t_a_idx;\nALTER TABLE t DROP COLUMN IF EXISTS c;\n",
        ),
        (
            "000093_drop_unfinished_t_a_idx.up.sql",
            &format!("{LEFTOVER}{}", drop("t_a_idx")),
        ),
        ("000093_drop_unfinished_t_a_idx.down.sql", NO_WAY_BACK),
        (
            "000094_create_t_a_idx.up.sql",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_a_idx ON t (a);\n",
        ),
        ("000094_create_t_a_idx.down.sql", &drop("t_a_idx")),
        (
            "000099_begun.up.sql",
            "BEGIN;\nSET LOCAL lock_timeout = '5s';\n-- Adults only.\nALTER TABLE t ADD COLUMN IF NOT EXISTS d int;\nCOMMIT;\n",
        ),
        (
            "000095_drop_unfinished_t_b_idx.up.sql",
            &format!("{LEFTOVER}{}", drop("t_b_idx")),
        ),
        ("000095_drop_unfinished_t_b_idx.down.sql", NO_WAY_BACK),
        (
            "000096_alone.up.sql",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_b_idx ON t (b);\n",
        ),
    ]);
    assert_eq!(changed, expected);
}

/// The statements of all ways up in the order in which they run, after all fixes.
fn statements(layout: Layout, files: &[(&str, &str)]) -> Vec<String> {
    let owned = |(path, text): &(&str, &str)| (format!("m/{path}"), (*text).to_owned());
    let files = files.iter().map(owned).collect();
    let (files, _) = fixed(Some(layout), &files, Reach::All);
    let set = read(Some(layout), &files);
    let of = |migration: &Migration| -> Vec<String> {
        let statements = migration.statements.iter();
        statements
            .map(|statement| migration.up.slice(statement.span).to_owned())
            .collect()
    };
    set.iter().flat_map(of).collect()
}

#[test]
fn an_index_is_dropped_behind_the_build_of_the_next() {
    let create = "CREATE INDEX IF NOT EXISTS new ON t (a, b);\n";
    let drop = "DROP INDEX IF EXISTS old;\n";
    for swap in [format!("{create}{drop}"), format!("{drop}{create}")] {
        let files = [
            (
                "1_t.up.sql",
                "CREATE TABLE IF NOT EXISTS t (id bigint PRIMARY KEY, a int, b int);\n\
                 CREATE INDEX IF NOT EXISTS old ON t (a);\n",
            ),
            ("3_swap.up.sql", &swap),
        ];
        assert_eq!(
            statements(Layout::Sqlx, &files)[2..],
            [
                "DROP INDEX CONCURRENTLY IF EXISTS new",
                "CREATE INDEX CONCURRENTLY IF NOT EXISTS new ON t (a, b)",
                "DROP INDEX CONCURRENTLY IF EXISTS old",
            ],
            "{swap}"
        );
    }
}
