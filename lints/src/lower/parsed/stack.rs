//! Makes room for long chains of operators.
//!
//! sqlparser bounds how deep parentheses nest, but `a OR b OR …` is a tree as deep as it is long, which every walk and
//! even freeing it follows down by recursion.

use std::thread;

use sqlparser::tokenizer::{Token, TokenWithSpan};

/// Chains of fewer tokens fit any thread's stack.
const SHORT: usize = 2_000;

/// What a walk needs of the stack for each token of a chain, in bytes: several times what was measured without
/// optimization.
const FOR_EACH_TOKEN: usize = 2_048;

/// The longest chain that is read: 2 GiB of addresses, of which only what is walked takes memory.
const LONGEST: usize = 1_000_000;

/// Does `work`, which walks over trees made of `tokens`, on a stack that is large enough for them.
///
/// # Errors
/// Those of `work`, or that the tokens would nest too deeply.
pub(super) fn deep_enough<T: Send>(
    tokens: &[TokenWithSpan],
    work: impl FnOnce() -> Result<T, String> + Send,
) -> Result<T, String> {
    let longest = longest_chain(tokens);
    if longest < SHORT {
        return work();
    }
    if longest > LONGEST {
        return Err("nested too deeply".to_owned());
    }
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .stack_size(longest * FOR_EACH_TOKEN)
            .spawn_scoped(scope, work)
            .map_err(|error| format!("nested too deeply: {error}"))?;
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The most tokens that may stand above each other in a tree: commas end a chain, parentheses begin one inside it.
fn longest_chain(tokens: &[TokenWithSpan]) -> usize {
    let mut outer = Vec::new();
    let (mut here, mut around, mut longest) = (0, 0, 0);
    for token in tokens {
        match token.token {
            Token::LParen | Token::LBracket => {
                outer.push(here);
                around += here;
                here = 0;
            }
            Token::RParen | Token::RBracket => {
                let before = outer.pop().unwrap_or_default();
                around -= before;
                here = before + 1;
            }
            Token::Comma => here = 0,
            _ => here += 1,
        }
        longest = longest.max(around + here + outer.len());
    }
    longest
}

#[cfg(test)]
mod tests {
    use crate::{action::Action, lower::lower, source::SourceFile, statement};

    /// Whether the one statement is understood.
    fn is_understood(sql: String) -> bool {
        let source = SourceFile::new("a.sql", sql);
        let steps = lower(&source, &statement::split(&source).statements);
        !steps
            .iter()
            .any(|step| matches!(step.action, Action::Unknown { .. }))
    }

    #[test]
    fn long_chains_are_understood() {
        let or = " OR a = 1".repeat(50_000);
        assert!(is_understood(format!("DELETE FROM t WHERE a = 1{or}")));
        assert!(is_understood(format!(
            "UPDATE t SET a = a{}",
            " || 'x'".repeat(50_000)
        )));
        assert!(is_understood(format!(
            "SELECT 1{}",
            " UNION SELECT 1".repeat(50_000)
        )));
        assert!(is_understood(format!(
            "ALTER TABLE t ADD CHECK (a{})",
            "::int".repeat(50_000)
        )));
    }

    #[test]
    fn a_broken_chain_is_only_not_understood() {
        assert!(!is_understood(format!(
            "DELETE FROM t WHERE a{} )",
            " OR a".repeat(50_000)
        )));
    }

    #[test]
    fn deep_parentheses_are_only_not_understood() {
        for open in [
            "(",
            "SELECT (",
            "SELECT * FROM (",
            "SELECT a[",
            "WITH a AS (",
            "SELECT f(",
            "SELECT CASE WHEN ",
            "EXPLAIN ",
            "INSERT INTO t (",
            "SELECT NOT ",
            "SELECT - ",
            "CREATE TABLE t (",
            "SELECT 1 IN (SELECT ",
        ] {
            assert!(!is_understood(open.repeat(100_000)), "{open}");
        }
    }
}
