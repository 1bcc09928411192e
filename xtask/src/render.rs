//! Renderers: a report in, a string out, and nothing else happens.

pub(crate) mod diff;
pub(crate) mod excerpt;
mod fingerprint;
pub(crate) mod github;
mod gitlab;
pub(crate) mod html;
pub(crate) mod json;
mod junit;
pub(crate) mod markdown;
mod sarif;
#[cfg(test)]
pub(crate) mod test_support;
pub(crate) mod text;

use std::fmt::Write as _;

use rehearsal_lints::{Finding, Rule};

use crate::{
    cli::{Format, Options},
    color,
    report::{self, Report},
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

impl Look {
    /// As the options ask.
    pub(crate) fn of(options: &Options, color: bool) -> Self {
        let detail = match (options.quiet, options.verbose) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::Verbose,
            _ => Detail::Usual,
        };
        Self { color, detail }
    }
}

/// Renders a report as the options ask.
pub(crate) fn render(report: &Report, options: &Options) -> String {
    let look = Look::of(options, color::on_stdout(options.color));
    render_as(report, options.format, look, options)
}

/// Renders a report in this format.
pub(crate) fn render_as(report: &Report, format: Format, look: Look, options: &Options) -> String {
    match format {
        Format::Text => text::render(report, look),
        Format::Json => json::render(report),
        Format::Github => github::render(report),
        Format::Markdown => markdown::render(report),
        Format::Sarif => sarif::render(report),
        Format::Junit => junit::render(report, report::lowest(options.deny_warnings)),
        Format::Gitlab => gitlab::render(report),
    }
}

/// Findings of one rule in one file that are shown in full, where others say the same of other places.
const ALIKE: usize = 3;
/// Findings in all beyond which one of each rule is enough.
const MANY: usize = 30;

/// How many findings of one rule in one file are shown in full.
pub(crate) fn alike(shown: &[&Finding]) -> usize {
    if shown.len() > MANY { 1 } else { ALIKE }
}

/// The findings of one file by their rules, those with errors first, else in the order of their first places.
pub(crate) fn by_rule<'a>(findings: &[&'a Finding]) -> Vec<Vec<&'a Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let known = groups
            .iter_mut()
            .find(|group| group[0].rule.name == finding.rule.name);
        match known {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group[0].level));
    groups
}

/// Where a rule's page can be read: in the repository that the package names, if it names one.
pub(crate) fn rule_page(rule: &Rule) -> Option<String> {
    let repository = env!("CARGO_PKG_REPOSITORY");
    (!repository.is_empty()).then(|| format!("{repository}/blob/HEAD/docs/rules.md#{}", rule.name))
}

/// What happens, what was seen and what to do: a paragraph each.
pub(crate) fn explanation(finding: &Finding) -> String {
    let mut text = clean(&finding.message);
    if let Some(sqlstate) = &finding.sqlstate {
        let _ = write!(text, " ({sqlstate})");
    }
    for note in &finding.notes {
        let _ = write!(text, "\n{}", clean(note));
    }
    if let Some(help) = &finding.help {
        let _ = write!(text, "\nhelp: {}", clean(help));
    }
    text
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
