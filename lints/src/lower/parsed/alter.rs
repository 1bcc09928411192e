//! Reads `ALTER` of tables, foreign tables, views, materialized views and indexes: one step for each clause.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::{Action, AlterClause, AlterTable, ObjectKind, Rename, RenamePart, RowSecurity},
    lower::{
        Input,
        cursor::{Cursor, span_of_all, split_commas},
        parsed::{clause, column, constraint, expr, table, types},
        step,
    },
    name::{Ident, ObjectName},
    source::Span,
    step::Step,
};

/// What the clauses of a statement are about.
struct Target {
    kind: ObjectKind,
    name: ObjectName,
    if_exists: bool,
    only: bool,
}

/// Reads the statement; none when it alters something else.
pub(super) fn read(input: Input<'_>) -> Option<Result<Vec<Step>, String>> {
    let mut cursor = Cursor::new(input.tokens);
    if !cursor.eat(&["alter"]) {
        return None;
    }
    let kinds: [(&[&str], ObjectKind); 5] = [
        (&["table"], ObjectKind::Table),
        (&["foreign", "table"], ObjectKind::ForeignTable),
        (&["materialized", "view"], ObjectKind::MaterializedView),
        (&["view"], ObjectKind::View),
        (&["index"], ObjectKind::Index),
    ];
    let (_, kind) = kinds.iter().find(|(words, _)| cursor.eat(words))?;
    Some(statement(&mut cursor, *kind, input))
}

fn statement(
    cursor: &mut Cursor<'_>,
    kind: ObjectKind,
    input: Input<'_>,
) -> Result<Vec<Step>, String> {
    if cursor.eat(&["all", "in", "tablespace"]) {
        let keywords = "ALTER … ALL IN TABLESPACE";
        return Ok(vec![step(Action::Other { keywords }, input.span)]);
    }
    let if_exists = cursor.eat(&["if", "exists"]);
    let only = cursor.eat(&["only"]);
    let name = cursor.expect_name("a name")?;
    cursor.eat_token(&Token::Mul);
    let target = Target {
        kind,
        name,
        if_exists,
        only,
    };
    let clauses = split_commas(cursor.rest());
    if clauses.is_empty() {
        return Err(cursor.expected("what to alter"));
    }
    clauses
        .into_iter()
        .map(|tokens| {
            let mut cursor = Cursor::new(tokens);
            let action = action(&mut cursor, &target)?;
            cursor.expect_end()?;
            Ok(step(action, span_of_all(tokens)))
        })
        .collect()
}

fn action(cursor: &mut Cursor<'_>, target: &Target) -> Result<Action, String> {
    if cursor.eat(&["rename"]) {
        return rename(cursor, target);
    }
    if cursor.eat(&["set", "schema"]) {
        return Ok(Action::SetSchema {
            kind: target.kind,
            name: target.name.clone(),
            schema: cursor.expect_ident("a name")?,
            if_exists: target.if_exists,
        });
    }
    Ok(Action::AlterTable(AlterTable {
        table: target.name.clone(),
        kind: target.kind,
        if_exists: target.if_exists,
        only: target.only,
        clause: alter_clause(cursor)?,
    }))
}

fn rename(cursor: &mut Cursor<'_>, target: &Target) -> Result<Action, String> {
    let part = if cursor.eat(&["to"]) {
        RenamePart::Object
    } else {
        let part = if cursor.eat(&["constraint"]) {
            RenamePart::Constraint(cursor.expect_ident("a name")?)
        } else {
            // A column may be called `column`.
            if !cursor.at(&["column", "to"]) {
                cursor.eat(&["column"]);
            }
            RenamePart::Column(cursor.expect_ident("a name")?)
        };
        if !cursor.eat(&["to"]) {
            return Err(cursor.expected("TO"));
        }
        part
    };
    Ok(Action::Rename(Rename {
        part,
        kind: target.kind,
        object: target.name.clone(),
        table: None,
        if_exists: target.if_exists,
        to: cursor.expect_ident("a name")?,
    }))
}

