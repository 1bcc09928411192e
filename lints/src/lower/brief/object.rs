//! `CREATE`, `DROP`, `ALTER` and `RENAME` of objects as short text.

use crate::{
    action::{
        AlterObjectClause, CreateDetail, CreateObject, DropObject, Grant, IfExists, Persistence,
        Rename, RenamePart, RoleOptions, RoutineSecurity, ViewColumn, Volatility,
    },
    lower::brief::flag,
    name::ObjectName,
};

pub(super) fn created(create: &CreateObject) -> String {
    let arguments = create
        .arguments
        .as_ref()
        .map(|arguments| format!("({arguments})"))
        .unwrap_or_default();
    let detail = match &create.detail {
        CreateDetail::None | CreateDetail::Trigger { .. } => String::new(),
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
        CreateDetail::View { columns: None, .. } => String::new(),
        CreateDetail::View {
            columns: Some(columns),
            ..
        } => {
            let columns: Vec<String> = columns.iter().map(view_column).collect();
            format!(" of {}", columns.join(","))
        }
        CreateDetail::Subscription { creates_slot } => flag(*creates_slot, "slot"),
        CreateDetail::MaterializedView { no_data, .. } => flag(*no_data, "no data"),
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

pub(super) fn dropped(drop: &DropObject) -> String {
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

pub(super) fn renamed(rename: &Rename) -> String {
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

pub(super) fn clause(clause: &AlterObjectClause) -> String {
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

pub(super) fn granted(grant: &Grant) -> String {
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

fn on(table: Option<&ObjectName>) -> String {
    table
        .map(|table| format!(" on {table}"))
        .unwrap_or_default()
}

fn view_column(column: &ViewColumn) -> String {
    match (&column.cast, &column.shows) {
        (Some(cast), _) => format!("{}::{cast}", column.name),
        (_, Some((table, shown))) => format!("{}={table}.{shown}", column.name),
        _ => column.name.clone(),
    }
}
