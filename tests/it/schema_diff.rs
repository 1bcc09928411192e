//! Each single change of a schema is in the diff, with its class; renames are told from drops.

use std::fmt::Write as _;

use insta::assert_snapshot;
use rehearsal::{
    diff::{Action, Change, Class, Effect, SchemaDiff},
    provider::NEWEST_MAJOR,
    schema::Schema,
    server::Server,
};
use rehearsal_lints::{SourceFile, history, layout};
use tokio::task::JoinSet;

use crate::{
    schema_changes::{base, changed},
    schema_support::{for_major, major, run, servers},
};

#[tokio::test]
async fn each_change_is_classified() {
    let mut tasks = JoinSet::new();
    for server in servers().await {
        tasks.spawn(each_change_is_classified_on(server));
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
    }
}

async fn each_change_is_classified_on(server: Server) {
    let major = major(&server);
    let database = server.create_database("diff").await.expect("a database");
    let mut connection = database.connect().await.expect("connect");
    let before = base(&mut connection, major).await;
    let changes = for_major(include_str!("fixtures/single_changes.sql"), major);
    let mut shown = String::new();
    for change in changes.lines().filter(|line| !line.starts_with("--")) {
        let after = changed(&mut connection, change).await;
        let diff = SchemaDiff::with_history(&before, &after, &history_of(change));
        assert!(!diff.is_empty(), "on {major}: {change}");
        let _ = writeln!(shown, "{change}\n{}", lines(&diff));
    }
    // Majors differ in what `public` allows, and in what follows a change. The newest has every kind.
    if major == u32::from(NEWEST_MAJOR) {
        assert_snapshot!("single_changes", shown);
    }
}

/// What a migration says that makes this change.
fn history_of(change: &str) -> history::History {
    let file = SourceFile::new("1_change.sql", change);
    let set = layout::sqlx::read(vec![file]).expect("one file");
    history::read(&set, |_| true)
}

/// A change a line, with its class and reason.
fn lines(diff: &SchemaDiff) -> String {
    diff.changes.iter().map(line).collect()
}

fn line(change: &Change) -> String {
    let object = format!("{} {}", change.object.kind, change.object.name);
    let part = change.part.as_ref();
    let part = part.map_or(String::new(), |part| {
        format!(" {} {}", part.kind, part.name)
    });
    let what = match (change.action, change.fact) {
        (Action::Renamed, _) => format!("was {}", change.before.as_deref().unwrap_or_default()),
        (Action::Changed, Some(fact)) => fact.to_owned(),
        (action, _) => format!("{action:?}").to_lowercase(),
    };
    format!(
        "    {}: {object}{part}: {what}: {}\n",
        change.class.words(),
        change.reason
    )
}

/// Migrations, and how their diff reads: by what they say, and by structure alone.
async fn diffs(before: &str, after: &str) -> (SchemaDiff, SchemaDiff) {
    let server = crate::schema_support::server().await;
    let database = server.create_database("rename").await.expect("a database");
    let mut connection = database.connect().await.expect("connect");
    run(&mut connection, before, before).await;
    let old = Schema::read(&mut connection).await.expect("read");
    run(&mut connection, after, after).await;
    let new = Schema::read(&mut connection).await.expect("read");
    let history = history_of(after);
    (
        SchemaDiff::with_history(&old, &new, &history),
        SchemaDiff::between(&old, &new),
    )
}

/// What became of names: `table b was a`, `- column c`, `+ column d`; `~` what changed besides.
fn names(diff: &SchemaDiff) -> String {
    let words = diff.changes.iter().map(|change| {
        let subject = change.part.as_ref().unwrap_or(&change.object);
        let name = subject.name.trim_start_matches("public.");
        let before = change.before.as_deref().unwrap_or_default();
        let before = before.trim_start_matches("public.");
        match (change.action, change.fact) {
            (Action::Added, _) => format!("+{name}"),
            (Action::Removed, _) => format!("-{name}"),
            (Action::Renamed, _) => format!("{before}>{name}"),
            (Action::Changed, fact) => format!("~{name} {}", fact.unwrap_or_default()),
        }
    });
    words.collect::<Vec<_>>().join(", ")
}

