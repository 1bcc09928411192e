//! The provider `download`: a PostgreSQL build from a package index.

use anyhow::bail;

use crate::provider::{Boxed, Progress, Provider, ProviderSettings, Running};

/// The provider `download`.
pub(crate) struct Download;

impl Provider for Download {
    fn find<'a>(&'a self, _: &'a ProviderSettings) -> Boxed<'a, anyhow::Result<Vec<String>>> {
        Box::pin(async { bail!("no build for this platform") })
    }

    fn start<'a>(
        &'a self,
        _: &'a ProviderSettings,
        _: &'a dyn Progress,
    ) -> Boxed<'a, anyhow::Result<Running>> {
        Box::pin(async { bail!("no build for this platform") })
    }
}
