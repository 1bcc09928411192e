//! What may move out of a migration into one of its own, and where that comes to lie.

mod cutting;
mod room;

use crate::{
    action::{Action, AlterClause, ConstraintKind, ObjectKind, SetParameter, Transaction},
    fix::NewFile,
    migration::Migration,
    rule::Context,
    split::room::Room,
    step::Step,
};

pub(crate) use self::{
    cutting::{cut, is_whole, line_start, with_blank_lines, with_comments, with_semicolon},
    room::adds_files,
};
pub(crate) use crate::layout::new_files::{Draft, Way};

/// How much is looked through, at most, for what a fix may have to do with, and for a free number: more would take too long,
/// done for each of many statements.
pub(crate) const MOST_STEPS: usize = 200;

/// What a step is about that is to run later than it stands.
pub(crate) struct Subject<'a> {
    /// The table.
    pub table: &'a str,
    /// The index or constraint.
    pub name: &'a str,
    /// Others may rely on it: a key.
    pub unique: bool,
    /// It may be there in place of another index of its table: queries have neither, where that one is dropped first.
    pub replaces: bool,
}

/// Where files come to lie.
pub(crate) struct Placed {
    /// The files.
    pub files: Vec<NewFile>,
    /// No other migration runs between the current one and them.
    pub next: bool,
}

/// The files of migrations that run behind the current one, as soon as there are versions for them. None where nobody knows how
/// they would be named, or where something that runs before them may need the subject.
pub(crate) fn after(
    context: &Context<'_>,
    subject: &Subject<'_>,
    drafts: &[Draft],
) -> Option<Placed> {
    let own = context.migration;
    if own.steps.len() > MOST_STEPS {
        return None;
    }
    let Room { files, passed } = room::behind(context, drafts)?;
    let between = passed
        .iter()
        .flat_map(|migration| migration.steps.iter().map(move |step| (migration, step)));
    let later = context.later_steps().iter().map(|step| (own, step));
    let many = passed
        .iter()
        .map(|migration| migration.steps.len())
        .sum::<usize>();
    if own.steps.len() + many > MOST_STEPS
        || names_depend(own)
        || later
            .chain(between)
            .any(|(of, step)| disturbs(of, step, subject))
        || subject.replaces
            && passed
                .iter()
                .chain([own])
                .flat_map(|migration| &migration.steps)
                .any(|step| drops_neighbour(context, step, subject))
    {
        return None;
    }
    Some(Placed {
        files,
        next: passed.is_empty(),
    })
}

/// The files of a migration that runs right before the current one. None where there is no version left for it.
pub(crate) fn before(context: &Context<'_>, draft: &Draft) -> Option<Vec<NewFile>> {
    if names_depend(context.migration) {
        return None;
    }
    room::before(context, draft)
}

/// Whether the migration sets what unqualified names mean, which another one would not know.
fn names_depend(migration: &Migration) -> bool {
    migration.steps.iter().any(|step| {
        matches!(&step.action, Action::Set(SetParameter { name, .. })
            if matches!(name.as_str(), "search_path" | "role" | "session_authorization"))
    })
}

/// Whether the subject may not wait until the step has run: it names the subject, does more to its table than to add to it,
/// or nobody knows what it does.
fn disturbs(migration: &Migration, step: &Step, subject: &Subject<'_>) -> bool {
    match &step.action {
        Action::Unknown { .. }
        | Action::DynamicSql
        | Action::Placeholder
        | Action::PsqlCommand
        | Action::Other {
            keywords: "CALL" | "EXECUTE",
        } => return true,
        // Behind the file, its own transaction is over.
        Action::Transaction(Transaction::Begin | Transaction::Commit) => return false,
        Action::Transaction(_) => return true,
        _ => {}
    }
    let Some(statement) = migration.statements.get(step.statement) else {
        return true;
    };
    let text = migration.up.slice(statement.span);
    mentions(text, subject.name) || mentions(text, subject.table) && !is_harmless(step, subject)
}

/// Whether a step drops another index that is of the subject's table, as far as anybody knows.
fn drops_neighbour(context: &Context<'_>, step: &Step, subject: &Subject<'_>) -> bool {
    let drop = match &step.action {
        Action::DropObject(drop) => drop,
        // Its index goes along: as long as there is no other, nothing keeps doubles out.
        Action::AlterTable(alter) => {
            let drops = matches!(alter.clause, AlterClause::DropConstraint { .. });
            return drops && subject.unique && alter.table.name() == subject.table;
        }
        _ => return false,
    };
    let table = context.catalog.index(&drop.name).map(|index| &index.table);
    drop.kind == ObjectKind::Index
        && drop.name.name() != subject.name
        && table.is_none_or(|table| table.name == subject.table)
}

/// Whether what a step does to the subject's table is the same before and after the subject is there.
fn is_harmless(step: &Step, subject: &Subject<'_>) -> bool {
    match &step.action {
        Action::CreateIndex(_) | Action::Grant(_) => true,
        Action::Comment { kind, .. } => *kind != Some(ObjectKind::Index),
        Action::Insert(_) | Action::Update(_) | Action::Delete(_) => !subject.unique,
        Action::CreateObject(create) => matches!(
            create.kind,
            ObjectKind::Trigger
                | ObjectKind::Policy
                | ObjectKind::View
                | ObjectKind::Function
                | ObjectKind::Procedure
                | ObjectKind::Statistics
        ),
        Action::DropObject(drop) => matches!(
            drop.kind,
            ObjectKind::Index | ObjectKind::Trigger | ObjectKind::Policy
        ),
        Action::AlterTable(alter) => match &alter.clause {
            AlterClause::AddColumn { .. }
            | AlterClause::SetDefault { .. }
            | AlterClause::DropDefault(_)
            | AlterClause::SetNotNull(_)
            | AlterClause::DropNotNull(_)
            | AlterClause::ValidateConstraint(_)
            | AlterClause::RowSecurity(_) => true,
            // Another constraint: the subject is not named.
            AlterClause::DropConstraint { cascade, .. } => !cascade,
            AlterClause::AddConstraint(constraint) => match &constraint.kind {
                ConstraintKind::Check(_) | ConstraintKind::NotNull(_) => true,
                ConstraintKind::ForeignKey { .. } => !subject.unique,
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// Whether a name stands in a text, in whichever case, as a word of its own.
pub(crate) fn mentions(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(&name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + name.len()..].chars().next();
        !before.is_some_and(part) && !behind.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_not_a_part_of_one() {
        assert!(mentions("ON \"T\" (a)", "t"));
        assert!(!mentions("ON t_1 (at)", "t"));
    }
}
