//! Which statements get a file of their own, and where it lies.

use crate::{
    Rule,
    rules::{
        blocking::{
            check_validates::CHECK_VALIDATES,
            create_index_not_concurrent::CREATE_INDEX_NOT_CONCURRENT,
            not_null_scans::NOT_NULL_SCANS,
        },
        transaction::no_transaction_shared::NO_TRANSACTION_SHARED,
    },
    test_support,
};

/// The names of the files that the fix of the only finding adds; taking it is checked, too.
#[track_caller]
fn added(rule: &'static Rule, sql: &str) -> Vec<String> {
    let found = test_support::found(rule, sql);
    let [finding] = found.as_slice() else {
        panic!("{} findings", found.len())
    };
    let files = finding.fix.files.iter();
    files
        .map(|file| file.path.trim_start_matches("migrations/").to_owned())
        .collect()
}

#[track_caller]
fn stays(rule: &'static Rule, sql: &str) {
    let found = test_support::found(rule, sql);
    assert_eq!(found.len(), 1);
    assert!(found[0].fix.is_empty(), "{:?}", found[0].fix);
}

/// An index and what follows it.
fn index_then(rest: &str) -> String {
    format!(
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS b int;\nCREATE UNIQUE INDEX i ON t (a);\n{rest}\n"
    )
}

#[test]
fn an_index_that_nothing_behind_it_needs() {
    let two = ["2_drop_unfinished_i.up.sql", "3_create_i.up.sql"];
    for rest in [
        "",
        "COMMENT ON TABLE t IS 'x';",
        "CREATE TABLE u (id bigint PRIMARY KEY);",
        "ALTER TABLE t ALTER COLUMN a SET DEFAULT 1;",
    ] {
        let sql = index_then(rest);
        assert_eq!(added(&CREATE_INDEX_NOT_CONCURRENT, &sql), two, "{rest}");
    }
}

#[test]
fn an_index_that_is_needed_at_once() {
    for rest in [
        "COMMENT ON INDEX i IS 'x';",
        "ALTER TABLE t ADD CONSTRAINT i UNIQUE USING INDEX i;",
        "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO NOTHING;",
        "CREATE TABLE u (a int REFERENCES t (a));",
        "ALTER TABLE t RENAME TO u;",
        "DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD x int', 't'); END $$;",
        "SET LOCAL search_path = app;",
    ] {
        stays(&CREATE_INDEX_NOT_CONCURRENT, &index_then(rest));
    }
}

#[test]
fn behind_migrations_that_do_not_care() {
    let set = |next: &str| {
        format!(
            "-- file: 0001_a.up.sql\nALTER TABLE t ADD COLUMN IF NOT EXISTS b int;\nCREATE INDEX i ON t (a);\n\
             -- file: 0002_b.up.sql\n{next}\n"
        )
    };
    assert_eq!(
        added(
            &CREATE_INDEX_NOT_CONCURRENT,
            &set("CREATE VIEW v AS SELECT a FROM t;")
        ),
        ["0003_drop_unfinished_i.up.sql", "0004_create_i.up.sql"]
    );
    stays(
        &CREATE_INDEX_NOT_CONCURRENT,
        &set("DROP TABLE IF EXISTS t;"),
    );
}

#[test]
fn an_index_that_may_take_the_place_of_another() {
    let swap = |drop: &str| index_then(&format!("DROP INDEX IF EXISTS {drop};"));
    stays(&CREATE_INDEX_NOT_CONCURRENT, &swap("old"));
    let world = "-- file: 1_u.up.sql\nCREATE TABLE IF NOT EXISTS u (a int);\nCREATE INDEX IF NOT EXISTS other ON u (a);\n-- file: 2_a.up.sql\n";
    assert_eq!(
        added(
            &CREATE_INDEX_NOT_CONCURRENT,
            &format!("{world}{}", swap("other"))
        ),
        ["3_drop_unfinished_i.up.sql", "4_create_i.up.sql"]
    );
    stays(
        &CREATE_INDEX_NOT_CONCURRENT,
        &format!(
            "{}-- file: 2_b.up.sql\n-- no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS old;\n",
            index_then("").trim_start_matches('\n')
        ),
    );
}

#[test]
fn dates_count_on_by_the_second() {
    let sql = "-- file: 20260115235958_a.up.sql\nALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);\n";
    assert_eq!(
        added(&CHECK_VALIDATES, sql),
        ["20260115235959_validate_c.up.sql"]
    );
    let sql = "-- file: 20260115235959_a.up.sql\nALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);\n";
    stays(&CHECK_VALIDATES, sql);
}

#[test]
fn a_drop_and_a_build_that_share_a_file() {
    let sql = "-- no-transaction\nDROP INDEX IF EXISTS i;\nCREATE INDEX CONCURRENTLY i ON t (a);\n";
    assert_eq!(added(&NO_TRANSACTION_SHARED, sql), ["2_create_i.up.sql"]);
}

#[test]
fn a_column_that_the_file_takes_for_not_null() {
    let sql = "ALTER TABLE t ALTER COLUMN a SET NOT NULL;\nALTER TABLE t ADD PRIMARY KEY (a);\n";
    stays(&NOT_NULL_SCANS, sql);
    let sql = "ALTER TABLE t ALTER COLUMN a SET NOT NULL;\n";
    assert_eq!(
        added(&NOT_NULL_SCANS, sql),
        [
            "2_validate_t_a_is_not_null.up.sql",
            "3_set_t_a_not_null.up.sql"
        ]
    );
}
