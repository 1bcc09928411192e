//! Folds the steps of a migration over what they need, put there and take away.

use std::collections::{HashMap, HashSet};

use crate::{
    action::{
        Action, ColumnRead, ColumnValues, IfExists, ObjectKind, Reads, SetParameter, Transaction,
    },
    catalog::{Catalog, Key},
    copies::Copies,
    name::{Ident, ObjectName},
    second_run::{
        Obstacle, condition,
        condition::{duplicate, undefined},
        rows,
        state::{Class, Presence, State, Thing},
    },
    step::{Caught, Step},
};

/// What a run finds out at one step about another one, or about what becomes of a thing.
pub(super) struct Aside {
    /// The step that it is said of.
    pub(super) of: usize,
    pub(super) obstacle: Obstacle,
    /// It holds only where this is gone at the end.
    pub(super) unless: Option<Thing>,
}

/// The steps of a migration, folded over what they touch.
pub(super) struct Fold<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) steps: &'a [Step],
    pub(super) state: State,
    pub(super) path: Vec<String>,
    /// The states at `BEGIN` and at each savepoint; kept only where something is rolled back.
    pub(super) saved: Vec<(String, State)>,
    pub(super) rolls_back: bool,
    /// The tables whose rows the migration changes, by unqualified name; none where nobody knows.
    pub(super) written: Option<HashSet<&'a str>>,
    /// How much of them may still be kept.
    pub(super) copies: Copies,
    pub(super) index: usize,
    pub(super) obstacle: Option<Obstacle>,
    /// The statement that has run SQL which nobody knows: what it has done in its block is anybody's guess.
    pub(super) dynamic: Option<usize>,
    /// The steps that have built the indexes of this run.
    pub(super) built: HashMap<Thing, usize>,
    /// The steps that made the things of this migration.
    pub(super) made: HashMap<Thing, usize>,
    /// The steps that have given columns the types that they have, in whichever run.
    pub(super) typed: HashMap<Thing, usize>,
    /// The names that Postgres makes up in the first run, by step and by the name that it tries first.
    pub(super) generated: HashMap<(usize, String), String>,
    /// What the steps of this run need and do not find, each with the index of the step: one may lack several things.
    pub(super) lacking: Vec<(usize, Obstacle)>,
    /// What this run has found out about earlier or later steps.
    pub(super) aside: Vec<Aside>,
    /// Where the block begins whose handler an error has reached: what stands behind the error in it is not.
    pub(super) left: Option<usize>,
    /// Tables from which some rows were deleted: a query that fills them again most likely gives the same rows.
    pub(super) swept: HashSet<Key>,
    /// By table, by which values its deleted rows were picked.
    pub(super) picked: HashMap<Key, Vec<&'a [ColumnValues]>>,
}

impl<'a> Fold<'a> {
    pub(super) fn new(catalog: &'a Catalog, steps: &'a [Step]) -> Self {
        let rolls_back = steps.iter().any(|step| {
            matches!(
                &step.action,
                Action::Transaction(Transaction::Rollback | Transaction::RollbackTo(_))
            )
        });
        Self {
            catalog,
            steps,
            state: State::default(),
            path: Vec::new(),
            saved: Vec::new(),
            rolls_back,
            written: rows::written(steps),
            copies: Copies::default(),
            index: 0,
            obstacle: None,
            dynamic: None,
            built: HashMap::new(),
            made: HashMap::new(),
            typed: HashMap::new(),
            generated: HashMap::new(),
            lacking: Vec::new(),
            aside: Vec::new(),
            left: None,
            swept: HashSet::new(),
            picked: HashMap::new(),
        }
    }

    /// Runs all steps and says what each of them met.
    pub(super) fn run(&mut self) -> Vec<Option<Obstacle>> {
        self.path.clear();
        self.saved.clear();
        self.copies = Copies::default();
        self.state.end_session();
        self.dynamic = None;
        self.built.clear();
        self.left = None;
        self.lacking.clear();
        self.aside.clear();
        self.swept.clear();
        self.picked.clear();
        let steps = self.steps;
        let mut obstacles: Vec<Option<Obstacle>> = steps
            .iter()
            .enumerate()
            .map(|(index, step)| {
                self.index = index;
                self.take(step);
                self.obstacle.take()
            })
            .collect();
        for aside in std::mem::take(&mut self.aside) {
            let is_back = |thing| self.state.presence(thing) == Some(Presence::There);
            if !aside.unless.as_ref().is_some_and(is_back) {
                obstacles[aside.of].get_or_insert(aside.obstacle);
            }
        }
        obstacles
    }

