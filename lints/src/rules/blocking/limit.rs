//! Where a limit is set that a statement needs, and where it ends.

use crate::{
    Context, Finding, Step, TransactionMode,
    action::{Action, AlterClause, ObjectKind, Transaction},
    fix::Edit,
    layout::is_in_block,
    rules::{
        blocking::lock_timeout_missing::strong_locks,
        transaction::refusal::{needs_no_transaction, refuses_transaction},
    },
    source::Span,
    split::{line_start, with_comments, with_semicolon},
};

/// The finding with the fix that sets the parameter before the step's statement.
pub(super) fn set_before(
    context: &Context<'_>,
    step: &Step,
    finding: Finding,
    parameter: &str,
    value: &str,
) -> Finding {
    if is_undone(context, step) {
        return finding;
    }
    if context.migration.mode == TransactionMode::Autocommit
        && !context.catalog.session.in_transaction
    {
        let limit = Limit {
            context,
            parameter,
            value,
        };
        return match limit.around(step) {
            Some(edits) => with(finding, edits),
            None => finding,
        };
    }
    let Some(place) = place(context, step) else {
        return finding;
    };
    let set = format!("SET LOCAL {parameter} = '{value}';\n");
    finding.insert(place, set + line_start(context.migration.up.text(), place))
}

fn with(mut finding: Finding, edits: Vec<Edit>) -> Finding {
    finding.fix.edits.extend(edits);
    finding
}

/// Whether the block that the step stands in would undo a setting before it comes to the step.
fn is_undone(context: &Context<'_>, step: &Step) -> bool {
    let before = context.migration.steps[..context.index].iter().rev();
    before
        .take_while(|earlier| earlier.statement == step.statement)
        .any(|earlier| matches!(earlier.action, Action::Transaction(_) | Action::Set(_)))
}

/// Where the setting goes: before the first statement, or before the one that waits where something between them begins,
/// ends or sets anew. None where the file must not be given another statement, or is in no transaction at this point.
///
/// The statements of a file that the runner does not wrap share one transaction all the same, as long as the file itself
/// begins and ends none: it is sent as one query.
fn place(context: &Context<'_>, step: &Step) -> Option<usize> {
    let migration = context.migration;
    let bare = migration.mode == TransactionMode::Unwrapped;
    if bare
        && !context.catalog.session.in_transaction
        && migration
            .steps
            .iter()
            .any(|step| needs_no_transaction(step, context.catalog))
    {
        return None;
    }
    let decided = context.outline.first_decision();
    let statement = if decided.is_some_and(|first| first < context.index) {
        context.statement(step)
    } else {
        migration.statements.first()?
    };
    Some(with_comments(migration, statement.span.start))
}

/// A limit for the session, where each statement is a transaction of its own. It would end the waits of a concurrent build,
/// too, which then leaves an invalid index, and those of the migrations behind: it stands around what takes strong locks
/// alone.
struct Limit<'a> {
    context: &'a Context<'a>,
    parameter: &'a str,
    value: &'a str,
}

