//! `CREATE POLICY`: whom it is for, and whether it lets every row through.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::Policy,
    lower::cursor::{Cursor, is_word},
    source::Span,
};

/// Reads what stands behind the table.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Policy {
    let mut policy = Policy::default();
    while !cursor.is_at_end() {
        if cursor.eat(&["as", "restrictive"]) {
            policy.restrictive = true;
        } else if cursor.eat(&["to"]) {
            while let Some(role) = cursor.ident() {
                policy.roles.push(role.value);
                if !cursor.eat_token(&Token::Comma) {
                    break;
                }
            }
        } else if cursor.at(&["using"]) || cursor.at(&["with", "check"]) {
            let start = cursor.start();
            cursor.eat(&["with"]);
            cursor.next();
            if cursor.group().is_some_and(is_true) {
                let clause = Span::new(start, cursor.end_of_last());
                policy.always_true.get_or_insert(clause);
            }
        } else {
            cursor.next();
        }
    }
    policy
}

/// Whether the condition is the constant `true`, in parentheses or not.
fn is_true(condition: &[TokenWithSpan]) -> bool {
    match condition {
        [only] => is_word(&only.token, "true"),
        [first, inner @ .., last] => {
            first.token == Token::LParen && last.token == Token::RParen && is_true(inner)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::lower::brief::each;

    #[test]
    fn policies() {
        each(&[
            (
                "CREATE POLICY p ON t AS RESTRICTIVE FOR ALL TO a, b USING (x) WITH CHECK (true)",
                "create policy p on t to a,b restrictive true",
            ),
            (
                "CREATE POLICY p ON t FOR SELECT USING ((TRUE))",
                "create policy p on t true",
            ),
            (
                "CREATE POLICY p ON t USING (true AND x)",
                "create policy p on t",
            ),
        ]);
    }
}
