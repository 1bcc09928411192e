//! `statement-not-understood`.

use crate::{
    action::Action,
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    step::Step,
};

declare_rule! {
    /// ## What it does
    /// Flags a statement that the tool cannot read. Its neighbours are read and checked all the same, and Postgres has the
    /// last word when the migration is rehearsed.
    ///
    /// ## Why is this bad?
    /// Whatever the statement does, no rule looked at it. Most often it is a typing error.
    ///
    /// ```sql,bad
    /// CREATE TABEL drafts (id bigint);
    /// ```
    ///
    /// ## Safer way
    /// Correct it. If Postgres accepts it as it stands, allow it with a comment that says what it does, and report it: the
    /// tool should know it.
    ///
    /// ```sql,good
    /// CREATE TABLE IF NOT EXISTS drafts (id bigint);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static STATEMENT_NOT_UNDERSTOOD = {
        name: "statement-not-understood",
        group: Hygiene,
        summary: "a statement that no rule could look at",
        level: Warning,
        refused: ["42601"],
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(_context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Unknown { message } = &step.action else {
        return;
    };
    found.push(
        Finding::new(
            &STATEMENT_NOT_UNDERSTOOD,
            step.span,
            format!("no rule could look at this statement: {message}"),
        )
        .help("correct it, or allow it with a comment that says what it does"),
    );
}

#[cfg(test)]
mod tests {
    use super::STATEMENT_NOT_UNDERSTOOD;
    use crate::test_support::check;

    #[test]
    fn neighbours_are_read() {
        check(
            &STATEMENT_NOT_UNDERSTOOD,
            "
    SELECT 1;
    SELECT 'open;
--  ^^^^^^^^^^^^^ warning: no rule could look at this statement: Unterminated string literal
",
        );
    }
}
