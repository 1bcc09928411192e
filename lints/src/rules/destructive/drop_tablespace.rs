//! A tablespace is dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP TABLESPACE`.
    ///
    /// ## Why is this bad?
    /// A tablespace belongs to the whole server. Dropping it touches other databases and the file system, outside any
    /// transaction, and no other migration can know that it is gone.
    ///
    /// ```sql,bad
    /// -- no-transaction
    /// DROP TABLESPACE archive;
    /// ```
    ///
    /// ## Safer way
    /// Leave tablespaces to whoever runs the server. A migration moves its own objects.
    ///
    /// ```sql,good
    /// CREATE TABLE IF NOT EXISTS archived (id bigint PRIMARY KEY) TABLESPACE pg_default;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_TABLESPACE = {
        name: "drop-tablespace",
        group: Destructive,
        summary: "a tablespace is dropped",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::Tablespace];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::existing(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    found.push(
        Finding::new(
            &DROP_TABLESPACE,
            step.span,
            format!("tablespace `{name}` is removed for every database of the server"),
        )
        .label("the directory is emptied at once")
        .help("drop tablespaces by hand: they belong to the server, not to a database"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_TABLESPACE;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_TABLESPACE,
            "
    DROP TABLESPACE archive;
--  ^^^^^^^^^^^^^^^^^^^^^^^ error: tablespace `archive` is removed for every database of the server
",
        );
    }

    #[test]
    fn other_kinds() {
        check(
            &DROP_TABLESPACE,
            "
    DROP TABLE archive;
",
        );
    }
}
