//! Walks through a PL/pgSQL body: blocks, branches and loops around statements.
//!
//! Source: <https://www.postgresql.org/docs/current/plpgsql-structure.html>

mod statement;

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    lower::{
        Input,
        cursor::{Cursor, find_word, fold, is_field, is_word},
        plpgsql::{
            asked::{Asked, Variables},
            condition::{Conditions, caught},
            depends::{Depends, Values},
        },
    },
    step::{Caught, Step},
    token::span_of,
};

/// How deep blocks may nest.
const MAX_NESTING: usize = 200;

/// Reads a body.
///
/// # Errors
/// What is not understood of its structure.
pub(super) fn read(input: Input<'_>, tokens: &[TokenWithSpan]) -> Result<Vec<Step>, String> {
    let mut walk = Walk {
        input,
        cursor: Cursor::new(tokens),
        frames: Vec::new(),
        steps: Vec::new(),
        variables: Variables::default(),
        values: Values::default(),
        returned: Conditions::default(),
    };
    // `#variable_conflict use_column`
    while walk.cursor.eat_token(&Token::Sharp) {
        walk.cursor.next();
        walk.cursor.next();
    }
    walk.labels();
    if !walk.cursor.at(&["begin"]) && !walk.cursor.at(&["declare"]) {
        return Err(walk.cursor.expected("DECLARE or BEGIN"));
    }
    while !walk.cursor.is_at_end() {
        walk.next()?;
    }
    if walk.frames.is_empty() {
        Ok(walk.steps)
    } else {
        Err(walk.cursor.expected("END"))
    }
}

struct Walk<'a> {
    input: Input<'a>,
    cursor: Cursor<'a>,
    frames: Vec<Frame>,
    steps: Vec<Step>,
    variables: Variables,
    values: Values,
    /// The conditions under which the body was left before its end: the rest runs under their opposites.
    returned: Conditions,
}

/// A block, branch or loop that is open.
struct Frame {
    kind: Kind,
    /// The conditions around its statements, those of the frames around it included.
    conditions: Conditions,
}

enum Kind {
    Block {
        /// Where it begins.
        at: usize,
        /// The index of its first step.
        first: usize,
        handlers: Option<Handlers>,
    },
    Branch,
    Loop,
}

/// The `EXCEPTION` section of a block.
#[derive(Default)]
struct Handlers {
    /// The index behind the last step that they protect.
    end: usize,
    /// The conditions of the handlers that are read and do not raise them again.
    caught: Vec<String>,
    /// Those of the handler that is being read.
    current: Vec<String>,
}

impl<'a> Walk<'a> {
    /// Reads one statement, or the head or end of a compound one.
    fn next(&mut self) -> Result<(), String> {
        self.labels();
        let Some(token) = self.cursor.peek() else {
            return Ok(());
        };
        let word = match token {
            Token::Word(word) if word.quote_style.is_none() => fold(word),
            _ => String::new(),
        };
        match word.as_str() {
            "declare" => self.declarations(),
            "begin" => {
                let at = self.cursor.next().map_or(0, |token| span_of(token).start);
                let first = self.steps.len();
                let kind = Kind::Block {
                    at,
                    first,
                    handlers: None,
                };
                self.open(kind, Conditions::default())
            }
            "exception" => self.exception(),
            "when" => self.when(),
            "if" | "case" => {
                let head = self.head("then")?;
                let conditions = self.condition(head);
                self.open(Kind::Branch, conditions)
            }
            "elsif" | "elseif" => {
                let head = self.head("then")?;
                self.add(self.condition(head));
                Ok(())
            }
            "else" => {
                self.cursor.next();
                Ok(())
            }
            "loop" | "while" | "for" | "foreach" => self.open_loop(),
            "end" => self.end(),
            _ => {
                let statement = self.until_semicolon();
                self.statement(&word, statement);
                Ok(())
            }
        }
    }

    fn open(&mut self, kind: Kind, conditions: Conditions) -> Result<(), String> {
        if self.frames.len() == MAX_NESTING {
            return Err("blocks nest too deep".to_owned());
        }
        let conditions = self.conditions().and(&conditions);
        self.frames.push(Frame { kind, conditions });
        Ok(())
    }

    /// The condition in these tokens.
    fn condition(&self, tokens: &[TokenWithSpan]) -> Conditions {
        let depends = Depends::of(tokens, &self.values);
        Conditions::of(tokens, &self.variables, depends)
    }

    /// The conditions around this place.
    fn conditions(&self) -> Conditions {
        self.frames.last().map_or(self.returned.clone(), |frame| {
            frame.conditions.and(&self.returned)
        })
    }

    /// The statements from here to the end of the innermost frame run under one more condition.
    fn add(&mut self, conditions: Conditions) {
        if let Some(frame) = self.frames.last_mut() {
            frame.conditions = frame.conditions.and(&conditions);
        }
    }

    /// Steps over `<<label>>` and semicolons.
    fn labels(&mut self) {
        loop {
            if self.cursor.eat_token(&Token::ShiftLeft) {
                while !self.cursor.is_at_end() && !self.cursor.eat_token(&Token::ShiftRight) {
                    self.cursor.next();
                }
            } else if !self.cursor.eat_token(&Token::SemiColon) {
                return;
            }
        }
    }

