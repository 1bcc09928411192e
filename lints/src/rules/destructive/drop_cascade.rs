//! `CASCADE` drops what the statement does not name.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, AlterObjectClause},
    declare_rule,
    rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `CASCADE` on a drop of any kind.
    ///
    /// ## Why is this bad?
    /// Postgres drops whatever depends on the object, and whatever depends on that: views, foreign keys, defaults,
    /// triggers, columns of a type with their values. What that is differs between databases, and a notice that nobody
    /// reads is the only trace of it.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY);
    /// CREATE VIEW user_ids AS SELECT id FROM users;
    /// -- file: 2_drop_users.up.sql
    /// DROP TABLE users CASCADE;
    /// ```
    ///
    /// ## Safer way
    /// Drop the dependants by name, then the object without `CASCADE`. What was forgotten stops the migration instead of
    /// disappearing.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY);
    /// CREATE VIEW user_ids AS SELECT id FROM users;
    /// -- file: 2_drop_users.up.sql
    /// DROP VIEW IF EXISTS user_ids;
    /// DROP TABLE IF EXISTS users;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_CASCADE = {
        name: "drop-cascade",
        group: Destructive,
        summary: "a drop takes along what it does not name",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(what) = cascades(&step.action) else {
        return;
    };
    if dropped::is_done(context, step) {
        return;
    }
    // One statement may drop several objects, each a step: its `CASCADE` is one.
    let before = context
        .index
        .checked_sub(1)
        .map(|index| &context.migration.steps[index]);
    if before.is_some_and(|before| before.span == step.span && cascades(&before.action).is_some()) {
        return;
    }
    found.push(
        Finding::new(
            &DROP_CASCADE,
            step.span,
            format!("whatever depends on {what} is dropped without being named"),
        )
        .label("CASCADE")
        .help("drop the dependants by name, then the object without `CASCADE`"),
    );
}

/// What is dropped, if its dependants go with it.
fn cascades(action: &Action) -> Option<String> {
    match action {
        Action::DropObject(drop) if drop.cascade => Some(format!("{} `{}`", drop.kind, drop.name)),
        Action::AlterTable(alter) => match &alter.clause {
            AlterClause::DropColumn {
                name,
                cascade: true,
                ..
            } => Some(format!("column `{name}`")),
            AlterClause::DropConstraint {
                name,
                cascade: true,
                ..
            } => Some(format!("constraint `{name}`")),
            _ => None,
        },
        Action::AlterObject(alter) => match &alter.clause {
            AlterObjectClause::DropAttribute {
                name,
                cascade: true,
                ..
            } => Some(format!("attribute `{name}`")),
            AlterObjectClause::DropConstraint {
                name,
                cascade: true,
                ..
            } => Some(format!("constraint `{name}`")),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::DROP_CASCADE;
    use crate::test_support::check;

    #[test]
    fn drops_of_any_kind() {
        check(
            &DROP_CASCADE,
            "
    DROP FUNCTION IF EXISTS total() CASCADE;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: whatever depends on function `total` is dropped without being named
    DROP TABLE a, b CASCADE;
--  ^^^^^^^^^^^^^^^^^^^^^^^ error: whatever depends on table `a` is dropped without being named
    ALTER TABLE users DROP COLUMN age CASCADE;
--                    ^^^^^^^^^^^^^^^^^^^^^^^ error: whatever depends on column `age` is dropped without being named
",
        );
    }

    #[test]
    fn restrict_and_foreign_key_actions() {
        check(
            &DROP_CASCADE,
            "
    DROP TABLE a RESTRICT;
    DROP TABLE b;
    ALTER TABLE users ADD FOREIGN KEY (team) REFERENCES teams ON DELETE CASCADE;
-- file: 2_a.up.sql
    CREATE TABLE a (id bigint, b bigint);
-- file: 3_b.up.sql
    DROP TABLE a;
    DROP TABLE IF EXISTS a CASCADE;
",
        );
    }
}
