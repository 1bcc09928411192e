//! The tables of a schema and the foreign keys between them, as a picture shows them: what is new or gone is marked.

use std::collections::{BTreeMap, BTreeSet};

use rehearsal::{
    diff::{Action, SchemaDiff, Subject},
    schema::{Column, Constraint, Definition, Kind, Relation, Schema},
};

/// Tables, with what refers to what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Drawing {
    /// By name.
    pub(crate) tables: Vec<Table>,
    /// From the referencing table to the referenced one, by their places in `tables`.
    pub(crate) links: Vec<Link>,
    /// How many tables are left out, because they are neither touched nor next to one that is.
    pub(crate) hidden: usize,
}

/// What happened to a part of the schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// Nothing.
    #[default]
    Same,
    /// It is new.
    Added,
    /// It is of another type, or is null where it was not, and the like.
    Changed,
    /// It is gone.
    Removed,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// Its name, without the schema where that is `public`.
    pub(crate) name: String,
    /// Its name before, where it has another now.
    pub(crate) was: Option<String>,
    /// Itself, its columns aside.
    pub(crate) mark: Mark,
    /// All of its columns where it is touched, else those that are keys.
    pub(crate) columns: Vec<Cell>,
    /// How many columns are left out.
    pub(crate) more: usize,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Its name.
    pub(crate) name: String,
    /// Its name before, where it has another now.
    pub(crate) was: Option<String>,
    /// Its type.
    pub(crate) data_type: String,
    /// Its type before, where it has another now.
    pub(crate) was_type: Option<String>,
    /// `PK`, `FK`, both, or nothing.
    pub(crate) key: &'static str,
    /// What happened to it.
    pub(crate) mark: Mark,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// The referencing table's place.
    pub(crate) from: usize,
    /// The referenced table's place.
    pub(crate) to: usize,
    /// The constraint's name.
    pub(crate) name: String,
    /// The first of its columns.
    pub(crate) column: String,
    /// What happened to it.
    pub(crate) mark: Mark,
}

/// Tables that a picture shows at most.
const MOST_TABLES: usize = 60;
/// More tables than these are cut to those that are touched and their neighbours, where any are, and of the columns of
/// changed tables those that change and the keys are shown.
const WHOLE: usize = 24;

impl Drawing {
    /// Draws `schema`; what is not the same in the base is marked. Without a base nothing is.
    pub(crate) fn new(schema: &Schema, base: Option<(&Schema, &SchemaDiff)>) -> Self {
        let now = tables(schema);
        let fates = base.map_or_else(Fates::default, |(_, diff)| Fates::of(diff));
        let before = base.map_or_else(|| now.clone(), |(before, _)| fates.apply(tables(before)));
        let names: BTreeSet<&str> = now.keys().chain(before.keys()).copied().collect();
        let places: BTreeMap<&str, usize> = names.iter().copied().zip(0..).collect();
        let mut links = Vec::new();
        let mut drawn = Vec::new();
        for name in names.iter().copied() {
            let (now, before) = (now.get(name).copied(), before.get(name).copied());
            drawn.push(table(name, now, before, &fates));
            links.extend(foreign_keys(now, before).filter_map(|(constraint, mark)| {
                Some(Link {
                    from: places[name],
                    to: *places.get(references(&constraint.definition)?)?,
                    name: constraint.name.clone(),
                    column: key_columns(&constraint.definition)
                        .first()
                        .copied()
                        .unwrap_or_default()
                        .to_owned(),
                    mark,
                })
            }));
        }
        let whole = Self {
            tables: drawn,
            links,
            hidden: 0,
        };
        if whole.tables.len() > WHOLE {
            whole.cut()
        } else {
            whole
        }
    }

    /// Whether anything is not what it was.
    pub(crate) fn is_marked(&self) -> bool {
        self.tables.iter().any(Table::is_touched)
            || self.links.iter().any(|link| link.mark != Mark::Same)
    }

    /// The place of a table in the picture.
    pub(crate) fn place(&self, object: &Subject) -> Option<usize> {
        let name = short(&object.name);
        let is_it = |table: &Table| object.kind == "table" && table.name == name;
        self.tables.iter().position(is_it)
    }

