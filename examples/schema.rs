//! Prints the schema of a database as SQL, and on standard error how long it took to read and write.
//!
//! ```sh
//! cargo run --example schema -- postgres://localhost/app
//! ```

use std::time::Instant;

use anyhow::Context as _;
use rehearsal::schema::Schema;
use sqlx::{Connection as _, PgConnection};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = std::env::args()
        .nth(1)
        .context("name a database: schema postgres://…")?;
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
