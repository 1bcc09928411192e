//! The provider `server`: databases of our own on a server that the user named. Nothing else on it is touched.

use anyhow::Context;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Row};

use crate::cluster::{Cluster, Ownership};
use crate::created::{Created, drop_database, prefix};
use crate::provider::keeper::{self, Health, Resource};
use crate::provider::run::{self, Run};
use crate::provider::{Boxed, Found, Progress, Provider, ProviderKind, ProviderSettings, Running};
use crate::server::{address, connect_admin};

/// The provider `server`.
pub(crate) struct Named;

impl Provider for Named {
    fn find<'a>(&'a self, settings: &'a ProviderSettings) -> Boxed<'a, anyhow::Result<Found>> {
        Box::pin(async {
            let options = options(settings)?;
            let mut admin = connect(&options).await?;
            let version: String = sqlx::query("SHOW server_version")
                .fetch_one(&mut admin)
                .await?
                .get(0);
            admin.close().await?;
            Ok(Found {
                facts: vec![format!("{version} at {}", address(&options))],
                ready: true,
            })
        })
    }

    fn start<'a>(
        &'a self,
        settings: &'a ProviderSettings,
        _: &'a dyn Progress,
    ) -> Boxed<'a, anyhow::Result<Running>> {
        Box::pin(async {
            let admin = options(settings)?;
            let mut connection = connect(&admin).await?;
            sweep(&mut connection, settings, &admin).await?;
            let cluster = Cluster::read(&mut connection)
                .await
                .context("read the server's roles")?;
            connection.close().await?;

            let origin = address(&admin);
            let run = Run::begin(&settings.cache_dir, ProviderKind::Server, |_| {
                origin.clone()
            })?;
            let id = run.id.clone();
            let created = Created::default();
            let databases = Databases {
                admin: admin.clone(),
                run,
                created: created.clone(),
                cluster,
            };
            let (kept, ()) = keeper::keep(async { Ok((databases, ())) }).await?;
            Ok(Running {
                admin,
                origin,
                run: id,
                created,
                kept,
            })
        })
    }
}

/// What a run made on the server.
struct Databases {
    admin: PgConnectOptions,
    run: Run,
    created: Created,
    cluster: Cluster,
}

impl Resource for Databases {
    async fn inspect(&mut self) -> Health {
        Health::default() // Its processes and its log are out of sight.
    }

    async fn remove(self) -> anyhow::Result<()> {
        let mut admin = connect_admin(&self.admin).await?;
        for name in self.created.databases() {
            self.created
                .drop_database(&mut admin, &self.admin, &name)
                .await?;
        }
        self.cluster
            .restore(
                &mut admin,
                &self.admin,
                &Ownership::Shared {
                    roles: self.created.roles(),
                },
            )
            .await
            .context("take back the roles and settings that the run made")?;
        admin.close().await?;
        self.run.finish();
        Ok(())
    }

    async fn keep(self) -> anyhow::Result<()> {
        self.run.keep().context("mark the databases as kept")
    }
}

fn options(settings: &ProviderSettings) -> anyhow::Result<PgConnectOptions> {
    let options = match &settings.server_url {
        // The URL is left out of the error: it may hold a password.
        Some(url) => url
            .parse()
            .context("read the server's URL (postgres://user@host:port/postgres)")?,
        None => {
            let options = PgConnectOptions::new();
            // An IPv6 address in PGHOST; in a URL it stands in brackets.
            let host = options.get_host().to_owned();
            if host.contains(':') && !host.starts_with('[') {
                options.host(&format!("[{host}]"))
            } else {
                options
            }
        }
    };
    Ok(options.application_name("rehearsal"))
}

/// Connects, and makes sure that the role may create databases.
async fn connect(options: &PgConnectOptions) -> anyhow::Result<PgConnection> {
    let mut connection = connect_admin(options)
        .await
        .context("name a running server by its URL or by PGHOST, PGPORT, PGUSER and PGPASSWORD")?;
    let row = sqlx::query(
        "SELECT rolcreatedb OR rolsuper, rolname::text FROM pg_roles WHERE rolname = current_user",
    )
    .fetch_one(&mut connection)
    .await?;
    let (may, role): (bool, String) = (row.get(0), row.get(1));
    anyhow::ensure!(
        may,
        "the role `{role}` may not create databases: name one that may, or run `ALTER ROLE {role} CREATEDB`"
    );
    Ok(connection)
}

/// Drops the databases of dead runs of this machine on this server.
async fn sweep(
    connection: &mut PgConnection,
    settings: &ProviderSettings,
    admin: &PgConnectOptions,
) -> anyhow::Result<()> {
    for run in run::dead(&settings.cache_dir, ProviderKind::Server) {
        if run.made != address(admin) {
            continue;
        }
        let names: Vec<(String,)> = sqlx::query_as(
            "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, $1)",
        )
        .bind(prefix(&run.id))
        .fetch_all(&mut *connection)
        .await?;
        // What cannot be dropped now, such as another role's, is left to a later sweep and stops no run.
        let mut dropped = true;
        for (name,) in names {
            dropped &= drop_database(connection, admin, &name).await.is_ok();
        }
        if dropped {
            run.finish();
        }
    }
    Ok(())
}
