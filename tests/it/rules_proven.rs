//! Each rule's page, held against a real Postgres: what the bad example is said to do, it does, and the good one does not.

use rehearsal::{
    ActOutcome, Rehearsal, RehearsalOptions, Server,
    provider::{NEWEST_MAJOR, OLDEST_MAJOR, ProviderKind, Quiet},
    rehearse,
    verdict::{Judged, judge},
};
use rehearsal_lints::{
    Check, Evidence, Example, Finding, Group, Level, MigrationSet, Rule, Settings, SourceFile,
    Work, layout, lint,
    rules::RULES,
    suppression::{self, Decided},
};

use crate::support::{self, on_each};

/// What the examples of one file take for granted.
const WORLD: &str = include_str!("fixtures/world.sql");

/// The file that holds it.
pub(crate) const WORLD_FILE: &str = "0_world.sql";

/// Rules that a rehearsal does not decide.
const NOT_RUN: &[&str] = &["snapshot-stale"];

on_each!(
    on:
    local Local None,
    container_13 Container Some(13),
    container_14 Container Some(14),
    container_15 Container Some(15),
    container_16 Container Some(16),
    container_17 Container Some(17),
    container_18 Container Some(18),
);

/// Proves every page.
async fn on(kind: ProviderKind, major: Option<u16>) -> anyhow::Result<()> {
    let few = [OLDEST_MAJOR, NEWEST_MAJOR];
    let Some(server) = support::server_of(kind, major, &few).await? else {
        return Ok(());
    };
    let major = server.version().major();
    let mut broken = Vec::new();
    let only = std::env::var("REHEARSAL_RULE").unwrap_or_default();
    for rule in RULES {
        let wanted = only.is_empty() || only.split(',').any(|name| name == rule.name);
        if !wanted || NOT_RUN.contains(&rule.name) || first_major(rule) > major {
            continue;
        }
        for example in rule.examples() {
            let problem = prove(&server, rule, &example, major).await?;
            broken.extend(problem.map(|problem| {
                let kind = if example.good { "good" } else { "bad" };
                format!("{} ({kind}): {problem}", rule.name)
            }));
        }
    }
    server.stop().await?;
    assert!(
        broken.is_empty(),
        "PostgreSQL {major}:\n{}",
        broken.join("\n")
    );
    Ok(())
}

/// The first major that knows what a page is about: its last section says "15 and later".
pub(crate) fn first_major(rule: &Rule) -> u16 {
    let versions = rule
        .docs
        .split("## PostgreSQL versions")
        .nth(1)
        .unwrap_or_default();
    let number = versions
        .split_once(" and later")
        .and_then(|(before, _)| before.split_whitespace().last());
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}

/// Runs an example; says which promise Postgres does not keep.
async fn prove(
    server: &Server,
    rule: &'static Rule,
    example: &Example,
    major: u16,
) -> anyhow::Result<Option<String>> {
    let set = layout::sqlx::read(files(&example.sql))?;
    // Some rules are off unless switched on.
    let level = rule.level.max(Level::Warning);
    let settings = Settings {
        postgres: major,
        levels: [(rule.name.to_owned(), level)].into(),
        ..Settings::default()
    };
    let rehearsal = rehearse(server, &set, &RehearsalOptions::default(), &Quiet).await?;
    let judged = judge(&set, &settings, lint::find(&set, &settings), &rehearsal);
    let all = judged
        .findings
        .iter()
        .chain(&rehearsal.findings)
        .cloned()
        .collect();
    let left = suppression::apply(&set, &settings, all, Decided::ByRunning).findings;
    let own = left
        .iter()
        .filter(|finding| finding.rule.name == rule.name && finding.path != WORLD_FILE);
    let found: Vec<Evidence> = own.map(|finding| finding.evidence).collect();
    if example.good {
        return Ok(good(rule, &set, &rehearsal, &found));
    }
    if found.is_empty() {
        let is_own =
            |finding: &Finding| finding.rule.name == rule.name && finding.path != WORLD_FILE;
        let what = match judged.findings.iter().any(is_own) {
            true => "Postgres does not do what it says, so it is withdrawn",
            false => "it is not found",
        };
        return Ok(Some(format!("{what}: {}", messages(&judged, &rehearsal))));
    }
    let promises = rule.lock.is_some() || rule.work.is_some() || rule.loses.is_some();
    if promises && !found.contains(&Evidence::Observed) {
        return Ok(Some(format!(
            "its lock, work or loss was not seen: {}",
            messages(&judged, &rehearsal)
        )));
    }
    if !rule.refused.is_empty() && !found.contains(&Evidence::Observed) {
        return Ok(Some(format!(
            "Postgres does not refuse it with {:?}: {}",
            rule.refused,
            messages(&judged, &rehearsal)
        )));
    }
    if rule.group == Group::Rerun
        && outcome(&set, &rehearsal) == Some(ActOutcome::Same)
        && rule.name != "invalid-index-adopted"
    {
        return Ok(Some("a second run does no harm".to_owned()));
    }
    Ok(None)
}