const SHOP: &str = "
    CREATE TYPE state AS ENUM ('new', 'paid', 'done');
    CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL, note text, state state DEFAULT 'new',
        CONSTRAINT has_email CHECK (email <> ''));
    CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users, total numeric, a text, b text);
    CREATE INDEX orders_total ON orders (total) WHERE total > 0;
    CREATE VIEW mails AS SELECT id, email, note FROM users;
    CREATE FUNCTION f(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2';
    CREATE TABLE x (id int, one text, two text); CREATE TABLE y (id int, one text, two text);";

#[tokio::test]
async fn renames_are_told_from_drops() {
    let cases = [
        // What it does, what its statements say, what the structure alone says.
        (
            "ALTER TABLE users RENAME TO people",
            "users>people",
            "users>people",
        ),
        (
            "ALTER TABLE users RENAME COLUMN email TO mail",
            "email>mail",
            "email>mail",
        ),
        ("ALTER TABLE orders RENAME COLUMN b TO c", "b>c", "b>c"),
        (
            "ALTER TABLE orders DROP COLUMN b, ADD COLUMN c text",
            "-b, +c",
            "b>c",
        ),
        (
            "ALTER TABLE orders DROP COLUMN a, ADD COLUMN c text",
            "-a, +c",
            "-a, +c",
        ),
        (
            "ALTER TABLE orders DROP COLUMN b, ADD COLUMN c int",
            "-b, +c",
            "-b, +c",
        ),
        (
            "ALTER TABLE orders RENAME COLUMN a TO c; ALTER TABLE orders ALTER COLUMN c TYPE varchar(9)",
            "a>c, ~c type",
            "a>c, ~c type",
        ),
        (
            "ALTER TABLE orders RENAME COLUMN a TO c; ALTER TABLE orders RENAME COLUMN b TO a; ALTER TABLE orders RENAME COLUMN c TO b",
            "a>b, b>a",
            "~orders column order",
        ),
        (
            "ALTER TABLE x RENAME TO z; ALTER TABLE y RENAME TO x; ALTER TABLE z RENAME TO y",
            "y>x, x>y",
            "",
        ),
        ("ALTER TABLE x RENAME TO z", "x>z", "x>z"),
        (
            "ALTER TABLE x RENAME TO p; ALTER TABLE y RENAME TO q",
            "x>p, y>q",
            "+p, +q, -x, -y",
        ),
        (
            "DROP TABLE x; CREATE TABLE z (id int, one text, two text)",
            "-x, +z",
            "x>z",
        ),
        (
            "DROP TABLE x; CREATE TABLE x (id int, one text, two text)",
            "~x recreated",
            "",
        ),
        (
            "CREATE TABLE z (id int, one text); DROP TABLE x; ALTER TABLE z RENAME TO x",
            "~x recreated, -two",
            "-two",
        ),
        (
            "ALTER TABLE orders DROP COLUMN b; ALTER TABLE orders ADD COLUMN b text",
            "~b recreated",
            "",
        ),
        ("CREATE TEMP TABLE x (id int); DROP TABLE x", "", ""),
        (
            "ALTER INDEX orders_total RENAME TO by_total",
            "orders_total>by_total",
            "orders_total>by_total",
        ),
        (
            "ALTER TABLE users RENAME CONSTRAINT has_email TO mailed",
            "has_email>mailed",
            "has_email>mailed",
        ),
        (
            "ALTER TYPE state RENAME VALUE 'paid' TO 'settled'",
            "'paid'>'settled'",
            "'paid'>'settled'",
        ),
        (
            "ALTER TYPE state RENAME TO status",
            "state>status",
            "state>status",
        ),
        (
            "ALTER FUNCTION f(int) RENAME TO g",
            "f(integer)>g(integer)",
            "f(integer)>g(integer)",
        ),
        (
            "CREATE SCHEMA app; ALTER TABLE orders SET SCHEMA app",
            "+app, orders>app.orders",
            "+app, orders>app.orders",
        ),
    ];
    let mut wrong = Vec::new();
    for (after, stated, alone) in cases {
        let (with_history, between) = diffs(SHOP, after).await;
        let found = (names(&with_history), names(&between));
        if found != (stated.to_owned(), alone.to_owned()) {
            wrong.push(format!("{after}\n    {}\n    {}", found.0, found.1));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The structure is the same, so nothing else tells of it.
#[tokio::test]
async fn what_is_dropped_and_created_anew_loses_what_it_held() {
    let again = "DROP TABLE x; CREATE TABLE x (id int, one text, two text); \
                 ALTER TABLE orders DROP COLUMN b; ALTER TABLE orders ADD COLUMN b text;";
    let (with_history, _) = diffs(SHOP, again).await;
    assert_eq!(
        lines(&with_history),
        "    breaking: table public.orders column b: recreated: \
         orders.b is dropped and added anew: values that no statement brings back are lost\n    \
         breaking: table public.x: recreated: \
         x is dropped and created anew: rows that no statement copies over are lost\n"
    );
    let affects = with_history.changes.iter().map(|change| &change.affects);
    assert!(
        affects
            .into_iter()
            .all(|affects| *affects == [Effect::Data])
    );
}

#[tokio::test]
async fn sixty_objects_at_once() {
    let create =
        |n: usize| format!("CREATE TABLE t{n} (id bigint PRIMARY KEY, c{n} text, d text);");
    let before: String = (0..60).map(create).collect();
    let after: String = (0..60)
        .map(|n| match n % 4 {
            0 => format!("ALTER TABLE t{n} DROP COLUMN d;"),
            1 => format!("ALTER TABLE t{n} RENAME TO u{n};"),
            2 => format!("DROP TABLE t{n};"),
            _ => format!("ALTER TABLE t{n} ADD COLUMN e int NOT NULL;"),
        })
        .collect();
    let (with_history, between) = diffs(&before, &after).await;
    assert_eq!(with_history, between);
    assert_eq!(with_history.changes.len(), 60);
    assert_eq!(with_history.count(Class::Breaking), 60);
    let renamed = with_history
        .changes
        .iter()
        .filter(|change| change.action == Action::Renamed);
    assert_eq!(renamed.count(), 15);
}
