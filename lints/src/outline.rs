//! What a whole migration does, for rules that look ahead: is the dropped view created again further down?

use std::collections::HashMap;

use crate::{
    action::{Action, ObjectKind},
    step::Step,
};

/// The steps of a migration by what they create.
#[derive(Debug, Default)]
pub struct Outline {
    /// By kind and unqualified name, the indexes of the steps that create such an object, ascending.
    creates: HashMap<(ObjectKind, String), Vec<usize>>,
}

impl Outline {
    /// Looks through all steps once.
    pub fn new(steps: &[Step]) -> Self {
        let mut outline = Self::default();
        for (index, step) in steps.iter().enumerate() {
            let (kind, name) = match &step.action {
                Action::CreateTable(create) => (ObjectKind::Table, create.name.name()),
                Action::CreateIndex(create) => match &create.name {
                    Some(name) => (ObjectKind::Index, name.value.as_str()),
                    None => continue,
                },
                Action::CreateObject(create) => (create.kind, create.name.name()),
                _ => continue,
            };
            outline
                .creates
                .entry((kind, name.to_owned()))
                .or_default()
                .push(index);
        }
        outline
    }

    /// Whether a step behind `index` creates an object of that kind and unqualified name.
    pub fn is_created_after(&self, index: usize, kind: ObjectKind, name: &str) -> bool {
        self.creates
            .get(&(kind, name.to_owned()))
            .is_some_and(|steps| steps.last().is_some_and(|&last| last > index))
    }
}
