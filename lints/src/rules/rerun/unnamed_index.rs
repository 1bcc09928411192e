//! `unnamed-index`.

use crate::{
    action::Action,
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    rules::own_migration,
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
        fix: Both,
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
    let known = context.catalog.relation(&create.table).is_some();
    let name = own_migration::generated_name(context, create).filter(|_| !create.concurrently);
    found.push(match name {
        Some(name) => {
            let finding = finding.insert(create.after_keyword, format!(" IF NOT EXISTS {name}"));
            if known {
                finding
            } else {
                finding.unsafe_fix("an index that is not in these migrations may have that name")
            }
        }
        None => finding,
    });
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
