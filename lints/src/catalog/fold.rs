//! How each action changes what is known.

use std::collections::hash_map::Entry;

use crate::{
    action::{
        Action, AlterClause, AlterObject, AlterObjectClause, AlterTable, Column, Constraint,
        ConstraintKind, CreateDetail, CreateIndex, CreateObject, CreateTable, DropObject, IfExists,
        ObjectKind, Persistence, Transaction,
    },
    catalog::{
        Catalog, Dropped, IndexState, Key, Object, ObjectDetail, Origin, Overload, Relation,
        relation::{index_name, names},
    },
    copies::Copies,
    name::{Ident, ObjectName},
    step::Step,
};

impl Catalog {
    /// Begins a migration with these steps: what is known so far is from now on an earlier migration's.
    pub fn begin_migration(&mut self, steps: &[Step]) {
        for key in std::mem::take(&mut self.touched) {
            let Entry::Occupied(mut entry) = self.relations.entry(key) else {
                continue;
            };
            if entry.get().persistence.is_temporary() {
                entry.remove();
                continue;
            }
            let relation = entry.get_mut();
            relation.origin = Origin::Earlier;
            relation.filled = false;
            relation.was = None;
            for column in &mut relation.columns {
                column.origin = Origin::Earlier;
            }
            for constraint in &mut relation.constraints {
                constraint.origin = Origin::Earlier;
            }
        }
        for key in std::mem::take(&mut self.touched_indexes) {
            if let Some(index) = self.indexes.get_mut(&key) {
                index.origin = Origin::Earlier;
            }
        }
        for overload in self.overloads.values_mut().flatten() {
            overload.origin = Origin::Earlier;
        }
        self.dropped_overloads.clear();
        let relations = &self.relations;
        self.views.retain(|key, _| relations.contains_key(key));
        for key in std::mem::take(&mut self.touched_objects) {
            if let Some(object) = self.objects.get_mut(&key) {
                object.origin = Origin::Earlier;
                object.forget_labels();
            }
        }
        self.rolls_back = steps.iter().any(|step| {
            matches!(
                step.action,
                Action::Transaction(Transaction::Rollback | Transaction::RollbackTo(_))
            )
        });
        self.added_labels.clear();
        self.dropped.clear();
        self.dropped_constraints.clear();
        self.dropped_columns.clear();
        self.truncated.clear();
        self.saved.clear();
        self.copies = Copies::default();
        self.dropped_before = self.dropped_last.take();
        self.session = Default::default();
        self.committed = Default::default();
    }

    /// Takes a step of the current migration into account.
    pub fn apply(&mut self, step: &Step) {
        self.dropped_last = match &step.action {
            Action::DropObject(drop) if drop.kind == ObjectKind::Index && drop.if_exists => {
                Some(self.key(&drop.name))
            }
            _ => None,
        };
        match &step.action {
            Action::CreateTable(create) => self.create_table(create),
            Action::CreateIndex(create) => self.create_index(create),
            Action::CreateObject(create) => self.create_object(create),
            Action::DropObject(drop) => self.drop_object(drop),
            Action::AlterTable(alter) => self.alter_table(alter),
            Action::AlterObject(alter) => self.alter_object(alter),
            Action::Rename(rename) => self.rename(rename),
            Action::SetSchema {
                kind, name, schema, ..
            } => self.set_schema(*kind, name, schema),
            Action::Insert(insert) if !insert.written_out => self.fill(&insert.table),
            Action::Merge { table } => self.fill(table),
            Action::Copy(copy) if copy.from => {
                if let Some(table) = &copy.table {
                    self.fill(table);
                }
            }
            Action::Truncate { table, .. } => {
                let key = self.key(table);
                if let Some(relation) = self.relations.get_mut(&key) {
                    relation.filled = false;
                }
                self.truncated.insert(key, ());
            }
            Action::Refresh {
                name,
                no_data: false,
                ..
            } => self.fill(name),
            Action::Set(set) => self.set(set),
            Action::Transaction(transaction) => self.transaction(transaction),
            _ => {}
        }
    }

