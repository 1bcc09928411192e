//! Splits a file into statements by psql's rules, so that one that is not understood never hides its neighbours.
//!
//! A semicolon ends a statement unless it stands in quotes (the tokenizer's work), in parentheses, or in the
//! `BEGIN ATOMIC … END` body of a function. The lines of a `COPY … FROM stdin` are data and not read as SQL.

use std::borrow::Cow;

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    lower::cursor::is_word,
    source::{SourceFile, Span},
    token::{self, Comment, span_of},
};

/// One statement of a file: its tokens, without the semicolon that ends it.
#[derive(Clone, Debug)]
pub struct Statement {
    /// From the first token to the last; comments around it are left out.
    pub span: Span,
    /// The tokens, without white space and comments, with byte offsets (see [`crate::token`]).
    pub tokens: Vec<TokenWithSpan>,
    /// Why the text cannot be a statement at all, such as a quote that is never closed.
    pub error: Option<String>,
}

impl Statement {
    /// The places of the tokens in order.
    pub fn token_spans(&self) -> impl Iterator<Item = Span> {
        self.tokens.iter().map(span_of)
    }

    /// The text between the dollar quotes of the first such literal: the body of a `DO` block or function.
    pub fn body(&self) -> Option<Span> {
        self.tokens.iter().find_map(|token| {
            let Token::DollarQuotedString(body) = &token.token else {
                return None;
            };
            let span = span_of(token);
            let quote = body.tag.as_ref().map_or(0, String::len) + "$$".len();
            Some(Span::new(span.start + quote, span.end - quote))
        })
    }
}

/// A file split into statements.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The statements in order.
    pub statements: Vec<Statement>,
    /// The comments in order.
    pub comments: Vec<Comment>,
}

/// Splits a whole file.
pub fn split(source: &SourceFile) -> Script {
    split_at(source.text(), 0)
}

/// Splits a piece of a file that starts at the byte `base`, such as the body of a `DO` block.
pub fn split_at(text: &str, base: usize) -> Script {
    let readable = blank_copy_data(text);
    let bom = if readable.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    let mut script = Script::default();
    let mut start = bom;
    while start <= readable.len() {
        let tokens = token::tokenize(&readable[start..], base + start);
        script.comments.extend(tokens.comments);
        let (mut rest, atomic) = split_tokens(tokens.code, &readable, base, &mut script.statements);
        let Some(error) = tokens.error else {
            let open = atomic
                .is_open()
                .then(|| "BEGIN ATOMIC has no END".to_owned());
            script.statements.extend(statement(rest, open));
            break;
        };
        // A quote or comment that is never closed swallows the rest; any other error ends with its statement.
        let broken = error.offset - base;
        let end = if error.message.starts_with("Unterminated") || error.message.contains("EOF") {
            readable.len()
        } else {
            readable[broken..]
                .find(';')
                .map_or(readable.len(), |at| broken + at)
        };
        let span = Span::new(
            rest.first()
                .map_or(error.offset, |first| span_of(first).start),
            base + readable[..end].trim_end().len(),
        );
        rest.clear();
        script.statements.push(Statement {
            span,
            tokens: rest,
            error: Some(error.message),
        });
        start = end + 1;
    }
    script
}

/// Cuts tokens into statements and returns those behind the last semicolon, and how deep in a body they end.
fn split_tokens(
    tokens: Vec<TokenWithSpan>,
    text: &str,
    base: usize,
    statements: &mut Vec<Statement>,
) -> (Vec<TokenWithSpan>, Atomic) {
    let mut current: Vec<TokenWithSpan> = Vec::new();
    let mut depth = 0_usize;
    let mut atomic = Atomic::default();
    for token in tokens {
        // `\set x 1`: psql reads to the end of the line.
        if let Some(first) = current.first()
            && first.token == Token::Backslash
            && text[span_of(first).start - base..span_of(&token).start - base].contains('\n')
        {
            statements.extend(statement(std::mem::take(&mut current), None));
            depth = 0;
        }
        match &token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            Token::SemiColon if depth == 0 && !atomic.is_open() => {
                statements.extend(statement(std::mem::take(&mut current), None));
                atomic = Atomic::default();
                continue;
            }
            Token::Word(word) if word.quote_style.is_none() && depth == 0 => {
                atomic.see(&word.value, &current)
            }
            _ => {}
        }
        current.push(token);
    }
    (current, atomic)
}

