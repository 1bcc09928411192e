//! What may move out of a migration into one of its own, and where that comes to lie.

use crate::{
    action::{Action, AlterClause, ConstraintKind, ObjectKind, SetParameter, Transaction},
    fix::{Edit, NewFile, edit},
    layout::{Layout, is_marker, sqlx::NO_TRANSACTION, version},
    migration::Migration,
    rule::Context,
    source::Span,
    step::Step,
};

/// How much is looked through, at most, for what may need a statement that is to move, and for a free number: more would take
/// too long, done for each of many statements.
const MOST_STEPS: usize = 200;

/// A migration to add.
pub(crate) struct Draft {
    /// The words of its name.
    pub name: String,
    /// The way up.
    pub up: String,
    /// The way down, for a set whose migrations have one.
    pub down: String,
}

/// What a step is about that is to run later than it stands.
pub(crate) struct Subject<'a> {
    /// The table.
    pub table: &'a str,
    /// The index or constraint.
    pub name: &'a str,
    /// Others may rely on it: a key.
    pub unique: bool,
    /// It may be there in place of another index of its table: queries have neither, where that one is dropped first.
    pub replaces: bool,
}

/// A statement with its comments, cut out of its file.
pub(crate) struct Cutting {
    /// What is cut out.
    pub span: Span,
    /// The text, changed as wished, ending in a line break.
    pub text: String,
}

/// Where files come to lie.
pub(crate) struct Placed {
    /// The files.
    pub files: Vec<NewFile>,
    /// No other migration runs between the current one and them.
    pub next: bool,
}

/// The files of migrations that run behind the current one, as soon as there are numbers for them. None where nobody knows how
/// they would be named, or where something that runs before them may need the subject.
pub(crate) fn after(
    context: &Context<'_>,
    subject: &Subject<'_>,
    drafts: Vec<Draft>,
) -> Option<Placed> {
    let own = context.migration;
    if own.steps.len() > MOST_STEPS {
        return None;
    }
    let mut last = own.version;
    let mut versions = Vec::new();
    let mut taken = 0;
    while versions.len() < drafts.len() {
        last = version::after(last)?;
        if is_free(context, last) {
            versions.push(last);
        } else {
            taken += 1;
        }
        if taken > MOST_STEPS {
            return None;
        }
    }
    let all = context.set.as_slice();
    let passed = all.partition_point(|migration| migration.version <= own.version)
        ..all.partition_point(|migration| migration.version < last);
    let passed = &all[passed];
    let between = passed
        .iter()
        .flat_map(|migration| migration.steps.iter().map(move |step| (migration, step)));
    let later = context.later_steps().iter().map(|step| (own, step));
    let many = passed
        .iter()
        .map(|migration| migration.steps.len())
        .sum::<usize>();
    if own.steps.len() + many > MOST_STEPS
        || names_depend(own)
        || later
            .chain(between)
            .any(|(of, step)| disturbs(of, step, subject))
        || subject.replaces
            && passed
                .iter()
                .chain([own])
                .flat_map(|migration| &migration.steps)
                .any(|step| drops_neighbour(context, step, subject))
    {
        return None;
    }
    Some(Placed {
        files: files(context, versions, drafts)?,
        next: passed.is_empty(),
    })
}

/// The file of a migration that runs right before the current one. None where there is no number left for it.
pub(crate) fn before(context: &Context<'_>, draft: Draft) -> Option<Vec<NewFile>> {
    let own = context.migration;
    let version = version::before(own.version)?;
    let all = context.set.as_slice();
    let earlier = all.partition_point(|migration| migration.version < own.version);
    let previous = all[..earlier].last().map(|migration| migration.version);
    let floor = previous.max(context.settings.baseline);
    // Zero and less are no versions that anybody counts from.
    let room = version > floor.unwrap_or_default() && is_free(context, version);
    if !room || names_depend(own) {
        return None;
    }
    files(context, vec![version], vec![draft])
}

