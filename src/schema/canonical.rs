//! One spelling for the expressions that Postgres spells in two ways: as they were first given, and
//! as they are after their own text was loaded.
//!
//! `status IN ('a', 'b')` on a `varchar` column is kept, and printed, as a cast of the whole array;
//! its text means a cast of each element, and is printed so ever after. The latter is taken.

/// Casts each element where an array of simple elements is cast as a whole.
pub(super) fn expression(text: String) -> String {
    if !text.contains("]::") {
        return text;
    }
    let mut result = String::new();
    let mut rest = text.as_str();
    while let Some(start) = find_unquoted(rest, "ARRAY[") {
        let inner = start + "ARRAY[".len();
        let rewritten = find_unquoted(&rest[inner..], "]").and_then(|length| {
            let (elements, after) = (&rest[inner..inner + length], &rest[inner + length + 1..]);
            let (data_type, after) = element_type(after)?;
            Some((cast_each(elements, data_type)?, after))
        });
        result.push_str(&rest[..inner]);
        rest = &rest[inner..];
        if let Some((elements, after)) = rewritten {
            result.push_str(&elements);
            result.push(']');
            rest = after;
        }
    }
    result.push_str(rest);
    result
}

/// A procedure without `IN` before its arguments, which Postgres prints since 14 and which goes
/// without saying.
pub(super) fn procedure(text: String) -> String {
    let Some(end) = find_unquoted(&text, "\n LANGUAGE") else {
        return text;
    };
    let (mut rest, body) = text.split_at(end);
    let mut head = String::new();
    let next = |rest| {
        let places =
            ["(IN ", ", IN "].map(|pattern| Some((find_unquoted(rest, pattern)?, pattern)));
        places.into_iter().flatten().min()
    };
    while let Some((at, pattern)) = next(rest) {
        let before = at + pattern.len() - "IN ".len();
        head.push_str(&rest[..before]);
        rest = &rest[at + pattern.len()..];
    }
    format!("{head}{rest}{body}")
}

/// The type of `::type[]` at the start, and what follows.
fn element_type(text: &str) -> Option<(&str, &str)> {
    let (data_type, after) = text.strip_prefix("::")?.split_once("[]")?;
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ' ' | '"');
    data_type.chars().all(plain).then_some((data_type, after))
}

/// The elements with a cast each, if each is a literal or a name, cast or not.
fn cast_each(elements: &str, data_type: &str) -> Option<String> {
    let mut cast = Vec::new();
    let mut rest = elements;
    loop {
        let end = find_unquoted(rest, ", ").unwrap_or(rest.len());
        let element = &rest[..end];
        let (value, types) = match find_unquoted(element, "::") {
            Some(at) => element.split_at(at),
            None => (element, ""),
        };
        let literal = value.starts_with('\'') && value.ends_with('\'');
        let name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '"' | ' ');
        let named = find_unquoted(value, " ").is_none() && value.chars().all(name);
        let type_name = |c: char| name(c) || matches!(c, ':' | '(' | ')');
        if value.is_empty() || !(literal || named) || !types.chars().all(type_name) {
            return None;
        }
        cast.push(format!("{element}::{data_type}"));
        match rest.get(end + 2..) {
            Some(next) => rest = next,
            None => return Some(cast.join(", ")),
        }
    }
}

/// Where `pattern` first stands outside of quotes.
fn find_unquoted(text: &str, pattern: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if text[at..].starts_with(pattern) => return Some(at),
            None if matches!(c, '\'' | '"') => quote = Some(c),
            None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{expression, procedure};

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(expression(text.to_owned()), expected);
        assert_eq!(expression(expected.to_owned()), expected, "it is stable");
    }

    #[test]
    fn cast_of_the_array_becomes_a_cast_of_each() {
        check(
            "CHECK (a::text = ANY (ARRAY['x]'::character varying, 'it''s, y'::character varying]::text[]))",
            "CHECK (a::text = ANY (ARRAY['x]'::character varying::text, 'it''s, y'::character varying::text]))",
        );
        check(
            "ARRAY[a.b, \"C d\"]::text[] OR x",
            "ARRAY[a.b::text, \"C d\"::text] OR x",
        );
    }

    #[test]
    fn arguments_go_in_without_saying() {
        let text = "CREATE OR REPLACE PROCEDURE s.p(IN a integer, IN b text DEFAULT 'x, IN y'::text, OUT c integer)\n LANGUAGE sql\nAS 'f(IN x)'";
        let expected = "CREATE OR REPLACE PROCEDURE s.p(a integer, b text DEFAULT 'x, IN y'::text, OUT c integer)\n LANGUAGE sql\nAS 'f(IN x)'";
        assert_eq!(procedure(text.to_owned()), expected);
        assert_eq!(procedure(expected.to_owned()), expected);
    }

    #[test]
    fn other_casts_stay() {
        for text in [
            "ARRAY[]::text[]",
            "ARRAY[a || b]::text[]",
            "a[1]::text",
            "'ARRAY[1]::text[]'",
        ] {
            check(text, text);
        }
    }
}
