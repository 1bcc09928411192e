//! The Postgres of a run, as the settings and options ask for it, and what reports say of it.

use rehearsal::{ProviderKind, ProviderSettings, Rehearsal, Server};
use rehearsal_lints::{LockMode, MigrationSet};

use crate::{
    cli::{Options, Provider},
    config::{self, Config},
    failure::{Failure, failure},
    progress::Progress,
    project::Project,
    report::{Act, Lock, Postgres, Ran, Report, Timeline},
};

/// What options, environment and settings file ask for, in this order.
///
/// # Errors
/// When a variable of the environment holds no such value.
pub(crate) fn settings(options: &Options, config: &Config) -> anyhow::Result<ProviderSettings> {
    let postgres = &config.postgres;
    let mut settings = ProviderSettings::from_env()?;
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if let Some(provider) = options.provider {
        settings.kind = kind(provider);
    } else if !is_set("REHEARSAL_PROVIDER") {
        settings.kind = kind(postgres.provider);
    }
    if let Some(major) = options.pg {
        settings.major = major;
    } else if !is_set("REHEARSAL_PG") {
        settings.major = postgres.major;
    }
    // The configured image is of the configured major.
    if settings.image.is_none() && settings.major == postgres.major {
        settings.image.clone_from(&postgres.image);
    }
    if let Ok(url) = std::env::var(&postgres.server_url_env)
        && !url.is_empty()
    {
        settings.server_url = Some(url);
    }
    settings.offline |= options.offline || postgres.offline;
    settings.statement_timeout = postgres.statement_timeout;
    config::parse_major(&settings.major.to_string())
        .map_err(|error| failure(error, "choose another in REHEARSAL_PG"))?;
    Ok(settings)
}

fn kind(provider: Provider) -> Option<ProviderKind> {
    match provider {
        Provider::Auto => None,
        Provider::Container => Some(ProviderKind::Container),
        Provider::Local => Some(ProviderKind::Local),
        Provider::Download => Some(ProviderKind::Download),
        Provider::Server => Some(ProviderKind::Server),
    }
}

/// Starts the Postgres of a run.
///
/// # Errors
/// When there is none to be had: says why not, for each way.
pub(crate) async fn start(project: &Project, progress: &Progress) -> anyhow::Result<Server> {
    Server::start(&project.provider, progress)
        .await
        .map_err(|error| {
            error.context(Failure::new(
                "there is no Postgres to rehearse on",
                "`cargo xtask doctor` says what each provider needs; `cargo xtask lint` needs none",
            ))
        })
}

/// Says that the configured image is not the one that ran, where another major was asked for.
pub(crate) fn image_note(project: &Project) -> Option<String> {
    let configured = &project.config.postgres;
    let image = configured.image.as_ref()?;
    let asked = project.provider.major;
    (asked != configured.major && project.provider.image.as_ref() != Some(image)).then(|| {
        format!(
            "the configured image {image} was passed over: it is of PostgreSQL {}, and {asked} was asked for",
            configured.major
        )
    })
}

/// A report that says what was run where.
pub(crate) fn report(server: &Server, set: &MigrationSet, rehearsal: &Rehearsal) -> Report {
    Report {
        postgres: Some(Postgres {
            provider: server.kind().to_string(),
            version: server.version().to_string(),
            origin: server.origin().to_owned(),
            passed_over: server
                .skipped()
                .iter()
                .map(|skipped| format!("{}: {}", skipped.kind, skipped.reason))
                .collect(),
        }),
        acts: rehearsal
            .acts
            .iter()
            .map(|act| Act {
                act: act.act.to_owned(),
                migration: act.migration.clone(),
                result: act.result.to_string(),
                seconds: (act.seconds * 1000.0).round() / 1000.0,
            })
            .collect(),
        locks: locks(set, rehearsal),
        timelines: timelines(set, rehearsal),
        notes: [&set.notes[..], &rehearsal.notes].concat(),
        ..Report::default()
    }
}

/// The locks that make others wait: they are held until the migration's transaction ends.
fn locks(set: &MigrationSet, rehearsal: &Rehearsal) -> Vec<Lock> {
    let mut locks = Vec::new();
    for trace in &rehearsal.traces {
        let Some(migration) = set
            .iter()
            .find(|migration| migration.up.path == trace.migration)
        else {
            continue;
        };
        for (index, seen) in trace.observations.iter().enumerate() {
            let strong = seen
                .locks
                .iter()
                .filter(|(_, mode)| **mode >= LockMode::Share);
            locks.extend(strong.map(|(relation, mode)| {
                let held = trace.observations[index + 1..]
                    .iter()
                    .take_while(|later| later.held.get(relation) >= Some(mode))
                    .count();
                let last = &trace.observations[index + held];
                Lock {
                    migration: trace.migration.clone(),
                    line: migration.up.position(seen.span.start).line,
                    relation: relation.clone(),
                    mode: *mode,
                    until_line: migration.up.position(last.span.start).line,
                    statements: held + 1,
                }
            }));
        }
    }
    locks
}

/// Characters of a statement that stand for it.
const STATEMENT: usize = 160;

/// What ran in which migration.
fn timelines(set: &MigrationSet, rehearsal: &Rehearsal) -> Vec<Timeline> {
    let traces = rehearsal.traces.iter().filter_map(|trace| {
        let migration = set
            .iter()
            .find(|migration| migration.up.path == trace.migration)?;
        let statements = trace.observations.iter().map(|seen| {
            let sql = migration.up.slice(seen.span);
            let mut sql: Vec<&str> = sql[..sql.floor_char_boundary(4 * STATEMENT)]
                .split_whitespace()
                .collect();
            sql.truncate(STATEMENT);
            let mut sql = sql.join(" ");
            if sql.chars().count() > STATEMENT {
                sql = sql.chars().take(STATEMENT - 1).collect();
                sql.push('…');
            }
            Ran {
                line: migration.up.position(seen.span.start).line,
                sql,
                seen: seen.summary(),
            }
        });
        Some(Timeline {
            migration: trace.migration.clone(),
            statements: statements.collect(),
        })
    });
    traces.collect()
}
