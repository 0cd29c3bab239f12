//! What is counted, without a lock, and how the metrics hear of it.

use std::sync::atomic::{AtomicU64, Ordering};

use telemetry::{BusCount, Metrics};

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident = $metric:ident;)*) => {
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

            /// Tells the metrics what was counted since `told`, which is brought up to date.
            pub fn tell(&self, metrics: &Metrics, told: &mut Totals) {
                let now = self.totals();
                $(metrics.bus_counted(BusCount::$metric, now.$name.saturating_sub(told.$name));)*
                *told = now;
            }
        }
    };
}

counts! {
    /// Messages that may be lost, told to the server.
    told = Told;
    /// Messages that may be lost and did not reach the server.
    lost = Lost;
    /// Durable messages appended.
    appended = Appended;
    /// Durable messages that were taken from the journal, and not from the queue.
    from_journal = FromJournal;
    /// Durable messages that were refused when they were said, and waited in the journal.
    refused = Refused;
    /// Messages read from streams.
    read = Read;
    /// Messages heard on channels.
    heard = Heard;
    /// Messages that came again and were left out.
    repeats = Repeats;
    /// Gaps in what may be lost.
    gaps = Gaps;
    /// Alarms.
    alarms = Alarms;
    /// Lines that broke, or could not be made.
    broken = Broken;
    /// Streams that were written anew from the journal.
    rewritten = Rewritten;
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

#[cfg(test)]
mod tests {
    use contracts::Ts;
    use telemetry::{Build, Env, Gate, Known};

    use super::*;

    #[test]
    fn counts_tell_the_metrics_what_is_new() {
        let (version, mode) = ("1".to_owned(), "paper".to_owned());
        let build = Build { version, env: Env::Dev, mode, started: Ts::ZERO };
        let metrics = Metrics::new(Gate::On, Known::default(), &build).unwrap();
        let (counts, mut told) = (Counts::default(), Totals::default());
        counts.gaps.add(2);
        counts.tell(&metrics, &mut told);
        counts.tell(&metrics, &mut told);
        counts.gaps.add(1);
        counts.tell(&metrics, &mut told);
        let text = metrics.text(&telemetry::Secrets::default()).unwrap();
        assert!(text.contains("njord_bus_total{what=\"gaps\"} 3"), "{text}");
        assert_eq!(told, counts.totals());
    }
}
