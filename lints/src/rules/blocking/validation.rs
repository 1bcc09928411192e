//! The validation of a constraint in a migration of its own: the fix that several rules share.

use crate::{
    action::{Action, AlterClause, AlterTable, Constraint},
    catalog::constraint_name,
    finding::Finding,
    fix::{Edit, NewFile},
    name::Ident,
    rule::Context,
    rules::blocking::lock_timeout_missing,
    source::Span,
    split::{self, Draft, Subject, Way, with_semicolon},
    step::Step,
};

/// What happens where nobody knows how to name the second migration.
const UNCHECKED: &str =
    "rows that are there stay unchecked until `VALIDATE CONSTRAINT` in a later migration";
/// What happens where there is one.
const LATER: &str = "rows that are there are checked by a second migration, and may fail that";

/// Adds the fix that makes a constraint of a table `NOT VALID` and validates it in the next migration.
pub(super) fn later(
    finding: Finding,
    context: &Context<'_>,
    alter: &AlterTable,
    constraint: &Constraint,
) -> Finding {
    // Nobody waits for a table that nobody sees yet.
    if !context.is_shared(&alter.table) {
        return finding;
    }
    let not_valid = |finding: Finding| finding.insert(constraint.span.end, " NOT VALID");
    if !split::adds_files(context.set) {
        return not_valid(finding).unsafe_fix(UNCHECKED);
    }
    let Some((name, named)) = named(context, alter, constraint) else {
        return finding;
    };
    let text = context.migration.up.slice(constraint.span);
    let text = format!("{}{text}", named.as_deref().unwrap_or_default());
    let Some(files) = file(context, alter, &name, &text, None) else {
        return finding;
    };
    let finding = match named {
        Some(named) => finding.insert(constraint.span.start, named),
        None => finding,
    };
    not_valid(finding)
        .with_files(files)
        .unsafe_fix(LATER)
        .alone()
}

/// The fix for a validation that is to stand in a migration of its own.
pub(super) fn moved(
    finding: Finding,
    context: &Context<'_>,
    step: &Step,
    alter: &AlterTable,
    name: &Ident,
) -> Finding {
    if context.migration.steps.len() > split::MOST_STEPS {
        return finding;
    }
    let added = context
        .migration
        .steps
        .iter()
        .find_map(|step| match &step.action {
            Action::AlterTable(AlterTable {
                clause: AlterClause::AddConstraint(constraint),
                ..
            }) if constraint.name.as_ref() == Some(name) => Some(constraint),
            _ => None,
        });
    let files = || {
        let constraint = added?;
        let cutting = split::cut(context, step, &[])?;
        let text = context.migration.up.slice(constraint.span);
        let text = without_word(without_word(text, "valid")?, "not")?;
        // The statement comes with its comments.
        let files = file(context, alter, name, text, Some(cutting.text))?;
        Some((cutting.span, files))
    };
    match files() {
        Some((span, files)) => finding
            .replace(span, "")
            .with_files(files)
            .unsafe_fix(LATER)
            .alone(),
        None => finding,
    }
}

/// A text without the word that it ends in, in whichever case.
fn without_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(word.len())?;
    let (before, last) = text.split_at_checked(at)?;
    last.eq_ignore_ascii_case(word).then(|| before.trim_end())
}

/// The constraint's name, and where it has none what gives it the one that Postgres would make.
fn named(
    context: &Context<'_>,
    alter: &AlterTable,
    constraint: &Constraint,
) -> Option<(Ident, Option<String>)> {
    if let Some(name) = &constraint.name {
        return Some((name.clone(), None));
    }
    let relation = context.catalog.relation(&alter.table)?;
    let name = constraint_name(alter.table.name(), constraint, None);
    let free = relation.constraints.named(&name).is_none();
    let name = Ident::new(name, Span::default());
    let plain = name.sql() == name.value;
    let named = format!("CONSTRAINT {} ", name.value);
    (free && plain && name.value.len() < 60).then_some((name, Some(named)))
}

