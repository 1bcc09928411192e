//! `alter-not-rerunnable`.

use sqlparser::tokenizer::Token;

use crate::{
    action::{Action, AlterClause, AlterTable, Expr, TypeName},
    declare_rule,
    finding::Finding,
    lower::cursor::{is_word, literal},
    name::Ident,
    rule::{Check, Context},
    rules::rerun,
    second_run::Obstacle,
    step::Step,
    token::tokenize,
};

declare_rule! {
    /// ## What it does
    /// Flags an `ALTER TABLE` that changes what the same file takes away or renames further down, where that line is protected;
    /// and an `ALTER COLUMN … TYPE … USING` whose expression cannot be applied to the type that it has given the column.
    ///
    /// ## Why is this bad?
    /// A retried deployment, a restored ledger or a branch that was merged twice runs a migration again. Postgres then stops
    /// here, because the column is gone or of another type, and the rest of the file is not done.
    ///
    /// ```sql,bad
    /// ALTER TABLE users ALTER COLUMN email SET DEFAULT '';
    /// ALTER TABLE users DROP COLUMN IF EXISTS email;
    /// ```
    ///
    /// ```sql,bad
    /// -- file: 1_posts.up.sql
    /// CREATE TABLE IF NOT EXISTS posts (id bigint PRIMARY KEY, tags text);
    /// -- file: 2_tags.up.sql
    /// ALTER TABLE posts ALTER COLUMN tags TYPE text[] USING string_to_array(tags, ',');
    /// ```
    ///
    /// ## Safer way
    /// Ask the catalog first; in a `USING`, begin with a cast, such as `tags::text`, which any type can be put through.
    ///
    /// ```sql,good
    /// DO $$ BEGIN
    ///     IF EXISTS (
    ///         SELECT FROM information_schema.columns
    ///         WHERE table_name = 'users' AND column_name = 'email' AND data_type = 'text'
    ///     ) THEN
    ///         ALTER TABLE users ALTER COLUMN email TYPE text[] USING string_to_array(email, ',');
    ///     END IF;
    /// END $$;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static ALTER_NOT_RERUNNABLE = {
        name: "alter-not-rerunnable",
        group: Rerun,
        summary: "an `ALTER` that a second run cannot repeat",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

/// Functions of texts that Postgres finds for nothing else.
///
/// Source: `pg_proc` of Postgres 13 to 18.
const OF_TEXT: &[&str] = &[
    "initcap",
    "left",
    "lower",
    "regexp_replace",
    "regexp_split_to_array",
    "replace",
    "right",
    "split_part",
    "string_to_array",
    "to_date",
    "upper",
];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let (Action::AlterTable(alter), Some(obstacle)) = (&step.action, context.obstacle()) else {
        return;
    };
    let finding = |message: String| Finding::new(&ALTER_NOT_RERUNNABLE, step.span, message);
    if *obstacle == Obstacle::Retyped {
        if let Some(message) = retyped(context, alter) {
            found
                .push(finding(message).help("ask the catalog for its type first, in a `DO` block"));
        }
    } else if !has_own_rule(&alter.clause)
        && let Obstacle::Missing { .. } = obstacle
        && let Some(message) = rerun::reason(context, obstacle, String::new, String::new)
    {
        found.push(finding(message).help("ask the catalog for it first, in a `DO` block"));
    }
}

/// Whether another rule of the group looks at the clause.
fn has_own_rule(clause: &AlterClause) -> bool {
    matches!(
        clause,
        AlterClause::AddColumn { .. }
            | AlterClause::DropColumn { .. }
            | AlterClause::AddConstraint(_)
            | AlterClause::DropConstraint { .. }
            | AlterClause::AddIdentity(_)
            | AlterClause::DropIdentity { .. }
            | AlterClause::DropExpression { .. }
            | AlterClause::AttachPartition { .. }
            | AlterClause::DetachPartition { .. }
            | AlterClause::Inherit { .. }
    )
}

/// Why the `USING` of a change of type fails for a column that has the new type.
fn retyped(context: &Context<'_>, alter: &AlterTable) -> Option<String> {
    let AlterClause::ColumnType {
        column,
        data_type,
        using: Some(using),
        ..
    } = &alter.clause
    else {
        return None;
    };
    // Another column keeps its type; a cast of this one takes any.
    if using.columns.iter().any(|named| named != column) || !using.casts.is_empty() {
        return None;
    }
    let why = if takes_text(using) && !is_textual(data_type) {
        "the function in its `USING` takes none"
    } else if asks_for_empty(context, using, column) && refuses_empty(data_type) {
        "`''` in its `USING` is none"
    } else {
        return None;
    };
    Some(format!(
        "a second run fails here: `{column}` is of type `{data_type}` by then, and {why}"
    ))
}

/// Whether an expression gives a column to a function of texts, and to no other one.
fn takes_text(using: &Expr) -> bool {
    let mut functions = using.functions.iter().map(|function| function.name());
    let function = functions.find(|name| !matches!(*name, "coalesce" | "nullif"));
    let of_text = function.is_some_and(|name| OF_TEXT.contains(&name));
    of_text && functions.all(|name| matches!(name, "coalesce" | "nullif"))
}

