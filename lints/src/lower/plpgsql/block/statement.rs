//! PL/pgSQL's simple statements: SQL, assignments, and what leaves a loop, a handler or the body.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    lower::{
        Input,
        cursor::{Cursor, find_word, fold, is_word},
        plpgsql::{
            asked::Asked,
            block::{Frame, Kind, Walk},
            depends::Depends,
            sql,
        },
        routine,
    },
    step::{Guard, Step},
};

impl Walk<'_> {
    /// Reads a statement that holds no other.
    pub(super) fn statement(&mut self, word: &str, tokens: &[TokenWithSpan]) {
        if let Some((name, value)) = assignment(tokens) {
            self.calls(value);
            self.assign(name, value);
            return;
        }
        match word {
            "assert" => self.calls(tokens),
            "get" | "open" | "fetch" | "move" | "close" => self.forget(tokens),
            "null" => {}
            "raise" => {
                self.calls(tokens);
                self.raise(tokens);
            }
            "exit" | "continue" => {
                self.calls(tokens);
                self.leave_loop(tokens);
            }
            "return" => self.leave(tokens),
            "execute" => {
                self.calls(tokens);
                if let Some((_, targets)) = sql::without_into(tokens) {
                    for target in targets {
                        self.assign(target, tokens);
                    }
                }
                self.take(sql::execute(sql::piece(self.input, tokens)));
            }
            "perform" => {
                let mut query = tokens.to_vec();
                query[0].token = Token::make_keyword("SELECT");
                self.values.remove("found");
                self.assign("found".to_owned(), &query);
                self.take(sql::perform(sql::piece(self.input, tokens)));
            }
            _ => self.sql(tokens),
        }
    }

    /// Reads an SQL statement, whose `INTO` fills variables.
    fn sql(&mut self, tokens: &[TokenWithSpan]) {
        let reads_rows = ["select", "with", "insert", "update", "delete", "merge"];
        let may_fill = tokens
            .first()
            .is_some_and(|first| reads_rows.iter().any(|word| is_word(&first.token, word)));
        let span = sql::piece(self.input, tokens).span;
        self.values.remove("found");
        let steps = match sql::without_into(tokens).filter(|_| may_fill) {
            Some((rest, targets)) => {
                for target in targets.into_iter().chain(["found".to_owned()]) {
                    self.assign(target, &rest);
                }
                let input = Input {
                    span,
                    ..sql::piece(self.input, &rest)
                };
                sql::statement(input)
            }
            None => sql::statement(sql::piece(self.input, tokens)),
        };
        self.take(steps);
    }

    /// Adds steps under the conditions of this place.
    fn take(&mut self, steps: Vec<Step>) {
        let conditions = self.conditions();
        let outer = Guard {
            tests_catalog: conditions.catalog != Asked::Nothing,
            asks_for: match conditions.catalog {
                Asked::Names(names) => names.into_iter().collect(),
                Asked::Nothing | Asked::Anything => Vec::new(),
            },
            conditional: conditions.other,
            reads: conditions.depends.tables.into_iter().collect(),
            untold: conditions.depends.untold,
            catches: Vec::new(),
        };
        self.steps.extend(steps.into_iter().map(|mut step| {
            step.guard.stand_under(&outer);
            step
        }));
    }

    /// Adds the file's own functions that an expression calls.
    pub(super) fn calls(&mut self, tokens: &[TokenWithSpan]) {
        self.take(routine::calls(self.input, tokens).into_iter().collect());
    }

    /// A variable takes a value.
    pub(super) fn assign(&mut self, name: String, value: &[TokenWithSpan]) {
        // What else it may hold, and what decides which of them.
        let mut depends = Depends::of(value, &self.values);
        if value.is_empty() {
            depends = Depends::default();
        }
        let conditions = self.conditions();
        depends = depends.and(&conditions.depends);
        depends.untold |= conditions.catalog != Asked::Nothing;
        let held = self.values.entry(name.clone()).or_default();
        *held = held.and(&depends);
        match Asked::of(value, &self.variables) {
            Asked::Nothing => self.variables.remove(&name),
            asked => self.variables.insert(name, asked),
        };
    }

    /// The variables in these tokens take what cannot be told.
    fn forget(&mut self, tokens: &[TokenWithSpan]) {
        for token in tokens {
            if let Token::Word(word) = &token.token {
                self.values.remove(&fold(word));
            }
        }
    }

    /// A handler that raises an error protects nothing.
    fn raise(&mut self, tokens: &[TokenWithSpan]) {
        let messages = ["debug", "log", "info", "notice", "warning"];
        let is_error = !tokens
            .get(1)
            .is_some_and(|level| messages.iter().any(|word| is_word(&level.token, word)));
        if is_error
            && let Some(Frame {
                kind:
                    Kind::Block {
                        handlers: Some(handlers),
                        ..
                    },
                ..
            }) = self.frames.last_mut()
        {
            handlers.current.clear();
        }
    }

    /// `EXIT [WHEN …]` and `CONTINUE [WHEN …]`: the rest of the loop runs under the opposite condition.
    fn leave_loop(&mut self, tokens: &[TokenWithSpan]) {
        let mut conditions = self.conditions();
        if let Some(at) = find_word(tokens, &["when"]) {
            conditions = conditions.and(&self.condition(&tokens[at + 1..]));
        }
        let Some(innermost) = self
            .frames
            .iter()
            .rposition(|frame| matches!(frame.kind, Kind::Loop))
        else {
            return;
        };
        for frame in &mut self.frames[innermost..] {
            frame.conditions = frame.conditions.and(&conditions);
        }
    }

    /// `RETURN`: the rest of the body runs under the opposite condition.
    fn leave(&mut self, tokens: &[TokenWithSpan]) {
        match tokens {
            [_, query, rest @ ..] if is_word(&query.token, "query") => match rest.first() {
                Some(first) if is_word(&first.token, "execute") => {
                    self.take(sql::execute(sql::piece(self.input, rest)));
                }
                _ => self.sql(rest),
            },
            [_, next, ..] if is_word(&next.token, "next") => {}
            _ => {
                self.calls(tokens);
                self.returned = self.conditions();
            }
        }
    }
}

/// The variable and the value of `name := value`, `name.field = value`, `name[1] := value`.
fn assignment(tokens: &[TokenWithSpan]) -> Option<(String, &[TokenWithSpan])> {
    let mut cursor = Cursor::new(tokens);
    // A parameter may go by its number.
    let name = match cursor.peek() {
        Some(Token::Placeholder(number)) => {
            cursor.next();
            number.clone()
        }
        _ => cursor.ident()?.value,
    };
    loop {
        if cursor.eat_token(&Token::Period) {
            cursor.ident()?;
        } else if cursor.eat_token(&Token::LBracket) {
            while !cursor.is_at_end() && !cursor.eat_token(&Token::RBracket) {
                cursor.next();
            }
        } else {
            break;
        }
    }
    let assigns = cursor.eat_token(&Token::Assignment) || cursor.eat_token(&Token::Eq);
    assigns.then(|| (name, cursor.rest()))
}