    fn create_table(&mut self, create: &CreateTable) {
        let key = self.created_key(&create.name, create.persistence);
        if create.if_exists == IfExists::Keep && self.relations.contains_key(&key) {
            return;
        }
        let kind = if create.foreign {
            ObjectKind::ForeignTable
        } else {
            ObjectKind::Table
        };
        let mut relation = Relation::new(kind, create.persistence);
        relation.filled = create.filled;
        relation.partitioned = create.partitioned;
        let parents = create.partition_of.iter().chain(&create.inherits);
        relation.partition = create.partition_of.is_some();
        relation.parents = parents.map(|parent| self.key(parent)).collect();
        for source in create
            .partition_of
            .iter()
            .chain(&create.inherits)
            .chain(&create.like)
        {
            if let Some(source) = self.relation(source) {
                relation.columns.extend(source.columns.iter().cloned());
            }
        }
        for column in &create.columns {
            relation.add_column(column);
        }
        let inline = create.columns.iter().flat_map(|column| {
            column
                .constraints
                .iter()
                .map(|constraint| (Some(&column.name), constraint))
        });
        let own = create
            .constraints
            .iter()
            .map(|constraint| (None, constraint));
        for (column, constraint) in inline.chain(own) {
            let references = self.referenced(constraint);
            if let Some((name, index)) =
                relation.add_constraint(&key, constraint, column, references)
            {
                self.put_index(
                    Key {
                        schema: key.schema.clone(),
                        name,
                    },
                    index,
                );
            }
        }
        self.put_relation(key, relation);
    }

    fn create_index(&mut self, create: &CreateIndex) {
        let table = self.key(&create.table);
        let columns = names(&create.columns);
        let name = match &create.name {
            Some(name) => name.value.clone(),
            None => index_name(create),
        };
        let key = Key {
            schema: table.schema.clone(),
            name,
        };
        if create.if_exists == IfExists::Keep && self.indexes.contains_key(&key) {
            return;
        }
        let state = IndexState {
            table,
            columns,
            computed: create
                .expressions
                .iter()
                .flat_map(|expr| names(&expr.columns))
                .collect(),
            keys: create.keys.clone(),
            method: create.method.clone(),
            qualities: create.qualities.clone(),
            constraint: false,
            unique: create.unique,
            partial: create.partial,
            origin: Origin::Here,
        };
        self.put_index(key, state);
    }

    fn create_object(&mut self, create: &CreateObject) {
        if create.kind.is_relation() {
            let key = self.created_key(&create.name, create.persistence);
            if let CreateDetail::View { columns, .. } = &create.detail {
                match columns {
                    Some(columns) => {
                        let state = columns
                            .iter()
                            .map(|column| (column.name.clone(), self.view_column_type(column)))
                            .collect();
                        self.views.insert(key.clone(), state)
                    }
                    None => self.views.remove(&key),
                };
            }
            let reads = match &create.detail {
                CreateDetail::View { reads, .. } | CreateDetail::MaterializedView { reads, .. } => {
                    reads.iter().map(|read| self.key(read)).collect()
                }
                _ => Vec::new(),
            };
            if create.if_exists != IfExists::Fail
                && let Some(known) = self.relations.get(&key)
            {
                if create.if_exists == IfExists::Replace {
                    let known = Relation {
                        reads,
                        ..known.clone()
                    };
                    self.put_relation(key, known);
                }
                return;
            }
            // The rows of a new materialized view came with it: its query was the work, and nobody waits for it.
            let relation = Relation {
                reads,
                ..Relation::new(create.kind, create.persistence)
            };
            self.put_relation(key, relation);
            return;
        }
        let mut key = self.object_key(create.kind, &create.name, create.table.as_ref());
        if let CreateDetail::Function(_) = create.detail {
            self.add_overload(create);
        }
        if create.if_exists != IfExists::Fail && self.objects.contains_key(&key) {
            return;
        }
        if !key.key.schema.is_empty() {
            key.key = self.created_key(&create.name, Persistence::Permanent);
        }
        let detail = match &create.detail {
            CreateDetail::Domain { base, constrained } => ObjectDetail::Domain {
                base: base.clone(),
                constrained: *constrained,
            },
            CreateDetail::Enum { .. } => ObjectDetail::Enum { added: Vec::new() },
            CreateDetail::Function(function) => ObjectDetail::Function {
                volatility: function.volatility,
                inlined: function
                    .language
                    .as_deref()
                    .is_none_or(|language| language == "sql"),
            },
            _ => ObjectDetail::None,
        };
        self.put_object(
            key,
            Object {
                origin: Origin::Here,
                detail,
            },
        );
    }

