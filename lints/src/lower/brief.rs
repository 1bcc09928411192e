//! Steps as short text, for tests that are data.

mod object;
mod table;

use crate::{
    action::Action,
    lower::brief::table::Brief,
    name::ObjectName,
    source::SourceFile,
    statement,
    step::{Guard, Step},
};

/// Lowers a file and gives each step's short text.
pub(super) fn read(sql: &str) -> Vec<String> {
    let source = SourceFile::new("a.sql", sql);
    let script = statement::split(&source);
    super::lower(&source, &script.statements)
        .iter()
        .map(|step| format!("{}{}", brief(&source, step), guard(&step.guard)))
        .collect()
}

/// Asserts the steps of a file.
#[track_caller]
pub(super) fn check(sql: &str, expected: &[&str]) {
    assert_eq!(read(sql), expected, "{sql}");
}

/// Asserts the steps of each of several files, joined by semicolons.
#[track_caller]
pub(super) fn each(cases: &[(&str, &str)]) {
    for (sql, expected) in cases {
        assert_eq!(read(sql).join("; "), *expected, "{sql}");
    }
}

fn brief(source: &SourceFile, step: &Step) -> String {
    let written = Brief(source);
    match &step.action {
        Action::CreateTable(create) => written.table(create),
        Action::CreateIndex(create) => written.index(create),
        Action::AlterTable(alter) => format!(
            "{} {}{}{}: {}",
            alter.kind,
            alter.table,
            flag(alter.if_exists, "if exists"),
            flag(alter.only, "only"),
            written.alter_clause(&alter.clause)
        ),
        Action::Insert(insert) => written.insert(insert),
        Action::Update(update) => written.update(update),
        Action::Delete(delete) => {
            format!(
                "delete {}{}{}",
                delete.table,
                flag(delete.filtered, "where"),
                flag(delete.filtered && delete.unbounded, "open")
            )
        }
        Action::Merge { table } => format!("merge {table}"),
        Action::CreateObject(create) => object::created(create),
        Action::DropObject(drop) => object::dropped(drop),
        Action::AlterObject(alter) => {
            format!(
                "alter {} {}: {}",
                alter.kind,
                alter.name,
                object::clause(&alter.clause)
            )
        }
        Action::Rename(rename) => object::renamed(rename),
        Action::SetSchema {
            kind, name, schema, ..
        } => format!("move {kind} {name} to {schema}"),
        Action::Truncate { table, cascade } => {
            format!("truncate {table}{}", flag(*cascade, "cascade"))
        }
        Action::Copy(copy) => format!(
            "copy {}{}{}{}",
            name(copy.table.as_ref()),
            flag(copy.from, "from"),
            flag(copy.stdio, "stdio"),
            flag(copy.program, "program")
        ),
        Action::Set(set) => format!(
            "set {} {:?}{}",
            set.name,
            set.values,
            flag(set.local, "local")
        ),
        Action::Transaction(transaction) => format!("{transaction:?}"),
        Action::Refresh {
            name,
            concurrently,
            no_data,
        } => format!(
            "refresh {name}{}{}",
            flag(*concurrently, "concurrently"),
            flag(*no_data, "no data")
        ),
        Action::Reindex {
            target,
            name: of,
            concurrently,
        } => format!(
            "reindex {target:?} {}{}",
            name(of.as_ref()),
            flag(*concurrently, "concurrently")
        ),
        Action::Vacuum { tables, full } => {
            format!("vacuum {}{}", names(tables), flag(*full, "full"))
        }
        Action::Analyze { tables } => format!("analyze {}", names(tables)),
        Action::Cluster { table } => format!("cluster {}", name(table.as_ref())),
        Action::Lock { table, mode } => format!("lock {table} {mode:?}"),
        Action::Grant(grant) => object::granted(grant),
        Action::Comment { kind, .. } => {
            format!("comment {}", kind.map_or("?", |kind| kind.words()))
        }
        Action::Other { keywords } => format!("other {keywords}"),
        Action::Unknown { message } => format!("unknown: {message}"),
        Action::Query { functions, .. } => {
            format!("query{}", some(" ", &names(functions)))
        }
        action => format!("{action:?}"),
    }
}

fn guard(guard: &Guard) -> String {
    let mut text = String::new();
    if guard.tests_catalog {
        text.push_str(" [catalog]");
    }
    if guard.conditional {
        text.push_str(" [if]");
    }
    let caught = guard.catches.iter().flat_map(|one| one.conditions.clone());
    let caught: Vec<String> = caught.collect();
    if !caught.is_empty() {
        text.push_str(&format!(" [catches {}]", caught.join(",")));
    }
    text
}

fn name(name: Option<&ObjectName>) -> String {
    name.map_or_else(|| "-".to_owned(), ToString::to_string)
}

/// Names, separated by commas.
fn names<T: ToString>(names: &[T]) -> String {
    let names: Vec<String> = names.iter().map(T::to_string).collect();
    names.join(",")
}

fn some(before: &str, text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("{before}{text}")
    }
}

fn flag(is: bool, word: &str) -> String {
    if is {
        format!(" {word}")
    } else {
        String::new()
    }
}
