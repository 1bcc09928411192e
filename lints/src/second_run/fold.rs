//! What each step needs, refuses, puts there and takes away.

use std::collections::HashSet;

use crate::{
    action::{
        Action, AlterClause, AlterObject, AlterObjectClause, AlterTable, Column, Constraint,
        ConstraintKind, CreateDetail, CreateIndex, CreateObject, CreateTable, DropObject, IfExists,
        Insert, ObjectKind, Persistence, Rename, RenamePart, SetParameter, Transaction, Update,
    },
    catalog::{Catalog, Key, constraint_name, index_name},
    name::{Ident, ObjectName},
    second_run::{
        Obstacle,
        state::{Class, Presence, State, Thing, namespace},
    },
    step::Step,
};

/// Conditions, by name and code, under which Postgres refuses something that is there already or gone.
///
/// Measured on Postgres 15; names from <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
mod condition {
    pub(super) const DUPLICATE_TABLE: &[&str] = &["duplicate_table", "42p07"];
    pub(super) const DUPLICATE_COLUMN: &[&str] = &["duplicate_column", "42701"];
    pub(super) const DUPLICATE_OBJECT: &[&str] = &["duplicate_object", "42710"];
    pub(super) const DUPLICATE_FUNCTION: &[&str] = &["duplicate_function", "42723"];
    pub(super) const DUPLICATE_SCHEMA: &[&str] = &["duplicate_schema", "42p06"];
    pub(super) const DUPLICATE_DATABASE: &[&str] = &["duplicate_database", "42p04"];
    pub(super) const SECOND_PRIMARY_KEY: &[&str] = &["invalid_table_definition", "42p16"];
    pub(super) const UNIQUE_VIOLATION: &[&str] = &[
        "unique_violation",
        "23505",
        "integrity_constraint_violation",
    ];
    pub(super) const UNDEFINED_TABLE: &[&str] = &["undefined_table", "42p01"];
    pub(super) const UNDEFINED_COLUMN: &[&str] = &["undefined_column", "42703"];
    pub(super) const UNDEFINED_OBJECT: &[&str] = &["undefined_object", "42704"];
    pub(super) const UNDEFINED_FUNCTION: &[&str] = &["undefined_function", "42883"];
    pub(super) const UNDEFINED_SCHEMA: &[&str] = &["invalid_schema_name", "3f000"];
    pub(super) const UNDEFINED_DATABASE: &[&str] = &["invalid_catalog_name", "3d000"];
    pub(super) const UNKNOWN_LABEL: &[&str] = &["invalid_parameter_value", "22023"];
    pub(super) const WRONG_OBJECT_TYPE: &[&str] = &["wrong_object_type", "42809"];
    pub(super) const STILL_REFERENCED: &[&str] = &["dependent_objects_still_exist", "2bp01"];
    pub(super) const WRONG_STATE: &[&str] = &["object_not_in_prerequisite_state", "55000"];
}

/// What Postgres says to a second `CREATE` of the kind.
fn duplicate(kind: ObjectKind) -> &'static [&'static str] {
    match namespace(kind) {
        ObjectKind::Table => condition::DUPLICATE_TABLE,
        ObjectKind::Function | ObjectKind::Operator => condition::DUPLICATE_FUNCTION,
        ObjectKind::Schema => condition::DUPLICATE_SCHEMA,
        ObjectKind::Database => condition::DUPLICATE_DATABASE,
        ObjectKind::TextSearchConfiguration
        | ObjectKind::TextSearchDictionary
        | ObjectKind::TextSearchParser
        | ObjectKind::TextSearchTemplate => condition::UNIQUE_VIOLATION,
        _ => condition::DUPLICATE_OBJECT,
    }
}

/// What Postgres says to a second `DROP`, `RENAME` or `SET SCHEMA` of the kind.
fn undefined(kind: ObjectKind) -> &'static [&'static str] {
    match kind {
        ObjectKind::Index => condition::UNDEFINED_OBJECT,
        _ if kind.is_relation() => condition::UNDEFINED_TABLE,
        ObjectKind::Function
        | ObjectKind::Procedure
        | ObjectKind::Aggregate
        | ObjectKind::Routine
        | ObjectKind::Operator => condition::UNDEFINED_FUNCTION,
        ObjectKind::Schema => condition::UNDEFINED_SCHEMA,
        ObjectKind::Database => condition::UNDEFINED_DATABASE,
        _ => condition::UNDEFINED_OBJECT,
    }
}

