//! Writing to the two streams, and reports to files. A reader that goes away, such as `head`, is no error.

use std::io::{self, Write};

use crate::{
    cli::{Options, Outputs},
    files,
    render::{self, Look},
    report::Report,
};

/// Writes to standard output.
///
/// # Errors
/// When the stream is broken; [`is_broken_pipe`] tells a reader that went away.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    Ok(())
}

/// Writes the report to the files that the arguments name, each in its own format.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn write(report: &Report, options: &Options, outputs: &Outputs) -> anyhow::Result<()> {
    let look = Look::of(options, false);
    for output in &outputs.outputs {
        let text = render::render_as(report, output.format, look, options);
        files::write(&output.path, &output.path.display().to_string(), &text)?;
    }
    Ok(())
}

/// Writes to standard error. Where that is closed, nobody can be told.
pub(crate) fn error(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Whether this is a reader that went away.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
