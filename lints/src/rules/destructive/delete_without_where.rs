//! Every row of a table is deleted.

use crate::{
    Check, Context, Finding, Step, action::Action, declare_rule, rules::destructive::cascading,
};

declare_rule! {
    /// ## What it does
    /// Flags `DELETE` without `WHERE` on a table that this migration did not create, also inside a `WITH`.
    ///
    /// ## Why is this bad?
    /// Every row goes. Often the condition was forgotten; where it was not, the statement writes each row once more, fires
    /// each trigger, and holds every row's lock until the commit. Rows of other tables that refer to them `ON DELETE
    /// CASCADE` go too.
    ///
    /// ```sql,bad
    /// -- file: 1_sessions.up.sql
    /// CREATE TABLE sessions (id bigint PRIMARY KEY, state text);
    /// -- file: 2_sessions.up.sql
    /// DELETE FROM sessions;
    /// ```
    ///
    /// ## Safer way
    /// Say which rows: a condition also makes a second run harmless and lets a job do the work in batches. Where every
    /// row is meant, say so beside the statement.
    ///
    /// ```sql,good
    /// -- file: 1_sessions.up.sql
    /// CREATE TABLE sessions (id bigint PRIMARY KEY, state text);
    /// -- file: 2_sessions.up.sql
    /// DELETE FROM sessions WHERE state = 'closed';
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DELETE_WITHOUT_WHERE = {
        name: "delete-without-where",
        group: Destructive,
        summary: "all rows of a table are deleted",
        level: Error,
        loses: Rows,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Delete(delete) = &step.action else {
        return;
    };
    let table = &delete.table;
    if delete.filtered || !context.is_shared(table) {
        return;
    }
    found.push(
        Finding::new(
            &DELETE_WITHOUT_WHERE,
            step.span,
            format!("every row of `{table}` is lost"),
        )
        .label("no WHERE")
        .notes(cascading::note(context, table))
        .help("say with `WHERE` which rows are meant"),
    );
}

#[cfg(test)]
mod tests {
    use super::DELETE_WITHOUT_WHERE;
    use crate::test_support::{check, found};

    #[test]
    fn rows_of_other_tables() {
        let found = found(
            &DELETE_WITHOUT_WHERE,
            "-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY, boss bigint REFERENCES users ON DELETE CASCADE);
    CREATE TABLE posts (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON UPDATE CASCADE ON DELETE CASCADE);
    CREATE TABLE likes (id bigint PRIMARY KEY, post_id bigint REFERENCES posts ON DELETE CASCADE);
    CREATE TABLE notes (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE SET NULL);
-- file: 2_b.up.sql
    DELETE FROM users;
    DELETE FROM likes;
",
        );
        let notes: Vec<&[String]> = found.iter().map(|one| &*one.notes).collect();
        let users =
            "the rows of `posts` and `likes` that refer to them go too: `ON DELETE CASCADE`";
        assert_eq!(notes, [&[users.to_owned()][..], &[]]);
    }

    #[test]
    fn all_rows_of_an_existing_table() {
        check(
            &DELETE_WITHOUT_WHERE,
            "
    DELETE FROM users;
--  ^^^^^^^^^^^^^^^^^ error: every row of `users` is lost
    WITH old AS (DELETE FROM users RETURNING id) SELECT count(*) FROM old;
--               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: every row of `users` is lost
",
        );
    }

    #[test]
    fn some_rows_or_a_new_table() {
        check(
            &DELETE_WITHOUT_WHERE,
            "
    CREATE TABLE teams (id bigint);
    DELETE FROM teams;
    DELETE FROM users WHERE id < 10;
",
        );
    }
}
