//! Which runner a folder is for. Names tell most; where several runners share one, the texts do.

use sqlparser::tokenizer::Token;

use crate::{
    layout::{Layout, flyway, folders, sections, sqlx},
    migration::SetError,
    source::SourceFile,
    token::tokenize,
};

/// The one layout that files have, by their paths below `folder`; none where no runner would take any.
///
/// # Errors
/// When some files have one and some another.
pub(super) fn detect(folder: &str, files: &[SourceFile]) -> Result<Option<Layout>, SetError> {
    let mut found: Vec<(Layout, &SourceFile)> = Vec::new();
    for file in files {
        let Some(layout) = of(below(folder, &file.path), file) else {
            continue;
        };
        if !found.iter().any(|(known, _)| *known == layout) {
            found.push((layout, file));
        }
    }
    match found.as_slice() {
        [] => Ok(None),
        [(Layout::Sqlx, _)] if is_golang_migrate(folder, files) => Ok(Some(Layout::GolangMigrate)),
        [(layout, _)] => Ok(Some(*layout)),
        [(first, one), (second, other), ..] => Err(SetError::Mixed {
            layouts: [*first, *second],
            paths: [one.path.clone(), other.path.clone()],
        }),
    }
}

/// A path below the folder.
fn below<'a>(folder: &str, path: &'a str) -> &'a str {
    let rest = path.strip_prefix(folder);
    rest.map_or(path, |rest| rest.trim_start_matches('/'))
}

/// Whose file this is, by itself.
fn of(path: &str, file: &SourceFile) -> Option<Layout> {
    if !path.ends_with(".sql") {
        return None;
    }
    let flat = !path.contains('/');
    if flat && let Some(tool) = sections::tool(file.text()) {
        return Some(tool);
    }
    if flat && sqlx::is_named(path) {
        return Some(Layout::Sqlx);
    }
    if flyway::is_named(path) {
        return Some(Layout::Flyway);
    }
    if folders::is_named(path, "up.sql") {
        return Some(Layout::Diesel);
    }
    folders::is_named(path, "migration.sql").then_some(Layout::Prisma)
}

/// Whether files that sqlx would take are golang-migrate's, which are named like sqlx's reversible ones. It has no transaction
/// of its own, so its users write one: where most ways up do, and none asks sqlx for none, it is that.
fn is_golang_migrate(folder: &str, files: &[SourceFile]) -> bool {
    let mut ups = 0;
    let mut wrapped = 0;
    for file in files {
        let path = below(folder, &file.path);
        if path.contains('/') || !sqlx::is_named(path) || path.ends_with(".down.sql") {
            continue;
        }
        if !path.ends_with(".up.sql") || file.text().starts_with(sqlx::NO_TRANSACTION) {
            return false;
        }
        ups += 1;
        wrapped += usize::from(begins_and_commits(file.text()));
    }
    wrapped * 2 > ups
}

fn begins_and_commits(text: &str) -> bool {
    let code = tokenize(text, 0).code;
    let is = |token: Option<&Token>, words: [&str; 2]| {
        let word = token.map(Token::to_string).unwrap_or_default();
        words.iter().any(|other| word.eq_ignore_ascii_case(other))
    };
    let tokens = || code.iter().map(|token| &token.token);
    let last = tokens().rev().find(|token| **token != Token::SemiColon);
    is(tokens().next(), ["BEGIN", "START"]) && is(last, ["COMMIT", "END"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(files: &[(&str, &str)]) -> Vec<SourceFile> {
        let file = |(path, text): &(&str, &str)| SourceFile::new(format!("m/{path}"), *text);
        files.iter().map(file).collect()
    }

    fn by_names(names: &[&str]) -> Option<Layout> {
        let named: Vec<_> = names.iter().map(|name| (*name, "SELECT 1;")).collect();
        detect("m", &files(&named)).expect("they are of one runner")
    }

    #[test]
    fn names_decide() {
        for (names, layout) in [
            (&["1_a.up.sql", "1_a.down.sql"][..], Layout::Sqlx),
            (&["20260101000000_a.sql", "README.md"], Layout::Sqlx),
            (
                &["V1__a.sql", "sub/V1.2__b.sql", "R__c.sql", "U1__a.sql"],
                Layout::Flyway,
            ),
            (&["B5__a.sql"], Layout::Flyway),
            (
                &[
                    "2018-07-10-061642_a/up.sql",
                    "2018-07-10-061642_a/down.sql",
                    "2018-07-10-061642_a/metadata.toml",
                ],
                Layout::Diesel,
            ),
            (&["20230518191501_a/migration.sql"], Layout::Prisma),
            // What a runner passes over does not speak against it.
            (&["1_a.sql", "seed.sql", "old/V1__b.sql.txt"], Layout::Sqlx),
        ] {
            assert_eq!(by_names(names), Some(layout), "{names:?}");
        }
        for names in [
            &["a.sql"][..],
            &["1_a/x.sql"],
            &["V1_a.sql"],
            &["x/1_a.sql"],
            &[],
        ] {
            assert_eq!(by_names(names), None, "{names:?}");
        }
    }

    #[test]
    fn comments_decide_before_names() {
        for (text, layout) in [
            ("-- +goose Up\nSELECT 1;", Layout::Goose),
            ("\n-- migrate:up transaction:false\n", Layout::Dbmate),
            ("-- +migrate Up\nSELECT 1;", Layout::SqlMigrate),
            ("SELECT '\n-- migrate:upwards';", Layout::Sqlx),
        ] {
            let files = files(&[("1_a.sql", text)]);
            assert_eq!(detect("m", &files), Ok(Some(layout)), "{text}");
        }
    }

    #[test]
    fn own_transactions_in_most_files_are_golang_migrates() {
        let wrapped = "-- a\nBEGIN;\nSELECT 1;\nCOMMIT;\n";
        let of = |texts: &[(&str, &str)]| detect("m", &files(texts));
        assert_eq!(
            of(&[
                ("1_a.up.sql", wrapped),
                ("1_a.down.sql", "SELECT 1;"),
                ("2_b.up.sql", "start transaction; SELECT 1; end"),
                ("3_c.up.sql", "SELECT 1;"),
            ]),
            Ok(Some(Layout::GolangMigrate))
        );
        for texts in [
            &[("1_a.up.sql", wrapped), ("2_b.up.sql", "SELECT 1;")][..],
            &[("1_a.sql", wrapped)],
            &[
                ("1_a.up.sql", wrapped),
                ("2_b.up.sql", "-- no-transaction\nBEGIN; COMMIT;"),
            ],
        ] {
            assert_eq!(of(texts), Ok(Some(Layout::Sqlx)), "{texts:?}");
        }
    }

    #[test]
    fn files_of_two_runners_are_refused() {
        for (first, second) in [
            (("1_a.sql", ""), ("V2__b.sql", "")),
            (("1_a.sql", ""), ("2_b/up.sql", "")),
            (("1_a.sql", "-- +goose Up\n"), ("2_b.sql", "SELECT 1;")),
        ] {
            let error = detect("m", &files(&[first, second])).expect_err("they differ");
            let SetError::Mixed { paths, .. } = error else {
                panic!("{error:?}")
            };
            assert_eq!(paths, [format!("m/{}", first.0), format!("m/{}", second.0)]);
        }
    }
}
