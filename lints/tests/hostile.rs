//! Nothing that a file holds makes the linter panic, hang, stop, or speak differently from one time to the next.

use std::fmt::Write as _;

use rehearsal_lints::{
    Finding, Migration, Settings, SourceFile, TransactionMode, action::Action, layout::sqlx, lint,
};

/// What the linter says of one file.
fn found(text: &str) -> Vec<Finding> {
    let file = SourceFile::new("1_test.up.sql", text);
    let set = sqlx::read(vec![file]).expect("the name is sqlx's");
    let found = lint(&set, &Settings::default());
    for one in &found {
        let places = one.fix.edits.iter().map(|edit| edit.span).chain([one.span]);
        for span in places {
            assert!(text.get(span.start..span.end).is_some(), "{one:?}");
        }
    }
    found
}

/// How many of a file's steps nobody understands.
fn unknown(text: &str) -> usize {
    let file = SourceFile::new("1_test.up.sql", text);
    Migration::new(1, "", file, TransactionMode::Wrapped)
        .steps
        .iter()
        .filter(|step| matches!(step.action, Action::Unknown { .. }))
        .count()
}

/// Numbered copies of a piece of SQL in which `#` stands for the number.
fn copies(count: usize, sql: &str) -> String {
    let mut text = String::new();
    for n in 0..count {
        let _ = writeln!(text, "{}", sql.replace('#', &n.to_string()));
    }
    text
}

/// Asserts that what stands before a broken rest is judged all the same.
#[track_caller]
fn keeps_its_neighbour(rest: &str) {
    let text = format!("DROP TABLE before;\n{rest}");
    let found = found(&text);
    assert!(
        found.iter().any(|one| one.rule.name == "drop-table"),
        "{}",
        &rest[..rest.floor_char_boundary(80)]
    );
}

#[test]
fn the_same_text_gives_the_same_findings() {
    // Two constraints refer to one column: which one is told was up to the order of a hash set.
    let text = "
        ALTER TABLE a DROP CONSTRAINT IF EXISTS a_pkey;
        ALTER TABLE a ADD COLUMN IF NOT EXISTS id uuid;
        ALTER TABLE a ADD PRIMARY KEY (id);
        ALTER TABLE b ADD COLUMN IF NOT EXISTS a_id uuid REFERENCES a (id);
        ALTER TABLE c ADD COLUMN IF NOT EXISTS a_id uuid REFERENCES a (id);
        ALTER TABLE d ADD COLUMN IF NOT EXISTS a_id uuid REFERENCES a (id);";
    let said = || format!("{:?}", found(text));
    let first = said();
    for _ in 0..50 {
        assert_eq!(said(), first);
    }
}

#[test]
fn what_is_never_closed_leaves_its_neighbours() {
    for open in [
        "SELECT '",
        "SELECT \"",
        "SELECT E'\\",
        "SELECT U&'\\",
        "SELECT B'",
        "SELECT $$",
        "SELECT $a$ $$ $b$",
        "/* /* */",
        "/*",
        "SELECT (",
        "SELECT a[",
        "SELECT CASE WHEN",
        "DO $$ BEGIN",
        "DO $$ BEGIN IF a THEN END $$",
        "DO $$ BEGIN SELECT '; END $$",
        "DO $$ BEGIN EXECUTE 'SELECT '''; END $$",
        "DO 'BEGIN",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE; DROP TABLE a;",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC BEGIN ATOMIC",
        "COPY t FROM stdin;\n1\t2\n",
        "\\set x '",
    ] {
        keeps_its_neighbour(open);
        keeps_its_neighbour(&format!("{open}\0"));
        keeps_its_neighbour(&format!("{open}\u{1F300}"));
        keeps_its_neighbour(&open.repeat(2_000));
    }
}

#[test]
fn a_body_without_an_end_hides_nothing_in_silence() {
    let text = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; DROP TABLE a;";
    assert_eq!(unknown(text), 1);
    assert_eq!(unknown(&format!("{text} END;")), 0);
    // Only a routine has such a body.
    let found = found("CREATE TYPE t AS ENUM ('a', BEGIN ATOMIC 'b'); DROP TABLE a;");
    assert!(found.iter().any(|one| one.rule.name == "drop-table"));
}

#[test]
fn zero_bytes_are_only_not_understood() {
    for text in [
        "\0",
        "SELECT \0",
        "SELECT '\0'",
        "\0DROP TABLE t",
        "-- \0\n",
        "DO $$ \0 $$",
    ] {
        keeps_its_neighbour(text);
    }
    let around = found("DROP TABLE before;\nSELECT \0;\nDROP TABLE after;");
    assert_eq!(
        around
            .iter()
            .filter(|one| one.rule.name == "drop-table")
            .count(),
        2
    );
}

#[test]
fn a_zero_byte_has_a_place() {
    for text in [
        "SELECT 1;\nCREATE TABLE t (id int,\n  b te\0xt);\n",
        "SELECT 1;\n\n  -- \0\nSELECT 2;\n",
        "SELECT 1;\n\nE'é\0'\n",
        "SELECT 1;\n\n--- \0\n",
    ] {
        let file = SourceFile::new("1_test.up.sql", text);
        let found = found(text);
        let told: Vec<_> = found
            .iter()
            .filter(|one| one.rule.name == "statement-not-understood")
            .map(|one| file.position(one.span.start))
            .collect();
        let expected = file.position(text.find('\0').expect("a zero byte"));
        assert_eq!(told, [expected], "{text:?}");
        assert_eq!(expected.line, 3);
    }
}

