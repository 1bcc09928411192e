//! What migrations say became of names: an object or a part of one that was there before, and what it is called after the
//! last of them. Two schemas alone do not tell a rename from a drop and a new object of the same shape.

use std::collections::BTreeMap;

use crate::{
    action::{
        Action, AlterClause, AlterObjectClause, AlterTable, IfExists, ObjectKind, Rename,
        RenamePart,
    },
    catalog::Catalog,
    migration::{Migration, MigrationSet},
    name::ObjectName,
    step::Step,
};

pub use crate::catalog::Key as QualifiedName;

/// What became of names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Objects that were renamed, moved or dropped.
    pub objects: Vec<ObjectFate>,
    /// Parts of objects that were renamed or dropped.
    pub parts: Vec<PartFate>,
}

/// What became of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectFate {
    /// The kind, one for all that share a namespace: [`ObjectKind::Table`] for relations, indexes and sequences too,
    /// [`ObjectKind::Type`] for domains, [`ObjectKind::Function`] for all routines.
    pub kind: ObjectKind,
    /// Its name before.
    pub before: QualifiedName,
    /// Its name after; none if it was dropped.
    pub after: Option<QualifiedName>,
    /// Whether it was dropped, and what the migrations made later has its name now.
    pub replaced: bool,
}

/// What became of a part of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartFate {
    /// The kind of the object, as in [`ObjectFate::kind`].
    pub kind: ObjectKind,
    /// The object's name after.
    pub of: QualifiedName,
    /// What it is.
    pub part: Part,
    /// Its name before.
    pub before: String,
    /// Its name after; none if it was dropped.
    pub after: Option<String>,
    /// Whether it was dropped, and what the migrations made later has its name now.
    pub replaced: bool,
}

/// A part of an object, which is named within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A column, or an attribute of a composite type.
    Column,
    /// A constraint.
    Constraint,
    /// A trigger.
    Trigger,
    /// A rule.
    Rule,
    /// A policy.
    Policy,
    /// A label of an enum.
    Label,
}

/// Follows the names through those migrations of the set for which `is_new` holds; the others are read for what they
/// leave behind.
pub fn read(set: &MigrationSet, is_new: impl Fn(&Migration) -> bool) -> History {
    let mut catalog = Catalog::default();
    let mut names = Names::default();
    for migration in set {
        catalog.begin_migration(&migration.steps);
        let new = is_new(migration);
        for step in &migration.steps {
            if new {
                names.follow(&catalog, step);
            }
            catalog.apply(step);
        }
    }
    names.history()
}

type Object = (ObjectKind, QualifiedName);
type PartName = (Object, Part, String);

/// By the name of now, the name before; none for what the new migrations made.
#[derive(Default)]
struct Names {
    objects: BTreeMap<Object, Option<QualifiedName>>,
    dropped: Vec<Object>,
    parts: BTreeMap<PartName, Option<String>>,
    dropped_parts: Vec<PartName>,
}

