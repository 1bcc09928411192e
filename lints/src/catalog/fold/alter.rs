//! How `ALTER` changes what is known.

use crate::{
    action::{
        AlterClause, AlterObject, AlterObjectClause, AlterTable, Column, Constraint,
        ConstraintKind, ObjectKind,
    },
    catalog::{
        Catalog, Dropped, Handle, Key, Object, ObjectDetail, Origin, kin::Belongs,
        relation::is_fresh,
    },
    name::Ident,
};

impl Catalog {
    pub(super) fn alter_table(&mut self, alter: &AlterTable) {
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
                self.take_indexes_with(&key, &name.value);
                if let Some(relation) = self.relations.get_mut(&key) {
                    relation.columns.remove(&name.value);
                    let over = Handle::Column(name.value.clone());
                    relation
                        .constraints
                        .remove(&over, |known| known.goes_with(&name.value));
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
                if let Some(constraint) = self.constraint(&alter.table, name)
                    && let Some(references) = constraint.references.clone()
                {
                    let mut columns = constraint.columns.clone();
                    columns.sort();
                    self.dropped_references
                        .insert((key.clone(), columns, references));
                }
                self.drop_index(&Key {
                    schema: key.schema.clone(),
                    name: name.value.clone(),
                });
                if let Some(relation) = self.relations.get_mut(&key) {
                    let named = Handle::Name(name.value.clone());
                    relation.constraints.remove(&named, |_| true);
                }
            }
            AlterClause::ValidateConstraint(name) => {
                let Some(relation) = self.relations.get_mut(&key) else {
                    return;
                };
                let named = Handle::Name(name.value.clone());
                relation
                    .constraints
                    .change(&named, |known| known.valid = true);
            }
            AlterClause::ColumnType {
                column, data_type, ..
            } => {
                self.note_type(&key, data_type);
                let known = self.relations.get(&key);
                let known = known.and_then(|relation| relation.columns.get(&column.value));
                let labels = known.and_then(|known| self.labels_of(known));
                let labels = labels.map(<[String]>::to_vec);
                if let Some(relation) = self.relations.get_mut(&key) {
                    relation.columns.retype(&column.value, data_type, labels);
                    self.touched.relations.push(key);
                }
            }
            AlterClause::SetNotNull(column) => {
                self.with_column(&key, column, |known| known.not_null = true);
            }
            AlterClause::AddIdentity(column) => {
                self.with_column(&key, column, |known| {
                    known.not_null = true;
                    known.has_default = true;
                    known.numbered = true;
                });
            }
            AlterClause::DropNotNull(column) => {
                self.with_column(&key, column, |known| known.not_null = false);
            }
            AlterClause::AttachPartition { partition, default }
                if alter.kind != ObjectKind::Index =>
            {
                // It brings its rows.
                let brings = self
                    .relation(partition)
                    .is_none_or(|relation| relation.filled || relation.origin == Origin::Earlier);
                self.attach(
                    partition,
                    &alter.table,
                    Belongs::Partition { default: *default },
                );
                if brings && let Some(parent) = self.relations.get_mut(&key) {
                    parent.filled = true;
                    self.touched.relations.push(key);
                }
            }
            AlterClause::DetachPartition { partition, .. } => {
                self.detach(partition, &alter.table);
            }
            AlterClause::Inherit { parent, no: false } => {
                self.attach(&alter.table, parent, Belongs::Heir)
            }
            AlterClause::Inherit { parent, no: true } => self.detach(&alter.table, parent),
            AlterClause::SetDefault { column, value } => {
                self.with_column(&key, column, |known| {
                    known.has_default = true;
                    known.numbered = is_fresh(value);
                });
            }
            AlterClause::DropDefault(column) | AlterClause::DropIdentity { column, .. } => {
                self.with_column(&key, column, |known| {
                    known.has_default = false;
                    known.numbered = false;
                });
            }
            _ => {}
        }
    }

    fn add_column(&mut self, key: &Key, column: &Column, if_not_exists: bool) {
        let relation = self.known_relation(key);
        if if_not_exists && relation.columns.get(&column.name.value).is_some() {
            return;
        }
        relation.add_column(column);
        self.note_type(key, &column.data_type);
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
            && let Some(state) = self.take_index(&Key {
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

    pub(super) fn alter_object(&mut self, alter: &AlterObject) {
        match &alter.clause {
            AlterObjectClause::AddEnumValue { label, .. } => {
                let key = self.object_key(ObjectKind::Type, &alter.name, None);
                self.touched.objects.push(key.clone());
                let object = self.objects.entry(key.clone()).or_insert(Object {
                    origin: Origin::Earlier,
                    detail: ObjectDetail::Enum {
                        labels: None,
                        added: Vec::new(),
                    },
                });
                if let ObjectDetail::Enum { labels, added } = &mut object.detail {
                    if let Some(labels) = labels
                        && !labels.contains(label)
                    {
                        labels.push(label.clone());
                    }
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
}
