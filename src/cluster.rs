//! What a migration can change outside its database: roles and memberships, tablespaces, settings of the system, of
//! roles and of databases, and further databases. Read at the start, restored between runs.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Executor};

use crate::created::drop_database;
use crate::database::quote;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ownership {
    /// The run's own: everything that appeared goes, but these databases.
    Whole { kept: Vec<String> },
    /// A named server, which others use at the same time: a database, tablespace or role that appeared may be theirs.
    /// Of the roles, those go that had to do with the run's databases, and their members and groups, unless something
    /// elsewhere depends on them. Databases and tablespaces stay.
    Shared { roles: BTreeSet<String> },
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

    /// The roles.
    pub(crate) fn roles(&self) -> &BTreeSet<String> {
        &self.roles
    }

    /// Makes the cluster what it was when `self` was read. `options` are those of the connection.
    pub(crate) async fn restore(
        &self,
        connection: &mut PgConnection,
        options: &PgConnectOptions,
        ownership: &Ownership,
    ) -> anyhow::Result<()> {
        let now = Cluster::read(connection).await?;
        if now == *self {
            return Ok(());
        }
        if let Ownership::Whole { kept } = ownership {
            for name in now.databases.difference(&self.databases) {
                if !kept.contains(name) {
                    drop_database(connection, options, name).await?;
                }
            }
            for name in now.tablespaces.difference(&self.tablespaces) {
                execute(connection, format!("DROP TABLESPACE {}", quote(name))).await?;
            }
        }
        self.restore_settings(connection, &now).await?;
        self.restore_system(connection, &now).await?;
        for (role, member) in now.memberships.difference(&self.memberships) {
            if self.roles.contains(role) && self.roles.contains(member) {
                let sql = format!("REVOKE {} FROM {}", quote(role), quote(member));
                execute(connection, sql).await?;
            }
        }
        let appeared: BTreeSet<String> = now.roles.difference(&self.roles).cloned().collect();
        match ownership {
            Ownership::Whole { .. } => drop_roles(connection, &appeared).await,
            Ownership::Shared { roles } => {
                drop_unused_roles(connection, &related(roles, &appeared, &now.memberships)).await
            }
        }
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

/// Drops roles with what they own or were granted here and cluster-wide. All at once: one may have granted another its
/// membership.
async fn drop_roles(connection: &mut PgConnection, roles: &BTreeSet<String>) -> anyhow::Result<()> {
    if roles.is_empty() {
        return Ok(());
    }
    let roles = roles
        .iter()
        .map(|role| quote(role))
        .collect::<Vec<_>>()
        .join(", ");
    execute(connection, format!("DROP OWNED BY {roles} CASCADE")).await?;
    execute(connection, format!("DROP ROLE {roles}")).await
}

/// Drops those of the roles on which nothing depends.
async fn drop_unused_roles(
    connection: &mut PgConnection,
    roles: &BTreeSet<String>,
) -> anyhow::Result<()> {
    const IN_USE: [&str; 2] = [
        "2BP01", // dependent_objects_still_exist
        "55006", // object_in_use
    ];
    for role in roles {
        let Err(error) = execute(connection, format!("DROP ROLE {}", quote(role))).await else {
            continue;
        };
        let refusal = error
            .downcast_ref::<sqlx::Error>()
            .and_then(sqlx::Error::as_database_error);
        let code = refusal.and_then(|refusal| refusal.code());
        if code.is_none_or(|code| !IN_USE.contains(&&*code)) {
            return Err(error);
        }
    }
    Ok(())
}

/// Those of `appeared` that are in `roles`, or that membership ties to one that is.
fn related(
    roles: &BTreeSet<String>,
    appeared: &BTreeSet<String>,
    memberships: &BTreeSet<(String, String)>,
) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = roles.intersection(appeared).cloned().collect();
    loop {
        let tied: Vec<String> = memberships
            .iter()
            .flat_map(|(role, member)| [(role, member), (member, role)])
            .filter(|(known, other)| found.contains(*known) && !found.contains(*other))
            .map(|(_, other)| other.clone())
            .filter(|other| appeared.contains(other))
            .collect();
        if tied.is_empty() {
            return found;
        }
        found.extend(tied);
    }
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
    use std::collections::BTreeSet;

    use super::{literal, related, setting};

    #[test]
    fn roles_are_tied_by_membership_in_either_direction() {
        let set = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<BTreeSet<_>>()
        };
        let pairs = [
            ("app", "reader"),
            ("all", "app"),
            ("theirs", "other"),
            ("old", "app"),
        ];
        let memberships = pairs
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        let appeared = set(&["app", "reader", "all", "theirs", "other"]);
        assert_eq!(
            related(&set(&["app"]), &appeared, &memberships),
            set(&["all", "app", "reader"])
        );
    }

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
