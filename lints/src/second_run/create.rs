//! What `CREATE` and `DROP` put there and take away.

use crate::{
    action::{
        Column, Constraint, ConstraintKind, CreateDetail, CreateIndex, CreateObject, CreateTable,
        DropObject, IfExists, ObjectKind,
    },
    catalog::{Key, constraint_name, index_name},
    name::Ident,
    second_run::{
        Obstacle,
        condition::{self, duplicate, undefined},
        fold::Fold,
        state::{Class, Presence, Thing},
    },
    step::Step,
};

impl Fold<'_> {
    pub(super) fn create_table(&mut self, step: &Step, create: &CreateTable) {
        // The query is read before `IF NOT EXISTS` is thought of.
        self.lacks_any(step, &create.needs);
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
        self.own_names(&key, create);
        for parent in create.partition_of.iter().chain(&create.inherits) {
            let parent = self.key(parent);
            let link = Thing::part(Class::Partition, &parent, &key.name);
            let parent = Thing::object(ObjectKind::Table, parent);
            self.state.add(link, [table.clone(), parent.clone()]);
            match create.partition_of.is_some() {
                true => self.state.add(table.clone(), [parent]),
                false => self.state.add_cascaded(table.clone(), parent),
            }
        }
    }

    pub(super) fn create_index(&mut self, step: &Step, create: &CreateIndex) {
        let table = self.key(&create.table);
        if self.is_missing(step, &table) {
            return;
        }
        let columns = create
            .columns
            .iter()
            .chain(create.expressions.iter().flat_map(|expr| &expr.columns));
        let key = table.clone();
        let needs: Vec<Thing> = columns
            .clone()
            .map(|column| Thing::column(&table, &column.value))
            .chain([Thing::object(ObjectKind::Table, table.clone())])
            .collect();
        let (name, obstacle) = match &create.name {
            Some(name) => (name.value.clone(), Obstacle::AlreadyThere),
            None => (index_name(create), Obstacle::Twin),
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
        self.built.insert(index.clone(), self.index);
        for column in columns {
            self.needs_column(step, &key, column);
        }
        self.use_in_index(&index, create);
        self.state.add(index, needs);
    }

    pub(super) fn create_object(&mut self, step: &Step, create: &CreateObject) {
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
        if let CreateDetail::View {
            columns: Some(columns),
            ..
        } = &create.detail
        {
            for (table, column) in columns.iter().filter_map(|column| column.shows.as_ref()) {
                let table = self.key(table);
                self.needs_column(step, &table, column);
            }
        }
        if self.obstacle.is_some()
            || !self.create(step, &thing, create.if_exists, duplicate(kind), needs)
        {
            return;
        }
        self.made.insert(thing.clone(), self.index);
        let used = self.used(create);
        self.state.set_uses(&thing, used);
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

    /// What a view or trigger uses.
    fn used(&self, create: &CreateObject) -> Vec<Thing> {
        let relation = |name| Thing::object(ObjectKind::Table, self.key(name));
        match &create.detail {
            CreateDetail::View { columns, reads } => {
                let shown = columns.iter().flatten();
                let shown = shown.filter_map(|column| column.shows.as_ref());
                let columns =
                    shown.map(|(table, column)| Thing::column(&self.key(table), &column.value));
                reads.iter().map(relation).chain(columns).collect()
            }
            CreateDetail::MaterializedView { reads, .. } => reads.iter().map(relation).collect(),
            CreateDetail::Trigger { function, columns } => {
                let function = function.iter();
                let function = function.map(|name| self.object(ObjectKind::Function, name));
                let table = create.table.as_ref().map(|table| self.key(table));
                let column = |column: &Ident| Some(Thing::column(table.as_ref()?, &column.value));
                function.chain(columns.iter().filter_map(column)).collect()
            }
            CreateDetail::Function(_) => self.types_of_arguments(create),
            _ => Vec::new(),
        }
    }

    pub(super) fn drop_object(&mut self, step: &Step, drop: &DropObject) {
        if drop.kind == ObjectKind::Owned {
            self.drop_owned(step, drop);
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
        self.recall(&thing);
        if matches!(self.state.presence(&thing), Some(Presence::Gone(_)))
            && (drop.if_exists || self.meets(step, undefined(drop.kind), Obstacle::Gone))
        {
            return;
        }
        if let Some(&kind) = self.state.kinds.get(&thing.key)
            && drop.kind.is_relation()
            && kind != drop.kind
            && self.state.presence(&thing) == Some(Presence::There)
        {
            self.meets(
                step,
                condition::WRONG_OBJECT_TYPE,
                Obstacle::OtherKind { kind },
            );
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

    /// Fails where the role itself is gone.
    fn drop_owned(&mut self, step: &Step, drop: &DropObject) {
        let role = self.object(ObjectKind::Role, &drop.name);
        if let Some(Presence::Gone(removed_by)) = self.state.presence(&role) {
            let missing = Obstacle::Missing {
                what: "role",
                name: drop.name.to_string(),
                removed_by,
            };
            self.lacks(step, undefined(ObjectKind::Role), missing);
            return;
        }
        self.state.forget_owned();
    }

    pub(super) fn add_column(&mut self, table: &Key, column: &Column) {
        let thing = Thing::column(table, &column.name.value);
        let relation = Thing::object(ObjectKind::Table, table.clone());
        self.state.add(thing, [relation]);
        self.use_in_column(table, column);
        for constraint in &column.constraints {
            self.add_constraint(table, constraint, Some(&column.name));
        }
    }

    pub(super) fn add_constraint(
        &mut self,
        table: &Key,
        constraint: &Constraint,
        column: Option<&Ident>,
    ) {
        let name = constraint_name(&table.name, constraint, column);
        self.add_named(table, constraint, column, &name);
    }

    /// Adds a constraint under that name.
    pub(super) fn add_named(
        &mut self,
        table: &Key,
        constraint: &Constraint,
        column: Option<&Ident>,
        name: &str,
    ) {
        let thing = Thing::constraint(table, name);
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
                self.state.add(index_of(table, name), [thing.clone()]);
            }
            ConstraintKind::Exclude => self.state.add(index_of(table, name), [thing.clone()]),
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
}

/// The index of that name on a table: it lives in the table's schema.
pub(super) fn index_of(table: &Key, name: &str) -> Thing {
    let key = Key {
        schema: table.schema.clone(),
        name: name.to_owned(),
    };
    Thing::object(ObjectKind::Index, key)
}
