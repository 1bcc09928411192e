//! Functions that a file creates and then runs itself: what their bodies do is part of the migration.

use std::collections::HashMap;

use crate::{
    action::{Action, CreateDetail},
    lower::{Input, plpgsql, step},
    step::Step,
};

/// The functions and procedures of a file that were not run yet, by unqualified name.
#[derive(Default)]
pub(super) struct Routines<'a> {
    created: HashMap<String, Input<'a>>,
}

impl<'a> Routines<'a> {
    /// Remembers the function that a statement creates.
    pub(super) fn remember(&mut self, input: Input<'a>, steps: &[Step]) {
        if let [
            Step {
                action: Action::CreateObject(create),
                ..
            },
        ] = steps
            && matches!(create.detail, CreateDetail::Function { .. })
        {
            self.created.insert(create.name.name().to_owned(), input);
        }
    }

    /// Adds behind each query what the functions do that it calls, under the query's guard. Each function is followed at
    /// its first call only: its statements stand in the file once.
    pub(super) fn follow(&mut self, steps: Vec<Step>) -> Vec<Step> {
        if self.created.is_empty() {
            return steps;
        }
        let mut result = Vec::with_capacity(steps.len());
        let mut pending = steps;
        pending.reverse();
        while let Some(next) = pending.pop() {
            if let Action::Query { functions } = &next.action {
                for function in functions.iter().rev() {
                    if let Some(create) = self.created.remove(function.name()) {
                        pending.extend(run(create, &next).into_iter().rev());
                    }
                }
            }
            result.push(next);
        }
        result
    }
}

/// What a function does when a step calls it.
fn run(create: Input<'_>, call: &Step) -> Vec<Step> {
    let steps = plpgsql::routine(create)
        .unwrap_or_else(|message| vec![step(Action::Unknown { message }, create.span)]);
    steps
        .into_iter()
        .map(|mut step| {
            step.guard.tests_catalog |= call.guard.tests_catalog;
            step.guard.conditional |= call.guard.conditional;
            step.guard.catches.extend_from_slice(&call.guard.catches);
            step
        })
        .collect()
}
