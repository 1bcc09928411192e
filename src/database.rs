//! A database of a run's own.

use std::fmt;
use std::time::Duration;

use anyhow::Context;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};

use crate::created::Created;
use crate::server::connect_admin;

/// A database that the run created. It goes with its server; [`Database::drop`] makes it go before.
#[derive(Clone)]
pub struct Database {
    name: String,
    options: PgConnectOptions,
    admin: PgConnectOptions,
    created: Created,
}

impl Database {
    pub(crate) fn new(
        name: String,
        admin: &PgConnectOptions,
        statement_timeout: Duration,
        created: Created,
    ) -> Database {
        let timeout = statement_timeout.as_millis().to_string();
        // Time zone, date style, encoding and float digits are set by sqlx for every connection.
        let options = admin
            .clone()
            .database(&name)
            .application_name("rehearsal")
            .options([
                ("statement_timeout", timeout.as_str()),
                ("IntervalStyle", "postgres"),
                ("bytea_output", "hex"),
            ])
            .disable_statement_logging();
        Database {
            name,
            options,
            admin: admin.clone(),
            created,
        }
    }

    /// The database's name: `rehearsal_<run>_<label>`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The connection string, with the password where there is one: for psql, or for the program under test.
    #[must_use]
    pub fn url(&self) -> String {
        let mut url = self.options.to_url_lossy();
        // sqlx adds a parameter of its own, which libpq refuses.
        let parameters: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, _)| name != "statement-cache-capacity")
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        url.query_pairs_mut().clear().extend_pairs(parameters);
        url.to_string()
    }

    /// How to connect: as the server's administrator, with the statement timeout and fixed output formats.
    #[must_use]
    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// Connects.
    ///
    /// # Errors
    /// When the server refuses or has gone.
    pub async fn connect(&self) -> anyhow::Result<PgConnection> {
        PgConnection::connect_with(&self.options)
            .await
            .with_context(|| format!("connect to the database {}", self.name))
    }

    /// Drops the database, whoever is connected to it.
    ///
    /// # Errors
    /// When the server refuses or has gone.
    pub async fn drop(self) -> anyhow::Result<()> {
        let mut admin = connect_admin(&self.admin).await?;
        self.created
            .drop_database(&mut admin, &self.admin, &self.name)
            .await?;
        admin
            .close()
            .await
            .context("close the administrator's connection")
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The options hold a password.
        f.debug_struct("Database")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// An identifier as SQL writes it.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn quotes_in_names_are_doubled() {
        assert_eq!(quote(r#"a"b"#), r#""a""b""#);
    }
}
