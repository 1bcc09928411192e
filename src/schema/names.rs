//! Names and literals: quoting, and the names that Postgres chooses where the author gives none.

/// The name that an identifier stands for.
pub(in crate::schema) fn unquoted(identifier: &str) -> String {
    match identifier
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(inner) => inner.replace("\"\"", "\""),
        None => identifier.to_owned(),
    }
}

/// An identifier for a name that ends in a suffix of Postgres's choice, and so is no keyword.
pub(in crate::schema) fn quoted(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// A string literal.
pub(in crate::schema) fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    // A backslash means itself only where the server's `standard_conforming_strings` says so.
    if text.contains('\\') {
        return format!("E'{}'", quoted.replace('\\', "\\\\"));
    }
    format!("'{quoted}'")
}

/// The schema and the name of a qualified name, both still quoted.
pub(in crate::schema) fn split(qualified: &str) -> (&str, &str) {
    let mut within = false;
    let dot = qualified.char_indices().find(|(_, c)| {
        within ^= *c == '"';
        *c == '.' && !within
    });
    let (at, _) = dot.expect("the names of relations are qualified");
    (&qualified[..at], &qualified[at + 1..])
}

/// The name that Postgres makes of a table, columns and a suffix: the longer of the first two is
/// cut until all fit in 63 bytes (`makeObjectName` in Postgres's sources).
pub(in crate::schema) fn chosen_name(table: &str, columns: &str, suffix: &str) -> String {
    let room = 63 - suffix.len() - 1 - usize::from(!columns.is_empty());
    let (mut first, mut second) = (table.len(), columns.len());
    while first + second > room {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let table = &table[..table.floor_char_boundary(first)];
    let columns = &columns[..columns.floor_char_boundary(second)];
    if columns.is_empty() {
        return format!("{table}_{suffix}");
    }
    format!("{table}_{columns}_{suffix}")
}
