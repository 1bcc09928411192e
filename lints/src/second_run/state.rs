//! What is there and what is gone, as far as the migration itself decides it.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::{action::ObjectKind, catalog::Key};

/// The namespace that a thing's name must be unique in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Class {
    /// Tables, views, sequences and indexes are [`ObjectKind::Table`], domains [`ObjectKind::Type`], and everything that
    /// is called [`ObjectKind::Function`]. Columns, attributes and constraints are parts, too.
    Object(ObjectKind),
    /// A table's primary key, whatever its name.
    PrimaryKey,
    /// A column's identity.
    Identity,
    /// A column's generation expression.
    Expression,
    /// A label of an enum.
    EnumLabel,
    /// A partition of a table, or a child of a parent.
    Partition,
    /// A table of a publication and the like.
    Member,
}

/// Something that is there or not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Thing {
    pub(super) class: Class,
    /// The table or type that it is a part of.
    pub(super) of: Option<Key>,
    pub(super) key: Key,
    /// A routine's argument types.
    pub(super) arguments: Option<String>,
}

impl Thing {
    /// Stands for the arguments of a function that is called: which of that name it is, they would tell.
    pub(super) const ANY: &str = "*";

    pub(super) fn object(kind: ObjectKind, key: Key) -> Self {
        Self {
            class: Class::Object(namespace(kind)),
            of: None,
            key,
            arguments: None,
        }
    }

    pub(super) fn part(class: Class, of: &Key, name: impl Into<String>) -> Self {
        Self {
            class,
            of: Some(of.clone()),
            key: Key {
                schema: String::new(),
                name: name.into(),
            },
            arguments: None,
        }
    }

    pub(super) fn column(of: &Key, name: impl Into<String>) -> Self {
        Self::part(Class::Object(ObjectKind::Column), of, name)
    }

    pub(super) fn constraint(of: &Key, name: impl Into<String>) -> Self {
        Self::part(Class::Object(ObjectKind::Constraint), of, name)
    }

    /// Whether a `CREATE TABLE` or `CREATE TYPE` makes it afresh, unlike an index or a trigger.
    fn is_inherent(&self) -> bool {
        self.of.is_some()
            && !matches!(
                self.class,
                Class::Object(ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy)
            )
    }
}

/// What a foreign key refers to when it refers to a key: the table.
fn referenced(thing: &Thing) -> Thing {
    match &thing.of {
        Some(table) => Thing::object(ObjectKind::Table, table.clone()),
        None => thing.clone(),
    }
}

/// Where one name means one object.
pub(super) fn namespace(kind: ObjectKind) -> ObjectKind {
    match kind {
        _ if kind.is_relation() => ObjectKind::Table,
        ObjectKind::Domain => ObjectKind::Type,
        ObjectKind::Procedure | ObjectKind::Aggregate | ObjectKind::Routine => ObjectKind::Function,
        other => other,
    }
}

/// Whether a thing is there; one that the migration does not touch is in no state at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    There,
    /// The step with this index removed it.
    Gone(usize),
}

/// The things that the migration touches. Sets that are searched in order have one, so that the same is found each time.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    things: HashMap<Thing, Presence>,
    /// By class, the things that are there, or were: where `CASCADE` looks for those that may have gone along.
    seen: HashMap<Class, HashSet<Thing>>,
    /// What goes with a thing when it goes.
    dependents: HashMap<Thing, BTreeSet<Thing>>,
    /// The other way round.
    needs: HashMap<Thing, BTreeSet<Thing>>,
    /// What goes with a thing when it goes with `CASCADE`.
    cascaded: HashMap<Thing, BTreeSet<Thing>>,
    /// The views and triggers that the migration makes, and what each of them uses; and the other way round.
    uses: HashMap<Thing, Vec<Thing>>,
    used_by: HashMap<Thing, BTreeSet<Thing>>,
    /// The argument lists under which a routine of that name is known.
    overloads: HashMap<Key, BTreeSet<Thing>>,
    /// What the relations are that the migration has created.
    pub(super) kinds: HashMap<Key, ObjectKind>,
    /// Tables whose rows this run has put in.
    pub(super) fresh: HashSet<Key>,
}

impl State {
    /// How many things the migration touches so far.
    pub(super) fn len(&self) -> usize {
        self.things.len()
    }

    pub(super) fn presence(&self, thing: &Thing) -> Option<Presence> {
        if thing.class != Class::Object(ObjectKind::Function) || thing.arguments.is_some() {
            return self.things.get(thing).copied();
        }
        // `DROP FUNCTION f` without arguments means whichever there is.
        let known = self.overloads.get(&thing.key)?;
        let mut presences = known.iter().filter_map(|one| self.things.get(one).copied());
        let first = presences.next()?;
        Some(presences.fold(first, |found, one| match one {
            Presence::There => one,
            Presence::Gone(_) => found,
        }))
    }

