//! Commands on whole tables: `TRUNCATE`, `LOCK`, `VACUUM`, `CLUSTER`, `REINDEX`, `REFRESH`, `COPY`.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::{Action, Copy, ReindexTarget},
    lock_mode::LockMode,
    lower::{
        Input,
        cursor::{Cursor, split_commas},
        patterns::{Reading, create::is_off, one},
        step,
    },
    name::ObjectName,
};

/// The modes of `LOCK TABLE`; those that begin alike, the longer ones first.
const LOCK_MODES: &[(&[&str], LockMode)] = &[
    (&["access", "share"], LockMode::AccessShare),
    (&["access", "exclusive"], LockMode::AccessExclusive),
    (&["row", "share"], LockMode::RowShare),
    (&["row", "exclusive"], LockMode::RowExclusive),
    (
        &["share", "update", "exclusive"],
        LockMode::ShareUpdateExclusive,
    ),
    (&["share", "row", "exclusive"], LockMode::ShareRowExclusive),
    (&["share"], LockMode::Share),
    (&["exclusive"], LockMode::Exclusive),
];

/// Reads what stands behind `TRUNCATE`.
pub(super) fn truncate(input: Input<'_>, mut cursor: Cursor<'_>) -> Reading {
    cursor.eat(&["table"]);
    let tables = tables(&mut cursor)?;
    if !cursor.eat(&["restart", "identity"]) {
        cursor.eat(&["continue", "identity"]);
    }
    let cascade = cursor.eat(&["cascade"]);
    cursor.eat(&["restrict"]);
    finished(&cursor)?;
    Ok(tables
        .into_iter()
        .map(|table| step(Action::Truncate { table, cascade }, input.span))
        .collect())
}

/// Reads what stands behind `LOCK`.
pub(super) fn lock(input: Input<'_>, mut cursor: Cursor<'_>) -> Reading {
    cursor.eat(&["table"]);
    let tables = tables(&mut cursor)?;
    let mut mode = LockMode::AccessExclusive;
    if cursor.eat(&["in"]) {
        let problem = cursor.expected("a lock mode");
        mode = LOCK_MODES
            .iter()
            .find(|(words, _)| cursor.eat(words))
            .map(|&(_, mode)| mode)
            .ok_or(problem)?;
        cursor.eat(&["mode"]);
    }
    cursor.eat(&["nowait"]);
    finished(&cursor)?;
    Ok(tables
        .into_iter()
        .map(|table| step(Action::Lock { table, mode }, input.span))
        .collect())
}

/// Reads what stands behind `ANALYZE`.
pub(super) fn analyze(input: Input<'_>, mut cursor: Cursor<'_>) -> Reading {
    cursor.group();
    cursor.eat(&["verbose"]);
    let tables = match cursor.is_at_end() {
        true => Vec::new(),
        false => tables(&mut cursor)?,
    };
    finished(&cursor)?;
    one(input, Action::Analyze { tables })
}

/// Reads what stands behind `VACUUM`.
pub(super) fn vacuum(input: Input<'_>, mut cursor: Cursor<'_>) -> Reading {
    let mut full = has_option(&mut cursor, "full");
    full |= cursor.eat(&["full"]);
    cursor.eat(&["freeze"]);
    cursor.eat(&["verbose"]);
    cursor.eat_any(&["analyze", "analyse"]);
    let mut vacuumed = Vec::new();
    if !cursor.is_at_end() {
        vacuumed = tables(&mut cursor)?;
    }
    finished(&cursor)?;
    one(
        input,
        Action::Vacuum {
            tables: vacuumed,
            full,
        },
    )
}

/// Reads what stands behind `CLUSTER`.
pub(super) fn cluster(input: Input<'_>, mut cursor: Cursor<'_>) -> Reading {
    cursor.group();
    cursor.eat(&["verbose"]);
    let mut table = None;
    if !cursor.is_at_end() {
        table = Some(cursor.expect_name("a table")?);
        if cursor.eat(&["on"]) {
            // The old form: `CLUSTER index ON table`.
            table = Some(cursor.expect_name("a table")?);
        } else if cursor.eat(&["using"]) {
            cursor.expect_ident("an index")?;
        }
    }
    finished(&cursor)?;
    one(input, Action::Cluster { table })
}

/// Reads what stands behind `REINDEX`.
pub(super) fn reindex(input: Input<'_>, mut cursor: Cursor<'_>) -> Reading {
    let mut concurrently = has_option(&mut cursor, "concurrently");
    let targets = [
        ("index", ReindexTarget::Index),
        ("table", ReindexTarget::Table),
        ("schema", ReindexTarget::Schema),
        ("database", ReindexTarget::Database),
        ("system", ReindexTarget::System),
    ];
    let problem = cursor.expected("INDEX, TABLE, SCHEMA, DATABASE or SYSTEM");
    let (_, target) = targets
        .into_iter()
        .find(|(word, _)| cursor.eat(&[word]))
        .ok_or(problem)?;
    concurrently |= cursor.eat(&["concurrently"]);
    let name = cursor.object_name();
    finished(&cursor)?;
    one(
        input,
        Action::Reindex {
            target,
            name,
            concurrently,
        },
    )
}

