//! What of a set of migrations reaches beyond its own database. On a server that others use it is refused before
//! anything runs: no restore gives back a dropped database or an administrator's password.

use std::collections::BTreeSet;

use anyhow::bail;
use rehearsal_lints::{
    MigrationSet,
    action::{Action, Copy, Grant, ObjectKind, RenamePart},
};

/// Refuses a set that changes what it did not create: other databases, roles, the server's settings and files.
/// `present` are the roles that the server has. SQL that a migration builds as it runs cannot be seen.
///
/// # Errors
/// Names the first such statement and the ways to rehearse it.
pub(crate) fn refuse(set: &MigrationSet, present: &BTreeSet<String>) -> anyhow::Result<()> {
    let own = own_roles(set, present);
    for migration in set {
        for step in &migration.steps {
            if let Some(what) = beyond(&step.action, &own) {
                let position = migration.up.position(step.span.start);
                bail!(
                    "{}:{}: {what} reaches beyond the database that is rehearsed, and others use this server: \
                     rehearse it on `container`, `local` or `download`",
                    migration.up.path,
                    position.line,
                );
            }
        }
    }
    Ok(())
}

/// The roles that the set creates, under all their names, but for those that the server has already.
pub(crate) fn own_roles(set: &MigrationSet, present: &BTreeSet<String>) -> BTreeSet<String> {
    let mut own = BTreeSet::new();
    for step in set.iter().flat_map(|migration| &migration.steps) {
        let name = match &step.action {
            Action::CreateObject(create) if create.kind == ObjectKind::Role => create.name.name(),
            Action::Rename(rename)
                if rename.kind == ObjectKind::Role && own.contains(rename.object.name()) =>
            {
                &rename.to.value
            }
            _ => continue,
        };
        if !present.contains(name) {
            own.insert(name.to_owned());
        }
    }
    own
}

/// What an action does beyond its database, in the words of SQL.
fn beyond(action: &Action, own: &BTreeSet<String>) -> Option<String> {
    let outside = |kind: ObjectKind, name: &str| match kind {
        ObjectKind::Database | ObjectKind::Tablespace | ObjectKind::Subscription => true,
        ObjectKind::Role | ObjectKind::Owned => !own.contains(name),
        _ => false,
    };
    let (verb, kind, name) = match action {
        Action::CreateObject(create) if create.kind != ObjectKind::Role => {
            ("CREATE", create.kind, create.name.name())
        }
        Action::DropObject(drop) => ("DROP", drop.kind, drop.name.name()),
        Action::AlterObject(alter) => ("ALTER", alter.kind, alter.name.name()),
        Action::Rename(rename) if rename.part == RenamePart::Object => {
            ("RENAME", rename.kind, rename.object.name())
        }
        Action::Comment {
            kind: Some(kind),
            name: Some(name),
            ..
        } => ("COMMENT ON", *kind, name.name()),
        Action::Grant(grant) => return beyond_by_grant(grant, own),
        Action::AlterSystem => return Some("ALTER SYSTEM".to_owned()),
        Action::Copy(Copy { program: true, .. }) => return Some("COPY with PROGRAM".to_owned()),
        Action::Copy(Copy { stdio: false, .. }) => {
            return Some("COPY with a file of the server".to_owned());
        }
        // Of which role it is, its action does not say.
        Action::Other {
            keywords: keywords @ "REASSIGN OWNED",
        } => return Some((*keywords).to_owned()),
        _ => return None,
    };
    let words = match kind {
        ObjectKind::Owned => "OWNED BY".to_owned(),
        _ => kind.to_string().to_uppercase(),
    };
    outside(kind, name).then(|| format!("{verb} {words} {name}"))
}

