//! Writes the schema as SQL that loads into an empty database: one fact a line, no alignment, an
//! object with all that stands on it, in an order in which Postgres accepts it.

mod column;
mod partition;
mod relation;
mod words;

use crate::schema::{
    model::{Definition, Grant, Id, Kind, Needs, Object, Schema, Sequence},
    names,
    order::{Order, order},
};

/// What must wait until all objects are there, in the order in which it is written.
#[derive(Clone, Copy)]
enum Stage {
    Default,
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
    late: [Vec<String>; 6],
}

impl Script<'_> {
    fn statement(&mut self, statement: impl AsRef<str>) {
        self.sql.push_str(statement.as_ref());
        self.sql.push_str(";\n");
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
    for role in &schema.roles {
        let name = words::literal(&names::unquoted(role));
        script.statement(format!(
            "DO $role$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {name}) \
             THEN CREATE ROLE {role} NOLOGIN; END IF; END $role$"
        ));
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
        .partition(|(id, _)| id.kind == Kind::EventTrigger);
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
        Definition::Domain(domain) => {
            let mut text = format!("CREATE DOMAIN {name} AS {}", domain.data_type);
            let collation = domain
                .collation
                .iter()
                .map(|name| format!("COLLATE {name}"));
            let default = domain
                .default
                .iter()
                .map(|default| format!("DEFAULT {default}"));
            let named = domain.constraints.iter().find(|part| part.kind == 'n');
            let not_null = match (named, domain.not_null) {
                (Some(part), _) => Some(format!("CONSTRAINT {} NOT NULL", part.name)),
                (None, true) => Some("NOT NULL".to_owned()),
                (None, false) => None,
            };
            let checks = domain
                .constraints
                .iter()
                .filter(|part| part.kind == 'c' && part.valid);
            let checks = checks.map(|part| format!("CONSTRAINT {} {}", part.name, part.definition));
            for line in collation.chain(default).chain(not_null).chain(checks) {
                text.push_str("\n    ");
                text.push_str(&line);
            }
            script.statement(text);
            for part in &domain.constraints {
                if !part.valid {
                    let (part, check) = (&part.name, &part.definition);
                    script.statement(format!("ALTER DOMAIN {name} ADD CONSTRAINT {part} {check}"));
                }
                if let Some(comment) = &part.comment {
                    let on = format!("CONSTRAINT {} ON DOMAIN {name}", part.name);
                    script.statement(words::comment(&on, comment));
                }
            }
        }
        Definition::Sequence(sequence) => {
            script.statement(create_sequence(sequence));
        }
        Definition::Relation(relation) => relation::write(script, id, object, relation),
    }
    remarks(
        script,
        id.kind,
        name,
        object.comment.as_deref(),
        &object.grants,
    );
}

/// Comment and grants of an object.
fn remarks(
    script: &mut Script<'_>,
    kind: Kind,
    name: &str,
    comment: Option<&str>,
    grants: &[Grant],
) {
    if let Some(comment) = comment {
        script.statement(words::comment(
            &format!("{} {name}", words::kind(kind)),
            comment,
        ));
    }
    let kind = match kind {
        Kind::View | Kind::MaterializedView => Kind::Table,
        Kind::Aggregate => Kind::Function,
        Kind::Domain | Kind::Range | Kind::Composite => Kind::Enum,
        kind => kind,
    };
    // An aggregate's arguments are spelled so in a comment, but as a function's in a grant.
    let name = name
        .replace("(*)", "()")
        .replace("(ORDER BY ", "(")
        .replace(" ORDER BY ", ", ");
    for grant in grants {
        script.statement(words::grant(
            grant,
            &format!("{} {name}", words::kind(kind)),
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