impl Limit<'_> {
    fn around(&self, step: &Step) -> Option<Vec<Edit>> {
        let context = self.context;
        let session = &context.catalog.session;
        // What was set before would have to be set again.
        let is_set = match self.parameter {
            "lock_timeout" => session.lock_timeout.is_some(),
            _ => session.statement_timeout.is_some(),
        };
        if is_set || self.becomes_concurrent(step) {
            return None;
        }
        let mut edits = vec![self.before(step, self.set())?];
        let mut limited = true;
        for later in context.later_steps() {
            if later.statement == step.statement {
                continue;
            }
            if self.becomes_concurrent(later) {
                return None;
            }
            match &later.action {
                Action::Set(set) if set.name == self.parameter || set.name == "all" => {
                    return Some(edits);
                }
                Action::Transaction(Transaction::Begin) if limited => {
                    edits.push(self.before(later, self.reset())?);
                    return Some(edits);
                }
                Action::Transaction(_) => return Some(edits),
                action if limited && refuses_transaction(action, context.catalog).is_some() => {
                    edits.push(self.before(later, self.reset())?);
                    limited = false;
                }
                _ if !limited && strong_locks(context, later).is_some() => {
                    edits.push(self.before(later, self.set())?);
                    limited = true;
                }
                _ => {}
            }
        }
        if limited {
            edits.push(self.behind()?);
        }
        Some(edits)
    }

    fn set(&self) -> String {
        format!("SET {} = '{}';\n", self.parameter, self.value)
    }

    fn reset(&self) -> String {
        format!("RESET {};\n", self.parameter)
    }

    /// Another rule has it done `CONCURRENTLY`: then it must not be limited.
    fn becomes_concurrent(&self, step: &Step) -> bool {
        let catalog = self.context.catalog;
        match &step.action {
            Action::CreateIndex(create) => {
                !create.concurrently
                    && !create.only
                    && !catalog.is_partitioned(&create.table)
                    && self.context.is_shared(&create.table)
            }
            Action::DropObject(drop) => drop.kind == ObjectKind::Index && !drop.concurrently,
            Action::Reindex { concurrently, .. } => !concurrently,
            Action::AlterTable(alter) => matches!(
                alter.clause,
                AlterClause::DetachPartition {
                    concurrently: false,
                    ..
                }
            ),
            _ => false,
        }
    }

    /// A statement before that of a step. None where that stands in a block that is sent as one.
    fn before(&self, step: &Step, text: String) -> Option<Edit> {
        let migration = self.context.migration;
        let start = self.context.statement(step).span.start;
        if is_in_block(migration, start) {
            return None;
        }
        let place = with_comments(migration, start);
        Some(Edit {
            file: None,
            span: Span::at(place),
            text: text + line_start(migration.up.text(), place),
        })
    }

    /// The end of the limit behind the last statement.
    fn behind(&self) -> Option<Edit> {
        let migration = self.context.migration;
        let text = migration.up.text();
        let last = migration.statements.last()?.span;
        let end = with_semicolon(text, last).end;
        let open = end == last.end;
        let rest = text[end..]
            .split('\n')
            .next()
            .unwrap_or_default()
            .trim_end();
        // A comment behind it stays behind it.
        let comment = rest.trim_start().starts_with("--") && !open;
        if !(rest.is_empty() || comment) {
            return None;
        }
        if is_in_block(migration, last.start) {
            return None;
        }
        let semicolon = if open { ";" } else { "" };
        Some(Edit {
            file: None,
            span: Span::at(end + rest.len()),
            text: format!("{semicolon}\n{}", self.reset().trim_end()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::lock_timeout_missing::LOCK_TIMEOUT_MISSING;
    use crate::{Settings, SourceFile, fix, layout::Layout, lint::lint, test_support};

    /// The way up of a goose file without a transaction, after the fix of its only finding.
    #[track_caller]
    fn fixed(up: &str) -> String {
        let head = "-- +goose NO TRANSACTION\n-- +goose Up\n";
        let foot = "\n-- +goose Down\n";
        let text = format!("{head}{up}{foot}");
        let file = SourceFile::new("m/001_a.sql", text.as_str());
        let set = Layout::Goose.read(vec![file]).expect("goose's names");
        let found = lint(&set, &Settings::default());
        let mut own = found
            .iter()
            .filter(|finding| finding.rule.name == LOCK_TIMEOUT_MISSING.name);
        let finding = own.next().expect("a finding");
        assert!(own.next().is_none());
        let applied = fix::apply([finding], |_| Some(text.as_str()));
        let result = applied.texts.get("m/001_a.sql").unwrap_or(&text);
        let result = result.strip_prefix(head).expect("the head");
        result.strip_suffix(foot).expect("the foot").to_owned()
    }

    #[test]
    fn around_what_takes_a_strong_lock_alone() {
        assert_eq!(
            fixed(
                "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);\n  -- Wide.\n  ALTER TABLE t ADD b int;\nSELECT 1;\nVACUUM t;\nANALYZE t;\nALTER TABLE t ADD c int; -- Narrow."
            ),
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);\n  SET lock_timeout = '5s';\n  -- Wide.\n  ALTER TABLE t ADD b int;\nSELECT 1;\nRESET lock_timeout;\nVACUUM t;\nANALYZE t;\nSET lock_timeout = '5s';\nALTER TABLE t ADD c int; -- Narrow.\nRESET lock_timeout;"
        );
        assert_eq!(
            fixed("ALTER TABLE t ADD b int"),
            "SET lock_timeout = '5s';\nALTER TABLE t ADD b int;\nRESET lock_timeout;"
        );
    }

    #[test]
    fn the_statement_stays_as_far_in() {
        let text = "    ALTER TABLE t ADD b int;\n";
        let found = test_support::found(&LOCK_TIMEOUT_MISSING, text);
        let applied = fix::apply(&found, |_| Some(text));
        let fixed = applied.texts.values().next().expect("a file is fixed");
        assert_eq!(
            fixed,
            "    SET LOCAL lock_timeout = '5s';\n    ALTER TABLE t ADD b int;\n"
        );
    }

    #[test]
    fn not_before_a_block_that_undoes_it() {
        for inside in ["ROLLBACK", "SET lock_timeout = 0"] {
            let text = format!("DO $$ BEGIN\n{inside};\nDROP TABLE IF EXISTS t;\nEND $$;");
            let found = test_support::found(&LOCK_TIMEOUT_MISSING, &text);
            let [finding] = found.as_slice() else {
                panic!("one finding: {found:?}");
            };
            assert!(finding.fix.is_empty(), "{inside}");
            assert_eq!(fixed(&text), text);
        }
    }

    #[test]
    fn in_a_transaction_of_the_file() {
        assert_eq!(
            fixed("VACUUM t;\nBEGIN;\nALTER TABLE t ADD b int;\nCOMMIT;\nVACUUM t;"),
            "VACUUM t;\nBEGIN;\nSET LOCAL lock_timeout = '5s';\nALTER TABLE t ADD b int;\nCOMMIT;\nVACUUM t;"
        );
    }

    #[test]
    fn not_around_what_becomes_concurrent() {
        for up in [
            "CREATE INDEX IF NOT EXISTS i ON t (a);",
            "DROP INDEX IF EXISTS i;",
            "ALTER TABLE t ADD b int;\nCREATE INDEX i ON t (b);",
            "-- +goose StatementBegin\nALTER TABLE t ADD b int;\n-- +goose StatementEnd",
        ] {
            assert_eq!(fixed(up), up);
        }
    }
}
