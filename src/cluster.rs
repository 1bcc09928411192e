//! What a migration can change outside its database: roles and memberships, tablespaces, settings of the system, of
//! roles and of databases, and further databases. Read at the start, restored between runs.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};

use crate::database::{drop_database, quote};

/// The state of a cluster, outside databases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cluster {
    databases: BTreeSet<String>,
    tablespaces: BTreeSet<String>,
    roles: BTreeSet<String>,
    /// Role and member.
    memberships: BTreeSet<(String, String)>,
    /// What `ALTER SYSTEM` wrote.
    system: BTreeMap<String, String>,
    /// What `ALTER ROLE … SET` and `ALTER DATABASE … SET` wrote: role (empty for all), database (empty for all),
    /// settings as `name=value`.
    settings: BTreeMap<(String, String), Vec<String>>,
}

/// Whose cluster it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ownership {
    /// The run's own: everything that appeared goes.
    Whole,
    /// A named server, which others use at the same time: databases that appeared may be theirs and stay; a role or
    /// tablespace goes only when nothing anywhere depends on it.
    Shared,
}

impl Cluster {
    /// Reads the cluster's state. What the role may not read, it cannot have changed.
    pub(crate) async fn read(connection: &mut PgConnection) -> anyhow::Result<Cluster> {
        let names = |rows: Vec<(String,)>| rows.into_iter().map(|(name,)| name).collect();
        let databases = sqlx::query_as("SELECT datname::text FROM pg_database");
        let tablespaces = sqlx::query_as("SELECT spcname::text FROM pg_tablespace");
        let roles = sqlx::query_as("SELECT rolname::text FROM pg_roles");
        let memberships = sqlx::query_as(
            "SELECT pg_get_userbyid(roleid)::text, pg_get_userbyid(member)::text FROM pg_auth_members",
        );
        let settings: Vec<(String, String, Vec<String>)> = sqlx::query_as(
            "SELECT coalesce(rolname, '')::text, coalesce(datname, '')::text, setconfig \
             FROM pg_db_role_setting \
             LEFT JOIN pg_roles ON pg_roles.oid = setrole LEFT JOIN pg_database ON pg_database.oid = setdatabase",
        )
        .fetch_all(&mut *connection)
        .await?;
        Ok(Cluster {
            databases: names(databases.fetch_all(&mut *connection).await?),
            tablespaces: names(tablespaces.fetch_all(&mut *connection).await?),
            roles: names(roles.fetch_all(&mut *connection).await?),
            memberships: memberships
                .fetch_all(&mut *connection)
                .await?
                .into_iter()
                .collect(),
            system: read_system(connection).await?,
            settings: settings
                .into_iter()
                .map(|(role, base, set)| ((role, base), set))
                .collect(),
        })
    }

    /// Makes the cluster what it was when `self` was read. `kept` are databases that stay.
    pub(crate) async fn restore(
        &self,
        connection: &mut PgConnection,
        ownership: Ownership,
        kept: &[String],
    ) -> anyhow::Result<()> {
        let now = Cluster::read(connection).await?;
        if now == *self {
            return Ok(());
        }

        if ownership == Ownership::Whole {
            for name in now.databases.difference(&self.databases) {
                if !kept.contains(name) {
                    drop_database(connection, name).await?;
                }
            }
        }
        self.restore_settings(connection, &now).await?;
        self.restore_system(connection, &now).await?;
        for (role, member) in now.memberships.difference(&self.memberships) {
            if self.roles.contains(role) && self.roles.contains(member) {
                execute(
                    connection,
                    format!("REVOKE {} FROM {}", quote(role), quote(member)),
                )
                .await?;
            }
        }
        for name in now.tablespaces.difference(&self.tablespaces) {
            let sql = format!("DROP TABLESPACE {}", quote(name));
            tolerate(execute(connection, sql).await, ownership)?;
        }
        drop_roles(connection, ownership, now.roles.difference(&self.roles)).await
    }

    async fn restore_settings(
        &self,
        connection: &mut PgConnection,
        now: &Cluster,
    ) -> anyhow::Result<()> {
        let places: BTreeSet<_> = now.settings.keys().chain(self.settings.keys()).collect();
        for place in places {
            let (before, after) = (self.settings.get(place), now.settings.get(place));
            let (role, database) = place;
            // The settings of a role or database that appeared go with it.
            let ours = (role.is_empty() || self.roles.contains(role))
                && (database.is_empty() || self.databases.contains(database));
            if before == after || !ours {
                continue;
            }
            let target = match (role.as_str(), database.as_str()) {
                ("", "") => "ROLE ALL".to_owned(),
                ("", database) => format!("DATABASE {}", quote(database)),
                (role, "") => format!("ROLE {}", quote(role)),
                (role, database) => format!("ROLE {} IN DATABASE {}", quote(role), quote(database)),
            };
            execute(connection, format!("ALTER {target} RESET ALL")).await?;
            for (name, value) in before
                .into_iter()
                .flatten()
                .filter_map(|set| set.split_once('='))
            {
                let sql = format!(
                    "ALTER {target} SET {} TO {}",
                    setting(name),
                    literal(name, value)
                );
                execute(connection, sql).await?;
            }
        }
        Ok(())
    }

