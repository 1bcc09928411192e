//! `cargo xtask report --html FILE`: the check as a page for a browser.

use crate::{
    Outcome,
    cli::{Options, ReportArguments},
    command::check,
    drawing::Drawing,
    files, output, render,
};

/// Checks the migrations, and writes the page.
///
/// # Errors
/// When there are no migrations, no Postgres to rehearse on, no such base, or the page cannot be written.
pub(crate) async fn run(options: &Options, arguments: &ReportArguments) -> anyhow::Result<Outcome> {
    let (report, schema) = check::checked(options, arguments.base.as_deref()).await?;
    let since = report.change.as_ref();
    let drawing = Drawing::new(&schema, since.map(|since| (&since.before, &since.diff)));
    let page = render::html::render(&report, &drawing);
    let name = arguments.html.display().to_string();
    files::write(&arguments.html, &name, &page)?;
    output::print(&format!(
        "{}\n{name}: open it in a browser\n",
        render::text::verdict(&report)
    ))?;
    Ok(report.outcome(options.deny_warnings))
}
