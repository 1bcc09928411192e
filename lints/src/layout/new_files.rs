//! The files of a migration that a fix adds: how the runner wants them named, and what it must be told in them.
//!
//! Sources: beside those of each layout, what `goose create`, `dbmate new`, `sql-migrate new` and `diesel migration generate`
//! write. Flyway sees by itself that an index built or dropped concurrently refuses a transaction, and golang-migrate and Prisma
//! send a lone statement as it is.

use crate::{
    layout::{Layout, folders, sections, spelling, sqlx},
    migration::MigrationSet,
};

/// One way of a migration to add.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// It runs in a transaction, where the runner opens one.
    Wrapped(String),
    /// Its one statement refuses a transaction.
    Bare(String),
}

impl Way {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Wrapped(text) | Self::Bare(text) => text,
        }
    }

    pub(super) fn is_bare(&self) -> bool {
        matches!(self, Self::Bare(_))
    }
}

/// A migration to add.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// The words of its name.
    pub name: String,
    /// The way up.
    pub up: Way,
    /// The way down, for a set whose migrations have one.
    pub down: Way,
}

/// The paths and texts of a migration, the way up first, with a version and named as a neighbour is. None where the runner cannot
/// send it.
pub(crate) fn files(
    set: &MigrationSet,
    neighbour: &str,
    version: &str,
    draft: &Draft,
) -> Option<Vec<(String, String)>> {
    let layout = set.layout?;
    let [before, _, behind] = spelling::parts(layout, neighbour)?;
    let separator = match (layout, behind.chars().next()?) {
        (Layout::Flyway | Layout::Refinery, _) => "__",
        (_, '-') => "-",
        _ => "_",
    };
    let name = format!("{version}{separator}{}", words(&draft.name));
    let reversible = set.iter().any(|migration| migration.down.is_some());
    let Draft { up, down, .. } = draft;
    let mut files = Vec::new();
    let mut add = |path: String, text: String| files.push((path, text));
    match layout {
        Layout::Sqlx | Layout::GolangMigrate => {
            let said = |way: &Way| match way.is_bare() && layout == Layout::Sqlx {
                true => format!("{}\n{}", sqlx::NO_TRANSACTION, way.text()),
                false => way.text().to_owned(),
            };
            let ending = match reversible || behind.ends_with(".up.sql") {
                true => ".up.sql",
                false => ".sql",
            };
            add(format!("{before}{name}{ending}"), said(up));
            if reversible {
                add(format!("{before}{name}.down.sql"), said(down));
            }
        }
        Layout::Goose | Layout::Dbmate | Layout::SqlMigrate => {
            add(
                format!("{before}{name}.sql"),
                sections::text(layout, up, down)?,
            );
        }
        Layout::Flyway => {
            let folder = before.strip_suffix(['V', 'B'])?;
            add(format!("{folder}V{name}.sql"), up.text().to_owned());
            if reversible {
                add(format!("{folder}U{name}.sql"), down.text().to_owned());
            }
        }
        // No release of refinery sends a migration without a transaction.
        Layout::Refinery if up.is_bare() => return None,
        Layout::Refinery => add(format!("{before}{name}.sql"), up.text().to_owned()),
        Layout::Diesel => {
            add(format!("{before}{name}/up.sql"), up.text().to_owned());
            if reversible {
                add(format!("{before}{name}/down.sql"), down.text().to_owned());
            }
            if up.is_bare() || down.is_bare() {
                let path = format!("{before}{name}/{}", folders::METADATA);
                add(path, folders::WITHOUT_TRANSACTION.to_owned());
            }
        }
        Layout::Prisma => add(
            format!("{before}{name}/migration.sql"),
            up.text().to_owned(),
        ),
        Layout::Plain => return None,
    }
    Some(files)
}

/// A name as a file name has it.
fn words(name: &str) -> String {
    let plain = |c: char| match c {
        _ if c.is_ascii_alphanumeric() => c.to_ascii_lowercase(),
        _ => '_',
    };
    let words: String = name.chars().map(plain).collect();
    let words: Vec<&str> = words.split('_').filter(|word| !word.is_empty()).collect();
    let mut words = words.join("_");
    words.truncate(100);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_file_names() {
        assert_eq!(words("create Über-Index__1"), "create_ber_index_1");
    }
}
