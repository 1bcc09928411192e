//! What the rehearsal did with each migration, and who would have waited for it meanwhile.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::text;
use crate::{
    render::count,
    report::{Lock, Report, Timeline},
};

/// One migration: what each act gave, the locks on tables that existed before, and every statement.
pub(super) fn section(report: &Report, timeline: &Timeline) -> Markup {
    let acts = report
        .acts
        .iter()
        .filter(|act| act.migration == timeline.migration);
    let locks: Vec<&Lock> = report
        .locks
        .iter()
        .filter(|lock| lock.migration == timeline.migration)
        .collect();
    html! {
        section.migration {
            h3 { code { (text(&timeline.migration)) } }
            p.acts {
                @for act in acts {
                    span class={ "act " (act.result) } { (words(&act.act)) ": " (words(&act.result)) }
                    " "
                }
            }
            (lanes(timeline, &locks))
            @if !timeline.statements.is_empty() {
                details {
                    summary { (count(timeline.statements.len(), "statement")) }
                    ol.statements {
                        @for ran in &timeline.statements {
                            li {
                                span.line { "line " (ran.line) }
                                " " code { (text(&ran.sql)) }
                                " " span.quiet { (text(&ran.seen)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// One lane for each table that somebody would have waited for, over the statements from left to right.
fn lanes(timeline: &Timeline, locks: &[&Lock]) -> Markup {
    if timeline.statements.is_empty() {
        return html! { p.quiet { "Its statements were not observed one by one." } };
    }
    let mut relations: BTreeMap<&str, Vec<&Lock>> = BTreeMap::new();
    for lock in locks {
        relations.entry(&lock.relation).or_default().push(lock);
    }
    if relations.is_empty() {
        return html! { p.quiet { "Nobody would have waited for it: no lock on a table that was there before." } };
    }
    html! {
        div.lanes role="list" aria-label="Locks on tables that were there before" {
            @for (relation, locks) in relations {
                div.lane role="listitem" {
                    code.relation { (text(relation)) }
                    @for lock in &locks { span class={ "lock " (kind(lock)) } { (label(lock)) } }
                    div.track aria-hidden="true" {
                        @for (place, lock) in locks.iter().enumerate() {
                            (bar(timeline, lock, locks.get(place + 1)))
                        }
                    }
                }
            }
        }
    }
}

/// A lock from the statement that takes it to the next stronger one on the table, or to the end of the transaction.
fn bar(timeline: &Timeline, lock: &Lock, next: Option<&&Lock>) -> Markup {
    let all = timeline.statements.len();
    let begin = all - lock.statements.min(all);
    let end = next.map_or(all, |next| all - next.statements.min(all));
    let percent = |statements: usize| {
        let share = 10_000 * statements / all.max(1);
        format!("{}.{:02}%", share / 100, share % 100)
    };
    let style = format!(
        "left:{};width:{}",
        percent(begin),
        percent(end.saturating_sub(begin))
    );
    html! {
        span class={ "bar " (kind(lock)) } style=(style) {}
    }
}

fn kind(lock: &Lock) -> &'static str {
    if lock.mode.blocks() == "writes" {
        "writes"
    } else {
        "all"
    }
}

fn label(lock: &Lock) -> String {
    format!(
        "{} from line {}: {} wait for {}",
        lock.mode,
        lock.line,
        lock.mode.blocks(),
        count(lock.statements, "statement")
    )
}

/// A name in kebab case as words.
fn words(name: &str) -> String {
    name.replace('-', " ")
}
