//! A type is dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP TYPE` of a type that the same migration neither made nor makes again.
    ///
    /// ## Why is this bad?
    /// With `CASCADE`, every column of the type disappears with its values, without being named. Without it, clients
    /// that know the type (an enum in the application) fail.
    ///
    /// ```sql,bad
    /// -- file: 1_mood.up.sql
    /// CREATE TYPE mood AS ENUM ('sad', 'happy');
    /// CREATE TABLE people (id bigint PRIMARY KEY, mood mood);
    /// -- file: 2_drop_mood.up.sql
    /// DROP TYPE mood CASCADE;
    /// ```
    ///
    /// ## Safer way
    /// Change or drop the columns by name first. Then drop the type without `CASCADE`: the statement fails if a
    /// column still uses it.
    ///
    /// ```sql,good
    /// -- rehearsal: allow(drop-type): no column uses it since migration 41
    /// DROP TYPE IF EXISTS mood;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_TYPE = {
        name: "drop-type",
        group: Destructive,
        summary: "a type is dropped",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::Type];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::replaced(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    let along = dropped::along(drop, "drops every column of that type, with its values");
    found.push(
        Finding::new(
            &DROP_TYPE,
            step.span,
            format!("type `{name}` is dropped{along}"),
        )
        .label("not made again in this file")
        .help("change the columns that use the type first, and drop it without `CASCADE`"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_TYPE;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_TYPE,
            "
    DROP TYPE mood CASCADE;
--  ^^^^^^^^^^^^^^^^^^^^^^ error: type `mood` is dropped, and `CASCADE` drops every column of that type, with its values
",
        );
    }

    #[test]
    fn one_that_is_made_again() {
        check(
            &DROP_TYPE,
            "
    DROP TYPE IF EXISTS mood;
    CREATE TYPE mood AS ENUM ('sad', 'happy');
    DROP TYPE mood;
    ALTER TYPE size RENAME TO size_old;
    CREATE TYPE size AS ENUM ('s', 'm');
    ALTER TABLE shirts ALTER COLUMN size TYPE size USING size::text::size;
    DROP TYPE size_old;
    CREATE TYPE color_new AS ENUM ('red');
    ALTER TABLE shirts ALTER COLUMN color TYPE color_new USING color::text::color_new;
    DROP TYPE color;
    ALTER TYPE color_new RENAME TO color;
",
        );
    }
}
