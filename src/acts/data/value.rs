//! A value for the `n`-th row of a column, as an SQL expression over `n`.

use super::catalog::Column;

/// An expression that differs from row to row wherever the type allows it.
pub(super) fn expression(column: &Column) -> String {
    let value = match column.kind.as_str() {
        "e" => {
            let labels = format!("enum_range(NULL::{})", column.type_name);
            return format!("({labels})[1 + (n - 1) % array_length({labels}, 1)]");
        }
        "r" => match column.element.as_deref().and_then(scalar_of_type) {
            Some(value) => format!("'[' || {value} || ',' || {value} || ']'"),
            None => "'empty'".to_owned(),
        },
        "m" | "c" => return "NULL".to_owned(),
        _ if column.category == "A" => match column.element.as_deref().and_then(scalar_of_type) {
            Some(value) => return format!("ARRAY[{value}]::{}", column.type_name),
            None => "'{}'".to_owned(),
        },
        _ => scalar(&column.base, column.length).unwrap_or_else(|| "n::text".to_owned()),
    };
    format!("({value})::{}", column.type_name)
}

/// Whether [`expression`] has a value that the type certainly takes.
pub(super) fn is_plain(column: &Column) -> bool {
    column.kind == "e" || scalar(&column.base, column.length).is_some()
}

/// Whether a column may take a literal of a check; enums and texts may take any.
pub(super) fn fits(literal: &str, column: &Column) -> bool {
    match column.category.as_str() {
        "N" => literal.parse::<f64>().is_ok(),
        "S" | "E" => true,
        "B" => matches!(literal, "true" | "false"),
        _ => false,
    }
}

/// The values that a check's text suggests, most likely first: its literals, and the numbers around them.
pub(super) fn literals(definition: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = definition;
    while let Some(at) = rest.find('\'') {
        let Some(end) = literal_end(&rest[at..]) else {
            break;
        };
        found.push(rest[at + 1..at + end - 1].replace("''", "'"));
        rest = &rest[at + end..];
    }
    let without_text = definition.split('\'').step_by(2);
    let numbers = without_text
        .flat_map(|part| part.split(|c: char| !c.is_ascii_digit() && c != '.'))
        .filter_map(|word| word.parse::<i64>().ok());
    for number in numbers {
        found.extend(
            [number, number.saturating_add(1), number.saturating_sub(1)]
                .map(|near| near.to_string()),
        );
    }
    found.extend(
        [
            "true",
            "false",
            "1",
            "0",
            "a",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ]
        .map(str::to_owned),
    );
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|value| seen.insert(value.clone()));
    found
}

/// The length of the quoted literal at the start of a text, quotes included.
fn literal_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'\'', Some(b'\'')) => at += 2,
            (b'\'', _) => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

/// The first value inside a partition's bound: `FROM ('2026-01-01') TO …` or `IN ('a', …)`, as an SQL literal.
pub(super) fn first_bound(bound: &str) -> Option<String> {
    let (_, values) = bound
        .split_once("FROM (")
        .or_else(|| bound.split_once("IN ("))?;
    if values.starts_with('\'') {
        let end = literal_end(values)?;
        return Some(values[..end].to_owned());
    }
    let end = values.find([',', ')'])?;
    let value = values[..end].trim();
    value.parse::<f64>().is_ok().then(|| value.to_owned())
}

fn scalar_of_type(type_name: &str) -> Option<String> {
    let base = match type_name {
        "integer" => "int4",
        "bigint" => "int8",
        "smallint" => "int2",
        "boolean" => "bool",
        "double precision" => "float8",
        "real" => "float4",
        "character varying" => "varchar",
        "character" => return None,
        "timestamp with time zone" => "timestamptz",
        "timestamp without time zone" => "timestamp",
        "time with time zone" => "timetz",
        "time without time zone" => "time",
        other => other,
    };
    scalar(base, None)
}

/// A value of a built-in type by its `pg_type.typname`.
fn scalar(base: &str, length: Option<i32>) -> Option<String> {
    let value = match base {
        "int2" | "int4" | "int8" | "numeric" | "oid" | "float4" | "float8" | "money" => {
            "n".to_owned()
        }
        "text" | "varchar" | "name" | "citext" => match length {
            // The number first, so that it survives the cut.
            Some(length) => format!("left(n || ' rehearsal', {length})"),
            None => "n || ' rehearsal'".to_owned(),
        },
        "bpchar" => format!("left(n::text, {})", length.unwrap_or(1)),
        "char" => "chr(96 + n % 26)".to_owned(),
        "bool" => "n % 2 = 1".to_owned(),
        "uuid" => "lpad(to_hex(n), 32, '0')".to_owned(),
        "json" | "jsonb" => "jsonb_build_object('n', n)".to_owned(),
        "jsonpath" => "'$.n'".to_owned(),
        "xml" => "'<n>' || n || '</n>'".to_owned(),
        "bytea" => "decode(lpad(to_hex(n), 8, '0'), 'hex')".to_owned(),
        "date" => "date '2026-01-01' + n".to_owned(),
        "timestamp" | "timestamptz" => "timestamp '2026-01-01' + n * interval '1 day'".to_owned(),
        "time" | "timetz" => "time '00:00' + n * interval '1 minute'".to_owned(),
        "interval" => "n * interval '1 day'".to_owned(),
        "inet" | "cidr" => {
            "'10.' || n / 65536 % 256 || '.' || n / 256 % 256 || '.' || n % 256 || '/32'".to_owned()
        }
        "macaddr" => "lpad(to_hex(n), 12, '0')".to_owned(),
        "macaddr8" => "lpad(to_hex(n), 16, '0')".to_owned(),
        "bit" => format!("n::bit({})", length.unwrap_or(1)),
        "varbit" => format!("n::bit({})", length.unwrap_or(32).min(32)),
        "point" => "'(' || n || ',' || n || ')'".to_owned(),
        "box" | "lseg" => "'(' || n || ',0),(0,' || n || ')'".to_owned(),
        "line" => "'{1,-1,' || n || '}'".to_owned(),
        "circle" => "'<(0,0),' || n || '>'".to_owned(),
        "path" | "polygon" => "'((0,0),(1,1),(' || n || ',0))'".to_owned(),
        "tsvector" => "'n' || n".to_owned(),
        "tsquery" => "'n' || n".to_owned(),
        "pg_lsn" => "'0/' || upper(to_hex(n))".to_owned(),
        "hstore" => "'n=>' || n".to_owned(),
        "ltree" => "'n.' || n".to_owned(),
        _ => return None,
    };
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_suggests_its_own_literals_first() {
        let found = literals("CHECK ((kind = ANY (ARRAY['it''s'::text, 'b'::text])))");
        assert_eq!(&found[..2], ["it's", "b"]);
    }

    #[test]
    fn a_check_suggests_the_numbers_around_its_own() {
        let found = literals("CHECK ((amount > 10))");
        assert_eq!(&found[..3], ["10", "11", "9"]);
    }

    #[test]
    fn the_lower_bound_is_inside() {
        let value = |bound| first_bound(bound);
        assert_eq!(
            value("FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')").as_deref(),
            Some("'2026-01-01'")
        );
        assert_eq!(
            value("FOR VALUES IN ('it''s', 'b')").as_deref(),
            Some("'it''s'")
        );
        assert_eq!(value("FOR VALUES FROM (10) TO (20)").as_deref(), Some("10"));
        assert_eq!(value("FOR VALUES FROM (MINVALUE) TO (20)"), None);
        assert_eq!(value("DEFAULT"), None);
    }
}
