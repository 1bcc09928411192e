//! Everything of a role is dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP OWNED BY`.
    ///
    /// ## Why is this bad?
    /// It drops every table, view, function and schema that the role owns in the current database. The statement does
    /// not show what that is, and on production it may be more than anywhere else.
    ///
    /// ```sql,bad
    /// DROP OWNED BY reporting;
    /// ```
    ///
    /// ## Safer way
    /// Give the objects to another role first, by name or with `REASSIGN OWNED BY`. The `DROP OWNED BY` that is still
    /// needed to revoke privileges then has nothing to drop; say so beside it.
    ///
    /// ```sql,good
    /// ALTER TABLE IF EXISTS reports OWNER TO CURRENT_USER;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_OWNED = {
        name: "drop-owned",
        group: Destructive,
        summary: "everything that a role owns is dropped",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::Owned];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::existing(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    let along = dropped::along(drop, "drops what others built on it");
    found.push(
        Finding::new(
            &DROP_OWNED,
            step.span,
            format!("everything that role `{name}` owns in this database is lost, and its privileges are revoked{along}"),
        )
        .label("which objects these are is not in the statement")
        .help("give the objects to another role with `REASSIGN OWNED BY`, then revoke what is left"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_OWNED;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_OWNED,
            "
    DROP OWNED BY reporting CASCADE;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: everything that role `reporting` owns in this database is lost, and its privileges are revoked, and `CASCADE` drops what others built on it
",
        );
    }

    #[test]
    fn owned_objects_that_stay() {
        check(
            &DROP_OWNED,
            "
    REASSIGN OWNED BY reporting TO admin;
    DROP ROLE reporting;
",
        );
    }
}
