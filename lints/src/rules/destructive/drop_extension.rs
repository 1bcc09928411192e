//! An extension is dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP EXTENSION` of one that the same migration neither made nor makes again.
    ///
    /// ## Why is this bad?
    /// The types, functions and operators of the extension go with it. With `CASCADE`, so does every column of such a
    /// type, with its values, and every index that uses such an operator.
    ///
    /// ```sql,bad
    /// -- file: 1_pgcrypto.up.sql
    /// CREATE EXTENSION IF NOT EXISTS pgcrypto;
    /// -- file: 2_drop_pgcrypto.up.sql
    /// DROP EXTENSION pgcrypto;
    /// ```
    ///
    /// ## Safer way
    /// Remove what uses it by name first. Then drop the extension without `CASCADE`: the statement fails if something
    /// still does. To move to a new version, use `ALTER EXTENSION … UPDATE`.
    ///
    /// ```sql,good
    /// -- rehearsal: allow(drop-extension): gen_random_uuid() is built in since Postgres 13
    /// DROP EXTENSION IF EXISTS pgcrypto;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_EXTENSION = {
        name: "drop-extension",
        group: Destructive,
        summary: "an extension is dropped",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::Extension];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::replaced(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    let along = dropped::along(drop, "drops every column and index that uses them");
    found.push(
        Finding::new(
            &DROP_EXTENSION,
            step.span,
            format!("extension `{name}` is removed with its types and functions{along}"),
        )
        .label("not made again in this file")
        .help("remove what uses the extension first, and drop it without `CASCADE`"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_EXTENSION;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_EXTENSION,
            "
    DROP EXTENSION hstore CASCADE;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: extension `hstore` is removed with its types and functions, and `CASCADE` drops every column and index that uses them
",
        );
    }

    #[test]
    fn one_that_is_made_again() {
        check(
            &DROP_EXTENSION,
            "
    DROP EXTENSION IF EXISTS hstore;
    CREATE EXTENSION hstore;
",
        );
    }
}
