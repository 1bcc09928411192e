//! `unnamed-index`.

use crate::{
    action::{Action, CreateIndex},
    catalog::index_name,
    declare_rule,
    finding::Finding,
    name::{Ident, ObjectName},
    rule::{Check, Context},
    second_run::Obstacle,
    step::Step,
};

declare_rule! {
    /// ## What it does
    /// Flags `CREATE INDEX` without a name.
    ///
    /// ## Why is this bad?
    /// Postgres makes a name that is free. A retried deployment, a restored ledger or a branch that was merged twice runs the
    /// migration again, and builds a second index with another name: every write then pays twice, and nothing tells.
    ///
    /// ```sql,bad
    /// CREATE INDEX ON users (email);
    /// ```
    ///
    /// ## Safer way
    /// Name it, and say `IF NOT EXISTS`, which needs a name.
    ///
    /// ```sql,good
    /// CREATE INDEX IF NOT EXISTS users_email_idx ON users (email);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static UNNAMED_INDEX = {
        name: "unnamed-index",
        group: Rerun,
        summary: "an index without a name, which a second run builds again",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::CreateIndex(create) = &step.action else {
        return;
    };
    if create.name.is_some() || context.obstacle() != Some(&Obstacle::Twin) {
        return;
    }
    let message = format!("a second run builds this index on `{}` again", create.table);
    let finding =
        Finding::new(&UNNAMED_INDEX, step.span, message).help("name it, and add `IF NOT EXISTS`");
    found.push(match name(context, create) {
        Some(name) => finding.insert(create.after_keyword, format!(" IF NOT EXISTS {name}")),
        None => finding,
    });
}

/// The name that Postgres would make, where it is certain and free.
fn name(context: &Context<'_>, create: &CreateIndex) -> Option<String> {
    if create.concurrently || create.columns.is_empty() || !create.expressions.is_empty() {
        return None;
    }
    let columns: Vec<String> = create.columns.iter().map(|c| c.value.clone()).collect();
    let name = index_name(&create.table, &columns);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let known = ObjectName::new(
        create.table.schema.clone(),
        Ident::new(name.clone(), create.table.ident.span),
    );
    let free =
        context.catalog.index(&known).is_none() && context.catalog.relation(&known).is_none();
    (name.len() < 60 && name.chars().all(plain) && free).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::UNNAMED_INDEX;
    use crate::test_support::check;

    #[test]
    fn without_a_name() {
        check(
            &UNNAMED_INDEX,
            "
    CREATE INDEX ON t (a, b);
--  ^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run builds this index on `t` again
    CREATE INDEX CONCURRENTLY ON t (lower(a));
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run builds this index on `t` again
    CREATE INDEX i ON t (a);
",
        );
    }

    #[test]
    fn a_table_that_is_dropped_first() {
        check(
            &UNNAMED_INDEX,
            "
    DROP TABLE IF EXISTS t;
    CREATE TABLE t (a int);
    CREATE INDEX ON t (a);
",
        );
    }
}
