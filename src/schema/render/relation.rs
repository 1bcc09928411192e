//! Tables, partitions and views, with all that stands on them.

use crate::schema::{
    model::{
        Attachment, AttachmentKind, Column, Constraint, Definition, Id, Index, Kind, Object,
        Relation,
    },
    render::{
        Script, Stage,
        column::{self, Line},
        partition, words,
    },
};

pub(super) fn write(script: &mut Script<'_>, id: &Id, object: &Object, relation: &Relation) {
    let differences = partition::differences(script, id, relation);
    match (&relation.query, &differences) {
        (Some(query), _) => view(script, id, object, relation, query),
        (None, Some(items)) => table(script, id, relation, Some(items)),
        (None, None) => table(script, id, relation, None),
    }
    for index in &relation.indexes {
        if index.parent.is_none() || differences.is_none() {
            write_index(script, id, index);
        }
    }
    // A partition must have its parent's checks before it is attached.
    for constraint in &relation.constraints {
        write_constraint(script, id, relation, constraint);
    }
    if let (Some(parent), Some(bound), None) = (
        &relation.partition_of,
        &relation.partition_bound,
        &differences,
    ) {
        let name = &id.name;
        script.statement(format!(
            "ALTER TABLE ONLY {parent} ATTACH PARTITION {name} {bound}"
        ));
    }
    index_marks(script, id, relation);
    row_security(script, id, relation);
    for attachment in &relation.attachments {
        write_attachment(script, id, attachment);
    }
    column::remarks(script, &id.name, &relation.columns);
}

/// Writes the table itself; as `PARTITION OF` its parent where only these `differences` are to tell.
fn table(script: &mut Script<'_>, id: &Id, relation: &Relation, differences: Option<&Vec<String>>) {
    let name = &id.name;
    let ready: Vec<bool> = relation
        .columns
        .iter()
        .map(|part| script.order.has(&part.default_needs, id))
        .collect();
    let lines = relation
        .columns
        .iter()
        .zip(ready)
        .map(|(column, with_default)| Line {
            table: id,
            column,
            relation,
            with_default,
        });
    let lines: Vec<Line<'_>> = lines.collect();
    for statement in lines.iter().flat_map(Line::sequences_before) {
        script.statement(statement);
    }

    let inherits = inherits_in_order(relation);
    let mut items = Vec::new();
    for line in &lines {
        let typed = relation.of_type.is_some() && line.qualifiers().is_empty();
        if !typed && (!inherits || line.column.local) {
            items.push(line.text());
        }
    }
    for constraint in relation
        .constraints
        .iter()
        .filter(|part| stands_inside(part, relation))
    {
        if script.order.has(&constraint.needs, id) {
            items.push(format!(
                "CONSTRAINT {} {}",
                constraint.name, constraint.definition
            ));
        }
    }
    let sort = match (&relation.server, relation.unlogged) {
        (Some(_), _) => "FOREIGN ",
        (None, true) => "UNLOGGED ",
        (None, false) => "",
    };
    let of = relation
        .of_type
        .as_ref()
        .map_or(String::new(), |of| format!(" OF {of}"));
    let mut text = format!("CREATE {sort}TABLE {name}{of}");
    match (
        differences,
        &relation.partition_of,
        &relation.partition_bound,
    ) {
        (Some(items), Some(parent), Some(bound)) => {
            text.push_str(&format!(" PARTITION OF {parent}"));
            if !items.is_empty() {
                text.push_str(&format!(" ({})", words::lines(items)));
            }
            text.push_str(&format!(" {bound}"));
        }
        _ if items.is_empty() && relation.of_type.is_some() => {}
        _ => text.push_str(&format!(" ({})", words::lines(&items))),
    }
    if inherits && !relation.inherits.is_empty() {
        text.push_str(&format!("\nINHERITS ({})", relation.inherits.join(", ")));
    }
    if let Some(key) = &relation.partition_key {
        text.push_str(&format!("\nPARTITION BY {key}"));
    }
    if let Some(method) = &relation.access_method {
        text.push_str(&format!("\nUSING {method}"));
    }
    if !relation.options.is_empty() {
        text.push_str(&format!("\nWITH ({})", relation.options.join(", ")));
    }
    if let Some(server) = &relation.server {
        text.push_str(&format!("\nSERVER {server}"));
        text.push_str(&words::server_options(&relation.server_options));
    }
    if let Some(tablespace) = tablespace(script, relation) {
        text.push_str(&format!("\nTABLESPACE {tablespace}"));
    }
    script.statement(text);
    if !inherits {
        for parent in &relation.inherits {
            script.statement(format!("ALTER TABLE {name} INHERIT {parent}"));
        }
    }
    for line in &lines {
        line.statements_after(script);
        let default = line
            .column
            .default
            .as_ref()
            .filter(|_| line.column.generated.is_none());
        let alter = format!("ALTER TABLE ONLY {name} ALTER COLUMN {}", line.column.name);
        let needs = &line.column.default_needs;
        if let (Some(default), false) = (default, line.with_default) {
            let statement = format!("{alter} SET DEFAULT {default}");
            script.part(id, needs, Stage::Default, vec![statement]);
        }
        if inherits && !line.column.local {
            let parent = parent_column(script, relation, line.column);
            let (theirs, nullable) = parent.map_or((None, false), |parent| {
                (parent.default.clone(), !parent.not_null)
            });
            match default {
                Some(default) if theirs.as_ref() != Some(default) => {
                    let statement = format!("{alter} SET DEFAULT {default}");
                    script.part(id, needs, Stage::Default, vec![statement]);
                }
                None if theirs.is_some() && line.column.generated.is_none() => {
                    script.statement(format!("{alter} DROP DEFAULT"));
                }
                _ => {}
            }
            if line.column.not_null && nullable {
                script.statement(format!("{alter} SET NOT NULL"));
            }
        }
    }
    match relation.replica_identity {
        'f' => script.statement(format!("ALTER TABLE ONLY {name} REPLICA IDENTITY FULL")),
        'n' => script.statement(format!("ALTER TABLE ONLY {name} REPLICA IDENTITY NOTHING")),
        _ => {}
    }
}

