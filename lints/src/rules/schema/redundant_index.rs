//! An index that is the beginning of another.

use crate::{Check, Context, Finding, catalog::Key, declare_rule, rules::schema::indexes};

declare_rule! {
    /// ## What it does
    /// Flags a new plain index whose keys begin those of another index of the table, and a new one that makes
    /// an existing plain index the beginning of it, or a plain twin of a unique one. Both have to stand when
    /// the migration is over.
    ///
    /// ## Why is this bad?
    /// The longer one answers the queries of the shorter one, and every write maintains both.
    ///
    /// ```sql,bad
    /// CREATE TABLE users (id bigint PRIMARY KEY, team_id bigint, name text);
    /// CREATE INDEX a ON users (team_id, name);
    /// CREATE INDEX b ON users (team_id);
    /// ```
    ///
    /// ## Safer way
    /// Leave the shorter one out. Keep it only where it is much smaller and used so often that it pays, and
    /// say so in a suppression.
    ///
    /// ```sql,good
    /// CREATE TABLE users (id bigint PRIMARY KEY, team_id bigint, name text);
    /// CREATE INDEX a ON users (team_id, name);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static REDUNDANT_INDEX = {
        name: "redundant-index",
        group: Schema,
        summary: "an index that is the beginning of another one",
        level: Warning,
        since: "0.1.0",
        check: Check::Migration(check),
    }
}

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    // One that is about to go is no burden for long, such as the old one of a swap.
    let stays = |key: &Key| {
        !context
            .ahead
            .drops_index(context.migration.version, &key.name)
    };
    for (step, name, index) in indexes::new(context) {
        // A unique one does more than any that is longer, and makes a plain twin of it idle.
        let (covered, twins) = match index.unique {
            true => (None, Some(indexes::twins(context, index))),
            false => {
                let mut longer = indexes::longer(context, index);
                (longer.find(|(other, _)| stays(other)), None)
            }
        };
        // Of two new ones the shorter one is told.
        let covers = indexes::shorter(context, index)
            .chain(twins.into_iter().flatten())
            .filter(|(key, other)| !other.unique && other.origin != index.origin && stays(key))
            .min_by_key(|(key, _)| *key);
        let longer = "keep the longer one alone, or say in a suppression why the shorter one pays";
        let (message, help) = match (covered, covers) {
            (Some((other, _)), _) => (
                format!(
                    "every write maintains `{name}`, whose keys are the beginning of `{}`",
                    other.name
                ),
                longer.to_owned(),
            ),
            (None, Some((other, state))) if state.keys.len() == index.keys.len() => (
                format!(
                    "every write still maintains `{}`, whose keys are those of unique `{name}`",
                    other.name
                ),
                format!("drop `{}`: what it finds, `{name}` finds too", other.name),
            ),
            (None, Some((other, _))) => (
                format!(
                    "every write still maintains `{}`, whose keys are the beginning of `{name}`",
                    other.name
                ),
                longer.to_owned(),
            ),
            (None, None) => continue,
        };
        found.push(Finding::new(&REDUNDANT_INDEX, step.span, message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::REDUNDANT_INDEX;
    use crate::test_support::check;

    #[test]
    fn beginnings() {
        check(
            &REDUNDANT_INDEX,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY, team_id bigint, name text);
    CREATE INDEX a ON users (team_id);
-- file: 2_b.up.sql
    CREATE INDEX b ON users (team_id, name);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: every write still maintains `a`, whose keys are the beginning of `b`
    CREATE INDEX c ON users (name, id DESC) INCLUDE (team_id);
    CREATE INDEX d ON users (name);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: every write maintains `d`, whose keys are the beginning of `c`
",
        );
    }

    #[test]
    fn a_plain_twin_of_a_unique_one() {
        check(
            &REDUNDANT_INDEX,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY, team_id bigint, name text);
    CREATE INDEX a ON users (team_id);
    CREATE INDEX b ON users (name);
-- file: 2_b.up.sql
    ALTER TABLE users ADD CONSTRAINT one UNIQUE (team_id);
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: every write still maintains `a`, whose keys are those of unique `one`
    DROP INDEX b;
    ALTER TABLE users ADD CONSTRAINT two UNIQUE (name);
",
        );
    }

    #[test]
    fn one_that_a_later_migration_drops() {
        check(
            &REDUNDANT_INDEX,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY, team_id bigint, name text);
    CREATE INDEX a ON users (team_id);
-- file: 2_b.up.sql
    CREATE INDEX b ON users (team_id, name);
-- file: 3_c.up.sql
-- no-transaction
    DROP INDEX CONCURRENTLY IF EXISTS a;
",
        );
    }

    #[test]
    fn no_beginnings() {
        check(
            &REDUNDANT_INDEX,
            "
    CREATE TABLE users (id bigint PRIMARY KEY, team_id bigint, name text, UNIQUE (name, id));
    CREATE INDEX b ON users (team_id, name);
    CREATE UNIQUE INDEX c ON users (team_id);
    CREATE INDEX d ON users (team_id) WHERE name IS NULL;
    CREATE INDEX e ON users USING gin (team_id);
    CREATE INDEX f ON users (team_id DESC);
",
        );
    }
}
