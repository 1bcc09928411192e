//! Text of migrations and of Postgres within Markdown, as text: it makes no link, no mention, no formula, no HTML, and ends
//! nothing that it stands in.

use crate::render::clean;

/// A sentence: its code spans stay, all else that Markdown or HTML would understand is taken as it is written.
pub(crate) fn prose(text: &str) -> String {
    let text = clean(text).replace('\n', " ");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('`') {
        escape(&mut out, &rest[..at]);
        let behind = rest[at..].trim_start_matches('`');
        let ticks = rest.len() - at - behind.len();
        rest = behind;
        match behind.split_once('`') {
            // Of several backticks in a row none begins or ends a span: Markdown would pair them in another way.
            Some((inside, behind)) if ticks == 1 && !behind.starts_with('`') => {
                out.push_str(&code(inside));
                rest = behind;
            }
            _ => out.push_str(&"&#96;".repeat(ticks)),
        }
    }
    escape(&mut out, rest);
    out
}

fn escape(out: &mut String, text: &str) {
    // GitHub makes links of what is text in Markdown. A word joiner is not seen, and ends a mention, which would notify
    // somebody, a reference to an issue, and an address.
    let text = text
        .replace('@', "@\u{2060}")
        .replace('#', "#\u{2060}")
        .replace("://", ":\u{2060}//")
        .replace("www.", "www\u{2060}.")
        .replace("GH-", "GH\u{2060}-");
    for c in text.chars() {
        match c {
            '\\' | '*' | '_' | '[' | ']' | '~' | '|' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Two of them would make a formula.
            '$' => out.push_str("&#36;"),
            _ => out.push(c),
        }
    }
}

/// A code span in one line.
pub(crate) fn code(text: &str) -> String {
    let text = clean(text).replace(['\n', '\t'], " ");
    let ticks = "`".repeat(longest_run(&text) + 1);
    // Blanks keep a backtick at the edge apart; Markdown takes one away on each side.
    let blank = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{ticks}{blank}{text}{blank}{ticks}")
}

/// A block of code.
pub(crate) fn fence(language: &str, text: &str) -> String {
    let text = clean(text);
    let ticks = "`".repeat(longest_run(&text).max(2) + 1);
    format!(
        "{ticks}{language}\n{}\n{ticks}\n",
        text.trim_end_matches('\n')
    )
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_within_their_span() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(prose("a `b` c` <d>"), "a `b` c&#96; &lt;d&gt;");
    }

    #[test]
    fn backticks_in_a_row_begin_nothing() {
        assert_eq!(prose("``` [a](b) `c`"), "&#96;&#96;&#96; \\[a\\](b) `c`");
        assert_eq!(prose("``a``"), "&#96;&#96;a&#96;&#96;");
        assert_eq!(prose("`a``b`"), "&#96;a&#96;&#96;b&#96;");
    }

    #[test]
    fn nothing_becomes_a_link_or_a_formula() {
        assert_eq!(prose("@all"), "@\u{2060}all");
        assert_eq!(prose("#1 GH-1"), "#\u{2060}1 GH\u{2060}-1");
        assert_eq!(
            prose("[a](https://b.c) www.d.e"),
            "\\[a\\](https:\u{2060}//b.c) www\u{2060}.d.e"
        );
        assert_eq!(prose("$`a`$ $1"), "&#36;`a`&#36; &#36;1");
        assert_eq!(prose("a\n# b\n\n- c"), "a #\u{2060} b  - c");
    }

    #[test]
    fn a_block_is_not_ended_from_within() {
        let text = fence("sql", "SELECT 1;\n```\n</details>\n````\n");
        assert_eq!(text, "`````sql\nSELECT 1;\n```\n</details>\n````\n`````\n");
    }
}