    /// Only what is touched, and what stands next to it.
    fn cut(self) -> Self {
        let mut kept: BTreeSet<usize> = (0..self.tables.len())
            .filter(|&place| self.tables[place].is_touched())
            .collect();
        let ends: Vec<usize> = self
            .links
            .iter()
            .filter(|link| {
                link.mark != Mark::Same || kept.contains(&link.from) || kept.contains(&link.to)
            })
            .flat_map(|link| [link.from, link.to])
            .collect();
        kept.extend(ends);
        if kept.is_empty() {
            kept.extend(0..self.tables.len());
        }
        let kept: BTreeSet<usize> = kept.into_iter().take(MOST_TABLES).collect();
        let places: BTreeMap<usize, usize> = kept.iter().copied().zip(0..).collect();
        let hidden = self.tables.len() - kept.len();
        let is_large = kept.len() > WHOLE;
        let tables = self.tables.into_iter().enumerate();
        let links = self.links.into_iter().filter_map(|link| {
            Some(Link {
                from: *places.get(&link.from)?,
                to: *places.get(&link.to)?,
                ..link
            })
        });
        Self {
            tables: tables
                .filter(|(place, _)| kept.contains(place))
                .map(|(_, table)| if is_large { table.brief() } else { table })
                .collect(),
            links: links.collect(),
            hidden,
        }
    }
}

impl Table {
    /// Without the columns that are neither keys nor changed, where the table was there before and still is.
    fn brief(mut self) -> Self {
        if matches!(self.mark, Mark::Same | Mark::Changed) {
            let all = self.columns.len();
            self.columns
                .retain(|column| column.mark != Mark::Same || !column.key.is_empty());
            self.more += all - self.columns.len();
        }
        self
    }

    /// Whether it or a part of it is not what it was.
    pub(crate) fn is_touched(&self) -> bool {
        self.mark != Mark::Same || self.columns.iter().any(|column| column.mark != Mark::Same)
    }
}

/// What two schemas alone do not tell.
#[derive(Debug, Default)]
struct Fates<'a> {
    /// By the name now.
    tables: BTreeMap<&'a str, &'a str>,
    /// By the table's and the column's name now.
    columns: BTreeMap<(&'a str, &'a str), &'a str>,
    /// The tables, and columns of tables, that were dropped and created anew under their names.
    recreated: BTreeSet<(&'a str, Option<&'a str>)>,
}

impl<'a> Fates<'a> {
    fn of(diff: &'a SchemaDiff) -> Self {
        let mut fates = Self::default();
        let recreated = diff
            .changes
            .iter()
            .filter(|change| change.fact == Some("recreated"));
        fates.recreated = recreated
            .map(|change| {
                let part = change.part.as_ref().map(|part| part.name.as_str());
                (change.object.name.as_str(), part)
            })
            .collect();
        let renamed = diff
            .changes
            .iter()
            .filter(|change| change.action == Action::Renamed && change.object.kind == "table");
        for change in renamed {
            let Some(before) = change.before.as_deref() else {
                continue;
            };
            let table = change.object.name.as_str();
            match &change.part {
                None => {
                    fates.tables.insert(table, before);
                }
                Some(part) if part.kind == "column" => {
                    fates.columns.insert((table, &part.name), before);
                }
                Some(_) => {}
            }
        }
        fates
    }

    /// The tables of before by their names now.
    fn apply<'s>(&self, before: BTreeMap<&'s str, &'s Relation>) -> BTreeMap<&'s str, &'s Relation>
    where
        'a: 's,
    {
        let now = |old: &'s str| {
            let renamed = self.tables.iter().find(|(_, before)| **before == old);
            renamed.map_or(old, |(now, _)| *now)
        };
        before
            .into_iter()
            .map(|(name, relation)| (now(name), relation))
            .collect()
    }
}

/// The tables by their qualified names; partitions are drawn as their parent.
fn tables(schema: &Schema) -> BTreeMap<&str, &Relation> {
    let objects = schema.objects.iter();
    objects
        .filter(|(id, _)| id.kind == Kind::Table)
        .filter_map(|(id, object)| match &object.definition {
            Definition::Relation(relation) if relation.partition_of.is_none() => {
                Some((id.name.as_str(), relation.as_ref()))
            }
            _ => None,
        })
        .collect()
}

