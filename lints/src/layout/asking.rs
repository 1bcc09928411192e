//! How a migration that is there asks its runner to send it without a transaction.

use crate::{
    fix::{Edit, NewFile, edit},
    layout::{Layout, flyway, folders, sections, sqlx},
    migration::{Migration, TransactionMode},
    source::{SourceFile, Span},
    statement,
};

/// What has a runner send a migration without a transaction.
#[derive(Debug, Default)]
pub(crate) struct Request {
    /// Changes of the migration, or of what lies beside it.
    pub edits: Vec<Edit>,
    /// What is to lie beside it.
    pub files: Vec<NewFile>,
}

/// What to change so that `layout`, sqlx where none is known, sends a migration without a transaction, given what else is
/// changed. None where the runner cannot, or is told otherwise.
pub(crate) fn ask(
    layout: Option<Layout>,
    migration: &Migration,
    changes: &[Edit],
) -> Option<Request> {
    if migration.mode != TransactionMode::Wrapped {
        return Some(Request::default());
    }
    match layout {
        None | Some(Layout::Sqlx) => {
            // Behind a byte order mark sqlx would not see the line.
            let text = migration.up.text();
            let mark = text.len() - text.trim_start_matches('\u{feff}').len();
            Some(own(
                Span::new(0, mark),
                format!("{}\n", sqlx::NO_TRANSACTION),
            ))
        }
        Some(layout @ (Layout::Goose | Layout::Dbmate | Layout::SqlMigrate)) => {
            let (span, text) = sections::ask(layout, &migration.comments)?;
            Some(own(span, text))
        }
        Some(Layout::Flyway) => {
            let companion = migration.companion.clone();
            let changed = edit(
                migration.up.text(),
                changes.iter().filter(|edit| edit.file.is_none()),
            );
            let changed = SourceFile::new(&*migration.up.path, changed);
            let changed = flyway::migration(0, String::new(), changed, companion);
            if changed.mode != TransactionMode::Wrapped {
                return Some(Request::default());
            }
            let path = format!("{}.conf", migration.up.path);
            beside(
                migration,
                path,
                "executeInTransaction",
                flyway::WITHOUT_TRANSACTION,
            )
        }
        Some(Layout::Diesel) => {
            let (folder, _) = migration.up.path.rsplit_once('/')?;
            let path = format!("{folder}/{}", folders::METADATA);
            beside(
                migration,
                path,
                "run_in_transaction",
                folders::WITHOUT_TRANSACTION,
            )
        }
        // No release of refinery has a way.
        Some(Layout::Refinery | Layout::Plain | Layout::GolangMigrate | Layout::Prisma) => None,
    }
}

fn own(span: Span, text: String) -> Request {
    let edit = Edit {
        file: None,
        span,
        text,
    };
    Request {
        edits: vec![edit],
        files: Vec::new(),
    }
}

/// The line in the file beside the migration.
fn beside(migration: &Migration, path: String, key: &str, line: &str) -> Option<Request> {
    let Some(companion) = &migration.companion else {
        return Some(Request {
            edits: Vec::new(),
            files: vec![NewFile {
                path,
                text: line.to_owned(),
                ..NewFile::default()
            }],
        });
    };
    let text = companion.text();
    if text.contains(key) {
        return None;
    }
    let ends = text.is_empty() || text.ends_with('\n');
    Some(Request {
        edits: vec![Edit {
            file: Some(companion.path.clone()),
            span: Span::at(text.len()),
            text: format!("{}{line}", if ends { "" } else { "\n" }),
        }],
        files: Vec::new(),
    })
}

/// Whether what [`ask`] asks for takes a transaction from the statements of the way down, too.
pub(crate) fn splits_way_down(layout: Option<Layout>, migration: &Migration) -> bool {
    let down = &migration.up.text()[migration.end..];
    layout.is_some_and(sections::asks_for_both)
        && statement::split_at(down, migration.end).statements.len() > 1
}
