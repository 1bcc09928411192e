//! `cargo xtask doctor`: which ways to a Postgres this machine has, and what the others need.

use std::fmt::Write as _;

use rehearsal::provider::{ProviderProbe, doctor};

use crate::{
    Outcome,
    cli::{Format, Options},
    failure::failure,
    output,
    progress::Progress,
    project::Project,
    render::clean,
};

/// Tries every provider.
///
/// # Errors
/// When none works.
pub(crate) async fn run(options: &Options) -> anyhow::Result<Outcome> {
    let project = Project::open(options)?;
    let progress = Progress::new(options);
    let probes = doctor(&project.provider, &progress).await;
    drop(progress);
    output::print(&match options.format {
        Format::Json => json(&probes),
        _ => text(&probes),
    })?;
    if probes.iter().any(works) {
        return Ok(Outcome::Clean);
    }
    Err(failure(
        format!(
            "no provider works for PostgreSQL {}",
            project.provider.major
        ),
        "install what is named above, or ask for another version with --pg",
    ))
}

fn works(probe: &ProviderProbe) -> bool {
    matches!(probe.started, Some(Ok(_))) || (probe.found.is_ok() && probe.started.is_none())
}

fn text(probes: &[ProviderProbe]) -> String {
    let mut text = String::new();
    for probe in probes {
        let verdict = match (&probe.found, &probe.started) {
            (_, Some(Ok(started))) => format!(
                "works: PostgreSQL {}, first query after {} ms",
                started.version,
                started.first_query.as_millis()
            ),
            (_, Some(Err(_))) => "does not start".to_owned(),
            (Ok(_), None) => "not tried: nothing is there to start yet".to_owned(),
            (Err(_), _) => "closed".to_owned(),
        };
        let _ = writeln!(text, "{:9}  {}", probe.kind.to_string(), clean(&verdict));
        let facts = match &probe.found {
            Ok(facts) => facts.clone(),
            Err(reason) => vec![reason.clone()],
        };
        let error = probe
            .started
            .iter()
            .filter_map(|started| started.as_ref().err());
        for line in facts.iter().chain(error).flat_map(|fact| fact.lines()) {
            let _ = writeln!(text, "           {}", clean(line));
        }
    }
    text
}

fn json(probes: &[ProviderProbe]) -> String {
    let probes: Vec<_> = probes
        .iter()
        .map(|probe| {
            let started = probe.started.as_ref();
            let running = started.and_then(|started| started.as_ref().ok());
            serde_json::json!({
                "provider": probe.kind.to_string(),
                "found": probe.found.as_ref().ok(),
                "error": probe.found.as_ref().err().or(started.and_then(|started| started.as_ref().err())),
                "version": running.map(|running| running.version.to_string()),
                "origin": running.map(|running| &running.origin),
                "first_query_seconds": running.map(|running| running.first_query.as_secs_f64()),
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(probes))
}
