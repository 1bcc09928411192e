//! A table is read through or written anew more often than need be.

use crate::{
    Check, Context, Finding, Rule, Span, Step,
    action::{Action, AlterClause, AlterTable},
    catalog::Key,
    declare_rule,
    rules::blocking::{
        access_method_rewrites::ACCESS_METHOD_REWRITES, check_validates::CHECK_VALIDATES,
        column_type_rewrites::COLUMN_TYPE_REWRITES, domain_column_rewrites::DOMAIN_COLUMN_REWRITES,
        identity_rewrites::IDENTITY_REWRITES, not_null_scans::NOT_NULL_SCANS,
        set_logged_rewrites::SET_LOGGED_REWRITES, stored_column_rewrites::STORED_COLUMN_REWRITES,
        volatile_default_rewrites::VOLATILE_DEFAULT_REWRITES,
    },
};

declare_rule! {
    /// ## What it does
    /// Flags an `ALTER TABLE` that reads through or rewrites a table which another `ALTER TABLE` right before it has read
    /// through or rewritten already. Statements that take a moment only, foreign keys and index builds are silent: one
    /// statement would not make them faster.
    ///
    /// ## Why is this bad?
    /// Postgres checks all new constraints of one `ALTER TABLE`, and computes all its new values, in a single pass over the
    /// rows. Written as several statements, each is a pass of its own, and the table is locked for the sum of them.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_types.up.sql
    /// ALTER TABLE users ALTER COLUMN age TYPE bigint;
    /// ALTER TABLE users ADD CONSTRAINT users_adult CHECK (age > 17);
    /// ```
    ///
    /// ## Safer way
    /// Write them as the clauses of one statement.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_types.up.sql
    /// ALTER TABLE users ALTER COLUMN age TYPE bigint, ADD CONSTRAINT users_adult CHECK (age > 17);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static ALTER_TABLE_SPLIT = {
        name: "alter-table-split",
        group: Blocking,
        summary: "several passes over a table that one `ALTER TABLE` does in one",
        level: Warning,
        since: "0.1.0",
        check: Check::Migration(check),
    }
}

/// What is done in the one pass over the rows; keys and foreign keys read them apart.
///
/// Source: `ATRewriteTables` in Postgres's `tablecmds.c`.
static PASSES: [&Rule; 9] = [
    &ACCESS_METHOD_REWRITES,
    &CHECK_VALIDATES,
    &COLUMN_TYPE_REWRITES,
    &DOMAIN_COLUMN_REWRITES,
    &IDENTITY_REWRITES,
    &NOT_NULL_SCANS,
    &SET_LOGGED_REWRITES,
    &STORED_COLUMN_REWRITES,
    &VOLATILE_DEFAULT_REWRITES,
];

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    let mut passes: Vec<(Key, usize)> = Vec::new();
    let mut splits = Vec::new();
    let mut found_passes: Vec<Span> = found
        .iter()
        .filter(|finding| PASSES.iter().any(|rule| rule.name == finding.rule.name))
        .map(|finding| finding.span)
        .collect();
    found_passes.sort_by_key(|span| span.start);
    for step in &context.migration.steps {
        let Some(alter) = joinable(context, step) else {
            // What stands between may need the one before, and be needed by the one behind.
            if !matches!(step.action, Action::Comment { .. } | Action::Set(_)) {
                passes.clear();
            }
            continue;
        };
        let from = found_passes.partition_point(|span| span.start < step.span.start);
        let mut inside = found_passes[from..]
            .iter()
            .take_while(|span| span.start <= step.span.end);
        if !inside.any(|span| step.span.contains(*span)) {
            continue;
        }
        let table = context.catalog.key(&alter.table);
        let known = passes.iter_mut().find(|(known, _)| *known == table);
        let Some((_, statement)) = known else {
            passes.push((table, step.statement));
            continue;
        };
        let before = std::mem::replace(statement, step.statement);
        if before == step.statement {
            continue;
        }
        let start = context.migration.statements[before].span.start;
        splits.push(
            Finding::new(
                &ALTER_TABLE_SPLIT,
                context.statement(step).span,
                format!("the rows of `{}` are gone through once more", alter.table),
            )
            .label(format!(
                "the statement in line {} goes through them already",
                context.migration.up.position(start).line
            ))
            .help("write both as clauses of one `ALTER TABLE`: it goes through the rows once"),
        );
    }
    found.append(&mut splits);
}

/// The clause of a step that could stand in one statement with others.
fn joinable<'a>(context: &Context<'_>, step: &'a Step) -> Option<&'a AlterTable> {
    let Action::AlterTable(alter) = &step.action else {
        return None;
    };
    let alone = matches!(
        alter.clause,
        AlterClause::AttachPartition { .. } | AlterClause::DetachPartition { .. }
    );
    (!alone && !context.in_do_block(step)).then_some(alter)
}

#[cfg(test)]
mod tests {
    use super::ALTER_TABLE_SPLIT;
    use crate::test_support::check;

    #[test]
    fn a_pass_each() {
        check(
            &ALTER_TABLE_SPLIT,
            "
    ALTER TABLE users ADD CONSTRAINT a CHECK (age > 17);
    COMMENT ON CONSTRAINT a ON users IS 'adult';
    ALTER TABLE logs ADD CONSTRAINT b CHECK (day > '2020-01-01');
    ALTER TABLE users ADD COLUMN note text, ADD COLUMN token uuid DEFAULT gen_random_uuid();
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: the rows of `users` are gone through once more
    ALTER TABLE public.users ALTER COLUMN name SET NOT NULL;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: the rows of `public.users` are gone through once more
",
        );
    }

    #[test]
    fn no_pass_one_statement_or_work_between() {
        check(
            &ALTER_TABLE_SPLIT,
            "
    ALTER TABLE users ADD COLUMN note text;
    ALTER TABLE users DROP COLUMN phone;
    ALTER TABLE users ADD CONSTRAINT a CHECK (age > 17) NOT VALID;
    ALTER TABLE users ADD CHECK (age > 17), ALTER COLUMN name SET NOT NULL;
    ALTER TABLE users ADD FOREIGN KEY (plan) REFERENCES plans;
    ALTER TABLE users ADD UNIQUE (name);
    UPDATE users SET name = '' WHERE id = 1;
    ALTER TABLE users ADD CHECK (age > 18);
    ALTER TABLE logs ADD CHECK (age > 18);
    CREATE TABLE teams (id bigint);
    ALTER TABLE teams ADD CHECK (id > 18);
    ALTER TABLE teams ADD CHECK (id > 19);
",
        );
    }
}
