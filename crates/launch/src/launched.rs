//! A process that is put together, at work, and its end.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use bus::Mouth;
use contracts::{Envelope, Event, KillLevel, KillTrigger, Source, Trip};
use kernel::Sequencer;
use remote::Alarmed;
use risk::Gate;
use runtime::{
    DoorLimits, Doors, Ended, Inbox, KillWatch, LastCall, Link, Outlet, ProcessConfig, Seat, Stop,
    Watched, Worker, run_watched,
};
use telemetry::{Clock, Log, Notice, Said};

use super::blueprint::Blueprint;
use super::lookout::Lookout;

/// How often somebody who waits looks whether all is over.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long the orders of a process in which somebody died have to go before it ends.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// A process that is put together and has not begun to work.
pub struct Launched {
    pub(super) doors: Doors,
    pub(super) inbox: Inbox,
    pub(super) stop: Stop,
    pub(super) seat: Seat,
    pub(super) config: ProcessConfig,
    pub(super) watch: KillWatch,
    pub(super) lookout: Lookout,
    pub(super) blueprint: Blueprint,
    pub(super) workers: Vec<Worker>,
    pub(super) closers: Vec<Box<dyn FnOnce() + Send>>,
    pub(super) line: Option<Link>,
    pub(super) mouth: Option<(Mouth, Alarmed)>,
    pub(super) leaves_stop: Option<PathBuf>,
}

/// How a process ended.
pub struct Report {
    /// Why.
    pub ended: Ended,
    /// Who died before it was over. Each of them has tripped the kill switch.
    pub died: Vec<&'static str>,
    /// The machines, as they were left, unless one of them hangs.
    pub machines: Option<Sequencer>,
    /// What became of the orders that were open.
    pub last: LastCall,
}

impl Launched {
    /// Where controls are brought to.
    pub fn doors(&self) -> &Doors {
        &self.doors
    }

    /// What ends it.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// What was found at its seat.
    pub fn seat(&self) -> &Seat {
        &self.seat
    }

    /// What its machines were built from.
    pub fn blueprint(&self) -> &Blueprint {
        &self.blueprint
    }

    /// The line to a venue that is another process.
    pub fn line(&self) -> Option<&Link> {
        self.line.as_ref()
    }

    /// Where it speaks to other processes, where there are any.
    pub fn mouth(&self) -> Option<&Mouth> {
        self.mouth.as_ref().map(|(mouth, _)| mouth)
    }

    /// What is wrong with what comes in by the bus.
    pub(super) fn alarmed(&self) -> Option<&Alarmed> {
        self.mouth.as_ref().map(|(_, alarmed)| alarmed)
    }

    /// How it works; to be looked at, and added to, before it begins.
    pub fn config(&mut self) -> &mut ProcessConfig {
        &mut self.config
    }

    /// Who watches the kill switch, and the sequencer.
    pub fn watch(&mut self) -> &mut KillWatch {
        &mut self.watch
    }

    /// Who looks at the disk and at the line to the venue.
    pub fn lookout(&mut self) -> &mut Lookout {
        &mut self.lookout
    }

    /// Somebody more who is told everything.
    pub fn tell(&mut self, outlet: impl Outlet + 'static) {
        self.config.outlets.push(Box::new(outlet));
    }

    /// Somebody more who works for it.
    pub fn hire(&mut self, worker: Worker) {
        self.workers.push(worker);
    }

    /// Limits of the settings that are not those in force become messages, taken first of all. The gate
    /// lets nobody loosen one without the operator.
    pub(super) fn limits(&self, operator: Option<u32>) {
        let wanted = &self.blueprint.gate.limits;
        let Some(gate) = self.seat.sequencer.machine::<Gate>() else { return };
        let source = operator.map_or(Source::Runtime, |_| Source::Operator);
        let now = (self.config.clock)();
        let room = DoorLimits::default().controls;
        for change in gate.limits().changes_to(wanted, operator).into_iter().take(room) {
            self.doors.control(Envelope::input(source, now, Event::SetLimit(change)));
        }
    }

