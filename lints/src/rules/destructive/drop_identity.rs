//! A column stops generating its numbers.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause},
    declare_rule,
    outline::Property,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP IDENTITY` on a table that this migration did not create.
    ///
    /// ## Why is this bad?
    /// The sequence goes with its position, and each `INSERT` that relied on a generated number fails, since the
    /// column stays `NOT NULL`.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, age int NOT NULL DEFAULT 18 CONSTRAINT users_age_check CHECK (age > 0), next int GENERATED ALWAYS AS (age + 1) STORED);
    /// -- file: 2_drop_identity.up.sql
    /// ALTER TABLE users ALTER COLUMN id DROP IDENTITY;
    /// ```
    ///
    /// ## Safer way
    /// Release an application that writes the number itself first, or give the column a default from another sequence
    /// in the same migration.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, age int NOT NULL DEFAULT 18 CONSTRAINT users_age_check CHECK (age > 0), next int GENERATED ALWAYS AS (age + 1) STORED);
    /// -- file: 2_own_sequence.up.sql
    /// CREATE SEQUENCE IF NOT EXISTS user_ids;
    /// ALTER TABLE users ALTER COLUMN id DROP IDENTITY IF EXISTS, ALTER COLUMN id SET DEFAULT nextval('user_ids');
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_IDENTITY = {
        name: "drop-identity",
        group: Destructive,
        summary: "an identity and the position of its sequence are dropped",
        level: Warning,
        lock: AccessExclusive,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let AlterClause::DropIdentity { column, .. } = &alter.clause else {
        return;
    };
    let table = &alter.table;
    let again = [Property::Identity, Property::Default]
        .into_iter()
        .any(|property| context.is_given_after(table, property, column));
    if again || !context.is_shared(table) {
        return;
    }
    found.push(
        Finding::new(
            &DROP_IDENTITY,
            step.span,
            format!("`{table}.{column}` generates no more numbers, and the position of its sequence is lost"),
        )
        .label("nothing generates the numbers again in this file")
        .help("give the column another default in the same migration"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_IDENTITY;
    use crate::test_support::check;

    #[test]
    fn an_existing_table() {
        check(
            &DROP_IDENTITY,
            "
    ALTER TABLE users ALTER id DROP IDENTITY IF EXISTS;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: `users.id` generates no more numbers, and the position of its sequence is lost
",
        );
    }

    #[test]
    fn one_with_another_source_of_numbers() {
        check(
            &DROP_IDENTITY,
            "
    ALTER TABLE users ALTER id DROP IDENTITY, ALTER id SET DEFAULT nextval('user_ids');
    CREATE TABLE teams (id bigint GENERATED ALWAYS AS IDENTITY);
    ALTER TABLE teams ALTER id DROP IDENTITY;
",
        );
    }
}