fn alter_clause(cursor: &mut Cursor<'_>) -> Result<AlterClause, String> {
    if cursor.eat(&["add"]) {
        add(cursor)
    } else if cursor.eat(&["drop"]) {
        drop(cursor)
    } else if cursor.eat(&["validate", "constraint"]) {
        cursor
            .expect_ident("a name")
            .map(AlterClause::ValidateConstraint)
    } else if cursor.eat(&["alter", "constraint"]) {
        let name = cursor.expect_ident("a name")?;
        let mut stricter = false;
        loop {
            let strict: [&[&str]; 3] = [
                &["not", "deferrable"],
                &["initially", "immediate"],
                &["enforced"],
            ];
            stricter |= strict.iter().any(|words| cursor.at(words));
            if !(cursor.eat(&["not", "enforced"])
                || cursor.eat(&["inherit"])
                || constraint::attribute(cursor))
            {
                return Ok(AlterClause::AlterConstraint { name, stricter });
            }
        }
    } else if cursor.eat(&["alter"]) {
        alter_column(cursor)
    } else if cursor.eat(&["attach", "partition"]) {
        attach(cursor)
    } else if cursor.eat(&["detach", "partition"]) {
        detach(cursor)
    } else if cursor.eat(&["no", "inherit"]) {
        inherit(cursor, true)
    } else if cursor.eat(&["inherit"]) {
        inherit(cursor, false)
    } else if cursor.eat(&["set"]) {
        set(cursor)
    } else if cursor.eat(&["reset"]) || cursor.eat(&["options"]) {
        cursor.expect_group().map(|_| AlterClause::Options)
    } else if cursor.eat(&["cluster", "on"]) {
        cursor.expect_ident("a name").map(|_| AlterClause::Options)
    } else {
        catalog(cursor)
    }
}

fn add(cursor: &mut Cursor<'_>) -> Result<AlterClause, String> {
    if let Some(constraint) = constraint::table(cursor)? {
        return Ok(AlterClause::AddConstraint(constraint));
    }
    let column_keyword = cursor.eat(&["column"]);
    let if_not_exists = cursor.eat(&["if", "not", "exists"]);
    let name_start = cursor.start();
    Ok(AlterClause::AddColumn {
        column: Box::new(column::read(cursor)?),
        if_not_exists,
        name_start,
        column_keyword,
    })
}

fn drop(cursor: &mut Cursor<'_>) -> Result<AlterClause, String> {
    let of_constraint = cursor.eat(&["constraint"]);
    if !of_constraint {
        cursor.eat(&["column"]);
    }
    let if_exists = cursor.eat(&["if", "exists"]);
    let name = cursor.expect_ident("a name")?;
    let cascade = cascade(cursor);
    Ok(if of_constraint {
        AlterClause::DropConstraint {
            name,
            if_exists,
            cascade,
        }
    } else {
        AlterClause::DropColumn {
            name,
            if_exists,
            cascade,
        }
    })
}

fn cascade(cursor: &mut Cursor<'_>) -> bool {
    let cascade = cursor.eat(&["cascade"]);
    cursor.eat(&["restrict"]);
    cascade
}

fn attach(cursor: &mut Cursor<'_>) -> Result<AlterClause, String> {
    let partition = cursor.expect_name("a partition")?;
    // The partition of an index has no bounds of its own.
    let default = !cursor.is_at_end() && table::bounds(cursor)? == table::Bounds::Default;
    Ok(AlterClause::AttachPartition { partition, default })
}

fn detach(cursor: &mut Cursor<'_>) -> Result<AlterClause, String> {
    let partition = cursor.expect_name("a partition")?;
    let concurrently = cursor.eat(&["concurrently"]);
    cursor.eat(&["finalize"]);
    Ok(AlterClause::DetachPartition {
        partition,
        concurrently,
    })
}

