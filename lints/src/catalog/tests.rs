//! Which table a name means, and whether it was there before the migration.

use crate::{
    catalog::{Catalog, Key},
    lower,
    name::{Ident, ObjectName},
    source::SourceFile,
    statement,
};

/// What is known of `names` when the last of several files is over: `new`, `filled` (new, with rows), `temporary`, or
/// `old`, as of a table that no migration creates.
#[track_caller]
fn check(files: &[&str], names: &[(&str, &str)]) {
    let mut catalog = Catalog::default();
    for file in files {
        let source = SourceFile::new("a.sql", *file);
        let steps = lower::lower(&source, &statement::split(&source).statements);
        catalog.begin_migration(&steps);
        for step in &steps {
            catalog.apply(step);
        }
    }
    for (written, expected) in names {
        let name = name(written);
        let found = match (catalog.is_new(&name), catalog.is_new_and_empty(&name)) {
            _ if catalog.is_temporary(&name) => "temporary",
            (true, true) => "new",
            (true, false) => "filled",
            (false, _) => "old",
        };
        assert_eq!(found, *expected, "{written} after {files:?}");
    }
}

/// A name as it is stored, not as it is written: `schema.name`.
fn name(text: &str) -> ObjectName {
    let (schema, name) = match text.split_once('.') {
        Some((schema, name)) => (Some(schema.to_owned()), name),
        None => (None, text),
    };
    ObjectName::new(schema, Ident::new(name.to_owned(), Default::default()))
}

#[test]
fn one_table_many_spellings() {
    for create in [
        "t",
        "T",
        "\"t\"",
        "public.t",
        "PUBLIC.\"t\"",
        "\"public\" . t",
    ] {
        check(
            &[&format!("CREATE TABLE {create} (a int)")],
            &[
                ("t", "new"),
                ("public.t", "new"),
                ("T", "old"),
                ("app.t", "old"),
            ],
        );
    }
    check(
        &["CREATE TABLE \"T\" (a int)"],
        &[("T", "new"), ("t", "old")],
    );
    check(
        &["CREATE TABLE \"a.b\" (a int)"],
        &[("public.a.b", "new"), ("a.b", "old")],
    );
}

#[test]
fn search_paths() {
    check(
        &["SET search_path TO app, public; CREATE TABLE t (a int);"],
        &[("t", "new"), ("app.t", "new"), ("public.t", "old")],
    );
    check(
        &["SET LOCAL search_path = 'app'; CREATE TABLE t (a int); SET search_path = public; "],
        &[("t", "old"), ("app.t", "new")],
    );
    check(
        &[
            "CREATE TABLE public.t (a int)",
            "SET search_path = app, public; CREATE TABLE app.u (a int)",
        ],
        &[("t", "old"), ("u", "new"), ("public.u", "old")],
    );
    check(
        &[
            "SELECT set_config('search_path', 'app', false); CREATE TABLE t (a int); RESET search_path",
        ],
        &[("t", "old"), ("app.t", "new")],
    );
    // The next migration has a session of its own.
    check(
        &[
            "SET search_path = app; CREATE TABLE t (a int)",
            "CREATE TABLE u (a int)",
        ],
        &[("u", "new"), ("public.u", "new"), ("app.u", "old")],
    );
    check(
        &["SET search_path = \"$user\", App; CREATE TABLE t (a int)"],
        &[("app.t", "new")],
    );
    check(
        &["CREATE SCHEMA app CREATE TABLE t (a int)"],
        &[("app.t", "new"), ("public.t", "old")],
    );
    // Of two schemas in the path, the first that has the table.
    check(
        &[
            "CREATE TABLE b.t (a int)",
            "SET search_path = a, b; CREATE TABLE IF NOT EXISTS a.u (a int); INSERT INTO t SELECT 1",
        ],
        &[("t", "old"), ("b.t", "old"), ("a.t", "old"), ("u", "new")],
    );
    // The search_path of a rolled back transaction comes back, too.
    check(
        &["BEGIN; SET search_path = app; ROLLBACK; CREATE TABLE t (a int)"],
        &[("public.t", "new"), ("app.t", "old")],
    );
    // `SET LOCAL` ends with its transaction.
    check(
        &["BEGIN; SET LOCAL search_path = app; COMMIT; CREATE TABLE t (a int)"],
        &[("public.t", "new"), ("app.t", "old")],
    );
}

