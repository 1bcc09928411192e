//! Observes each statement of a migration over rows, in the transaction that the runner would use, and takes it back.

use rehearsal_lints::{Migration, TransactionMode, action::Action};
use sqlx::Connection;

use crate::{
    database::Database,
    observe::{self, Observation, Observer},
    refusal::Refusal,
    server::Server,
};

/// A file with more statements is data; to look after each would take minutes.
pub(crate) const MOST_STATEMENTS: usize = 2_000;

/// What the statements of one migration did, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// The path of the migration's way up.
    pub migration: String,
    /// One for each statement that ran, up to the first that Postgres refused.
    pub observations: Vec<Observation>,
}

impl Trace {
    /// The statement that holds a byte of the file.
    pub fn at(&self, offset: usize) -> Option<&Observation> {
        self.observations
            .iter()
            .find(|seen| seen.span.start <= offset && offset < seen.span.end)
    }
}

/// Observes a migration on a database that holds those before it, and leaves the database as it was.
///
/// # Errors
/// When the server cannot be used.
pub(crate) async fn trace(
    server: &Server,
    database: &Database,
    migration: &Migration,
) -> anyhow::Result<Trace> {
    let path = migration.up.path.clone();
    if migration.statements.len() > MOST_STATEMENTS {
        return Ok(Trace {
            migration: path,
            observations: Vec::new(),
        });
    }
    let ends_its_own = migration
        .steps
        .iter()
        .any(|step| matches!(step.action, Action::Transaction(_)));
    if ends_its_own {
        // Which statements share a transaction is the file's own affair, and none can be taken back.
        return Ok(Trace {
            migration: path,
            observations: Vec::new(),
        });
    }
    let mut observer = Observer::new(database).await?;
    let mut connection = database.connect().await?;
    let mut transaction = connection.begin().await?;
    let (observations, refusal) =
        observe::transaction(&mut transaction, &mut observer, migration).await?;
    transaction.rollback().await?;
    if refusal.as_ref().is_some_and(Refusal::is_about_rows) {
        // It is the generated rows that it refuses: how it locks shows without them.
        let mut transaction = connection.begin().await?;
        if observer.remove_rows(&mut transaction).await? {
            let (observations, _) =
                observe::transaction(&mut transaction, &mut observer, migration).await?;
            transaction.rollback().await?;
            return Ok(Trace {
                migration: path,
                observations,
            });
        }
    }
    drop(connection);
    drop(observer);

    let refuses_transaction = refusal.is_some_and(|refusal| refusal.sqlstate == "25001");
    if let [statement] = migration.statements.as_slice()
        && migration.mode == TransactionMode::Unwrapped
        && refuses_transaction
    {
        let copy = server.clone_database(database, "trace").await?;
        let mut observer = Observer::new(&copy).await?;
        let observation = observe::alone(&copy, &mut observer, migration, statement).await?;
        drop(observer);
        copy.drop().await?;
        return Ok(Trace {
            migration: path,
            observations: observation.into_iter().collect(),
        });
    }
    Ok(Trace {
        migration: path,
        observations,
    })
}
