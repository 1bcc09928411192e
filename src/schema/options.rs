//! The options of foreign data wrappers, servers, user mappings and foreign tables.
//!
//! A schema is committed and read by many: what looks like a secret is told as there, not as what.

use crate::schema::names::{literal, quoted};

/// What an option's name holds when its value is nobody's business.
const SECRETS: [&str; 8] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "apikey",
    "privatekey",
];

/// What stands for a secret.
const HIDDEN: &str = "********";

/// Options as SQL lists them, in the order of their names, from the catalog's `name=value`.
pub(super) fn spelled(options: &[String]) -> Vec<String> {
    let mut options: Vec<_> = options
        .iter()
        .map(|option| option.split_once('=').unwrap_or((option, "")))
        .collect();
    options.sort_unstable();
    options
        .into_iter()
        .map(|(name, value)| {
            let value = if is_secret(name) { HIDDEN } else { value };
            format!("{} {}", quoted(name), literal(value))
        })
        .collect()
}

/// Whether the option's value is a secret; `password_required` and its kin say yes or no.
fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    let letters: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    !letters.ends_with("required") && SECRETS.iter().any(|secret| letters.contains(secret))
}

#[cfg(test)]
mod tests {
    use super::spelled;

    #[track_caller]
    fn check(option: &str, expected: &str) {
        assert_eq!(spelled(&[option.to_owned()]), [expected]);
    }

    #[test]
    fn options_are_spelled_for_sql() {
        check("host=localhost", "host 'localhost'");
        check("Odd=a=b's", "\"Odd\" 'a=b''s'");
        check("empty=", "empty ''");
    }

    #[test]
    fn secrets_are_hidden() {
        check("password=hunter2", "password '********'");
        check("sslpassword=x", "sslpassword '********'");
        check(
            "API_Key=x",
            "\"API_Key\" 'x'".replace("'x'", "'********'").as_str(),
        );
        check(
            "aws_secret_access_key=x",
            "aws_secret_access_key '********'",
        );
    }

    #[test]
    fn what_only_speaks_of_secrets_is_told() {
        check("password_required=false", "password_required 'false'");
        check("sslkey=/etc/key.pem", "sslkey '/etc/key.pem'");
    }
}
