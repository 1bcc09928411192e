//! The tables that change, and what they refer to, as a Mermaid diagram of entities.
//!
//! Mermaid's grammar takes few characters in names of attributes and types and knows no escapes: what does not fit is
//! replaced, and the true name told beside it. Source: <https://mermaid.js.org/syntax/entityRelationshipDiagram.html>

use std::collections::{BTreeMap, BTreeSet};

use rehearsal::{
    Schema, SchemaDiff,
    diff::{Action, Change},
    schema::{Column, Definition, Relation},
};

/// What a table or column is that was dropped and created anew.
const RECREATED: &str = "recreated";
/// Tables that change and are drawn; more cannot be read.
const TABLES: usize = 8;
/// Columns of a table that are drawn.
const COLUMNS: usize = 25;

/// Draws the tables whose columns or references change, or that come or go, and tells how many of them are left out; none
/// where there are none.
pub(crate) fn diagram(
    diff: &SchemaDiff,
    before: &Schema,
    after: &Schema,
) -> Option<(String, usize)> {
    let (before, after) = (tables(before), tables(after));
    let mut touched: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in diff.changes.iter().filter(|change| is_drawn(change)) {
        touched.entry(&change.object.name).or_default().push(change);
    }
    if touched.is_empty() {
        return None;
    }
    // The worst first: they are drawn even where others are left out.
    let mut touched: Vec<(&str, Vec<&Change>)> = touched.into_iter().collect();
    let worst = |changes: &[&Change]| changes.iter().map(|change| change.class).max();
    touched.sort_by_key(|(_, changes)| std::cmp::Reverse(worst(changes)));
    let left = touched.len().saturating_sub(TABLES);
    touched.truncate(TABLES);
    let mut out = "erDiagram\n".to_owned();
    let mut lines = BTreeSet::new();
    // Tables are known by their place: Mermaid gives their names as labels, which may hold any character.
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut place = |name| {
        let next = places.len();
        *places.entry(name).or_insert(next)
    };
    for (name, changes) in &touched {
        let of_table = changes.iter().find(|change| change.part.is_none());
        let (mark, now) = match of_table.map(|change| (change.action, &change.before)) {
            Some((Action::Added, _)) => (" (new)".to_owned(), after.get(name)),
            Some((Action::Removed, _)) => (" (removed)".to_owned(), before.get(name)),
            Some((Action::Renamed, Some(was))) => {
                (format!(" (was {})", short(was)), after.get(name))
            }
            Some((Action::Changed, _)) => (" (recreated)".to_owned(), after.get(name)),
            _ => (String::new(), after.get(name)),
        };
        let Some(relation) = now else { continue };
        let at = place(name);
        out.push_str(&format!(
            "    t{at}[\"{}{}\"] {{\n",
            label(short(name)),
            label(&mark)
        ));
        columns(&mut out, relation, changes, of_table.is_some());
        out.push_str("    }\n");
        for (other, key) in references(relation) {
            let other = place(other);
            lines.insert(format!("    t{at} }}o--|| t{other} : \"{}\"\n", label(key)));
        }
    }
    for (name, at) in places {
        if touched.iter().all(|(known, _)| *known != name) {
            out.push_str(&format!("    t{at}[\"{}\"]\n", label(short(name))));
        }
    }
    out.extend(lines);
    Some((out, left))
}

/// Whether a change is seen in such a picture.
fn is_drawn(change: &Change) -> bool {
    let is_table = matches!(change.object.kind.as_str(), "table" | "foreign table");
    is_table
        && match &change.part {
            None => change.action != Action::Changed || change.fact == Some(RECREATED),
            Some(part) => {
                let facts = [None, Some("type"), Some("not null"), Some(RECREATED)];
                part.kind == "column" && facts.contains(&change.fact)
                    || part.kind == "constraint" && change.fact.is_none()
            }
        }
}

fn tables(schema: &Schema) -> BTreeMap<&str, &Relation> {
    let objects = schema.objects.iter();
    let tables = objects.filter_map(|(id, object)| match &object.definition {
        Definition::Relation(relation) if relation.query.is_none() => {
            Some((id.name.as_str(), &**relation))
        }
        _ => None,
    });
    tables.collect()
}

/// The columns that change, and those of keys; all of a table that comes or goes.
fn columns(out: &mut String, relation: &Relation, changes: &[&Change], whole: bool) {
    let keys = Keys::new(relation);
    let change_of = |name: &str| {
        let mut found = changes.iter().filter(|change| {
            let part = change.part.as_ref();
            part.is_some_and(|part| part.kind == "column" && part.name == name)
        });
        let first = found.next();
        found
            .find(|change| change.action != Action::Changed)
            .or(first)
    };
    let mut shown = 0;
    let mut left = 0;
    for column in &relation.columns {
        let change = change_of(&column.name);
        if !whole && change.is_none() && !keys.has(column) {
            continue;
        }
        if shown == COLUMNS {
            left += 1;
            continue;
        }
        shown += 1;
        let remark = change.map(|change| match change.action {
            Action::Added => "added".to_owned(),
            Action::Renamed => format!("was {}", change.before.as_deref().unwrap_or_default()),
            _ if change.fact == Some(RECREATED) => RECREATED.to_owned(),
            _ => match (change.fact, &change.before) {
                (Some("type"), Some(was)) => format!("was {was}"),
                (fact, _) => format!("{} changed", fact.unwrap_or_default()),
            },
        });
        attribute(
            out,
            &column.data_type,
            &column.name,
            keys.of(column),
            remark,
        );
    }
    let removed = changes
        .iter()
        .filter(|change| change.action == Action::Removed);
    for change in removed {
        if let Some(part) = change.part.as_ref().filter(|part| part.kind == "column") {
            let data_type = change.before.as_deref().unwrap_or_default();
            // What stands behind the type in short: `bigint NOT NULL DEFAULT 1`.
            let end = [" NOT NULL", " DEFAULT", " GENERATED"]
                .iter()
                .filter_map(|word| data_type.find(word))
                .min();
            let data_type = &data_type[..end.unwrap_or(data_type.len())];
            attribute(out, data_type, &part.name, "", Some("removed".to_owned()));
        }
    }
    if left > 0 {
        attribute(out, "etc", "more", "", Some(format!("{left} more")));
    }
}

