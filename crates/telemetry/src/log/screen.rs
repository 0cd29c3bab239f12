//! The terminal, on a lane and thread of its own: whoever stops it with a key stops nothing else.

use std::io::{ErrorKind, Write};
use std::sync::Arc;
use std::time::Duration;

use super::lane::Lane;
use crate::metrics::{LossReason, Metrics};

/// How many chunks may wait for the terminal.
pub(super) const BOUND: usize = 256;

/// Writes to the terminal; to be run on a thread of its own.
pub struct Screen {
    pub(super) lane: Arc<Lane<String>>,
    pub(super) out: Box<dyn Write + Send>,
    pub(super) metrics: Metrics,
}

impl Screen {
    /// Writes until the log is closed and everything is told, or until nobody reads any more.
    pub fn run(mut self) {
        loop {
            self.drain();
            if self.lane.is_closed() {
                return self.drain();
            }
            self.lane.sleep(Duration::from_mins(1));
        }
    }

    /// Writes what waits.
    pub fn drain(&mut self) {
        while let Some(chunk) = self.lane.take() {
            if let Err(error) = self.out.write_all(chunk.as_bytes()).and_then(|()| self.out.flush())
            {
                self.metrics.log_lost(chunk.lines().count() as u64, LossReason::Terminal);
                if error.kind() == ErrorKind::BrokenPipe {
                    self.lane.close(); // nobody will ever read again
                }
            }
            self.lane.finish(1);
        }
    }
}