#[test]
fn a_partition_of_itself_is_filled_once() {
    found(
        "CREATE TABLE t (id int) PARTITION BY LIST (id);\n\
         ALTER TABLE t ATTACH PARTITION t DEFAULT;\n\
         INSERT INTO t SELECT 1;",
    );
}

#[test]
fn unpaired_parentheses_are_not_understood_and_not_fixed() {
    // The guard of the fix would take in what stands behind an open parenthesis.
    for text in [
        "CREATE TYPE t AS ENUM ('a') (",
        "CREATE TYPE t AS CHECK (",
        "CREATE EXTENSION e )",
        "CREATE DOMAIN d AS int CHECK (value > a[)]",
    ] {
        assert_eq!(unknown(text), 1, "{text}");
        assert!(found(text).iter().all(|one| one.fix.is_empty()), "{text}");
    }
}

#[test]
fn everything_that_nests_may_nest_deep() {
    const DEEP: usize = 5_000;
    for (open, middle, close) in [
        ("SELECT (", "1", ")"),
        ("SELECT * FROM (", "SELECT 1", ") a"),
        ("SELECT ", "1", ""),
        ("SELECT ARRAY[", "1", "]"),
        ("SELECT CASE WHEN ", "true", " THEN 1 END"),
        ("SELECT NOT ", "true", ""),
        ("SELECT a[", "1", "]"),
        ("WITH a AS (", "SELECT 1", ") SELECT 1"),
        ("/* ", "", " */"),
        ("CREATE TABLE t (a int DEFAULT (", "1", "))"),
        ("CREATE TABLE t (a numeric(", "1", "))"),
        ("EXPLAIN ", "SELECT 1", ""),
        ("DO $$ BEGIN ", "", " END $$"),
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC ",
            "SELECT 1;",
            " END",
        ),
    ] {
        keeps_its_neighbour(&[&open.repeat(DEEP), middle, &close.repeat(DEEP)].concat());
    }
    let body = |open: &str, close: &str| {
        keeps_its_neighbour(&format!(
            "DO $$ BEGIN {} {} END $$;",
            open.repeat(DEEP),
            close.repeat(DEEP)
        ));
    };
    body("IF a THEN ", "END IF;");
    body("BEGIN ", "END;");
    body("LOOP ", "END LOOP;");
    body("CASE a WHEN 1 THEN ", "END CASE;");
    body("FOR a IN SELECT (", ") LOOP END LOOP;");
}

#[test]
fn code_in_literals_in_literals_comes_to_an_end() {
    let mut code = "DROP TABLE inner_one".to_owned();
    for level in 0..60 {
        code = format!("DO $q{level}$ BEGIN EXECUTE $x{level}${code}$x{level}$; END $q{level}$");
    }
    keeps_its_neighbour(&code);
}

#[test]
fn five_megabytes_in_one_statement() {
    const SIZE: usize = 5 << 20;
    keeps_its_neighbour(&format!("SELECT '{}';", "x".repeat(SIZE)));
    keeps_its_neighbour(&format!("/*{}*/", "x".repeat(SIZE)));
    keeps_its_neighbour(&format!("-- {}", "x".repeat(SIZE)));
    keeps_its_neighbour(&format!("SELECT {}", "x".repeat(SIZE)));
    let rows = "(1, 'some text'), ".repeat(SIZE / 18);
    let insert = format!("INSERT INTO t VALUES {rows}(1, 'a');");
    assert_eq!(unknown(&insert), 0);
    let body = "INSERT INTO t VALUES (1, 'some text');\n".repeat(SIZE / 39);
    keeps_its_neighbour(&format!("DO $$ BEGIN {body} END $$;"));
}

#[test]
fn ten_thousand_suppressions() {
    let text = copies(
        10_000,
        "-- rehearsal: allow(drop-table): unused since March\nDROP TABLE IF EXISTS t#;",
    );
    assert!(found(&text).iter().all(|one| one.rule.name != "drop-table"));
    let unused = copies(
        10_000,
        "-- rehearsal: allow(drop-table): nothing here\nSELECT #;",
    );
    assert_eq!(
        found(&unused)
            .iter()
            .filter(|one| one.rule.name == "suppression-unused")
            .count(),
        10_000
    );
    keeps_its_neighbour(&copies(10_000, "-- rehearsal: allow(drop-table)"));
    keeps_its_neighbour(&copies(
        10_000,
        "-- rehearsal: allow-file(drop-column): number #",
    ));
}

#[test]
fn a_hundred_thousand_small_statements() {
    let found = found(&copies(100_000, "SELECT #;"));
    assert!(found.iter().all(|one| one.span.start == 0), "{found:?}");
}

#[test]
fn thousands_of_savepoints_do_not_multiply_what_is_known() {
    // A copy of all tables for each savepoint would take gigabytes.
    let text = copies(
        10_000,
        "CREATE TABLE t# (id int PRIMARY KEY); SAVEPOINT s#;",
    );
    keeps_its_neighbour(&format!(
        "{text} ROLLBACK TO s5000; DROP TABLE t4999; DROP TABLE t5001;"
    ));
}

#[test]
fn thousands_of_indexes_of_one_table() {
    let text = copies(10_000, "CREATE INDEX IF NOT EXISTS i# ON t (c#, d);");
    keeps_its_neighbour(&text);
}
