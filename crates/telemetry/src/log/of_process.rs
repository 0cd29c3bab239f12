//! The log of a whole process: while somebody holds it, each panic is said there, and so is what libraries say
//! through `tracing`. When it ends, panics are printed as ever, until the next one begins.

use std::panic;
use std::sync::{Once, OnceLock, PoisonError, RwLock};

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::{Registry, registry};

use super::Log;
use super::bridge::Bridge;

/// A process has one, and a panic may come on any of its threads.
static LOG: RwLock<Option<Log>> = RwLock::new(None);
static HOOK: Once = Once::new();
/// Nothing where somebody else hears what libraries say.
static LIBRARIES: OnceLock<Option<Handle<Option<Bridge>, Registry>>> = OnceLock::new();

/// The log is that of its process as long as this lives.
#[derive(Debug)]
#[must_use = "the log is that of its process as long as this lives"]
pub struct OfProcess(());

impl OfProcess {
    pub(super) fn begin(log: &Log) -> Self {
        set(Some(log));
        HOOK.call_once(|| {
            let print = panic::take_hook();
            panic::set_hook(Box::new(move |info| match current() {
                Some(log) => log.say_panic(info),
                None => print(info),
            }));
        });
        Self(())
    }
}

impl Drop for OfProcess {
    fn drop(&mut self) {
        set(None);
    }
}

fn current() -> Option<Log> {
    LOG.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn set(log: Option<&Log>) {
    *LOG.write().unwrap_or_else(PoisonError::into_inner) = log.cloned();
    let libraries = LIBRARIES.get_or_init(|| {
        let (layer, handle) = reload::Layer::new(None);
        let is_ours = tracing::subscriber::set_global_default(registry().with(layer)).is_ok();
        is_ours.then_some(handle)
    });
    if let Some(libraries) = libraries {
        // It fails only where the subscriber is gone, and a global one never is.
        let _ = libraries.reload(log.map(|log| Bridge(log.shared.clone())));
    }
}
