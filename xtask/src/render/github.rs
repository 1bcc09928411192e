//! Workflow commands that GitHub turns into annotations of a pull request.
//!
//! Source: <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>

use std::fmt::Write as _;

use rehearsal_lints::{Finding, Level, Safety};

use crate::{
    fix,
    render::{clean, count, explanation},
    report::Report,
};

/// Characters of a fix that an annotation shows.
const LENGTH: usize = 2_000;

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
        count(report.migrations.len(), "migration")
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
    let _ = writeln!(
        text,
        ",title={}::{}",
        property(finding.rule.name),
        data(&format!(
            "{}{}",
            explanation(finding),
            fixed(report, finding)
        ))
    );
}

/// What the finding's fix does, as a patch, and the command that takes it.
fn fixed(report: &Report, finding: &Finding) -> String {
    let (Some(source), false) = (report.file(finding), finding.fix.is_empty()) else {
        return String::new();
    };
    let new = rehearsal_lints::fix::edit(source.text(), finding.fix.own_edits());
    let mut text = match finding.fix.safety {
        Safety::Safe => "\nfix: cargo xtask lint --fix\n".to_owned(),
        Safety::Unsafe(reason) => {
            format!("\nunsafe fix ({reason}): cargo xtask lint --fix --unsafe-fixes\n")
        }
    };
    text.push_str(&fix::hunks(source.text(), &new));
    for file in &finding.fix.files {
        text.push_str(&fix::patch(&file.path, None, &file.text));
    }
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{} …", text[..end].trim_end()),
        None => text.trim_end().to_owned(),
    }
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
    use rehearsal_lints::{NewFile, Span};

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
    fn the_fix_is_shown() {
        let finding = Finding::new(&RULE, Span::new(0, 6), "writes wait")
            .insert(6, " 0")
            .with_files([NewFile {
                path: "2_b.sql".to_owned(),
                text: "SELECT 3;\n".to_owned(),
                ..NewFile::default()
            }])
            .unsafe_fix("it adds a file");
        assert_snapshot!(render(&report("SELECT 1;\n", vec![finding])));
    }

    #[test]
    fn values_cannot_end_their_command() {
        assert_eq!(data("50%\r\n::error::x"), "50%25%0D%0A::error::x");
        assert_eq!(property("a,b:c\n"), "a%2Cb%3Ac%0A");
    }
}