    fn take(&mut self, step: &'a Step) {
        let is_left = |caught: &Caught| Some(caught.block) == self.left;
        if step.guard.catches.iter().any(is_left) {
            return;
        }
        match &step.action {
            Action::CreateTable(create) => self.create_table(step, create),
            Action::CreateIndex(create) => self.create_index(step, create),
            Action::CreateObject(create) => self.create_object(step, create),
            Action::DropObject(drop) => self.drop_object(step, drop),
            Action::AlterTable(alter) => self.alter_table(step, alter),
            Action::AlterObject(alter) => self.alter_object(step, alter),
            Action::Rename(rename) => self.rename(step, rename),
            Action::SetSchema {
                kind,
                name,
                schema,
                if_exists,
            } => {
                let from = self.object(*kind, name);
                if *if_exists && matches!(self.state.presence(&from), Some(Presence::Gone(_))) {
                    return;
                }
                let mut to = from.clone();
                to.key.schema.clone_from(&schema.value);
                self.rename_thing(step, from, to, undefined(*kind), duplicate(*kind));
            }
            Action::Insert(insert) => self.insert(step, insert),
            Action::Update(update) => self.update(step, update),
            Action::Delete(delete) => {
                let key = self.key(&delete.table);
                if self.is_missing(step, &key) || self.lacks_any(step, &delete.needs) {
                    return;
                }
                if delete.filtered {
                    if !delete.picks.is_empty() {
                        let picked = self.picked.entry(key.clone()).or_default();
                        picked.push(&delete.picks);
                    }
                    self.swept.insert(key);
                } else {
                    self.state.fresh.insert(key);
                }
            }
            Action::Truncate { table, .. } => {
                let key = self.key(table);
                if !self.is_missing(step, &key) {
                    self.state.fresh.insert(key);
                }
            }
            Action::Query { needs, .. } => {
                self.lacks_any(step, needs);
            }
            Action::DynamicSql => self.dynamic = Some(step.statement),
            Action::Set(set) => self.set(set),
            Action::Transaction(transaction) => self.transaction(transaction),
            _ => {}
        }
    }

    /// Notes an obstacle that nothing guards against. True where the step is not done because its guard holds it back.
    pub(super) fn meets(&mut self, step: &Step, conditions: &[&str], obstacle: Obstacle) -> bool {
        if step.guard.covers(conditions) {
            if !step.guard.tests_catalog {
                self.left = step.guard.catching_block(conditions);
            }
            return true;
        }
        if self.is_logged(step) {
            return true;
        }
        self.obstacle = Some(obstacle);
        false
    }

    /// Creates a thing; true where it was created afresh, or is taken for it.
    pub(super) fn create(
        &mut self,
        step: &Step,
        thing: &Thing,
        if_exists: IfExists,
        conditions: &[&str],
        needs: Vec<Thing>,
    ) -> bool {
        if self.state.presence(thing) == Some(Presence::There) {
            if if_exists != IfExists::Fail || self.meets(step, conditions, Obstacle::AlreadyThere) {
                return false;
            }
            self.state.refresh(thing, self.index);
        }
        self.state.add(thing.clone(), needs);
        true
    }

    pub(super) fn drop_part(
        &mut self,
        step: &Step,
        thing: Thing,
        if_exists: bool,
        cascade: bool,
        conditions: &[&str],
    ) {
        if matches!(self.state.presence(&thing), Some(Presence::Gone(_)))
            && (if_exists || self.meets(step, conditions, Obstacle::Gone))
        {
            return;
        }
        if !cascade && self.is_referenced(step, &thing) {
            return;
        }
        self.state.remove(&thing, self.index);
        if cascade {
            self.state.cascade(&thing, self.index);
        }
    }

    /// Notes that a step needs a table which is gone. True where the step does nothing.
    pub(super) fn is_missing(&mut self, step: &Step, table: &Key) -> bool {
        let thing = Thing::object(ObjectKind::Table, table.clone());
        let Some(Presence::Gone(removed_by)) = self.state.presence(&thing) else {
            return false;
        };
        let missing = Obstacle::Missing {
            what: "table",
            name: table.name.clone(),
            removed_by,
        };
        self.lacks(step, condition::UNDEFINED_TABLE, missing);
        true
    }

    /// Notes what a step needs and does not find, where nothing guards against it.
    pub(super) fn lacks(&mut self, step: &Step, conditions: &[&str], missing: Obstacle) {
        if !self.meets(step, conditions, missing.clone()) {
            self.lacking.push((self.index, missing));
        }
    }

