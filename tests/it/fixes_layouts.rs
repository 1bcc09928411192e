//! Fixes of each runner's migrations on a real Postgres: what they add is read back in order, sent as it has to be, and leaves the
//! schema that the originals leave.

use rehearsal::{
    ActOutcome, Rehearsal, RehearsalOptions, Server,
    provider::{ProviderKind, Quiet},
    rehearse,
    schema::text_diff,
};
use rehearsal_lints::{
    MigrationSet, Settings, SourceFile,
    fix::{self, Reach},
    layout::Layout,
    lint,
};

use crate::{fixes_proven::OTHER_SCHEMA, support};

/// Versions, names, and the ways up and down.
const MIGRATIONS: [(u64, &str, &str, &str); 5] = [
    (
        1,
        "make",
        "CREATE TABLE IF NOT EXISTS t (id bigint PRIMARY KEY, a int, b int);\n\
         CREATE INDEX IF NOT EXISTS t_old_idx ON t (b);\n",
        "DROP TABLE IF EXISTS t;\n",
    ),
    (
        3,
        "index",
        "-- For the list.\nCREATE INDEX t_a_idx ON t (a);\nALTER TABLE t ADD COLUMN IF NOT EXISTS c int;\n",
        "ALTER TABLE t DROP COLUMN c;\nDROP INDEX t_a_idx;\n",
    ),
    (
        8,
        "drop",
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS d int;\nDROP INDEX IF EXISTS t_old_idx;\n",
        "CREATE INDEX t_old_idx ON t (b);\nALTER TABLE t DROP COLUMN d;\n",
    ),
    (
        12,
        "check",
        "ALTER TABLE t ADD CONSTRAINT t_b_check CHECK (b > 0);\n",
        "ALTER TABLE t DROP CONSTRAINT t_b_check;\n",
    ),
    (
        20,
        "null",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL;\n",
        "ALTER TABLE t ALTER COLUMN a DROP NOT NULL;\n",
    ),
];

/// A set as a runner wants it.
fn files(layout: Layout) -> Vec<SourceFile> {
    let mut files = Vec::new();
    for (version, name, up, down) in MIGRATIONS {
        let dated = 20_260_101_000_000 + version;
        let mut add = |path: String, text: String| {
            files.push(SourceFile::new(format!("m/{path}"), text));
        };
        match layout {
            Layout::Goose => add(
                format!("{version:05}_{name}.sql"),
                format!(
                    "-- +goose Up\n-- +goose StatementBegin\n{up}-- +goose StatementEnd\n-- +goose Down\n{down}"
                ),
            ),
            Layout::Dbmate => add(
                format!("{dated}_{name}.sql"),
                format!("-- migrate:up\n{up}-- migrate:down\n{down}"),
            ),
            Layout::SqlMigrate => add(
                format!("{dated}-{name}.sql"),
                format!("-- +migrate Up\n{up}-- +migrate Down\n{down}"),
            ),
            Layout::Diesel => {
                let folder = format!("2026-01-01-0000{version:02}_{name}");
                add(format!("{folder}/up.sql"), up.to_owned());
                add(format!("{folder}/down.sql"), down.to_owned());
            }
            Layout::Flyway => {
                add(format!("V{version}__{name}.sql"), up.to_owned());
                add(format!("U{version}__{name}.sql"), down.to_owned());
            }
            Layout::Refinery => add(format!("V{version}__{name}.sql"), up.to_owned()),
            _ => add(format!("{dated}_{name}/migration.sql"), up.to_owned()),
        }
    }
    files
}

fn read(layout: Layout, files: &[SourceFile]) -> MigrationSet {
    if layout != Layout::Refinery {
        assert_eq!(Layout::detect("m", files), Ok(Some(layout)));
    }
    layout.read(files.to_vec()).expect("the runner takes them")
}

/// The files when nothing more can be fixed.
fn fixed(layout: Layout, files: &[SourceFile]) -> Vec<SourceFile> {
    let mut files = files.to_vec();
    loop {
        let found = lint(&read(layout, &files), &Settings::default());
        let wanted = found.iter().filter(|finding| {
            finding.fix.is_within(Reach::All) && !OTHER_SCHEMA.contains(&finding.rule.name)
        });
        let text = |path: &str| {
            let file = files.iter().find(|file| file.path == path);
            file.map(SourceFile::text)
        };
        let texts = fix::apply(wanted, text).texts;
        if texts.is_empty() {
            return files;
        }
        files.retain(|file| !texts.contains_key(&file.path));
        files.extend(
            texts
                .into_iter()
                .map(|(path, text)| SourceFile::new(path, text)),
        );
    }
}

async fn run(server: &Server, set: &MigrationSet) -> anyhow::Result<Rehearsal> {
    let rehearsal = rehearse(server, set, &RehearsalOptions::default(), &Quiet).await?;
    let mut refused = rehearsal.findings.iter();
    let refused = refused.find(|finding| finding.rule.name == "statement-refused");
    assert!(refused.is_none(), "{refused:?}");
    Ok(rehearsal)
}

#[tokio::test]
async fn what_is_added_runs_as_its_runner_sends_it() -> anyhow::Result<()> {
    let Some(server) = support::server_of(ProviderKind::Local, None, &[]).await? else {
        return Ok(());
    };
    // A build and the drop before it share a migration where each statement is sent by itself.
    for (layout, expected) in [
        (Layout::Goose, 5),
        (Layout::Dbmate, 6),
        (Layout::Diesel, 6),
        (Layout::Flyway, 5),
        (Layout::Prisma, 6),
        (Layout::SqlMigrate, 5),
        // What needs no transaction stays where it is.
        (Layout::Refinery, 3),
    ] {
        let before = read(layout, &files(layout));
        let after = read(layout, &fixed(layout, &files(layout)));
        assert_eq!(after.len() - before.len(), expected, "{layout}");
        let original = run(&server, &before).await?;
        let fixed = run(&server, &after).await?;
        assert_eq!(text_diff(&original.schema, &fixed.schema), "", "{layout}");
        let second = fixed.acts.iter().filter(|act| act.act == "second-run");
        let other: Vec<_> = second
            .filter(|act| act.result != ActOutcome::Same)
            .map(|act| (&act.migration, &act.result))
            .collect();
        assert!(other.is_empty(), "{layout}: {other:?}");
    }
    server.stop().await
}