fn statement(tokens: Vec<TokenWithSpan>, error: Option<String>) -> Option<Statement> {
    let span = span_of(tokens.first()?).to(span_of(tokens.last()?));
    Some(Statement {
        span,
        tokens,
        error,
    })
}

/// Follows `CREATE FUNCTION … BEGIN ATOMIC … END`, in which `CASE … END` may nest.
///
/// Source: psql's scanner, `psqlscan.l`, which counts `BEGIN`, `CASE` and `END` in a `CREATE FUNCTION` or `PROCEDURE`.
#[derive(Default)]
struct Atomic {
    depth: usize,
}

impl Atomic {
    fn is_open(&self) -> bool {
        self.depth > 0
    }

    fn see(&mut self, word: &str, before: &[TokenWithSpan]) {
        if self.depth > 0 {
            if word.eq_ignore_ascii_case("case") || word.eq_ignore_ascii_case("begin") {
                self.depth += 1;
            } else if word.eq_ignore_ascii_case("end") {
                self.depth -= 1;
            }
        } else if word.eq_ignore_ascii_case("atomic")
            && before
                .last()
                .is_some_and(|token| is_word(&token.token, "begin"))
            && let [create, rest @ ..] = before
            && is_word(&create.token, "create")
            // `CREATE [OR REPLACE] FUNCTION`
            && rest.iter().take(3).any(|token| {
                is_word(&token.token, "function") || is_word(&token.token, "procedure")
            })
        {
            self.depth = 1;
        }
    }
}

/// Replaces the data lines behind each `COPY … FROM stdin;` by spaces, so that offsets stay.
fn blank_copy_data(text: &str) -> Cow<'_, str> {
    const MARK: &str = "\n\\.";
    if !text.contains(MARK) {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len());
    let mut in_data = false;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        if in_data {
            in_data = content != "\\.";
            result.extend(
                line.bytes()
                    .map(|byte| if byte == b'\n' { '\n' } else { ' ' }),
            );
            continue;
        }
        let upper = content.trim().to_ascii_uppercase();
        in_data =
            upper.starts_with("COPY ") && upper.contains("FROM STDIN") && upper.ends_with(';');
        result.push_str(line);
    }
    Cow::Owned(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: &[&str]) {
        let source = SourceFile::new("a.sql", sql);
        let script = split(&source);
        let found: Vec<_> = script
            .statements
            .iter()
            .map(|statement| source.slice(statement.span))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn semicolons_in_quotes_and_parentheses_do_not_split() {
        check(
            "SELECT ';', $$;$$, \";\" /* ; */; CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); -- ;\n",
            &[
                "SELECT ';', $$;$$, \";\"",
                "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)",
            ],
        );
    }

    #[test]
    fn a_stray_closing_parenthesis_does_not_swallow_the_rest() {
        check("SELECT 1); SELECT 2;", &["SELECT 1)", "SELECT 2"]);
    }

    #[test]
    fn an_atomic_body_is_one_statement() {
        check(
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3",
            &[
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
                "SELECT 3",
            ],
        );
    }

    #[test]
    fn transaction_begin_splits() {
        check("BEGIN; SELECT 1; END;", &["BEGIN", "SELECT 1", "END"]);
    }

    #[test]
    fn an_open_quote_takes_the_rest_and_leaves_its_neighbours() {
        check(
            "SELECT 1; SELECT 'x; SELECT 2;",
            &["SELECT 1", "SELECT 'x; SELECT 2;"],
        );
    }

    #[test]
    fn psql_commands_end_with_their_line() {
        check("\\set x 1\nSELECT 1;", &["\\set x 1", "SELECT 1"]);
    }

    #[test]
    fn copied_data_is_no_sql() {
        check(
            "COPY t FROM stdin;\nit's\n\\.\nSELECT 1;",
            &["COPY t FROM stdin", "SELECT 1"],
        );
    }

    #[test]
    fn a_byte_order_mark_is_no_token() {
        check("\u{feff}SELECT 1", &["SELECT 1"]);
    }

    #[test]
    fn nothing_is_no_statement() {
        check(" -- nothing\n;;", &[]);
    }
}
