//! What a whole migration does, for rules that look ahead: is the dropped view created again further down?

mod property;
mod swaps;

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::{
    action::{
        Action, AlterClause, AlterObjectClause, AlterTable, Constraint, ConstraintKind, Grant,
        IfExists, ObjectKind, Rename, RenamePart, RowSecurity, SetParameter, Transaction,
    },
    name::{Ident, ObjectName},
    step::Step,
};

pub(crate) use self::{property::Property, swaps::Swaps};

/// The steps of a migration by what they do. All indexes are ascending.
#[derive(Debug, Default)]
pub struct Outline {
    /// By kind and unqualified name, the steps that create such an object.
    creates: HashMap<(ObjectKind, String), Vec<usize>>,
    /// By kind, unqualified table and name, the last step that creates such a trigger, rule or policy.
    parts: HashMap<(ObjectKind, String, String), usize>,
    /// By unqualified name, the tables that a step adds to or takes from.
    built_on: HashSet<String>,
    /// By kind and new unqualified name, the last step that renames such an object, and the old name.
    renames: HashMap<(ObjectKind, String), (usize, String)>,
    /// The tables that `ALTER TABLE` names, each with the first such step, in the order of the steps.
    altered: Vec<(usize, ObjectName)>,
    /// By unqualified table, property and the name of the column or constraint, the last step that gives it.
    gives: HashMap<(String, Property, String), usize>,
    /// By name, the steps that add a constraint, whatever the table.
    constraints: HashMap<String, Vec<usize>>,
    /// By parameter, the last step that resets it.
    resets: HashMap<String, usize>,
    /// The steps that commit.
    commits: Vec<usize>,
    /// The first step that begins or ends a transaction, or sets a parameter.
    decides: Option<usize>,
    /// By name, the first step that takes it from an object.
    freed: HashMap<String, usize>,
    /// By unqualified table and name, the first step that takes it from a column.
    freed_columns: HashMap<(String, String), usize>,
    /// By name, the names that objects had before they got it, and it where it is such a one.
    former: HashMap<String, BTreeSet<String>>,
    /// By each object and role that they name, the steps that grant privileges.
    grants: HashMap<String, Vec<usize>>,
    /// Routines that `ALTER` gives a path of their own, or their caller's rights.
    pinned: HashSet<String>,
    /// By unqualified name, the tables that are attached as partitions.
    attached: HashSet<String>,
    /// By unqualified name, the tables that get a comment.
    commented: HashSet<String>,
    /// Tables and columns that a foreign key added by `ALTER TABLE` begins with.
    keyed: HashSet<(ObjectName, String)>,
    /// By unqualified name, the tables that get a trigger.
    triggered: HashSet<String>,
    /// A function is replaced, which may be that of a trigger.
    replaces_function: bool,
    /// By unqualified name, the last step that gives a table a column, a constraint or a unique index.
    keys: HashMap<String, usize>,
    /// The last step that may do so to any table: a rename, or what cannot be read.
    untold: Option<usize>,
    /// By unqualified name, the first step that drops a constraint of a table.
    unconstrained: HashMap<String, usize>,
    /// What is added to tables and taken from them.
    pub(crate) swaps: Swaps,
}

impl Outline {
    /// Looks through all steps once.
    pub fn new(steps: &[Step]) -> Self {
        let mut outline = Self::default();
        let mut altered = HashSet::new();
        for (index, step) in steps.iter().enumerate() {
            outline
                .built_on
                .extend(built_on(&step.action).map(str::to_owned));
            outline.notes_keys(index, &step.action);
            outline.swaps.note(index, &step.action);
            match &step.action {
                Action::CreateTable(create) => {
                    outline.creates(index, ObjectKind::Table, create.name.name());
                }
                Action::CreateIndex(create) => {
                    if let Some(name) = &create.name {
                        outline.creates(index, ObjectKind::Index, &name.value);
                    }
                }
                Action::CreateObject(create) => {
                    let name = create.name.name();
                    outline.creates(index, create.kind, name);
                    outline.replaces_function |= create.kind == ObjectKind::Function
                        && create.if_exists == IfExists::Replace;
                    if let Some(table) = &create.table {
                        if create.kind == ObjectKind::Trigger {
                            outline.triggered.insert(table.name().to_owned());
                        }
                        let part = (create.kind, table.name().to_owned(), name.to_owned());
                        outline.parts.insert(part, index);
                        if create.kind == ObjectKind::Policy {
                            outline.gives(index, table, Property::Sight, "");
                        }
                    }
                }
                Action::AlterTable(alter) => {
                    if alter.kind == ObjectKind::Table && altered.insert(&alter.table) {
                        outline.altered.push((index, alter.table.clone()));
                    }
                    outline.alters(index, alter);
                }
                Action::DropObject(drop) if drop.kind == ObjectKind::Table => {
                    outline.gives(index, &drop.name, Property::Sight, "");
                }
                Action::Rename(rename) => outline.renames(index, rename),
                Action::Set(SetParameter { name, values, .. }) => {
                    outline.decides.get_or_insert(index);
                    if values.is_empty() {
                        outline.resets.insert(name.clone(), index);
                    }
                }
                Action::Transaction(transaction) => {
                    outline.decides.get_or_insert(index);
                    if *transaction == Transaction::Commit {
                        outline.commits.push(index);
                    }
                }
                Action::Grant(grant) if !grant.revoke => {
                    for name in names(grant) {
                        let steps = outline.grants.entry(name.to_owned()).or_default();
                        if steps.last() != Some(&index) {
                            steps.push(index);
                        }
                    }
                }
                Action::AlterObject(alter) => {
                    if let AlterObjectClause::RoutineSecurity(security) = alter.clause
                        && (security.sets_search_path || security.invoker)
                    {
                        outline.pinned.insert(alter.name.name().to_owned());
                    }
                }
                Action::Comment {
                    kind: Some(ObjectKind::Table),
                    name: Some(name),
                    ..
                } => {
                    outline.commented.insert(name.name().to_owned());
                }
                _ => {}
            }
        }
        outline.keeps_altered_alone(steps);
        outline
    }