    /// Puts a thing there; it goes when one of `needs` goes.
    pub(super) fn add(&mut self, thing: Thing, needs: impl IntoIterator<Item = Thing>) {
        for need in needs {
            let known = self.needs.entry(thing.clone()).or_default();
            known.insert(need.clone());
            self.dependents
                .entry(need)
                .or_default()
                .insert(thing.clone());
        }
        self.set(thing, Presence::There);
    }

    /// The constraint that an index belongs to.
    pub(super) fn constraint_of(&self, index: &Thing) -> Option<&Thing> {
        let mut needs = self.needs.get(index)?.iter();
        needs.find(|need| need.class == Class::Object(ObjectKind::Constraint))
    }

    /// Notes that a thing goes when `need` goes with `CASCADE`.
    pub(super) fn add_cascaded(&mut self, thing: Thing, need: Thing) {
        self.cascaded.entry(need).or_default().insert(thing);
    }

    /// Takes a thing away with all that depends on it.
    pub(super) fn remove(&mut self, thing: &Thing, cause: usize) {
        let mut open = vec![thing.clone()];
        if thing.class == Class::Object(ObjectKind::Function) && thing.arguments.is_none() {
            open.extend(
                self.overloads
                    .get(&thing.key)
                    .into_iter()
                    .flatten()
                    .cloned(),
            );
        }
        while let Some(next) = open.pop() {
            open.extend(self.dependents.remove(&next).unwrap_or_default());
            if let Some(of) = Some(&next.key).filter(|_| next.of.is_none()) {
                self.fresh.remove(of);
            }
            self.set(next, Presence::Gone(cause));
        }
    }

    /// A constraint of another table that refers to a thing, so that it cannot go without `CASCADE`.
    pub(super) fn referrer(&self, thing: &Thing) -> Option<&Thing> {
        let is_key = || {
            self.dependents.get(thing).is_some_and(|dependents| {
                dependents.iter().any(|one| one.class == Class::PrimaryKey)
            })
        };
        if thing.class != Class::Object(ObjectKind::Table) && !is_key() {
            return None;
        }
        let own = thing.of.as_ref().unwrap_or(&thing.key);
        self.cascaded.get(&referenced(thing))?.iter().find(|one| {
            one.of.as_ref() != Some(own) && self.things.get(one) == Some(&Presence::There)
        })
    }

    /// Notes what a view or trigger uses, so that none of it can go or change its type as long as it is there.
    pub(super) fn set_uses(&mut self, user: &Thing, used: Vec<Thing>) {
        for old in self.uses.remove(user).unwrap_or_default() {
            if let Some(users) = self.used_by.get_mut(&old) {
                users.remove(user);
            }
        }
        for thing in &used {
            let users = self.used_by.entry(thing.clone()).or_default();
            users.insert(user.clone());
        }
        self.uses.insert(user.clone(), used);
    }

    /// What a thing uses.
    pub(super) fn uses(&self, user: &Thing) -> &[Thing] {
        self.uses.get(user).map_or(&[], Vec::as_slice)
    }

    /// Something that an earlier migration made takes to using things: it is there.
    pub(super) fn add_user(&mut self, user: &Thing) {
        if self.presence(user).is_none() {
            let table = user
                .of
                .clone()
                .map(|of| Thing::object(ObjectKind::Table, of));
            self.add(user.clone(), table);
        }
    }

    /// What is there and calls a function, where there is but one of that name.
    fn caller(&self, function: &Thing) -> Option<&Thing> {
        let known = self.overloads.get(&function.key)?;
        let single = known.iter().filter(|one| one.arguments.is_some()).count() <= 1;
        let any = Thing {
            arguments: Some(Thing::ANY.to_owned()),
            ..function.clone()
        };
        let users = self.used_by.get(&any).filter(|_| single)?;
        let mut users = users.iter();
        users.find(|one| self.things.get(*one) == Some(&Presence::There))
    }

    /// What is there and uses a thing: a view, a trigger, a column.
    pub(super) fn user(&self, thing: &Thing) -> Option<&Thing> {
        if thing.class == Class::Object(ObjectKind::Function)
            && let Some(caller) = self.caller(thing)
        {
            return Some(caller);
        }
        // Triggers name their function without arguments: it has none.
        let known = match thing.arguments.as_deref() {
            Some("") => Thing {
                arguments: None,
                ..thing.clone()
            },
            _ => thing.clone(),
        };
        let is_there = |one: &&Thing| self.things.get(*one) == Some(&Presence::There);
        // The triggers of a table go with it.
        let is_other = |one: &&Thing| one.of.as_ref() != Some(&thing.key) || thing.of.is_some();
        let mut users = self.used_by.get(&known)?.iter();
        users.find(|one| is_there(one) && is_other(one))
    }

    /// Ends the session: temporary objects go.
    pub(super) fn end_session(&mut self) {
        self.things.retain(|thing, _| {
            thing.key.schema != "pg_temp"
                && thing.of.as_ref().is_none_or(|of| of.schema != "pg_temp")
        });
        self.fresh.clear();
    }

