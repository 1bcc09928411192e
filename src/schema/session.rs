//! Makes a session spell everything in full and in one way, and leaves it as it was.
//!
//! `pg_get_viewdef` and its kin leave out the schemas that the search path names, and print
//! constants by the session's settings. So these are set for the reading alone: within a savepoint
//! where the caller is in a transaction (which a failed read then does not abort), else within a
//! read-only transaction.

use anyhow::Context as _;
use sqlx::{Connection as _, Executor as _, PgConnection};

const SPELLING: &str = "
    SET LOCAL search_path = '';
    SET LOCAL quote_all_identifiers = off;
    SET LOCAL DateStyle = ISO, YMD;
    SET LOCAL IntervalStyle = postgres;
    SET LOCAL TimeZone = 'UTC';
    SET LOCAL extra_float_digits = 1;
    SET LOCAL bytea_output = hex;
    SET LOCAL jit = off";

/// Runs `read` in a session with fixed spelling, in whatever transaction state the caller is.
pub(super) async fn quietly<T>(
    connection: &mut PgConnection,
    read: impl AsyncFnOnce(&mut PgConnection) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    if in_transaction(connection)
        .await
        .context("ask for the transaction's state")?
    {
        connection
            .execute("SAVEPOINT rehearsal_schema")
            .await
            .context("set a savepoint")?;
        let value = spelled(connection, read).await;
        // Also takes the settings back.
        let back = connection
            .execute("ROLLBACK TO SAVEPOINT rehearsal_schema; RELEASE SAVEPOINT rehearsal_schema")
            .await;
        // Where both failed, the first error is the one to tell.
        let value = value?;
        back.context("return to the savepoint")?;
        return Ok(value);
    }
    let mut transaction = connection
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await
        .context("begin a read-only transaction")?;
    let value = spelled(&mut transaction, read).await;
    let back = transaction.rollback().await;
    let value = value?;
    back.context("end the read-only transaction")?;
    Ok(value)
}

async fn spelled<T>(
    connection: &mut PgConnection,
    read: impl AsyncFnOnce(&mut PgConnection) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    connection
        .execute(SPELLING)
        .await
        .context("fix the session's spelling")?;
    read(connection).await
}

/// Whether a transaction is open, however it was begun: a local setting lasts only there.
async fn in_transaction(connection: &mut PgConnection) -> sqlx::Result<bool> {
    connection
        .execute("SELECT set_config('rehearsal.probe', 'on', true)")
        .await?;
    let probe: Option<String> =
        sqlx::query_scalar("SELECT current_setting('rehearsal.probe', true)")
            .fetch_one(&mut *connection)
            .await?;
    Ok(probe.as_deref() == Some("on"))
}
