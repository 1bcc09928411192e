//! `local` and `download` where there is no Unix: they say so.

use anyhow::bail;

use crate::provider::{Boxed, Found, Progress, Provider, ProviderSettings, Running};

/// Stands in for a provider that needs Unix.
pub(crate) struct UnixOnly;

impl Provider for UnixOnly {
    fn find<'a>(&'a self, _: &'a ProviderSettings) -> Boxed<'a, anyhow::Result<Found>> {
        Box::pin(async { bail!("needs Linux or macOS: use a container, or name a server") })
    }

    fn start<'a>(
        &'a self,
        settings: &'a ProviderSettings,
        _: &'a dyn Progress,
    ) -> Boxed<'a, anyhow::Result<Running>> {
        Box::pin(async {
            self.find(settings).await?;
            bail!("needs Linux or macOS")
        })
    }
}
