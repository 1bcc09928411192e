//! Code that no permission check stops.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, CreateDetail, ObjectKind},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags functions in an untrusted language (`plpython3u`, `plperlu`, `pltclu`, `c`, `internal` and other
    /// names that end in `u`), and the creation of such a language, also by its extension.
    ///
    /// ## Why is this bad?
    /// Such code runs as the operating system's user of Postgres: it reads and writes files, opens connections
    /// and sees other sessions' data, and can take the server down. Only superusers may create it, and managed
    /// services refuse it.
    ///
    /// ```sql,bad
    /// CREATE FUNCTION read(path text) RETURNS text LANGUAGE plpython3u AS 'return open(path).read()';
    /// ```
    ///
    /// ## Safer way
    /// Use `sql`, `plpgsql` or a trusted language, or do it in the application.
    ///
    /// ```sql,good
    /// CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static UNTRUSTED_LANGUAGE = {
        name: "untrusted-language",
        group: Security,
        summary: "a function in a language that may do anything on the server",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

/// By convention an untrusted language's name ends in `u`: `plpython3u`, `plperlu`, `pltclu`, `plr` being the exception.
const UNTRUSTED: &[&str] = &[
    "c",
    "internal",
    "pljavau",
    "plperlu",
    "plpython2u",
    "plpython3u",
    "plpythonu",
    "plr",
    "plsh",
    "pltclu",
];

fn check(_: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::CreateObject(create) = &step.action else {
        return;
    };
    let (language, what) = match (&create.detail, create.kind) {
        (CreateDetail::Function(function), _) => match &function.language {
            Some(language) => (language.as_str(), "this function"),
            None => return,
        },
        (_, ObjectKind::Language) => (create.name.name(), "a function in this language"),
        (_, ObjectKind::Extension) if create.name.name() != "c" => {
            (create.name.name(), "a function in this language")
        }
        _ => return,
    };
    if !UNTRUSTED.contains(&language) {
        return;
    }
    found.push(
        Finding::new(
            &UNTRUSTED_LANGUAGE,
            step.span,
            format!("no permission check stops {what}: it may do anything that the server's own user may"),
        )
        .label(format!("`{language}` is not trusted"))
        .help("use `sql`, `plpgsql` or a trusted language"),
    );
}

#[cfg(test)]
mod tests {
    use super::UNTRUSTED_LANGUAGE;
    use crate::test_support::check;

    #[test]
    fn untrusted() {
        check(
            &UNTRUSTED_LANGUAGE,
            "
    CREATE FUNCTION f() RETURNS text LANGUAGE 'plpython3u' AS 'return 1';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: no permission check stops this function: it may do anything that the server's own user may
    CREATE EXTENSION IF NOT EXISTS plperlu;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: no permission check stops a function in this language: it may do anything that the server's own user may
    CREATE LANGUAGE plpython3u;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^ error: no permission check stops a function in this language: it may do anything that the server's own user may
    CREATE FUNCTION g() RETURNS int AS 'lib', 'g' LANGUAGE c;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: no permission check stops this function: it may do anything that the server's own user may
",
        );
    }

    #[test]
    fn trusted() {
        check(
            &UNTRUSTED_LANGUAGE,
            "
    CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE EXTENSION IF NOT EXISTS plperl;
    CREATE FUNCTION h() RETURNS int LANGUAGE plv8 AS 'return 1';
",
        );
    }
}
