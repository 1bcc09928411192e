//! A password in the repository.

use crate::{Check, Context, Finding, Step, declare_rule, rules::security::role};

declare_rule! {
    /// ## What it does
    /// Flags `PASSWORD '…'` in `CREATE` and `ALTER` of a role or user, hashed or not.
    ///
    /// ## Why is this bad?
    /// It stays in the history of the repository, in the server's log and in the runner's output. A hash can
    /// be guessed at, and an MD5 hash is as good as the password.
    ///
    /// ```sql,bad
    /// CREATE ROLE app LOGIN PASSWORD 'secret';
    /// ```
    ///
    /// ## Safer way
    /// Create the role without a password. Set it outside of migrations, from a secret store.
    ///
    /// ```sql,good
    /// CREATE ROLE app LOGIN;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static ROLE_WITH_PASSWORD = {
        name: "role-with-password",
        group: Security,
        summary: "a password that everybody who reads the repository knows",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(_: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some((name, options)) = role::options(step) else {
        return;
    };
    let Some(span) = options.password else {
        return;
    };
    found.push(
        Finding::new(
            &ROLE_WITH_PASSWORD,
            span,
            format!("whoever reads the repository or the server's log can log in as `{name}`"),
        )
        .help("set the password outside of migrations, and change this one, since it is known now"),
    );
}

#[cfg(test)]
mod tests {
    use super::ROLE_WITH_PASSWORD;
    use crate::test_support::check;

    #[test]
    fn passwords() {
        check(
            &ROLE_WITH_PASSWORD,
            "
    CREATE USER app WITH ENCRYPTED PASSWORD 'secret' CREATEDB;
--                                 ^^^^^^^^^^^^^^^^^ error: whoever reads the repository or the server's log can log in as `app`
    ALTER ROLE app PASSWORD 'SCRAM-SHA-256$4096:x';
--                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: whoever reads the repository or the server's log can log in as `app`
",
        );
    }

    #[test]
    fn no_passwords() {
        check(
            &ROLE_WITH_PASSWORD,
            "
    CREATE ROLE app LOGIN PASSWORD NULL;
    ALTER ROLE app SET search_path = 'password';
",
        );
    }
}
