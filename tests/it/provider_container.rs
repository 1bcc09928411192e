//! The provider `container`.

use rehearsal::provider::{ProviderKind, ProviderSettings, Quiet};
use rehearsal::server::Server;

use crate::support::settings;

#[tokio::test]
async fn absent_image_that_may_not_be_pulled_is_named_with_the_ways_out() {
    let Some(settings) = settings(ProviderKind::Container).await else {
        return;
    };
    let image = Some("rehearsal.invalid/postgres:99".to_owned());
    let settings = ProviderSettings { image, ..settings };
    let error = format!("{:#}", Server::start(&settings, &Quiet).await.unwrap_err());
    assert!(
        error.contains("does not have the image rehearsal.invalid/postgres:99"),
        "{error}"
    );
    assert!(
        error.contains("`docker pull rehearsal.invalid/postgres:99`"),
        "{error}"
    );

    let settings = ProviderSettings {
        offline: false,
        ..settings
    };
    let error = format!("{:#}", Server::start(&settings, &Quiet).await.unwrap_err());
    assert!(error.contains("cannot pull it"), "{error}");
    // Whatever the engine said about it is there.
    assert!(error.contains("rehearsal.invalid"), "{error}");
    assert!(
        error.contains("another provider, such as `local`"),
        "{error}"
    );
}

#[tokio::test]
async fn image_without_a_tag_is_refused() {
    let settings = ProviderSettings {
        kind: Some(ProviderKind::Container),
        image: Some("postgres".to_owned()),
        ..ProviderSettings::default()
    };
    let error = format!("{:#}", Server::start(&settings, &Quiet).await.unwrap_err());
    assert!(
        error.ends_with("the image `postgres` has no tag: write one, such as `postgres:17`"),
        "{error}"
    );
}