/// The steps of a migration, folded over what they touch.
pub(super) struct Fold<'a> {
    catalog: &'a Catalog,
    steps: &'a [Step],
    state: State,
    path: Vec<String>,
    /// The states at `BEGIN` and at each savepoint; kept only where something is rolled back.
    saved: Vec<(String, State)>,
    rolls_back: bool,
    index: usize,
    obstacle: Option<Obstacle>,
    /// The statement that has run SQL which nobody knows: what it has done in its block is anybody's guess.
    dynamic: Option<usize>,
    /// Tables from which some rows were deleted: a query that fills them again most likely gives the same rows.
    swept: HashSet<Key>,
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
            index: 0,
            obstacle: None,
            dynamic: None,
            swept: HashSet::new(),
        }
    }

    /// Runs all steps and says what each of them met.
    pub(super) fn run(&mut self) -> Vec<Option<Obstacle>> {
        self.path.clear();
        self.saved.clear();
        self.state.end_session();
        self.dynamic = None;
        self.swept.clear();
        let steps = self.steps;
        steps
            .iter()
            .enumerate()
            .map(|(index, step)| {
                self.index = index;
                self.take(step);
                self.obstacle.take()
            })
            .collect()
    }

    fn take(&mut self, step: &Step) {
        match &step.action {
            Action::CreateTable(create) => self.create_table(step, create),
            Action::CreateIndex(create) => self.create_index(step, create),
            Action::CreateObject(create) => self.create_object(step, create),
            Action::DropObject(drop) => self.drop_object(step, drop),
            Action::AlterTable(alter) => self.alter_table(step, alter),
            Action::AlterObject(alter) => self.alter_object(step, alter),
            Action::Rename(rename) => self.rename(step, rename),
            Action::SetSchema { kind, name, schema } => {
                let from = self.object(*kind, name);
                let mut to = from.clone();
                to.key.schema.clone_from(&schema.value);
                self.rename_thing(step, from, to, undefined(*kind), duplicate(*kind));
            }
            Action::Insert(insert) => self.insert(step, insert),
            Action::Update(update) => self.update(step, update),
            Action::Delete(delete) => {
                let key = self.key(&delete.table);
                if delete.filtered {
                    self.swept.insert(key);
                } else {
                    self.state.fresh.insert(key);
                }
            }
            Action::Truncate { table, .. } => {
                let key = self.key(table);
                self.state.fresh.insert(key);
            }
            Action::DynamicSql => self.dynamic = Some(step.statement),
            Action::Set(set) => self.set(set),
            Action::Transaction(transaction) => self.transaction(transaction),
            _ => {}
        }
    }

    /// Notes an obstacle that nothing guards against. True where the step is not done because its guard holds it back.
    fn meets(&mut self, step: &Step, conditions: &[&str], obstacle: Obstacle) -> bool {
        if step.guard.covers(conditions) {
            return true;
        }
        self.obstacle = Some(obstacle);
        false
    }

    /// Creates a thing; true where it was created afresh, or is taken for it.
    fn create(
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

    fn create_table(&mut self, step: &Step, create: &CreateTable) {
        let key = self.created_key(&create.name, create.persistence);
        let table = Thing::object(ObjectKind::Table, key.clone());
        if !self.create(
            step,
            &table,
            create.if_exists,
            condition::DUPLICATE_TABLE,
            Vec::new(),
        ) {
            return;
        }
        self.state.kinds.insert(
            key.clone(),
            if create.foreign {
                ObjectKind::ForeignTable
            } else {
                ObjectKind::Table
            },
        );
        self.state.fresh.insert(key.clone());
        for column in &create.columns {
            self.add_column(&key, column);
        }
        for constraint in &create.constraints {
            self.add_constraint(&key, constraint, None);
        }
        for parent in create.partition_of.iter().chain(&create.inherits) {
            let parent = self.key(parent);
            let link = Thing::part(Class::Partition, &parent, &key.name);
            let parent = Thing::object(ObjectKind::Table, parent);
            self.state.add(link, [table.clone(), parent.clone()]);
            if create.partition_of.is_some() {
                self.state.add(table.clone(), [parent]);
            }
        }
    }

    fn create_index(&mut self, step: &Step, create: &CreateIndex) {
        let table = self.key(&create.table);
        if self.is_missing(step, &table) {
            return;
        }
        let columns = create
            .columns
            .iter()
            .chain(create.expressions.iter().flat_map(|expr| &expr.columns));
        let needs: Vec<Thing> = columns
            .map(|column| Thing::column(&table, &column.value))
            .chain([Thing::object(ObjectKind::Table, table.clone())])
            .collect();
        let leading: Vec<String> = create.columns.iter().map(|c| c.value.clone()).collect();
        let (name, obstacle) = match &create.name {
            Some(name) => (name.value.clone(), Obstacle::AlreadyThere),
            None => (index_name(&create.table, &leading), Obstacle::Twin),
        };
        let index = Thing::object(
            ObjectKind::Index,
            Key {
                schema: table.schema,
                name,
            },
        );
        if self.state.presence(&index) == Some(Presence::There)
            && (create.if_exists != IfExists::Fail
                || self.meets(step, condition::DUPLICATE_TABLE, obstacle))
        {
            return;
        }
        self.state.add(index, needs);
    }

    fn create_object(&mut self, step: &Step, create: &CreateObject) {
        let (thing, needs) = match &create.table {
            Some(table) => {
                let table = self.key(table);
                if self.is_missing(step, &table) {
                    return;
                }
                let class = Class::Object(create.kind);
                let thing = Thing::part(class, &table, create.name.name());
                (thing, vec![Thing::object(ObjectKind::Table, table)])
            }
            None => {
                let mut thing = self.object(create.kind, &create.name);
                if !thing.key.schema.is_empty() {
                    thing.key = self.created_key(&create.name, create.persistence);
                }
                thing.arguments.clone_from(&create.arguments);
                (thing, Vec::new())
            }
        };
        let kind = create.kind;
        if !self.create(step, &thing, create.if_exists, duplicate(kind), needs) {
            return;
        }
        if kind.is_relation() {
            self.state.kinds.insert(thing.key.clone(), kind);
        }
        if let CreateDetail::Enum { labels } = &create.detail {
            for label in labels {
                let label = Thing::part(Class::EnumLabel, &thing.key, label);
                self.state.add(label, [thing.clone()]);
            }
        }
    }

    fn drop_object(&mut self, step: &Step, drop: &DropObject) {
        if drop.kind == ObjectKind::Owned {
            self.state.forget();
            return;
        }
        let thing = match &drop.table {
            Some(table) => {
                let table = self.key(table);
                Thing::part(Class::Object(drop.kind), &table, drop.name.name())
            }
            None => Thing {
                arguments: drop.arguments.clone(),
                ..self.object(drop.kind, &drop.name)
            },
        };
        if matches!(self.state.presence(&thing), Some(Presence::Gone(_)))
            && (drop.if_exists || self.meets(step, undefined(drop.kind), Obstacle::Gone))
        {
            return;
        }
        // Whatever else has the name by then is no view, no table …
        let kind = self.state.kinds.get(&thing.key);
        if drop.kind.is_relation()
            && self.state.presence(&thing) == Some(Presence::There)
            && kind.is_some_and(|&kind| kind != drop.kind)
            && self.meets(step, condition::WRONG_OBJECT_TYPE, Obstacle::Gone)
        {
            return;
        }
        if !drop.cascade && self.is_referenced(step, &thing) {
            return;
        }
        if drop.kind == ObjectKind::Schema {
            self.state.remove_schema(drop.name.name(), self.index);
        }
        self.state.remove(&thing, self.index);
        if drop.cascade {
            self.state.cascade(&thing, self.index);
        }
    }

    fn alter_table(&mut self, step: &Step, alter: &AlterTable) {
        let table = self.key(&alter.table);
        let relation = Thing::object(ObjectKind::Table, table.clone());
        if alter.if_exists && matches!(self.state.presence(&relation), Some(Presence::Gone(_))) {
            return;
        }
        if self.is_missing(step, &table) {
            return;
        }
        match &alter.clause {
            AlterClause::AddColumn {
                column,
                if_not_exists,
                ..
            } => {
                let thing = Thing::column(&table, &column.name.value);
                if self.state.presence(&thing) == Some(Presence::There)
                    && (*if_not_exists
                        || self.meets(step, condition::DUPLICATE_COLUMN, Obstacle::AlreadyThere))
                {
                    return;
                }
                self.add_column(&table, column);
            }
            AlterClause::DropColumn {
                name,
                if_exists,
                cascade,
            } => {
                let thing = Thing::column(&table, &name.value);
                self.drop_part(
                    step,
                    thing,
                    *if_exists,
                    *cascade,
                    condition::UNDEFINED_COLUMN,
                );
            }
            AlterClause::AddConstraint(constraint) => {
                self.check_constraint(step, &table, constraint);
            }
            AlterClause::DropConstraint {
                name,
                if_exists,
                cascade,
            } => {
                let thing = Thing::constraint(&table, &name.value);
                self.drop_part(
                    step,
                    thing,
                    *if_exists,
                    *cascade,
                    condition::UNDEFINED_OBJECT,
                );
            }
            AlterClause::AddIdentity(column) => {
                let thing = Thing::part(Class::Identity, &table, &column.value);
                let needs = vec![Thing::column(&table, &column.value)];
                self.create(step, &thing, IfExists::Fail, condition::WRONG_STATE, needs);
            }
            AlterClause::DropIdentity { column, if_exists } => {
                let thing = Thing::part(Class::Identity, &table, &column.value);
                self.drop_part(step, thing, *if_exists, false, condition::WRONG_STATE);
            }
            AlterClause::DropExpression { column, if_exists } => {
                let thing = Thing::part(Class::Expression, &table, &column.value);
                self.drop_part(step, thing, *if_exists, false, condition::WRONG_STATE);
            }
            AlterClause::AttachPartition { partition } if alter.kind != ObjectKind::Index => {
                let partition = self.key(partition);
                let thing = Thing::part(Class::Partition, &table, &partition.name);
                let needs = vec![relation, Thing::object(ObjectKind::Table, partition)];
                let conditions = condition::WRONG_OBJECT_TYPE;
                self.create(step, &thing, IfExists::Fail, conditions, needs);
            }
            AlterClause::DetachPartition { partition, .. } => {
                let partition = self.key(partition);
                let thing = Thing::part(Class::Partition, &table, &partition.name);
                self.drop_part(step, thing, false, false, condition::UNDEFINED_TABLE);
            }
            AlterClause::Inherit { parent, no } => {
                let parent = self.key(parent);
                let thing = Thing::part(Class::Partition, &parent, &table.name);
                if *no {
                    self.drop_part(step, thing, false, false, condition::UNDEFINED_TABLE);
                } else {
                    let needs = vec![relation, Thing::object(ObjectKind::Table, parent)];
                    let conditions = condition::DUPLICATE_TABLE;
                    self.create(step, &thing, IfExists::Fail, conditions, needs);
                }
            }
            AlterClause::ColumnType { column, .. }
            | AlterClause::SetNotNull(column)
            | AlterClause::DropNotNull(column)
            | AlterClause::SetDefault { column, .. }
            | AlterClause::DropDefault(column) => self.needs_column(step, &table, column),
            _ => {}
        }
    }

    fn check_constraint(&mut self, step: &Step, table: &Key, constraint: &Constraint) {
        let name = constraint_name(&table.name, constraint, None);
        let thing = Thing::constraint(table, name);
        let primary = Thing::part(Class::PrimaryKey, table, "");
        let there = |thing| self.state.presence(thing) == Some(Presence::There);
        let (conditions, found) = match &constraint.kind {
            ConstraintKind::PrimaryKey { .. } => (
                condition::SECOND_PRIMARY_KEY,
                there(&primary) || there(&thing),
            ),
            // Postgres 18: the same name for the same column is no error.
            ConstraintKind::NotNull(_) => (condition::DUPLICATE_OBJECT, false),
            ConstraintKind::Unique {
                using_index: Some(_),
                ..
            } => (condition::WRONG_STATE, there(&thing)),
            ConstraintKind::Unique { .. } | ConstraintKind::Exclude => {
                (condition::DUPLICATE_TABLE, there(&thing))
            }
            _ => (condition::DUPLICATE_OBJECT, there(&thing)),
        };
        let unnamed = constraint.name.is_none()
            && !matches!(constraint.kind, ConstraintKind::PrimaryKey { .. });
        let obstacle = if unnamed {
            Obstacle::Twin
        } else {
            Obstacle::AlreadyThere
        };
        // Such blocks look the name of a constraint up and drop it.
        let found = found && self.dynamic != Some(step.statement);
        if found && self.meets(step, conditions, obstacle) {
            return;
        }
        if let Some(index) = using_index(&constraint.kind) {
            let index = index_of(table, &index.value);
            if !found
                && matches!(self.state.presence(&index), Some(Presence::Gone(_)))
                && self.meets(step, condition::UNDEFINED_OBJECT, Obstacle::Gone)
            {
                return;
            }
        }
        self.add_constraint(table, constraint, None);
    }

    fn alter_object(&mut self, step: &Step, alter: &AlterObject) {
        let object = self.object(alter.kind, &alter.name);
        let of = object.key.clone();
        match &alter.clause {
            AlterObjectClause::AddEnumValue {
                label,
                if_not_exists,
                ..
            } => {
                let mode = if *if_not_exists {
                    IfExists::Keep
                } else {
                    IfExists::Fail
                };
                let thing = Thing::part(Class::EnumLabel, &of, label);
                self.create(
                    step,
                    &thing,
                    mode,
                    condition::DUPLICATE_OBJECT,
                    vec![object],
                );
            }
            AlterObjectClause::AddAttribute(name) => {
                let thing = Thing::column(&of, &name.value);
                let conditions = condition::DUPLICATE_COLUMN;
                self.create(step, &thing, IfExists::Fail, conditions, vec![object]);
            }
            AlterObjectClause::DropAttribute {
                name,
                if_exists,
                cascade,
            } => {
                let thing = Thing::column(&of, &name.value);
                self.drop_part(
                    step,
                    thing,
                    *if_exists,
                    *cascade,
                    condition::UNDEFINED_COLUMN,
                );
            }
            AlterObjectClause::AddConstraint(constraint) => {
                let name = match &constraint.name {
                    Some(name) => name.value.clone(),
                    None => format!("{}_check", of.name),
                };
                let thing = Thing::constraint(&of, name);
                let there = self.state.presence(&thing) == Some(Presence::There);
                let obstacle = match constraint.name {
                    Some(_) => Obstacle::AlreadyThere,
                    None => Obstacle::Twin,
                };
                if there && self.meets(step, condition::DUPLICATE_OBJECT, obstacle) {
                    return;
                }
                self.state.add(thing, [object]);
            }
            AlterObjectClause::DropConstraint {
                name,
                if_exists,
                cascade,
            } => {
                let thing = Thing::constraint(&of, &name.value);
                self.drop_part(
                    step,
                    thing,
                    *if_exists,
                    *cascade,
                    condition::UNDEFINED_OBJECT,
                );
            }
            AlterObjectClause::AddMember => {
                let thing = Thing::part(Class::Member, &of, format!("+{}", self.index));
                let conditions = condition::DUPLICATE_OBJECT;
                self.create(step, &thing, IfExists::Fail, conditions, vec![object]);
            }
            AlterObjectClause::DropMember => {
                let thing = Thing::part(Class::Member, &of, format!("-{}", self.index));
                self.drop_part(step, thing, false, false, condition::UNDEFINED_OBJECT);
            }
            _ => {}
        }
    }

    fn rename(&mut self, step: &Step, rename: &Rename) {
        let object = self.object(rename.kind, &rename.object);
        let of = object.key.clone();
        if rename.if_exists && matches!(self.state.presence(&object), Some(Presence::Gone(_))) {
            return;
        }
        let part = |class: Class, name: &str| Thing::part(class, &of, name);
        let column = Class::Object(ObjectKind::Column);
        let to = rename.to.value.as_str();
        let (from, to, missing, taken) = match &rename.part {
            RenamePart::Column(from) | RenamePart::Attribute(from) => (
                part(column, &from.value),
                part(column, to),
                condition::UNDEFINED_COLUMN,
                condition::DUPLICATE_COLUMN,
            ),
            RenamePart::Constraint(from) => {
                self.rename_index(&of, &from.value, to);
                (
                    Thing::constraint(&of, &from.value),
                    Thing::constraint(&of, to),
                    condition::UNDEFINED_OBJECT,
                    condition::DUPLICATE_OBJECT,
                )
            }
            RenamePart::EnumValue(from) => (
                part(Class::EnumLabel, from),
                part(Class::EnumLabel, to),
                condition::UNKNOWN_LABEL,
                condition::DUPLICATE_OBJECT,
            ),
            RenamePart::Object => {
                let (from, to) = match &rename.table {
                    Some(table) => {
                        let table = self.key(table);
                        let class = Class::Object(rename.kind);
                        (
                            Thing::part(class, &table, rename.object.name()),
                            Thing::part(class, &table, to),
                        )
                    }
                    None => {
                        let mut renamed = object.clone();
                        renamed.key.name = to.to_owned();
                        (object, renamed)
                    }
                };
                (from, to, undefined(rename.kind), duplicate(rename.kind))
            }
        };
        self.rename_thing(step, from, to, missing, taken);
    }

    fn rename_thing(
        &mut self,
        step: &Step,
        from: Thing,
        to: Thing,
        missing: &[&str],
        taken: &[&str],
    ) {
        let gone = matches!(self.state.presence(&from), Some(Presence::Gone(_)));
        let occupied = self.state.presence(&to) == Some(Presence::There);
        if gone && self.meets(step, missing, Obstacle::Gone) {
            return;
        }
        if !gone && occupied && self.meets(step, taken, Obstacle::AlreadyThere) {
            return;
        }
        self.state.rename(&from, to, self.index);
    }

    /// The index of a key has its constraint's name.
    fn rename_index(&mut self, table: &Key, from: &str, to: &str) {
        let from = index_of(table, from);
        if self.state.presence(&from) == Some(Presence::There) {
            self.state.rename(&from, index_of(table, to), self.index);
        }
    }

    fn insert(&mut self, step: &Step, insert: &Insert) {
        let table = self.key(&insert.table);
        if self.is_missing(step, &table) {
            return;
        }
        for source in &insert.reads {
            let source = self.key(source);
            if self.is_missing(step, &source) {
                return;
            }
        }
        if !insert.on_conflict
            && !insert.excludes_existing
            && !step.guard.conditional
            && !self.state.fresh.contains(&table)
            && (insert.reads.is_empty() || !self.swept.contains(&table))
        {
            self.meets(step, condition::UNIQUE_VIOLATION, Obstacle::RowsAgain);
        }
    }

    fn update(&mut self, step: &Step, update: &Update) {
        let table = self.key(&update.table);
        if self.is_missing(step, &table) {
            return;
        }
        let read = update
            .assignments
            .iter()
            .flat_map(|assignment| &assignment.value.columns)
            .chain(update.filter.iter().flat_map(|filter| &filter.columns));
        for column in read.chain(update.assignments.iter().map(|one| &one.column)) {
            self.needs_column(step, &table, column);
        }
        if !step.guard.conditional
            && self.obstacle.is_none()
            && !self.state.fresh.contains(&table)
            && changes_again(update)
        {
            self.meets(step, &[], Obstacle::RowsAgain);
        }
    }

    /// Notes that a step needs a table which is gone. True where the step does nothing.
    fn is_missing(&mut self, step: &Step, table: &Key) -> bool {
        let thing = Thing::object(ObjectKind::Table, table.clone());
        let Some(Presence::Gone(removed_by)) = self.state.presence(&thing) else {
            return false;
        };
        let missing = Obstacle::Missing {
            what: "table",
            name: table.name.clone(),
            removed_by,
        };
        self.meets(step, condition::UNDEFINED_TABLE, missing);
        true
    }

    /// Notes that a foreign key of another table keeps a thing from being dropped. True where a guard holds the step back.
    fn is_referenced(&mut self, step: &Step, thing: &Thing) -> bool {
        let Some(by) = self.state.referrer(thing) else {
            return false;
        };
        let by = by.key.name.clone();
        self.meets(
            step,
            condition::STILL_REFERENCED,
            Obstacle::Referenced { by },
        )
    }

    fn needs_column(&mut self, step: &Step, table: &Key, column: &Ident) {
        let thing = Thing::column(table, &column.value);
        if let Some(Presence::Gone(removed_by)) = self.state.presence(&thing) {
            let missing = Obstacle::Missing {
                what: "column",
                name: column.value.clone(),
                removed_by,
            };
            self.meets(step, condition::UNDEFINED_COLUMN, missing);
        }
    }

    fn drop_part(
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

    fn add_column(&mut self, table: &Key, column: &Column) {
        let thing = Thing::column(table, &column.name.value);
        let relation = Thing::object(ObjectKind::Table, table.clone());
        self.state.add(thing, [relation]);
        for constraint in &column.constraints {
            self.add_constraint(table, constraint, Some(&column.name));
        }
    }

    fn add_constraint(&mut self, table: &Key, constraint: &Constraint, column: Option<&Ident>) {
        let name = constraint_name(&table.name, constraint, column);
        let thing = Thing::constraint(table, &*name);
        let relation = Thing::object(ObjectKind::Table, table.clone());
        let columns = match &constraint.kind {
            ConstraintKind::Check(check) => check.columns.as_slice(),
            ConstraintKind::ForeignKey { columns, .. }
            | ConstraintKind::PrimaryKey { columns, .. }
            | ConstraintKind::Unique { columns, .. } => columns,
            _ => &[],
        };
        let needs: Vec<Thing> = columns
            .iter()
            .chain(column)
            .map(|column| Thing::column(table, &column.value))
            .chain([relation])
            .collect();
        self.state.add(thing.clone(), needs);
        match &constraint.kind {
            ConstraintKind::PrimaryKey { using_index, .. }
            | ConstraintKind::Unique { using_index, .. } => {
                if let Some(using) = using_index {
                    self.state
                        .remove(&index_of(table, &using.value), self.index);
                }
                self.state.add(index_of(table, &name), [thing.clone()]);
            }
            ConstraintKind::Exclude => self.state.add(index_of(table, &name), [thing.clone()]),
            ConstraintKind::ForeignKey { references, .. } => {
                let references = Thing::object(ObjectKind::Table, self.key(references));
                self.state.add_cascaded(thing.clone(), references);
            }
            _ => {}
        }
        if matches!(constraint.kind, ConstraintKind::PrimaryKey { .. }) {
            let primary = Thing::part(Class::PrimaryKey, table, "");
            self.state.add(primary, [thing]);
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
            Transaction::Begin => self.saved.push((String::new(), self.state.clone())),
            Transaction::Savepoint(name) => self.saved.push((name.clone(), self.state.clone())),
            Transaction::RollbackTo(name) => {
                if let Some(at) = self.saved.iter().rposition(|(saved, _)| saved == name) {
                    self.saved.truncate(at + 1);
                    self.state = self.saved[at].1.clone();
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

    /// The relation that a name means.
    fn key(&self, name: &ObjectName) -> Key {
        self.resolve(ObjectKind::Table, name)
    }

    /// The thing of a kind that has no table and no arguments.
    fn object(&self, kind: ObjectKind, name: &ObjectName) -> Thing {
        let key = if crate::catalog::has_no_schema(kind) {
            Key {
                schema: String::new(),
                name: name.name().to_owned(),
            }
        } else {
            self.resolve(kind, name)
        };
        Thing::object(kind, key)
    }

    fn resolve(&self, kind: ObjectKind, name: &ObjectName) -> Key {
        let key = |schema: &str| Key {
            schema: schema.to_owned(),
            name: name.name().to_owned(),
        };
        if let Some(schema) = &name.schema {
            return key(schema);
        }
        let path = self.path();
        let exists = |key: &Key| match self.state.presence(&Thing::object(kind, key.clone())) {
            Some(presence) => presence == Presence::There,
            None => kind.is_relation() && self.catalog.knows(key),
        };
        std::iter::once("pg_temp")
            .chain(path.iter().map(String::as_str))
            .map(key)
            .find(exists)
            .unwrap_or_else(|| key(path.first().map_or("public", String::as_str)))
    }

    fn created_key(&self, name: &ObjectName, persistence: Persistence) -> Key {
        let schema = match &name.schema {
            _ if persistence.is_temporary() => "pg_temp",
            Some(schema) => schema,
            None => self.path().first().map_or("public", String::as_str),
        };
        Key {
            schema: schema.to_owned(),
            name: name.name().to_owned(),
        }
    }

    fn path(&self) -> &[String] {
        &self.path
    }
}

fn using_index(kind: &ConstraintKind) -> Option<&Ident> {
    match kind {
        ConstraintKind::PrimaryKey { using_index, .. }
        | ConstraintKind::Unique { using_index, .. } => using_index.as_ref(),
        _ => None,
    }
}

/// The index of that name on a table: it lives in the table's schema.
fn index_of(table: &Key, name: &str) -> Thing {
    let key = Key {
        schema: table.schema.clone(),
        name: name.to_owned(),
    };
    Thing::object(ObjectKind::Index, key)
}

/// Whether a second run changes rows that the first has changed: a value that builds on itself, and no condition that
/// looks at what the first run has set.
fn changes_again(update: &Update) -> bool {
    let looks_at_result = update.filter.as_ref().is_some_and(|filter| {
        update
            .assignments
            .iter()
            .any(|assignment| filter.columns.contains(&assignment.column))
    });
    !looks_at_result
        && update
            .assignments
            .iter()
            .any(|assignment| assignment.repeats)
}
