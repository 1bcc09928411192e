//! Workflow commands that GitHub turns into annotations of a pull request.
//!
//! Source: <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>

use std::fmt::Write as _;

use rehearsal_lints::{Finding, Level};

use crate::{
    render::{clean, count},
    report::Report,
};

/// Renders a report.
pub(crate) fn render(report: &Report) -> String {
    let mut text = String::new();
    let shown = report.shown();
    for finding in &shown {
        command(&mut text, report, finding);
    }
    let _ = writeln!(
        text,
        "{}, {} in {}",
        count(
            shown
                .iter()
                .filter(|finding| finding.level == Level::Error)
                .count(),
            "error"
        ),
        count(
            shown
                .iter()
                .filter(|finding| finding.level == Level::Warning)
                .count(),
            "warning"
        ),
        count(report.migrations, "migration")
    );
    text
}

fn command(text: &mut String, report: &Report, finding: &Finding) {
    let command = match finding.level {
        Level::Error => "error",
        Level::Warning | Level::Off => "warning",
    };
    let _ = write!(text, "::{command} file={}", property(&finding.path));
    if let Some((start, end)) = report.place(finding) {
        let _ = write!(text, ",line={},endLine={}", start.line, end.line);
        // GitHub refuses columns of an annotation that spans lines.
        if start.line == end.line {
            let _ = write!(text, ",col={},endColumn={}", start.column, end.column);
        }
    }
    let mut message = finding.message.clone();
    if let Some(sqlstate) = &finding.sqlstate {
        let _ = write!(message, " ({sqlstate})");
    }
    for note in &finding.notes {
        let _ = write!(message, "\n{note}");
    }
    if let Some(help) = &finding.help {
        let _ = write!(message, "\nhelp: {help}");
    }
    let _ = writeln!(
        text,
        ",title={}::{}",
        property(finding.rule.name),
        data(&message)
    );
}

/// The text behind `::`: one line that holds no command.
fn data(text: &str) -> String {
    let text = text
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A");
    clean(&text)
}

/// A value between the command's name and `::`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use rehearsal_lints::Span;

    use super::*;
    use crate::render::test_support::{RULE, report};

    #[test]
    fn one_line_and_several() {
        let finding = |start, end| {
            Finding::new(&RULE, Span::new(start, end), "writes wait\n100%").help("think")
        };
        let report = report("SELECT 1,\n2;", vec![finding(0, 6), finding(0, 11)]);
        assert_snapshot!(render(&report));
    }

    #[test]
    fn values_cannot_end_their_command() {
        assert_eq!(data("50%\r\n::error::x"), "50%25%0D%0A::error::x");
        assert_eq!(property("a,b:c\n"), "a%2Cb%3Ac%0A");
    }
}