fn beyond_by_grant(grant: &Grant, own: &BTreeSet<String>) -> Option<String> {
    let verb = if grant.revoke { "REVOKE" } else { "GRANT" };
    if let Some(kind @ (ObjectKind::Database | ObjectKind::Tablespace)) = grant.kind {
        return Some(format!("{verb} ON {}", kind.to_string().to_uppercase()));
    }
    if grant.kind.is_some() || grant.default {
        return None;
    }
    // A membership goes with either of its roles.
    let role = grant.privileges.iter().find(|role| !own.contains(*role))?;
    let member = grant.grantees.iter().find(|role| !own.contains(*role))?;
    let word = if grant.revoke { "FROM" } else { "TO" };
    Some(format!("{verb} {role} {word} {member}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rehearsal_lints::{MigrationSet, SourceFile, layout::plain};

    use super::{own_roles, refuse};

    fn set(text: &str) -> MigrationSet {
        plain::read(vec![SourceFile::new("1_m.sql", text)])
    }

    fn present() -> BTreeSet<String> {
        BTreeSet::from(["boss".to_owned(), "plain".to_owned()])
    }

    #[test]
    fn what_reaches_beyond_is_refused_by_its_place() {
        for (statement, what) in [
            ("DROP DATABASE IF EXISTS mine", "DROP DATABASE mine"),
            ("CREATE DATABASE more", "CREATE DATABASE more"),
            (
                "ALTER DATABASE mine SET work_mem = '1MB'",
                "ALTER DATABASE mine",
            ),
            (
                "ALTER DATABASE mine RENAME TO yours",
                "RENAME DATABASE mine",
            ),
            (
                "COMMENT ON DATABASE mine IS 'x'",
                "COMMENT ON DATABASE mine",
            ),
            ("GRANT CONNECT ON DATABASE mine TO app", "GRANT ON DATABASE"),
            ("DROP ROLE IF EXISTS app, other", "DROP ROLE other"),
            ("ALTER ROLE boss PASSWORD 'x'", "ALTER ROLE boss"),
            ("ALTER USER plain SET search_path = a", "ALTER ROLE plain"),
            ("ALTER ROLE ALL SET search_path = a", "ALTER ROLE all"),
            ("CREATE ROLE boss; DROP ROLE boss", "DROP ROLE boss"),
            ("DO $$ BEGIN DROP ROLE other; END $$", "DROP ROLE other"),
            ("GRANT boss TO plain, app", "GRANT boss TO plain"),
            ("REVOKE boss FROM plain", "REVOKE boss FROM plain"),
            ("CREATE TABLESPACE t LOCATION '/t'", "CREATE TABLESPACE t"),
            ("DROP TABLESPACE t", "DROP TABLESPACE t"),
            ("ALTER SYSTEM SET work_mem = '1MB'", "ALTER SYSTEM"),
            ("DROP OWNED BY plain", "DROP OWNED BY plain"),
            ("REASSIGN OWNED BY plain TO boss", "REASSIGN OWNED"),
            (
                "CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false)",
                "CREATE SUBSCRIPTION s",
            ),
            ("COPY t FROM PROGRAM 'cat x'", "COPY with PROGRAM"),
            ("COPY t TO '/tmp/t'", "COPY with a file of the server"),
        ] {
            let error = refuse(&set(&format!("CREATE ROLE app;\n{statement};")), &present());
            let error = error.expect_err(statement).to_string();
            let expected = format!("1_m.sql:2: {what} reaches beyond");
            assert!(error.starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn roles_of_the_set_and_objects_of_the_database_are_its_own() {
        let set = set(
            "CREATE ROLE app; ALTER ROLE app LOGIN; GRANT boss TO app; GRANT app TO CURRENT_USER;
            CREATE TABLE t (); GRANT SELECT ON t TO boss; COMMENT ON ROLE app IS 'x';
            ALTER ROLE app RENAME TO web; DROP OWNED BY web; DROP ROLE web; DROP TABLE t;
            DO $$ BEGIN CREATE ROLE plain; EXCEPTION WHEN duplicate_object THEN NULL; END $$;",
        );
        refuse(&set, &present()).unwrap();
        let own = own_roles(&set, &present());
        assert_eq!(own, BTreeSet::from(["app".to_owned(), "web".to_owned()]));
    }
}
