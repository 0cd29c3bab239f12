//! A process at work: the sequencer on this thread, the journal and the carrier on theirs.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use contracts::Envelope;
use journal::{GroupLimits, group};
use kernel::{Sequencer, Tap};
use telemetry::{Clock, Metrics};

use crate::books::Comparing;
use crate::carrier::{Outlet, way};
use crate::doors::Inbox;
use crate::seat::Seat;
use crate::shell::{Audit, Ears, Ended, First, Low, Shell, Telling};
use crate::watch::Pulse;

/// How a process works.
pub struct ProcessConfig {
    /// Tells the time.
    pub clock: Clock,
    /// Where what is said goes.
    pub outlets: Vec<Box<dyn Outlet>>,
    /// Who listens at the sequencer itself, to everything that comes in too, before the disk has it. They
    /// must be quick, and tell nobody who could act on it.
    pub ears: Vec<Box<dyn Tap + Send>>,
    /// Where it is counted how long turns take.
    pub metrics: Option<Metrics>,
    /// What a watchdog looks at.
    pub pulse: Pulse,
    /// How records are gathered on their way to the disk.
    pub group: GroupLimits,
    /// How many turns may wait for the disk.
    pub turns_max: usize,
    /// How long to wait for an input before looking after the journal.
    pub idle: Duration,
    /// What is taken before anything else.
    pub begins_with: Option<Beginning>,
    /// How our books are compared with the venue's; nothing where this process does not trade.
    pub books: Option<Comparing>,
}

/// Inputs that a process takes before anything else.
pub struct Beginning {
    /// The inputs.
    pub inputs: Vec<Envelope>,
    /// What is done once the disk has them.
    pub once_safe: Box<dyn FnOnce() + Send>,
}

impl ProcessConfig {
    /// The usual sizes, with nobody to tell anything yet.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            outlets: Vec::new(),
            ears: Vec::new(),
            metrics: None,
            pulse: Pulse::default(),
            group: GroupLimits::default(),
            turns_max: 1_024,
            idle: Duration::from_millis(100),
            begins_with: None,
            books: None,
        }
    }
}

/// Works until the doors are closed and all is done, or until it cannot. Gives the machines back.
///
/// It has ended in peace only if the disk has everything too.
pub fn run(seat: Seat, inbox: Inbox, config: ProcessConfig) -> (Ended, Sequencer) {
    let Seat { sequencer, journal, owed, must_halt, books, reach, .. } = seat;
    let ProcessConfig { clock, outlets, ears, metrics, pulse, idle, .. } = config;
    let (appender, committer) = group(journal, config.group);
    let (way, carrier) = way(config.turns_max, Arc::clone(appender.watermark()), outlets);
    let (ears, low) = (Ears(ears), Low::default());
    let telling = Telling::reaching(reach);
    let audit = Audit::of(books, config.books, clock());
    let shell = Shell {
        sequencer,
        appender,
        inbox,
        way,
        ears,
        metrics,
        clock,
        idle,
        pulse,
        low,
        telling,
        audit,
    };
    let first = First { must_halt, beginning: config.begins_with };
    thread::scope(|threads| {
        let committing = threads.spawn(|| committer.run().err());
        let carrying = threads.spawn(|| carrier.run().err());
        let (ended, sequencer) = shell.run(owed, first);
        let fault = [committing.join(), carrying.join()].into_iter().find_map(|end| match end {
            Ok(fault) => fault.map(Ended::Disk),
            Err(_) => Some(Ended::NobodyCarries),
        });
        // Where the disk has failed, nobody carries either: that is seen first at times, and is not why.
        let is_open = matches!(ended, Ended::InPeace | Ended::NobodyCarries);
        (fault.filter(|_| is_open).unwrap_or(ended), sequencer)
    })
}
