//! Files that keep both ways in one, between comments that tell them apart: goose, dbmate and sql-migrate.
//!
//! Sources: "SQL migrations" and "Annotations" in goose's documentation, <https://pressly.github.io/goose/>, and its `sqlparser`;
//! "Migration Options" in dbmate's README, and `FindMigrations` and `Migrate` in its `db.go`; "Writing migrations" in
//! sql-migrate's README, and its `sqlparse`.

use std::collections::HashMap;

use crate::{
    layout::{
        Layout,
        new_files::Way,
        version::{leading_number, rising},
    },
    lower,
    migration::{Migration, MigrationSet, SetError, TransactionMode},
    source::{SourceFile, Span},
    statement,
    token::Comment,
};

/// What opens the ways in a tool's files.
struct Markers {
    tool: Layout,
    /// In lower case, as all that comments are compared with.
    up: &'static str,
    /// As its users write it.
    spelled: &'static str,
    down: &'static str,
    spelled_down: &'static str,
    /// What asks for no transaction.
    no_transaction: &'static str,
    /// How its users write that, and where.
    asks: Asks,
    /// How the tool sends a file that asks.
    alone: TransactionMode,
}

/// How a file asks for no transaction.
enum Asks {
    /// By a line above the first marker, for both ways.
    Above(&'static str),
    /// At the end of the marker of the way that it is about.
    Behind(&'static str),
}

const TOOLS: [Markers; 3] = [
    Markers {
        tool: Layout::Goose,
        up: "+goose up",
        spelled: "-- +goose Up",
        down: "+goose down",
        spelled_down: "-- +goose Down",
        no_transaction: "+goose no transaction",
        asks: Asks::Above("-- +goose NO TRANSACTION"),
        alone: TransactionMode::Autocommit,
    },
    Markers {
        tool: Layout::Dbmate,
        up: "migrate:up",
        spelled: "-- migrate:up",
        down: "migrate:down",
        spelled_down: "-- migrate:down",
        no_transaction: "transaction:false",
        asks: Asks::Behind(" transaction:false"),
        // The way up stays one query, so that its statements share a transaction all the same.
        alone: TransactionMode::Unwrapped,
    },
    Markers {
        tool: Layout::SqlMigrate,
        up: "+migrate up",
        spelled: "-- +migrate Up",
        down: "+migrate down",
        spelled_down: "-- +migrate Down",
        no_transaction: "notransaction",
        asks: Asks::Behind(" notransaction"),
        alone: TransactionMode::Autocommit,
    },
];

/// The tool for which a line of a file marks the way up.
pub(super) fn tool(text: &str) -> Option<Layout> {
    text.lines().find_map(|line| {
        let words = words(line.strip_prefix("--")?);
        let marks = |tool: &&Markers| begins_with(&words, tool.up);
        TOOLS.iter().find(marks).map(|tool| tool.tool)
    })
}

/// The tool whose comments mark the way up of a file that stands alone.
pub(super) fn tool_of(comments: &[Comment]) -> Option<Layout> {
    let marks = |tool: &&Markers| find(comments, tool.up).is_some();
    TOOLS.iter().find(marks).map(|tool| tool.tool)
}

/// A tool's file of both ways.
pub(super) fn text(layout: Layout, up: &Way, down: &Way) -> Option<String> {
    let tool = markers(layout)?;
    let behind = |way: &Way| match tool.asks {
        Asks::Behind(asks) if way.is_bare() => asks,
        _ => "",
    };
    let above = match tool.asks {
        Asks::Above(asks) if up.is_bare() || down.is_bare() => format!("{asks}\n"),
        _ => String::new(),
    };
    Some(format!(
        "{above}{}{}\n{}\n{}{}\n{}",
        tool.spelled,
        behind(up),
        up.text(),
        tool.spelled_down,
        behind(down),
        down.text()
    ))
}

/// The edit that has a tool send the way up of a file without a transaction. None where no comment marks it.
pub(super) fn ask(layout: Layout, comments: &[Comment]) -> Option<(Span, String)> {
    let tool = markers(layout)?;
    let up = &comments[find(comments, tool.up)?];
    Some(match tool.asks {
        Asks::Above(asks) => (Span::at(up.span.start), format!("{asks}\n")),
        Asks::Behind(asks) => (Span::at(up.span.end), asks.to_owned()),
    })
}

/// Whether the file asks for both of its ways at once.
pub(super) fn asks_for_both(layout: Layout) -> bool {
    markers(layout).is_some_and(|tool| matches!(tool.asks, Asks::Above(_)))
}

fn markers(layout: Layout) -> Option<&'static Markers> {
    TOOLS.iter().find(|tool| tool.tool == layout)
}

/// The ways up of a tool's files, in its order.
///
/// # Errors
/// When a file marks no way up, or two have one version.
pub(super) fn read(layout: Layout, files: Vec<SourceFile>) -> Result<MigrationSet, SetError> {
    let (mut own, ignored): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|file| number(layout, name(file)).is_some() || takes_any(layout, name(file)));
    // sql-migrate takes numbers first, and equal ones by their names; dbmate takes names alone.
    own.sort_by_cached_key(|file| {
        let number = number(layout, name(file)).filter(|_| layout != Layout::Dbmate);
        (number.is_none(), number, name(file).to_owned())
    });
    let numbers: Vec<_> = own.iter().map(|file| number(layout, name(file))).collect();
    if layout != Layout::SqlMigrate {
        require_distinct(&numbers, &own)?;
    }
    let mut migrations = Vec::with_capacity(own.len());
    for (file, version) in own.into_iter().zip(rising(&numbers)) {
        let words = name(&file).trim_end_matches(".sql");
        let words = words.trim_start_matches(|c: char| c.is_ascii_digit());
        let words = words.trim_start_matches(['_', '-']).replace('_', " ");
        let mut migration = Migration::new(version, words, file, TransactionMode::Wrapped);
        if let Some(markers) = markers(layout)
            && !keep_up(&mut migration, markers)
        {
            return Err(SetError::NoWayUp {
                path: migration.up.path,
                layout,
                marker: markers.spelled,
            });
        }
        migrations.push(migration);
    }
    MigrationSet::new(migrations, ignored)
}

