//! What settles a finding: edits of the source and files to add, whether that may be done unseen, and the doing of it.
//! Pure: who calls reads and writes the files.

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::tokenizer::Token;

use crate::{
    finding::Finding,
    source::Span,
    token::{span_of, tokenize},
};

/// The quotes of a `DO` block that a fix puts around a statement.
pub(crate) const BLOCK_QUOTES: &str = "$do$";

/// Whether a fix may be taken without a look at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Safety {
    /// Wherever the migration ran before, it leaves the same schema and rows; it only runs in more places, or makes
    /// others wait less.
    #[default]
    Safe,
    /// It may do something else than before: the reason says what, and why it is offered all the same.
    Unsafe(&'static str),
}

/// One replacement in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file, where it is another one than the finding's.
    pub file: Option<String>,
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// A file that is not there yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewFile {
    /// Its path, spelled as those of its neighbours.
    pub path: String,
    /// Its whole text.
    pub text: String,
    /// The new migration that it is of; none for a file beside one that is there.
    pub migration: Option<NewMigration>,
}

/// Where a migration that is not there yet comes to lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMigration {
    /// Its version, as its files spell it: another migration of that version would be in its way.
    pub version: String,
    /// A number in its set above which it lies.
    pub above: i64,
}

/// A change after which a finding is gone; empty where none is certain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fix {
    /// Whether it may be taken unseen.
    pub safety: Safety,
    /// The replacements: all of them, or none.
    pub edits: Vec<Edit>,
    /// The files to add, in the order in which they run. One that adds files is never [`Safety::Safe`].
    pub files: Vec<NewFile>,
    /// It rests on the rest of the file as it stands: nothing else may be fixed there at the same time.
    pub alone: bool,
}

impl Fix {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty() && self.files.is_empty()
    }

    /// The replacements in the finding's own file.
    pub fn own_edits(&self) -> Vec<&Edit> {
        let edits = self.edits.iter();
        edits.filter(|edit| edit.file.is_none()).collect()
    }

    /// Whether it may be taken unseen.
    pub fn is_safe(&self) -> bool {
        self.safety == Safety::Safe
    }

    /// Whether it is there and may be taken by somebody who accepts `most`: the safe ones alone, or all.
    pub fn is_within(&self, most: Reach) -> bool {
        !self.is_empty() && (self.is_safe() || most == Reach::All)
    }
}

/// Which fixes are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those that may be taken unseen.
    Safe,
    /// The others, too.
    All,
}

/// What fixes make of files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The new texts of changed and of new files, by path.
    pub texts: BTreeMap<String, String>,
    /// How many findings were settled in each file.
    pub settled: BTreeMap<String, usize>,
}

/// Applies the fixes of findings as far as they do not touch each other, each of them whole, in the order given. The others
/// fit when the result is linted again. `text` gives the text of a file, none where there is no such file.
pub fn apply<'a>(
    findings: impl IntoIterator<Item = &'a Finding>,
    text: impl Fn(&str) -> Option<&'a str>,
) -> Applied {
    let mut taken = Taken::default();
    let mut settled = BTreeMap::new();
    for finding in findings {
        if !finding.fix.is_empty() && taken.take(finding, &text) {
            *settled.entry(finding.path.clone()).or_insert(0) += 1;
        }
    }
    let edited = taken.edits.iter().filter_map(|(path, edits)| {
        let text = text(path)?;
        Some(((*path).to_owned(), edit(text, edits.iter().copied())))
    });
    let added = taken
        .files
        .iter()
        .map(|file| (file.path.clone(), file.text.clone()));
    Applied {
        texts: edited.chain(added).collect(),
        settled,
    }
}

/// A text with replacements, which do not touch each other.
pub fn edit<'a>(text: &str, edits: impl IntoIterator<Item = &'a Edit>) -> String {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let mut result = String::with_capacity(text.len() + 256);
    let mut done = 0;
    for edit in edits {
        result.push_str(&text[done..edit.span.start]);
        result.push_str(&edit.text);
        done = edit.span.end;
    }
    result.push_str(&text[done..]);
    result
}

/// SQL with its keywords in lower case, for a statement that writes them so. Quoted names, literals, bodies and comments stay,
/// and so does a word that is not all in upper case: it is a name.
pub(crate) fn in_lower_case(text: &str) -> String {
    // Of a block around a statement, each end is an edit: its quotes have no other half here.
    let halved = text.matches(BLOCK_QUOTES).count() % 2 == 1;
    let code = match halved {
        true => text.replace(BLOCK_QUOTES, &" ".repeat(BLOCK_QUOTES.len())),
        false => text.to_owned(),
    };
    let mut result = text.to_owned();
    for token in tokenize(&code, 0).code {
        let Token::Word(word) = &token.token else {
            continue;
        };
        let is_name = word.quote_style.is_some() || word.value.contains(char::is_lowercase);
        if !is_name {
            let span = span_of(&token);
            result[span.start..span.end].make_ascii_lowercase();
        }
    }
    result
}

/// What the fixes that were taken so far change.
#[derive(Default)]
struct Taken<'a> {
    edits: BTreeMap<&'a str, Vec<&'a Edit>>,
    files: Vec<&'a NewFile>,
    /// The versions of new migrations.
    versions: BTreeSet<&'a str>,
    /// The files that a fix wants for itself.
    closed: BTreeSet<&'a str>,
}