/// Reads what stands behind `REFRESH`.
pub(super) fn refresh(input: Input<'_>, mut cursor: Cursor<'_>) -> Reading {
    if !cursor.eat(&["materialized", "view"]) {
        return Err(cursor.expected("MATERIALIZED VIEW"));
    }
    let concurrently = cursor.eat(&["concurrently"]);
    let name = cursor.expect_name("a materialized view")?;
    let no_data = cursor.eat(&["with", "no", "data"]);
    cursor.eat(&["with", "data"]);
    finished(&cursor)?;
    one(
        input,
        Action::Refresh {
            name,
            concurrently,
            no_data,
        },
    )
}

/// Reads what stands behind `COPY`.
pub(super) fn copy(input: Input<'_>, mut cursor: Cursor<'_>) -> Reading {
    cursor.eat(&["binary"]);
    let mut table = None;
    if cursor.group().is_none() {
        table = Some(cursor.expect_name("a table")?);
        cursor.group();
    }
    let from = cursor.eat(&["from"]);
    if !from && !cursor.eat(&["to"]) {
        return Err(cursor.expected("FROM or TO"));
    }
    let stdio = cursor.eat_any(&["stdin", "stdout"]);
    let program = cursor.at(&["program"]);
    one(
        input,
        Action::Copy(Copy {
            table,
            from,
            stdio,
            program,
        }),
    )
}

/// `[ONLY] name [*] [(columns)], …`
fn tables(cursor: &mut Cursor<'_>) -> Result<Vec<ObjectName>, String> {
    let mut tables = Vec::new();
    loop {
        if cursor.eat(&["only"]) && cursor.peek() == Some(&Token::LParen) {
            let inner: &[TokenWithSpan] = cursor.group().unwrap_or_default();
            tables.push(Cursor::new(inner).expect_name("a table")?);
        } else {
            tables.push(cursor.expect_name("a table")?);
        }
        cursor.eat_token(&Token::Mul);
        cursor.group();
        if !cursor.eat_token(&Token::Comma) {
            return Ok(tables);
        }
    }
}

/// Steps over a list of options and says whether one of them is on.
fn has_option(cursor: &mut Cursor<'_>, name: &str) -> bool {
    let options = cursor.group().unwrap_or_default();
    split_commas(options).into_iter().any(|option| {
        let mut option = Cursor::new(option);
        option.eat(&[name]) && !option.peek().is_some_and(is_off)
    })
}

fn finished(cursor: &Cursor<'_>) -> Result<(), String> {
    if cursor.is_at_end() {
        Ok(())
    } else {
        Err(cursor.expected("the end of the statement"))
    }
}

#[cfg(test)]
mod tests {
    use crate::lower::brief::{check, each};

    #[test]
    fn maintenance() {
        check(
            "TRUNCATE TABLE ONLY a, b * RESTART IDENTITY CASCADE",
            &["truncate a cascade", "truncate b cascade"],
        );
        check(
            "LOCK TABLE a, b IN SHARE ROW EXCLUSIVE MODE NOWAIT",
            &["lock a ShareRowExclusive", "lock b ShareRowExclusive"],
        );
        each(&[
            ("LOCK a", "lock a AccessExclusive"),
            ("VACUUM", "vacuum "),
            ("VACUUM FULL ANALYZE a, b (c)", "vacuum a,b full"),
            ("VACUUM (FULL false, ANALYZE) a", "vacuum a"),
            ("VACUUM (FULL) a", "vacuum a full"),
            ("CLUSTER", "cluster -"),
            ("CLUSTER VERBOSE a USING i", "cluster a"),
            (
                "REINDEX TABLE CONCURRENTLY a.b",
                "reindex Table a.b concurrently",
            ),
            (
                "REINDEX (VERBOSE, CONCURRENTLY true) INDEX i",
                "reindex Index i concurrently",
            ),
            ("REINDEX DATABASE", "reindex Database -"),
            (
                "REFRESH MATERIALIZED VIEW CONCURRENTLY m",
                "refresh m concurrently",
            ),
            (
                "REFRESH MATERIALIZED VIEW m WITH NO DATA",
                "refresh m no data",
            ),
            (
                "COPY t (a, b) FROM stdin WITH (FORMAT csv)",
                "copy t from stdio",
            ),
            ("COPY (SELECT 1) TO '/tmp/x'", "copy -"),
            ("COPY t FROM PROGRAM 'cat x'", "copy t from program"),
        ]);
    }
}
