//! A name that Postgres cuts.

use crate::{
    Check, Context, Finding, Step, action::Action, declare_rule, name::Ident, rules::schema::names,
};

declare_rule! {
    /// ## What it does
    /// Flags a new name of more than 63 bytes: of tables, columns, constraints, indexes and everything else. Also one
    /// in `DROP` and `ALTER TABLE` that no migration gave.
    ///
    /// ## Why is this bad?
    /// Postgres cuts it with no more than a notice. Two names that begin alike become one and the second
    /// `CREATE` fails, or is skipped by `IF NOT EXISTS`; code that compares with the catalog does not find it.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE TABLE events (id bigint PRIMARY KEY, tenant bigint, at timestamptz, a int, b int, c int, d int, e int, f int);
    /// -- file: 2_change.up.sql
    /// CREATE INDEX index_of_the_events_by_their_tenant_and_their_creation_time_descending_idx ON events (tenant, at);
    /// ```
    ///
    /// ## Safer way
    /// Give it a shorter name.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE TABLE events (id bigint PRIMARY KEY, tenant bigint, at timestamptz, a int, b int, c int, d int, e int, f int);
    /// -- file: 2_change.up.sql
    /// CREATE INDEX events_tenant_at_idx ON events (tenant, at);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. The limit is `NAMEDATALEN`, a constant of the server's build.
    pub(crate) static IDENTIFIER_TOO_LONG = {
        name: "identifier-too-long",
        group: Schema,
        summary: "a name that Postgres cuts to 63 bytes",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

/// `NAMEDATALEN - 1`.
const MOST_BYTES: usize = 63;

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let created = names::created(context, step);
    let names = created.into_iter().map(|(_, name)| name);
    for name in names.chain(met(context, step)) {
        if name.value.len() <= MOST_BYTES {
            continue;
        }
        let mut end = MOST_BYTES;
        while !name.value.is_char_boundary(end) {
            end -= 1;
        }
        let kept = &name.value[..end];
        found.push(
            Finding::new(
                &IDENTIFIER_TOO_LONG,
                name.span,
                format!("Postgres cuts this name to `{kept}`"),
            )
            .label(format!("{} bytes, 63 are kept", name.value.len()))
            .help("give it a shorter name"),
        );
    }
}

/// The name of an object that was there before the migrations: of any other it is said where it is made.
fn met<'a>(context: &Context<'_>, step: &'a Step) -> Option<&'a Ident> {
    let name = match &step.action {
        Action::DropObject(drop) => &drop.name,
        Action::AlterTable(alter) => &alter.table,
        _ => return None,
    };
    context
        .catalog
        .relation(name)
        .is_none()
        .then_some(&name.ident)
}

#[cfg(test)]
mod tests {
    use super::IDENTIFIER_TOO_LONG;
    use crate::test_support::check;

    #[test]
    fn too_long() {
        check(
            &IDENTIFIER_TOO_LONG,
            "
    CREATE TABLE a_table_with_a_name_of_exactly_sixty_four_bytes_which_is_too_long (id bigint);
--               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: Postgres cuts this name to `a_table_with_a_name_of_exactly_sixty_four_bytes_which_is_too_lo`
    ALTER TABLE t ADD CONSTRAINT a_constraint_with_a_name_of_more_than_sixty_three_bytes_is_too_long CHECK (true);
--                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: Postgres cuts this name to `a_constraint_with_a_name_of_more_than_sixty_three_bytes_is_too_`
    CREATE TABLE t (a_column_with_a_name_of_exactly_sixty_four_bytes_which_is_too_lo int);
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: Postgres cuts this name to `a_column_with_a_name_of_exactly_sixty_four_bytes_which_is_too_l`
    ALTER TABLE t RENAME TO a_table_with_a_name_of_exactly_sixty_four_bytes_which_is_too_long;
--                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: Postgres cuts this name to `a_table_with_a_name_of_exactly_sixty_four_bytes_which_is_too_lo`
",
        );
    }

    #[test]
    fn of_what_was_there() {
        check(
            &IDENTIFIER_TOO_LONG,
            "
    DROP TABLE a_table_with_a_name_of_exactly_sixty_four_bytes_which_is_too_long;
--             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: Postgres cuts this name to `a_table_with_a_name_of_exactly_sixty_four_bytes_which_is_too_lo`
",
        );
    }

    #[test]
    fn long_enough() {
        check(
            &IDENTIFIER_TOO_LONG,
            "
    CREATE TABLE a_table_with_a_name_of_exactly_sixty_three_bytes_which_is_right (id bigint);
",
        );
    }
}