fn good(
    rule: &Rule,
    set: &MigrationSet,
    rehearsal: &Rehearsal,
    found: &[Evidence],
) -> Option<String> {
    if !found.is_empty() {
        return Some("it is found".to_owned());
    }
    if let Some(refused) = rehearsal
        .findings
        .iter()
        .find(|finding| finding.rule.name == "statement-refused")
    {
        return Some(refused.message.clone());
    }
    if rule.group == Group::Rerun && outcome(set, rehearsal) != Some(ActOutcome::Same) {
        return Some(format!(
            "a second run is not the same: {:?}",
            rehearsal
                .findings
                .iter()
                .map(|finding| &finding.message)
                .collect::<Vec<_>>()
        ));
    }
    if matches!(rule.check, Check::Observed) || (rule.lock.is_none() && rule.work.is_none()) {
        return None;
    }
    // Either the lock is weaker, or the work is less: the promise is of both together.
    let last = set.as_slice().last()?;
    let trace = rehearsal
        .traces
        .iter()
        .find(|trace| trace.migration == last.up.path)?;
    let broken = trace.observations.iter().find(|seen| {
        rule.work.is_some()
            && rule
                .lock
                .is_none_or(|mode| seen.held.values().any(|held| *held >= mode))
            && match rule.work {
                None => true,
                Some(Work::Build) => !seen.built.is_empty() || !seen.rewritten.is_empty(),
                Some(Work::Scan) => {
                    seen.scanned.values().any(|rows| *rows > 0) || !seen.rewritten.is_empty()
                }
                Some(Work::Rewrite) => !seen.rewritten.is_empty(),
            }
    })?;
    Some(format!(
        "it does what the rule warns of: {}",
        broken.summary()
    ))
}

fn outcome(set: &MigrationSet, rehearsal: &Rehearsal) -> Option<ActOutcome> {
    let last = set.as_slice().last()?;
    let act = rehearsal
        .acts
        .iter()
        .find(|act| act.act == "second-run" && act.migration == last.up.path);
    act.map(|act| act.result)
}

fn messages(judged: &Judged, rehearsal: &Rehearsal) -> String {
    let all = judged.findings.iter().chain(&rehearsal.findings);
    all.map(|finding| format!("{}: {}", finding.rule.name, finding.message))
        .collect::<Vec<_>>()
        .join("; ")
}

/// The files of an example, behind the world that it takes for granted: those tables that it does not create itself.
pub(crate) fn files(sql: &str) -> Vec<SourceFile> {
    const FILE: &str = "-- file: ";
    let creates = |line: &str| {
        let name = line
            .split("IF NOT EXISTS ")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        name.is_some_and(|name| {
            let ways =
                ["CREATE TABLE ", "EXISTS ", "public."].map(|before| format!("{before}{name} ("));
            ways.iter().any(|way| sql.contains(way)) || sql.contains(&format!("RENAME TO {name};"))
        })
    };
    let world: String = WORLD
        .lines()
        .filter(|line| !creates(line))
        .map(|line| format!("{line}\n"))
        .collect();
    let mut files = vec![SourceFile::new(WORLD_FILE, world)];
    match sql.contains(FILE) {
        true => {
            let parts = sql.split(FILE).filter_map(|part| part.split_once('\n'));
            files.extend(parts.map(|(name, text)| SourceFile::new(name.trim(), text)));
        }
        false => files.push(SourceFile::new("1_example.sql", sql)),
    }
    files
}