/// Whether no file has the version, be it one that the runner passes over.
fn is_free(context: &Context<'_>, version: i64) -> bool {
    let number = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        name.split_once('_')?.0.parse::<i64>().ok()
    };
    let set = context.set;
    let taken = set
        .as_slice()
        .binary_search_by_key(&version, |migration| migration.version);
    taken.is_err()
        && set
            .ignored
            .iter()
            .all(|file| number(&file.path) != Some(version))
}

/// Whether the migration sets what unqualified names mean, which another one would not know.
fn names_depend(migration: &Migration) -> bool {
    migration.steps.iter().any(|step| {
        matches!(&step.action, Action::Set(SetParameter { name, .. })
            if matches!(name.as_str(), "search_path" | "role" | "session_authorization"))
    })
}

/// Names the files as that of the current migration is named, and has them say what their runner must be told.
fn files(context: &Context<'_>, versions: Vec<i64>, drafts: Vec<Draft>) -> Option<Vec<NewFile>> {
    let asks = match context.set.layout {
        Some(Layout::Sqlx) => true,
        // It sends each file without a transaction of its own.
        Some(Layout::GolangMigrate) => false,
        _ => return None,
    };
    let said = |text: String| match text.strip_prefix(NO_TRANSACTION) {
        Some(rest) if !asks => rest.trim_start().to_owned(),
        _ => text,
    };
    let path = &context.migration.up.path;
    let slash = path.rfind('/').map_or(0, |slash| slash + 1);
    let (folder, name) = path.split_at(slash);
    let width = name.split_once('_')?.0.len();
    let reversible = context.set.iter().any(|migration| migration.down.is_some());
    let ending = if name.ends_with(".up.sql") {
        ".up.sql"
    } else {
        ".sql"
    };
    let mut files = Vec::new();
    for (version, draft) in versions.into_iter().zip(drafts) {
        let stem = format!("{folder}{version:0width$}_{}", words(&draft.name));
        let mut add = |ending: &str, text: String| {
            let path = format!("{stem}{ending}");
            let text = said(text);
            files.push(NewFile { path, text });
        };
        if reversible {
            add(".up.sql", draft.up);
            add(".down.sql", draft.down);
        } else {
            add(ending, draft.up);
        }
    }
    Some(files)
}

/// A name as a file name has it.
fn words(name: &str) -> String {
    let plain = |c: char| match c {
        _ if c.is_ascii_alphanumeric() => c.to_ascii_lowercase(),
        _ => '_',
    };
    let words: String = name.chars().map(plain).collect();
    let words: Vec<&str> = words.split('_').filter(|word| !word.is_empty()).collect();
    let mut words = words.join("_");
    words.truncate(100);
    words
}

/// Whether the subject may not wait until the step has run: it names the subject, does more to its table than to add to it,
/// or nobody knows what it does.
fn disturbs(migration: &Migration, step: &Step, subject: &Subject<'_>) -> bool {
    match &step.action {
        Action::Unknown { .. }
        | Action::DynamicSql
        | Action::Placeholder
        | Action::PsqlCommand
        | Action::Other {
            keywords: "CALL" | "EXECUTE",
        } => return true,
        // Behind the file, its own transaction is over.
        Action::Transaction(Transaction::Begin | Transaction::Commit) => return false,
        Action::Transaction(_) => return true,
        _ => {}
    }
    let Some(statement) = migration.statements.get(step.statement) else {
        return true;
    };
    let text = migration.up.slice(statement.span);
    mentions(text, subject.name) || mentions(text, subject.table) && !is_harmless(step, subject)
}

