//! The names that a step gives.

use crate::{
    Context, Step,
    action::{Action, AlterClause, AlterObjectClause, Column, Constraint, ObjectKind, RenamePart},
    name::Ident,
};

/// What is named, in words, and the name; those of objects that are gone when the session ends are left out.
pub(super) fn created<'a>(context: &Context<'_>, step: &'a Step) -> Vec<(&'static str, &'a Ident)> {
    match &step.action {
        Action::CreateTable(create) if !create.persistence.is_temporary() => {
            let mut names = vec![("table", &create.name.ident)];
            for column in &create.columns {
                names.extend(of_column(column));
            }
            names.extend(create.constraints.iter().filter_map(of_constraint));
            names
        }
        Action::CreateIndex(index) => index.name.iter().map(|name| ("index", name)).collect(),
        // Casts and the like are named by types, and roles by whoever logs in.
        Action::CreateObject(create)
            if !create.persistence.is_temporary()
                && !matches!(
                    create.kind,
                    ObjectKind::Cast
                        | ObjectKind::Extension
                        | ObjectKind::Operator
                        | ObjectKind::Transform
                        | ObjectKind::UserMapping
                ) =>
        {
            vec![(create.kind.words(), &create.name.ident)]
        }
        Action::AlterTable(alter) if !context.catalog.is_temporary(&alter.table) => {
            match &alter.clause {
                AlterClause::AddColumn { column, .. } => of_column(column).collect(),
                AlterClause::AddConstraint(constraint) => {
                    of_constraint(constraint).into_iter().collect()
                }
                _ => Vec::new(),
            }
        }
        Action::AlterObject(alter) => match &alter.clause {
            AlterObjectClause::AddAttribute(name) => vec![("attribute", name)],
            AlterObjectClause::AddConstraint(constraint) => {
                of_constraint(constraint).into_iter().collect()
            }
            _ => Vec::new(),
        },
        Action::Rename(rename) => match rename.part {
            RenamePart::Object => vec![(rename.kind.words(), &rename.to)],
            RenamePart::Column(_) => vec![("column", &rename.to)],
            RenamePart::Constraint(_) => vec![("constraint", &rename.to)],
            RenamePart::Attribute(_) => vec![("attribute", &rename.to)],
            RenamePart::EnumValue(_) => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn of_column(column: &Column) -> impl Iterator<Item = (&'static str, &Ident)> {
    std::iter::once(("column", &column.name))
        .chain(column.constraints.iter().filter_map(of_constraint))
}

fn of_constraint(constraint: &Constraint) -> Option<(&'static str, &Ident)> {
    Some(("constraint", constraint.name.as_ref()?))
}
