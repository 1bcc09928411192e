//! Ties the rows of the catalogs together: OIDs in, names out.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::schema::{
    canonical,
    model::{
        Column, Constraint, Definition, ForeignGrant, Grant, Id, Kind, Label, Needs, Object,
        Relation, Schema,
    },
    names, options, prefixes,
    read::{Catalog, ColumnRow, Oid, SequenceRow},
    roles,
};

/// A row of some catalog: which catalog, which row.
type Row = (Oid, Oid);

// The catalogs' own OIDs are fixed: see `src/include/catalog` in Postgres's sources.
const ATTRIBUTE_DEFAULT: Oid = Oid(2604);
const CLASS: Oid = Oid(1259);
const CONSTRAINT: Oid = Oid(2606);
const REWRITE: Oid = Oid(2618);
const ROLE: Oid = Oid(1260);
const TYPE: Oid = Oid(1247);

/// Builds the schema. Members of extensions, and what hangs on objects that are left out, fall away.
/// Of the roles, those are told that the schema names or that `made` holds.
pub(super) fn schema(mut catalog: Catalog, made: &BTreeSet<String>) -> Schema {
    for rows in [
        &mut catalog.types,
        &mut catalog.routines,
        &mut catalog.operators,
        &mut catalog.text_search,
        &mut catalog.foreign_data,
    ] {
        catalog.statements.append(rows);
    }
    let context = Context::new(&catalog);
    let mut schema = Schema {
        foreign_grants: foreign_grants(&catalog),
        ..Schema::default()
    };
    schema.default_privileges = catalog.default_privileges;
    schema.default_privileges.sort();

    let uncovered = catalog.uncovered.into_iter();
    schema.uncovered = uncovered
        .filter(|row| !context.members.contains(&(row.class, row.oid)))
        .map(|row| row.name)
        .collect();

    let mut columns = columns(&context, &mut schema, catalog.columns, catalog.sequences);
    catalog.constraints.sort_by_cached_key(|row| {
        // The order in which they are written: the primary key after all that is not a foreign key.
        let place = "ncxupf".find(row.constraint.kind);
        (place, names::unquoted(&row.constraint.name))
    });
    catalog.indexes.sort_by_cached_key(|row| {
        let index = &row.index;
        (index.parent.is_none(), names::unquoted(&index.name))
    });
    let mut constraints: HashMap<Oid, Vec<_>> = HashMap::new();
    for row in catalog.constraints {
        let mut constraint = row.constraint;
        constraint.definition = canonical::expression(constraint.definition);
        constraint.comment = context.comment((CONSTRAINT, row.oid), 0);
        constraint.needs = context.needs(&[(CONSTRAINT, row.oid)]);
        if goes_without_saying(&constraint) {
            continue;
        }
        constraints.entry(row.of).or_default().push(constraint);
    }
    let mut indexes: HashMap<Oid, Vec<_>> = HashMap::new();
    for row in catalog.indexes {
        let mut index = row.index;
        index.definition = canonical::expression(index.definition);
        index.comment = context.comment((CLASS, row.oid), 0);
        index.needs = context.needs(&[(CLASS, row.oid)]);
        indexes.entry(row.of).or_default().push(index);
    }
    let mut attachment_roles = BTreeSet::new();
    let mut attachments: HashMap<Oid, Vec<_>> = HashMap::new();
    for row in catalog.attachments {
        let mut attachment = row.attachment;
        attachment_roles.extend(row.roles);
        attachment_roles.extend(attachment.owner.clone());
        attachment.definition = canonical::expression(attachment.definition);
        attachment.comment = context.comment((row.class, row.oid), 0);
        attachment.needs = context.needs(&[(row.class, row.oid)]);
        attachments.entry(row.of).or_default().push(attachment);
    }

    for row in catalog.statements {
        let (mut head, mut items) = (row.head, row.items);
        let options = matches!(
            row.kind,
            Kind::ForeignDataWrapper | Kind::Server | Kind::UserMapping
        );
        if row.kind == Kind::Procedure {
            head = canonical::procedure(head);
        }
        if options && !items.is_empty() {
            head.push_str(" OPTIONS");
            items = options::spelled(&items);
        }
        let definition = Definition::Statement {
            head,
            items,
            after: row.after,
        };
        context.add(&mut schema, &[(row.class, row.oid)], definition);
    }
    for row in catalog.domains {
        let mut domain = row.domain;
        domain.constraints = constraints.remove(&row.oid).unwrap_or_default();
        context.add(&mut schema, &[(TYPE, row.oid)], Definition::Domain(domain));
    }
    for row in catalog.composites {
        let columns = columns.remove(&row.relation).unwrap_or_default();
        let rows = [(TYPE, row.oid), (CLASS, row.relation)];
        context.add(&mut schema, &rows, Definition::Composite(columns));
    }
    for row in catalog.relations {
        let mut attachments = attachments.remove(&row.oid).unwrap_or_default();
        attachments.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        let relation = Relation {
            columns: columns.remove(&row.oid).unwrap_or_default(),
            constraints: constraints.remove(&row.oid).unwrap_or_default(),
            indexes: indexes.remove(&row.oid).unwrap_or_default(),
            attachments,
            query: (row.relation.query)
                .map(|query| prefixes::without(canonical::expression(query))),
            server_options: options::spelled(&row.relation.server_options),
            ..row.relation
        };
        let mut rows = vec![(CLASS, row.oid)];
        rows.extend(row.view_rule.map(|rule| (REWRITE, rule)));
        context.add(&mut schema, &rows, Definition::Relation(Box::new(relation)));
    }
    let named = roles::named(&schema, &catalog.roles, made, attachment_roles);
    roles::add(&mut schema, catalog.roles, &named, |row, definition| {
        context.object((ROLE, row.oid), definition)
    });
    schema
}

