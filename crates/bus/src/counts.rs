//! What is counted, without a lock.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        /// Counters of one process, shared by those who speak, read and listen.
        #[derive(Debug, Default)]
        pub struct Counts { $(pub(crate) $name: Count,)* }

        /// What they stand at.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Totals { $($(#[$doc])* pub $name: u64,)* }

        impl Counts {
            /// What they stand at.
            pub fn totals(&self) -> Totals {
                Totals { $($name: self.$name.get(),)* }
            }
        }
    };
}

counts! {
    /// Messages that may be lost, told to the server.
    told;
    /// Messages that may be lost and did not reach the server.
    lost;
    /// Durable messages appended.
    appended;
    /// Durable messages that were taken from the journal, and not from the queue.
    from_journal;
    /// Durable messages that were refused when they were said, and waited in the journal.
    refused;
    /// Messages read from streams.
    read;
    /// Messages heard on channels.
    heard;
    /// Messages that came again and were left out.
    repeats;
    /// Gaps in what may be lost.
    gaps;
    /// Alarms.
    alarms;
    /// Lines that broke, or could not be made.
    broken;
    /// Streams that were written anew from the journal.
    rewritten;
}

/// A counter.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: usize) {
        self.0.fetch_add(more as u64, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
