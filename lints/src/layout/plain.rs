//! Files without a runner, such as standard input: numbered from 1 in the order given, each in a
//! transaction unless its comments say otherwise.

use crate::{
    layout::{
        sections, sqlx,
        version::{leading_number, rising},
    },
    migration::MigrationSet,
    source::SourceFile,
};

/// Makes each file a migration of its own.
pub fn read(files: Vec<SourceFile>) -> MigrationSet {
    let versions: Vec<i64> = (1..).zip(&files).map(|(version, _)| version).collect();
    numbered(files, versions)
}

/// The same in the order of the paths, numbers in them compared as numbers: `v1.9/a.sql` comes before `v1.10/a.sql`. A file's own
/// number is its version where all of them rise.
pub(super) fn read_in_order(mut files: Vec<SourceFile>) -> MigrationSet {
    files.retain(|file| file.path.ends_with(".sql"));
    files.sort_by_cached_key(|file| natural(&file.path));
    let name = |file: &SourceFile| file.path.rsplit('/').next().and_then(leading_number);
    let own: Vec<_> = files.iter().map(name).collect();
    numbered(files, rising(&own))
}

fn numbered(files: Vec<SourceFile>, versions: Vec<i64>) -> MigrationSet {
    let migrations = versions
        .into_iter()
        .zip(files)
        .map(|(version, file)| {
            let mode = sqlx::transaction_mode(&file);
            sections::keep_any_up(version, file, mode)
        })
        .collect();
    MigrationSet::new(migrations, Vec::new()).expect("each number is above the one before")
}

/// A key that sorts texts by their numbers and by what stands between them; the text itself decides between `1` and `01`.
fn natural(path: &str) -> (Vec<(String, u128)>, String) {
    let mut parts = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (words, behind) = rest.split_at(digits);
        let end = behind.find(|c: char| !c.is_ascii_digit());
        let (number, behind) = behind.split_at(end.unwrap_or(behind.len()));
        parts.push((words.to_owned(), number.parse().unwrap_or_default()));
        rest = behind;
    }
    (parts, path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_paths_are_numbers() {
        let shown = |paths: &[&str]| -> Vec<(i64, String)> {
            let files = paths.iter().map(|path| SourceFile::new(*path, ""));
            let set = read_in_order(files.collect());
            let shown = set.iter().map(|one| (one.version, one.up.path.clone()));
            shown.collect()
        };
        let own = |version, path: &str| (version, path.to_owned());
        assert_eq!(
            shown(&["m/0010-b.sql", "m/0009-a.sql", "m/x.txt"]),
            [own(9, "m/0009-a.sql"), own(10, "m/0010-b.sql")]
        );
        assert_eq!(
            shown(&["m/v1.10/a.sql", "m/v1.9/z.sql", "m/v1.9/b.sql"]),
            [
                own(1, "m/v1.9/b.sql"),
                own(2, "m/v1.9/z.sql"),
                own(3, "m/v1.10/a.sql")
            ]
        );
    }
}
