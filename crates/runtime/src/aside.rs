//! Work that is done aside, on a thread of its own with a name that tools show.

use std::io;
use std::thread::{self, JoinHandle};

/// Begins it.
pub fn aside(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(work)
}
