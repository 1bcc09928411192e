//! Names written with escapes, `U&"d\0061t\+000061" [UESCAPE '!']`: sqlparser takes them for a name, `&` and another name.
//! Texts, `U&'d!0061' UESCAPE '!'`: sqlparser knows them without `UESCAPE`.
//!
//! Source: <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>

use sqlparser::{
    keywords::Keyword,
    tokenizer::{Token, TokenWithSpan, Word},
};

/// Makes one quoted name of the tokens of each such name. One that Postgres refuses is left as it is.
pub(super) fn join(code: &mut Vec<TokenWithSpan>) {
    let mut from = 0;
    while let Some(start) = next(code, from) {
        from = start + 1;
        let Token::Word(quoted) = &code[start + 2].token else {
            continue;
        };
        let (escape, length) = match escape(&code[start + 3..]) {
            Some(escape) => (escape, 5),
            None => ('\\', 3),
        };
        let Some(value) = decoded(&quoted.value, escape) else {
            continue;
        };
        let end = code[start + length - 1].span.end;
        code[start].token = Token::Word(Word {
            value,
            quote_style: Some('"'),
            keyword: Keyword::NoKeyword,
        });
        code[start].span.end = end;
        code.drain(start + 1..start + length);
    }
}

/// Makes one text of the tokens of each text that names its escape character. One that Postgres refuses is left as it is.
pub(super) fn join_texts(code: &mut Vec<TokenWithSpan>) {
    let mut at = 0;
    while at < code.len() {
        if let Token::UnicodeStringLiteral(text) = &code[at].token
            && let Some(escape) = escape(&code[at + 1..])
            && let Some(value) = decoded(text, escape)
        {
            code[at].token = Token::UnicodeStringLiteral(value);
            code[at].span.end = code[at + 2].span.end;
            code.drain(at + 1..at + 3);
        }
        at += 1;
    }
}

/// Where the next such name begins: three tokens without white space between them.
fn next(code: &[TokenWithSpan], from: usize) -> Option<usize> {
    let rest = code.get(from..)?;
    let found = rest.windows(3).position(|three| {
        let [prefix, ampersand, quoted] = three else {
            return false;
        };
        let is_prefix = matches!(&prefix.token, Token::Word(word)
            if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("u"));
        let is_quoted = matches!(&quoted.token, Token::Word(word) if word.quote_style == Some('"'));
        is_prefix
            && is_quoted
            && ampersand.token == Token::Ampersand
            && prefix.span.end == ampersand.span.start
            && ampersand.span.end == quoted.span.start
    })?;
    Some(from + found)
}

/// The character of a `UESCAPE '!'` that stands here.
fn escape(code: &[TokenWithSpan]) -> Option<char> {
    let [keyword, character, ..] = code else {
        return None;
    };
    let Token::SingleQuotedString(text) = &character.token else {
        return None;
    };
    let is_keyword = matches!(&keyword.token, Token::Word(word)
        if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("uescape"));
    let mut characters = text.chars();
    let first = characters.next().filter(|_| is_keyword)?;
    let refused = first.is_ascii_hexdigit() || first.is_whitespace() || "+'\"".contains(first);
    (characters.next().is_none() && !refused).then_some(first)
}

/// The name or text that the escapes make.
fn decoded(text: &str, escape: char) -> Option<String> {
    let mut units: Vec<u16> = Vec::new();
    let mut name = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        let (code, length) = match rest.chars().next() {
            _ if first != escape => (u32::from(first), 0),
            Some(next) if next == escape => (u32::from(next), next.len_utf8()),
            Some('+') => (hexadecimal(rest.get(1..7)?)?, 7),
            _ => (hexadecimal(rest.get(..4)?)?, 4),
        };
        rest = &rest[length..];
        // Two escapes may write the halves of one character.
        match u16::try_from(code) {
            Ok(half @ 0xD800..=0xDFFF) => units.push(half),
            _ if units.is_empty() => name.push(char::from_u32(code).filter(|&c| c != '\0')?),
            _ => return None,
        }
        if units.len() == 2 {
            name.push_str(&String::from_utf16(&units).ok()?);
            units.clear();
        }
    }
    units.is_empty().then_some(name)
}

fn hexadecimal(digits: &str) -> Option<u32> {
    let all = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| all)
}

#[cfg(test)]
mod tests {
    use crate::{
        source::Span,
        token::{span_of, tokenize},
    };

    #[track_caller]
    fn check(sql: &str, expected: &[&str]) {
        let tokens = tokenize(sql, 0).code;
        let tokens: Vec<String> = tokens.iter().map(|token| token.token.to_string()).collect();
        assert_eq!(tokens, expected, "{sql}");
    }

    #[test]
    fn escapes_are_read() {
        check(r#"U&"t\0061\+000062" x"#, &[r#""tab""#, "x"]);
        check(r#"u&"a\\b""#, &[r#""a\b""#]);
        check(
            r#"u&"\D83D\DE00" . U&"ü""#,
            &["\"\u{1F600}\"", ".", r#""ü""#],
        );
        check(r#"U&"d!0061!!\" UESCAPE '!' y"#, &[r#""da!\""#, "y"]);
    }

    #[test]
    fn texts_with_an_escape_of_their_own() {
        check("U&'d!0061!!' UESCAPE '!' y", &["U&'da!'", "y"]);
        check(r"U&'d\0061' || 'x'", &["U&'da'", "||", "'x'"]);
        check("U&'d!00' UESCAPE '!'", &["U&'d!00'", "UESCAPE", "'!'"]);
        let tokens = tokenize("x U&'!0061' UESCAPE '!' y", 0).code;
        assert_eq!(span_of(&tokens[1]), Span::new(2, 23));
    }

    #[test]
    fn one_token_covers_all_of_it() {
        let tokens = tokenize(r#"x U&"!0061" UESCAPE '!' y"#, 0).code;
        assert_eq!(span_of(&tokens[1]), Span::new(2, 23));
    }

    #[test]
    fn what_is_no_such_name_stays() {
        check(r#"u & "a""#, &["u", "&", r#""a""#]);
        check(r#"U&"\00""#, &["U", "&", r#""\00""#]);
        check(r#"U&"\D83D""#, &["U", "&", r#""\D83D""#]);
        check(r#"U&"\0000""#, &["U", "&", r#""\0000""#]);
        check(r#"b&"a""#, &["b", "&", r#""a""#]);
        check(r#"U&"a" UESCAPE '+'"#, &[r#""a""#, "UESCAPE", "'+'"]);
    }
}
