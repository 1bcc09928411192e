//! One migration, several matters.

use std::{
    collections::{HashMap, HashSet},
    mem::discriminant,
};

use sqlparser::tokenizer::Token;

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, ObjectKind, RenamePart},
    declare_rule,
    lower::cursor::{fold, literal},
    rules::blocking::several_tables_locked::SEVERAL_TABLES_LOCKED,
    statement::Statement,
};

declare_rule! {
    /// ## What it does
    /// Flags a migration that changes objects which have nothing to do with each other, while at least one of them was
    /// there before. Objects belong together where a statement names both, where the name of one begins with the other's,
    /// where the same column is added to or dropped from them, and where the same kind of statement is applied to all of
    /// them. Objects that are all new count as one
    /// matter, and temporary tables as none. A migration with a `DO` block is passed over: what it names cannot be told. Where the locks on both are the
    /// worse trouble, `several-tables-locked` says so instead.
    ///
    /// ## Why is this bad?
    /// They are deployed together, fail together, and can only be taken back together. The reviewer of the one has to
    /// think about the other.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_email_and_plans.up.sql
    /// ALTER TABLE users ADD COLUMN email text;
    /// CREATE TABLE plans (name text PRIMARY KEY, price numeric NOT NULL);
    /// ```
    ///
    /// ## Safer way
    /// Give each matter a migration of its own.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_email.up.sql
    /// ALTER TABLE users ADD COLUMN email text;
    /// -- file: 3_plans.up.sql
    /// CREATE TABLE plans (name text PRIMARY KEY, price numeric NOT NULL);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static SEVERAL_CHANGES = {
        name: "several-changes",
        group: History,
        summary: "unrelated objects that are changed in one migration",
        level: Warning,
        since: "0.1.0",
        check: Check::Migration(check),
    }
}

/// A statement that changes something.
struct Change<'a> {
    statement: usize,
    /// The object that it changes.
    object: &'a str,
    /// The object and the columns that are added, dropped or renamed.
    subjects: Vec<&'a str>,
    /// The object was there before.
    existing: bool,
    /// The object is a temporary table of this migration: nothing of it is deployed, but it ties together who uses it.
    temporary: bool,
}

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    let steps = &context.migration.steps;
    let hidden = steps
        .iter()
        .any(|step| context.in_do_block(step) || matches!(step.action, Action::DynamicSql));
    let said = found
        .iter()
        .any(|finding| finding.rule.name == SEVERAL_TABLES_LOCKED.name);
    if hidden || said {
        return;
    }
    let temporary: HashSet<&str> = steps.iter().filter_map(temporary).collect();
    let changes: Vec<Change<'_>> = steps
        .iter()
        .filter_map(|step| change(context, step, &temporary))
        .collect();
    let groups = groups(context, steps, &changes);
    // New objects alone are one matter, however many they are.
    let mut matters: Vec<&Change<'_>> = Vec::new();
    let mut seen = HashSet::new();
    let old: HashSet<usize> = (0..changes.len())
        .filter(|&at| changes[at].existing)
        .map(|at| groups[at])
        .collect();
    for (at, change) in changes.iter().enumerate() {
        if change.temporary {
            continue;
        }
        let group = Some(groups[at]).filter(|group| old.contains(group));
        if seen.insert(group) {
            matters.push(change);
        }
    }
    let [first, second, ..] = matters.as_slice() else {
        return;
    };
    let statements = &context.migration.statements;
    let line = |change: &Change<'_>| {
        let start = statements[change.statement].span.start;
        context.migration.up.position(start).line
    };
    found.push(
        Finding::new(
            &SEVERAL_CHANGES,
            statements[second.statement].span,
            format!(
                "nothing here ties `{}` to `{}`, and yet both are deployed and taken back together",
                second.object, first.object
            ),
        )
        .label(format!("line {} changes `{}`", line(first), first.object))
        .help("give each a migration of its own"),
    );
}