    fn add_overload(&mut self, create: &CreateObject) {
        let arguments = create.arguments.clone().unwrap_or_default();
        let key = self.created_key(&create.name, Persistence::Permanent);
        let overloads = self.overloads.entry(key).or_default();
        if overloads.iter().all(|known| known.arguments != arguments) {
            overloads.push(Overload {
                arguments,
                origin: Origin::Here,
            });
        }
    }

    /// Takes a function's overload away; all of them where no arguments are written.
    fn drop_overloads(&mut self, key: &Key, arguments: Option<&str>) {
        let Some(overloads) = self.overloads.get_mut(key) else {
            return;
        };
        let dropped = overloads
            .extract_if(.., |known| {
                arguments.is_none_or(|arguments| arguments == known.arguments)
            })
            .filter(|known| known.origin == Origin::Earlier)
            .map(|known| known.arguments);
        self.dropped_overloads
            .entry(key.clone())
            .or_default()
            .extend(dropped);
    }

    fn drop_object(&mut self, drop: &DropObject) {
        let object = self.object_key(drop.kind, &drop.name, drop.table.as_ref());
        let known = self.objects.contains_key(&object) || self.knows(&object.key);
        if matches!(
            drop.kind,
            ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine
        ) {
            self.drop_overloads(&object.key, drop.arguments.as_deref());
        }
        match drop.kind {
            ObjectKind::Index => {
                self.indexes.remove(&object.key);
            }
            ObjectKind::Schema => {
                let name = drop.name.name();
                self.relations.retain(|key, _| key.schema != name);
                self.indexes.retain(|key, _| key.schema != name);
                self.objects.retain(|other, _| other.key.schema != name);
                self.objects.remove(&object);
            }
            kind if kind.is_relation() => {
                let parts = self.descendants(&drop.name);
                let views = match drop.cascade {
                    true => self.readers(&drop.name),
                    false => Vec::new(),
                };
                let kin = parts.iter().chain(&views).map(|name| self.key(name));
                for gone in kin.chain([object.key.clone()]).collect::<Vec<_>>() {
                    self.relations.remove(&gone);
                    self.forget_referring(&gone);
                    self.take_indexes(&gone);
                    self.take_objects(&gone);
                }
            }
            _ => {
                self.objects.remove(&object);
            }
        }
        self.dropped.insert(
            object,
            Dropped {
                if_exists: drop.if_exists,
                concurrently: drop.concurrently,
                known,
            },
        );
    }

    fn alter_table(&mut self, alter: &AlterTable) {
        let key = self.key(&alter.table);
        match &alter.clause {
            AlterClause::AddColumn {
                column,
                if_not_exists,
                ..
            } => {
                self.add_column(&key, column, *if_not_exists);
            }
            AlterClause::AddConstraint(constraint) => self.add_constraint(&key, constraint, None),
            AlterClause::DropColumn {
                name,
                if_exists,
                cascade,
            } => {
                if *cascade {
                    self.forget_referring_to(&alter.table, std::slice::from_ref(&name.value));
                }
                let dropped = Dropped {
                    if_exists: *if_exists,
                    concurrently: false,
                    known: self.column(&alter.table, name).is_some(),
                };
                self.dropped_columns
                    .insert((key.clone(), name.value.clone()), dropped);
                for (index, state) in self.take_indexes(&key) {
                    if !state.columns.contains(&name.value) {
                        self.put_index(index, state);
                    }
                }
                if let Some(relation) = self.relations.get_mut(&key) {
                    relation.columns.retain(|column| column.name != name.value);
                    relation
                        .constraints
                        .retain(|known| !known.columns.contains(&name.value));
                }
            }
            AlterClause::DropConstraint {
                name,
                if_exists,
                cascade,
            } => {
                let unique = self.constraint(&alter.table, name);
                if let Some(unique) = unique.filter(|unique| *cascade && unique.is_key()) {
                    let columns = unique.columns.clone();
                    self.forget_referring_to(&alter.table, &columns);
                }
                let dropped = Dropped {
                    if_exists: *if_exists,
                    concurrently: false,
                    known: self.constraint(&alter.table, name).is_some(),
                };
                self.dropped_constraints
                    .insert((key.clone(), name.value.clone()), dropped);
                self.indexes.remove(&Key {
                    schema: key.schema.clone(),
                    name: name.value.clone(),
                });
                if let Some(relation) = self.relations.get_mut(&key) {
                    relation
                        .constraints
                        .retain(|known| known.name != name.value);
                }
            }
            AlterClause::ValidateConstraint(name) => {
                let Some(relation) = self.relations.get_mut(&key) else {
                    return;
                };
                for known in &mut relation.constraints {
                    known.valid |= known.name == name.value;
                }
            }
            AlterClause::ColumnType {
                column, data_type, ..
            } => {
                self.with_column(&key, column, |known| known.data_type = data_type.clone());
            }
            AlterClause::SetNotNull(column) | AlterClause::AddIdentity(column) => {
                self.with_column(&key, column, |known| known.not_null = true);
            }
            AlterClause::DropNotNull(column) => {
                self.with_column(&key, column, |known| known.not_null = false);
            }
            AlterClause::AttachPartition { partition } if alter.kind != ObjectKind::Index => {
                // It brings its rows.
                let brings = self
                    .relation(partition)
                    .is_none_or(|relation| relation.filled || relation.origin == Origin::Earlier);
                self.attach(partition, &alter.table, true);
                if brings && let Some(parent) = self.relations.get_mut(&key) {
                    parent.filled = true;
                    self.touched.push(key);
                }
            }
            AlterClause::DetachPartition { partition, .. } => {
                self.detach(partition, &alter.table);
            }
            AlterClause::Inherit { parent, no: false } => self.attach(&alter.table, parent, false),
            AlterClause::Inherit { parent, no: true } => self.detach(&alter.table, parent),
            AlterClause::SetDefault { column, .. } => {
                self.with_column(&key, column, |known| known.has_default = true);
            }
            AlterClause::DropDefault(column) => {
                self.with_column(&key, column, |known| known.has_default = false);
            }
            _ => {}
        }
    }

