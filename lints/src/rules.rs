//! All rules: one file each, in a folder for each group.

use crate::rule::Rule;

/// All rules, ordered by group and name.
pub const RULES: &[&Rule] = &[];

/// The rule of that name.
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}
