//! `line-endings`.

use crate::{
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    source::Span,
};

declare_rule! {
    /// ## What it does
    /// Flags a migration with a byte order mark, with CRLF line endings, or with both kinds of line endings.
    ///
    /// ## Why is this bad?
    /// A runner that keeps checksums, as sqlx does, takes them over the file's bytes. Git may turn CRLF into LF and back at
    /// each checkout, and then a migration that was applied on one machine counts as edited on another. A byte order mark
    /// is a syntax error to Postgres, and hides `-- no-transaction` from sqlx.
    ///
    /// ```sql,bad
    #[doc = " \u{feff}SELECT 1;"]
    /// ```
    ///
    /// ## Safer way
    /// Save the file as UTF-8 without a mark, with LF, and put `*.sql text eol=lf` into `.gitattributes`. A migration that
    /// was applied must keep its bytes: put `*.sql -text` there instead.
    ///
    /// ```sql,good
    /// SELECT 1;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static LINE_ENDINGS = {
        name: "line-endings",
        group: History,
        summary: "bytes that a checkout may change",
        level: Warning,
        since: "0.1.0",
        check: Check::Migration(check),
    }
}

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    let text = context.migration.up.text();
    if text.starts_with('\u{feff}') {
        found.push(
            Finding::new(
                &LINE_ENDINGS,
                Span::at(0),
                "this file begins with a byte order mark, which Postgres does not read",
            )
            .help("save it as UTF-8 without a mark"),
        );
    }
    let Some(first) = text.find("\r\n") else {
        return;
    };
    let all = text.matches('\n').count() == text.matches("\r\n").count();
    let message = if all {
        "these line endings are CRLF: the checksum depends on the checkout"
    } else {
        "these line endings are both CRLF and LF: the checksum depends on the checkout"
    };
    found.push(
        Finding::new(&LINE_ENDINGS, Span::at(first), message)
            .help("save it with LF, and put `*.sql text eol=lf` into `.gitattributes`"),
    );
}

#[cfg(test)]
mod tests {
    use super::LINE_ENDINGS;
    use crate::test_support::check;

    #[test]
    fn a_mark() {
        check(
            &LINE_ENDINGS,
            "
\u{feff}   SELECT 1;
--^ warning: this file begins with a byte order mark, which Postgres does not read
",
        );
    }

    #[test]
    fn carriage_returns() {
        check(
            &LINE_ENDINGS,
            "
-- file: 1_a.up.sql
    SELECT 1;\r
--           ^ warning: these line endings are CRLF: the checksum depends on the checkout
    SELECT 2;\r
-- file: 2_b.up.sql
    SELECT 1;
    SELECT 2;\r
--           ^ warning: these line endings are both CRLF and LF: the checksum depends on the checkout
-- file: 3_c.up.sql
    SELECT 1;
",
        );
    }
}
