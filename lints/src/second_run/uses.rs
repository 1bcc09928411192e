//! What columns, indexes and functions use: a type or function cannot be dropped under them, and a column that another is
//! computed from cannot change its type.

use crate::{
    action::{Column, CreateIndex, CreateObject, Expr, Generated, ObjectKind, TypeName},
    catalog::Key,
    name::{Ident, ObjectName},
    second_run::{
        fold::Fold,
        state::{Class, Thing},
    },
};

impl Fold<'_> {
    /// Notes what a column of a table uses.
    pub(super) fn use_in_column(&mut self, table: &Key, column: &Column) {
        let thing = Thing::column(table, &column.name.value);
        let mut used = vec![self.type_of(&column.data_type)];
        if let Some(default) = &column.default {
            used.extend(self.called(default));
        }
        if let Some(Generated::Stored(expr) | Generated::Virtual(expr)) = &column.generated {
            used.extend(self.called(expr));
            let columns = expr.columns.iter();
            used.extend(columns.map(|column| Thing::column(table, &column.value)));
        }
        self.made.insert(thing.clone(), self.index);
        self.typed.remove(&thing);
        self.state.set_uses(&thing, used);
    }

    /// A column takes another type.
    pub(super) fn use_type(&mut self, table: &Key, column: &Ident, data_type: &TypeName) {
        let used = vec![self.type_of(data_type)];
        self.use_instead(table, column, ObjectKind::Type, used);
    }

    /// A column takes another default.
    pub(super) fn use_default(&mut self, table: &Key, column: &Ident, default: Option<&Expr>) {
        let used = default.map_or_else(Vec::new, |default| self.called(default));
        self.use_instead(table, column, ObjectKind::Function, used);
    }

    /// A column uses these in the place of those of the kind.
    fn use_instead(&mut self, table: &Key, column: &Ident, kind: ObjectKind, new: Vec<Thing>) {
        let thing = Thing::column(table, &column.value);
        let old = self.state.uses(&thing).iter();
        let mut used: Vec<Thing> = old
            .filter(|used| used.class != Class::Object(kind))
            .cloned()
            .collect();
        used.extend(new);
        self.state.add_user(&thing);
        self.state.set_uses(&thing, used);
    }

    /// Notes which functions an index calls.
    pub(super) fn use_in_index(&mut self, index: &Thing, create: &CreateIndex) {
        let called = create.expressions.iter().flat_map(|expr| self.called(expr));
        let called = called.collect();
        self.made.insert(index.clone(), self.index);
        self.state.set_uses(index, called);
    }

    /// The types of a function's arguments.
    pub(super) fn types_of_arguments(&self, create: &CreateObject) -> Vec<Thing> {
        let arguments = create.arguments.as_deref().unwrap_or_default();
        let names = arguments.split(',').map(|argument| {
            let name = argument.trim().trim_end_matches("[]");
            let (schema, name) = match name.split_once('.') {
                Some((schema, name)) => (Some(schema.to_owned()), name),
                None => (None, name),
            };
            ObjectName::new(schema, Ident::new(name.to_owned(), Default::default()))
        });
        let named = names.filter(|name| !name.name().is_empty());
        named
            .map(|name| self.object(ObjectKind::Type, &name))
            .collect()
    }

    fn type_of(&self, data_type: &TypeName) -> Thing {
        let name = Ident::new(data_type.name.clone(), Default::default());
        let name = ObjectName::new(data_type.schema.clone(), name);
        self.object(ObjectKind::Type, &name)
    }

    /// The functions that an expression calls, whichever their arguments.
    fn called(&self, expr: &Expr) -> Vec<Thing> {
        let functions = expr.functions.iter();
        let any = functions.map(|name| Thing {
            arguments: Some(Thing::ANY.to_owned()),
            ..self.object(ObjectKind::Function, name)
        });
        any.collect()
    }
}