fn inherit(cursor: &mut Cursor<'_>, no: bool) -> Result<AlterClause, String> {
    match cursor.object_name() {
        Some(parent) => Ok(AlterClause::Inherit { parent, no }),
        None => Err(cursor.expected("a table")),
    }
}

/// What stands behind `SET`.
fn set(cursor: &mut Cursor<'_>) -> Result<AlterClause, String> {
    if cursor.group().is_some() {
        Ok(AlterClause::Options)
    } else if cursor.eat(&["logged"]) || cursor.eat(&["unlogged"]) {
        Ok(AlterClause::SetLogged)
    } else if cursor.eat(&["access", "method"]) {
        cursor
            .expect_ident("a name")
            .map(|_| AlterClause::SetAccessMethod)
    } else if cursor.eat(&["tablespace"]) {
        cursor.expect_ident("a name")?;
        cursor.eat(&["nowait"]);
        Ok(AlterClause::SetTablespace)
    } else if cursor.eat(&["without", "cluster"]) {
        Ok(AlterClause::Options)
    } else if cursor.eat(&["without", "oids"]) {
        Ok(AlterClause::Catalog {
            keywords: "SET WITHOUT OIDS",
        })
    } else {
        Err(cursor.expected("what to set"))
    }
}

/// What changes the catalog at once, and row security, triggers and rules.
fn catalog(cursor: &mut Cursor<'_>) -> Result<AlterClause, String> {
    if cursor.eat(&["owner", "to"]) {
        cursor.expect_ident("a name")?;
        return Ok(AlterClause::Catalog {
            keywords: "OWNER TO",
        });
    }
    if cursor.eat(&["replica", "identity"]) {
        let keywords = if cursor.at(&["nothing"]) {
            "REPLICA IDENTITY NOTHING"
        } else if cursor.at(&["full"]) {
            "REPLICA IDENTITY FULL"
        } else if cursor.eat(&["using", "index"]) {
            "REPLICA IDENTITY USING INDEX"
        } else {
            "REPLICA IDENTITY DEFAULT"
        };
        cursor.expect_ident("a name")?;
        return Ok(AlterClause::Catalog { keywords });
    }
    if cursor.eat(&["not", "of"]) {
        return Ok(AlterClause::Catalog { keywords: "NOT OF" });
    }
    if cursor.eat(&["of"]) {
        types::read(cursor)?;
        return Ok(AlterClause::Catalog { keywords: "OF" });
    }
    if cursor.eat(&["depends", "on", "extension"])
        || cursor.eat(&["no", "depends", "on", "extension"])
    {
        cursor.expect_ident("a name")?;
        return Ok(AlterClause::Catalog {
            keywords: "DEPENDS ON EXTENSION",
        });
    }
    let row_security: [(&[&str], RowSecurity); 4] = [
        (&["enable"], RowSecurity::Enable),
        (&["disable"], RowSecurity::Disable),
        (&["force"], RowSecurity::Force),
        (&["no", "force"], RowSecurity::NoForce),
    ];
    for (words, change) in row_security {
        let mut ahead = *cursor;
        if ahead.eat(words) && ahead.eat(&["row", "level", "security"]) {
            *cursor = ahead;
            return Ok(AlterClause::RowSecurity(change));
        }
    }
    let enable = cursor.eat(&["enable"]);
    if !enable && !cursor.eat(&["disable"]) {
        return Err(cursor.expected("what to alter"));
    }
    let _ = cursor.eat(&["replica"]) || cursor.eat(&["always"]);
    let rule = cursor.eat(&["rule"]);
    if !rule && !cursor.eat(&["trigger"]) {
        return Err(cursor.expected("TRIGGER, RULE or ROW LEVEL SECURITY"));
    }
    let name = cursor.expect_ident("a name")?;
    Ok(AlterClause::ToggleTrigger { enable, rule, name })
}

