//! Migrations of other runners than sqlx, checked on a real Postgres as those would run them.

use crate::support::Project;

const FIRST: &str = "\
-- +goose Up
CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY, email text);
-- +goose Down
DROP TABLE users;
";
/// As one query, or in a transaction, Postgres would refuse it.
const SECOND: &str = "\
-- +goose NO TRANSACTION
-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS users_email_idx;
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email_idx ON users (email);
-- +goose Down
DROP INDEX CONCURRENTLY users_email_idx;
";
const THIRD: &str = "\
-- +goose Up
ALTER TABLE users ADD COLUMN name text;
-- +goose Down
ALTER TABLE users DROP COLUMN name;
";

#[test]
fn goose_runs_only_the_way_up_and_each_statement_by_itself() {
    let project = Project::new(&[
        ("migrations/00001_users.sql", FIRST),
        ("migrations/00002_email.sql", SECOND),
        ("migrations/00003_name.sql", THIRD),
    ]);
    let said = project.run(&["check", "--quiet"]);
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(
        said,
        [
            "exit 1",
            "--- stdout",
            "migrations/00003_name.sql:2:19: error[add-column-not-rerunnable]: a second run fails here: column `name` of `users` is already there",
            "migrations/00003_name.sql:2:19: warning[lock-timeout-missing]: while this waits for `ACCESS EXCLUSIVE` on `users`, later reads and writes queue behind it without a limit",
            "tests/snapshots/schema.snap: error[snapshot-stale]: there is no committed schema that reviewers could read",
        ]
    );
    let schema = project.run(&["schema"]);
    assert!(
        schema.contains("CREATE INDEX users_email_idx") && schema.contains("name text"),
        "{schema}"
    );
    // The baseline applies what comes before it to a database of its own.
    let said = project.run(&["check", "--quiet", "--since", "2"]);
    assert!(said.contains("00003_name.sql:2:19: error"), "{said}");
}
