//! The word that ends threads which otherwise wait.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Said once, heard by everybody who holds a copy.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<(Mutex<bool>, Condvar)>);

impl Stop {
    /// Says it.
    pub fn say(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    /// Whether it was said.
    pub fn is_said(&self) -> bool {
        self.wait(Duration::ZERO)
    }

    /// Waits for it, at most so long; whether it was said.
    pub fn wait(&self, at_most: Duration) -> bool {
        let said = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.0.1.wait_timeout_while(said, at_most, |said| !*said);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
