//! Renderers: a report in, a string out, and nothing else happens.

pub(crate) mod excerpt;
pub(crate) mod github;
pub(crate) mod json;
#[cfg(test)]
pub(crate) mod test_support;
pub(crate) mod text;

use crate::{
    cli::{Format, Options},
    color,
    report::Report,
};

/// How a report is to look.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Look {
    /// With terminal colors.
    pub(crate) color: bool,
    /// How much is said.
    pub(crate) detail: Detail,
}

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Detail {
    /// One line for each finding.
    Quiet,
    /// Each finding with its place in the file.
    #[default]
    Usual,
    /// Also which Postgres was passed over and what each act gave.
    Verbose,
}

/// Renders a report as the options ask.
pub(crate) fn render(report: &Report, options: &Options) -> String {
    let look = Look {
        color: color::on_stdout(options.color),
        detail: match (options.quiet, options.verbose) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::Verbose,
            _ => Detail::Usual,
        },
    };
    match options.format {
        Format::Text => text::render(report, look),
        Format::Json => json::render(report),
        Format::Github => github::render(report),
    }
}

/// Text of files and of Postgres without what steers a terminal: control characters become visible ones. Line breaks
/// and tabs stay.
pub(crate) fn clean(text: &str) -> String {
    let visible = |c: char| match c {
        '\n' | '\t' => c,
        // U+2400 begins the pictures of the control characters.
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        _ if is_deceptive(c) => '\u{fffd}',
        _ => c,
    };
    text.chars().map(visible).collect()
}

/// Control characters beyond ASCII, of which U+009B begins a terminal command, and those that turn the direction of the
/// text around.
fn is_deceptive(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `1 error`, `2 errors`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_steer_the_terminal() {
        assert_eq!(
            clean("a\x1b[2J\u{9b}2J\r\u{202e}\0\n"),
            "a␛[2J\u{fffd}2J␍\u{fffd}␀\n"
        );
    }
}
