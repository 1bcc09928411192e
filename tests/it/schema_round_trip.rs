//! Schema, to SQL, to an empty database, to the same schema.

use rehearsal::schema::{Schema, text_diff};
use sqlx::{AssertSqlSafe, Executor as _};

use crate::schema_support::{for_major, servers};

#[tokio::test]
async fn every_kind_comes_back() {
    for server in servers().await {
        let mut original = server.database("original").await;
        let fixture = for_major(include_str!("fixtures/every_kind.sql"), server.major);
        original
            .execute(sqlx::raw_sql(AssertSqlSafe(fixture)))
            .await
            .expect("apply the fixture");
        let before = Schema::read(&mut original)
            .await
            .expect("read the original");
        let sql = before.to_sql();
        std::fs::write(format!("/tmp/schema-pg/{}.sql", server.major), &sql).unwrap();

        let mut copy = server.database("copy").await;
        if let Err(error) = copy
            .execute(sqlx::raw_sql(AssertSqlSafe(sql.clone())))
            .await
        {
            panic!("load the SQL: {error:?}");
        }
        let after = Schema::read(&mut copy).await.expect("read the copy");
        assert_eq!(text_diff(&before, &after), "", "on {}", server.major);
        assert_same(&before, &after, server.major);
    }
}

/// Fails with what differs in the model, also where the SQL is the same.
#[track_caller]
fn assert_same(before: &Schema, after: &Schema, major: u32) {
    if before != after {
        let (before, after) = (format!("{before:#?}"), format!("{after:#?}"));
        let diff = similar::TextDiff::from_lines(&before, &after);
        panic!("on {major}:\n{}", diff.unified_diff().context_radius(8));
    }
}