    async fn restore_system(
        &self,
        connection: &mut PgConnection,
        now: &Cluster,
    ) -> anyhow::Result<()> {
        if self.system == now.system {
            return Ok(());
        }
        for name in now
            .system
            .keys()
            .filter(|name| !self.system.contains_key(*name))
        {
            execute(connection, format!("ALTER SYSTEM RESET {}", setting(name))).await?;
        }
        for (name, value) in &self.system {
            if now.system.get(name) != Some(value) {
                let sql = format!(
                    "ALTER SYSTEM SET {} TO {}",
                    setting(name),
                    literal(name, value)
                );
                execute(connection, sql).await?;
            }
        }
        execute(connection, "SELECT pg_reload_conf()".to_owned()).await
    }
}

/// What `ALTER SYSTEM` wrote; nothing where the role may not look, since it may not write either.
async fn read_system(connection: &mut PgConnection) -> anyhow::Result<BTreeMap<String, String>> {
    let (allowed,): (bool,) = sqlx::query_as(
        "SELECT has_table_privilege('pg_file_settings', 'SELECT') AND \
             has_function_privilege('pg_show_all_file_settings()', 'EXECUTE')",
    )
    .fetch_one(&mut *connection)
    .await?;
    if !allowed {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT name, setting FROM pg_file_settings \
         WHERE sourcefile LIKE '%postgresql.auto.conf' AND name IS NOT NULL AND setting IS NOT NULL",
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().collect())
}

async fn drop_roles(
    connection: &mut PgConnection,
    ownership: Ownership,
    roles: impl Iterator<Item = &String>,
) -> anyhow::Result<()> {
    let roles: Vec<String> = roles.map(|role| quote(role)).collect();
    if roles.is_empty() {
        return Ok(());
    }
    if ownership == Ownership::Shared {
        for role in roles {
            let result = execute(connection, format!("DROP ROLE {role}")).await;
            tolerate(result, ownership)?;
        }
        return Ok(());
    }
    // What they own or were granted here and cluster-wide. All at once: one may have granted another its membership.
    let roles = roles.join(", ");
    execute(connection, format!("DROP OWNED BY {roles} CASCADE")).await?;
    execute(connection, format!("DROP ROLE {roles}")).await
}

/// On a shared cluster, that others depend on an object or that it is not ours to drop is a reason to leave it.
fn tolerate(result: anyhow::Result<()>, ownership: Ownership) -> anyhow::Result<()> {
    const LEAVE: [&str; 4] = [
        "2BP01", // dependent_objects_still_exist
        "42501", // insufficient_privilege
        "55000", // object_not_in_prerequisite_state: a tablespace that is not empty
        "55006", // object_in_use
    ];
    let Err(error) = result else { return Ok(()) };
    let code = error
        .downcast_ref::<sqlx::Error>()
        .and_then(|error| error.as_database_error()?.code());
    if ownership == Ownership::Shared && code.is_some_and(|code| LEAVE.contains(&&*code)) {
        return Ok(());
    }
    Err(error)
}

async fn execute(connection: &mut PgConnection, sql: String) -> anyhow::Result<()> {
    connection
        .execute(AssertSqlSafe(sql.clone()))
        .await
        .with_context(|| format!("run `{sql}`"))?;
    Ok(())
}

/// A setting's name: quoted but for the dot of an extension's.
fn setting(name: &str) -> String {
    name.split('.').map(quote).collect::<Vec<_>>().join(".")
}

/// A setting's value. A list of names is kept as such a list.
fn literal(name: &str, value: &str) -> String {
    // As pg_dump does: variable_is_guc_list_quote() in src/bin/pg_dump/dumputils.c.
    const LISTS: [&str; 6] = [
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    ];
    if LISTS.contains(&name) && !value.is_empty() {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::{literal, setting};

    #[test]
    fn values_are_literals_and_lists_stay_lists() {
        assert_eq!(literal("application_name", "it's"), "'it''s'");
        assert_eq!(
            literal("search_path", "\"$user\", public"),
            "\"$user\", public"
        );
        assert_eq!(
            setting("plpgsql.extra_warnings"),
            "\"plpgsql\".\"extra_warnings\""
        );
    }
}
