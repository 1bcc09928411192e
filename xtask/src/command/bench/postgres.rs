//! Each provider to its first query, and `check` of this project on each that works.

use std::time::{Duration, Instant};

use rehearsal::{ProviderKind, ProviderSettings, Server, provider::Quiet, server::ServerVersion};

use crate::{
    command::bench::{ROUNDS, median, memory, milliseconds, this_program, time},
    output,
    project::Project,
    render::clean,
};

/// Prints the figures of each provider.
pub(super) async fn run(project: &Project) -> anyhow::Result<()> {
    for kind in ProviderKind::ALL {
        let mut reasons = Vec::new();
        // Binaries of the machine are seldom of the version that is asked for.
        let majors = std::iter::once(project.provider.major).chain((13..=18).rev());
        for major in majors {
            let settings = ProviderSettings {
                kind: Some(kind),
                major,
                offline: true,
                ..project.provider.clone()
            };
            match first_query(&settings).await {
                Ok((version, time)) => {
                    output::print(&format!(
                        "{kind}: PostgreSQL {version}, first query after {}\n",
                        milliseconds(time)
                    ))?;
                    check(kind, version.major())?;
                    reasons.clear();
                    break;
                }
                Err(error) => reasons.push(error),
            }
        }
        if let Some(reason) = reasons.first() {
            output::print(&format!(
                "{kind}: skipped, {}\n",
                clean(&format!("{reason:#}"))
            ))?;
        }
    }
    Ok(())
}

/// From nothing to the first answer, with the caches filled.
async fn first_query(settings: &ProviderSettings) -> anyhow::Result<(ServerVersion, Duration)> {
    let first = Server::start(settings, &Quiet).await?;
    let version = first.version();
    first.stop().await?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let server = Server::start(settings, &Quiet).await?;
        times.push(begin.elapsed());
        server.stop().await?;
    }
    Ok((version, median(times)))
}

/// Prints how long `check` of this project takes.
fn check(kind: ProviderKind, major: u16) -> anyhow::Result<()> {
    let program = this_program()?;
    let (kind, major) = (kind.to_string(), major.to_string());
    let arguments = ["check", "--provider", &kind, "--pg", &major];
    let times = (0..ROUNDS)
        .map(|_| time(&program, &arguments))
        .collect::<Result<_, _>>()?;
    output::print(&format!(
        "  check of this project: {}, peak memory {}\n",
        milliseconds(median(times)),
        memory::of(&program, &arguments)?
    ))
}