/// The temporary table that a step makes.
fn temporary(step: &Step) -> Option<&str> {
    match &step.action {
        Action::CreateTable(create) if create.persistence.is_temporary() => {
            Some(create.name.name())
        }
        _ => None,
    }
}

fn change<'a>(
    context: &Context<'_>,
    step: &'a Step,
    temporary: &HashSet<&str>,
) -> Option<Change<'a>> {
    let mut columns = Vec::new();
    let (name, existing) = match &step.action {
        Action::CreateTable(create) => (&create.name, false),
        Action::CreateIndex(create) => (&create.table, context.is_shared(&create.table)),
        Action::CreateObject(create) => match &create.table {
            Some(table) => (table, context.is_shared(table)),
            None => (&create.name, false),
        },
        // Its table is not known at the end.
        Action::DropObject(drop) if drop.kind == ObjectKind::Index => return None,
        Action::DropObject(drop) => (drop.table.as_ref().unwrap_or(&drop.name), true),
        Action::AlterTable(alter) => {
            match &alter.clause {
                AlterClause::AddColumn { column, .. } => columns.push(column.name.value.as_str()),
                AlterClause::DropColumn { name, .. } => columns.push(name.value.as_str()),
                _ => {}
            }
            (&alter.table, context.is_shared(&alter.table))
        }
        Action::AlterObject(alter) => (&alter.name, true),
        Action::Rename(rename) => {
            columns.push(rename.to.value.as_str());
            if let RenamePart::Column(from) = &rename.part {
                columns.push(from.value.as_str());
            }
            let object = rename.table.as_ref().unwrap_or(&rename.object);
            (object, true)
        }
        Action::SetSchema { name, .. } => (name, true),
        _ => return None,
    };
    columns.push(name.name());
    let temporary = temporary.contains(name.name());
    Some(Change {
        statement: step.statement,
        object: name.name(),
        subjects: columns,
        existing: existing && !temporary,
        temporary,
    })
}

/// For each change, the number of the group that it belongs to.
fn groups(context: &Context<'_>, steps: &[Step], changes: &[Change<'_>]) -> Vec<usize> {
    let mut parents: Vec<usize> = (0..changes.len()).collect();
    let mut owners: HashMap<&str, usize> = HashMap::new();
    for (at, change) in changes.iter().enumerate() {
        for subject in &change.subjects {
            let owner = *owners.entry(subject).or_insert(at);
            join(&mut parents, at, owner);
        }
    }
    // `worker` and `worker_status`.
    let mut names: Vec<(&str, usize)> = owners.iter().map(|(&name, &at)| (name, at)).collect();
    names.sort_unstable();
    let mut open: Vec<(&str, usize)> = Vec::new();
    for (name, at) in names {
        open.retain(|(prefix, _)| name.starts_with(prefix));
        if let Some(&(_, prefix)) = open.last() {
            join(&mut parents, at, prefix);
        }
        open.push((name, at));
    }
    let mut of_statement: HashMap<usize, usize> = HashMap::new();
    for (at, change) in changes.iter().enumerate() {
        let first = *of_statement.entry(change.statement).or_insert(at);
        join(&mut parents, at, first);
    }
    // Statements that change nothing, such as an INSERT … SELECT, tie together what they name, too.
    for (number, statement) in context.migration.statements.iter().enumerate() {
        let mut tie = of_statement.get(&number).copied();
        for word in words(statement) {
            if let Some(&owner) = owners.get(word.as_str()) {
                join(&mut parents, owner, *tie.get_or_insert(owner));
            }
        }
    }
    let mut sweeps = HashMap::new();
    for step in steps {
        let (Some(kind), Some(&at)) = (sweep(&step.action), of_statement.get(&step.statement))
        else {
            continue;
        };
        join(&mut parents, at, *sweeps.entry(kind).or_insert(at));
    }
    (0..changes.len()).map(|at| root(&parents, at)).collect()
}

