//! `cargo xtask diff`: what the migrations of the working tree change since a commit, and whether the running application
//! bears it.

use rehearsal::{
    ProviderKind, Rehearsal, Schema, SchemaDiff, Server, apply, diff::Class, for_missing_extension,
    load, text_diff,
};
use rehearsal_lints::{MigrationSet, history};

use crate::{
    Outcome,
    base::{self, Base},
    cli::{Deny, DiffArguments, Format, Options},
    color, command,
    failure::failure,
    input::{self, Overlay},
    output, postgres,
    progress::Progress,
    project::Project,
    render::{self, Look, diff as rendering},
};

/// Two schemas and what is different.
#[derive(Debug)]
pub(crate) struct Comparison {
    /// The commit that the working tree is compared with, by its first characters.
    pub(crate) commit: String,
    /// Which commit that is: `the merge base with origin/main`.
    pub(crate) name: String,
    /// The schema of the base.
    pub(crate) before: Schema,
    /// The schema of the working tree.
    pub(crate) after: Schema,
    /// What is different.
    pub(crate) diff: SchemaDiff,
    /// What is different in the SQL of both, as a unified diff.
    pub(crate) sql: String,
    /// What the reader should know besides.
    pub(crate) notes: Vec<String>,
}

/// Compares, and prints the difference.
///
/// # Errors
/// When there are no migrations, no such base, or no Postgres to make the schemas on.
pub(crate) async fn run(options: &Options, arguments: &DiffArguments) -> anyhow::Result<Outcome> {
    // What nobody could read is not computed.
    if !matches!(
        options.format,
        Format::Text | Format::Json | Format::Markdown
    ) {
        return Err(failure(
            "a difference is no list of findings: it has no such format",
            "choose --format text, json or markdown",
        ));
    }
    let project = Project::open(options)?;
    let set = input::migrations(&project, &Overlay::new())?;
    let (project, base) = base::find(project, arguments.base.clone()).await?;
    let progress = Progress::new(options);
    let server = postgres::start(&project, &progress).await?;
    let applied = apply(&server, &set, &progress).await?;
    if !applied.complete {
        let report = command::apply::report(&server, &project, &set, applied);
        server.stop().await?;
        drop(progress);
        output::print(&render::render(&report, options))?;
        return Ok(Outcome::Findings);
    }
    let comparison = compare(&server, &set, applied.schema, base, &progress).await?;
    server.stop().await?;
    drop(progress);
    let look = Look::of(options, color::on_stdout(options.color));
    output::print(&match options.format {
        Format::Json => rendering::json::render(&comparison),
        Format::Markdown => rendering::markdown::render(&comparison),
        _ => rendering::text::render(&comparison, look),
    })?;
    let worst = comparison.diff.worst();
    let denied = match arguments.deny {
        None => false,
        Some(Deny::Breaking) => worst == Some(Class::Breaking),
        Some(Deny::NeedsCare) => worst >= Some(Class::NeedsCare),
    };
    Ok(if denied {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}

/// Makes the schema of the base on the same server, and compares it with the one that the migrations make.
///
/// # Errors
/// When the server goes away, or the migrations of the base do not apply and it has no snapshot.
pub(crate) async fn compare(
    server: &Server,
    set: &MigrationSet,
    after: Schema,
    base: Base,
    progress: &Progress,
) -> anyhow::Result<Comparison> {
    let mut notes = base.notes.clone();
    let is_same = base.set.len() == set.len() && set.iter().all(|migration| base.has(migration));
    let before = match is_same {
        true => after.clone(),
        false => schema_of(server, &base, &mut notes, progress).await?,
    };
    let history = history::read(set, |migration| !base.has(migration));
    Ok(Comparison {
        commit: base.short().to_owned(),
        diff: SchemaDiff::with_history(&before, &after, &history),
        sql: text_diff(&before, &after),
        name: base.name,
        before,
        after,
        notes,
    })
}

/// The schema of a base: loaded from its snapshot where that is certain to be right, else made by its migrations.
async fn schema_of(
    server: &Server,
    base: &Base,
    notes: &mut Vec<String>,
    progress: &Progress,
) -> anyhow::Result<Schema> {
    if base.set.is_empty() {
        let empty = load(server, "").await?;
        return empty.map_err(|error| anyhow::anyhow!("cannot read an empty database: {error}"));
    }
    if base
        .snapshot
        .as_ref()
        .is_some_and(|snapshot| snapshot.is_current)
    {
        match snapshot_of(server, base).await? {
            Ok(schema) => return Ok(schema),
            Err(reason) => notes.push(format!(
                "the snapshot of the base is not used, its migrations are run: {reason}"
            )),
        }
    }
    let applied = apply(server, &base.set, progress).await?;
    if applied.complete {
        return Ok(applied.schema);
    }
    let refused = refusal(&applied);
    if let Ok(schema) = snapshot_of(server, base).await? {
        notes.push(format!(
            "the migrations of the base do not apply, its snapshot is taken for their schema: {refused}"
        ));
        return Ok(schema);
    }
    let other = "compare with a commit whose migrations apply: --base REV";
    Err(failure(
        format!("the migrations of {} do not apply: {refused}", base.short()),
        match missing_extension(&applied) {
            Some(help) => format!("{help}; or {other}"),
            None => other.to_owned(),
        },
    ))
}

/// The schema that the snapshot of a base makes, or why it is none to rely on.
async fn snapshot_of(server: &Server, base: &Base) -> anyhow::Result<Result<Schema, String>> {
    let Some(snapshot) = &base.snapshot else {
        return Ok(Err("there is none".to_owned()));
    };
    // Its roles would stay there: only those that migrations are seen to make are taken back.
    if server.kind() == ProviderKind::Server {
        return Ok(Err("a named server gets nothing but migrations".to_owned()));
    }
    let loaded = load(server, &snapshot.sql).await?;
    Ok(loaded.and_then(|schema| {
        let comes_back = schema.to_sql().trim_end() == snapshot.sql;
        comes_back.then_some(schema).ok_or_else(|| {
            "it is of another version of Rehearsal or Postgres, or holds what SQL cannot make"
                .to_owned()
        })
    }))
}

/// What to do where Postgres refused for want of an extension.
fn missing_extension(applied: &Rehearsal) -> Option<String> {
    let refused = applied.findings.first()?;
    for_missing_extension(refused.sqlstate.as_deref()?, &refused.message)
}

/// What Postgres refused, in one line.
fn refusal(applied: &Rehearsal) -> String {
    applied
        .findings
        .first()
        .map_or_else(String::new, |finding| {
            format!("{}: {}", finding.path, finding.message)
        })
}