    /// Notes all that a statement needs of what a later step takes away. True where something is missing.
    pub(super) fn lacks_any(&mut self, step: &Step, needs: &Reads) -> bool {
        let mut lacks = false;
        for table in &needs.tables {
            let table = self.key(table);
            lacks |= self.is_missing(step, &table);
        }
        if lacks {
            return true;
        }
        for read in &needs.columns {
            if let Some(table) = self.without(read) {
                self.needs_column(step, &table, &read.column);
                lacks = true;
            }
        }
        lacks
    }

    /// The table from which a later step takes a column that is read, where no other table has one of that name.
    fn without(&self, read: &ColumnRead) -> Option<Key> {
        let presence = |table: &Key| {
            let column = Thing::column(table, &read.column.value);
            self.state.presence(&column)
        };
        let is_taken = |table: &Key| match presence(table) {
            Some(Presence::Gone(removed_by)) => removed_by > self.index,
            _ => false,
        };
        let table = read
            .tables
            .iter()
            .map(|table| self.key(table))
            .find(is_taken)?;
        let has = |table: &ObjectName| match presence(&self.key(table)) {
            Some(presence) => presence == Presence::There,
            None => {
                let known = self.catalog.relation(table);
                known.is_some_and(|known| known.columns.get(&read.column.value).is_some())
            }
        };
        let may_have = |table: &ObjectName| {
            let known = self.catalog.relation(table);
            let known = known.is_some_and(|known| known.keys_known);
            has(table) || !known && presence(&self.key(table)).is_none()
        };
        (!read.tables.iter().any(has) && !read.unless.iter().any(may_have)).then_some(table)
    }

    /// Notes that a foreign key, a view or a trigger keeps a thing from being dropped. True where a guard holds the step
    /// back.
    pub(super) fn is_referenced(&mut self, step: &Step, thing: &Thing) -> bool {
        let Some(by) = self.state.referrer(thing).or(self.state.user(thing)) else {
            return false;
        };
        let made = self.made.get(by).map(|&made| &self.steps[made].action);
        let kind = match by.class {
            _ if matches!(made, Some(Action::CreateIndex(_))) => Some(ObjectKind::Index),
            Class::Object(ObjectKind::Table) => self.state.kinds.get(&by.key).copied(),
            Class::Object(kind) => Some(kind),
            _ => None,
        };
        let referenced = Obstacle::Referenced {
            kind: kind.unwrap_or(ObjectKind::View),
            by: by.key.name.clone(),
        };
        self.meets(step, condition::STILL_REFERENCED, referenced)
    }

    pub(super) fn needs_column(&mut self, step: &Step, table: &Key, column: &Ident) {
        let thing = Thing::column(table, &column.value);
        if let Some(Presence::Gone(removed_by)) = self.state.presence(&thing) {
            let missing = Obstacle::Missing {
                what: "column",
                name: column.value.clone(),
                removed_by,
            };
            self.lacks(step, condition::UNDEFINED_COLUMN, missing);
        }
    }

    fn set(&mut self, set: &SetParameter) {
        if set.name == "search_path" {
            self.path.clear();
            self.path.extend(
                set.values
                    .iter()
                    .filter(|schema| !schema.is_empty() && *schema != "$user")
                    .cloned(),
            );
        }
    }

    fn transaction(&mut self, transaction: &Transaction) {
        if !self.rolls_back {
            return;
        }
        match transaction {
            Transaction::Begin => self.save(String::new()),
            Transaction::Savepoint(name) => self.save(name.clone()),
            Transaction::RollbackTo(name) => {
                if let Some(at) = self.saved.iter().rposition(|(saved, _)| saved == name) {
                    self.saved.truncate(at + 1);
                    if let Some((name, state)) = self.saved.pop() {
                        self.state = state;
                        self.save(name);
                    }
                }
            }
            Transaction::Rollback => {
                if !self.saved.is_empty() {
                    self.state = self.saved.swap_remove(0).1;
                    self.saved.clear();
                }
            }
            Transaction::Commit | Transaction::Prepared => self.saved.clear(),
            Transaction::Release(name) => {
                if let Some(at) = self.saved.iter().rposition(|(saved, _)| saved == name) {
                    self.saved.truncate(at);
                }
            }
        }
    }

    fn save(&mut self, name: String) {
        if self.copies.take(self.state.len()) {
            self.saved.push((name, self.state.clone()));
        }
    }
}
