//! `template-placeholder`.

use crate::{
    action::Action,
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    step::Step,
};

declare_rule! {
    /// ## What it does
    /// Flags `{{ name }}`, `${name}` and the like outside of quotes.
    ///
    /// ## Why is this bad?
    /// The migrator does not fill templates in: Postgres gets the placeholder and refuses it. Where some other program fills
    /// them in before, what runs is not what was reviewed.
    ///
    /// ```sql,bad
    /// CREATE TABLE IF NOT EXISTS ${schema}.answers (answer int);
    /// ```
    ///
    /// ## Safer way
    /// Write the value out, or let `search_path` choose the schema.
    ///
    /// ```sql,good
    /// CREATE TABLE IF NOT EXISTS app.answers (answer int);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static TEMPLATE_PLACEHOLDER = {
        name: "template-placeholder",
        group: Hygiene,
        summary: "a placeholder that nobody fills in",
        level: Error,
        refused: ["42601"],
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(_context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    if !matches!(step.action, Action::Placeholder) {
        return;
    }
    found.push(
        Finding::new(
            &TEMPLATE_PLACEHOLDER,
            step.span,
            "nobody fills this placeholder in: Postgres gets it as it stands, and refuses it",
        )
        .help("write the value out"),
    );
}

#[cfg(test)]
mod tests {
    use super::TEMPLATE_PLACEHOLDER;
    use crate::test_support::check;

    #[test]
    fn placeholders() {
        check(
            &TEMPLATE_PLACEHOLDER,
            "
    SELECT {{ answer }};
--  ^^^^^^^^^^^^^^^^^^^ error: nobody fills this placeholder in: Postgres gets it as it stands, and refuses it
    SELECT '{{ answer }}';
",
        );
    }
}