/// Whether a `NOT NULL` constraint (of a table since Postgres 18, of a domain since 17) has nothing
/// that the column does not say by itself, as it does on earlier majors. A name of the form that
/// Postgres chooses says nothing: it tells of what the table and the column were once called.
fn goes_without_saying(constraint: &Constraint) -> bool {
    let name = names::unquoted(&constraint.name);
    let chosen = name
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .ends_with("_not_null");
    constraint.kind == 'n'
        && (chosen || !constraint.local)
        && constraint.valid
        && !constraint.no_inherit
        && constraint.comment.is_none()
}

/// The columns of each relation, with the sequences that they own. Sequences that nobody owns
/// become objects.
fn columns(
    context: &Context,
    schema: &mut Schema,
    columns: Vec<ColumnRow>,
    sequences: Vec<SequenceRow>,
) -> HashMap<Oid, Vec<Column>> {
    let mut owned: HashMap<(Oid, i32), Vec<_>> = HashMap::new();
    for row in sequences {
        let id = (CLASS, row.oid);
        let mut sequence = row.sequence;
        let (Some(table), Some(number)) = (row.of, row.number) else {
            context.add(schema, &[id], Definition::Sequence(sequence));
            continue;
        };
        sequence.comment = context.comment(id, 0);
        sequence.labels = context.labels(id, 0);
        sequence.grants = context.grants(id, 0);
        owned.entry((table, number)).or_default().push(sequence);
    }
    let mut of_relation: HashMap<Oid, Vec<Column>> = HashMap::new();
    for row in columns {
        let mut column = row.column;
        column.default = column.default.map(canonical::expression);
        column.server_options = options::spelled(&column.server_options);
        column.comment = context.comment((CLASS, row.of), row.number);
        column.labels = context.labels((CLASS, row.of), row.number);
        column.grants = context.grants((CLASS, row.of), row.number);
        column.sequences = owned.remove(&(row.of, row.number)).unwrap_or_default();
        let default = row.default_oid.map(|oid| (ATTRIBUTE_DEFAULT, oid));
        column.default_needs = context.needs(default.as_slice());
        of_relation.entry(row.of).or_default().push(column);
    }
    of_relation
}

/// Privileges on what the system and extensions bring.
fn foreign_grants(catalog: &Catalog) -> Vec<ForeignGrant> {
    let mut grants: Vec<_> = catalog
        .grants
        .iter()
        .filter_map(|row| {
            Some(ForeignGrant {
                object: row.object.clone()?,
                column: row.column.clone(),
                grant: row.grant.clone(),
            })
        })
        .collect();
    grants.sort();
    grants
}

/// What the catalogs say about rows, by row.
struct Context {
    /// The object that a row is, or is a part of.
    place: HashMap<Row, Id>,
    needs: HashMap<Row, Vec<Row>>,
    members: HashSet<Row>,
    comments: HashMap<(Row, i32), String>,
    labels: HashMap<(Row, i32), Vec<Label>>,
    owners: HashMap<Row, String>,
    grants: HashMap<(Row, i32), Vec<Grant>>,
}

