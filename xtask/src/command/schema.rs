//! `cargo xtask schema`: the schema after the last migration, as SQL that loads into an empty database.

use std::io::{self, IsTerminal};

use crate::{
    Outcome,
    cli::Options,
    command::apply::{self, Observing},
    output,
    project::Project,
    render,
};

/// Prints the schema.
///
/// # Errors
/// When there are no migrations, or no Postgres to apply them to.
pub(crate) async fn run(options: &Options) -> anyhow::Result<Outcome> {
    let mut project = Project::open(options)?;
    let (report, sql) = apply::applied(options, &mut project, Observing::Schema).await?;
    let Some(sql) = sql else {
        output::print(&render::render(&report, options))?;
        return Ok(Outcome::Findings);
    };
    // A terminal must not obey what stands in a default or a comment; a file gets it as it is.
    let sql = if io::stdout().is_terminal() {
        render::clean(&sql)
    } else {
        sql
    };
    output::print(&format!("{}\n", sql.trim_end()))?;
    Ok(Outcome::Clean)
}
