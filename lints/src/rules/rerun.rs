//! Can the file run a second time?

pub(crate) mod add_column_not_rerunnable;
pub(crate) mod add_constraint_not_rerunnable;
pub(crate) mod alter_not_rerunnable;
pub(crate) mod create_not_rerunnable;
pub(crate) mod drop_column_not_rerunnable;
pub(crate) mod drop_not_rerunnable;
pub(crate) mod enum_value_not_rerunnable;
pub(crate) mod insert_not_rerunnable;
pub(crate) mod invalid_index_adopted;
pub(crate) mod partition_not_rerunnable;
pub(crate) mod rename_not_rerunnable;
pub(crate) mod unnamed_constraint;
pub(crate) mod unnamed_index;
pub(crate) mod update_not_rerunnable;

use std::ops::Range;

use crate::{
    action::ObjectKind, finding::Finding, fix::BLOCK_QUOTES, layout::keep_whole, rule::Context,
    second_run::Obstacle, source::Span, split::line_start, step::Step,
};

/// Why the second run fails at a step; `there` and `gone` say it of what the step itself adds or takes away.
fn reason(
    context: &Context<'_>,
    obstacle: &Obstacle,
    there: impl FnOnce() -> String,
    gone: impl FnOnce() -> String,
) -> Option<String> {
    let line = |step: usize| context.line_of(step);
    match obstacle {
        Obstacle::AlreadyThere => Some(format!("a second run fails here: {}", there())),
        Obstacle::Gone => Some(format!("a second run fails here: {}", gone())),
        Obstacle::Missing {
            what,
            name,
            removed_by,
        } => {
            let line = line(*removed_by)?;
            Some(format!(
                "a second run fails here: line {line} has taken {what} `{name}` away by then"
            ))
        }
        Obstacle::OtherKind { kind } => Some(format!(
            "a second run fails here: it is a {kind} by then, and `IF EXISTS` does not pass over that"
        )),
        Obstacle::Referenced {
            kind: ObjectKind::Constraint,
            by,
        } => Some(format!(
            "a second run fails here: foreign key `{by}` refers to it by then"
        )),
        Obstacle::Referenced { kind, by } => Some(format!(
            "a second run fails here: {kind} `{by}` uses it by then"
        )),
        Obstacle::Obstructs { column, step } => Some(format!(
            "a second run fails at line {}: the type of column `{column}` cannot change, not even to the same, while this uses it",
            line(*step)?
        )),
        Obstacle::Lost { name, removed_by } => Some(format!(
            "a second run loses constraint `{name}`: line {} drops it, and this adds nothing to a column that is there",
            line(*removed_by)?
        )),
        Obstacle::NameTaken { name } => Some(format!(
            "a second run fails here: something else is called `{name}` by then"
        )),
        Obstacle::OtherName { first, second } => Some(format!(
            "a second run leaves `{second}` where the first left `{first}`"
        )),
        Obstacle::Twin
        | Obstacle::Spare { .. }
        | Obstacle::RowsAgain
        | Obstacle::RowsUnlessMet
        | Obstacle::Retyped => None,
    }
}

/// What to do about something that refers to what is dropped.
fn drop_first(kind: ObjectKind) -> String {
    match kind {
        ObjectKind::Constraint => {
            "drop the foreign key with `DROP CONSTRAINT IF EXISTS` first".to_owned()
        }
        ObjectKind::Column => {
            "create it only where it is missing, instead of dropping it first".to_owned()
        }
        kind => format!("drop the {kind} with `IF EXISTS` first"),
    }
}

/// Adds the edit to `IF EXISTS` to what the steps take away, unless an earlier statement needs it.
fn if_exists(
    finding: Finding,
    context: &Context<'_>,
    mut steps: Range<usize>,
    at: usize,
    text: &'static str,
) -> Finding {
    if steps.any(|step| context.second_run.is_needed_before(step)) {
        finding.help(
            "ask the catalog first, in one `DO` block with the earlier statements that need it",
        )
    } else {
        finding.help("add `IF EXISTS`").insert(at, text)
    }
}

/// Adds the fix that wraps a whole statement into a `DO` block which catches `condition`. No fix where the step is only a
/// part of its statement, or where the quotes of the block might end early.
fn catch(finding: Finding, context: &Context<'_>, step: &Step, condition: &str) -> Finding {
    let statement = context.migration.statements.get(step.statement);
    let Some(statement) = statement else {
        return finding;
    };
    let Span { start, end } = statement.span;
    let single = [context.index.wrapping_sub(1), context.index + 1]
        .iter()
        .filter_map(|&index| context.migration.steps.get(index))
        .all(|neighbour| neighbour.statement != step.statement);
    let text = context.migration.up.slice(statement.span);
    if !single || text.contains(BLOCK_QUOTES) || text.get(..2).is_none_or(is_do) {
        return finding;
    }
    let Some(whole) = keep_whole(context.layout(), context.migration, statement.span) else {
        return finding;
    };
    let indent = line_start(context.migration.up.text(), start);
    let begin = format!("{}DO {BLOCK_QUOTES} BEGIN\n{indent}    ", whole.begin);
    let mut finding = finding.replace(whole.start, begin);
    finding.fix.edits.extend(whole.end);
    // A literal or a comment of several lines stays as it is.
    let comments = &context.migration.comments;
    let first = comments.partition_point(|comment| comment.span.start < start);
    let inside = comments[first..].iter().map(|comment| comment.span);
    let inside = inside.take_while(|comment| comment.start < end);
    let indented = |piece: &Span| {
        let before = &text[..piece.start - start];
        before.trim_end_matches([' ', '\t']).ends_with('\n')
    };
    let lines = statement.token_spans().chain(inside).filter(indented);
    let finding = lines.fold(finding, |finding, line| finding.insert(line.start, "    "));
    finding.insert(
        end,
        format!(";\n{indent}EXCEPTION WHEN {condition} THEN NULL;\n{indent}END {BLOCK_QUOTES}"),
    )
}

fn is_do(text: &str) -> bool {
    text.eq_ignore_ascii_case("do")
}
