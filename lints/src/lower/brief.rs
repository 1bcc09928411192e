//! Steps as short text, for tests that are data.

use crate::{
    action::{
        Action, AlterObjectClause, CreateDetail, CreateObject, DropObject, Grant, IfExists,
        Persistence, Rename, RenamePart, RoleOptions, RoutineSecurity, Volatility,
    },
    name::ObjectName,
    source::SourceFile,
    statement,
    step::{Guard, Step},
};

/// Lowers a file and gives each step's short text.
pub(super) fn briefs(sql: &str) -> Vec<String> {
    let source = SourceFile::new("a.sql", sql);
    let script = statement::split(&source);
    super::lower(&source, &script.statements)
        .iter()
        .map(|step| format!("{}{}", brief(step), guard(&step.guard)))
        .collect()
}

/// Asserts the steps of a file.
#[track_caller]
pub(super) fn check(sql: &str, expected: &[&str]) {
    assert_eq!(briefs(sql), expected, "{sql}");
}

/// Asserts the one step of each of several statements.
#[track_caller]
pub(super) fn each(cases: &[(&str, &str)]) {
    for (sql, expected) in cases {
        check(sql, &[expected]);
    }
}

fn brief(step: &Step) -> String {
    match &step.action {
        Action::CreateObject(create) => created(create),
        Action::DropObject(drop) => dropped(drop),
        Action::AlterObject(alter) => {
            format!(
                "alter {} {}: {}",
                alter.kind,
                alter.name,
                clause(&alter.clause)
            )
        }
        Action::Rename(rename) => renamed(rename),
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
            let tables: Vec<_> = tables.iter().map(ToString::to_string).collect();
            format!("vacuum {}{}", tables.join(","), flag(*full, "full"))
        }
        Action::Cluster { table } => format!("cluster {}", name(table.as_ref())),
        Action::Lock { table, mode } => format!("lock {table} {mode:?}"),
        Action::Grant(grant) => granted(grant),
        Action::Comment { kind, .. } => {
            format!("comment {}", kind.map_or("?", |kind| kind.words()))
        }
        Action::Other { keywords } => format!("other {keywords}"),
        Action::Unknown { message } => format!("unknown: {message}"),
        Action::Query { functions } => {
            let functions: Vec<_> = functions.iter().map(ToString::to_string).collect();
            format!("query {}", functions.join(","))
        }
        Action::Insert(insert) => format!("insert {}", insert.table),
        Action::Delete(delete) => format!("delete {}", delete.table),
        Action::CreateTable(create) => format!("create table {}", create.name),
        action => format!("{action:?}"),
    }
}

fn created(create: &CreateObject) -> String {
    let arguments = create
        .arguments
        .as_ref()
        .map(|arguments| format!("({arguments})"))
        .unwrap_or_default();
    let detail = match &create.detail {
        CreateDetail::None => String::new(),
        CreateDetail::Domain { base, constrained } => {
            format!(" as {base}{}", flag(*constrained, "constrained"))
        }
        CreateDetail::Enum { labels } => format!(" {labels:?}"),
        CreateDetail::Function(function) => {
            let security = security(function.security);
            flag(function.volatility != Volatility::Volatile, "not volatile") + &security
        }
        CreateDetail::Policy(policy) => {
            let roles = policy.roles.join(",");
            format!(
                "{}{}{}",
                flag(!roles.is_empty(), &format!("to {roles}")),
                flag(policy.restrictive, "restrictive"),
                flag(policy.always_true.is_some(), "true")
            )
        }
        CreateDetail::Role(options) => role(options),
        CreateDetail::View { columns: None } => String::new(),
        CreateDetail::View {
            columns: Some(columns),
        } => format!(" of {}", columns.join(",")),
        CreateDetail::Subscription { creates_slot } => flag(*creates_slot, "slot"),
        CreateDetail::MaterializedView { no_data } => flag(*no_data, "no data"),
    };
    format!(
        "create {} {}{arguments}{}{detail}{}{}",
        create.kind,
        create.name,
        on(create.table.as_ref()),
        match create.if_exists {
            IfExists::Fail => "",
            IfExists::Keep => " keep",
            IfExists::Replace => " replace",
        },
        match create.persistence {
            Persistence::Permanent => "",
            Persistence::Unlogged => " unlogged",
            _ => " temporary",
        },
    )
}

