//! What `CREATE` adds to what is known.

use crate::{
    action::{
        CreateDetail, CreateIndex, CreateObject, CreateTable, IfExists, ObjectKind, Persistence,
    },
    catalog::{
        Catalog, IndexState, Key, Object, ObjectDetail, Origin, Overload, Relation,
        relation::index_name,
    },
};

impl Catalog {
    pub(super) fn create_table(&mut self, create: &CreateTable) {
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
        relation.keys_known = create.partition_of.is_none() && create.like.is_empty();
        relation.partition = create.partition_of.is_some();
        relation.default_partition = create.default_partition;
        relation.parents = parents.map(|parent| self.key(parent)).collect();
        for source in create
            .partition_of
            .iter()
            .chain(&create.inherits)
            .chain(&create.like)
        {
            if let Some(source) = self.relation(source) {
                relation.columns.copy(&source.columns);
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

    pub(super) fn create_index(&mut self, create: &CreateIndex) {
        let table = self.key(&create.table);
        let key = |name: String| Key {
            schema: table.schema.clone(),
            name,
        };
        let key = match &create.name {
            Some(name) => key(name.value.clone()),
            None => self.free_index_key(key(index_name(create))),
        };
        if create.if_exists == IfExists::Keep && self.indexes.contains_key(&key) {
            return;
        }
        let state = IndexState::created(create, table.clone());
        self.put_index(key, state);
    }

    pub(super) fn create_object(&mut self, create: &CreateObject) {
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
            CreateDetail::Enum { labels } => ObjectDetail::Enum {
                // Where it is there already, a guard keeps it as it is.
                labels: match self.objects.contains_key(&key) {
                    true => None,
                    false => Some(labels.clone()),
                },
                added: Vec::new(),
            },
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
        self.touched.routines.push(key.clone());
        let overloads = self.overloads.entry(key).or_default();
        if overloads.iter().all(|known| known.arguments != arguments) {
            overloads.push(Overload {
                arguments,
                origin: Origin::Here,
            });
        }
    }
}
