//! `cargo xtask rules`: every rule with its level in this project.

use std::fmt::Write as _;

use rehearsal_lints::rules::RULES;

use crate::{
    Outcome,
    cli::{Format, Options},
    output,
    project::Project,
};

/// Lists the rules by group.
///
/// # Errors
/// When the settings are wrong.
pub(crate) fn run(options: &Options) -> anyhow::Result<Outcome> {
    let settings = Project::open(options)?.settings;
    if options.format == Format::Json {
        let rules: Vec<_> = RULES
            .iter()
            .map(|rule| {
                serde_json::json!({
                    "name": rule.name,
                    "group": rule.group.to_string(),
                    "level": settings.level(rule).to_string(),
                    "default_level": rule.level.to_string(),
                    "fix": rule.fix.to_string(),
                    "summary": rule.summary,
                    "since": rule.since,
                })
            })
            .collect();
        output::print(&format!("{:#}\n", serde_json::Value::from(rules)))?;
        return Ok(Outcome::Clean);
    }
    let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut group = None;
    for rule in RULES {
        if group != Some(rule.group) {
            if group.is_some() {
                text.push('\n');
            }
            let _ = writeln!(text, "{}", rule.group);
            group = Some(rule.group);
        }
        let level = settings.level(rule);
        let _ = writeln!(text, "  {:width$}  {level:7}  {}", rule.name, rule.summary);
    }
    output::print(&text)?;
    Ok(Outcome::Clean)
}
