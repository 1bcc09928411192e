//! Changes SQL by its tokens and statements, so that most of what comes out still is nearly SQL.

use std::ops::Range;

use rehearsal_lints::{SourceFile, statement};

/// Pieces around which real files have their limits: quotes, nesting, what guards and what opens a body.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    ".",
    "'",
    "\"",
    "$$",
    "$a$",
    "/*",
    "*/",
    "--",
    "\n",
    "\0",
    "\\",
    "::",
    "é",
    "\u{feff}",
    " AND ",
    " OR ",
    " NOT ",
    " NULL ",
    " CASE WHEN ",
    " THEN ",
    " ELSE ",
    " END ",
    " IF ",
    " IF EXISTS ",
    " IF NOT EXISTS ",
    " OR REPLACE ",
    " CASCADE ",
    " CONCURRENTLY ",
    " BEGIN ",
    " BEGIN ATOMIC ",
    " LOOP ",
    " EXCEPTION WHEN duplicate_table THEN ",
    " EXECUTE ",
    " PERFORM ",
    " INTO ",
    " DECLARE ",
    " SELECT ",
    " WITH a AS (",
    " UNION ",
    " AS ",
    " LANGUAGE sql ",
    " LANGUAGE plpgsql ",
    "E'",
    "U&'",
    " UESCAPE ",
    "\\.\n",
    " COPY t FROM stdin;\n",
    " NOT VALID ",
    " USING ",
    " DEFAULT ",
    " ARRAY[",
    " int",
    "[]",
    "(10, 2)",
    " NOT NULL ",
    " PRIMARY KEY ",
    " REFERENCES t ",
    " CHECK (",
    " UNIQUE ",
    " ADD COLUMN ",
    " DROP COLUMN ",
    " RENAME TO ",
    " SET ",
    "\nSAVEPOINT a;\n",
    "\nROLLBACK;\n",
    "\n-- rehearsal: allow(drop-table): why\n",
    "-- no-transaction\n",
];

/// What the fuzzer's number decides.
pub struct Choice(u64);

impl Choice {
    /// Begins with the fuzzer's seed.
    pub fn new(seed: u32) -> Self {
        Self(u64::from(seed) | 1 << 40)
    }

    /// A number below `end`, which must not be 0.
    fn below(&mut self, end: usize) -> usize {
        // Vigna's xorshift64*: <https://doi.org/10.1145/2845077>
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        (!all.is_empty()).then(|| &all[self.below(all.len())])
    }
}

/// Makes one to four changes.
pub fn mutate(text: &str, choice: &mut Choice) -> String {
    let mut text = text.to_owned();
    for _ in 0..=choice.below(4) {
        text = change(&text, choice);
    }
    text
}

/// A statement or a few tokens of `other` take a place in `text`, between or instead of its own.
pub fn splice(text: &str, other: &str, choice: &mut Choice) -> String {
    let (places, sources) = if choice.below(2) == 0 {
        (statements(text), statements(other))
    } else {
        (tokens(text), tokens(other))
    };
    let (Some(at), Some(from)) = (choice.of(&places), choice.of(&sources)) else {
        return format!("{text};\n{other}");
    };
    let end = if choice.below(2) == 0 {
        at.start
    } else {
        at.end
    };
    replace(text, at.start..end, &format!("{} ", &other[from.clone()]))
}

fn change(text: &str, choice: &mut Choice) -> String {
    let whole = choice.below(3) == 0;
    let places = if whole {
        statements(text)
    } else {
        tokens(text)
    };
    let piece = PIECES[choice.below(PIECES.len())];
    let (Some(one), Some(two)) = (choice.of(&places).cloned(), choice.of(&places).cloned()) else {
        return format!("{text}{piece}");
    };
    let end = if whole { ";\n" } else { " " };
    let (first, last) = (one.start.min(two.start), one.end.max(two.end));
    match choice.below(9) {
        0 => replace(text, one, ""),
        1 => replace(
            text,
            two.start..two.start,
            &format!("{}{end}", &text[one.clone()]),
        ),
        2 => replace(text, two, &text[one]),
        3 => replace(text, one.start..one.start, piece),
        4 => replace(text, one, piece),
        5 => replace(text, first..last, &format!("({})", &text[first..last])),
        6 => replace(
            text,
            first..last,
            &format!(
                "DO $b{}$ BEGIN {}; END $b{0}$",
                choice.below(3),
                &text[first..last]
            ),
        ),
        7 => replace(text, one.clone(), &text[one].repeat(1 + choice.below(40))),
        _ => text[..last].to_owned(),
    }
}

fn replace(text: &str, place: Range<usize>, by: &str) -> String {
    [&text[..place.start], by, &text[place.end..]].concat()
}

fn statements(text: &str) -> Vec<Range<usize>> {
    statement::split(&SourceFile::new("", text))
        .statements
        .iter()
        .map(|one| one.span.start..one.span.end)
        .collect()
}

/// The tokens of the statements, those in the bodies of `DO` blocks and functions included.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let script = statement::split(&SourceFile::new("", text));
    let bodies = script.statements.iter().filter_map(|one| one.body());
    let inner = bodies.flat_map(|body| {
        let code = text.get(body.start..body.end).unwrap_or_default();
        statement::split_at(code, body.start).statements
    });
    let all: Vec<_> = script.statements.iter().cloned().chain(inner).collect();
    all.iter()
        .flat_map(|one| one.token_spans())
        .map(|span| span.start..span.end)
        .collect()
}
