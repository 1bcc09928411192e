//! A superuser.

use crate::{Check, Context, Finding, Step, declare_rule, rules::security::role};

declare_rule! {
    /// ## What it does
    /// Flags `SUPERUSER` in `CREATE` and `ALTER` of a role or user.
    ///
    /// ## Why is this bad?
    /// A superuser reads and writes everything in every database of the server, its files, and runs programs
    /// on its host. Managed services refuse it, too.
    ///
    /// ```sql,bad
    /// CREATE ROLE app SUPERUSER LOGIN;
    /// ```
    ///
    /// ## Safer way
    /// Grant what is needed: there are predefined roles such as `pg_monitor`, `pg_read_all_data` and
    /// `pg_signal_backend`.
    ///
    /// ```sql,good
    /// CREATE ROLE app LOGIN IN ROLE pg_monitor;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static SUPERUSER_ROLE = {
        name: "superuser-role",
        group: Security,
        summary: "a role that no permission check stops",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(_: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some((name, options)) = role::options(step) else {
        return;
    };
    let Some(span) = options.superuser else {
        return;
    };
    found.push(
        Finding::new(&SUPERUSER_ROLE, span, format!("no permission check stops `{name}`, which may also run programs on the server's host"))
            .help("grant the privileges or predefined roles that are needed"),
    );
}

#[cfg(test)]
mod tests {
    use super::SUPERUSER_ROLE;
    use crate::test_support::check;

    #[test]
    fn superusers() {
        check(
            &SUPERUSER_ROLE,
            "
    CREATE ROLE app LOGIN SUPERUSER;
--                        ^^^^^^^^^ error: no permission check stops `app`, which may also run programs on the server's host
    ALTER USER app WITH SUPERUSER;
--                      ^^^^^^^^^ error: no permission check stops `app`, which may also run programs on the server's host
",
        );
    }

    #[test]
    fn others() {
        check(
            &SUPERUSER_ROLE,
            "
    CREATE ROLE app NOSUPERUSER;
    CREATE ROLE superusers;
",
        );
    }
}
