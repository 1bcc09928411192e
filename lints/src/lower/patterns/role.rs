//! The options of `CREATE ROLE` and `ALTER ROLE`.

use sqlparser::tokenizer::TokenWithSpan;

use crate::{
    action::RoleOptions,
    lower::cursor::{Cursor, literal},
    source::Span,
};

/// Reads the options behind a role's name.
pub(super) fn options(tokens: &[TokenWithSpan]) -> RoleOptions {
    let mut cursor = Cursor::new(tokens);
    let mut options = RoleOptions::default();
    while !cursor.is_at_end() {
        let start = cursor.start();
        if cursor.eat(&["set"]) || cursor.eat(&["reset"]) {
            // `ALTER ROLE r SET parameter`: no options follow.
            break;
        } else if cursor.eat(&["superuser"]) {
            options.superuser = Some(Span::new(start, cursor.end_of_last()));
        } else if cursor.eat(&["bypassrls"]) {
            options.bypass_rls = Some(Span::new(start, cursor.end_of_last()));
        } else if cursor.eat(&["password"]) {
            if cursor
                .next()
                .is_some_and(|token| literal(&token.token).is_some())
            {
                options.password = Some(Span::new(start, cursor.end_of_last()));
            }
        } else {
            cursor.next();
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use crate::lower::brief::each;

    #[test]
    fn role_options() {
        each(&[
            (
                "CREATE USER a WITH SUPERUSER BYPASSRLS ENCRYPTED PASSWORD 'x'",
                "create role a superuser bypassrls password",
            ),
            ("CREATE ROLE a NOSUPERUSER PASSWORD NULL", "create role a"),
            (
                "ALTER ROLE a WITH LOGIN PASSWORD 'x'",
                "alter role a: options password",
            ),
            ("ALTER ROLE a SET search_path = s", "alter role a: options"),
        ]);
    }
}