fn is_textual(data_type: &TypeName) -> bool {
    let texts = ["text", "character varying", "character", "citext", "name"];
    !data_type.array && texts.contains(&data_type.name.as_str())
}

/// Whether an empty text is no value of the type.
fn refuses_empty(data_type: &TypeName) -> bool {
    let types = [
        "bigint",
        "boolean",
        "date",
        "double precision",
        "inet",
        "integer",
        "interval",
        "json",
        "jsonb",
        "numeric",
        "real",
        "smallint",
        "timestamp with time zone",
        "timestamp without time zone",
        "uuid",
    ];
    data_type.array || types.contains(&data_type.name.as_str())
}

/// Whether the column itself is compared with `''`: `nullif(a, '')`, `a = ''`.
fn asks_for_empty(context: &Context<'_>, using: &Expr, column: &Ident) -> bool {
    let text = context.migration.up.slice(using.span);
    let tokens = tokenize(text, using.span.start).code;
    let is_column = |token: &Token| match token {
        Token::Word(word) => word.value.eq_ignore_ascii_case(&column.value),
        _ => false,
    };
    tokens.windows(3).enumerate().any(|(at, three)| {
        let [before, between, behind] = three else {
            return false;
        };
        let compared = match between.token {
            Token::Eq | Token::Neq => true,
            Token::Comma => {
                at >= 2
                    && tokens[at - 1].token == Token::LParen
                    && is_word(&tokens[at - 2].token, "nullif")
            }
            _ => false,
        };
        is_column(&before.token) && compared && literal(&behind.token) == Some("")
    })
}

#[cfg(test)]
mod tests {
    use super::ALTER_NOT_RERUNNABLE;
    use crate::test_support::check;

    #[test]
    fn a_column_that_goes_further_down() {
        check(
            &ALTER_NOT_RERUNNABLE,
            "
    ALTER TABLE t ALTER COLUMN a SET DEFAULT 1;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: line 3 has taken column `a` away by then
    ALTER TABLE t ALTER COLUMN b SET NOT NULL;
    ALTER TABLE t DROP COLUMN IF EXISTS a;
    ALTER TABLE u ALTER COLUMN a DROP NOT NULL;
    ALTER TABLE u DROP COLUMN a;
",
        );
    }

    #[test]
    fn a_column_or_table_that_gets_another_name() {
        check(
            &ALTER_NOT_RERUNNABLE,
            "
    ALTER TABLE t ALTER COLUMN a TYPE bigint;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: line 4 has taken column `a` away by then
    DO $$ BEGIN
        IF EXISTS (SELECT FROM information_schema.columns WHERE table_name = 't' AND column_name = 'a') THEN
            ALTER TABLE t RENAME COLUMN a TO b;
        END IF;
    END $$;
    ALTER TABLE u ENABLE ROW LEVEL SECURITY;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: line 8 has taken table `u` away by then
    DROP TABLE IF EXISTS u;
",
        );
    }

    #[test]
    fn a_using_that_the_new_type_refuses() {
        check(
            &ALTER_NOT_RERUNNABLE,
            "
    ALTER TABLE t ALTER COLUMN a TYPE text[] USING string_to_array(a, ',');
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: `a` is of type `text[]` by then, and the function in its `USING` takes none
    ALTER TABLE t ALTER COLUMN b TYPE int USING nullif(b, '')::int;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: `b` is of type `integer` by then, and `''` in its `USING` is none
    ALTER TABLE t ALTER COLUMN c TYPE date USING CASE WHEN c = '' THEN NULL ELSE c END::date;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: `c` is of type `date` by then, and `''` in its `USING` is none
",
        );
    }

    #[test]
    fn a_using_that_takes_any_type() {
        check(
            &ALTER_NOT_RERUNNABLE,
            "
    ALTER TABLE t ALTER COLUMN a TYPE text[] USING string_to_array(a::text, ',');
    ALTER TABLE t ALTER COLUMN b TYPE int USING b::int;
    ALTER TABLE t ALTER COLUMN c TYPE text USING lower(c);
    ALTER TABLE t ALTER COLUMN d TYPE varchar(9) USING nullif(d, '');
    ALTER TABLE t DROP COLUMN IF EXISTS e;
    ALTER TABLE t ADD COLUMN e text;
    ALTER TABLE t ALTER COLUMN e TYPE int USING nullif(e, '')::int;
    DROP TABLE IF EXISTS u;
    CREATE TABLE u (a text);
    ALTER TABLE u ALTER COLUMN a TYPE int USING nullif(a, '')::int;
    DO $$ BEGIN
        IF EXISTS (SELECT FROM information_schema.columns WHERE column_name = 'f' AND data_type = 'text') THEN
            ALTER TABLE t ALTER COLUMN f TYPE int USING nullif(f, '')::int;
        END IF;
    END $$;
",
        );
    }
}
