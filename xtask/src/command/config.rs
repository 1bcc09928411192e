//! `cargo xtask config`: every setting, with its default.

use crate::{Outcome, config, output};

/// Prints the documented default file.
///
/// # Errors
/// When standard output is closed.
pub(crate) fn run() -> anyhow::Result<Outcome> {
    output::print(config::DEFAULT)?;
    Ok(Outcome::Clean)
}
