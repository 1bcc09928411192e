//! Says what each provider finds on this machine, and how long it takes to the first query.

use rehearsal::provider::{ProviderSettings, Quiet, doctor};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    for probe in doctor(&ProviderSettings::from_env()?, &Quiet).await {
        println!("{}", probe.kind);
        match probe.found {
            Ok(facts) => facts.iter().for_each(|fact| println!("  {fact}")),
            Err(reason) => println!("  no: {reason}"),
        }
        match probe.started {
            Some(Ok(started)) => println!(
                "  started {} from {}, first query after {:.0?}",
                started.version, started.origin, started.first_query
            ),
            Some(Err(reason)) => println!("  did not start: {reason}"),
            None => {}
        }
    }
    Ok(())
}