/// What a file may do to one object after the other as one matter: index all foreign keys, widen all keys.
fn sweep(action: &Action) -> Option<impl Eq + std::hash::Hash + use<>> {
    let clause = match action {
        Action::AlterTable(alter) => match &alter.clause {
            AlterClause::AddColumn { .. } | AlterClause::DropColumn { .. } => return None,
            clause => Some(discriminant(clause)),
        },
        Action::CreateTable(_) => return None,
        _ => None,
    };
    Some((discriminant(action), clause))
}

/// The identifiers of a statement, those in literals such as a function's body included.
fn words(statement: &Statement) -> impl Iterator<Item = String> {
    statement
        .tokens
        .iter()
        .flat_map(|token| match &token.token {
            Token::Word(word) => vec![fold(word)],
            token => literal(token)
                .unwrap_or_default()
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .map(str::to_lowercase)
                .collect(),
        })
}

fn root(parents: &[usize], mut at: usize) -> usize {
    while parents[at] != at {
        at = parents[at];
    }
    at
}

fn join(parents: &mut [usize], one: usize, other: usize) {
    let (one, other) = (root(parents, one), root(parents, other));
    parents[one.max(other)] = one.min(other);
}

#[cfg(test)]
mod tests {
    use super::SEVERAL_CHANGES;
    use crate::test_support::check;

    #[test]
    fn unrelated() {
        check(
            &SEVERAL_CHANGES,
            "
    ALTER TABLE users ADD COLUMN email text;
    CREATE INDEX users_email ON users (email);
    CREATE TABLE plans (id bigint);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: nothing here ties `plans` to `users`, and yet both are deployed and taken back together
    CREATE TABLE prices (plan_id bigint REFERENCES plans);
-- file: 2_b.up.sql
    CREATE TABLE teams (id bigint);
    DROP FUNCTION total(int);
--  ^^^^^^^^^^^^^^^^^^^^^^^^ warning: nothing here ties `total` to `teams`, and yet both are deployed and taken back together
",
        );
    }

    #[test]
    fn related() {
        check(
            &SEVERAL_CHANGES,
            "
    CREATE TABLE plans (id bigint);
    CREATE TABLE hats (id bigint);
-- file: 2_named.up.sql
    CREATE TABLE teams (id bigint PRIMARY KEY);
    ALTER TABLE users ADD COLUMN team_id bigint REFERENCES teams;
    CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN UPDATE totals SET n = n + 1; RETURN new; END $$;
    CREATE TRIGGER counted AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION count_up();
    CREATE TABLE totals (n bigint);
-- file: 3_copied.up.sql
    CREATE TABLE mails (mail text);
    INSERT INTO mails SELECT mail FROM people;
    DROP TABLE people;
-- file: 4_swept.up.sql
    CREATE INDEX CONCURRENTLY ON users (a);
    CREATE INDEX CONCURRENTLY ON logs (b);
-- file: 5_same_column.up.sql
    ALTER TABLE users ADD COLUMN deleted_at timestamptz;
    CREATE TABLE gone (deleted_at timestamptz);
-- file: 7_prefix.up.sql
    ALTER TYPE mail_state ADD VALUE 'late';
    ALTER TABLE mail ADD COLUMN late boolean;
    DROP INDEX plan_idx;
-- file: 8_hidden.up.sql
    ALTER TABLE users ADD COLUMN phone text;
    DO $$ BEGIN EXECUTE 'CREATE TABLE x' || 1; END $$;
    CREATE TABLE y (id bigint);
",
        );
    }

    #[test]
    fn temporary_tables() {
        check(
            &SEVERAL_CHANGES,
            "
-- file: 1_scratch.up.sql
    CREATE TEMP TABLE ids AS SELECT id FROM orders;
    ALTER TABLE users ADD COLUMN email text;
    DROP TABLE ids;
-- file: 2_tie.up.sql
    CREATE TEMP TABLE moved (id bigint);
    INSERT INTO moved SELECT id FROM users;
    ALTER TABLE users DROP COLUMN plan;
    CREATE TABLE plans (id bigint PRIMARY KEY);
    INSERT INTO plans SELECT id FROM moved;
",
        );
    }
}
