//! sqlx does not see the line that asks for no transaction.

use crate::{
    Check, Context, Finding, Span, TransactionMode, declare_rule,
    layout::{Layout, sqlx::NO_TRANSACTION},
    rules::transaction::refusal::needs_no_transaction,
    token::Comment,
};

declare_rule! {
    /// ## What it does
    /// Flags a comment that asks for no transaction where sqlx does not see it: sqlx looks at the very first bytes of the
    /// file and for exactly `-- no-transaction`.
    ///
    /// ## Why is this bad?
    /// The migration runs inside a transaction, and what the author wanted to keep out of one fails there, or holds its
    /// locks to the end. A blank line, another comment, a byte order mark or a missing space are enough.
    ///
    /// ```sql,bad
    /// -- Keep the catalog in order.
    /// -- no-transaction
    /// SELECT 1;
    /// ```
    ///
    /// ## Safer way
    /// Make it the first line.
    ///
    /// ```sql,good
    /// -- no-transaction
    /// -- Keep the catalog in order.
    /// SELECT 1;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All: this is about sqlx.
    pub(crate) static NO_TRANSACTION_IGNORED = {
        name: "no-transaction-ignored",
        group: Transaction,
        summary: "a request for no transaction that sqlx does not see",
        level: Error,
        fix: Safely,
        since: "0.1.0",
        check: Check::Migration(check),
    }
}

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    let migration = context.migration;
    // To other runners the words are a comment like any other.
    let sqlx = matches!(context.set.layout, None | Some(Layout::Sqlx));
    if migration.mode != TransactionMode::Wrapped || !sqlx {
        return;
    }
    let Some(comment) = migration.comments.iter().find(|comment| asks(comment)) else {
        return;
    };
    let text = migration.up.text();
    let reason = if text[..comment.span.start] == *"\u{feff}" {
        "a byte order mark stands before it"
    } else if comment.span.start > 0 {
        "it is not the first line of the file"
    } else {
        "it is not spelled `-- no-transaction`"
    };
    let finding = Finding::new(
        &NO_TRANSACTION_IGNORED,
        comment.span,
        format!("sqlx runs this migration in a transaction all the same: {reason}"),
    )
    .label("not seen")
    .help("make `-- no-transaction` the very first bytes of the file");
    let needed = |step| needs_no_transaction(step, context.catalog);
    found.push(if !migration.steps.iter().any(needed) {
        // Nothing here needs it: without the comment the file does what it did.
        finding.replace(with_line(text, comment.span), "")
    } else if migration.statements.len() == 1 {
        move_to_start(finding, text, comment.span).alone()
    } else {
        // With several statements the file is still wrong once the line is seen.
        finding
    });
}

/// Whether a comment says no more than `no-transaction`, in whichever spelling.
fn asks(comment: &Comment) -> bool {
    let words: Vec<String> = comment
        .text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    matches!(
        words
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .as_slice(),
        ["no", "transaction"] | ["sqlx", "no", "transaction"] | ["notransaction"]
    )
}

/// A comment with the rest of its line, where it has the line to itself.
fn with_line(text: &str, comment: Span) -> Span {
    let before = text[..comment.start].trim_end_matches([' ', '\t']);
    let behind = &text[comment.end..];
    let rest = behind.len() - behind.trim_start_matches([' ', '\t', '\r']).len();
    let has_line =
        (before.is_empty() || before.ends_with('\n')) && behind[rest..].starts_with('\n');
    if has_line {
        Span::new(before.len(), comment.end + rest + 1)
    } else {
        comment
    }
}

fn move_to_start(finding: Finding, text: &str, comment: Span) -> Finding {
    if text[..comment.start]
        .trim_matches(['\u{feff}', ' ', '\t', '\r', '\n'])
        .is_empty()
    {
        return finding.replace(Span::new(0, comment.end), NO_TRANSACTION);
    }
    let bom = if text.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    finding
        .replace(Span::new(0, bom), format!("{NO_TRANSACTION}\n"))
        .replace(comment, "")
}

#[cfg(test)]
mod tests {
    use super::NO_TRANSACTION_IGNORED;
    use crate::test_support::check;

    #[test]
    fn behind_another_comment() {
        check(
            &NO_TRANSACTION_IGNORED,
            "
-- users
    -- no-transaction
--  ^^^^^^^^^^^^^^^^^ error: sqlx runs this migration in a transaction all the same: it is not the first line of the file
    VACUUM t;
",
        );
    }

    #[test]
    fn spelled_differently() {
        check(
            &NO_TRANSACTION_IGNORED,
            "
--no-transaction
--^^^^^^^^^^^^^^^^ error: sqlx runs this migration in a transaction all the same: it is not spelled `-- no-transaction`
    VACUUM t;
",
        );
    }

    #[test]
    fn seen_or_only_mentioned() {
        check(
            &NO_TRANSACTION_IGNORED,
            "
-- no-transaction
    VACUUM t;
-- file: 2_b.up.sql
    -- no-transaction would leave half of this done
    SELECT 1;
",
        );
    }
}