#[test]
fn renames() {
    check(
        &["CREATE TABLE t (a int); ALTER TABLE t RENAME TO u"],
        &[("u", "new"), ("t", "old")],
    );
    check(
        &[
            "CREATE TABLE t (a int)",
            "ALTER TABLE t RENAME TO t_old; CREATE TABLE t (a int)",
        ],
        &[("t", "new"), ("t_old", "old")],
    );
    // The table takes the place of another one.
    check(
        &[
            "CREATE TABLE t_new (a int); INSERT INTO t_new SELECT 1; ALTER TABLE t RENAME TO t_old; ALTER TABLE t_new RENAME TO t",
        ],
        &[("t", "filled"), ("t_old", "old"), ("t_new", "old")],
    );
    check(
        &["CREATE TABLE t (a int); ALTER TABLE t SET SCHEMA app"],
        &[("app.t", "new"), ("t", "old")],
    );
    check(
        &["CREATE TABLE a.t (x int); ALTER SCHEMA a RENAME TO b"],
        &[("b.t", "new"), ("a.t", "old")],
    );
    check(
        &["CREATE TABLE t (a int); ALTER TABLE IF EXISTS public.t RENAME TO \"T\""],
        &[("T", "new"), ("t", "old")],
    );
}

#[test]
fn temporary_tables() {
    check(
        &["CREATE TABLE t (a int)", "CREATE TEMP TABLE t (a int)"],
        &[
            ("t", "temporary"),
            ("public.t", "old"),
            ("pg_temp.t", "temporary"),
        ],
    );
    check(
        &["CREATE TEMP TABLE t (a int); DROP TABLE t; CREATE TABLE t (a int)"],
        &[("t", "new"), ("public.t", "new")],
    );
    check(
        &[
            "CREATE TEMPORARY TABLE t (a int)",
            "ALTER TABLE t ADD b int",
        ],
        &[("t", "old")],
    );
    check(
        &["CREATE TABLE pg_temp.t (a int)"],
        &[("t", "temporary"), ("public.t", "old")],
    );
    check(
        &["SELECT 1 AS a INTO TEMP t"],
        &[("t", "temporary"), ("public.t", "old")],
    );
    check(
        &["BEGIN; CREATE TEMP TABLE t (a int) ON COMMIT DROP; COMMIT; CREATE INDEX ON t (a)"],
        &[("t", "old")],
    );
}

#[test]
fn rollbacks() {
    check(
        &["BEGIN; CREATE TABLE t (a int); ROLLBACK"],
        &[("t", "old")],
    );
    check(&["BEGIN; CREATE TABLE t (a int); COMMIT"], &[("t", "new")]);
    check(
        &["BEGIN; SAVEPOINT s; CREATE TABLE t (a int); ROLLBACK TO s; CREATE TABLE u (a int)"],
        &[("t", "old"), ("u", "new")],
    );
    check(
        &[
            "BEGIN; SAVEPOINT s; CREATE TABLE t (a int); RELEASE s; SAVEPOINT s; CREATE TABLE u (a int); ROLLBACK TO SAVEPOINT s",
        ],
        &[("t", "new"), ("u", "old")],
    );
    check(
        &[
            "SAVEPOINT a; CREATE TABLE t (x int); SAVEPOINT b; CREATE TABLE u (x int); ROLLBACK TO a; CREATE TABLE v (x int)",
        ],
        &[("t", "old"), ("u", "old"), ("v", "new")],
    );
    check(
        &["CREATE TABLE t (a int); SAVEPOINT s; DROP TABLE t; ROLLBACK TO s"],
        &[("t", "new")],
    );
    check(
        &["CREATE TABLE t (a int); SAVEPOINT s; INSERT INTO t SELECT 1; ROLLBACK TO s"],
        &[("t", "new")],
    );
    // What the first file rolled back was never there.
    check(
        &[
            "BEGIN; CREATE TABLE t (a int); ROLLBACK",
            "CREATE TABLE t (a int)",
        ],
        &[("t", "new")],
    );
    check(
        &["CREATE TABLE t (a int); BEGIN; ROLLBACK AND CHAIN; ROLLBACK"],
        &[("t", "new")],
    );
    check(&["BEGIN; CREATE TABLE t (a int); ABORT"], &[("t", "old")]);
}

