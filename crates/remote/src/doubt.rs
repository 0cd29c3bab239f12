//! Whether this process hears everything it has to hear; as those see it who bring markets.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the reader of streams knows of its way; as many copies as there are users.
#[derive(Clone)]
pub(super) struct Doubt(Arc<AtomicBool>);

impl Default for Doubt {
    /// Nobody has read anything yet, so others may have said what is not known here.
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}

impl Doubt {
    /// The way is gone, or back.
    pub(super) fn is_away(&self, away: bool) {
        self.0.store(away, Ordering::Release);
    }

    /// Whether it is gone.
    pub(super) fn holds(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
