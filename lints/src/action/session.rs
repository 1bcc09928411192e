//! Run-time parameters and transaction commands.

/// `SET` of a run-time parameter.
#[derive(Clone, Debug)]
pub struct SetParameter {
    /// The parameter in lower case; `role`, `session_authorization` and `transaction` for those statements; `all` for `RESET ALL`.
    pub name: String,
    /// Its values as written, without quotes; none for `DEFAULT` and `RESET`.
    pub values: Vec<String>,
    /// `LOCAL`, or `set_config(…, true)`.
    pub local: bool,
}

/// A transaction command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transaction {
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit,
    /// `ROLLBACK`, `ABORT`.
    Rollback,
    /// `SAVEPOINT`.
    Savepoint(String),
    /// `ROLLBACK TO SAVEPOINT`.
    RollbackTo(String),
    /// `RELEASE SAVEPOINT`.
    Release(String),
    /// `PREPARE TRANSACTION`, `COMMIT PREPARED`, `ROLLBACK PREPARED`.
    Prepared,
}