#[test]
fn if_not_exists_and_across_files() {
    check(&["CREATE TABLE IF NOT EXISTS t (a int)"], &[("t", "new")]);
    check(
        &[
            "CREATE TABLE t (a int)",
            "CREATE TABLE IF NOT EXISTS t (a int)",
        ],
        &[("t", "old")],
    );
    check(
        &[
            "CREATE TABLE t (a int)",
            "DROP TABLE t; CREATE TABLE IF NOT EXISTS t (a int)",
        ],
        &[("t", "new")],
    );
    check(
        &[
            "CREATE TABLE t (a int)",
            "DROP TABLE IF EXISTS t",
            "CREATE TABLE IF NOT EXISTS public.t (a int)",
        ],
        &[("t", "new")],
    );
    check(&["CREATE TABLE t (a int)", "SELECT 1"], &[("t", "old")]);
    check(
        &[
            "CREATE TABLE app.t (a int)",
            "DROP SCHEMA app CASCADE; CREATE SCHEMA app; CREATE TABLE IF NOT EXISTS app.t (a int)",
        ],
        &[("app.t", "new")],
    );
    // A table that no migration creates: altered here, it was there.
    check(
        &[
            "ALTER TABLE t ADD a int",
            "CREATE TABLE IF NOT EXISTS t (a int)",
        ],
        &[("t", "old")],
    );
}

#[test]
fn filled_tables() {
    for fill in [
        "INSERT INTO t SELECT a FROM u",
        "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
        "WITH x AS (INSERT INTO t SELECT 1 FROM u RETURNING a) SELECT 1",
        "COPY t FROM '/x'",
        "MERGE INTO t USING u ON t.a = u.a WHEN NOT MATCHED THEN INSERT VALUES (1)",
        "DO $$ BEGIN FOR i IN 1..9 LOOP INSERT INTO public.t SELECT i FROM u; END LOOP; END $$",
        "INSERT INTO t SELECT 1 FROM generate_series(1, 100000)",
    ] {
        check(
            &[&format!("CREATE TABLE t (a int); {fill}")],
            &[("t", "filled")],
        );
        check(
            &[&format!("CREATE TABLE t (a int); {fill}; TRUNCATE t")],
            &[("t", "new")],
        );
    }
    for few in [
        "INSERT INTO t VALUES (1), (2)",
        "INSERT INTO t DEFAULT VALUES",
        "UPDATE t SET a = 1",
    ] {
        check(
            &[&format!("CREATE TABLE t (a int); {few}")],
            &[("t", "new")],
        );
    }
    check(&["CREATE TABLE t AS SELECT a FROM u"], &[("t", "filled")]);
    check(
        &["CREATE TABLE t AS SELECT a FROM u WITH NO DATA"],
        &[("t", "new")],
    );
    check(&["SELECT a INTO t FROM u"], &[("t", "filled")]);
    check(
        &["SELECT a INTO TABLE app.t FROM u"],
        &[("app.t", "filled")],
    );
    check(&["CREATE TABLE t (LIKE u INCLUDING ALL)"], &[("t", "new")]);
    check(
        &["CREATE TABLE t (a int); INSERT INTO t SELECT 1 FROM u; ALTER TABLE t RENAME TO v"],
        &[("v", "filled")],
    );
}

#[test]
fn partitions_and_children() {
    check(
        &[
            "CREATE TABLE p (a int) PARTITION BY LIST (a)",
            "CREATE TABLE t PARTITION OF p FOR VALUES IN (1)",
        ],
        &[("p", "old"), ("t", "new")],
    );
    // Rows that go into the parent stand in its partition.
    check(
        &[
            "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE t PARTITION OF p DEFAULT; INSERT INTO p SELECT 1 FROM u",
        ],
        &[("p", "filled"), ("t", "filled")],
    );
    check(
        &["CREATE TABLE p (a int); CREATE TABLE t (b int) INHERITS (p)"],
        &[("p", "new"), ("t", "new")],
    );
    // An existing table that is attached brings its rows.
    check(
        &["CREATE TABLE p (a int) PARTITION BY LIST (a); ALTER TABLE p ATTACH PARTITION u DEFAULT"],
        &[("p", "filled")],
    );
}

#[test]
fn schemas_that_are_dropped() {
    check(
        &["CREATE TABLE app.t (a int); DROP SCHEMA app CASCADE"],
        &[("app.t", "old")],
    );
    let mut catalog = Catalog::default();
    let source = SourceFile::new(
        "a.sql",
        "CREATE TABLE app.t (a int PRIMARY KEY); DROP SCHEMA app CASCADE",
    );
    let steps = lower::lower(&source, &statement::split(&source).statements);
    catalog.begin_migration(&steps);
    for step in &steps {
        catalog.apply(step);
    }
    let key = |name: &str| Key {
        schema: "app".to_owned(),
        name: name.to_owned(),
    };
    assert!(!catalog.knows(&key("t")) && !catalog.knows(&key("t_pkey")));
}
