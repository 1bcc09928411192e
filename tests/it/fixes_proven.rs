//! Each fix of the rules' bad examples, held against a real Postgres: what it makes applies, runs a second time where that is
//! what the rule is about, and leaves the schema that the example leaves.

use rehearsal::{
    ActOutcome, Rehearsal, RehearsalOptions, Server, migrator,
    provider::{NEWEST_MAJOR, ProviderKind, Quiet},
    rehearse,
    schema::{Schema, text_diff},
};
use rehearsal_lints::{
    Finding, Fixable, Group, Level, MigrationSet, Rule, Settings, SourceFile,
    fix::{self, Reach},
    layout, lint,
    rules::{self, RULES},
};

use crate::{
    rules_proven::{WORLD_FILE, files, first_major},
    schema_support::{self, servers},
    support::{self, on_each},
};

/// Rules whose fix is another schema: that is the point of it.
pub(crate) const OTHER_SCHEMA: [&str; 7] = [
    "detach-not-concurrent",
    "domain-validates",
    "prefer-bigint-key",
    "prefer-identity",
    "prefer-jsonb",
    "prefer-text",
    "prefer-timestamptz",
];

/// More rounds than any example has fixes.
const ROUNDS: usize = 20;

on_each!(
    on:
    local Local None,
    container_13 Container Some(13),
    container_15 Container Some(15),
    container_17 Container Some(17),
    container_18 Container Some(18),
);

/// Proves every fix.
async fn on(kind: ProviderKind, wanted: Option<u16>) -> anyhow::Result<()> {
    // Local binaries and the newest image show what most majors would.
    let Some(server) = support::server_of(kind, wanted, &[NEWEST_MAJOR]).await? else {
        return Ok(());
    };
    let version = server.version().major();
    let mut broken = Vec::new();
    let mut fixes = 0;
    for rule in RULES {
        if rule.fix == Fixable::Never || first_major(rule) > version {
            continue;
        }
        let bad = rule.examples().into_iter().filter(|example| !example.good);
        for example in bad {
            let (problems, tried) = prove(&server, rule, &example.sql).await?;
            fixes += tried;
            let problems = problems.into_iter();
            broken.extend(problems.map(|problem| format!("{}: {problem}", rule.name)));
        }
    }
    server.stop().await?;
    assert!(
        broken.is_empty(),
        "PostgreSQL {version}:\n{}",
        broken.join("\n")
    );
    assert!(fixes >= 25, "PostgreSQL {version}: only {fixes} fixes");
    eprintln!("PostgreSQL {version}: {fixes} fixes");
    Ok(())
}

fn major(server: &Server) -> u16 {
    u16::try_from(schema_support::major(server)).expect("majors are small")
}

/// Takes each fix of an example by itself, then all of every rule; says what is wrong, and how many were taken.
async fn prove(
    server: &Server,
    rule: &'static Rule,
    sql: &str,
) -> anyhow::Result<(Vec<String>, usize)> {
    let settings = settings(server, rule);
    let before = files(sql);
    let original = run(server, &before).await?;
    let (mut problems, mut tried, mut done) = (Vec::new(), 0, Vec::new());
    for finding in findings(&before, &settings) {
        if finding.rule.name != rule.name || finding.fix.is_empty() {
            continue;
        }
        tried += 1;
        let after = apply(&before, [&finding]);
        done.push(shown(&after));
        let fixed = run(server, &after).await?;
        let problem = compare(rule, &original, &fixed);
        problems.extend(problem.map(|problem| format!("{problem}\n{}", shown(&after))));
    }
    let mut after = before.clone();
    for round in 0.. {
        let all = findings(&after, &settings);
        let wanted = all
            .iter()
            .filter(|finding| finding.fix.is_within(Reach::All));
        let next = apply(&after, wanted);
        if texts(&next) == texts(&after) {
            break;
        }
        assert!(round < ROUNDS, "fixes undo each other:\n{}", shown(&next));
        after = next;
    }
    if tried == 0 || done.contains(&shown(&after)) {
        return Ok((problems, tried));
    }
    let fixed = run(server, &after).await?;
    if refused(&original).is_none()
        && let Some(reason) = refused(&fixed)
    {
        problems.push(format!("with all fixes: {reason}\n{}", shown(&after)));
    }
    Ok((problems, tried))
}

fn settings(server: &Server, rule: &'static Rule) -> Settings {
    Settings {
        postgres: major(server),
        levels: [(rule.name.to_owned(), rule.level.max(Level::Warning))].into(),
        ..Settings::default()
    }
}

fn findings(files: &[SourceFile], settings: &Settings) -> Vec<Finding> {
    let mut found = lint(&set(files), settings);
    found.retain(|finding| finding.path != WORLD_FILE);
    found
}

fn set(files: &[SourceFile]) -> MigrationSet {
    layout::sqlx::read(files.to_vec()).expect("the names are sqlx's")
}

fn texts(files: &[SourceFile]) -> Vec<(&str, &str)> {
    files
        .iter()
        .map(|file| (file.path.as_str(), file.text()))
        .collect()
}

fn shown(files: &[SourceFile]) -> String {
    let own = files.iter().filter(|file| file.path != WORLD_FILE);
    own.map(|file| format!("-- {}\n{}\n", file.path, file.text()))
        .collect()
}