    /// Takes away what goes with a thing only by `CASCADE`.
    pub(super) fn cascade(&mut self, thing: &Thing, cause: usize) {
        for dependent in self.cascaded.remove(&referenced(thing)).unwrap_or_default() {
            self.remove(&dependent, cause);
        }
        // What views, functions and triggers refer to is not followed: they may have gone along. A table has not: it goes
        // with its schema, its parent or its type alone.
        let referring = match thing.class {
            Class::Object(ObjectKind::Function) => [ObjectKind::Trigger, ObjectKind::Table],
            Class::Object(ObjectKind::Type) => [ObjectKind::Column, ObjectKind::Function],
            _ => [ObjectKind::Table, ObjectKind::Rule],
        };
        for kind in referring {
            for other in self.seen.remove(&Class::Object(kind)).unwrap_or_default() {
                if other != *thing
                    && self.things.get(&other) == Some(&Presence::There)
                    && self.kinds.get(&other.key) != Some(&ObjectKind::Table)
                {
                    self.things.remove(&other);
                }
            }
        }
    }

    /// Takes away everything that lives in a schema.
    pub(super) fn remove_schema(&mut self, schema: &str, cause: usize) {
        let inside: Vec<Thing> = self
            .things
            .keys()
            .filter(|thing| thing.of.is_none() && thing.key.schema == schema)
            .cloned()
            .collect();
        for thing in inside {
            self.remove(&thing, cause);
        }
    }

    /// Takes away what some role owns: which of the things inside the database are still there is anybody's guess.
    pub(super) fn forget_owned(&mut self) {
        let is_certain = |thing: &Thing, presence: &Presence| {
            let stays = matches!(
                thing.class,
                Class::Object(ObjectKind::Role | ObjectKind::Database | ObjectKind::Tablespace)
            );
            stays || matches!(presence, Presence::Gone(_))
        };
        self.things
            .retain(|thing, presence| is_certain(thing, presence));
        self.fresh.clear();
    }

    /// Empties a table or type as if it had just been created: its indexes and triggers stay, to be judged on their own.
    pub(super) fn refresh(&mut self, thing: &Thing, cause: usize) {
        for dependent in self.dependents.get(thing).cloned().unwrap_or_default() {
            if !dependent.is_inherent() {
                continue;
            }
            if dependent.class == Class::Object(ObjectKind::Constraint) {
                self.remove(&dependent, cause);
            } else {
                self.set(dependent, Presence::Gone(cause));
            }
        }
    }

    /// Gives a thing another name; its parts come along.
    pub(super) fn rename(&mut self, from: &Thing, to: Thing, cause: usize) {
        if self.fresh.remove(&from.key) {
            self.fresh.insert(to.key.clone());
        }
        let needs = self.needs.remove(from).unwrap_or_default();
        for need in &needs {
            if let Some(dependents) = self.dependents.get_mut(need) {
                dependents.remove(from);
                dependents.insert(to.clone());
            }
        }
        self.needs.insert(to.clone(), needs);
        for dependent in self.dependents.remove(from).unwrap_or_default() {
            let moved = if dependent.of.as_ref() == Some(&from.key) {
                let moved = Thing {
                    of: Some(to.key.clone()),
                    ..dependent.clone()
                };
                match self.things.get(&dependent) {
                    Some(Presence::There) => self.rename(&dependent, moved.clone(), cause),
                    Some(&gone) => self.set(moved.clone(), gone),
                    None => {}
                }
                moved
            } else {
                dependent
            };
            if let Some(needs) = self.needs.get_mut(&moved)
                && needs.remove(from)
            {
                needs.insert(to.clone());
            }
            self.dependents.entry(to.clone()).or_default().insert(moved);
        }
        self.rename_uses(from, &to);
        self.set(from.clone(), Presence::Gone(cause));
        self.set(to, Presence::There);
    }

    /// What a thing uses and what uses it stay, whatever it is called.
    fn rename_uses(&mut self, from: &Thing, to: &Thing) {
        if let Some(used) = self.uses.remove(from) {
            for one in &used {
                let users = self.used_by.entry(one.clone()).or_default();
                users.remove(from);
                users.insert(to.clone());
            }
            self.uses.insert(to.clone(), used);
        }
        for user in self.used_by.remove(from).unwrap_or_default() {
            let used = self.uses.get_mut(&user).into_iter().flatten();
            for one in used.filter(|one| *one == from) {
                one.clone_from(to);
            }
            self.used_by.entry(to.clone()).or_default().insert(user);
        }
    }

    fn set(&mut self, thing: Thing, presence: Presence) {
        if thing.class == Class::Object(ObjectKind::Function) {
            self.overloads
                .entry(thing.key.clone())
                .or_default()
                .insert(thing.clone());
        }
        if presence == Presence::There {
            let seen = self.seen.entry(thing.class).or_default();
            seen.insert(thing.clone());
        }
        self.things.insert(thing, presence);
    }
}