/// Whether a step drops another index that is of the subject's table, as far as anybody knows.
fn drops_neighbour(context: &Context<'_>, step: &Step, subject: &Subject<'_>) -> bool {
    let Action::DropObject(drop) = &step.action else {
        return false;
    };
    let table = context.catalog.index(&drop.name).map(|index| &index.table);
    drop.kind == ObjectKind::Index
        && drop.name.name() != subject.name
        && table.is_none_or(|table| table.name == subject.table)
}

/// Whether what a step does to the subject's table is the same before and after the subject is there.
fn is_harmless(step: &Step, subject: &Subject<'_>) -> bool {
    match &step.action {
        Action::CreateIndex(_) | Action::Grant(_) => true,
        Action::Comment { kind, .. } => *kind != Some(ObjectKind::Index),
        Action::Insert(_) | Action::Update(_) | Action::Delete(_) => !subject.unique,
        Action::CreateObject(create) => matches!(
            create.kind,
            ObjectKind::Trigger
                | ObjectKind::Policy
                | ObjectKind::View
                | ObjectKind::Function
                | ObjectKind::Procedure
                | ObjectKind::Statistics
        ),
        Action::DropObject(drop) => matches!(
            drop.kind,
            ObjectKind::Index | ObjectKind::Trigger | ObjectKind::Policy
        ),
        Action::AlterTable(alter) => match &alter.clause {
            AlterClause::AddColumn { .. }
            | AlterClause::SetDefault { .. }
            | AlterClause::DropDefault(_)
            | AlterClause::SetNotNull(_)
            | AlterClause::DropNotNull(_)
            | AlterClause::ValidateConstraint(_)
            | AlterClause::RowSecurity(_) => true,
            // Another constraint: the subject is not named.
            AlterClause::DropConstraint { cascade, .. } => !cascade,
            AlterClause::AddConstraint(constraint) => match &constraint.kind {
                ConstraintKind::Check(_) | ConstraintKind::NotNull(_) => true,
                ConstraintKind::ForeignKey { .. } => !subject.unique,
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// Whether a name stands in a text, in whichever case, as a word of its own.
pub(crate) fn mentions(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(&name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + name.len()..].chars().next();
        !before.is_some_and(part) && !behind.is_some_and(part)
    })
}

/// Cuts out the statement of a step, with the comments that stand right above it and behind it. None where it does more than
/// the step, or where a comment there speaks to this tool about this file.
pub(crate) fn cut(context: &Context<'_>, step: &Step, changes: &[Edit]) -> Option<Cutting> {
    let migration = context.migration;
    if !is_whole(context, step) {
        return None;
    }
    let text = migration.up.text();
    let statement = context.statement(step).span;
    let start = with_comments(migration, statement.start);
    let semicolon = with_semicolon(text, statement).end;
    let line_end = text[semicolon..]
        .find('\n')
        .map_or(text.len(), |at| semicolon + at);
    let behind = migration
        .comments
        .partition_point(|comment| comment.span.start < semicolon);
    let trailing = migration.comments.get(behind).filter(|comment| {
        let between = text.get(semicolon..comment.span.start);
        comment.span.start < line_end && between.is_some_and(|between| between.trim().is_empty())
    });
    let end = trailing.map_or(semicolon, |comment| comment.span.end);
    if text[start..end].contains("rehearsal:") {
        return None;
    }
    let mut changes: Vec<Edit> = changes.to_vec();
    if semicolon == statement.end {
        changes.push(Edit {
            file: None,
            span: Span::at(statement.end),
            text: ";".to_owned(),
        });
    }
    for change in &mut changes {
        change.span = Span::new(change.span.start - start, change.span.end - start);
    }
    Some(Cutting {
        span: with_blank_lines(text, Span::new(start, end)),
        text: edit(&text[start..end], &changes).replace("\r\n", "\n") + "\n",
    })
}

/// Whether the step is all that its statement does.
pub(crate) fn is_whole(context: &Context<'_>, step: &Step) -> bool {
    let neighbours = [context.index.wrapping_sub(1), context.index + 1];
    let mut others = neighbours
        .iter()
        .filter_map(|&index| context.migration.steps.get(index));
    others.all(|other| other.statement != step.statement) && !context.in_do_block(step)
}

/// Where the comments right above a statement begin: what they say is about it. One that a blank line sets apart is about
/// the file, and the line that asks for no transaction stays the first.
pub(crate) fn with_comments(migration: &Migration, start: usize) -> usize {
    let text = migration.up.text();
    let above = migration
        .comments
        .partition_point(|comment| comment.span.start < start);
    let mut start = start;
    for comment in migration.comments[..above].iter().rev() {
        let directive = comment.span.start == 0 && text.starts_with(NO_TRANSACTION);
        let attached = text
            .get(comment.span.end..start)
            .is_some_and(|between| between.trim().is_empty() && between.matches('\n').count() < 2);
        let line = text[..comment.span.start]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let own_line = text[line..comment.span.start].trim_matches(['\u{feff}', ' ', '\t']);
        if !attached || directive || is_marker(comment) || !own_line.is_empty() {
            break;
        }
        start = comment.span.start;
    }
    start
}

/// A statement with the semicolon behind it, where there is one.
pub(crate) fn with_semicolon(text: &str, span: Span) -> Span {
    let rest = &text[span.end..];
    let blank = rest.len() - rest.trim_start().len();
    match rest[blank..].starts_with(';') {
        true => Span::new(span.start, span.end + blank + 1),
        false => span,
    }
}

/// A piece of a text with the rest of its lines, and with so many of the blank lines around it that none is doubled.
pub(crate) fn with_blank_lines(text: &str, span: Span) -> Span {
    let before = &text[..span.start];
    let indent = before.trim_end_matches([' ', '\t']);
    if !(indent.is_empty() || indent.ends_with('\n')) {
        return span;
    }
    let behind = &text[span.end..];
    let blanks = |text: &str| text.len() - text.trim_start_matches([' ', '\t', '\r']).len();
    let rest = blanks(behind);
    if behind[rest..].trim().is_empty() {
        // The last of the file: blank lines before it go, too.
        let kept = indent.trim_end().len();
        let kept = text[kept..].find('\n').map_or(kept, |at| kept + at + 1);
        return Span::new(kept.min(span.start), text.len());
    }
    if !behind[rest..].starts_with('\n') {
        return span;
    }
    let mut end = span.end + rest + 1;
    let alone = indent.is_empty() || indent.ends_with("\n\n") || indent.ends_with("\n\r\n");
    let next = blanks(&text[end..]);
    if alone && text[end + next..].starts_with('\n') {
        end += next + 1;
    }
    Span::new(indent.len(), end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_file_names() {
        assert_eq!(words("create Über-Index__1"), "create_ber_index_1");
    }

    #[test]
    fn a_word_is_not_a_part_of_one() {
        assert!(mentions("ON \"T\" (a)", "t"));
        assert!(!mentions("ON t_1 (at)", "t"));
    }

    #[track_caller]
    fn left(text: &str, piece: &str, expected: &str) {
        let start = text.find(piece).expect("the piece is there");
        let span = with_blank_lines(text, Span::new(start, start + piece.len()));
        let left = format!("{}{}", &text[..span.start], &text[span.end..]);
        assert_eq!(left, expected);
    }

    #[test]
    fn blank_lines_do_not_add_up() {
        left("a;\n\nb;\n\nc;\n", "b;", "a;\n\nc;\n");
        left("a;\nb;\nc;\n", "b;", "a;\nc;\n");
        left("a;\r\n\r\n  b;\r\n\r\nc;", "b;", "a;\r\n\r\nc;");
        left("b;\n\nc;\n", "b;", "c;\n");
        left("a;\n\nb;\n", "b;", "a;\n");
        left("a;\n\nb;", "b;", "a;\n");
        left("a; b; c;\n", "b;", "a;  c;\n");
    }
}