/// The files after the fixes of some findings.
fn apply<'a>(
    files: &[SourceFile],
    findings: impl IntoIterator<Item = &'a Finding>,
) -> Vec<SourceFile> {
    let text = |path: &str| {
        let file = files.iter().find(|file| file.path == path);
        file.map(|file| file.text())
    };
    let findings: Vec<Finding> = findings.into_iter().cloned().collect();
    let mut changed = fix::apply(&findings, text).texts;
    let mut result: Vec<SourceFile> = files
        .iter()
        .map(|file| match changed.remove(&file.path) {
            Some(text) => SourceFile::new(&*file.path, text),
            None => file.clone(),
        })
        .collect();
    result.extend(
        changed
            .into_iter()
            .map(|(path, text)| SourceFile::new(path, text)),
    );
    result
}

async fn run(server: &Server, files: &[SourceFile]) -> anyhow::Result<Rehearsal> {
    rehearse(server, &set(files), &RehearsalOptions::default(), &Quiet).await
}

fn refused(rehearsal: &Rehearsal) -> Option<&str> {
    let mut findings = rehearsal.findings.iter();
    let refused = findings.find(|finding| finding.rule.name == "statement-refused");
    refused.map(|finding| finding.message.as_str())
}

fn compare(rule: &Rule, original: &Rehearsal, fixed: &Rehearsal) -> Option<String> {
    if let Some(reason) = refused(fixed) {
        return Some(format!("the fixed migration is refused: {reason}"));
    }
    if rule.group == Group::Rerun {
        let second = fixed.acts.iter().find(|act| {
            act.act == "second-run"
                && act.migration != WORLD_FILE
                && !matches!(act.result, ActOutcome::Same)
        });
        if let Some(second) = second {
            return Some(format!(
                "a second run of {}: {:?}",
                second.migration, second.result
            ));
        }
    }
    if refused(original).is_some() || OTHER_SCHEMA.contains(&rule.name) {
        return None;
    }
    let diff = text_diff(&original.schema, &fixed.schema);
    (!diff.is_empty()).then(|| format!("another schema:\n{diff}"))
}

/// A reversible set in which an index, a foreign key, a check and a `NOT NULL` get migrations of their own.
const REVERSIBLE: &str = "
-- file: 20260101000000_make.up.sql
CREATE TABLE IF NOT EXISTS teams (id bigint PRIMARY KEY, name text);
CREATE TABLE IF NOT EXISTS players (id bigint PRIMARY KEY, team_id bigint, name text, age int);
CREATE INDEX IF NOT EXISTS players_team_id_idx ON players (team_id);
-- file: 20260101000000_make.down.sql
DROP TABLE IF EXISTS players;
DROP TABLE IF EXISTS teams;
-- file: 20260102000000_change.up.sql
-- Everything at once.

ALTER TABLE players ADD COLUMN IF NOT EXISTS born date;
-- Who is called so?
CREATE INDEX players_name_idx ON players (name);
ALTER TABLE players ADD CONSTRAINT players_team_fkey FOREIGN KEY (team_id) REFERENCES teams;
ALTER TABLE players ADD CHECK (age > 0);
ALTER TABLE teams ALTER COLUMN name SET NOT NULL;
-- file: 20260102000000_change.down.sql
ALTER TABLE teams ALTER COLUMN name DROP NOT NULL;
ALTER TABLE players DROP CONSTRAINT players_age_check;
ALTER TABLE players DROP CONSTRAINT players_team_fkey;
DROP INDEX players_name_idx;
ALTER TABLE players DROP COLUMN born;
";

#[tokio::test]
async fn what_fixes_take_apart_goes_all_the_way_down() -> anyhow::Result<()> {
    let before: Vec<SourceFile> = REVERSIBLE
        .split("-- file: ")
        .filter_map(|part| part.split_once('\n'))
        .map(|(name, text)| SourceFile::new(name, text))
        .collect();
    let parts = [
        "create-index-not-concurrent",
        "foreign-key-validates",
        "check-validates",
        "not-null-scans",
    ];
    let mut after = before.clone();
    for part in parts {
        let rule = rules::find(part).expect("there is such a rule");
        let found = lint(&set(&after), &Settings::default());
        let finding = found.iter().find(|finding| finding.rule.name == rule.name);
        let finding = finding.unwrap_or_else(|| panic!("{part} finds nothing"));
        assert!(!finding.fix.files.is_empty(), "{part} adds no file");
        after = apply(&after, [finding]);
    }
    for server in servers().await {
        let mut schemas = Vec::new();
        for files in [&before, &after] {
            let set = set(files);
            let migrator = migrator::migrator(&set);
            let database = server.create_database("reversible").await?;
            let mut connection = database.connect().await?;
            let shown = shown(files);
            let up = migrator.run(&mut connection).await;
            up.unwrap_or_else(|error| panic!("up: {error}\n{shown}"));
            let top = Schema::read(&mut connection).await?;
            let down = migrator.undo(&mut connection, 20_260_101_000_000).await;
            down.unwrap_or_else(|error| panic!("down: {error}\n{shown}"));
            let bottom = Schema::read(&mut connection).await?;
            let again = migrator.run(&mut connection).await;
            again.unwrap_or_else(|error| panic!("up again: {error}\n{shown}"));
            let again = Schema::read(&mut connection).await?;
            assert_eq!(text_diff(&top, &again), "", "{shown}");
            schemas.push((top, bottom));
            drop(connection);
            database.drop().await?;
        }
        let [(top, bottom), (fixed_top, fixed_bottom)] = schemas.as_slice() else {
            unreachable!("one of each");
        };
        assert_eq!(text_diff(top, fixed_top), "", "{}", shown(&after));
        assert_eq!(text_diff(bottom, fixed_bottom), "", "{}", shown(&after));
        server.stop().await?;
    }
    Ok(())
}