    /// Leaves out of the altered tables those that the same transaction makes: they are its own as soon as they are there.
    fn keeps_altered_alone(&mut self, steps: &[Step]) {
        let transaction = |index| self.commits.partition_point(|&commit| commit < index);
        let made: HashSet<(usize, &ObjectName)> = steps
            .iter()
            .enumerate()
            .filter_map(|(index, step)| match &step.action {
                Action::CreateTable(create) if create.if_exists == IfExists::Fail => {
                    Some((transaction(index), &create.name))
                }
                _ => None,
            })
            .collect();
        let mut altered = std::mem::take(&mut self.altered);
        altered.retain(|(first, table)| !made.contains(&(transaction(*first), table)));
        self.altered = altered;
    }

    fn creates(&mut self, index: usize, kind: ObjectKind, name: &str) {
        let steps = self.creates.entry((kind, name.to_owned())).or_default();
        steps.push(index);
    }

    fn gives(&mut self, index: usize, table: &ObjectName, property: Property, name: &str) {
        let table = table.name().to_owned();
        self.gives.insert((table, property, name.to_owned()), index);
    }

    fn alters(&mut self, index: usize, alter: &AlterTable) {
        let table = &alter.table;
        let (property, name) = match &alter.clause {
            AlterClause::SetDefault { column, .. } => (Property::Default, column),
            AlterClause::SetNotNull(column) => (Property::NotNull, column),
            AlterClause::DropNotNull(column) => (Property::Nullable, column),
            AlterClause::AddIdentity(column) => (Property::Identity, column),
            AlterClause::ToggleTrigger {
                enable: true, name, ..
            } => (Property::Trigger, name),
            AlterClause::AddColumn { column, .. } => {
                if column.constraints.iter().any(is_foreign_key) {
                    self.keyed
                        .insert((table.clone(), column.name.value.clone()));
                }
                (Property::Column, &column.name)
            }
            AlterClause::AddConstraint(constraint) => {
                if let ConstraintKind::ForeignKey { columns, .. } = &constraint.kind
                    && let Some(first) = columns.first()
                {
                    self.keyed.insert((table.clone(), first.value.clone()));
                }
                let Some(name) = &constraint.name else {
                    return;
                };
                let steps = self.constraints.entry(name.value.clone()).or_default();
                steps.push(index);
                (Property::Constraint, name)
            }
            AlterClause::RowSecurity(RowSecurity::Enable) => {
                return self.gives(index, table, Property::RowSecurity, "");
            }
            AlterClause::RowSecurity(RowSecurity::Disable) => {
                return self.gives(index, table, Property::Sight, "");
            }
            AlterClause::AttachPartition { partition, .. } => {
                self.attached.insert(partition.name().to_owned());
                return;
            }
            _ => return,
        };
        self.gives(index, table, property, &name.value);
    }

    fn renames(&mut self, index: usize, rename: &Rename) {
        let (old, new) = (rename.object.name(), &rename.to.value);
        self.gives(index, &rename.object, Property::Column, new);
        match &rename.part {
            RenamePart::Object => {
                let renamed = (index, old.to_owned());
                self.renames.insert((rename.kind, new.clone()), renamed);
                self.freed.entry(old.to_owned()).or_insert(index);
                for name in [old, new] {
                    let former = self.former.entry(name.to_owned()).or_default();
                    former.insert(old.to_owned());
                }
            }
            RenamePart::Column(column) => {
                let column = (old.to_owned(), column.value.clone());
                self.freed_columns.entry(column).or_insert(index);
            }
            _ => {}
        }
    }

