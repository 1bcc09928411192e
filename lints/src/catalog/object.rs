//! Objects that are no relations: types, functions, triggers and the like.

use crate::{
    action::{ObjectKind, TypeName, Volatility},
    catalog::{Catalog, ColumnState, Key, Origin},
    name::{Ident, ObjectName},
};

/// An object that is no relation.
#[derive(Clone, Debug)]
pub struct Object {
    /// When it came to be.
    pub origin: Origin,
    /// What rules ask of some kinds.
    pub detail: ObjectDetail,
}

impl Object {
    /// The labels that the current migration added to it since its last commit, where it is an enum.
    pub(super) fn added_labels(&self) -> &[String] {
        match &self.detail {
            ObjectDetail::Enum { added, .. } => added,
            _ => &[],
        }
    }

    /// The labels that were added to an enum are committed.
    pub(super) fn forget_labels(&mut self) {
        if let ObjectDetail::Enum { added, .. } = &mut self.detail {
            added.clear();
        }
    }
}

/// What rules ask of some kinds of objects.
#[derive(Clone, Debug, Default)]
pub enum ObjectDetail {
    /// Nothing.
    #[default]
    None,
    /// A domain.
    Domain {
        /// The type under it.
        base: TypeName,
        /// It has a constraint that each value is checked against.
        constrained: bool,
    },
    /// An enum.
    Enum {
        /// Its labels; none where no migration made it.
        labels: Option<Vec<String>>,
        /// The labels that this migration added since its last commit.
        added: Vec<String>,
    },
    /// A function.
    Function {
        /// `IMMUTABLE`, `STABLE` or `VOLATILE`.
        volatility: Volatility,
        /// `LANGUAGE sql`: the planner puts the body in the place of the call where it can, and judges that.
        inlined: bool,
    },
}

/// One of the functions that share a name.
#[derive(Clone, Debug)]
pub struct Overload {
    /// The argument types, as in [`crate::action::CreateObject::arguments`].
    pub arguments: String,
    /// When it came to be.
    pub origin: Origin,
}

impl Catalog {
    /// An object of any kind. `table` tells triggers, rules and policies apart.
    pub fn object(
        &self,
        kind: ObjectKind,
        name: &ObjectName,
        table: Option<&ObjectName>,
    ) -> Option<&Object> {
        self.objects.get(&self.object_key(kind, name, table))
    }

    /// Whether this migration created the object; relations and indexes included.
    pub fn is_object_new(
        &self,
        kind: ObjectKind,
        name: &ObjectName,
        table: Option<&ObjectName>,
    ) -> bool {
        match kind {
            ObjectKind::Index => self
                .index(name)
                .is_some_and(|index| index.origin == Origin::Here),
            _ if kind.is_relation() => self.is_new(name),
            _ => {
                self.object(kind, name, table)
                    .is_some_and(|object| object.origin == Origin::Here)
                    || table.is_some_and(|table| self.is_new(table))
            }
        }
    }

    /// The domain of that name: the type under it, and whether it has constraints.
    pub fn domain(&self, name: &TypeName) -> Option<(&TypeName, bool)> {
        match &self.type_object(ObjectKind::Domain, name)?.detail {
            ObjectDetail::Domain { base, constrained } => Some((base, *constrained)),
            _ => None,
        }
    }

    /// Whether the function is volatile, as far as a migration made it; one overload that is makes it so.
    pub fn is_volatile(&self, function: &ObjectName) -> Option<bool> {
        match self.object(ObjectKind::Function, function, None)?.detail {
            ObjectDetail::Function { volatility, .. } => Some(volatility == Volatility::Volatile),
            _ => None,
        }
    }

    /// Whether a migration made the function, and made it so that Postgres certainly takes it for no immutable one.
    pub fn is_certainly_mutable(&self, function: &ObjectName) -> Option<bool> {
        match self.object(ObjectKind::Function, function, None)?.detail {
            ObjectDetail::Function {
                volatility,
                inlined,
            } => Some(volatility != Volatility::Immutable && !inlined),
            _ => None,
        }
    }

    /// The overloads of a function or procedure that stand, with their argument types.
    pub fn overloads(&self, function: &ObjectName) -> &[Overload] {
        let key = self.object_key(ObjectKind::Function, function, None).key;
        self.overloads.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The argument types of the function's overloads that this migration dropped and earlier ones made.
    pub fn overloads_dropped_here(&self, function: &ObjectName) -> &[String] {
        let key = self.object_key(ObjectKind::Function, function, None).key;
        self.dropped_overloads.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Whether this migration added labels to enums since its last commit.
    pub fn has_added_labels(&self) -> bool {
        !self.added_labels.is_empty()
    }

    /// The enums to which this migration added the label since its last commit, by name, and when they came to be.
    pub fn enums_with_added_label(&self, label: &str) -> impl Iterator<Item = (&str, Origin)> {
        let enums = self.added_labels.get(label);
        enums.into_iter().flatten().filter_map(move |key| {
            let object = self.objects.get(key)?;
            let is_added = object.added_labels().iter().any(|added| added == label);
            is_added.then_some((key.key.name.as_str(), object.origin))
        })
    }

    /// The labels of an enum that a migration made.
    pub(crate) fn labels(&self, name: &TypeName) -> Option<&[String]> {
        match &self.type_object(ObjectKind::Type, name)?.detail {
            ObjectDetail::Enum { labels, .. } => labels.as_deref(),
            _ => None,
        }
    }

    /// The labels that the values of a column can be: those of its enum, or of the one that it had before the migration
    /// made it a text.
    pub(crate) fn labels_of<'a>(&'a self, column: &'a ColumnState) -> Option<&'a [String]> {
        let own = self.labels(&column.data_type);
        own.or(column.labels.as_deref())
    }

    /// Notes that a table has a column of that type, where a migration made the type.
    pub(super) fn note_type(&mut self, table: &Key, name: &TypeName) {
        let kinds = [ObjectKind::Type, ObjectKind::Domain];
        if kinds
            .iter()
            .any(|&kind| self.type_object(kind, name).is_some())
        {
            let tables = self.typed.entry(name.name.clone()).or_default();
            tables.insert(table.clone());
        }
    }

    fn type_object(&self, kind: ObjectKind, name: &TypeName) -> Option<&Object> {
        let name = ObjectName::new(
            name.schema.clone(),
            Ident::new(name.name.clone(), Default::default()),
        );
        self.object(kind, &name, None)
    }
}
