//! `cargo xtask explain RULE`: the rule's page.

use rehearsal_lints::{
    Fixable,
    rules::{self, RULES},
};

use crate::{
    Outcome,
    cli::{ExplainArguments, Options},
    failure::{did_you_mean, failure},
    output,
    project::Project,
};

/// Prints a rule's page.
///
/// # Errors
/// When no rule has that name: says which ones are near.
pub(crate) fn run(options: &Options, arguments: &ExplainArguments) -> anyhow::Result<Outcome> {
    let name = arguments.rule.as_str();
    let Some(rule) = rules::find(name) else {
        let names = RULES.iter().map(|rule| rule.name);
        return Err(failure(
            format!("no rule is called `{name}`"),
            did_you_mean(name, names, "`cargo xtask rules` lists them"),
        ));
    };
    let level = Project::open(options)?.settings.level(rule);
    output::print(&format!(
        "# {}\n\n{} ({}, {level})\n\n{}\n\n{}Allow it in one place, with a reason, on the line above the statement:\n\n    -- rehearsal: allow({}): <reason>\n",
        rule.name,
        rule.summary,
        rule.group,
        rules::page(rule).trim(),
        fixes(rule.fix),
        rule.name
    ))?;
    Ok(Outcome::Clean)
}

/// Whether the tool can settle what the rule finds, and with which command.
fn fixes(fix: Fixable) -> &'static str {
    match fix {
        Fixable::Never => "",
        Fixable::Safely => "Some of it can be fixed, safely:\n\n    cargo xtask lint --fix\n\n",
        Fixable::Unsafely => {
            "Some of it can be fixed; look at what the fix changes:\n\n    cargo xtask lint --diff --unsafe-fixes\n\n"
        }
        Fixable::Both => {
            "Some of it can be fixed, safely or, where that changes what the migration does, when asked:\n\n    \
             cargo xtask lint --fix\n    cargo xtask lint --diff --unsafe-fixes\n\n"
        }
    }
}
