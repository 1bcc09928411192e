//! A constraint that is there already.

use std::collections::HashSet;

use crate::{
    Check, Context, Finding, Step,
    action::{Action, Constraint, ConstraintKind},
    catalog::{Catalog, Handle, Origin, Relation},
    declare_rule,
    name::{Ident, ObjectName},
    rules::blocking::altered::added_constraints,
};

declare_rule! {
    /// ## What it does
    /// Flags a new foreign key, `CHECK` or `EXCLUDE` that demands what another one of the same table demands when the migration
    /// is over. Two equal unique constraints are `duplicate-index`.
    ///
    /// ## Why is this bad?
    /// It keeps no row out that the other does not, and every write is checked twice. Whoever drops one of them later wonders
    /// why the rule still holds.
    ///
    /// ```sql,bad
    /// CREATE TABLE users (id bigint PRIMARY KEY);
    /// CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);
    /// ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users (id);
    /// ```
    ///
    /// ## Safer way
    /// Leave it out, or drop the other one in the same migration. One that acts differently, such as with `ON DELETE CASCADE`,
    /// is none of these.
    ///
    /// ```sql,good
    /// CREATE TABLE users (id bigint PRIMARY KEY);
    /// CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);
    /// ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey;
    /// ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users (id);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DUPLICATE_CONSTRAINT = {
        name: "duplicate-constraint",
        group: Schema,
        summary: "a constraint that demands what another one demands",
        level: Warning,
        since: "0.1.0",
        check: Check::Migration(check),
    }
}

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    let catalog = context.catalog;
    let mut said = HashSet::new();
    // Of two new ones the later one is told.
    let added: Vec<_> = context.migration.steps.iter().flat_map(added).collect();
    for (table, constraint) in added.into_iter().rev() {
        let (Some(demand), Some(relation)) = (demand(catalog, constraint), catalog.relation(table))
        else {
            continue;
        };
        let (referred, columns) = referred(catalog, constraint);
        let columns = or_primary(referred, columns);
        // In the order in which they were made.
        let mut twins = relation
            .constraints
            .by(&demand)
            .filter(|known| or_primary(referred, known.referenced.clone()) == columns);
        let (Some(first), Some(last)) = (twins.next(), twins.next_back()) else {
            continue;
        };
        let is_new = last.origin == Origin::Here && first.name != last.name;
        if !is_new || !said.insert((catalog.key(table), &last.name)) {
            continue;
        }
        found.push(
            Finding::new(
                &DUPLICATE_CONSTRAINT,
                constraint.span,
                format!(
                    "every write to `{table}` is checked by `{}` for nothing: `{}` demands the same",
                    last.name, first.name
                ),
            )
            .help("leave it out, or drop the other one in the same migration"),
        );
    }
}

/// The constraints that a step adds, with their table.
fn added(step: &Step) -> Vec<(&ObjectName, &Constraint)> {
    match &step.action {
        Action::CreateTable(create) => create
            .columns
            .iter()
            .flat_map(|column| &column.constraints)
            .chain(&create.constraints)
            .map(|constraint| (&create.name, constraint))
            .collect(),
        Action::AlterTable(alter) => added_constraints(alter)
            .iter()
            .map(|constraint| (&alter.table, constraint))
            .collect(),
        _ => Vec::new(),
    }
}

/// What a constraint of a statement demands; none for keys, which are indexes, and `NOT NULL`.
fn demand(catalog: &Catalog, constraint: &Constraint) -> Option<Handle> {
    let (columns, references) = match &constraint.kind {
        ConstraintKind::Check(_) | ConstraintKind::Exclude => (Vec::new(), None),
        ConstraintKind::ForeignKey {
            columns,
            references,
            ..
        } => (names(columns), Some(catalog.key(references))),
        _ => return None,
    };
    Some(Handle::Demand {
        words: constraint.kind.words(),
        definition: constraint.definition.clone(),
        columns,
        references,
    })
}

fn names(idents: &[Ident]) -> Vec<String> {
    idents.iter().map(|name| name.value.clone()).collect()
}

/// The table that a foreign key of a statement refers to, and the columns that it names there.
fn referred<'a>(
    catalog: &'a Catalog,
    constraint: &Constraint,
) -> (Option<&'a Relation>, Vec<String>) {
    match &constraint.kind {
        ConstraintKind::ForeignKey {
            references,
            referenced,
            ..
        } => (catalog.relation(references), names(referenced)),
        _ => (None, Vec::new()),
    }
}

/// The columns that a foreign key refers to: those of the primary key where it names none.
fn or_primary(table: Option<&Relation>, columns: Vec<String>) -> Vec<String> {
    let primary = table.and_then(|table| table.constraints.primary_key());
    match primary {
        Some(primary) if columns.is_empty() => primary.columns.clone(),
        _ => columns,
    }
}

#[cfg(test)]
mod tests {
    use super::DUPLICATE_CONSTRAINT;
    use crate::test_support::check;

    #[test]
    fn twins() {
        check(
            &DUPLICATE_CONSTRAINT,
            "
    CREATE TABLE users (id bigint PRIMARY KEY);
    CREATE TABLE orders (user_id bigint REFERENCES users, total int CHECK (total > 0), CHECK (TOTAL>0));
--                                                                                     ^^^^^^^^^^^^^^^ warning: every write to `orders` is checked by `orders_total_check1` for nothing: `orders_total_check` demands the same
-- file: 2_b.up.sql
    ALTER TABLE orders ADD CONSTRAINT u FOREIGN KEY (user_id) REFERENCES public.users (id) NOT VALID;
--                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: every write to `orders` is checked by `u` for nothing: `orders_user_id_fkey` demands the same
    ALTER TABLE bookings ADD CONSTRAINT a EXCLUDE USING gist (room WITH =);
    ALTER TABLE bookings ADD CONSTRAINT b EXCLUDE USING gist (room WITH =);
--                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: every write to `bookings` is checked by `b` for nothing: `a` demands the same
",
        );
    }

    #[test]
    fn not_the_same() {
        check(
            &DUPLICATE_CONSTRAINT,
            "
    CREATE TABLE users (id bigint PRIMARY KEY, mail text);
    CREATE TABLE orders (user_id bigint REFERENCES users, buyer bigint REFERENCES users, total int CHECK (total > 0));
    ALTER TABLE orders ADD CONSTRAINT a FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;
    ALTER TABLE orders ADD CONSTRAINT b FOREIGN KEY (user_id) REFERENCES users DEFERRABLE INITIALLY DEFERRED;
    ALTER TABLE orders ADD CONSTRAINT c FOREIGN KEY (user_id) REFERENCES people;
    ALTER TABLE orders ADD CONSTRAINT d CHECK (total > 1);
-- file: 2_again.up.sql
    ALTER TABLE orders DROP CONSTRAINT d, ADD CONSTRAINT e CHECK (total > 1);
    DO $$ BEGIN
        ALTER TABLE orders ADD CONSTRAINT a FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;
    EXCEPTION WHEN duplicate_object THEN NULL;
    END $$;
    CREATE TABLE IF NOT EXISTS orders (user_id bigint, total int CHECK (total > 0));
",
        );
    }
}
