//! A name that breaks the house style.

use crate::{Check, Context, Finding, Step, declare_rule, rules::schema::names};

declare_rule! {
    /// ## What it does
    /// Flags new names that do not match the project's pattern for their kind, and without one those that are
    /// not lower-case words joined by underscores. Off unless it is switched on.
    ///
    /// ## Why is this bad?
    /// Names are read for years. One that follows no pattern has to be looked up each time.
    ///
    /// ```sql,bad
    /// CREATE TABLE "user accounts" (id bigint PRIMARY KEY);
    /// ```
    ///
    /// ## Safer way
    /// Follow the pattern.
    ///
    /// ```sql,good
    /// CREATE TABLE user_accounts (id bigint PRIMARY KEY);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static NAMING = {
        name: "naming",
        group: Schema,
        summary: "a name that the project's patterns do not allow",
        level: Off,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    for (what, name) in names::created(context, step) {
        let wanted = context.settings.naming.get(what).map(String::as_str);
        let fits = match wanted {
            Some(pattern) => matches(pattern, &name.value),
            None => is_snake_case(&name.value),
        };
        if fits {
            continue;
        }
        let wanted = wanted.unwrap_or("lower-case words joined by underscores");
        found.push(
            Finding::new(
                &NAMING,
                name.span,
                format!("{what} `{name}` is not named like the others"),
            )
            .label(format!("wanted: {wanted}"))
            .help("follow the pattern"),
        );
    }
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Whether a name matches a pattern in which `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::NAMING;
    use crate::{finding::Level, settings::Settings, test_support::check_with};

    #[test]
    fn switched_on() {
        let settings = Settings {
            levels: [(NAMING.name.to_owned(), Level::Warning)].into(),
            naming: [("index".to_owned(), "*_idx".to_owned())].into(),
            ..Settings::default()
        };
        check_with(
            &NAMING,
            &settings,
            "
    CREATE TABLE \"userAccounts\" (id bigint, \"a b\" text);
--               ^^^^^^^^^^^^^^ warning: table `userAccounts` is not named like the others
--                                          ^^^^^ warning: column `a b` is not named like the others
    CREATE INDEX by_name ON users (name);
--               ^^^^^^^ warning: index `by_name` is not named like the others
    CREATE INDEX users_name_idx ON users (name);
",
        );
    }
}
