//! Generated rows: every common type and key gets some, and what cannot be filled is said.

use rehearsal::{ProviderSettings, RehearsalOptions, Server, provider::Quiet, rehearse};
use rehearsal_lints::{SourceFile, layout};

/// A second run that counts the rows of each table: it fails unless each has ten.
async fn notes(sql: &str, full: &[&str]) -> anyhow::Result<Vec<String>> {
    let counts: String = full
        .iter()
        .map(|table| {
            format!(
                "IF (SELECT count(*) FROM {table}) NOT BETWEEN 1 AND 10 AND to_regclass('second') IS NOT NULL \
                 THEN RAISE EXCEPTION '{table} has % rows', (SELECT count(*) FROM {table}); END IF;\n"
            )
        })
        .collect();
    // The first run comes before the rows, the second after them.
    let text =
        format!("{sql}\nDO $$ BEGIN {counts} END $$;\nCREATE TABLE IF NOT EXISTS second ();");
    let set = layout::sqlx::read(vec![SourceFile::new("1_m.sql", text)])?;
    let server = Server::start(&ProviderSettings::from_env()?, &Quiet).await?;
    let rehearsal = rehearse(&server, &set, &RehearsalOptions::default(), &Quiet).await?;
    server.stop().await?;
    let messages: Vec<_> = rehearsal
        .findings
        .iter()
        .map(|finding| &finding.message)
        .collect();
    assert!(messages.is_empty(), "{messages:#?}");
    Ok(rehearsal.notes)
}

#[tokio::test]
async fn types_and_keys() -> anyhow::Result<()> {
    let sql = "
        DO $$ BEGIN CREATE TYPE mood AS ENUM ('sad', 'happy'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        DO $$ BEGIN CREATE DOMAIN short AS varchar(4); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        CREATE TABLE IF NOT EXISTS parents (id uuid PRIMARY KEY, parent uuid NOT NULL REFERENCES parents);
        CREATE TABLE IF NOT EXISTS everything (
            a bigint GENERATED ALWAYS AS IDENTITY, b serial UNIQUE, c mood NOT NULL, d short NOT NULL UNIQUE,
            e text[] NOT NULL, f int4range NOT NULL, g timestamptz NOT NULL, h jsonb NOT NULL, i inet NOT NULL,
            j bytea NOT NULL, k numeric(5, 2) NOT NULL, l interval NOT NULL, m bit(3) NOT NULL, n char(2) NOT NULL,
            o xml NOT NULL, p point NOT NULL, q macaddr NOT NULL, r tsvector NOT NULL, s money NOT NULL,
            t boolean NOT NULL, u date NOT NULL, v time NOT NULL, w real NOT NULL, x int GENERATED ALWAYS AS (1) STORED,
            parent uuid NOT NULL REFERENCES parents, PRIMARY KEY (a));
        CREATE TABLE IF NOT EXISTS single (one boolean PRIMARY KEY DEFAULT true CHECK (one));
        CREATE TABLE IF NOT EXISTS kinds (kind text NOT NULL CHECK (kind IN ('a', 'b')), n int CHECK (n > 100));
        CREATE TABLE IF NOT EXISTS pairs (
            a uuid NOT NULL REFERENCES parents, b uuid NOT NULL REFERENCES parents, CHECK (a <> b));
        CREATE TABLE IF NOT EXISTS modes (mode text NOT NULL, days int,
            CHECK ((mode = 'soft' AND days IS NOT NULL) OR (mode = 'hard' AND days IS NULL)));
        CREATE TABLE IF NOT EXISTS months (day date NOT NULL) PARTITION BY RANGE (day);
        CREATE TABLE IF NOT EXISTS months_2026_01 PARTITION OF months FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');";
    let full = [
        "parents",
        "everything",
        "single",
        "kinds",
        "pairs",
        "modes",
        "months_2026_01",
    ];
    assert_eq!(notes(sql, &full).await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn triggers_do_not_fire() -> anyhow::Result<()> {
    let sql = "
        CREATE TABLE IF NOT EXISTS log (n int);
        CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
        DROP TRIGGER IF EXISTS refuse ON log;
        CREATE TRIGGER refuse BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION refuse();";
    assert_eq!(notes(sql, &["log"]).await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn what_stays_empty_is_said_once() -> anyhow::Result<()> {
    let sql = "
        CREATE TABLE IF NOT EXISTS odd (id int PRIMARY KEY, word text NOT NULL CHECK (length(word) = 77));
        CREATE TABLE IF NOT EXISTS child (odd int NOT NULL REFERENCES odd);";
    assert_eq!(
        notes(sql, &[]).await?,
        [
            r#"public.odd stays without rows: 23514: new row for relation "odd" violates check constraint "odd_word_check"; so does 1 table that refers to it"#
        ],
    );
    Ok(())
}