    /// Steps over `DECLARE` and the declarations up to `BEGIN`.
    fn declarations(&mut self) -> Result<(), String> {
        self.cursor.next();
        while !self.cursor.at(&["begin"]) {
            if self.cursor.is_at_end() {
                return Err(self.cursor.expected("BEGIN"));
            }
            let declaration = self.until_semicolon();
            if let Some((name, rest)) = declaration.split_first()
                && let Token::Word(name) = &name.token
            {
                // `name pg_type.typname%TYPE` reads nothing.
                let value = rest.iter().position(|token| {
                    matches!(token.token, Token::Assignment | Token::Eq)
                        || is_word(&token.token, "default")
                        || is_word(&token.token, "for")
                        || is_word(&token.token, "is")
                });
                let value = value.map_or(&[][..], |at| &rest[at..]);
                self.calls(value);
                self.values.insert(fold(name), Depends::default());
                self.assign(fold(name), value.get(1..).unwrap_or_default());
            }
        }
        Ok(())
    }

    /// Steps over `WORD …` up to the word that ends the head of a compound statement, and gives what is between.
    fn head(&mut self, end: &str) -> Result<&'a [TokenWithSpan], String> {
        let problem = self.cursor.expected(&format!("… {}", end.to_uppercase()));
        self.cursor.next();
        let rest = self.cursor.rest();
        let mut cases = 0_usize;
        let length = rest
            .iter()
            .enumerate()
            .position(|(index, token)| {
                if is_field(rest, index) {
                    return false;
                }
                if is_word(&token.token, "case") {
                    cases += 1;
                } else if cases > 0 && is_word(&token.token, "end") {
                    cases -= 1;
                }
                cases == 0 && is_word(&token.token, end)
            })
            .ok_or(problem)?;
        for _ in 0..=length {
            self.cursor.next();
        }
        self.calls(&rest[..length]);
        Ok(&rest[..length])
    }

    fn open_loop(&mut self) -> Result<(), String> {
        if self.cursor.at(&["loop"]) {
            self.cursor.next();
            return self.open(Kind::Loop, Conditions::other());
        }
        let counts_or_asks = self.cursor.at(&["for"]);
        let word = if self.cursor.at(&["while"]) {
            "while"
        } else if counts_or_asks {
            "for"
        } else {
            "foreach"
        };
        let head = self.head("loop")?;
        let mut depends = Depends::of_loop(word, head, &self.values);
        // What the body may find out before it is asked again.
        let finds = ["diagnostics", "found", "returning", "select", "execute"];
        if word == "while" && find_word(self.cursor.rest(), &finds).is_some() {
            depends.untold = true;
        }
        let conditions = Conditions::of(head, &self.variables, depends.clone());
        if let Some(Token::Word(variable)) = head.first().map(|token| &token.token)
            && word != "while"
        {
            self.values.insert(fold(variable), depends);
            if conditions.catalog != Asked::Nothing {
                self.variables
                    .insert(fold(variable), conditions.catalog.clone());
            }
        }
        // `FOR row IN DELETE … RETURNING … LOOP`, `FOR row IN EXECUTE … LOOP`
        if counts_or_asks && let Some(at) = find_word(head, &["in"]) {
            let source = &head[at + 1..];
            let first = source.first().map(|token| &token.token);
            let changes = ["insert", "update", "delete", "merge", "with", "execute"];
            if let Some(Token::Word(word)) = first
                && changes.contains(&fold(word).as_str())
            {
                self.statement(&fold(word), source);
            }
        }
        self.open(Kind::Loop, conditions)
    }

    /// Steps over `EXCEPTION`: what stands before it in the block is protected by the handlers behind it.
    fn exception(&mut self) -> Result<(), String> {
        let end = self.steps.len();
        let Some(Frame {
            kind: Kind::Block { handlers, .. },
            conditions,
        }) = self.frames.last_mut()
        else {
            return Err(self.cursor.expected("a statement"));
        };
        *handlers = Some(Handlers {
            end,
            ..Handlers::default()
        });
        *conditions = conditions.and(&Conditions::other());
        self.cursor.next();
        Ok(())
    }

    /// Steps over `WHEN … THEN` of a handler or of a `CASE`.
    fn when(&mut self) -> Result<(), String> {
        let head = self.head("then")?;
        if let Some(Frame {
            kind:
                Kind::Block {
                    handlers: Some(handlers),
                    ..
                },
            ..
        }) = self.frames.last_mut()
        {
            handlers.caught.append(&mut handlers.current);
            handlers.current = caught(head);
        } else {
            self.add(self.condition(head));
        }
        Ok(())
    }

    /// Steps over `END`, `END IF`, `END LOOP`, `END CASE` with an optional label.
    fn end(&mut self) -> Result<(), String> {
        let problem = self.cursor.expected("a statement");
        let frame = self.frames.pop().ok_or(problem)?;
        self.until_semicolon();
        if let Kind::Block {
            at,
            first,
            handlers: Some(mut handlers),
        } = frame.kind
        {
            handlers.caught.append(&mut handlers.current);
            for step in &mut self.steps[first..handlers.end] {
                step.guard.catches.push(Caught {
                    block: at,
                    conditions: handlers.caught.clone(),
                });
            }
        }
        Ok(())
    }

    /// Steps over a statement and its semicolon, and gives its tokens.
    fn until_semicolon(&mut self) -> &'a [TokenWithSpan] {
        let rest = self.cursor.rest();
        let mut depth = 0_i32;
        let length = rest
            .iter()
            .position(|token| {
                match token.token {
                    Token::LParen => depth += 1,
                    Token::RParen => depth -= 1,
                    _ => {}
                }
                depth <= 0 && token.token == Token::SemiColon
            })
            .unwrap_or(rest.len());
        for _ in 0..=length {
            self.cursor.next();
        }
        &rest[..length]
    }
}