impl Names {
    fn follow(&mut self, catalog: &Catalog, step: &Step) {
        let object = |kind: ObjectKind, name: &ObjectName| {
            let kind = namespace(kind);
            (kind, catalog.object_key(kind, name, None).key)
        };
        match &step.action {
            Action::CreateTable(create) => {
                let there =
                    create.if_exists == IfExists::Keep && catalog.knows(&catalog.key(&create.name));
                if !there && !create.persistence.is_temporary() {
                    self.create(object(ObjectKind::Table, &create.name));
                }
            }
            Action::CreateObject(create) if create.if_exists == IfExists::Fail => {
                match (part(create.kind), &create.table) {
                    (Some(part), Some(table)) => {
                        let of = object(ObjectKind::Table, table);
                        self.create_part((of, part, create.name.name().to_owned()));
                    }
                    _ => self.create(object(create.kind, &create.name)),
                }
            }
            Action::DropObject(drop) => match (part(drop.kind), &drop.table) {
                (Some(part), Some(table)) => {
                    let of = object(ObjectKind::Table, table);
                    self.drop_part((of, part, drop.name.name().to_owned()));
                }
                _ => self.drop(object(drop.kind, &drop.name)),
            },
            Action::Rename(rename) => self.rename(catalog, rename),
            Action::SetSchema {
                kind, name, schema, ..
            } => {
                let from = object(*kind, name);
                let to = QualifiedName {
                    schema: schema.value.clone(),
                    name: from.1.name.clone(),
                };
                self.move_object(from, to);
            }
            Action::AlterTable(AlterTable { table, clause, .. }) => {
                let of = object(ObjectKind::Table, table);
                match clause {
                    AlterClause::AddColumn {
                        column,
                        if_not_exists,
                        ..
                    } => {
                        let part = (of, Part::Column, column.name.value.clone());
                        if !if_not_exists || self.dropped_parts.contains(&part) {
                            self.create_part(part);
                        }
                    }
                    AlterClause::DropColumn { name, .. } => {
                        self.drop_part((of, Part::Column, name.value.clone()));
                    }
                    AlterClause::DropConstraint { name, .. } => {
                        self.drop_part((of, Part::Constraint, name.value.clone()));
                    }
                    _ => {}
                }
            }
            Action::AlterObject(alter) => {
                let of = object(alter.kind, &alter.name);
                match &alter.clause {
                    AlterObjectClause::DropAttribute { name, .. } => {
                        self.drop_part((of, Part::Column, name.value.clone()));
                    }
                    AlterObjectClause::DropConstraint { name, .. } => {
                        self.drop_part((of, Part::Constraint, name.value.clone()));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn rename(&mut self, catalog: &Catalog, rename: &Rename) {
        let to = rename.to.value.clone();
        let kind = namespace(rename.kind);
        let of = (kind, catalog.object_key(kind, &rename.object, None).key);
        let (part, from) = match &rename.part {
            RenamePart::Column(name) | RenamePart::Attribute(name) => (Part::Column, &name.value),
            RenamePart::Constraint(name) => (Part::Constraint, &name.value),
            RenamePart::EnumValue(label) => (Part::Label, label),
            RenamePart::Object => {
                if let (Some(part), Some(table)) = (part(rename.kind), &rename.table) {
                    let of = (ObjectKind::Table, catalog.key(table));
                    let from = rename.object.name().to_owned();
                    return self.rename_part((of, part, from), to);
                }
                let schema = of.1.schema.clone();
                return self.move_object(of, QualifiedName { schema, name: to });
            }
        };
        self.rename_part((of, part, from.clone()), to);
    }

    fn create(&mut self, object: Object) {
        self.objects.insert(object, None);
    }

    fn drop(&mut self, object: Object) {
        let before = self.objects.remove(&object);
        let before = before.unwrap_or_else(|| Some(object.1.clone()));
        self.dropped.extend(before.map(|name| (object.0, name)));
    }

    fn move_object(&mut self, from: Object, to: QualifiedName) {
        let before = self.objects.remove(&from);
        let before = before.unwrap_or_else(|| Some(from.1.clone()));
        let to = (from.0, to);
        if from.0 == ObjectKind::Schema {
            self.move_schema(&from.1.name, &to.1.name);
        }
        self.move_parts(|object| {
            if *object == from {
                *object = to.clone();
            }
        });
        self.objects.insert(to, before);
    }

    /// What was renamed before goes along with its schema.
    fn move_schema(&mut self, from: &str, to: &str) {
        let moved = |object: &mut Object| {
            if object.1.schema == from {
                to.clone_into(&mut object.1.schema);
            }
        };
        self.objects = std::mem::take(&mut self.objects)
            .into_iter()
            .map(|(mut object, before)| {
                moved(&mut object);
                (object, before)
            })
            .collect();
        self.move_parts(moved);
    }

    fn move_parts(&mut self, change: impl Fn(&mut Object)) {
        self.parts = std::mem::take(&mut self.parts)
            .into_iter()
            .map(|(mut part, before)| {
                change(&mut part.0);
                (part, before)
            })
            .collect();
        for part in &mut self.dropped_parts {
            change(&mut part.0);
        }
    }

    fn create_part(&mut self, part: PartName) {
        self.parts.insert(part, None);
    }

    fn drop_part(&mut self, part: PartName) {
        let before = self.parts.remove(&part);
        let before = before.unwrap_or_else(|| Some(part.2.clone()));
        self.dropped_parts
            .extend(before.map(|name| (part.0, part.1, name)));
    }

    fn rename_part(&mut self, from: PartName, to: String) {
        let before = self.parts.remove(&from);
        let before = before.unwrap_or_else(|| Some(from.2.clone()));
        self.parts.insert((from.0, from.1, to), before);
    }

    fn history(self) -> History {
        let is_new = |object: &Object| self.objects.get(object) == Some(&None);
        let is_new_part = |part: &PartName| self.parts.get(part) == Some(&None);
        let dropped: Vec<ObjectFate> = self
            .dropped
            .iter()
            .map(|object| ObjectFate {
                kind: object.0,
                before: object.1.clone(),
                after: None,
                replaced: is_new(object),
            })
            .collect();
        let dropped_parts: Vec<PartFate> = self
            .dropped_parts
            .iter()
            .map(|dropped| {
                let ((kind, of), part, before) = dropped.clone();
                PartFate {
                    kind,
                    of,
                    part,
                    before,
                    after: None,
                    replaced: is_new_part(dropped),
                }
            })
            .collect();
        let renamed = self
            .objects
            .into_iter()
            .filter_map(|((kind, after), before)| {
                let before = before.filter(|before| *before != after)?;
                Some(ObjectFate {
                    kind,
                    before,
                    after: Some(after),
                    replaced: false,
                })
            });
        let renamed_parts =
            self.parts
                .into_iter()
                .filter_map(|(((kind, of), part, after), before)| {
                    let before = before.filter(|before| *before != after)?;
                    Some(PartFate {
                        kind,
                        of,
                        part,
                        before,
                        after: Some(after),
                        replaced: false,
                    })
                });
        History {
            objects: renamed.chain(dropped).collect(),
            parts: renamed_parts.chain(dropped_parts).collect(),
        }
    }
}

/// One kind for all that share a namespace.
fn namespace(kind: ObjectKind) -> ObjectKind {
    match kind {
        ObjectKind::Procedure | ObjectKind::Aggregate | ObjectKind::Routine => ObjectKind::Function,
        ObjectKind::Domain => ObjectKind::Type,
        kind if kind.is_relation() => ObjectKind::Table,
        kind => kind,
    }
}

fn part(kind: ObjectKind) -> Option<Part> {
    match kind {
        ObjectKind::Trigger => Some(Part::Trigger),
        ObjectKind::Rule => Some(Part::Rule),
        ObjectKind::Policy => Some(Part::Policy),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{layout, source::SourceFile};

    /// The fates, one a line, after a first migration that is not new.
    fn fates(new: &str) -> String {
        let old = "CREATE TABLE users (id int, note text); CREATE TABLE teams (id int); \
                   CREATE TYPE state AS ENUM ('new'); CREATE SCHEMA app; CREATE TABLE app.t (a int);";
        let files = vec![
            SourceFile::new("1_old.sql", old),
            SourceFile::new("2_new.sql", new),
        ];
        let set = layout::sqlx::read(files).expect("the names are sqlx's");
        let history = read(&set, |migration| migration.version > 1);
        let name = |name: &QualifiedName| format!("{}.{}", name.schema, name.name);
        let objects = history.objects.iter().map(|fate| {
            let gone = gone(fate.replaced).to_owned();
            let after = fate.after.as_ref().map_or(gone, name);
            format!("{} {} -> {after}", fate.kind, name(&fate.before))
        });
        let parts = history.parts.iter().map(|fate| {
            let after = fate.after.as_deref().unwrap_or(gone(fate.replaced));
            let of = name(&fate.of);
            format!("{:?} of {of} {} -> {after}", fate.part, fate.before)
        });
        objects.chain(parts).collect::<Vec<_>>().join("\n")
    }

    fn gone(replaced: bool) -> &'static str {
        if replaced { "replaced" } else { "dropped" }
    }

    #[test]
    fn what_is_made_anew_replaces_what_was_dropped() {
        assert_eq!(
            fates("DROP TABLE users; CREATE TABLE IF NOT EXISTS users (id int);"),
            "table public.users -> replaced"
        );
        assert_eq!(
            fates(
                "CREATE TABLE people (id int); DROP TABLE users; ALTER TABLE people RENAME TO users;"
            ),
            "table public.users -> replaced"
        );
        for guard in ["", " IF NOT EXISTS"] {
            let sql = format!(
                "ALTER TABLE users DROP COLUMN note; ALTER TABLE users ADD COLUMN{guard} note text;"
            );
            assert_eq!(fates(&sql), "Column of public.users note -> replaced");
        }
    }

    #[test]
    fn what_was_there_all_the_time_is_not_replaced() {
        assert_eq!(
            fates(
                "ALTER TABLE users ADD COLUMN IF NOT EXISTS note text; \
                 CREATE TABLE IF NOT EXISTS users (id int);"
            ),
            ""
        );
        // The one that comes to have the name is old itself.
        assert_eq!(
            fates("DROP TABLE users; ALTER TABLE teams RENAME TO users;"),
            "table public.teams -> public.users\ntable public.users -> dropped"
        );
        // It hides the table of that name.
        let temporary = fates("CREATE TEMP TABLE users (id int); DROP TABLE users;");
        assert!(!temporary.contains("replaced"), "{temporary}");
    }

    #[test]
    fn a_chain_is_one_rename() {
        assert_eq!(
            fates(
                "ALTER TABLE users RENAME TO people; ALTER TABLE people RENAME COLUMN note TO remark; \
                 ALTER TABLE people RENAME TO humans; ALTER TABLE humans RENAME remark TO comment;"
            ),
            "table public.users -> public.humans\nColumn of public.humans note -> comment"
        );
    }

    #[test]
    fn names_can_be_swapped() {
        assert_eq!(
            fates(
                "ALTER TABLE users RENAME TO spare; ALTER TABLE teams RENAME TO users; \
                 ALTER TABLE spare RENAME TO teams;"
            ),
            "table public.users -> public.teams\ntable public.teams -> public.users"
        );
    }

    #[test]
    fn a_drop_and_a_new_column_are_no_rename() {
        assert_eq!(
            fates("ALTER TABLE users DROP COLUMN note, ADD COLUMN remark text;"),
            "Column of public.users note -> dropped"
        );
    }

    #[test]
    fn what_is_new_has_no_name_before() {
        assert_eq!(
            fates("CREATE TABLE a (x int); ALTER TABLE a RENAME TO b; DROP TABLE b;"),
            ""
        );
        assert_eq!(
            fates("DROP TABLE users; CREATE TABLE users (); ALTER TABLE users RENAME TO people;"),
            "table public.users -> dropped"
        );
    }

    #[test]
    fn schemas_labels_and_parts() {
        assert_eq!(
            fates(
                "SET search_path = app; ALTER TABLE t RENAME TO u; ALTER SCHEMA app RENAME TO core; \
                 ALTER TYPE public.state RENAME VALUE 'new' TO 'fresh'; \
                 ALTER TRIGGER a ON public.users RENAME TO b; DROP POLICY p ON public.users;"
            ),
            "schema .app -> .core\ntable app.t -> core.u\nTrigger of public.users a -> b\n\
             Label of public.state new -> fresh\nPolicy of public.users p -> dropped"
        );
    }
}
