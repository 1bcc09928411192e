//! Kinds of statements whose form is regular: read from the tokens.

use crate::{lower::Input, step::Step};

/// Reads one statement; none when it is of no kind that is read here.
pub(crate) fn read(_input: Input<'_>) -> Option<Vec<Step>> {
    None
}
