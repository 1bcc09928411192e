//! What is different between two schemas, object by object, and what each difference means for the version of the
//! application that runs while the migrations are deployed.
//!
//! It is told from the model and not from its text. What was renamed is known from the migrations where they say so, else
//! from the structure, where that leaves one reading only.

mod compare;
mod follow;
mod judge;
mod node;
mod pair;
mod project;
mod similar;
mod translate;

use rehearsal_lints::history::History;
use serde::Serialize;

use crate::schema::Schema;

/// What is different between two schemas.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SchemaDiff {
    /// Sorted by kind and name of the object; what became of an object comes before what became of its parts.
    pub changes: Vec<Change>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The object, by its name after, or before if it was removed.
    pub object: Subject,
    /// The part of the object that it is about; none for the object as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<Subject>,
    /// What was done.
    pub action: Action,
    /// What of it was changed, such as `type` or `default`; none but for [`Action::Changed`]. It is `recreated` where a
    /// table or column was dropped and another one has its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<&'static str>,
    /// How it was: the name before a rename, the fact before a change, what was removed in short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// How it is: the name after a rename, the fact after a change, what was added in short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How it meets the running version of the application.
    pub class: Class,
    /// What it touches there.
    pub affects: Vec<Effect>,
    /// The class in plain words: what happens to whom.
    pub reason: String,
}

/// An object, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Subject {
    /// Such as `table`, `materialized view`, `column`, `constraint`, `value` (of an enum), `privileges`.
    pub kind: String,
    /// As SQL spells it; an object's with its schema, a routine's with its argument types.
    pub name: String,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is there now.
    Added,
    /// It is gone.
    Removed,
    /// It has another name, or is in another schema.
    Renamed,
    /// Something of it is different.
    Changed,
}

/// How a change meets the running version of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It does not notice.
    Compatible,
    /// It depends on what the application does, and somebody should look.
    NeedsCare,
    /// What worked fails, or data is lost.
    Breaking,
}

/// What a change touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// What queries give.
    Reads,
    /// What `INSERT`, `UPDATE` and `DELETE` may do.
    Writes,
    /// The rows that are there.
    Data,
}

impl SchemaDiff {
    /// Compares two schemas; renames are told by structure alone.
    #[must_use]
    pub fn between(before: &Schema, after: &Schema) -> Self {
        Self::with_history(before, after, &History::default())
    }

    /// Compares two schemas, between which the migrations ran whose history this is. What they say of a name wins over
    /// what the structure suggests.
    #[must_use]
    pub fn with_history(before: &Schema, after: &Schema, history: &History) -> Self {
        compare::schemas(before, after, history)
    }

    /// Whether the schemas are the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many changes are of this class.
    #[must_use]
    pub fn count(&self, class: Class) -> usize {
        let of_class = |change: &&Change| change.class == class;
        self.changes.iter().filter(of_class).count()
    }

    /// The class of the change that is the worst; none where nothing changed.
    #[must_use]
    pub fn worst(&self) -> Option<Class> {
        self.changes.iter().map(|change| change.class).max()
    }
}

impl Class {
    /// As a reader says it: `needs care`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::NeedsCare => "needs care",
            Self::Breaking => "breaking",
        }
    }
}
