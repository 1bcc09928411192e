//! An index that is there already.

use std::collections::HashSet;

use crate::{Check, Context, Finding, catalog::IndexState, declare_rule, rules::schema::indexes};

declare_rule! {
    /// ## What it does
    /// Flags a new index with the keys, method and condition of another one that stands when the migration is
    /// over, also of one that a primary key or unique constraint brought; and a unique constraint that is added to
    /// columns which a unique index covers already.
    ///
    /// ## Why is this bad?
    /// It answers no query that the other does not, and every write maintains both.
    ///
    /// ```sql,bad
    /// CREATE TABLE users (id bigint PRIMARY KEY, mail text UNIQUE);
    /// CREATE INDEX users_mail_idx ON users (mail);
    /// ```
    ///
    /// ## Safer way
    /// Leave it out, or drop the other one in the same migration.
    ///
    /// ```sql,good
    /// CREATE TABLE users (id bigint PRIMARY KEY, mail text UNIQUE);
    /// CREATE INDEX users_mail_idx ON users (lower(mail));
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DUPLICATE_INDEX = {
        name: "duplicate-index",
        group: Schema,
        summary: "an index that another one on the same table equals",
        level: Error,
        since: "0.1.0",
        check: Check::Migration(check),
    }
}

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    let new = indexes::new(context);
    let mut later: HashSet<*const IndexState> = new
        .iter()
        .map(|&(_, _, index)| std::ptr::from_ref(index))
        .collect();
    for &(step, name, index) in &new {
        let twin = indexes::twins(context, index).find(|&(_, other)| {
            // Of two new ones the later one is told. A unique one does more than a plain one.
            (other.unique || !index.unique) && !later.contains(&std::ptr::from_ref(other))
        });
        later.remove(&std::ptr::from_ref(index));
        let Some((other, state)) = twin else {
            continue;
        };
        let by = if state.constraint {
            "constraint"
        } else {
            "index"
        };
        found.push(
            Finding::new(
                &DUPLICATE_INDEX,
                step.span,
                format!(
                    "every write maintains `{name}` for nothing: {by} `{}` does the same",
                    other.name
                ),
            )
            .help("leave it out, or drop the other one in the same migration"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::DUPLICATE_INDEX;
    use crate::test_support::check;

    #[test]
    fn twins() {
        check(
            &DUPLICATE_INDEX,
            "
    CREATE TABLE users (id bigint PRIMARY KEY, mail text UNIQUE, name text);
    CREATE INDEX users_id_idx ON users USING btree (\"id\" ASC);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: every write maintains `users_id_idx` for nothing: constraint `users_pkey` does the same
    CREATE UNIQUE INDEX users_mail_idx ON users (mail);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: every write maintains `users_mail_idx` for nothing: constraint `users_mail_key` does the same
    CREATE INDEX a ON users (lower(name)) WHERE id > 1;
    CREATE INDEX b ON users (LOWER(name)) WHERE id > 1;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: every write maintains `b` for nothing: index `a` does the same
    CREATE UNIQUE INDEX ON users (id);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: every write maintains `users_id_idx1` for nothing: constraint `users_pkey` does the same
    CREATE INDEX ON users (name);
    CREATE INDEX ON users (name);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: every write maintains `users_name_idx1` for nothing: index `users_name_idx` does the same
",
        );
    }

    #[test]
    fn constraints() {
        check(
            &DUPLICATE_INDEX,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY, mail text, name text, UNIQUE (id));
    CREATE UNIQUE INDEX users_mail_idx ON users (mail);
-- file: 2_b.up.sql
    ALTER TABLE users ADD CONSTRAINT users_mail UNIQUE (mail);
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: every write maintains `users_mail` for nothing: index `users_mail_idx` does the same
    ALTER TABLE users ADD UNIQUE (name);
    ALTER TABLE users ADD UNIQUE (name);
--                    ^^^^^^^^^^^^^^^^^ error: every write maintains `users_name_key1` for nothing: constraint `users_name_key` does the same
-- file: 3_c.up.sql
    CREATE UNIQUE INDEX users_both_idx ON users (mail, name);
    ALTER TABLE users ADD CONSTRAINT users_both UNIQUE USING INDEX users_both_idx;
    ALTER TABLE users DROP CONSTRAINT users_mail, ADD CONSTRAINT users_mail_again UNIQUE (mail);
--                                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: every write maintains `users_mail_again` for nothing: index `users_mail_idx` does the same
-- file: 4_d.up.sql
    DROP INDEX users_mail_idx;
    ALTER TABLE users ADD CONSTRAINT users_name_mail UNIQUE (name, mail);
",
        );
    }

    #[test]
    fn not_the_same() {
        check(
            &DUPLICATE_INDEX,
            "
    CREATE TABLE users (id bigint PRIMARY KEY, mail text, name text);
    CREATE INDEX a ON users (name);
    CREATE INDEX b ON users (name DESC);
    CREATE INDEX c ON users (name text_pattern_ops);
    CREATE INDEX d ON users (name) WHERE id > 1;
    CREATE INDEX e ON users USING hash (name);
    CREATE INDEX f ON users (mail);
    DROP INDEX f;
    CREATE INDEX g ON users (mail);
    CREATE INDEX IF NOT EXISTS a ON users (name);
",
        );
    }
}