    fn add_column(&mut self, key: &Key, column: &Column, if_not_exists: bool) {
        let relation = self.known_relation(key);
        if if_not_exists
            && relation
                .columns
                .iter()
                .any(|known| known.name == column.name.value)
        {
            return;
        }
        relation.add_column(column);
        for constraint in &column.constraints {
            self.add_constraint(key, constraint, Some(&column.name));
        }
    }

    fn add_constraint(&mut self, key: &Key, constraint: &Constraint, column: Option<&Ident>) {
        if let ConstraintKind::PrimaryKey {
            using_index: Some(index),
            ..
        }
        | ConstraintKind::Unique {
            using_index: Some(index),
            ..
        } = &constraint.kind
            && let Some(name) = &constraint.name
            && let Some(state) = self.indexes.remove(&Key {
                schema: key.schema.clone(),
                name: index.value.clone(),
            })
        {
            // The index takes the constraint's name.
            self.put_index(
                Key {
                    schema: key.schema.clone(),
                    name: name.value.clone(),
                },
                state,
            );
        }
        let references = self.referenced(constraint);
        self.refer(key, references.as_ref());
        if let Some((name, index)) = self
            .known_relation(key)
            .add_constraint(key, constraint, column, references)
        {
            self.put_index(
                Key {
                    schema: key.schema.clone(),
                    name,
                },
                index,
            );
        }
    }

    fn alter_object(&mut self, alter: &AlterObject) {
        match &alter.clause {
            AlterObjectClause::AddEnumValue { label, .. } => {
                let key = self.object_key(ObjectKind::Type, &alter.name, None);
                self.touched_objects.push(key.clone());
                let object = self.objects.entry(key.clone()).or_insert(Object {
                    origin: Origin::Earlier,
                    detail: ObjectDetail::Enum { added: Vec::new() },
                });
                if let ObjectDetail::Enum { added } = &mut object.detail {
                    added.push(label.clone());
                    let enums = self.added_labels.entry(label.clone()).or_default();
                    enums.insert(key);
                }
            }
            AlterObjectClause::AddConstraint(_) | AlterObjectClause::SetNotNull => {
                let key = self.object_key(ObjectKind::Domain, &alter.name, None);
                if let Some(Object {
                    detail: ObjectDetail::Domain { constrained, .. },
                    ..
                }) = self.objects.get_mut(&key)
                {
                    *constrained = true;
                }
            }
            _ => {}
        }
    }

    fn fill(&mut self, table: &ObjectName) {
        let mut keys = vec![self.key(table)];
        while let Some(key) = keys.pop() {
            let Some(relation) = self.relations.get_mut(&key) else {
                continue;
            };
            relation.filled = true;
            if relation.partitioned {
                // The rows stand in the partitions.
                keys.extend(self.children(&key).cloned());
            }
            self.touched.push(key);
        }
    }
}