fn dropped(drop: &DropObject) -> String {
    let arguments = drop
        .arguments
        .as_ref()
        .map(|arguments| format!("({arguments})"))
        .unwrap_or_default();
    format!(
        "drop {} {}{arguments}{}{}{}{}",
        drop.kind,
        drop.name,
        on(drop.table.as_ref()),
        flag(drop.if_exists, "if exists"),
        flag(drop.cascade, "cascade"),
        flag(drop.concurrently, "concurrently"),
    )
}

fn renamed(rename: &Rename) -> String {
    let part = match &rename.part {
        RenamePart::Object => String::new(),
        RenamePart::Column(name) => format!(" column {name}"),
        RenamePart::Constraint(name) => format!(" constraint {name}"),
        RenamePart::Attribute(name) => format!(" attribute {name}"),
        RenamePart::EnumValue(label) => format!(" value '{label}'"),
    };
    format!(
        "rename {} {}{}{part} to {}{}",
        rename.kind,
        rename.object,
        on(rename.table.as_ref()),
        rename.to,
        flag(rename.if_exists, "if exists"),
    )
}

fn clause(clause: &AlterObjectClause) -> String {
    match clause {
        AlterObjectClause::AddEnumValue {
            label,
            if_not_exists,
            ..
        } => format!("add value '{label}'{}", flag(*if_not_exists, "keep")),
        AlterObjectClause::AddAttribute(name) => format!("add attribute {name}"),
        AlterObjectClause::DropAttribute {
            name,
            if_exists,
            cascade,
        } => format!(
            "drop attribute {name}{}{}",
            flag(*if_exists, "if exists"),
            flag(*cascade, "cascade")
        ),
        AlterObjectClause::AddConstraint(constraint) => format!(
            "add {} {}{}",
            constraint.kind.words(),
            constraint.name.as_ref().map_or("-", |name| &name.value),
            flag(constraint.not_valid, "not valid")
        ),
        AlterObjectClause::DropConstraint {
            name,
            if_exists,
            cascade,
        } => format!(
            "drop constraint {name}{}{}",
            flag(*if_exists, "if exists"),
            flag(*cascade, "cascade")
        ),
        AlterObjectClause::ValidateConstraint(name) => format!("validate {name}"),
        AlterObjectClause::SetNotNull => "set not null".to_owned(),
        AlterObjectClause::AddMember => "add member".to_owned(),
        AlterObjectClause::DropMember => "drop member".to_owned(),
        AlterObjectClause::RoutineSecurity(of) => security(*of).trim_start().to_owned(),
        AlterObjectClause::Role(options) => format!("options{}", role(options)),
        AlterObjectClause::Other => "other".to_owned(),
    }
}

fn granted(grant: &Grant) -> String {
    let objects: Vec<_> = grant.objects.iter().map(ToString::to_string).collect();
    format!(
        "{} {} on {} {} for {}{}",
        if grant.revoke { "revoke" } else { "grant" },
        grant.privileges.join(","),
        grant.kind.map_or("-", |kind| kind.words()),
        objects.join(","),
        grant.grantees.join(","),
        flag(grant.default, "default"),
    )
}

fn security(of: RoutineSecurity) -> String {
    format!(
        "{}{}{}",
        flag(of.definer, "definer"),
        flag(of.invoker, "invoker"),
        flag(of.sets_search_path, "path")
    )
}

fn role(options: &RoleOptions) -> String {
    format!(
        "{}{}{}",
        flag(options.superuser.is_some(), "superuser"),
        flag(options.bypass_rls.is_some(), "bypassrls"),
        flag(options.password.is_some(), "password")
    )
}

fn guard(guard: &Guard) -> String {
    let mut text = String::new();
    if guard.tests_catalog {
        text.push_str(" [catalog]");
    }
    if guard.conditional {
        text.push_str(" [if]");
    }
    if !guard.catches.is_empty() {
        text.push_str(&format!(" [catches {}]", guard.catches.join(",")));
    }
    text
}

fn name(name: Option<&ObjectName>) -> String {
    name.map_or_else(|| "-".to_owned(), ToString::to_string)
}

fn on(table: Option<&ObjectName>) -> String {
    table
        .map(|table| format!(" on {table}"))
        .unwrap_or_default()
}

fn flag(is: bool, word: &str) -> String {
    if is {
        format!(" {word}")
    } else {
        String::new()
    }
}
