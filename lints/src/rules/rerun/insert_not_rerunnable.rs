//! `insert-not-rerunnable`.

use sqlparser::{keywords::Keyword, tokenizer::Token};

use crate::{
    action::{Action, Given, Insert},
    declare_rule,
    finding::Finding,
    lower::cursor::is_word,
    rule::{Check, Context},
    rules::rerun,
    second_run::Obstacle,
    step::Step,
    token::tokenize,
};

declare_rule! {
    /// ## What it does
    /// Flags `INSERT` without `ON CONFLICT` into a table that the migration neither creates nor empties first, unless its query
    /// leaves out the rows that are there. With `ON CONFLICT`, or where a `DO` block catches `unique_violation`, it flags
    /// rows that meet no key: the table has none, or each one holds a number or `uuid` that is another one each time.
    ///
    /// ## Why is this bad?
    /// A retried deployment, a restored ledger or a branch that was merged twice runs a migration again. The rows are then
    /// added a second time, or a unique key refuses them and the rest of the file is not done.
    ///
    /// ```sql,bad
    /// -- file: 1_plans.up.sql
    /// CREATE TABLE IF NOT EXISTS plans (name text PRIMARY KEY, price int);
    /// -- file: 2_free.up.sql
    /// INSERT INTO plans (name, price) VALUES ('free', 0);
    /// ```
    ///
    /// ```sql,bad
    /// -- file: 1_plans.up.sql
    /// CREATE TABLE IF NOT EXISTS plans (id bigserial PRIMARY KEY, name text);
    /// -- file: 2_free.up.sql
    /// INSERT INTO plans (name) VALUES ('free') ON CONFLICT DO NOTHING;
    /// ```
    ///
    /// ## Safer way
    /// Say `ON CONFLICT DO NOTHING`, and see that a unique key covers the row; or leave out rows that are there.
    ///
    /// ```sql,good
    /// INSERT INTO plans (name, price) VALUES ('free', 0) ON CONFLICT (name) DO NOTHING;
    /// INSERT INTO plans (name, price)
    /// SELECT 'free', 0 WHERE NOT EXISTS (SELECT FROM plans WHERE name = 'free');
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static INSERT_NOT_RERUNNABLE = {
        name: "insert-not-rerunnable",
        group: Rerun,
        summary: "an `INSERT` that a second run repeats",
        level: Error,
        fix: Unsafely,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let (Action::Insert(insert), Some(obstacle)) = (&step.action, context.obstacle()) else {
        return;
    };
    let finding = |message: String| Finding::new(&INSERT_NOT_RERUNNABLE, step.span, message);
    if *obstacle == Obstacle::RowsUnlessMet {
        if meets_nothing(context, insert) {
            let message = format!(
                "a second run adds these rows to `{}` again: no key has them",
                insert.table
            );
            found.push(finding(message).help(
                "give the key of each row, or leave out with `WHERE NOT EXISTS` what is there",
            ));
        }
    } else if *obstacle == Obstacle::RowsAgain {
        if insert.update_repeats {
            let message = format!("a second run changes rows of `{}` once more", insert.table);
            found.push(finding(message).help("set what does not build on the row that is there"));
            return;
        }
        let message = format!(
            "a second run adds these rows to `{}` again, or fails on a unique key",
            insert.table
        );
        let finding = finding(message)
            .help("add `ON CONFLICT DO NOTHING`, and see that a unique key covers the rows");
        found.push(match insert.source_end {
            Some(end) if meets_itself(context, step, insert) => {
                finding.insert(end, " ON CONFLICT DO NOTHING").unsafe_fix(
                    "a row whose key is taken is left out without a word, in the first run too",
                )
            }
            _ => finding,
        });
    } else if let Some(message) = rerun::reason(context, obstacle, String::new, String::new) {
        found.push(finding(message).help("ask the catalog first, in a `DO` block"));
    }
}

/// Whether a second run certainly meets the rows of the first: they are written out without a call of any function, and
/// hold every column of a key that cannot be null.
fn meets_itself(context: &Context<'_>, step: &Step, insert: &Insert) -> bool {
    let Some(table) = context.catalog.relation(&insert.table) else {
        return false;
    };
    if !insert.written_out || insert.columns.is_empty() || calls(context, step) {
        return false;
    }
    let is_given = |name: &String| {
        let column = table.columns.get(name);
        column.is_some_and(|column| column.not_null)
            && insert.columns.iter().any(|given| given.value == *name)
    };
    context.catalog.indexes_of(&insert.table).any(|(_, index)| {
        let whole = index.columns.len() == index.keys.len() && !index.partial;
        index.unique && whole && !index.columns.is_empty() && index.columns.iter().all(is_given)
    })
}

/// Whether the rows certainly meet no key of the table that the rows of the first run have: each key has a column that gets
/// another value each time.
fn meets_nothing(context: &Context<'_>, insert: &Insert) -> bool {
    let table = &insert.table;
    let Some(known) = context.catalog.relation(table) else {
        return false;
    };
    let mut constraints = known.constraints.iter();
    if !known.keys_known || known.partitioned || constraints.any(|one| one.words == "EXCLUDE") {
        return false;
    }
    let given = |at: usize| insert.given.get(at).copied().unwrap_or_default();
    let is_fresh = |name: &str| {
        let place = insert
            .columns
            .iter()
            .position(|column| column.value == name);
        let is_left_out = match place {
            Some(place) => given(place) == Given::Default,
            None => !insert.columns.is_empty(),
        };
        let column = known.columns.get(name);
        place.is_some_and(|place| given(place) == Given::Fresh)
            || is_left_out && column.is_some_and(|column| column.numbered)
    };
    if !insert.conflict.is_empty() {
        return insert.conflict.iter().any(|column| is_fresh(&column.value));
    }
    let mut indexes = context.catalog.indexes_of(table);
    let is_met = |columns: &[String]| !columns.iter().any(|column| is_fresh(column));
    !indexes.any(|(_, index)| index.unique && is_met(&index.columns))
        && !context
            .outline
            .may_get_key_after(context.index, table.name())
}

/// Whether the statement calls a function, which may give something else each time.
fn calls(context: &Context<'_>, step: &Step) -> bool {
    let text = context.migration.up.slice(step.span);
    let tokens = tokenize(text, step.span.start).code;
    let names = |token: &Token| match token {
        Token::Word(word) => word.keyword == Keyword::NoKeyword || !is_clause(&word.value),
        _ => false,
    };
    let list = tokens
        .iter()
        .position(|token| is_word(&token.token, "values"));
    let values = list.map_or(&[][..], |list| &tokens[list + 1..]);
    let moving = [
        "current_timestamp",
        "current_date",
        "current_time",
        "localtimestamp",
        "default",
    ];
    values
        .windows(2)
        .any(|pair| names(&pair[0].token) && pair[1].token == Token::LParen)
        || values
            .iter()
            .any(|token| moving.iter().any(|word| is_word(&token.token, word)))
}

fn is_clause(word: &str) -> bool {
    let clauses = [
        "values", "in", "and", "or", "not", "select", "from", "where", "array", "row",
    ];
    clauses
        .iter()
        .any(|clause| word.eq_ignore_ascii_case(clause))
}

#[cfg(test)]
mod tests {
    use super::INSERT_NOT_RERUNNABLE;
    use crate::test_support::check;

    #[test]
    fn rows_for_an_existing_table() {
        check(
            &INSERT_NOT_RERUNNABLE,
            "
    INSERT INTO t VALUES (1);
--  ^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `t` again, or fails on a unique key
    INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING;
    INSERT INTO t SELECT 1 WHERE NOT EXISTS (SELECT FROM t WHERE id = 1);
",
        );
    }

    #[test]
    fn a_table_that_is_new_or_emptied() {
        check(
            &INSERT_NOT_RERUNNABLE,
            "
    CREATE TABLE t (id bigint);
    INSERT INTO t VALUES (1);
    TRUNCATE u;
    INSERT INTO u VALUES (1);
    DELETE FROM v WHERE id IN (SELECT id FROM w);
    INSERT INTO v SELECT id FROM w;
    DELETE FROM x;
    INSERT INTO x VALUES (1);
",
        );
    }

    #[test]
    fn a_table_that_the_second_run_keeps() {
        check(
            &INSERT_NOT_RERUNNABLE,
            "
    CREATE TABLE IF NOT EXISTS t (id bigint);
    INSERT INTO t VALUES (1);
--  ^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `t` again, or fails on a unique key
",
        );
    }

    #[test]
    fn rows_that_no_key_has() {
        check(
            &INSERT_NOT_RERUNNABLE,
            "
    CREATE TABLE IF NOT EXISTS t (id bigserial PRIMARY KEY, a text);
    INSERT INTO t (a) VALUES ('x') ON CONFLICT DO NOTHING;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `t` again: no key has them
    INSERT INTO t (id, a) VALUES (DEFAULT, 'x') ON CONFLICT (id) DO UPDATE SET a = EXCLUDED.a;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `t` again: no key has them
    INSERT INTO t (id, a) SELECT coalesce(max(id), 0) + 1, 'x' FROM t ON CONFLICT DO NOTHING;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `t` again: no key has them
    INSERT INTO t (id, a) VALUES ((SELECT max(id) + 1 FROM t), 'x') ON CONFLICT DO NOTHING;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `t` again: no key has them
    INSERT INTO t (id, a) VALUES (1, 'x') ON CONFLICT DO NOTHING;
    INSERT INTO t VALUES (1, 'x') ON CONFLICT DO NOTHING;
    INSERT INTO t (id, a) SELECT max(id) + 1, 'x' FROM u ON CONFLICT DO NOTHING;
    DO $$ BEGIN
        INSERT INTO t (a) VALUES ('x');
--      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `t` again: no key has them
    EXCEPTION WHEN unique_violation THEN NULL;
    END $$;
    CREATE TABLE IF NOT EXISTS u (a text);
    INSERT INTO u VALUES ('x') ON CONFLICT DO NOTHING;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `u` again: no key has them
",
        );
    }

    #[test]
    fn rows_that_a_key_has_or_may_have() {
        check(
            &INSERT_NOT_RERUNNABLE,
            "
    CREATE TABLE IF NOT EXISTS t (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), a text UNIQUE);
    INSERT INTO t (a) VALUES ('x') ON CONFLICT DO NOTHING;
    CREATE TABLE IF NOT EXISTS u (id serial PRIMARY KEY, a text);
    INSERT INTO u (a) VALUES ('x') ON CONFLICT DO NOTHING;
    CREATE UNIQUE INDEX IF NOT EXISTS u_a_key ON u (lower(a));
    CREATE TABLE IF NOT EXISTS v (LIKE u INCLUDING ALL);
    INSERT INTO v (a) VALUES ('x') ON CONFLICT DO NOTHING;
    INSERT INTO unknown (a) VALUES ('x') ON CONFLICT DO NOTHING;
    CREATE TABLE IF NOT EXISTS w (id serial, a int, EXCLUDE (a WITH =));
    INSERT INTO w (a) VALUES (1) ON CONFLICT DO NOTHING;
",
        );
    }

    #[test]
    fn rows_that_are_moved() {
        check(
            &INSERT_NOT_RERUNNABLE,
            "
    WITH moved AS (DELETE FROM ONLY u WHERE old RETURNING *) INSERT INTO t SELECT * FROM moved;
    WITH changed AS (UPDATE u SET old = true RETURNING *) INSERT INTO v SELECT * FROM changed;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `v` again, or fails on a unique key
",
        );
    }

    #[test]
    fn rows_that_build_on_themselves() {
        check(
            &INSERT_NOT_RERUNNABLE,
            "
    INSERT INTO t (k, n) VALUES (1, 2) ON CONFLICT (k) DO UPDATE SET n = t.n + EXCLUDED.n;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run changes rows of `t` once more
    INSERT INTO t AS a (k, n) VALUES (1, 2) ON CONFLICT (k) DO UPDATE SET n = a.n * 2;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run changes rows of `t` once more
    INSERT INTO t (k, v) VALUES (1, '{}') ON CONFLICT (k) DO UPDATE SET v = t.v || EXCLUDED.v;
    INSERT INTO t (k, n) VALUES (1, 2) ON CONFLICT (k) DO UPDATE SET n = EXCLUDED.n, v = coalesce(t.v, 'x');
",
        );
    }

    #[test]
    fn rows_that_are_put_back() {
        check(
            &INSERT_NOT_RERUNNABLE,
            "
    DELETE FROM t WHERE key = 'a' AND kind IN (1, 2);
    INSERT INTO t (key, kind, v) VALUES ('a', 1, 'x'), ('a', 2, 'y');
    INSERT INTO t (kind, key) SELECT 2, 'a'::text;
    INSERT INTO t (key, kind) VALUES ('a', 1), ('b', 1);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `t` again, or fails on a unique key
    INSERT INTO t (key) VALUES ('a');
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `t` again, or fails on a unique key
    DELETE FROM u WHERE key = 'a' AND old;
    INSERT INTO u (key) VALUES ('a');
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `u` again, or fails on a unique key
",
        );
    }

    #[test]
    fn a_condition_that_the_first_run_leaves_as_it_was() {
        check(
            &INSERT_NOT_RERUNNABLE,
            "
    DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM users LOOP
        INSERT INTO log VALUES (r.email);
--      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `log` again, or fails on a unique key
    END LOOP; END $$;
    DO $$ BEGIN FOR i IN 1..3 LOOP
        INSERT INTO log VALUES (i);
--      ^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `log` again, or fails on a unique key
    END LOOP; END $$;
    DO $$ DECLARE i int := 0; BEGIN WHILE i < 3 LOOP
        INSERT INTO log VALUES (i);
--      ^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `log` again, or fails on a unique key
        i := i + 1;
    END LOOP; END $$;
    DO $$ DECLARE names text[] := ARRAY['a', 'b']; x text; BEGIN FOREACH x IN ARRAY names LOOP
        INSERT INTO log VALUES (x);
--      ^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `log` again, or fails on a unique key
    END LOOP; END $$;
    DO $$ BEGIN IF EXISTS (SELECT 1 FROM users) THEN
        INSERT INTO log VALUES (1);
--      ^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `log` again, or fails on a unique key
    END IF; END $$;
",
        );
    }

    #[test]
    fn a_condition_that_the_first_run_may_change() {
        check(
            &INSERT_NOT_RERUNNABLE,
            "
    DO $$ DECLARE r record; found_id int; n int; BEGIN
        IF NOT EXISTS (SELECT FROM log WHERE email = 'a') THEN
            INSERT INTO log VALUES ('a');
        END IF;
        FOR r IN SELECT u.* FROM users u LEFT JOIN log l ON l.email = u.email WHERE l.email IS NULL LOOP
            INSERT INTO log VALUES (r.email);
        END LOOP;
        FOR r IN SELECT * FROM users LOOP
            SELECT id INTO found_id FROM log WHERE email = r.email;
            IF found_id IS NULL THEN
                INSERT INTO log VALUES (r.email);
            END IF;
            PERFORM 1 FROM log WHERE email = r.email;
            CONTINUE WHEN FOUND;
            INSERT INTO log VALUES (r.email);
        END LOOP;
        PERFORM 1 FROM users;
        UPDATE settings SET v = 'b' WHERE k = 'a';
        IF NOT FOUND THEN
            INSERT INTO settings VALUES ('a', 'b');
        END IF;
        n := 1;
        WHILE n > 0 LOOP
            INSERT INTO log SELECT email FROM next_batch();
            GET DIAGNOSTICS n = ROW_COUNT;
        END LOOP;
        IF is_seeded() THEN
            RETURN;
        END IF;
        INSERT INTO log VALUES ('b');
    END $$;
",
        );
    }

    #[test]
    fn a_source_that_is_gone() {
        check(
            &INSERT_NOT_RERUNNABLE,
            "
    INSERT INTO names SELECT id, name FROM users ON CONFLICT DO NOTHING;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: line 3 has taken column `name` away by then
    INSERT INTO names SELECT id, email FROM users ON CONFLICT DO NOTHING;
    ALTER TABLE users DROP COLUMN IF EXISTS name;
",
        );
        check(
            &INSERT_NOT_RERUNNABLE,
            "
    INSERT INTO t SELECT * FROM u ON CONFLICT DO NOTHING;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: line 2 has taken table `u` away by then
    DROP TABLE IF EXISTS u;
",
        );
    }
}
