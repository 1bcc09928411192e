//! Errors as the user reads them: one line that says what could not be done, then the way out.

use std::fmt;

use annotate_snippets::renderer::{AnsiColor, Effects, Style};
use rehearsal::causes;
use strsim::jaro_winkler;

use crate::render::clean;

/// What could not be done, and the way out: an error, or the context of one. Both are lower-case fragments.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    help: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl Failure {
    /// Says what could not be done, and the way out.
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: help.into(),
        }
    }
}

/// An error that knows the way out.
pub(crate) fn failure(message: impl Into<String>, help: impl Into<String>) -> anyhow::Error {
    Failure::new(message, help).into()
}

/// `error: …`, then `help: …` where an error in the chain knows it.
pub(crate) fn describe(error: &anyhow::Error, color: bool) -> String {
    let paint = |style: Style, text: &str| {
        if color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    };
    let red = AnsiColor::BrightRed.on_default().effects(Effects::BOLD);
    let cyan = AnsiColor::BrightCyan.on_default().effects(Effects::BOLD);
    let mut text = format!("{}: {}\n", paint(red, "error"), clean(&causes(error)));
    if let Some(Failure { help, .. }) = error.downcast_ref() {
        text.push_str(&format!("{}: {}\n", paint(cyan, "help"), clean(help)));
    }
    text
}

/// The known names that a mistyped one may mean, the nearest first, at most three.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|candidate| {
            let within = candidate.contains(name) || name.contains(candidate);
            let bonus = if within { 0.2 } else { 0.0 };
            (jaro_winkler(name, candidate) + bonus, candidate)
        })
        .filter(|(score, _)| *score > 0.8)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

/// `did you mean …?`, or `otherwise` where no known name is near.
pub(crate) fn did_you_mean<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: &str,
) -> String {
    let names: Vec<String> = nearest(name, known)
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    match names.as_slice() {
        [] => otherwise.to_owned(),
        [name] => format!("did you mean {name}?"),
        [names @ .., last] => format!("did you mean {} or {last}?", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_its_name() {
        let known = ["drop-column", "drop-table", "unnamed-index"];
        assert_eq!(nearest("drop-colum", known)[0], "drop-column");
        assert!(nearest("zzz", known).is_empty());
    }

    #[test]
    fn the_way_out_is_found_in_the_context() {
        let error = anyhow::anyhow!("refused: 111")
            .context("refused: 111")
            .context(Failure::new("no server", "start one"));
        assert_eq!(
            describe(&error, false),
            "error: no server: refused: 111\nhelp: start one\n"
        );
    }

    #[test]
    fn the_way_out_is_found_under_context() {
        let error = failure("no such folder", "make it").context("cannot list migrations");
        assert_eq!(
            describe(&error, false),
            "error: cannot list migrations: no such folder\nhelp: make it\n"
        );
    }
}