/// The files that validate a constraint, by the statement that did so until now, if one did. `text` is how it is added,
/// `NOT VALID` left out.
fn file(
    context: &Context<'_>,
    alter: &AlterTable,
    name: &Ident,
    text: &str,
    statement: Option<String>,
) -> Option<Vec<NewFile>> {
    if alter.only {
        return None;
    }
    let table = alter.table.sql();
    let subject = Subject {
        table: alter.table.name(),
        name: &name.value,
        unique: false,
        replaces: false,
    };
    let name = name.sql();
    let validate = || format!("ALTER TABLE {table} VALIDATE CONSTRAINT {name};\n");
    let draft = Draft {
        name: format!("validate {name}"),
        up: Way::Wrapped(statement.unwrap_or_else(validate)),
        down: Way::Wrapped(format!(
            "-- Nothing takes a validation back: the constraint is made again, as the migration before left it.\n\
             {}\
             ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name};\n\
             ALTER TABLE {table} ADD {text} NOT VALID;\n",
            lock_timeout_missing::set_local(context)
        )),
    };
    split::after(context, &subject, &[draft]).map(|placed| placed.files)
}

/// Adds the fix that has `SET NOT NULL` find a valid check: the check now, its validation in the next migration, and the rest
/// in the one after.
pub(super) fn not_null(
    finding: Finding,
    context: &Context<'_>,
    step: &Step,
    alter: &AlterTable,
    column: &Ident,
) -> Finding {
    let name = format!("{}_{}_is_not_null", alter.table.name(), column.value);
    let name = Ident::new(name.to_lowercase(), Span::default());
    let taken = context.catalog.constraint(&alter.table, &name).is_some();
    if !context.is_shared(&alter.table)
        || taken
        || alter.only
        || name.value.len() > 60
        || context.in_do_block(step)
    {
        return finding;
    }
    let (table, written) = (alter.table.sql(), column);
    let column = written.sql();
    let (check, set) = (name.sql(), lock_timeout_missing::set_local(context));
    let add = format!(
        "DROP CONSTRAINT IF EXISTS {check}, ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID"
    );
    let validate = Draft {
        name: format!("validate {}", name.value),
        up: Way::Wrapped(format!(
            "ALTER TABLE {table} VALIDATE CONSTRAINT {check};\n"
        )),
        down: Way::Wrapped(format!(
            "-- Nothing takes a validation back: the constraint is made again, as the migration before left it.\n\
             {set}ALTER TABLE {table} {add};\n"
        )),
    };
    let proven = Draft {
        name: format!("set {} {} not null", alter.table.name(), column),
        up: Way::Wrapped(format!(
            "-- The valid check proves it, so that Postgres reads no row.\n\
             {set}\
             ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL;\n\
             -- rehearsal: allow(drop-constraint): the column's own NOT NULL has taken its place\n\
             ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {check};\n"
        )),
        down: Way::Wrapped(format!(
            "{set}ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL;\n\
             ALTER TABLE {table} {add};\n\
             ALTER TABLE {table} VALIDATE CONSTRAINT {check};\n"
        )),
    };
    let subject = Subject {
        table: alter.table.name(),
        name: &name.value,
        unique: false,
        replaces: false,
    };
    let Some(placed) = split::after(context, &subject, &[validate, proven]) else {
        return finding;
    };
    // A statement further down that takes the column for not null, such as a primary key, would do the scan. There are not
    // many, or there would be no place for the files.
    let used = context.later_steps().iter().any(|later| {
        let statement = context.statement(later).span;
        split::mentions(context.migration.up.slice(statement), &written.value)
    });
    if used {
        return finding;
    }
    let mut finding = finding
        .replace(step.span, add)
        .with_files(placed.files)
        .unsafe_fix(LATER)
        .alone();
    finding
        .fix
        .edits
        .extend(dropped_below(context, &table, &check));
    finding
}

/// The end of the way down, which takes the check away.
fn dropped_below(context: &Context<'_>, table: &str, check: &str) -> Option<Edit> {
    let migration = context.migration;
    let file = migration.down.as_ref();
    let text = file.unwrap_or(&migration.up).text();
    if file.is_none() && migration.end == text.len() {
        return None;
    }
    let kept = text.trim_end();
    // A last statement without its semicolon: a line of its own ends a comment behind it, too.
    let last = migration.down_statements().pop();
    let open = last.is_some_and(|last| with_semicolon(text, last.span) == last.span);
    let semicolon = if open { "\n;" } else { "" };
    Some(Edit {
        file: file.map(|down| down.path.clone()),
        span: Span::new(kept.len(), text.len()),
        text: format!(
            "{semicolon}\nALTER TABLE IF EXISTS {table} DROP CONSTRAINT IF EXISTS {check};\n"
        ),
    })
}