/// The tablespace to name. A partition without one must say so where its parent's would be taken.
fn tablespace<'s>(script: &Script<'s>, relation: &'s Relation) -> Option<&'s str> {
    let parent = relation.partition_of.iter().find_map(|name| {
        let id = Id {
            kind: Kind::Table,
            name: name.clone(),
        };
        match &script.schema.objects.get(&id)?.definition {
            Definition::Relation(parent) => parent.tablespace.as_deref(),
            _ => None,
        }
    });
    let foreign = relation.server.is_some();
    (relation.tablespace.as_deref()).or(parent.filter(|_| !foreign).and(Some("pg_default")))
}

/// Whether `INHERITS` gives the columns in their order: those of the parents first.
fn inherits_in_order(relation: &Relation) -> bool {
    relation.partition_of.is_none()
        && relation
            .columns
            .is_sorted_by_key(|column| !column.inherited)
        && (!relation.inherits.is_empty() || relation.columns.iter().all(|part| !part.inherited))
}

fn parent_column<'s>(
    script: &Script<'s>,
    relation: &Relation,
    column: &Column,
) -> Option<&'s Column> {
    relation.inherits.iter().find_map(|parent| {
        let id = Id {
            kind: Kind::Table,
            name: parent.clone(),
        };
        let Definition::Relation(parent) = &script.schema.objects.get(&id)?.definition else {
            return None;
        };
        parent
            .columns
            .iter()
            .find(|theirs| theirs.name == column.name)
    })
}

fn view(script: &mut Script<'_>, id: &Id, object: &Object, relation: &Relation, query: &str) {
    let name = &id.name;
    let options = match relation.options.join(", ") {
        options if options.is_empty() => options,
        options => format!(" WITH ({options})"),
    };
    let method = relation
        .access_method
        .as_ref()
        .map_or(String::new(), |am| format!(" USING {am}"));
    if id.kind == Kind::MaterializedView {
        let data = if relation.populated {
            ""
        } else {
            "\nWITH NO DATA"
        };
        let tablespace = relation.tablespace.iter();
        let tablespace: String = tablespace
            .map(|name| format!(" TABLESPACE {name}"))
            .collect();
        script.statement(format!(
            "CREATE MATERIALIZED VIEW {name}{method}{options}{tablespace} AS\n{query}{data}"
        ));
        for column in &relation.columns {
            let line = Line {
                table: id,
                column,
                relation,
                with_default: true,
            };
            line.statements_after(script);
        }
        return;
    }
    if script.order.has(&object.needs, id) {
        script.statement(format!("CREATE VIEW {name}{options} AS\n{query}"));
    } else {
        // Views that need each other: a shell with the right columns first, the query when all are there.
        let shell = relation.columns.iter().map(|column| {
            let collation = column
                .collation
                .iter()
                .map(|name| format!(" COLLATE {name}"));
            let collation: String = collation.collect();
            format!("NULL::{}{collation} AS {}", column.data_type, column.name)
        });
        let shell: Vec<_> = shell.collect();
        script.statement(format!(
            "CREATE VIEW {name} AS SELECT{}",
            words::lines(&shell).trim_end()
        ));
        let full = format!("CREATE OR REPLACE VIEW {name}{options} AS\n{query}");
        script.late[Stage::View as usize].push(full);
    }
    for column in &relation.columns {
        if let Some(default) = &column.default {
            let alter = format!("ALTER TABLE ONLY {name} ALTER COLUMN {}", column.name);
            let statement = format!("{alter} SET DEFAULT {default}");
            script.part(id, &column.default_needs, Stage::Default, vec![statement]);
        }
    }
}

