//! Columns: their line in `CREATE TABLE`, and the statements that follow it.

use crate::schema::{
    model::{Column, Constraint, Id, Kind, Relation, Sequence},
    names,
    render::{Script, create_sequence, remarks as object_remarks, words},
};

/// An attribute of a composite type.
pub(super) fn attribute(column: &Column) -> String {
    let mut text = format!("{} {}", column.name, column.data_type);
    push(&mut text, "COLLATE", column.collation.as_ref());
    text
}

/// What a column's line says after its name and type.
pub(super) struct Line<'s> {
    pub(super) table: &'s Id,
    pub(super) column: &'s Column,
    pub(super) relation: &'s Relation,
    /// Whether the default's needs are there already.
    pub(super) with_default: bool,
}

impl Line<'_> {
    /// The column as `CREATE TABLE` declares it.
    pub(super) fn text(&self) -> String {
        let column = self.column;
        let data_type = match self.serial() {
            Some(serial) => serial,
            None if self.relation.of_type.is_some() => "WITH OPTIONS",
            None => &column.data_type,
        };
        let mut text = format!("{} {data_type}", column.name);
        push(&mut text, "COMPRESSION", column.compression.as_ref());
        text.push_str(&words::server_options(&column.server_options));
        text.push_str(&self.qualifiers());
        text
    }

    /// What follows the type.
    pub(super) fn qualifiers(&self) -> String {
        let column = self.column;
        let mut text = String::new();
        if self.relation.of_type.is_none() {
            push(&mut text, "COLLATE", column.collation.as_ref());
        }
        match (&column.default, column.generated) {
            (Some(expression), Some(generated)) => {
                let mode = if generated == 's' {
                    "STORED"
                } else {
                    "VIRTUAL"
                };
                text.push_str(&format!(" GENERATED ALWAYS AS ({expression}) {mode}"));
            }
            (Some(_), None) if self.serial().is_some() || !self.with_default => {}
            (default, _) => push(&mut text, "DEFAULT", default.as_ref()),
        }
        if let Some(identity) = identity(column) {
            text.push_str(&self.identity(identity));
        }
        match self
            .relation
            .constraints
            .iter()
            .find(|part| is_not_null(part, column))
        {
            Some(part) if !part.valid => {}
            Some(part) => {
                push(&mut text, "CONSTRAINT", Some(&part.name));
                text.push_str(if part.no_inherit {
                    " NOT NULL NO INHERIT"
                } else {
                    " NOT NULL"
                });
            }
            // Serial and identity columns are so by themselves.
            None if column.not_null && self.serial().is_none() && identity(column).is_none() => {
                text.push_str(" NOT NULL");
            }
            None => {}
        }
        text
    }

    fn identity(&self, sequence: &Sequence) -> String {
        let always = self.column.identity == Some('a');
        let mode = if always { "ALWAYS" } else { "BY DEFAULT" };
        let mut options = words::sequence_options(sequence);
        if sequence.name != self.own_sequence() {
            options.insert(0, format!("SEQUENCE NAME {}", sequence.name));
        }
        if sequence.unlogged != self.relation.unlogged {
            options.push(
                if sequence.unlogged {
                    "UNLOGGED"
                } else {
                    "LOGGED"
                }
                .to_owned(),
            );
        }
        let options = match options.join(" ") {
            options if options.is_empty() => options,
            options => format!(" ({options})"),
        };
        format!(" GENERATED {mode} AS IDENTITY{options}")
    }

    /// `bigserial` and its kin, where that says all there is to say.
    fn serial(&self) -> Option<&'static str> {
        let column = self.column;
        let [sequence] = column.sequences.as_slice() else {
            return None;
        };
        let serial = match column.data_type.as_str() {
            "smallint" => "smallserial",
            "integer" => "serial",
            "bigint" => "bigserial",
            _ => return None,
        };
        let default = format!("nextval({}::regclass)", names::literal(&sequence.name));
        let plain = column.not_null
            && self.with_default
            && self.relation.of_type.is_none()
            && column.identity.is_none()
            && column.default.as_ref() == Some(&default)
            && sequence.data_type == column.data_type
            && sequence.name == self.own_sequence()
            && sequence.unlogged == self.relation.unlogged
            && words::sequence_options(sequence).is_empty()
            && !self
                .relation
                .constraints
                .iter()
                .any(|part| is_not_null(part, column));
        plain.then_some(serial)
    }

    /// The name that Postgres gives to the sequence of a serial or identity column.
    fn own_sequence(&self) -> String {
        let (schema, table) = names::split(&self.table.name);
        let column = names::unquoted(&self.column.name);
        let name = names::chosen_name(&names::unquoted(table), &column, "seq");
        format!("{schema}.{}", names::quoted(&name))
    }

    /// Sequences that must be there before the table.
    pub(super) fn sequences_before(&self) -> Vec<String> {
        if self.serial().is_some() || identity(self.column).is_some() {
            return Vec::new();
        }
        self.column.sequences.iter().map(create_sequence).collect()
    }

    /// What the table's statement could not say about the column.
    pub(super) fn statements_after(&self, script: &mut Script<'_>) {
        let Self { table, column, .. } = self;
        let Id { name: table, .. } = table;
        let alter = format!("ALTER TABLE ONLY {table} ALTER COLUMN {}", column.name);
        for sequence in &column.sequences {
            if self.serial().is_none() && identity(column).is_none() {
                let owner = format!("{table}.{}", column.name);
                let sequence = &sequence.name;
                script.statement(format!("ALTER SEQUENCE {sequence} OWNED BY {owner}"));
            }
            let comment = sequence.comment.as_deref();
            object_remarks(
                script,
                Kind::Sequence,
                &sequence.name,
                comment,
                &sequence.labels,
                &sequence.grants,
            );
        }
        if let Some(storage) = &column.storage {
            script.statement(format!("{alter} SET STORAGE {storage}"));
        }
        if let Some(target) = column.statistics {
            script.statement(format!("{alter} SET STATISTICS {target}"));
        }
        if !column.options.is_empty() {
            script.statement(format!("{alter} SET ({})", column.options.join(", ")));
        }
    }
}

/// Comments and grants on columns.
pub(super) fn remarks(script: &mut Script<'_>, name: &str, columns: &[Column]) {
    for column in columns {
        if let Some(comment) = &column.comment {
            let on = format!("COLUMN {name}.{}", column.name);
            script.statement(words::comment(&on, comment));
        }
        for label in &column.labels {
            let on = format!("COLUMN {name}.{}", column.name);
            script.statement(words::label(&on, label));
        }
        for grant in &column.grants {
            let grant = words::on_column(grant, &column.name);
            script.statement(words::grant(&grant, &format!("TABLE {name}")));
        }
    }
}

/// The sequence of an identity column. A partition has none: its parent's serves it.
fn identity(column: &Column) -> Option<&Sequence> {
    column.identity.and(column.sequences.first())
}

fn is_not_null(constraint: &Constraint, column: &Column) -> bool {
    constraint.kind == 'n' && constraint.column.as_ref() == Some(&column.name)
}

fn push(text: &mut String, word: &str, value: Option<&String>) {
    if let Some(value) = value {
        text.push_str(&format!(" {word} {value}"));
    }
}