/// What stands behind `ALTER`: a column, by name or, of an index, by number.
fn alter_column(cursor: &mut Cursor<'_>) -> Result<AlterClause, String> {
    cursor.eat(&["column"]);
    if let Some(Token::Number(..)) = cursor.peek() {
        cursor.next();
        return statistics(cursor);
    }
    let column = cursor.expect_ident("a name")?;
    if cursor.eat(&["set", "data", "type"]) || cursor.eat(&["type"]) {
        return column_type(cursor, column);
    }
    if cursor.eat(&["set", "not", "null"]) {
        return Ok(AlterClause::SetNotNull(column));
    }
    if cursor.eat(&["drop", "not", "null"]) {
        return Ok(AlterClause::DropNotNull(column));
    }
    if cursor.eat(&["set", "default"]) {
        let value = expr::read(rest(cursor))?;
        return Ok(AlterClause::SetDefault { column, value });
    }
    if cursor.eat(&["drop", "default"]) {
        return Ok(AlterClause::DropDefault(column));
    }
    if cursor.eat(&["drop", "identity"]) {
        let if_exists = cursor.eat(&["if", "exists"]);
        return Ok(AlterClause::DropIdentity { column, if_exists });
    }
    if cursor.eat(&["drop", "expression"]) {
        let if_exists = cursor.eat(&["if", "exists"]);
        return Ok(AlterClause::DropExpression { column, if_exists });
    }
    if cursor.eat(&["set", "expression", "as"]) {
        expr::read(cursor.expect_group()?)?;
        return Ok(AlterClause::SetExpression(column));
    }
    if cursor.eat(&["add", "generated"]) {
        column::generated(cursor)?;
        return Ok(AlterClause::AddIdentity(column));
    }
    column_options(cursor)
}

fn column_type(cursor: &mut Cursor<'_>, column: Ident) -> Result<AlterClause, String> {
    let start = cursor.start();
    let data_type = types::read(cursor)?;
    let type_span = Span::new(start, cursor.end_of_last());
    let collation = if cursor.eat(&["collate"]) {
        cursor.object_name()
    } else {
        None
    };
    let using = if cursor.eat(&["using"]) {
        Some(expr::read(rest(cursor))?)
    } else {
        None
    };
    Ok(AlterClause::ColumnType {
        column,
        data_type,
        type_span,
        using,
        collation,
    })
}

/// The settings of a column that leave its rows alone.
fn column_options(cursor: &mut Cursor<'_>) -> Result<AlterClause, String> {
    if cursor.at(&["set", "statistics"]) {
        return statistics(cursor);
    }
    if cursor.eat(&["set", "storage"]) {
        cursor.next();
        return Ok(AlterClause::Catalog {
            keywords: "SET STORAGE",
        });
    }
    if cursor.eat(&["set", "compression"]) {
        cursor.next();
        return Ok(AlterClause::Catalog {
            keywords: "SET COMPRESSION",
        });
    }
    // `SET GENERATED …`, `SET INCREMENT BY …`, `RESTART …`: of the identity's sequence.
    let identity = [
        "generated",
        "increment",
        "minvalue",
        "maxvalue",
        "no",
        "start",
        "cache",
        "cycle",
        "sequence",
    ]
    .iter()
    .any(|word| cursor.at(&["set", word]));
    if identity || cursor.at(&["restart"]) {
        rest(cursor);
        return Ok(AlterClause::Catalog {
            keywords: "SET GENERATED",
        });
    }
    if (cursor.eat(&["set"]) || cursor.eat(&["reset"]) || cursor.eat(&["options"]))
        && cursor.group().is_some()
    {
        return Ok(AlterClause::Options);
    }
    Err(cursor.expected("what to alter in the column"))
}

fn statistics(cursor: &mut Cursor<'_>) -> Result<AlterClause, String> {
    if !cursor.eat(&["set", "statistics"]) {
        return Err(cursor.expected("SET STATISTICS"));
    }
    cursor.eat_token(&Token::Minus);
    cursor.next();
    Ok(AlterClause::Options)
}

/// All tokens that are left.
fn rest<'a>(cursor: &mut Cursor<'a>) -> &'a [TokenWithSpan] {
    let count = cursor.rest().len();
    clause::take(cursor, count)
}
