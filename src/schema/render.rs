//! Writes the schema as SQL that loads into an empty database: one fact a line, no alignment, an
//! object with all that stands on it, in an order in which Postgres accepts it.

mod column;
mod domain;
mod partition;
mod relation;
mod routine;
mod words;

use std::collections::BTreeSet;

pub(crate) use words::kind as kind_words;

use crate::schema::{
    model::{Definition, Grant, Id, Kind, Label, Needs, Object, Schema, Sequence},
    names,
    order::{Order, order},
};

/// What must wait until all objects are there, in the order in which it is written.
#[derive(Clone, Copy)]
enum Stage {
    Default,
    Routine,
    View,
    Constraint,
    Index,
    ForeignKey,
    Attachment,
}

/// The text so far.
struct Script<'s> {
    schema: &'s Schema,
    order: Order<'s>,
    sql: String,
    late: [Vec<String>; 7],
    /// Types of which a shell is written.
    shells: BTreeSet<Id>,
}

impl Script<'_> {
    fn statement(&mut self, statement: impl AsRef<str>) {
        self.sql.push_str(statement.as_ref());
        self.sql.push_str(";\n");
    }

    /// Writes what is told and not made.
    fn comment(&mut self, text: &str) {
        for line in text.lines() {
            self.sql.push_str(&format!("-- {line}\n"));
        }
    }

    /// Writes a part of an object here if all that it needs is there, else after all objects.
    fn part(&mut self, id: &Id, needs: &Needs, stage: Stage, statements: Vec<String>) {
        if self.order.has(needs, id) {
            statements
                .into_iter()
                .for_each(|statement| self.statement(statement));
        } else {
            self.late[stage as usize].extend(statements);
        }
    }

    fn blank_line(&mut self) {
        if !self.sql.is_empty() && !self.sql.ends_with("\n\n") {
            self.sql.push('\n');
        }
    }
}

/// The whole script.
pub(super) fn script(schema: &Schema) -> String {
    let order = order(schema);
    let mut script = Script {
        schema,
        order,
        sql: String::new(),
        late: Default::default(),
        shells: BTreeSet::new(),
    };

    for what in &schema.uncovered {
        script.sql.push_str(&format!("-- Not covered: {what}\n"));
    }
    script.blank_line();
    let routine = |id: &Id| matches!(id.kind, Kind::Function | Kind::Procedure);
    if schema.objects.keys().any(routine) {
        // A body may name what comes later.
        script.statement("SET check_function_bodies = off");
        script.blank_line();
    }
    let public = Id {
        kind: Kind::Schema,
        name: "public".to_owned(),
    };
    if !schema.objects.contains_key(&public) {
        script.blank_line();
        script.statement("DROP SCHEMA public");
    }

    let objects = script.order.objects.clone();
    // An event trigger would fire at what is made after it.
    let (last, first): (Vec<_>, Vec<_>) = objects
        .into_iter()
        .partition(|(id, _)| matches!(id.kind, Kind::EventTrigger | Kind::Subscription));
    for (id, object) in first {
        script.blank_line();
        write_object(&mut script, id, object);
    }
    script.blank_line();
    for statements in std::mem::take(&mut script.late) {
        statements
            .into_iter()
            .for_each(|statement| script.statement(statement));
    }
    script.blank_line();
    for part in &schema.foreign_grants {
        let grant = match &part.column {
            Some(column) => &words::on_column(&part.grant, column),
            None => &part.grant,
        };
        script.statement(words::grant(grant, &part.object));
    }
    script.blank_line();
    // What is made after them would be given these privileges.
    for default in &schema.default_privileges {
        let role = default.role.iter().map(|role| format!(" FOR ROLE {role}"));
        let within = default
            .schema
            .iter()
            .map(|schema| format!(" IN SCHEMA {schema}"));
        let scope: String = role.chain(within).collect();
        let grant = words::grant(&default.grant, &default.objects);
        script.statement(format!("ALTER DEFAULT PRIVILEGES{scope} {grant}"));
    }
    for (id, object) in last {
        script.blank_line();
        write_object(&mut script, id, object);
    }
    let length = script.sql.trim_end().len();
    script.sql.truncate(length);
    if !script.sql.is_empty() {
        script.sql.push('\n');
    }
    script.sql
}

fn write_object(script: &mut Script<'_>, id: &Id, object: &Object) {
    let name = &id.name;
    match &object.definition {
        Definition::Statement { head, after, .. } if id.kind == Kind::Role => {
            let literal = names::literal(&names::unquoted(name));
            script.statement(format!(
                "DO $role$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {literal}) \
                 THEN {head}; END IF; END $role$"
            ));
            after
                .iter()
                .for_each(|statement| script.statement(statement));
        }
        Definition::Statement { head, .. } if id.kind == Kind::Subscription => {
            return script.comment(&format!("{head};"));
        }
        Definition::Statement { head, .. }
            if matches!(id.kind, Kind::Function | Kind::Procedure) =>
        {
            routine::write(script, id, object, head);
        }
        Definition::Statement { head, items, after } => {
            if id.kind != Kind::Schema || name != "public" {
                script.statement(if items.is_empty() && id.kind != Kind::Enum {
                    head.clone()
                } else {
                    format!("{head} ({})", words::lines(items))
                });
            }
            after
                .iter()
                .for_each(|statement| script.statement(statement));
        }
        Definition::Composite(columns) => {
            let items: Vec<_> = columns.iter().map(column::attribute).collect();
            script.statement(format!("CREATE TYPE {name} AS ({})", words::lines(&items)));
            column::remarks(script, name, columns);
        }
        Definition::Domain(domain) => domain::write(script, id, domain),
        Definition::Sequence(sequence) => {
            script.statement(create_sequence(sequence));
        }
        Definition::Relation(relation) => relation::write(script, id, object, relation),
    }
    if let Some(owner) = &object.owner {
        script.statement(format!(
            "ALTER {} {name} OWNER TO {owner}",
            words::kind(id.kind)
        ));
    }
    remarks(
        script,
        id.kind,
        name,
        object.comment.as_deref(),
        &object.labels,
        &object.grants,
    );
}

/// Comment, security labels and grants of an object.
fn remarks(
    script: &mut Script<'_>,
    kind: Kind,
    name: &str,
    comment: Option<&str>,
    labels: &[Label],
    grants: &[Grant],
) {
    let on = format!("{} {name}", words::kind(kind));
    if let Some(comment) = comment {
        script.statement(words::comment(&on, comment));
    }
    for label in labels {
        script.statement(words::label(&on, label));
    }
    // An aggregate's arguments are spelled so in a comment, but as a function's in a grant.
    let name = name
        .replace("(*)", "()")
        .replace("(ORDER BY ", "(")
        .replace(" ORDER BY ", ", ");
    for grant in grants {
        script.statement(words::grant(
            grant,
            &format!("{} {name}", words::granted(kind)),
        ));
    }
}

fn create_sequence(sequence: &Sequence) -> String {
    let unlogged = if sequence.unlogged { "UNLOGGED " } else { "" };
    let mut text = format!("CREATE {unlogged}SEQUENCE {}", sequence.name);
    if sequence.data_type != "bigint" {
        text.push_str(&format!(" AS {}", sequence.data_type));
    }
    for option in words::sequence_options(sequence) {
        text.push(' ');
        text.push_str(&option);
    }
    text
}
