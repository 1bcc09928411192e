//! Transaction commands.

use crate::{
    action::{Action, Transaction},
    lower::{Input, cursor::Cursor, patterns::Reading, step},
};

/// Reads `BEGIN`, `COMMIT`, `ROLLBACK` and their kin.
pub(super) fn read(input: Input<'_>) -> Reading {
    let mut cursor = Cursor::new(input.tokens);
    let mut commands = Vec::new();
    if cursor.eat(&["start", "transaction"]) || cursor.eat(&["begin"]) {
        cursor.eat_any(&["work", "transaction"]);
        let modes = ["isolation", "read", "not", "deferrable"];
        if !cursor.is_at_end() && !modes.iter().any(|mode| cursor.at(&[mode])) {
            return Err(cursor.expected("a transaction mode"));
        }
        return Ok(vec![step(
            Action::Transaction(Transaction::Begin),
            input.span,
        )]);
    }
    if cursor.eat(&["prepare", "transaction"])
        || cursor.eat(&["commit", "prepared"])
        || cursor.eat(&["rollback", "prepared"])
    {
        cursor.next();
        commands.push(Transaction::Prepared);
    } else if cursor.eat_any(&["commit", "end"]) {
        cursor.eat_any(&["work", "transaction"]);
        commands.push(Transaction::Commit);
        chain(&mut cursor, &mut commands);
    } else if cursor.eat_any(&["rollback", "abort"]) {
        cursor.eat_any(&["work", "transaction"]);
        if cursor.eat(&["to"]) {
            cursor.eat(&["savepoint"]);
            let name = cursor.expect_ident("a savepoint")?;
            commands.push(Transaction::RollbackTo(name.value));
        } else {
            commands.push(Transaction::Rollback);
            chain(&mut cursor, &mut commands);
        }
    } else if cursor.eat(&["savepoint"]) {
        commands.push(Transaction::Savepoint(
            cursor.expect_ident("a savepoint")?.value,
        ));
    } else if cursor.eat(&["release"]) {
        cursor.eat(&["savepoint"]);
        commands.push(Transaction::Release(
            cursor.expect_ident("a savepoint")?.value,
        ));
    }
    if commands.is_empty() || !cursor.is_at_end() {
        return Err(cursor.expected("the end of the transaction command"));
    }
    Ok(commands
        .into_iter()
        .map(|command| step(Action::Transaction(command), input.span))
        .collect())
}

/// `AND CHAIN` begins the next transaction at once.
fn chain(cursor: &mut Cursor<'_>, commands: &mut Vec<Transaction>) {
    if cursor.eat(&["and", "chain"]) {
        commands.push(Transaction::Begin);
    } else {
        cursor.eat(&["and", "no", "chain"]);
    }
}

#[cfg(test)]
mod tests {
    use crate::lower::brief::{check, each};

    #[test]
    fn transactions() {
        each(&[
            ("BEGIN", "Begin"),
            ("START TRANSACTION READ ONLY", "Begin"),
            ("BEGIN WORK ISOLATION LEVEL SERIALIZABLE", "Begin"),
            ("END TRANSACTION", "Commit"),
            ("COMMIT AND NO CHAIN", "Commit"),
            ("ABORT", "Rollback"),
            ("SAVEPOINT a", "Savepoint(\"a\")"),
            ("RELEASE a", "Release(\"a\")"),
            ("ROLLBACK WORK TO SAVEPOINT a", "RollbackTo(\"a\")"),
            ("PREPARE TRANSACTION 'x'", "Prepared"),
            ("ROLLBACK PREPARED 'x'", "Prepared"),
            (
                "BEGIN raise 'x'",
                "unknown: expected a transaction mode, found `raise`",
            ),
        ]);
        check("COMMIT AND CHAIN", &["Commit", "Begin"]);
    }
}