fn write_index(script: &mut Script<'_>, id: &Id, index: &Index) {
    if index.of_constraint {
        return;
    }
    let mut text = index.definition.clone();
    if !index.valid && !index.partitioned {
        text = format!(
            "-- INVALID: its build failed half-way; it takes writes but serves no query\n{text}"
        );
    }
    if !index.valid && index.partitioned {
        // It becomes invalid again only if the partitions that lack it are there already.
        script.late[Stage::Index as usize].push(text);
        return;
    }
    script.part(id, &index.needs, Stage::Index, vec![text]);
}

/// What is said by index, of a constraint or not.
fn index_marks(script: &mut Script<'_>, id: &Id, relation: &Relation) {
    let table = &id.name;
    for index in &relation.indexes {
        let Index {
            name, full_name, ..
        } = index;
        let mut statements = Vec::new();
        if let (Some(parent), false) = (&index.parent, index.parent_valid) {
            let attach = format!("ALTER INDEX {parent} ATTACH PARTITION {full_name}");
            script.late[Stage::Index as usize].push(attach);
        }
        if index.of_constraint && !index.options.is_empty() {
            statements.push(format!(
                "ALTER INDEX {full_name} SET ({})",
                index.options.join(", ")
            ));
        }
        if let Some(tablespace) = &index.tablespace {
            statements.push(format!(
                "ALTER INDEX {full_name} SET TABLESPACE {tablespace}"
            ));
        }
        for (column, target) in &index.statistics {
            statements.push(format!(
                "ALTER INDEX {full_name} ALTER COLUMN {column} SET STATISTICS {target}"
            ));
        }
        if index.clustered {
            statements.push(format!("ALTER TABLE {table} CLUSTER ON {name}"));
        }
        if index.replica_identity {
            statements.push(format!(
                "ALTER TABLE ONLY {table} REPLICA IDENTITY USING INDEX {name}"
            ));
        }
        if let Some(comment) = &index.comment {
            statements.push(words::comment(&format!("INDEX {full_name}"), comment));
        }
        if !index.valid && index.partitioned {
            script.late[Stage::Index as usize].extend(statements);
        } else {
            script.part(id, &index.needs, Stage::Index, statements);
        }
    }
}

/// Whether a constraint stands within `CREATE TABLE`: foreign keys follow, and so does what is not
/// valid, since it would be in a new table.
fn stands_inside(constraint: &Constraint, relation: &Relation) -> bool {
    let inherited = !constraint.local && relation.partition_of.is_none();
    let unvalidated = constraint.definition.ends_with("NOT VALID");
    !matches!(constraint.kind, 'f' | 'n') && !inherited && !unvalidated
}

/// Writes a constraint that could not stand inside, and the comment on any.
fn write_constraint(script: &mut Script<'_>, id: &Id, relation: &Relation, part: &Constraint) {
    let (table, name) = (&id.name, &part.name);
    let mut statements = Vec::new();
    let ready = script.order.has(&part.needs, id);
    let inside = match part.kind {
        'n' => part.valid,
        _ => stands_inside(part, relation) && ready,
    };
    // What the parent gets late, it hands down by then.
    let inherited = !part.local && (relation.partition_of.is_none() || !ready);
    if !inside && !inherited {
        let definition = &part.definition;
        statements.push(format!(
            "ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"
        ));
    }
    if let Some(comment) = &part.comment {
        statements.push(words::comment(
            &format!("CONSTRAINT {name} ON {table}"),
            comment,
        ));
    }
    let stage = if part.kind == 'f' {
        Stage::ForeignKey
    } else {
        Stage::Constraint
    };
    script.part(id, &part.needs, stage, statements);
}

fn row_security(script: &mut Script<'_>, id: &Id, relation: &Relation) {
    let table = &id.name;
    if relation.row_security {
        script.statement(format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"));
    }
    if relation.force_row_security {
        script.statement(format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"));
    }
}

fn write_attachment(script: &mut Script<'_>, id: &Id, part: &Attachment) {
    let Attachment { name, .. } = part;
    let mut statements = vec![part.definition.clone()];
    statements.extend(part.state.clone());
    if let Some(owner) = &part.owner {
        statements.push(format!("ALTER STATISTICS {name} OWNER TO {owner}"));
    }
    if let Some(comment) = &part.comment {
        let on = match part.kind {
            AttachmentKind::Statistics => format!("STATISTICS {name}"),
            AttachmentKind::Trigger => format!("TRIGGER {name} ON {}", id.name),
            AttachmentKind::Rule => format!("RULE {name} ON {}", id.name),
            AttachmentKind::Policy => format!("POLICY {name} ON {}", id.name),
        };
        statements.push(words::comment(&on, comment));
    }
    script.part(id, &part.needs, Stage::Attachment, statements);
}