fn attribute(out: &mut String, data_type: &str, name: &str, key: &str, remark: Option<String>) {
    let (shown, as_type) = (word(name), word(&short_type(data_type)));
    let mut remarks: Vec<String> = remark.into_iter().collect();
    if shown != name {
        remarks.insert(0, name.to_owned());
    }
    let remark = match remarks.is_empty() {
        true => String::new(),
        false => format!(" \"{}\"", label(&remarks.join(": "))),
    };
    let key = if key.is_empty() {
        String::new()
    } else {
        format!(" {key}")
    };
    out.push_str(&format!("        {as_type} {shown}{key}{remark}\n"));
}

/// Which columns are keys.
struct Keys<'r> {
    primary: BTreeSet<&'r str>,
    foreign: BTreeSet<&'r str>,
}

impl<'r> Keys<'r> {
    fn new(relation: &'r Relation) -> Self {
        let of = |kind: char| {
            let constraints = relation.constraints.iter();
            constraints
                .filter(move |constraint| constraint.kind == kind)
                .flat_map(|constraint| listed(&constraint.definition))
                .collect()
        };
        Self {
            primary: of('p'),
            foreign: of('f'),
        }
    }

    fn has(&self, column: &Column) -> bool {
        !self.of(column).is_empty()
    }

    fn of(&self, column: &Column) -> &'static str {
        let name = column.name.as_str();
        match (self.primary.contains(name), self.foreign.contains(name)) {
            (true, true) => "PK, FK",
            (true, false) => "PK",
            (false, true) => "FK",
            (false, false) => "",
        }
    }
}

/// The first list in parentheses: the columns of a key.
fn listed(definition: &str) -> impl Iterator<Item = &str> {
    let list = definition
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    let list = list.map_or("", |(list, _)| list);
    list.split(',').map(str::trim)
}

/// The tables that foreign keys lead to, with the names of these.
fn references(relation: &Relation) -> impl Iterator<Item = (&str, &str)> {
    let keys = relation
        .constraints
        .iter()
        .filter(|constraint| constraint.kind == 'f');
    keys.filter_map(|key| {
        let (_, target) = key.definition.split_once(" REFERENCES ")?;
        let (table, _) = target.split_once('(')?;
        Some((table.trim(), key.name.as_str()))
    })
}

fn short(name: &str) -> &str {
    name.strip_prefix("public.").unwrap_or(name)
}

/// Types as people write them.
fn short_type(data_type: &str) -> String {
    data_type
        .replace("timestamp with time zone", "timestamptz")
        .replace("timestamp without time zone", "timestamp")
        .replace("character varying", "varchar")
        .replace("double precision", "float8")
}

/// What Mermaid takes for a name: letters, digits, `_`, `-`, brackets, no keyword of its own.
fn word(name: &str) -> String {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c >= '\u{c0}' && c.is_alphanumeric();
    let fits = |c: char| is_letter(c) || matches!(c, '_' | '-' | '(' | ')' | '[' | ']');
    let mut word: String = name
        .trim_matches('"')
        .chars()
        .map(|c| if fits(c) { c } else { '_' })
        .collect();
    let is_key = ["pk", "fk", "uk"]
        .iter()
        .any(|key| word.eq_ignore_ascii_case(key));
    if is_key {
        word.push('_');
    }
    match word.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        true => word,
        false => format!("_{word}"),
    }
}

/// A text between quotes, in which no quote, no line break and no HTML may stand.
fn label(text: &str) -> String {
    let text = crate::render::clean(text);
    text.replace('"', "'")
        // Two of them begin a directive, even between quotes.
        .replace('%', "％")
        .replace(['\n', '\t'], " ")
        .replace('<', "‹")
        .replace('>', "›")
        .replace(['#', ';'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words_of_mermaid() {
        let cases = [
            ("id", "id"),
            ("größe", "größe"),
            ("numeric(10,2)[]", "numeric(10_2)[]"),
            ("shop.status", "shop_status"),
            ("\"Odd Name\"", "Odd_Name"),
            ("1st", "_1st"),
            ("PK", "PK_"),
            ("\"\"", "_"),
            ("5 µm", "_5__m"),
        ];
        for (name, expected) in cases {
            assert_eq!(word(name), expected, "{name}");
        }
        assert_eq!(label("a \"b\"\n<i>#1;"), "a 'b' ‹i› 1 ");
    }

    #[test]
    fn the_first_list_is_the_key() {
        let definition = "FOREIGN KEY (a, \"b c\") REFERENCES s.t(x, y) ON DELETE CASCADE";
        assert_eq!(listed(definition).collect::<Vec<_>>(), ["a", "\"b c\""]);
    }
}
