//! An attribute of a composite type is dropped.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterObjectClause, ObjectKind},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `ALTER TYPE … DROP ATTRIBUTE` of a type that this migration did not create.
    ///
    /// ## Why is this bad?
    /// The attribute's values go in every column of the type, and a client that builds or reads such values by position
    /// puts the others in the wrong place.
    ///
    /// ```sql,bad
    /// -- file: 1_address.up.sql
    /// CREATE TYPE address AS (city text, zip text);
    /// -- file: 2_drop_zip.up.sql
    /// ALTER TYPE address DROP ATTRIBUTE zip;
    /// ```
    ///
    /// ## Safer way
    /// Make a new type, move columns and functions to it, and drop the old one when nothing uses it.
    ///
    /// ```sql,good
    /// -- file: 1_address.up.sql
    /// CREATE TYPE address AS (city text, zip text);
    /// -- file: 2_place.up.sql
    /// CREATE TYPE place AS (city text);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static ATTRIBUTE_DROPPED = {
        name: "attribute-dropped",
        group: Destructive,
        summary: "an attribute of a composite type is dropped",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterObject(alter) = &step.action else {
        return;
    };
    let AlterObjectClause::DropAttribute { name, .. } = &alter.clause else {
        return;
    };
    let of = &alter.name;
    if context.catalog.is_object_new(ObjectKind::Type, of, None) {
        return;
    }
    found.push(
        Finding::new(
            &ATTRIBUTE_DROPPED,
            step.span,
            format!("the values of attribute `{name}` are lost wherever `{of}` is used"),
        )
        .label("the attribute is gone after the commit")
        .help("make a new type and move its users to it"),
    );
}

#[cfg(test)]
mod tests {
    use super::ATTRIBUTE_DROPPED;
    use crate::test_support::check;

    #[test]
    fn an_existing_type() {
        check(
            &ATTRIBUTE_DROPPED,
            "
    ALTER TYPE address DROP ATTRIBUTE IF EXISTS zip;
--                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the values of attribute `zip` are lost wherever `address` is used
",
        );
    }

    #[test]
    fn a_new_type() {
        check(
            &ATTRIBUTE_DROPPED,
            "
    CREATE TYPE place AS (city text, zip text);
    ALTER TYPE place DROP ATTRIBUTE zip;
",
        );
    }
}
