//! Indexes that are spelled from their parts are spelled as Postgres spells them.

use std::collections::BTreeMap;

use rehearsal::schema::{Definition, Schema};

use crate::schema_support::{for_major, major, run, servers};

#[tokio::test]
async fn definitions_are_those_of_postgres() {
    for server in servers().await {
        let major = major(&server);
        let database = server.create_database("indexes").await.expect("a database");
        let mut connection = database.connect().await.expect("connect");
        let fixture = for_major(include_str!("fixtures/indexes.sql"), major);
        run(&mut connection, "apply the fixture", &fixture).await;
        let schema = Schema::read(&mut connection).await.expect("read");
        let relations = schema.objects.into_values();
        let indexes = relations.flat_map(|object| match object.definition {
            Definition::Relation(relation) => relation.indexes,
            _ => Vec::new(),
        });
        let ours: BTreeMap<_, _> = indexes
            .map(|index| (index.full_name, index.definition))
            .collect();

        run(&mut connection, "set", "SET search_path = ''").await;
        let theirs: Vec<(String, String)> = sqlx::query_as(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid, 0, true) \
             FROM pg_index WHERE indexrelid >= 16384 AND indexrelid::regclass::text !~ '^pg_toast'",
        )
        .fetch_all(&mut connection)
        .await
        .expect("ask Postgres");
        assert!(theirs.len() > 60, "{} indexes", theirs.len());
        assert_eq!(
            ours,
            theirs.into_iter().collect::<BTreeMap<_, _>>(),
            "on {major}"
        );
    }
}