fn table(
    name: &str,
    now: Option<&Relation>,
    before: Option<&Relation>,
    fates: &Fates<'_>,
) -> Table {
    let was = fates.tables.get(name).copied();
    let mark = match (now, before) {
        (Some(_), None) => Mark::Added,
        (None, _) => Mark::Removed,
        _ if was.is_some() || fates.recreated.contains(&(name, None)) => Mark::Changed,
        _ => Mark::Same,
    };
    let shown = now.or(before);
    let keys = |column: &str| shown.map_or("", |relation| key(relation, column));
    let columns = |relation: Option<&'_ Relation>| -> Vec<Column> {
        relation.map_or_else(Vec::new, |relation| relation.columns.clone())
    };
    let (now, before) = (columns(now), columns(before));
    let find = |columns: &[Column], name: &str| -> Option<usize> {
        columns.iter().position(|column| column.name == name)
    };
    let old_name = |column: &str| fates.columns.get(&(name, column)).copied();
    let cell = |column: &Column, mark: Mark| Cell {
        was_type: find(&before, old_name(&column.name).unwrap_or(&column.name))
            .map(|place| before[place].data_type.clone())
            .filter(|was| *was != column.data_type),
        name: column.name.clone(),
        was: old_name(&column.name).map(str::to_owned),
        data_type: column.data_type.clone(),
        key: keys(&column.name),
        mark,
    };
    let mut cells: Vec<Cell> = now
        .iter()
        .map(|column| {
            let old = old_name(&column.name);
            let mark = match find(&before, old.unwrap_or(&column.name)) {
                _ if matches!(mark, Mark::Added | Mark::Removed) => mark,
                None => Mark::Added,
                Some(_) if old.is_some() => Mark::Changed,
                Some(_) if fates.recreated.contains(&(name, Some(&column.name))) => Mark::Changed,
                Some(place) if differs(&before[place], column) => Mark::Changed,
                Some(_) => Mark::Same,
            };
            cell(column, mark)
        })
        .collect();
    let gone = before.iter().filter(|column| {
        let renamed = now
            .iter()
            .any(|later| old_name(&later.name) == Some(column.name.as_str()));
        !renamed && find(&now, &column.name).is_none()
    });
    cells.extend(gone.map(|column| cell(column, Mark::Removed)));

    let touched = mark != Mark::Same || cells.iter().any(|cell| cell.mark != Mark::Same);
    let all = cells.len();
    cells.retain(|cell| touched || !cell.key.is_empty());
    Table {
        name: short(name).to_owned(),
        was: was.map(|was| short(was).to_owned()),
        mark,
        more: all - cells.len(),
        columns: cells,
    }
}

/// A name as one says it: without the schema where that is `public`.
pub(crate) fn short(name: &str) -> &str {
    name.strip_prefix("public.").unwrap_or(name)
}

/// Whether a reader of the picture would call it another column.
fn differs(before: &Column, now: &Column) -> bool {
    (&before.data_type, &before.default, before.not_null)
        != (&now.data_type, &now.default, now.not_null)
}

fn key(relation: &Relation, column: &str) -> &'static str {
    let of = |kind: char| {
        relation.constraints.iter().any(|constraint| {
            constraint.kind == kind && key_columns(&constraint.definition).contains(&column)
        })
    };
    match (of('p'), of('f')) {
        (true, true) => "PK FK",
        (true, false) => "PK",
        (false, true) => "FK",
        (false, false) => "",
    }
}

/// The foreign keys of both, each once.
fn foreign_keys<'a>(
    now: Option<&'a Relation>,
    before: Option<&'a Relation>,
) -> impl Iterator<Item = (&'a Constraint, Mark)> {
    let of = |relation: Option<&'a Relation>| -> BTreeMap<&'a str, &'a Constraint> {
        let constraints = relation
            .into_iter()
            .flat_map(|relation| &relation.constraints);
        constraints
            .filter(|constraint| constraint.kind == 'f')
            .map(|constraint| (constraint.name.as_str(), constraint))
            .collect()
    };
    let (now, before) = (of(now), of(before));
    let gone: Vec<_> = before
        .iter()
        .filter(|(name, _)| !now.contains_key(*name))
        .map(|(_, constraint)| (*constraint, Mark::Removed))
        .collect();
    now.into_iter()
        .map(move |(name, constraint)| match before.get(name) {
            None => (constraint, Mark::Added),
            Some(before) if before.definition != constraint.definition => {
                (constraint, Mark::Changed)
            }
            Some(_) => (constraint, Mark::Same),
        })
        .chain(gone)
}

/// The table that a foreign key refers to, as `pg_get_constraintdef` names it.
fn references(definition: &str) -> Option<&str> {
    let (_, rest) = split_unquoted(definition, " REFERENCES ")?;
    split_unquoted(rest, "(").map(|(name, _)| name)
}

/// The columns in the first parenthesis of a key, as SQL spells them.
fn key_columns(definition: &str) -> Vec<&str> {
    let Some((_, rest)) = split_unquoted(definition, "(") else {
        return Vec::new();
    };
    let mut rest = split_unquoted(rest, ")").map_or(rest, |(columns, _)| columns);
    let mut columns = Vec::new();
    while let Some((column, behind)) = split_unquoted(rest, ", ") {
        columns.push(column);
        rest = behind;
    }
    columns.push(rest);
    columns
}

/// What stands before and behind a separator that is in no quoted name.
fn split_unquoted<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        if c == '"' {
            quoted = !quoted;
        } else if !quoted && let Some(behind) = text[at..].strip_prefix(separator) {
            return Some((&text[..at], behind));
        }
    }
    None
}