    /// Works until it is stopped, or cannot go on. Whoever has not ended so long after the stop is named
    /// to `overdue`, which had better end the process: what is safe on the disk is safe.
    pub fn run(
        self,
        deadline: Duration,
        overdue: impl FnOnce(&[&'static str]) + Send,
    ) -> io::Result<Report> {
        let Self { doors, inbox, stop, seat, config, watch, closers, leaves_stop, .. } = self;
        if let Some(file) = leaves_stop.as_ref().filter(|_| seat.must_halt.is_some()) {
            leave_stop(
                file,
                "a service began with a journal that is not whole; its log says more\n",
            );
        }
        let (lookout, mut workers) = (self.lookout, self.workers);
        let log = lookout.log.clone();
        workers.push(Worker::new("lookout", move || lookout.work()));
        let (at_work, died) = (AtWork::default(), AtWork::default());
        let clock = config.clock.clone();
        let watched = thread::scope(|threads| {
            let over = Stop::default();
            for Worker { name, work } in workers {
                at_work.enters(name);
                let (at_work, died, stop, doors, clock) = (&at_work, &died, &stop, &doors, &clock);
                threads.spawn(move || {
                    let panicked = catch_unwind(AssertUnwindSafe(work)).is_err();
                    at_work.leaves(name);
                    if !stop.is_said() && !doors.is_closed() || panicked {
                        died.enters(name);
                        somebody_died(doors, clock, stop);
                    }
                });
            }
            threads.spawn(|| {
                while !stop.wait(LOOK_EVERY) && !doors.is_closed() {}
                stop.say();
                for close in closers {
                    close();
                }
                doors.close();
            });
            let (over_said, working, stopping) = (over.clone(), &at_work, stop.clone());
            threads.spawn(move || {
                while !stopping.wait(LOOK_EVERY) && !over_said.is_said() {}
                if !over_said.wait(deadline) {
                    overdue(&working.names());
                }
            });
            at_work.enters("sequencer");
            let watched = run_watched(seat, inbox, config, watch);
            at_work.leaves("sequencer");
            doors.close();
            // Others may still be on their way out; the deadline is theirs too.
            while !at_work.names().is_empty() {
                over.wait(LOOK_EVERY);
            }
            over.say();
            watched
        });
        let Watched { ended, machines, last } = watched?;
        let died = died.names();
        if let Some(log) = log {
            say_how_it_ended(&ended, &died, &log);
        }
        if let Some(file) = leaves_stop
            && (ended != Ended::InPeace || !died.is_empty())
        {
            leave_stop(&file, "a service could not go on; its log says why\n");
        }
        Ok(Report { ended, died, machines, last })
    }
}

fn say_how_it_ended(ended: &Ended, died: &[&'static str], log: &Log) {
    for who in died.iter().copied() {
        log.tell(Notice::Died { who });
    }
    match ended {
        Ended::InPeace => {}
        Ended::Disk(fault) => log.tell(Said::from(Notice::JournalFailed {}).because(fault)),
        Ended::Halted(_) => log.tell(Notice::CouldNotGoOn { why: "a machine has halted" }),
        Ended::NobodyCarries => log.tell(Notice::CouldNotGoOn { why: "nobody carries its words" }),
        Ended::Hung(_) => log.tell(Notice::CouldNotGoOn { why: "a machine does not come back" }),
        Ended::Panicked => log.tell(Notice::CouldNotGoOn { why: "the sequencer has panicked" }),
    }
}

/// Whoever talks to the venue reads that file ten times a second, and cancels what is open. Where it cannot
/// be made there is nothing more to be done here: a process that is silent is noticed too.
fn leave_stop(file: &Path, why: &str) {
    let made = OpenOptions::new().write(true).create_new(true).open(file);
    if let Ok(mut made) = made {
        let _ = made.write_all(why.as_bytes());
    }
}

/// The kill switch trips; once the orders had time to go, it ends, so that it is started again whole.
fn somebody_died(doors: &Doors, clock: &Clock, stop: &Stop) {
    let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Service };
    doors.control(Envelope::input(Source::Runtime, clock(), Event::Trip(trip)));
    stop.wait(LAST_WORDS);
    stop.say();
}

/// Names of those who are somewhere.
#[derive(Default)]
struct AtWork(Mutex<BTreeSet<&'static str>>);

impl AtWork {
    fn enters(&self, name: &'static str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
    }

    fn leaves(&self, name: &'static str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    fn names(&self) -> Vec<&'static str> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}
