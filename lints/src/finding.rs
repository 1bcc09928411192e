//! What a rule reports: where, what happens to whom, what to do, and the fix that does it.

use std::fmt;

use crate::{
    fix::{Edit, Fix, NewFile, Safety},
    rule::Rule,
    source::Span,
};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Not reported.
    Off,
    /// Reported; fails the check only with `--deny-warnings`.
    Warning,
    /// Reported, and fails the check.
    Error,
}

impl Level {
    /// The level that a configuration file names.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "off" => Some(Self::Off),
            "warning" => Some(Self::Warning),
            "error" => Some(Self::Error),
            _ => None,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Off => "off",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// How a finding is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Evidence {
    /// From the text.
    #[default]
    Read,
    /// From what a running Postgres did.
    Observed,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Read => "read",
            Self::Observed => "observed",
        })
    }
}

/// What a run says of a finding that was read in the text. What it disproves is withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foretold {
    /// What the finding foretells happened.
    Confirmed,
    /// Nothing was seen either way.
    Unseen,
}

impl fmt::Display for Foretold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Confirmed => "confirmed",
            Self::Unseen => "unseen",
        })
    }
}

/// One thing that a rule found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// Its level after configuration.
    pub level: Level,
    /// The file, by [`crate::SourceFile::path`]. The linter fills it in for a check of a step or of a migration, which
    /// sees only its own file.
    pub path: String,
    /// The place.
    pub span: Span,
    /// What happens to whom: a lower-case sentence without a full stop.
    pub message: String,
    /// The bare fact beside the place, such as the lock that is taken.
    pub label: Option<String>,
    /// Further facts, one a line, such as the lines of a difference.
    pub notes: Vec<String>,
    /// What to do, in the imperative.
    pub help: Option<String>,
    /// How it is known.
    pub evidence: Evidence,
    /// What the run says of it; none where nothing was run, or where it foretells nothing that a run could show.
    pub foretold: Option<Foretold>,
    /// What it rests on and a run may lack: a run in which it does not come true then disproves nothing.
    pub rests_on: Option<&'static str>,
    /// Postgres's error code, where Postgres refused something.
    pub sqlstate: Option<String>,
    /// A change after which the finding is gone; empty where none is certain.
    pub fix: Fix,
}

impl Finding {
    /// A finding at the rule's own level, known from the text.
    pub fn new(rule: &'static Rule, span: Span, message: impl Into<String>) -> Self {
        Self {
            rule,
            level: rule.level,
            path: String::new(),
            span,
            message: message.into(),
            label: None,
            notes: Vec::new(),
            help: None,
            evidence: Evidence::Read,
            foretold: None,
            rests_on: None,
            sqlstate: None,
            fix: Fix::default(),
        }
    }

    /// The order of findings in one file: by place, then by rule.
    pub fn order(&self) -> (usize, usize, &'static str) {
        (self.span.start, self.span.end, self.rule.name)
    }

    /// States the fact beside the place.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds further facts.
    pub fn notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Makes it a finding about the file at `path`, known from what Postgres did.
    pub fn observed(mut self, path: impl Into<String>) -> Self {
        self.evidence = Evidence::Observed;
        self.path = path.into();
        self
    }

    /// Says what it rests on and a run may lack.
    pub fn rests_on(mut self, what: &'static str) -> Self {
        self.rests_on = Some(what);
        self
    }

    /// Names Postgres's error code.
    pub fn sqlstate(mut self, code: impl Into<String>) -> Self {
        self.sqlstate = Some(code.into());
        self
    }

    /// Adds the insertion of `text` before the byte at `offset` to the fix.
    pub fn insert(self, offset: usize, text: impl Into<String>) -> Self {
        self.replace(Span::at(offset), text)
    }

    /// Adds the replacement of `span` by `text` to the fix.
    pub fn replace(mut self, span: Span, text: impl Into<String>) -> Self {
        self.fix.edits.push(Edit {
            file: None,
            span,
            text: text.into(),
        });
        self
    }

    /// Adds files to the fix.
    pub fn with_files(mut self, files: impl IntoIterator<Item = NewFile>) -> Self {
        self.fix.files.extend(files);
        self
    }

    /// Says what the fix, if there is one, may do that the migration did not do before.
    pub fn unsafe_fix(mut self, reason: &'static str) -> Self {
        if !self.fix.is_empty() {
            self.fix.safety = Safety::Unsafe(reason);
        }
        self
    }

    /// Keeps other fixes of the file away: this one rests on all of it.
    pub fn alone(mut self) -> Self {
        self.fix.alone = true;
        self
    }
}
