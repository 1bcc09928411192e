//! A label of an enum gets another name.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, ObjectKind, RenamePart},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `ALTER TYPE … RENAME VALUE` of a type that this migration did not create.
    ///
    /// ## Why is this bad?
    /// Every row that holds the label holds the new one from the commit on, in every table. The version of the
    /// application that still runs reads a label that it does not know and fails to write the one it knows.
    ///
    /// ```sql,bad
    /// -- file: 1_mood.up.sql
    /// CREATE TYPE mood AS ENUM ('sad', 'ok');
    /// -- file: 2_rename.up.sql
    /// ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';
    /// ```
    ///
    /// ## Safer way
    /// Add the new label, release an application that reads both and writes the new one, move the rows, and leave the old
    /// label where it is.
    ///
    /// ```sql,good
    /// -- file: 1_mood.up.sql
    /// CREATE TYPE mood AS ENUM ('sad', 'ok');
    /// -- file: 2_add.up.sql
    /// ALTER TYPE mood ADD VALUE IF NOT EXISTS 'fine';
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static ENUM_VALUE_RENAME = {
        name: "enum-value-rename",
        group: Destructive,
        summary: "a label of an enum is renamed",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Rename(rename) = &step.action else {
        return;
    };
    let RenamePart::EnumValue(label) = &rename.part else {
        return;
    };
    let name = &rename.object;
    if context.catalog.is_object_new(ObjectKind::Type, name, None) {
        return;
    }
    found.push(
        Finding::new(
            &ENUM_VALUE_RENAME,
            step.span,
            format!("running code that reads or writes '{label}' of `{name}` fails from now on"),
        )
        .label(format!("'{label}' is '{}' in every row", rename.to))
        .help("add the new label, move the rows to it, and leave the old one"),
    );
}

#[cfg(test)]
mod tests {
    use super::ENUM_VALUE_RENAME;
    use crate::test_support::check;

    #[test]
    fn an_existing_type() {
        check(
            &ENUM_VALUE_RENAME,
            "
    ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: running code that reads or writes 'ok' of `mood` fails from now on
",
        );
    }

    #[test]
    fn a_new_type_and_a_new_label() {
        check(
            &ENUM_VALUE_RENAME,
            "
    CREATE TYPE size AS ENUM ('s');
    ALTER TYPE size RENAME VALUE 's' TO 'small';
    ALTER TYPE mood ADD VALUE 'fine';
",
        );
    }
}
