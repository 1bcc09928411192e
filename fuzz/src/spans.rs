//! Every place lies in the text and cuts no character.

use rehearsal_lints::{Finding, Migration, MigrationSet, Span};

/// Asserts it of the statements, comments, steps, findings and edits.
pub(crate) fn check(set: &MigrationSet, found: &[Finding]) {
    for migration in set {
        let places = |what, spans: &mut dyn Iterator<Item = Span>| {
            spans.for_each(|span| fits(migration, what, span));
        };
        places(
            "statement",
            &mut migration.statements.iter().map(|one| one.span),
        );
        places(
            "token",
            &mut migration
                .statements
                .iter()
                .flat_map(|one| one.token_spans()),
        );
        places(
            "comment",
            &mut migration.comments.iter().map(|one| one.span),
        );
        places("step", &mut migration.steps.iter().map(|one| one.span));
        let own = || found.iter().filter(|one| one.path == migration.up.path);
        places("finding", &mut own().map(|one| one.span));
        places(
            "edit",
            &mut own()
                .flat_map(|one| one.fix.own_edits())
                .map(|edit| edit.span),
        );
        let mut end = 0;
        for statement in &migration.statements {
            assert!(end <= statement.span.start, "statements overlap");
            end = statement.span.end;
        }
    }
}

fn fits(migration: &Migration, what: &str, span: Span) {
    assert!(
        migration.up.text().get(span.start..span.end).is_some(),
        "{what} at {span:?} does not fit the text"
    );
}
