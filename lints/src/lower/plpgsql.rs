//! `DO` blocks.

use crate::{
    action::Action,
    lower::{Input, cursor::Cursor, step},
    step::Step,
};

/// Reads what stands behind `DO`.
pub(super) fn do_block(input: Input<'_>, _cursor: Cursor<'_>) -> Result<Vec<Step>, String> {
    Ok(vec![step(Action::DynamicSql, input.span)])
}
