//! What migrations made and certainly dropped again: to drop it once more does nothing.

use std::collections::HashMap;

use crate::{
    action::{Action, AlterClause, ObjectKind, RenamePart, Transaction},
    catalog::{Catalog, Handle, Key},
    name::{Ident, ObjectName},
    step::Step,
};

/// What is gone.
#[derive(Clone, Debug, Default)]
pub(super) struct Gone {
    /// With the age in which it went.
    by_name: HashMap<Lost, usize>,
    /// It ends with each statement that may make anything.
    age: usize,
}

/// Something that is gone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Lost {
    /// A relation or index.
    Relation(Key),
    /// A column of a table.
    Column(Key, String),
    /// A constraint of a table.
    Constraint(Key, String),
}

impl Gone {
    fn has(&self, lost: &Lost) -> bool {
        self.by_name.get(lost) == Some(&self.age)
    }
}

impl Catalog {
    /// Whether migrations made a relation or index of that name and dropped it again.
    pub(crate) fn is_gone(&self, name: &ObjectName) -> bool {
        let key = self.key(name);
        !self.knows(&key) && self.gone.has(&Lost::Relation(key))
    }

    /// Whether migrations made a column of that name and dropped it again.
    pub(crate) fn is_column_gone(&self, table: &ObjectName, column: &Ident) -> bool {
        let lost = Lost::Column(self.key(table), column.value.clone());
        self.column(table, column).is_none() && self.gone.has(&lost) && self.is_own(table)
    }

    /// Whether migrations made a constraint of that name and dropped it again.
    pub(crate) fn is_constraint_gone(&self, table: &ObjectName, constraint: &Ident) -> bool {
        let lost = Lost::Constraint(self.key(table), constraint.value.clone());
        self.constraint(table, constraint).is_none() && self.gone.has(&lost) && self.is_own(table)
    }

    /// Whether the table gets nothing by way of another one.
    fn is_own(&self, table: &ObjectName) -> bool {
        self.relation(table)
            .is_some_and(|relation| relation.parents.is_empty())
    }

    /// What a step takes away that is known, before it does.
    pub(super) fn going(&self, step: &Step) -> Vec<Lost> {
        let indexes = |key: &Key| Lost::Relation(key.clone());
        match &step.action {
            Action::DropObject(drop)
                if drop.kind == ObjectKind::Index || drop.kind.is_relation() =>
            {
                let key = self.key(&drop.name);
                if !self.knows(&key) {
                    return Vec::new();
                }
                let own = self.indexes_of(&drop.name).map(|(index, _)| indexes(index));
                own.chain([Lost::Relation(key)]).collect()
            }
            Action::AlterTable(alter) => {
                let table = self.key(&alter.table);
                let Some(relation) = self.relations.get(&table) else {
                    return Vec::new();
                };
                match &alter.clause {
                    AlterClause::DropColumn { name, .. }
                        if relation.columns.get(&name.value).is_some() =>
                    {
                        let over = Handle::Column(name.value.clone());
                        let constraints = relation.constraints.by(&over);
                        let constraints = constraints.filter(|one| one.goes_with(&name.value));
                        let constraints = constraints
                            .map(|one| Lost::Constraint(table.clone(), one.name.clone()));
                        let over = self.indexes_with(&table, &name.value);
                        constraints
                            .chain(over.map(|(index, _)| indexes(index)))
                            .chain([Lost::Column(table.clone(), name.value.clone())])
                            .collect()
                    }
                    AlterClause::DropConstraint { name, .. }
                        if relation.constraints.named(&name.value).is_some() =>
                    {
                        let index = Key {
                            schema: table.schema.clone(),
                            name: name.value.clone(),
                        };
                        let index = Some(index).filter(|index| self.indexes.contains_key(index));
                        let index = index.map(Lost::Relation).into_iter();
                        index
                            .chain([Lost::Constraint(table, name.value.clone())])
                            .collect()
                    }
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    /// Notes what a step has taken away for certain, and what may be there again.
    pub(super) fn note_gone(&mut self, step: &Step, going: Vec<Lost>) {
        let guard = &step.guard;
        let certain = !guard.conditional && !guard.tests_catalog && guard.catches.is_empty();
        for lost in going {
            if certain {
                self.gone.by_name.insert(lost, self.gone.age);
            } else {
                self.gone.by_name.remove(&lost);
            }
        }
        match &step.action {
            Action::DynamicSql
            | Action::Unknown { .. }
            | Action::Transaction(Transaction::Rollback | Transaction::RollbackTo(_)) => {
                self.gone.age += 1;
            }
            Action::Query { functions, .. } if functions.iter().any(|name| self.is_made(name)) => {
                self.gone.age += 1;
            }
            Action::Rename(rename) => {
                let (mut key, to) = (self.key(&rename.object), rename.to.value.clone());
                let lost = match rename.part {
                    // What belongs to a table is known by the table's name.
                    RenamePart::Object if rename.kind != ObjectKind::Index => {
                        self.gone.age += 1;
                        return;
                    }
                    RenamePart::Object => {
                        key.name = to;
                        Lost::Relation(key)
                    }
                    RenamePart::Column(_) => Lost::Column(key, to),
                    RenamePart::Constraint(_) => Lost::Constraint(key, to),
                    _ => return,
                };
                self.gone.by_name.remove(&lost);
            }
            Action::SetSchema { .. } => self.gone.age += 1,
            // Which parts another table of that name has, may not be known.
            Action::CreateTable(create) => {
                let lost = Lost::Relation(self.key(&create.name));
                if self.gone.by_name.remove(&lost).is_some() {
                    self.gone.age += 1;
                }
            }
            _ => {}
        }
    }

    /// Whether a migration made a function of that name, whose body may do anything.
    fn is_made(&self, function: &ObjectName) -> bool {
        self.object(ObjectKind::Function, function, None).is_some()
    }
}