impl Context {
    fn new(catalog: &Catalog) -> Self {
        let mut place = HashMap::new();
        let id = |kind, name: &str| Id {
            kind,
            name: name.to_owned(),
        };
        for row in &catalog.statements {
            place.insert((row.class, row.oid), id(row.kind, &row.name));
            for oid in &row.types {
                place.insert((TYPE, *oid), id(row.kind, &row.name));
            }
        }
        for row in &catalog.domains {
            for oid in [row.oid, row.array_type] {
                place.insert((TYPE, oid), id(Kind::Domain, &row.name));
            }
        }
        for row in &catalog.composites {
            for row_id in [
                (TYPE, row.oid),
                (TYPE, row.array_type),
                (CLASS, row.relation),
            ] {
                place.insert(row_id, id(Kind::Composite, &row.name));
            }
        }
        for row in &catalog.relations {
            let kind = match row.relkind {
                'v' => Kind::View,
                'm' => Kind::MaterializedView,
                'f' => Kind::ForeignTable,
                _ => Kind::Table,
            };
            let mut rows = vec![(CLASS, row.oid), (TYPE, row.row_type)];
            rows.extend(row.array_type.map(|oid| (TYPE, oid)));
            rows.extend(row.view_rule.map(|oid| (REWRITE, oid)));
            for row_id in rows {
                place.insert(row_id, id(kind, &row.name));
            }
        }
        for row in &catalog.sequences {
            match row.of.map(|of| place.get(&(CLASS, of)).cloned()) {
                None => place.insert((CLASS, row.oid), id(Kind::Sequence, &row.sequence.name)),
                Some(Some(table)) => place.insert((CLASS, row.oid), table),
                Some(None) => None,
            };
        }
        let parts = (catalog.indexes.iter().map(|row| ((CLASS, row.oid), row.of)))
            .chain(
                catalog
                    .constraints
                    .iter()
                    .map(|row| ((CONSTRAINT, row.oid), row.of)),
            )
            .chain(
                catalog
                    .attachments
                    .iter()
                    .map(|row| ((row.class, row.oid), row.of)),
            )
            .chain(
                catalog
                    .columns
                    .iter()
                    .filter_map(|row| Some(((ATTRIBUTE_DEFAULT, row.default_oid?), row.of))),
            );
        for (part, of) in parts {
            let whole = place.get(&(CLASS, of)).or_else(|| place.get(&(TYPE, of)));
            if let Some(whole) = whole.cloned() {
                place.insert(part, whole);
            }
        }

        let mut needs: HashMap<Row, Vec<Row>> = HashMap::new();
        let mut members = HashSet::new();
        for dependency in &catalog.dependencies {
            let row = (dependency.class, dependency.oid);
            let needed = (dependency.needed_class, dependency.needed);
            if dependency.member {
                members.insert(row);
                if let Some(whole) = place.get(&needed).cloned() {
                    place.insert(row, whole);
                }
            } else {
                needs.entry(row).or_default().push(needed);
            }
        }
        let comments = catalog
            .comments
            .iter()
            .map(|row| (((row.class, row.oid), row.number), row.text.clone()))
            .collect();
        let mut grants: HashMap<_, Vec<_>> = HashMap::new();
        for row in catalog.grants.iter().filter(|row| row.object.is_none()) {
            let held = grants
                .entry(((row.class, row.oid), row.number))
                .or_default();
            held.push(row.grant.clone());
            held.sort();
        }
        let mut labels: HashMap<_, Vec<_>> = HashMap::new();
        for row in &catalog.labels {
            let given = labels
                .entry(((row.class, row.oid), row.number))
                .or_default();
            given.push(row.label.clone());
            given.sort();
        }
        let owners = catalog
            .owners
            .iter()
            .map(|row| ((row.class, row.oid), row.owner.clone()))
            .collect();
        Self {
            place,
            needs,
            members,
            comments,
            labels,
            owners,
            grants,
        }
    }

    /// Adds the object that the first of these rows is, unless an extension brings it.
    fn add(&self, schema: &mut Schema, rows: &[Row], definition: Definition) {
        let row = rows[0];
        let (false, Some(id)) = (self.members.contains(&row), self.place.get(&row)) else {
            return;
        };
        let object = Object {
            needs: self.needs(rows),
            ..self.object(row, definition)
        };
        schema.objects.insert(id.clone(), object);
    }

    /// The object that a row is, with what is said about it.
    fn object(&self, row: Row, definition: Definition) -> Object {
        Object {
            definition,
            owner: self.owners.get(&row).cloned(),
            comment: self.comment(row, 0),
            labels: self.labels(row, 0),
            grants: self.grants(row, 0),
            needs: Needs::new(),
        }
    }

    /// What objects the rows need, themselves aside.
    fn needs(&self, rows: &[Row]) -> Needs {
        let own = rows.first().and_then(|row| self.place.get(row));
        rows.iter()
            .filter_map(|row| self.needs.get(row))
            .flatten()
            .filter_map(|needed| self.place.get(needed))
            .filter(|needed| Some(*needed) != own)
            .cloned()
            .collect()
    }

    fn comment(&self, row: Row, number: i32) -> Option<String> {
        self.comments.get(&(row, number)).cloned()
    }

    fn labels(&self, row: Row, number: i32) -> Vec<Label> {
        self.labels.get(&(row, number)).cloned().unwrap_or_default()
    }

    fn grants(&self, row: Row, number: i32) -> Vec<Grant> {
        self.grants.get(&(row, number)).cloned().unwrap_or_default()
    }
}