fn name(file: &SourceFile) -> &str {
    file.path.rsplit('/').next().unwrap_or_default()
}

/// The version in a file's name, where the tool takes the file for it.
fn number(layout: Layout, name: &str) -> Option<i64> {
    let stem = name.strip_suffix(".sql")?;
    match layout {
        Layout::Goose => {
            let (version, _) = stem.split_once('_')?;
            version.parse().ok().filter(|&version| version > 0)
        }
        _ => leading_number(stem),
    }
}

fn takes_any(layout: Layout, name: &str) -> bool {
    layout == Layout::SqlMigrate && name.ends_with(".sql")
}

fn require_distinct(numbers: &[Option<i64>], files: &[SourceFile]) -> Result<(), SetError> {
    let mut seen = HashMap::new();
    for (number, file) in numbers.iter().zip(files) {
        if let (Some(number), Some(other)) = (number, seen.insert(number, file)) {
            return Err(SetError::DuplicateVersion {
                version: number.to_string(),
                paths: [other.path.clone(), file.path.clone()],
            });
        }
    }
    Ok(())
}

/// Keeps the way up of a file in which the tool's comments mark it, and says whether they do.
fn keep_up(migration: &mut Migration, tool: &Markers) -> bool {
    let comments = &migration.comments;
    let Some(up) = find(comments, tool.up) else {
        return false;
    };
    let begin = comments[up].span.end;
    let down = comments[up..].iter().find(|comment| is(comment, tool.down));
    let down = down.map(|comment| comment.span);
    let end = down.map_or(migration.end, |down| down.start);
    let alone = comments
        .iter()
        .filter(|comment| comment.span.start < end)
        .any(|comment| words(&comment.text).contains(tool.no_transaction));
    if alone {
        migration.mode = tool.alone;
    }

    // Read anew: a last statement needs no semicolon before the way down begins.
    let way_up = &migration.up.text()[begin..end];
    migration.statements = statement::split_at(way_up, begin).statements;
    migration.steps = lower::lower(&migration.up, &migration.statements);
    migration
        .comments
        .retain(|comment| comment.span.start < end);
    migration.down_below = down.map(|marker| Span::new(marker.end, migration.up.text().len()));
    migration.end = end;
    true
}

/// A migration of a file that stands alone: its way up, where a tool's comments mark one.
pub(super) fn keep_any_up(version: i64, file: SourceFile, mode: TransactionMode) -> Migration {
    let mut migration = Migration::new(version, "", file, mode);
    let _ = TOOLS.iter().any(|tool| keep_up(&mut migration, tool));
    migration
}

/// Whether a comment is for a tool: it marks a way, or asks for no transaction.
pub(crate) fn is_marker(comment: &Comment) -> bool {
    let of = |tool: &Markers| {
        [tool.up, tool.down, tool.no_transaction]
            .iter()
            .any(|marker| is(comment, marker))
    };
    TOOLS.iter().any(of)
}

fn find(comments: &[Comment], marker: &str) -> Option<usize> {
    comments.iter().position(|comment| is(comment, marker))
}

fn is(comment: &Comment, marker: &str) -> bool {
    begins_with(&words(&comment.text), marker)
}

fn begins_with(words: &str, marker: &str) -> bool {
    words == marker
        || words
            .strip_prefix(marker)
            .is_some_and(|rest| rest.starts_with(' '))
}

/// In lower case, with single spaces.
pub(super) fn words(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;
