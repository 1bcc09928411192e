//! Settings for the providers that work on this machine.

use rehearsal::{
    Server,
    provider::{ProviderKind, ProviderSettings, Quiet, probe},
};
#[cfg(unix)]
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Whether tests that take minutes run on every major that is here, and not on one or two.
pub(crate) fn every_major() -> bool {
    let wanted = std::env::var_os("REHEARSAL_EVERY_MAJOR").is_some();
    if !wanted {
        eprintln!("on few majors, to save minutes; REHEARSAL_EVERY_MAJOR=1 takes all");
    }
    wanted
}

/// One test a provider and major, so that they run at once: `function` gets the kind, and the major or none for the first
/// that is here.
macro_rules! on_each {
    ($function:ident: $($name:ident $kind:ident $major:expr),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $name() -> anyhow::Result<()> {
                $function(ProviderKind::$kind, $major).await
            }
        )+
    };
}
pub(crate) use on_each;

/// A server of the major, or of the first that `kind` has here; `None`, said aloud, when it has none, or when the major is
/// none of the `few` that a long test takes unless every one is wanted.
pub(crate) async fn server_of(
    kind: ProviderKind,
    major: Option<u16>,
    few: &[u16],
) -> anyhow::Result<Option<Server>> {
    if major.is_some_and(|major| !few.contains(&major)) && !every_major() {
        return Ok(None);
    }
    let mut all = all_settings(kind).await.iter();
    match all.find(|one| major.is_none_or(|major| one.major == major)) {
        Some(settings) => Ok(Some(Server::start(settings, &Quiet).await?)),
        None => {
            eprintln!("skipped: {kind} has no Postgres {major:?} here");
            Ok(None)
        }
    }
}

/// The majors that are tried, the default first.
const MAJORS: [u16; 6] = [17, 18, 16, 15, 14, 13];

/// Settings for the first major that `kind` has here; `None`, said aloud, when it has none.
#[cfg(unix)]
pub(crate) async fn settings(kind: ProviderKind) -> Option<ProviderSettings> {
    all_settings(kind).await.first().cloned()
}

/// The same with a cache folder of the test's own, which goes when it is dropped.
#[cfg(unix)]
pub(crate) async fn settings_apart(kind: ProviderKind) -> Option<(ProviderSettings, TempDir)> {
    let settings = settings(kind).await?;
    let cache = tempfile::tempdir().unwrap();
    let settings = ProviderSettings {
        cache_dir: cache.path().into(),
        ..settings
    };
    Some((settings, cache))
}

/// Settings for every major that `kind` has here; none, said aloud, when it has none.
pub(crate) async fn all_settings(kind: ProviderKind) -> &'static [ProviderSettings] {
    static LOCAL: OnceCell<Vec<ProviderSettings>> = OnceCell::const_new();
    static CONTAINER: OnceCell<Vec<ProviderSettings>> = OnceCell::const_new();
    static DOWNLOAD: OnceCell<Vec<ProviderSettings>> = OnceCell::const_new();
    let found = match kind {
        ProviderKind::Local => &LOCAL,
        ProviderKind::Container => &CONTAINER,
        ProviderKind::Download => &DOWNLOAD,
        ProviderKind::Server => unreachable!("a test names its server itself"),
    };
    found.get_or_init(|| find(kind)).await
}

/// A server by the first way that is open here; `None`, said aloud, when none is.
#[cfg(unix)]
pub(crate) async fn any_server() -> Option<Server> {
    for kind in [
        ProviderKind::Local,
        ProviderKind::Container,
        ProviderKind::Download,
    ] {
        if let Some(settings) = settings(kind).await {
            return Some(Server::start(&settings, &Quiet).await.unwrap());
        }
    }
    None
}

async fn find(kind: ProviderKind) -> Vec<ProviderSettings> {
    let environment = ProviderSettings::from_env().unwrap();
    let (mut found, mut reasons) = (Vec::new(), Vec::new());
    for major in MAJORS {
        let settings = ProviderSettings {
            kind: Some(kind),
            major,
            offline: true,
            ..environment.clone()
        };
        let probe = probe(kind, &settings, &Quiet).await;
        match (probe.found, probe.started) {
            (Ok(_), Some(Ok(_))) => found.push(settings),
            (Ok(_), Some(Err(error))) => {
                panic!("{kind} has {major} and does not start it: {error}")
            }
            (Ok(facts), None) => reasons.push(facts.join("; ")),
            (Err(error), _) => reasons.push(error),
        }
    }
    if found.is_empty() {
        eprintln!("skipped: {kind}: {}", reasons[0]);
    }
    found
}
