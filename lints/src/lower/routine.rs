//! Functions that a file creates and then runs itself: what their bodies do is part of the migration.

use std::collections::{HashMap, HashSet};

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::{Action, CreateDetail, Reads},
    lower::{
        Input,
        cursor::{Cursor, span_of_all},
        plpgsql, step,
    },
    name::ObjectName,
    statement::Statement,
    step::Step,
};

/// The functions and procedures that statements create, by unqualified name.
pub(super) fn created(statements: &[Statement]) -> HashSet<String> {
    let name = |statement: &Statement| {
        let mut cursor = Cursor::new(&statement.tokens);
        let creates = cursor.eat(&["create"]);
        cursor.eat(&["or", "replace"]);
        let routine = cursor.eat(&["function"]) || cursor.eat(&["procedure"]);
        (creates && routine).then(|| cursor.object_name())?
    };
    let names = statements.iter().filter_map(name);
    names.map(|name| name.name().to_owned()).collect()
}

/// Whether a statement evaluates what stands in it, and its action does not say which functions that calls.
pub(super) fn may_call(action: &Action) -> bool {
    match action {
        Action::Insert(_) | Action::Update(_) | Action::Delete(_) | Action::Merge { .. } => true,
        Action::CreateTable(create) => create.filled,
        _ => false,
    }
}

/// The calls of the file's own functions in an expression or statement, as a query.
pub(super) fn calls(input: Input<'_>, tokens: &[TokenWithSpan]) -> Option<Step> {
    if input.routines.is_empty() {
        return None;
    }
    let functions: Vec<ObjectName> = (0..tokens.len())
        .filter(|&at| at == 0 || tokens[at - 1].token != Token::Period)
        .filter_map(|at| {
            let mut cursor = Cursor::new(&tokens[at..]);
            let name = cursor.object_name()?;
            let is_own = input.routines.contains(name.name());
            (is_own && cursor.peek() == Some(&Token::LParen)).then_some(name)
        })
        .collect();
    let needs = Reads::default();
    (!functions.is_empty()).then(|| step(Action::Query { functions, needs }, span_of_all(tokens)))
}

/// The functions and procedures of a file that were not run yet, by unqualified name.
#[derive(Default)]
pub(super) struct Routines<'a> {
    created: HashMap<String, (Option<String>, Input<'a>)>,
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
            let name = create.name.name().to_owned();
            self.created
                .insert(name, (create.name.schema.clone(), input));
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
            if let Action::Query { functions, .. } = &next.action {
                for function in functions.iter().rev() {
                    if let Some(create) = self.take(function) {
                        pending.extend(run(create, &next).into_iter().rev());
                    }
                }
            }
            result.push(next);
        }
        result
    }

    /// The function of that name, unless it was run already.
    fn take(&mut self, name: &ObjectName) -> Option<Input<'a>> {
        let (schema, _) = self.created.get(name.name())?;
        let is_other = schema.is_some() && name.schema.is_some() && *schema != name.schema;
        if is_other {
            return None;
        }
        self.created.remove(name.name()).map(|(_, input)| input)
    }
}

/// What a function does when a step calls it.
fn run(create: Input<'_>, call: &Step) -> Vec<Step> {
    let steps = plpgsql::routine(create)
        .unwrap_or_else(|message| vec![step(Action::Unknown { message }, create.span)]);
    steps
        .into_iter()
        .map(|mut step| {
            step.guard.stand_under(&call.guard);
            step
        })
        .collect()
}
