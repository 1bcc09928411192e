//! What `ALTER` and `RENAME` need, put there and take away.

use crate::{
    action::{
        AlterClause, AlterObject, AlterObjectClause, AlterTable, Column, Constraint,
        ConstraintKind, IfExists, ObjectKind, Rename, RenamePart,
    },
    catalog::{Key, constraint_name},
    name::Ident,
    second_run::{
        Obstacle,
        condition::{self, duplicate, undefined},
        create::index_of,
        fold::{Aside, Fold},
        state::{Class, Presence, Thing},
    },
    step::Step,
};

impl Fold<'_> {
    pub(super) fn alter_table(&mut self, step: &Step, alter: &AlterTable) {
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
                    self.note_lost(&table, column);
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
            AlterClause::AttachPartition { partition, .. } if alter.kind != ObjectKind::Index => {
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
            AlterClause::ColumnType {
                column,
                data_type,
                using,
                ..
            } => {
                self.needs_column(step, &table, column);
                self.note_obstruction(step, &table, column);
                if self.obstacle.is_none() {
                    self.use_type(&table, column, data_type);
                    let thing = Thing::column(&table, &column.value);
                    let same = self.typed.insert(thing, self.index) == Some(self.index);
                    if same
                        && using.is_some()
                        && !step.guard.tests_catalog
                        && !step.guard.conditional
                        && step.guard.catches.is_empty()
                        && !self.state.fresh.contains(&table)
                    {
                        self.obstacle = Some(Obstacle::Retyped);
                    }
                }
            }
            AlterClause::SetDefault { column, value } => {
                self.needs_column(step, &table, column);
                if self.obstacle.is_none() {
                    self.use_default(&table, column, Some(value));
                }
            }
            AlterClause::DropDefault(column) => {
                self.needs_column(step, &table, column);
                if self.obstacle.is_none() {
                    self.use_default(&table, column, None);
                }
            }
            AlterClause::SetNotNull(column) | AlterClause::DropNotNull(column) => {
                self.needs_column(step, &table, column);
            }
            _ => {}
        }
    }

    /// Notes the constraints of a column that is not added again, which an earlier step of this run has taken away.
    fn note_lost(&mut self, table: &Key, column: &Column) {
        for constraint in &column.constraints {
            let name = constraint_name(&table.name, constraint, Some(&column.name));
            let thing = Thing::constraint(table, &*name);
            if let Some(Presence::Gone(removed_by)) = self.state.presence(&thing)
                && removed_by < self.index
            {
                self.aside.push(Aside {
                    of: self.index,
                    obstacle: Obstacle::Lost { name, removed_by },
                    unless: Some(thing),
                });
            }
        }
    }

    /// Notes a view or trigger that a later step has made, and under which a column cannot change its type, not even to
    /// the one that it has.
    fn note_obstruction(&mut self, step: &Step, table: &Key, column: &Ident) {
        let thing = Thing::column(table, &column.value);
        let made = self.state.user(&thing).and_then(|user| self.made.get(user));
        if let Some(&of) = made
            && of > self.index
            && !step.guard.covers(condition::NOT_SUPPORTED)
        {
            self.aside.push(Aside {
                of,
                obstacle: Obstacle::Obstructs {
                    column: column.value.clone(),
                    step: self.index,
                },
                unless: None,
            });
        }
    }

    pub(super) fn check_constraint(&mut self, step: &Step, table: &Key, constraint: &Constraint) {
        // An index that became a constraint's has its name, and is not looked up under its own any more.
        let using = constraint
            .kind
            .using_index()
            .map(|index| index_of(table, &index.value));
        if let Some(Presence::Gone(_)) = using.as_ref().and_then(|index| self.state.presence(index))
            && self.meets(step, condition::UNDEFINED_OBJECT, Obstacle::Gone)
        {
            return;
        }
        if self.obstacle.is_some() {
            self.add_constraint(table, constraint, None);
            return;
        }
        let name = constraint_name(&table.name, constraint, None);
        let own_index = index_of(table, &name);
        let thing = Thing::constraint(table, name);
        let primary = Thing::part(Class::PrimaryKey, table, "");
        let there = |thing| self.state.presence(thing) == Some(Presence::There);
        let (conditions, found) = match &constraint.kind {
            _ if using.as_ref() == Some(&own_index) => (condition::WRONG_STATE, there(&thing)),
            ConstraintKind::PrimaryKey { .. } => (
                condition::SECOND_PRIMARY_KEY,
                there(&primary) || there(&thing),
            ),
            // Postgres 18: the same name for the same column is no error.
            ConstraintKind::NotNull(_) => (condition::DUPLICATE_OBJECT, false),
            ConstraintKind::Unique { .. } | ConstraintKind::Exclude => {
                (condition::DUPLICATE_TABLE, there(&thing))
            }
            _ => (condition::DUPLICATE_OBJECT, there(&thing)),
        };
        let unnamed = constraint.name.is_none()
            && using.is_none()
            && !matches!(constraint.kind, ConstraintKind::PrimaryKey { .. });
        let obstacle = if unnamed {
            Obstacle::Twin
        } else {
            Obstacle::AlreadyThere
        };
        // Such blocks look the name of a constraint up and drop it.
        let found = found && self.dynamic != Some(step.statement);
        if found && self.meets(step, conditions, obstacle) {
            self.obstacle = using.and_then(|index| self.spare(step, &index, conditions));
            return;
        }
        self.add_constraint(table, constraint, None);
    }

    /// What a step that is held back leaves of the index which it would have made a constraint's own: under another name than
    /// the constraint's, it was built anew.
    ///
    /// "If a constraint name is not provided, the constraint will be named the same as the index":
    /// <https://www.postgresql.org/docs/current/sql-altertable.html>
    fn spare(&self, step: &Step, index: &Thing, conditions: &[&str]) -> Option<Obstacle> {
        let &built_by = self.built.get(index)?;
        let build = &self.steps[built_by];
        let asked = build.guard.tests_catalog
            && (build.guard.asks_for.is_empty()
                || build
                    .guard
                    .asks_for
                    .iter()
                    .any(|name| *name != index.key.name));
        // What the same block catches takes the build back.
        let undone = build.statement == step.statement && build.guard.covers(conditions);
        let there = self.state.presence(index) == Some(Presence::There);
        (there && !asked && !undone).then(|| Obstacle::Spare {
            index: index.key.name.clone(),
            built_by,
        })
    }

    pub(super) fn alter_object(&mut self, step: &Step, alter: &AlterObject) {
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

    pub(super) fn rename(&mut self, step: &Step, rename: &Rename) {
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
                        self.recall(&object);
                        self.rename_constraint(&object, to);
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

    pub(super) fn rename_thing(
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
        if !gone && occupied {
            // A guard that asks for the old name alone lets the step through where that is there again.
            let asks_for = &step.guard.asks_for;
            let lets_through = self.state.presence(&from) == Some(Presence::There)
                && !asks_for.is_empty()
                && asks_for.iter().all(|name| *name == from.key.name)
                && step.guard.catching_block(taken).is_none();
            if lets_through {
                self.obstacle = Some(Obstacle::AlreadyThere);
            } else if self.meets(step, taken, Obstacle::AlreadyThere) {
                return;
            }
        }
        self.state.rename(&from, to, self.index);
    }

    /// A constraint has the name of its index.
    fn rename_constraint(&mut self, index: &Thing, to: &str) {
        let constraint = self.state.constraint_of(index).cloned();
        if let Some(from) = constraint
            && let Some(table) = &from.of
            && self.state.presence(index) == Some(Presence::There)
        {
            let to = Thing::constraint(table, to);
            self.state.rename(&from, to, self.index);
        }
    }

    /// The index of a key has its constraint's name.
    pub(super) fn rename_index(&mut self, table: &Key, from: &str, to: &str) {
        let from = index_of(table, from);
        if self.state.presence(&from) == Some(Presence::There) {
            self.state.rename(&from, index_of(table, to), self.index);
        }
    }
}
