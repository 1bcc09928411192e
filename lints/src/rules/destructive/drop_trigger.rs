//! A trigger is dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP TRIGGER` of one that the same migration neither made nor makes again.
    ///
    /// ## Why is this bad?
    /// A trigger keeps something true: an audit log, a search column, a protection. Rows that are written from the
    /// commit on miss it, and nobody is told.
    ///
    /// ```sql,bad
    /// -- file: 1_touch.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, updated_at timestamptz);
    /// CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at = now(); RETURN NEW; END';
    /// CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
    /// -- file: 2_drop_touch.up.sql
    /// DROP TRIGGER users_touch ON users;
    /// ```
    ///
    /// ## Safer way
    /// Replace it in the same migration (Postgres 14 and later also have `CREATE OR REPLACE TRIGGER`), or say beside
    /// the drop what does its work now.
    ///
    /// ```sql,good
    /// -- rehearsal: allow(drop-trigger): the application sets updated_at since release 41
    /// DROP TRIGGER IF EXISTS users_touch ON users;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. The drop takes `ACCESS EXCLUSIVE` on the table, for a moment.
    pub(crate) static DROP_TRIGGER = {
        name: "drop-trigger",
        group: Destructive,
        summary: "a trigger is dropped and not made again",
        level: Warning,
        lock: AccessExclusive,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::Trigger];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::replaced(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    let along = dropped::along(drop, "drops what depends on it");
    found.push(
        Finding::new(
            &DROP_TRIGGER,
            step.span,
            format!("what trigger `{name}` did for each row is no longer done{along}"),
        )
        .label("not made again in this file")
        .help("make sure that something else does its work, or that nobody needs it"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_TRIGGER;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_TRIGGER,
            "
    DROP TRIGGER users_touch ON users;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: what trigger `users_touch` did for each row is no longer done
",
        );
    }

    #[test]
    fn another_table_gets_one_of_that_name() {
        check(
            &DROP_TRIGGER,
            "
    DROP TRIGGER touch ON users;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: what trigger `touch` did for each row is no longer done
    CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
",
        );
    }

    #[test]
    fn one_that_is_made_again() {
        check(
            &DROP_TRIGGER,
            "
    DROP TRIGGER IF EXISTS users_touch ON users;
    CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
",
        );
    }
}