    /// Whether a step behind `index` creates an object of that kind and unqualified name.
    pub fn is_created_after(&self, index: usize, kind: ObjectKind, name: &str) -> bool {
        self.creates
            .get(&(kind, name.to_owned()))
            .is_some_and(|steps| steps.last().is_some_and(|&last| last > index))
    }

    /// Whether the object has that name since an earlier step than `index`, which made room for one that the migration creates
    /// under the name that it had.
    pub fn made_room_before(&self, index: usize, kind: ObjectKind, name: &str) -> bool {
        self.renames
            .get(&(kind, name.to_owned()))
            .is_some_and(|(renamed, old)| {
                *renamed < index && self.is_created_after(*renamed, kind, old)
            })
    }

    /// As [`Self::is_created_after`], for a trigger, rule or policy of a table of that unqualified name.
    pub fn is_part_created_after(
        &self,
        index: usize,
        kind: ObjectKind,
        table: &str,
        name: &str,
    ) -> bool {
        self.parts
            .get(&(kind, table.to_owned(), name.to_owned()))
            .is_some_and(|&last| last > index)
    }

    /// Whether a step behind `index` gives a table of that unqualified name, or a part of it, the property.
    pub fn is_given_after(
        &self,
        index: usize,
        table: &ObjectName,
        property: Property,
        name: &str,
    ) -> bool {
        self.given_after(index, table, property, name).is_some()
    }

    /// The last step behind `index` that does so.
    pub fn given_after(
        &self,
        index: usize,
        table: &ObjectName,
        property: Property,
        name: &str,
    ) -> Option<usize> {
        let place = (table.name().to_owned(), property, name.to_owned());
        let last = self.gives.get(&place).copied();
        last.filter(|&last| last > index)
    }

    /// Whether a step behind `index` gives that name to an object of that kind which had another.
    pub fn is_renamed_after(&self, index: usize, kind: ObjectKind, name: &str) -> bool {
        self.renames
            .get(&(kind, name.to_owned()))
            .is_some_and(|&(last, _)| last > index)
    }

    /// Whether a step before `index` takes that name from an object.
    pub fn is_freed_before(&self, index: usize, name: &str) -> bool {
        self.freed.get(name).is_some_and(|&first| first < index)
    }

    /// Whether a step before `index` takes that name from a column of a table of that unqualified name.
    pub fn is_column_freed_before(&self, index: usize, table: &str, name: &str) -> bool {
        self.freed_columns
            .get(&(table.to_owned(), name.to_owned()))
            .is_some_and(|&first| first < index)
    }

    /// Whether a step takes that name from a column of a table of that unqualified name.
    pub fn is_column_freed(&self, table: &str, name: &str) -> bool {
        self.is_column_freed_before(usize::MAX, table, name)
    }

    /// Whether a trigger on a table of that unqualified name may do what none did before: it is made here, or its function
    /// may be.
    pub fn may_fire(&self, table: &ObjectName) -> bool {
        self.replaces_function || self.triggered.contains(table.name())
    }

    /// Whether a step behind `index` may give a table of that unqualified name a key that it did not have.
    pub fn may_get_key_after(&self, index: usize, table: &str) -> bool {
        let last = self.keys.get(table).copied().max(self.untold);
        last.is_some_and(|last| last > index)
    }

    /// Whether a step before `index` drops a constraint of a table of that unqualified name.
    pub fn drops_constraint_before(&self, index: usize, table: &str) -> bool {
        let first = self.unconstrained.get(table);
        first.is_some_and(|&first| first < index)
    }

    fn notes_keys(&mut self, index: usize, action: &Action) {
        let table = match action {
            Action::CreateIndex(create) if create.unique => &create.table,
            Action::AlterTable(alter) => match &alter.clause {
                AlterClause::AddConstraint(_) | AlterClause::AddColumn { .. } => &alter.table,
                AlterClause::DropConstraint { .. } => {
                    let table = alter.table.name().to_owned();
                    self.unconstrained.entry(table).or_insert(index);
                    return;
                }
                _ => return,
            },
            Action::Rename(_) | Action::DynamicSql | Action::Unknown { .. } => {
                self.untold = Some(index);
                return;
            }
            _ => return,
        };
        self.keys.insert(table.name().to_owned(), index);
    }

