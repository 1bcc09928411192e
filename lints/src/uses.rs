//! What the statements of a set compute from columns, so that a column cannot simply be given another type.

use std::collections::HashSet;

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::{Action, AlterClause, Column, Constraint, ConstraintKind, Expr, Generated},
    lower::cursor::{fold, is_word},
    migration::Migration,
    name::{Ident, ObjectName},
    step::Step,
    token::tokenize,
};

/// Where columns are used, by unqualified names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uses {
    /// Table and column of the expressions of indexes, generated columns and checks.
    computed: HashSet<(String, String)>,
    /// Tables with an `EXCLUDE`, whose expressions are not known.
    excluding: HashSet<String>,
    /// The words of all statements that call a function `json_…`, or name the type outside of a table's definition.
    json: HashSet<String>,
}

impl Uses {
    pub(crate) fn new<'a>(set: impl IntoIterator<Item = &'a Migration>) -> Self {
        let mut uses = Self::default();
        for migration in set {
            for step in &migration.steps {
                uses.add_step(step);
            }
            for statement in &migration.statements {
                uses.add_words(&statement.tokens);
            }
        }
        uses
    }

    /// Whether an expression that is kept with the table may use the column.
    pub(crate) fn computes(&self, table: &ObjectName, column: &Ident) -> bool {
        self.excluding.contains(table.name())
            || self
                .computed
                .contains(&(table.name().to_owned(), column.value.clone()))
    }

    /// Whether a statement that names the column may need it, or something else, to be `json`.
    pub(crate) fn needs_json(&self, column: &Ident) -> bool {
        self.json.contains(&column.value)
    }

    fn add_step(&mut self, step: &Step) {
        match &step.action {
            Action::CreateTable(create) => {
                for column in &create.columns {
                    self.add_column(&create.name, column);
                }
                for constraint in &create.constraints {
                    self.add_constraint(&create.name, constraint);
                }
            }
            Action::CreateIndex(create) => {
                for expression in &create.expressions {
                    self.add(&create.table, expression);
                }
            }
            Action::AlterTable(alter) => match &alter.clause {
                AlterClause::AddColumn { column, .. } => self.add_column(&alter.table, column),
                AlterClause::AddConstraint(constraint) => {
                    self.add_constraint(&alter.table, constraint);
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn add_column(&mut self, table: &ObjectName, column: &Column) {
        if let Some(Generated::Stored(expression) | Generated::Virtual(expression)) =
            &column.generated
        {
            self.add(table, expression);
        }
        for constraint in &column.constraints {
            self.add_constraint(table, constraint);
        }
    }

    fn add_constraint(&mut self, table: &ObjectName, constraint: &Constraint) {
        match &constraint.kind {
            ConstraintKind::Check(expression) => self.add(table, expression),
            ConstraintKind::Exclude => {
                self.excluding.insert(table.name().to_owned());
            }
            _ => {}
        }
    }

    fn add(&mut self, table: &ObjectName, expression: &Expr) {
        let columns = expression.columns.iter();
        self.computed
            .extend(columns.map(|column| (table.name().to_owned(), column.value.clone())));
    }

    fn add_words(&mut self, tokens: &[TokenWithSpan]) {
        let mut first = tokens.iter().take(6);
        // A table's definition names the types of its columns.
        let defines = first.any(|token| is_word(&token.token, "table"));
        let mut words = HashSet::new();
        for token in tokens {
            match &token.token {
                Token::Word(word) => {
                    words.insert(fold(word));
                }
                Token::DollarQuotedString(body) if may_name_json(&body.value) => {
                    let body = tokenize(&body.value, 0).code;
                    words.extend(body.iter().filter_map(|token| match &token.token {
                        Token::Word(word) => Some(fold(word)),
                        _ => None,
                    }));
                }
                _ => {}
            }
        }
        let needs = |word: &String| word.starts_with("json_") || word == "json" && !defines;
        if words.iter().any(needs) {
            self.json.extend(words);
        }
    }
}

fn may_name_json(text: &str) -> bool {
    text.to_ascii_lowercase().contains("json")
}
