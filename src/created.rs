//! What a run made on its server: the names of its databases, and the roles that have to do with them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::database::quote;
use crate::server::connect_admin;

/// The longest name that Postgres takes, in bytes:
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
const LONGEST_NAME: usize = 63;

/// What a run made. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Created(Arc<Mutex<Made>>);

#[derive(Debug, Default)]
struct Made {
    databases: BTreeSet<String>,
    roles: BTreeSet<String>,
}

impl Created {
    /// A name for a database, of this run and label, that is not in use.
    pub(crate) fn reserve(&self, run: &str, label: &str) -> String {
        let base = format!("{}{}", prefix(run), plain(label));
        let mut made = self.lock();
        let mut suffix = String::new();
        let mut copy = 1;
        loop {
            let kept = base.len().min(LONGEST_NAME - suffix.len());
            let name = format!("{}{suffix}", &base[..kept]);
            if made.databases.insert(name.clone()) {
                return name;
            }
            copy += 1;
            suffix = format!("_{copy}");
        }
    }

    /// The databases, in order.
    pub(crate) fn databases(&self) -> Vec<String> {
        self.lock().databases.iter().cloned().collect()
    }

    /// The roles that the run creates, and those that owned something in its databases, or were granted something there,
    /// when those were dropped.
    pub(crate) fn roles(&self) -> BTreeSet<String> {
        self.lock().roles.clone()
    }

    /// Remembers roles that the run is going to create.
    pub(crate) fn expect_roles(&self, roles: BTreeSet<String>) {
        self.lock().roles.extend(roles);
    }

    /// Drops a database of the run, as the function [`drop_database`] does.
    pub(crate) async fn drop_database(
        &self,
        admin: &mut PgConnection,
        options: &PgConnectOptions,
        name: &str,
    ) -> anyhow::Result<()> {
        let roles: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT rolname::text FROM pg_shdepend \
             JOIN pg_roles ON pg_roles.oid = refobjid AND refclassid = 'pg_authid'::regclass \
             JOIN pg_database ON datname = $1 AND pg_database.oid = CASE WHEN dbid = 0 \
                 AND classid = 'pg_database'::regclass THEN objid ELSE dbid END",
        )
        .bind(name)
        .fetch_all(&mut *admin)
        .await
        .with_context(|| format!("list the roles of the database {name}"))?;
        drop_database(admin, options, name).await?;
        let mut made = self.lock();
        made.roles.extend(roles);
        made.databases.remove(name);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Made> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops a database, whoever is connected to it and whatever it subscribes to. `options` are those of `admin`.
pub(crate) async fn drop_database(
    admin: &mut PgConnection,
    options: &PgConnectOptions,
    name: &str,
) -> anyhow::Result<()> {
    let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote(name));
    let mut dropped = admin.execute(AssertSqlSafe(sql.clone())).await;
    if dropped.as_ref().is_err_and(is_in_use) {
        drop_subscriptions(&options.clone().database(name))
            .await
            .with_context(|| format!("drop the subscriptions of the database {name}"))?;
        dropped = admin.execute(AssertSqlSafe(sql)).await;
    }
    dropped.with_context(|| format!("drop the database {name}"))?;
    Ok(())
}

/// `object_in_use`: nobody's connection, which `FORCE` ends, but a subscription.
fn is_in_use(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(|refusal| refusal.code())
        .is_some_and(|code| code == "55006")
}

/// Drops the subscriptions of a database, which only a connection to it can do. What the publisher keeps for them stays: it
/// need not be there, and is not the run's.
async fn drop_subscriptions(database: &PgConnectOptions) -> anyhow::Result<()> {
    let mut connection = connect_admin(database).await?;
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT subname::text FROM pg_subscription \
         JOIN pg_database ON pg_database.oid = subdbid WHERE datname = current_database()",
    )
    .fetch_all(&mut connection)
    .await?;
    for name in names {
        let name = quote(&name);
        for sql in [
            format!("ALTER SUBSCRIPTION {name} DISABLE"),
            format!("ALTER SUBSCRIPTION {name} SET (slot_name = NONE)"),
            format!("DROP SUBSCRIPTION {name}"),
        ] {
            connection.execute(AssertSqlSafe(sql)).await?;
        }
    }
    connection.close().await?;
    Ok(())
}

/// What the name of every database of a run begins with.
pub(crate) fn prefix(run: &str) -> String {
    format!("rehearsal_{run}_")
}

/// Lower-case letters, digits and underscores.
fn plain(label: &str) -> String {
    let lower = label.to_lowercase();
    lower
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Created;

    #[test]
    fn names_are_plain_short_and_unique() {
        let created = Created::default();
        let name = created.reserve("abcdefgh", "Second run: a/b");
        assert_eq!(name, "rehearsal_abcdefgh_second_run__a_b");
        assert_eq!(created.reserve("abcdefgh", "x"), "rehearsal_abcdefgh_x");
        assert_eq!(created.reserve("abcdefgh", "x"), "rehearsal_abcdefgh_x_2");
        let long = "y".repeat(99);
        assert_eq!(created.reserve("abcdefgh", &long).len(), 63);
        assert_eq!(created.reserve("abcdefgh", &long).len(), 63);
        assert_eq!(created.databases().len(), 5);
    }
}