    /// The names that objects have before they get `name`, and `name` where an object that has it gets another.
    pub fn former_names(&self, name: &str) -> impl Iterator<Item = &str> {
        let former = self.former.get(name).into_iter().flatten();
        former.map(String::as_str)
    }

    /// The steps behind `index` that grant privileges and name what is revoked there, or whom it is revoked from; some of
    /// them may name only a part of it.
    pub fn grants_after(&self, index: usize, revoke: &Grant) -> &[usize] {
        let steps = names(revoke).map(|name| self.grants.get(name).map_or(&[][..], Vec::as_slice));
        let steps = steps.min_by_key(|steps| steps.len()).unwrap_or_default();
        &steps[steps.partition_point(|&step| step <= index)..]
    }

    /// The first step that begins or ends a transaction, or sets a parameter.
    pub fn first_decision(&self) -> Option<usize> {
        self.decides
    }

    /// Whether a step gives the routine a path of its own, or its caller's rights.
    pub fn is_pinned(&self, routine: &ObjectName) -> bool {
        self.pinned.contains(routine.name())
    }

    /// Whether a step makes a table of that unqualified name a partition.
    pub fn is_attached(&self, table: &ObjectName) -> bool {
        self.attached.contains(table.name())
    }

    /// Whether a table of that unqualified name gets a comment.
    pub fn is_commented(&self, table: &ObjectName) -> bool {
        self.commented.contains(table.name())
    }

    /// Whether an `ALTER TABLE` adds a foreign key to the table that begins with the column.
    pub fn is_keyed(&self, table: &ObjectName, column: &Ident) -> bool {
        self.keyed.contains(&(table.clone(), column.value.clone()))
    }

    /// Whether a step behind `index` resets the parameter, or all of them.
    pub fn is_reset_after(&self, index: usize, parameter: &str) -> bool {
        [parameter, "all"]
            .iter()
            .filter_map(|&name| self.resets.get(name))
            .any(|&last| last > index)
    }

    /// Whether the steps before `index` have committed since one of them added a constraint of that name.
    pub fn is_committed_before(&self, index: usize, constraint: &Ident) -> bool {
        let added = self.constraints.get(&constraint.value);
        last_before(&self.commits, index) > added.and_then(|steps| last_before(steps, index))
    }

    /// The tables that `ALTER TABLE` names before or behind `index` with no commit in between, each with the first such
    /// step, in the order of the steps.
    pub fn altered_with(&self, index: usize) -> impl Iterator<Item = (usize, &ObjectName)> {
        let commits = |index| self.commits.partition_point(|&commit| commit < index);
        let altered = self.altered.iter().map(|(first, table)| (*first, table));
        altered.filter(move |&(first, _)| commits(first) == commits(index))
    }

    /// Whether a step adds columns, constraints, partitions, rows or an index of no certain name to a table of that
    /// unqualified name, or takes some away: what it does then depends on whether the table is new.
    pub fn builds_on(&self, table: &str) -> bool {
        self.built_on.contains(table)
    }
}

/// The objects and roles that a grant names.
fn names(grant: &Grant) -> impl Iterator<Item = &str> {
    let objects = grant.objects.iter().map(ObjectName::name);
    objects.chain(grant.grantees.iter().map(String::as_str))
}

fn is_foreign_key(constraint: &Constraint) -> bool {
    matches!(constraint.kind, ConstraintKind::ForeignKey { .. })
}

fn last_before(steps: &[usize], index: usize) -> Option<usize> {
    let behind = steps.partition_point(|&step| step < index);
    steps[..behind].last().copied()
}

/// The table that an action adds to or takes from.
fn built_on(action: &Action) -> Option<&str> {
    match action {
        Action::AlterTable(alter) => match &alter.clause {
            AlterClause::AddColumn { .. }
            | AlterClause::DropColumn { .. }
            | AlterClause::AddConstraint(_)
            | AlterClause::DropConstraint { .. }
            | AlterClause::AddIdentity(_)
            | AlterClause::DropIdentity { .. }
            | AlterClause::DropExpression { .. }
            | AlterClause::Inherit { .. } => Some(alter.table.name()),
            AlterClause::AttachPartition { partition, .. }
            | AlterClause::DetachPartition { partition, .. } => Some(partition.name()),
            _ => None,
        },
        // No fix knows a name for it, and a second run builds it again where the table is there.
        Action::CreateIndex(create) if create.name.is_none() && !create.expressions.is_empty() => {
            Some(create.table.name())
        }
        Action::Rename(rename) => Some(rename.object.name()),
        Action::SetSchema { name, .. } => Some(name.name()),
        Action::Insert(insert) => Some(insert.table.name()),
        Action::Update(update) => Some(update.table.name()),
        _ => None,
    }
}
