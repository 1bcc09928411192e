//! The same schema is the same text on each major.

use rehearsal::schema::Schema;
use similar::{ChangeTag, TextDiff};

use crate::schema_support::{for_major, major, run, servers};

#[tokio::test]
async fn fixture_is_the_same_text_on_every_major() {
    let mut texts = Vec::new();
    for server in servers().await {
        let database = server.create_database("majors").await.expect("a database");
        let mut connection = database.connect().await.expect("connect");
        let fixture = for_major(include_str!("fixtures/every_kind.sql"), 13);
        run(&mut connection, "apply the fixture", &fixture).await;
        let schema = Schema::read(&mut connection).await.expect("read");
        texts.push((major(&server), schema.to_sql()));
    }
    for pair in texts.windows(2) {
        let [(older, before), (newer, after)] = pair else {
            unreachable!("windows of two");
        };
        let changes = changes(before, after).join("\n");
        assert_eq!(changes, "", "from {older} to {newer}");
    }
}

/// The lines that differ, each with its sign.
pub(crate) fn changes(before: &str, after: &str) -> Vec<String> {
    TextDiff::from_lines(before, after)
        .iter_all_changes()
        .filter(|change| change.tag() != ChangeTag::Equal)
        .map(|change| format!("{}{}", change.tag(), change.value().trim_end()))
        .collect()
}
