//! The provider `download`. No test downloads: what is in the cache is run, if it is there.

use rehearsal::provider::{ProviderKind, ProviderSettings, Quiet};
use rehearsal::server::Server;

async fn refusal(major: u16) -> String {
    let cache = tempfile::tempdir().unwrap();
    let settings = ProviderSettings {
        kind: Some(ProviderKind::Download),
        major,
        offline: true,
        cache_dir: cache.path().into(),
        ..ProviderSettings::from_env().unwrap()
    };
    let error = Server::start(&settings, &Quiet).await.unwrap_err();
    assert!(
        !cache.path().join("builds").exists(),
        "nothing is even begun"
    );
    format!("{error:#}")
}

#[tokio::test]
async fn offline_forbids_it() {
    let error = refusal(17).await;
    assert!(
        error.contains("downloading is forbidden (offline)"),
        "{error}"
    );
}

#[tokio::test]
async fn oldest_major_is_not_among_the_builds() {
    let error = refusal(13).await;
    assert!(
        error.ends_with("Postgres 13 is not available as a download; 14, 15, 16, 17, 18 are"),
        "{error}"
    );
}
