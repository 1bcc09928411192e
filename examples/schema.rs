//! Prints the schema of a database as SQL, and on standard error how long it took to read and write.
//! With a number, does so as many times in turn with `pg_dump --schema-only`, and compares the best of each.
//!
//! ```sh
//! cargo run --example schema -- postgres://localhost/app
//! psql -v tables=1000 -f examples/large.sql app
//! cargo run --release --example schema -- postgres://localhost/app 9
//! ```

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rehearsal::schema::Schema;
use sqlx::{Connection as _, PgConnection};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .context("name a database: schema postgres://…")?;
    if let Some(times) = arguments.next() {
        return compare(&url, times.parse().context("how many times")?).await;
    }
    let mut connection = PgConnection::connect(&url).await.context("connect")?;
    let began = Instant::now();
    let schema = Schema::read(&mut connection).await?;
    let read = began.elapsed();
    let sql = schema.to_sql();
    let written = began.elapsed() - read;
    print!("{sql}");
    eprintln!(
        "{} objects: read in {read:.0?}, written in {written:.0?}",
        schema.objects.len()
    );
    Ok(())
}

/// Takes the time of both as whole: connect, read, write.
async fn compare(url: &str, times: u32) -> anyhow::Result<()> {
    let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
    for _ in 0..times {
        let began = Instant::now();
        let mut connection = PgConnection::connect(url).await.context("connect")?;
        let sql = Schema::read(&mut connection).await?.to_sql();
        ours = ours.min(began.elapsed());
        ensure!(!sql.is_empty(), "the database is empty");

        let began = Instant::now();
        let dump = Command::new("pg_dump")
            .args(["--schema-only", url])
            .output();
        theirs = theirs.min(began.elapsed());
        ensure!(
            dump.context("run pg_dump")?.status.success(),
            "pg_dump failed"
        );
    }
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    eprintln!("best of {times}: {ours:.0?}, pg_dump {theirs:.0?}: {ratio:.2} of its time");
    Ok(())
}
