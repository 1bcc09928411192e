//! `cargo xtask snapshot`: compares the schema with the committed snapshot, or accepts it.

use rehearsal::snapshot;

use crate::{
    Outcome,
    cli::{Options, SnapshotArguments},
    color,
    command::apply::{self, Observing},
    failure::failure,
    files, output,
    project::Project,
    render,
};

/// Compares, or accepts.
///
/// # Errors
/// When there are no migrations, or no Postgres to apply them to, or the snapshot cannot be read or written.
pub(crate) async fn run(
    options: &Options,
    arguments: &SnapshotArguments,
) -> anyhow::Result<Outcome> {
    let mut project = Project::open(options)?;
    let target = project.snapshot.clone();
    if !project.has_configured_migrations() {
        return Err(failure(
            format!(
                "{} is the snapshot of {}, not of {}",
                target.name, project.config.migrations, project.migrations.name
            ),
            "give the other project a rehearsal.toml, and name that with --config",
        ));
    }
    let (report, sql) = apply::applied(options, &mut project, Observing::Schema).await?;
    let Some(sql) = sql else {
        output::print(&render::render(&report, options))?;
        return Ok(Outcome::Findings);
    };
    let committed = snapshot::read(&target.path);
    if arguments.accept {
        // A snapshot that cannot be read, such as one with merge conflicts, is replaced.
        let same = committed
            .is_ok_and(|committed| committed.is_some_and(|committed| committed.matches(&sql)));
        let _writing = files::hold_writes();
        if same {
            snapshot::discard_new(&target.path)?;
            output::print(&format!("{}: unchanged\n", target.name))?;
        } else {
            snapshot::accept(&target.path, &sql)?;
            output::print(&format!("{}: accepted, commit it\n", target.name))?;
        }
        return Ok(Outcome::Clean);
    }
    match committed? {
        Some(committed) if committed.matches(&sql) => {
            output::print(&format!("{}: up to date\n", target.name))?;
            Ok(Outcome::Clean)
        }
        committed => {
            let color = color::on_stdout(options.color);
            let diff = committed.map_or(String::new(), |committed| committed.diff(&sql));
            output::print(&format!(
                "{}{}: not what the migrations make\n  accept: cargo xtask snapshot --accept\n",
                render::text::diff(&diff, color),
                target.name
            ))?;
            Ok(Outcome::Findings)
        }
    }
}
