//! The password of another server.

use sqlparser::tokenizer::TokenWithSpan;

use crate::{
    Check, Context, Finding, Step,
    action::{Action, ObjectKind},
    declare_rule,
    lower::cursor::{is_word, literal},
    source::Span,
    token::{span_of, tokenize},
};

declare_rule! {
    /// ## What it does
    /// Flags a password in the options of a user mapping or server, in the connection string of a
    /// subscription, and in that of `dblink` and `dblink_connect`.
    ///
    /// ## Why is this bad?
    /// It stays in the history of the repository and in the server's log. The catalog shows it to superusers,
    /// and that of a subscription to `pg_dump`.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE ROLE app;
    /// CREATE FOREIGN DATA WRAPPER other;
    /// CREATE SERVER warehouse FOREIGN DATA WRAPPER other;
    /// -- file: 2_change.up.sql
    /// CREATE USER MAPPING FOR app SERVER warehouse OPTIONS (user 'app', password 'secret');
    /// ```
    ///
    /// ## Safer way
    /// Create the mapping without a password, and set that outside of migrations, or have the server read it
    /// from a `passfile`.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE ROLE app;
    /// CREATE FOREIGN DATA WRAPPER other;
    /// CREATE SERVER warehouse FOREIGN DATA WRAPPER other;
    /// -- file: 2_change.up.sql
    /// CREATE USER MAPPING IF NOT EXISTS FOR app SERVER warehouse OPTIONS (user 'app');
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DBLINK_OR_FDW_CREDENTIALS = {
        name: "dblink-or-fdw-credentials",
        group: Security,
        summary: "the password of another server in the repository",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let kind = match &step.action {
        Action::CreateObject(create) => Some(create.kind),
        Action::AlterObject(alter) => Some(alter.kind),
        Action::Query { functions, .. } => {
            let connects = functions
                .iter()
                .any(|function| function.name().starts_with("dblink"));
            connects.then_some(ObjectKind::Subscription)
        }
        _ => None,
    };
    let text = context.migration.up.slice(step.span);
    let tokens = tokenize(text, step.span.start).code;
    let secret = match kind {
        Some(ObjectKind::UserMapping | ObjectKind::Server) => option(&tokens),
        Some(ObjectKind::Subscription) => connection_string(&tokens),
        _ => None,
    };
    let Some(span) = secret else {
        return;
    };
    found.push(
        Finding::new(
            &DBLINK_OR_FDW_CREDENTIALS,
            span,
            "whoever reads the repository or the server's log can log in at the other server",
        )
        .help("set the password outside of migrations, and change this one, since it is known now"),
    );
}

/// `password 'secret'` among the options.
fn option(tokens: &[TokenWithSpan]) -> Option<Span> {
    tokens.windows(2).find_map(|pair| {
        let [name, value] = pair else {
            return None;
        };
        let named = is_word(&name.token, "password") || is_word(&name.token, "passwd");
        let given = literal(&value.token).is_some_and(|value| !value.is_empty());
        (named && given).then(|| span_of(name).to(span_of(value)))
    })
}

/// `'host=… password=…'` and `'postgres://user:password@…'`.
fn connection_string(tokens: &[TokenWithSpan]) -> Option<Span> {
    tokens
        .iter()
        .find(|token| {
            literal(&token.token).is_some_and(|text| {
                let text = text.to_lowercase();
                let spaceless: String = text.chars().filter(|c| !c.is_whitespace()).collect();
                spaceless.contains("password=") || is_url_with_password(&text)
            })
        })
        .map(span_of)
}

fn is_url_with_password(text: &str) -> bool {
    text.split_once("://")
        .filter(|(scheme, _)| scheme.starts_with("postgres"))
        .and_then(|(_, rest)| rest.split_once('@'))
        .is_some_and(|(user, _)| user.contains(':') && !user.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::DBLINK_OR_FDW_CREDENTIALS;
    use crate::test_support::check;

    #[test]
    fn secrets() {
        check(
            &DBLINK_OR_FDW_CREDENTIALS,
            "
    CREATE USER MAPPING FOR app SERVER s OPTIONS (user 'a', password 'b');
--                                                          ^^^^^^^^^^^^ error: whoever reads the repository or the server's log can log in at the other server
    ALTER USER MAPPING FOR app SERVER s OPTIONS (SET password 'b');
--                                                   ^^^^^^^^^^^^ error: whoever reads the repository or the server's log can log in at the other server
    CREATE SUBSCRIPTION sub CONNECTION 'postgresql://a:b@host/db' PUBLICATION p WITH (connect = false);
--                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^ error: whoever reads the repository or the server's log can log in at the other server
    SELECT dblink_connect('c', 'host=h user=u password = p');
--                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: whoever reads the repository or the server's log can log in at the other server
",
        );
    }

    #[test]
    fn no_secrets() {
        check(
            &DBLINK_OR_FDW_CREDENTIALS,
            "
    CREATE USER MAPPING FOR app SERVER s OPTIONS (user 'a', password_required 'false');
    SELECT dblink_connect('c', 'service=warehouse');
    CREATE SUBSCRIPTION sub CONNECTION 'postgresql://a@host/db' PUBLICATION p WITH (connect = false);
    SELECT 'password=x';
",
        );
    }
}
