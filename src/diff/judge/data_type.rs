//! What a change of type does to values and to those who send and receive them.

/// How a type is to the one that it replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TypeChange {
    /// Every value of before is one, and clients see no other type.
    Wider,
    /// Every value of before is one, but clients see another type.
    Other,
    /// The same type with less room: some values do not fit, or lose precision.
    Narrower,
    /// Another type, whose values may be others.
    Unrelated,
}

/// Compares two types as `format_type` spells them.
pub(super) fn compare(before: &str, after: &str) -> TypeChange {
    let ((one, room_before), (other, room_after)) = (parse(before), parse(after));
    if one == other {
        return match holds(&one, &room_after, &room_before) {
            true => TypeChange::Wider,
            false => TypeChange::Narrower,
        };
    }
    let all = room_after.is_empty();
    match (one.as_str(), other.as_str()) {
        ("character varying", "text") => TypeChange::Wider,
        ("text", "character varying") if all => TypeChange::Wider,
        ("text", "character varying") => TypeChange::Narrower,
        ("character", "text" | "character varying") if all => TypeChange::Other,
        ("smallint", "integer" | "bigint")
        | ("integer", "bigint")
        | ("real", "double precision")
        | ("json", "jsonb")
        | ("timestamp without time zone" | "date", "timestamp with time zone")
        | ("date", "timestamp without time zone")
        | ("character varying" | "text", "public.citext") => TypeChange::Other,
        ("smallint" | "integer" | "bigint", "numeric") if all => TypeChange::Other,
        ("bigint", "integer" | "smallint")
        | ("integer", "smallint")
        | ("double precision", "real")
        | ("numeric", "smallint" | "integer" | "bigint") => TypeChange::Narrower,
        _ => TypeChange::Unrelated,
    }
}

/// A type without its modifiers, and those.
fn parse(spelled: &str) -> (String, Vec<i64>) {
    let cut = spelled.split_once('(').and_then(|(name, rest)| {
        let (modifiers, tail) = rest.split_once(')')?;
        let modifiers = modifiers.split(',').map(|number| number.trim().parse());
        let modifiers = modifiers.collect::<Result<Vec<i64>, _>>().ok()?;
        Some((format!("{name}{tail}"), modifiers))
    });
    let (name, mut modifiers) = cut.unwrap_or_else(|| (spelled.to_owned(), Vec::new()));
    // `character` and `bit` are of one place where nothing is said, `numeric(5)` has no fraction.
    match (name.trim_end_matches("[]"), modifiers.len()) {
        ("character" | "bit", 0) => modifiers.push(1),
        ("numeric", 1) => modifiers.push(0),
        _ => {}
    }
    (name, modifiers)
}

/// Whether a type with the first room holds every value of one with the second.
fn holds(name: &str, room: &[i64], needed: &[i64]) -> bool {
    match (name.trim_end_matches("[]"), room, needed) {
        (_, [], _) => true,
        (_, _, []) => false,
        // Another length pads or refuses.
        ("character" | "bit", room, needed) => room == needed,
        ("numeric", [precision, scale], [needed_precision, needed_scale]) => {
            scale >= needed_scale && precision - scale >= needed_precision - needed_scale
        }
        (_, [room, ..], [needed, ..]) => room >= needed,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        TypeChange::{self, Narrower, Other, Unrelated, Wider},
        compare,
    };

    #[test]
    fn types() {
        let cases: [(&str, &str, TypeChange); 17] = [
            ("character varying(10)", "character varying(11)", Wider),
            ("character varying(10)", "character varying", Wider),
            ("character varying", "character varying(10)", Narrower),
            ("character varying(10)", "text", Wider),
            ("text", "character varying(10)", Narrower),
            ("integer", "bigint", Other),
            ("bigint", "integer", Narrower),
            ("numeric(10,2)", "numeric(12,2)", Wider),
            ("numeric(10,2)", "numeric(10,3)", Narrower),
            ("numeric(5)", "numeric(6,1)", Wider),
            ("numeric", "numeric(10,2)", Narrower),
            (
                "timestamp(3) with time zone",
                "timestamp with time zone",
                Wider,
            ),
            (
                "timestamp with time zone",
                "timestamp(3) with time zone",
                Narrower,
            ),
            ("character(3)", "character(4)", Narrower),
            ("text[]", "character varying(3)[]", Unrelated),
            ("text", "integer", Unrelated),
            ("shop.status", "text", Unrelated),
        ];
        for (before, after, expected) in cases {
            assert_eq!(compare(before, after), expected, "{before} -> {after}");
        }
    }
}
