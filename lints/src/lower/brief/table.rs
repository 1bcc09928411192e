//! What is read from tables, indexes and rows as short text.

use crate::{
    action::{
        AlterClause, Column, Constraint, ConstraintKind, CreateIndex, CreateTable, Expr, Generated,
        IfExists, Insert, Persistence, Update,
    },
    lower::brief::{flag, names, some},
    name::Ident,
    source::{SourceFile, Span},
};

/// Writes actions with the text of their spans.
pub(super) struct Brief<'a>(pub(super) &'a SourceFile);

impl Brief<'_> {
    pub(super) fn table(&self, create: &CreateTable) -> String {
        let mut parts: Vec<String> = create
            .columns
            .iter()
            .map(|column| self.column(column))
            .collect();
        parts.extend(
            create
                .constraints
                .iter()
                .map(|constraint| self.constraint(constraint)),
        );
        format!(
            "{}table {}{} ({}){}{}{}{}{}{}",
            match create.persistence {
                Persistence::Permanent => "",
                Persistence::Unlogged => "unlogged ",
                Persistence::Temporary => "temporary ",
                Persistence::TemporaryOnCommitDrop => "temporary until commit ",
            },
            create.name,
            keep(create.if_exists),
            parts.join(", "),
            flag(create.foreign, "foreign"),
            create
                .partition_of
                .as_ref()
                .map(|parent| format!(" partition of {parent}"))
                .unwrap_or_default(),
            flag(create.partitioned, "partitioned"),
            some(" inherits ", &names(&create.inherits)),
            some(" like ", &names(&create.like)),
            match (create.from_query, create.filled) {
                (false, false) => "",
                (true, false) => " of query, short",
                (true, true) => " of query",
                (false, true) => " filled",
            },
        ) + &create.name_start.map_or_else(
            || " nowhere".to_owned(),
            |at| self.place(at, create.name.ident.span),
        )
    }

    /// Says where an anchor is, unless it stands at the name.
    fn place(&self, at: usize, name: Span) -> String {
        let between = self.0.slice(Span::new(at, name.start));
        if at == name.start || between.ends_with('.') {
            String::new()
        } else {
            format!(" before `{between}`")
        }
    }

    fn column(&self, column: &Column) -> String {
        let mut text = format!(
            "{} {}{}",
            column.name,
            column.data_type,
            flag(column.not_null, "not null")
        );
        if let Some(default) = &column.default {
            text += &format!(" = {}", self.expr(default));
        }
        match &column.generated {
            Some(Generated::Identity) => text += " identity",
            Some(Generated::Stored(value)) => text += &format!(" stored {}", self.expr(value)),
            Some(Generated::Virtual(value)) => text += &format!(" virtual {}", self.expr(value)),
            None => {}
        }
        if let Some(collation) = &column.collation {
            text += &format!(" collate {collation}");
        }
        for constraint in &column.constraints {
            text += &format!(" {}", self.constraint(constraint));
        }
        text
    }

    fn constraint(&self, constraint: &Constraint) -> String {
        let name = constraint
            .name
            .as_ref()
            .map(|name| format!("{name}: "))
            .unwrap_or_default();
        let using = |index: &Option<Ident>| {
            index
                .as_ref()
                .map(|index| format!(" using {index}"))
                .unwrap_or_default()
        };
        let kind = match &constraint.kind {
            ConstraintKind::Check(expr) => format!("check {}", self.expr(expr)),
            ConstraintKind::NotNull(column) => format!("not null {column}"),
            ConstraintKind::ForeignKey {
                columns,
                references,
                referenced,
            } => format!(
                "({}) -> {references}({})",
                names(columns),
                names(referenced)
            ),
            ConstraintKind::PrimaryKey {
                columns,
                using_index,
            } => format!("primary key({}){}", names(columns), using(using_index)),
            ConstraintKind::Unique {
                columns,
                using_index,
            } => format!("unique({}){}", names(columns), using(using_index)),
            ConstraintKind::Exclude => "exclude".to_owned(),
        };
        format!(
            "<{name}{kind}{}{}>",
            flag(constraint.not_valid, "not valid"),
            flag(constraint.not_enforced, "not enforced")
        )
    }

    /// The text of an expression, then what it calls and proves.
    fn expr(&self, expr: &Expr) -> String {
        format!(
            "`{}`{}{}{}{}",
            self.0.slice(expr.span),
            some(" calls ", &names(&expr.functions)),
            some(" proves ", &names(&expr.proves_not_null)),
            flag(expr.is_null, "null"),
            flag(expr.subquery, "subquery"),
        )
    }

    pub(super) fn index(&self, index: &CreateIndex) -> String {
        let expressions: Vec<String> = index
            .expressions
            .iter()
            .map(|expr| self.expr(expr))
            .collect();
        let name_start = index
            .name
            .as_ref()
            .zip(index.name_start)
            .map_or_else(String::new, |(name, at)| self.place(at, name.span));
        format!(
            "{}index {} on {}{}({}){}{}{}{name_start}",
            if index.unique { "unique " } else { "" },
            index.name.as_ref().map_or("-", |name| &name.value),
            index.table,
            flag(index.only, "only"),
            names(&index.columns),
            some(" ", &expressions.join(" ")),
            flag(index.partial, "partial"),
            flag(index.concurrently, "concurrently"),
        ) + keep(index.if_exists)
    }

    pub(super) fn alter_clause(&self, clause: &AlterClause) -> String {
        match clause {
            AlterClause::AddColumn {
                column,
                if_not_exists,
                name_start,
                column_keyword,
            } => format!(
                "add {}{}{}{}",
                if *column_keyword { "column " } else { "" },
                self.column(column),
                flag(*if_not_exists, "keep"),
                self.place(*name_start, column.name.span)
            ),
            AlterClause::AddConstraint(constraint) => {
                format!("add {}", self.constraint(constraint))
            }
            AlterClause::DropColumn {
                name,
                if_exists,
                cascade,
            } => format!(
                "drop column {name}{}{}",
                flag(*if_exists, "if exists"),
                flag(*cascade, "cascade")
            ),
            AlterClause::DropConstraint {
                name,
                if_exists,
                cascade,
            } => format!(
                "drop constraint {name}{}{}",
                flag(*if_exists, "if exists"),
                flag(*cascade, "cascade")
            ),
            AlterClause::ColumnType {
                column,
                data_type,
                using,
                collation,
                ..
            } => format!(
                "{column} type {data_type}{}{}",
                collation
                    .as_ref()
                    .map(|collation| format!(" collate {collation}"))
                    .unwrap_or_default(),
                using
                    .as_ref()
                    .map(|using| format!(" using {}", self.expr(using)))
                    .unwrap_or_default()
            ),
            AlterClause::SetDefault { column, value } => format!("{column} = {}", self.expr(value)),
            AlterClause::ValidateConstraint(name)
            | AlterClause::SetNotNull(name)
            | AlterClause::DropNotNull(name)
            | AlterClause::DropDefault(name)
            | AlterClause::AddIdentity(name)
            | AlterClause::SetExpression(name) => format!("{} {name}", variant(clause)),
            AlterClause::AlterConstraint { name, stricter } => {
                let stricter = if *stricter { " stricter" } else { "" };
                format!("AlterConstraint {name}{stricter}")
            }
            AlterClause::DropIdentity { column, if_exists }
            | AlterClause::DropExpression { column, if_exists } => {
                format!(
                    "{} {column}{}",
                    variant(clause),
                    flag(*if_exists, "if exists")
                )
            }
            AlterClause::AttachPartition { partition, .. } => format!("attach {partition}"),
            AlterClause::DetachPartition {
                partition,
                concurrently,
            } => format!("detach {partition}{}", flag(*concurrently, "concurrently")),
            AlterClause::Inherit { parent, no } => {
                format!("{}inherit {parent}", if *no { "no " } else { "" })
            }
            AlterClause::Catalog { keywords } => (*keywords).to_owned(),
            AlterClause::RowSecurity(_)
            | AlterClause::ToggleTrigger { .. }
            | AlterClause::SetLogged
            | AlterClause::SetAccessMethod
            | AlterClause::SetTablespace
            | AlterClause::Options => variant(clause),
        }
    }

    pub(super) fn insert(&self, insert: &Insert) -> String {
        format!(
            "insert {}{}{}{}{}",
            insert.table,
            flag(insert.on_conflict, "on conflict"),
            flag(insert.excludes_existing, "new only"),
            some(" reads ", &names(&insert.reads)),
            match insert.source_end {
                Some(end) => {
                    let behind = self.0.slice(Span::new(end, self.0.text().len()));
                    let rest = behind.split(';').next().unwrap_or_default();
                    some(" then ", rest.trim())
                }
                None => " inside".to_owned(),
            }
        )
    }

    pub(super) fn update(&self, update: &Update) -> String {
        let assignments: Vec<String> = update
            .assignments
            .iter()
            .map(|assignment| {
                format!(
                    "{} = {}{}",
                    assignment.column,
                    self.0.slice(assignment.value.span),
                    flag(assignment.repeats, "again")
                )
            })
            .collect();
        let filter = update
            .filter
            .as_ref()
            .map(|filter| self.0.slice(filter.span));
        format!(
            "update {}: {}{}",
            update.table,
            assignments.join(", "),
            match (update.filtered, filter) {
                (false, _) => String::new(),
                (true, None) => " where current".to_owned(),
                (true, Some(filter)) => format!(" where {filter}"),
            }
        )
    }
}

/// The name of a variant.
fn variant(clause: &AlterClause) -> String {
    let text = format!("{clause:?}");
    text.split(['(', ' ', '{'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn keep(if_exists: IfExists) -> &'static str {
    if if_exists == IfExists::Keep {
        " keep"
    } else {
        ""
    }
}
