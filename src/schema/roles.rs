//! Which roles of the cluster belong to a schema, and what is said about them.

use std::collections::BTreeSet;

use crate::schema::{
    model::{Definition, Grant, Id, Kind, Needs, Object, Schema},
    names,
    read::RoleRow,
};

/// The roles that the schema names as owner or in a grant, and those that the migrations made.
pub(super) fn named(
    schema: &Schema,
    rows: &[RoleRow],
    made: &BTreeSet<String>,
    of_attachments: BTreeSet<String>,
) -> BTreeSet<String> {
    let mut named = of_attachments;
    let made = rows
        .iter()
        .filter(|row| made.contains(&names::unquoted(&row.name)));
    named.extend(made.map(|row| row.name.clone()));
    let mut grants: Vec<&Grant> = Vec::new();
    for (id, object) in &schema.objects {
        named.extend(object.owner.clone());
        grants.extend(&object.grants);
        match &object.definition {
            Definition::Relation(relation) => {
                for column in &relation.columns {
                    grants.extend(&column.grants);
                    grants.extend(column.sequences.iter().flat_map(|part| &part.grants));
                }
            }
            Definition::Statement { .. } if id.kind == Kind::UserMapping => {
                named.extend(user(&id.name));
            }
            _ => {}
        }
    }
    grants.extend(schema.foreign_grants.iter().map(|part| &part.grant));
    for part in &schema.default_privileges {
        grants.push(&part.grant);
        named.extend(part.role.clone());
    }
    named.extend(grants.into_iter().map(|grant| grant.grantee.clone()));
    named
}

/// The user of a mapping, `FOR user SERVER server`.
fn user(mapping: &str) -> Option<String> {
    let (user, _) = mapping.strip_prefix("FOR ")?.split_once(" SERVER ")?;
    Some(user.to_owned())
}

/// Adds the roles among `rows` that are `named`, with their memberships in roles that are named too
/// or predefined.
pub(super) fn add(
    schema: &mut Schema,
    rows: Vec<RoleRow>,
    named: &BTreeSet<String>,
    mut object: impl FnMut(&RoleRow, Definition) -> Object,
) {
    let id = |name: &str| Id {
        kind: Kind::Role,
        name: name.to_owned(),
    };
    for row in rows.into_iter().filter(|row| named.contains(&row.name)) {
        let groups = row
            .groups
            .iter()
            .filter(|(group, _)| named.contains(group) || group.starts_with("pg_"));
        let needs: Needs = groups.clone().map(|(group, _)| id(group)).collect();
        let memberships = groups.map(|(group, options)| {
            let with = if options.is_empty() { "" } else { " WITH " };
            format!("GRANT {group} TO {}{with}{options}", row.name)
        });
        let definition = Definition::Statement {
            head: row.head.clone(),
            items: Vec::new(),
            after: memberships.chain(row.settings.iter().cloned()).collect(),
        };
        let object = Object {
            needs,
            ..object(&row, definition)
        };
        schema.objects.insert(id(&row.name), object);
    }
}