impl<'a> Taken<'a> {
    /// Takes a fix if all of it fits.
    fn take(&mut self, finding: &'a Finding, text: &impl Fn(&str) -> Option<&'a str>) -> bool {
        let Fix {
            edits,
            files,
            alone,
            ..
        } = &finding.fix;
        let own = finding.path.as_str();
        let mut paths: BTreeSet<&str> = edits.iter().map(|edit| path(finding, edit)).collect();
        paths.insert(own);
        let is_closed =
            |path: &&str| self.closed.contains(*path) || *alone && self.edits.contains_key(*path);
        let fits = |(index, edit): (usize, &Edit)| {
            let path = path(finding, edit);
            let others = self.edits.get(path).into_iter().flatten().copied();
            let before = edits[..index]
                .iter()
                .filter(|other| self::path(finding, other) == path);
            text(path).is_some_and(|text| text.get(edit.span.start..edit.span.end).is_some())
                && others.chain(before).all(|other| !touch(edit, other))
        };
        let free = |file: &NewFile| {
            let taken = version(file).is_some_and(|version| self.versions.contains(version));
            text(&file.path).is_none() && !taken
        };
        if paths.iter().any(is_closed)
            || !edits.iter().enumerate().all(fits)
            || !files.iter().all(free)
        {
            return false;
        }
        if *alone {
            self.closed.extend(&paths);
        }
        for edit in edits {
            self.edits
                .entry(path(finding, edit))
                .or_default()
                .push(edit);
        }
        self.versions.extend(files.iter().filter_map(version));
        self.files.extend(files);
        true
    }
}

/// The file that an edit of a finding is about.
pub fn path<'a>(finding: &'a Finding, edit: &'a Edit) -> &'a str {
    edit.file.as_deref().unwrap_or(&finding.path)
}

fn version(file: &NewFile) -> Option<&str> {
    file.migration
        .as_ref()
        .map(|migration| migration.version.as_str())
}

/// Whether the order of two edits would matter.
fn touch(a: &Edit, b: &Edit) -> bool {
    a.span.start <= b.span.end && b.span.start <= a.span.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RULES;

    const TEXT: &str = "abcd e";

    fn finding(edits: &[(usize, usize, &str)]) -> Finding {
        let mut finding = Finding::new(RULES[0], Span::default(), "");
        finding.path = "m/1_a.sql".to_owned();
        for &(start, end, text) in edits {
            finding = finding.replace(Span::new(start, end), text);
        }
        finding
    }

    fn applied(findings: &[Finding]) -> (Vec<(String, String)>, usize) {
        let text = |path: &str| (path == "m/1_a.sql").then_some(TEXT);
        let applied = apply(findings, text);
        let settled = applied.settled.values().sum();
        (applied.texts.into_iter().collect(), settled)
    }

    fn only(text: &str) -> Vec<(String, String)> {
        vec![("m/1_a.sql".to_owned(), text.to_owned())]
    }

    #[test]
    fn only_keywords_go_into_lower_case() {
        assert_eq!(
            in_lower_case(
                "DO $do$ BEGIN -- NO WAY\n SET x = 'IN', \"OR\" IS Not ü; /* IT'S */ END"
            ),
            "do $do$ begin -- NO WAY\n set x = 'IN', \"OR\" is Not ü; /* IT'S */ end"
        );
        assert_eq!(
            in_lower_case("SELECT E'IT\\'S A', $$ IT'S $$, $x$ AS $x$, U&\"A\", B'1' AS ÄRA;"),
            "select E'IT\\'S A', $$ IT'S $$, $x$ AS $x$, U&\"A\", B'1' as Ära;"
        );
        assert_eq!(in_lower_case("; END $do$"), "; end $do$");
    }

    #[test]
    fn a_fix_that_touches_another_waits() {
        let findings = [
            finding(&[(4, 4, " c"), (0, 1, "A")]),
            finding(&[(4, 4, " d"), (2, 2, "x")]),
            finding(&[(6, 6, "!")]),
        ];
        assert_eq!(applied(&findings), (only("Abcd c e!"), 2));
    }

    #[test]
    fn a_fix_that_touches_itself_or_lies_outside_the_text_is_left_out() {
        let findings = [
            finding(&[(1, 2, "x"), (2, 3, "y")]),
            finding(&[(0, 9, "x")]),
        ];
        assert_eq!(applied(&findings), (Vec::new(), 0));
    }

    #[test]
    fn one_that_rests_on_the_whole_file_is_alone_in_it() {
        let mut alone = finding(&[(6, 6, "!")]);
        alone.fix.alone = true;
        let other = finding(&[(0, 1, "A")]);
        assert_eq!(
            applied(&[alone.clone(), other.clone()]),
            (only("abcd e!"), 1)
        );
        assert_eq!(applied(&[other, alone]), (only("Abcd e"), 1));
    }

    #[test]
    fn a_version_is_taken_once() {
        let adding = |(path, version): (&str, &str)| {
            let mut finding = finding(&[]);
            finding.fix.files.push(NewFile {
                path: path.to_owned(),
                migration: Some(NewMigration {
                    version: version.to_owned(),
                    above: 1,
                }),
                ..NewFile::default()
            });
            finding
        };
        let findings = [
            ("m/2_b.up.sql", "2"),
            ("m/2_c.sql", "2"),
            ("m/1_a.sql", "1"),
            ("m/3_d.sql", "3"),
        ]
        .map(adding);
        let (texts, settled) = applied(&findings);
        let paths: Vec<&str> = texts.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!((paths, settled), (vec!["m/2_b.up.sql", "m/3_d.sql"], 2));
    }
}
