//! Domains and their constraints.

use crate::schema::{
    model::{Domain, Id},
    render::{Script, Stage, words},
};

pub(super) fn write(script: &mut Script<'_>, id: &Id, domain: &Domain) {
    let name = &id.name;
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
    let (inside, after): (Vec<_>, Vec<_>) = domain
        .constraints
        .iter()
        .partition(|part| part.kind == 'n' || part.valid && script.order.has(&part.needs, id));
    let checks = inside
        .iter()
        .filter(|part| part.kind == 'c')
        .map(|part| format!("CONSTRAINT {} {}", part.name, part.definition));
    for line in collation.chain(default).chain(not_null).chain(checks) {
        text.push_str("\n    ");
        text.push_str(&line);
    }
    script.statement(text);
    for part in &domain.constraints {
        let mut statements = Vec::new();
        if after.contains(&part) {
            let (part, check) = (&part.name, &part.definition);
            statements.push(format!("ALTER DOMAIN {name} ADD CONSTRAINT {part} {check}"));
        }
        if let Some(comment) = &part.comment {
            let on = format!("CONSTRAINT {} ON DOMAIN {name}", part.name);
            statements.push(words::comment(&on, comment));
        }
        script.part(id, &part.needs, Stage::Constraint, statements);
    }
}
