//! `GRANT`, `REVOKE` and `ALTER DEFAULT PRIVILEGES`.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::{Action, Grant, ObjectKind},
    lower::{
        Input,
        cursor::{Cursor, find_word, fold, split_commas},
        patterns::{Reading, kind::kind, one},
    },
    name::ObjectName,
};

/// Reads what stands behind `GRANT` and `REVOKE`.
pub(super) fn read(input: Input<'_>, cursor: Cursor<'_>, revoke: bool) -> Reading {
    one(input, Action::Grant(grant(cursor, revoke)?))
}

/// Reads what stands behind `ALTER DEFAULT PRIVILEGES`.
pub(super) fn default_privileges(input: Input<'_>, mut cursor: Cursor<'_>) -> Reading {
    let problem = cursor.expected("GRANT or REVOKE");
    let before = find_word(cursor.rest(), &["grant", "revoke"]).ok_or(problem)?;
    for _ in 0..before {
        cursor.next();
    }
    let revoke = cursor.eat(&["revoke"]);
    cursor.eat(&["grant"]);
    let grant = Grant {
        objects: Vec::new(),
        default: true,
        ..grant(cursor, revoke)?
    };
    one(input, Action::Grant(grant))
}

/// Reads `ALTER GROUP role ADD USER member, …` and `DROP USER`, the old words for a membership; none where it is another
/// `ALTER GROUP`.
pub(super) fn group_members(input: Input<'_>, mut cursor: Cursor<'_>) -> Option<Reading> {
    cursor.eat(&["group"]);
    let group = cursor.ident()?;
    let revoke = cursor.eat(&["drop", "user"]);
    if !revoke && !cursor.eat(&["add", "user"]) {
        return None;
    }
    let grant = Grant {
        revoke,
        privileges: vec![group.value],
        grantees: split_commas(cursor.rest())
            .into_iter()
            .filter_map(role)
            .collect(),
        ..Grant::default()
    };
    Some(one(input, Action::Grant(grant)))
}

fn grant(mut cursor: Cursor<'_>, revoke: bool) -> Result<Grant, String> {
    cursor.eat(&["grant", "option", "for"]);
    let word = if revoke { "from" } else { "to" };
    let to = find_word(cursor.rest(), &[word])
        .ok_or_else(|| format!("expected {} and a role", word.to_uppercase()))?;
    let (what, who) = cursor.rest().split_at(to);
    let grantees = split_commas(&who[1..])
        .into_iter()
        .filter_map(role)
        .collect();
    let on = find_word(what, &["on"]);
    let (kind, objects) = match on {
        Some(on) => objects(Cursor::new(&what[on + 1..])),
        None => (None, Vec::new()),
    };
    Ok(Grant {
        revoke,
        privileges: split_commas(&what[..on.unwrap_or(what.len())])
            .into_iter()
            .filter_map(|privilege| word_of(privilege.first()?))
            .collect(),
        kind,
        objects,
        grantees,
        default: false,
    })
}

/// `[kind] name, …` and `ALL kinds IN SCHEMA …`; a name without a kind is a table's.
fn objects(mut cursor: Cursor<'_>) -> (Option<ObjectKind>, Vec<ObjectName>) {
    let plurals = [
        ("tables", ObjectKind::Table),
        ("sequences", ObjectKind::Sequence),
        ("functions", ObjectKind::Function),
        ("procedures", ObjectKind::Procedure),
        ("routines", ObjectKind::Routine),
        ("types", ObjectKind::Type),
        ("schemas", ObjectKind::Schema),
    ];
    let all = cursor.eat(&["all"]);
    if let Some((_, kind)) = plurals.iter().find(|(word, _)| cursor.at(&[word]))
        && (all || cursor.rest().len() == 1)
    {
        return (Some(*kind), Vec::new());
    }
    let kind = kind(&mut cursor).unwrap_or(ObjectKind::Table);
    let objects = split_commas(cursor.rest())
        .into_iter()
        .filter_map(|object| Cursor::new(object).object_name())
        .collect();
    (Some(kind), objects)
}

/// The role of `[GROUP] role [WITH …] [GRANTED BY …]`.
fn role(tokens: &[TokenWithSpan]) -> Option<String> {
    let mut cursor = Cursor::new(tokens);
    if tokens.len() > 1 {
        cursor.eat(&["group"]);
    }
    cursor.ident().map(|role| role.value)
}

fn word_of(token: &TokenWithSpan) -> Option<String> {
    match &token.token {
        Token::Word(word) => Some(fold(word)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::lower::brief::each;

    #[test]
    fn grants() {
        each(&[
            ("ALTER GROUP w ADD USER a, b", "grant w on -  for a,b"),
            ("ALTER GROUP w DROP USER a", "revoke w on -  for a"),
            (
                "GRANT SELECT (a, b), INSERT ON t, s.u TO r, GROUP q WITH GRANT OPTION",
                "grant select,insert on table t,s.u for r,q",
            ),
            (
                "GRANT ALL PRIVILEGES ON SCHEMA s TO PUBLIC",
                "grant all on schema s for public",
            ),
            (
                "REVOKE GRANT OPTION FOR EXECUTE ON FUNCTION f(int) FROM r CASCADE",
                "revoke execute on function f for r",
            ),
            (
                "GRANT USAGE ON ALL SEQUENCES IN SCHEMA s TO r",
                "grant usage on sequence  for r",
            ),
            ("GRANT a, b TO c", "grant a,b on -  for c"),
            (
                "ALTER DEFAULT PRIVILEGES FOR ROLE a IN SCHEMA s GRANT SELECT ON TABLES TO r",
                "grant select on table  for r default",
            ),
            (
                "ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM PUBLIC",
                "revoke all on function  for public default",
            ),
            ("GRANT a", "unknown: expected TO and a role"),
        ]);
    }
}
