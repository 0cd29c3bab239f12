//! The watcher: it sees that somebody says stop, that a machine hangs, that the process stalls or has
//! died, and cancels everything at the venue, unaided.
//!
//! It needs nothing of the process: not its sequencer, not its journal, not its line to the venue, and
//! never waits for it. The process runs on a thread of its own, so that one that hangs can be left behind.
//! What the watcher has done comes back to the machines as reports of the venue, if they still hear.

mod awake;
mod source;
mod unaided;
mod vigil;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use contracts::{
    ArmDeadMan, CancelAll, Envelope, Event, KillLevel, KillTrigger, Seal, SealKey, Source, Span,
    StrategyId, Trip, seal_request,
};
use execution::VenueCommand;
use kernel::Sequencer;
use telemetry::{Clock, Log, Notice, Said};

use crate::brake::Switch;
use crate::doors::{Doors, Inbox};
use crate::hung::{HungNote, Notes};
use crate::process::{Beginning, ProcessConfig, run};
use crate::seat::Seat;
use crate::shell::Ended;
use crate::stop::Stop;
use crate::watch::{Condition, Watchdog, WatchdogLimits};
use awake::Awake;
use source::{Known, Readings};
use vigil::{Duty, Vigil};

pub use source::{KeyOnBus, KillFile, KillSource};
pub use unaided::{Answer, Elsewhere, NoAnswer, OwnLine, SameProcess, Unaided};
pub use vigil::{KillLimits, Why};

/// A watcher that looks after so many rounds is slow; one that looks later has slept.
const SLOW_ROUNDS: u32 = 10;
/// The watcher's calls are numbered from here on, apart from those of the gateway.
const CALLS_FROM: u32 = 1 << 31;

/// Tells which strategy has the word, if one has.
pub type Who = Arc<dyn Fn() -> Option<StrategyId> + Send + Sync>;

/// What a watcher is set up with.
pub struct KillWatch {
    /// What trips the kill switch from outside.
    pub sources: Vec<Box<dyn KillSource>>,
    /// Its own way to the venue.
    pub unaided: Box<dyn Unaided>,
    /// The key that requests to the venue are sealed with.
    pub key: SealKey,
    /// How it acts.
    pub limits: KillLimits,
    /// How long the sequencer may be at one thing.
    pub watchdog: WatchdogLimits,
    /// How often the sources are read, and the pulse is looked at.
    pub every: Duration,
    /// What it says to those who send to the venue.
    pub switch: Switch,
    /// The process.
    pub doors: Doors,
    /// Tells the time.
    pub clock: Clock,
    /// Where it tells what happens.
    pub log: Option<Log>,
    /// Which strategy has the word.
    pub who: Option<Who>,
    /// Where the note about a strategy that hung is left and found.
    pub notes: Option<Notes>,
}

impl KillWatch {
    /// The usual, without sources and notes.
    pub fn new(unaided: Box<dyn Unaided>, key: SealKey, doors: Doors, clock: Clock) -> Self {
        Self {
            sources: Vec::new(),
            unaided,
            key,
            limits: KillLimits::default(),
            watchdog: WatchdogLimits::default(),
            every: Duration::from_millis(100),
            switch: Switch::default(),
            doors,
            clock,
            log: None,
            who: None,
            notes: None,
        }
    }
}

/// What the venue said to the last call before the process may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastCall {
    /// There was none: it ended in peace.
    NotNeeded,
    /// Everything was cancelled.
    Answered(Answer),
    /// The venue did not answer. What is open there is open, or ends by its dead man's switch.
    Unanswered,
}

/// A process that was watched to its end.
pub struct Watched {
    /// Why it has ended.
    pub ended: Ended,
    /// The machines, where they can be had: one that hangs keeps them, and whoever called should leave the
    /// program.
    pub machines: Option<Sequencer>,
    /// What became of the orders that were open.
    pub last: LastCall,
}

/// Works like [`run`], and is watched. Returns as well when a machine does not: then the thread of the
/// process is left behind.
pub fn run_watched(
    seat: Seat,
    inbox: Inbox,
    mut config: ProcessConfig,
    mut watch: KillWatch,
) -> io::Result<Watched> {
    config.begins_with = beginning(&watch)?.or(config.begins_with);
    let dog = Watchdog::new(config.pulse.clone(), watch.watchdog);
    let stop = Stop::default();
    let sources = std::mem::take(&mut watch.sources);
    let readings = source::poll(sources, watch.every, &watch.doors, &watch.clock, &stop)?;
    let (done, ran) = sync_channel(1);
    thread::Builder::new().name("sequencer".to_owned()).spawn(move || {
        // Whoever has left it behind does not want to know.
        let _ = done.send(run(seat, inbox, config));
    })?;
    let (vigil, known) = (Vigil::new(watch.limits), Vec::new());
    let most = watch.every.saturating_mul(SLOW_ROUNDS).as_nanos();
    let most = Span::from_nanos(i64::try_from(most).unwrap_or(i64::MAX));
    let awake = Awake::new((watch.clock)(), most);
    let (calls, last) = (CALLS_FROM, None);
    let guard = Guard { watch, dog, awake, vigil, readings, known, calls, last };
    let watched = guard.watch(&ran);
    stop.say();
    Ok(watched)
}

/// What the process begins with when the one before it left a note.
fn beginning(watch: &KillWatch) -> io::Result<Option<Beginning>> {
    let Some(notes) = watch.notes.clone() else { return Ok(None) };
    Ok(notes.find()?.map(|note| Beginning {
        inputs: note.inputs((watch.clock)()),
        // A note that stays quarantines a second time, and does no harm.
        once_safe: Box::new(move || drop(notes.clear())),
    }))
}

/// The watcher at work.
struct Guard {
    watch: KillWatch,
    dog: Watchdog,
    awake: Awake,
    vigil: Vigil,
    readings: Readings,
    known: Vec<Known>,
    calls: u32,
    last: Option<Answer>,
}

impl Guard {
    fn watch(mut self, ran: &Receiver<(Ended, Sequencer)>) -> Watched {
        loop {
            let ended = ran.recv_timeout(self.watch.every);
            match ended {
                Ok((ended, machines)) => return self.ended(ended, Some(machines)),
                Err(RecvTimeoutError::Disconnected) => return self.ended(Ended::Panicked, None),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(lasted) = self.round() {
                return self.hung(lasted);
            }
        }
    }

    /// Looks once, and does what follows; how long a machine has hung that does.
    fn round(&mut self) -> Option<Span> {
        let now = (self.watch.clock)();
        let lived = self.awake.look(now);
        let condition = self.dog.look(lived);
        self.readings.look(&mut self.known, lived);
        if let Some(why) = self.vigil.look(now, &self.known, condition) {
            self.trips(why, condition);
        }
        self.watch.switch.turn(self.vigil.why().is_some());
        self.act();
        match condition {
            Condition::Hung(lasted) => Some(lasted),
            Condition::Well | Condition::Stalled(_) => None,
        }
    }

    /// Says so, inside too: there it stays so until an operator clears it.
    fn trips(&mut self, why: Why, condition: Condition) {
        let (level, trigger) = match why {
            Why::Source(trigger) => (self.watch.limits.level, trigger),
            Why::Stalled | Why::Hung | Why::Ended => (KillLevel::Cancel, KillTrigger::Service),
        };
        if let Condition::Hung(lasted) | Condition::Stalled(lasted) = condition {
            let silent_ms = lasted.millis().unsigned_abs();
            self.tell(Notice::Silent { check: "sequencer", silent_ms });
        }
        self.tell(Notice::KillTripped { level, trigger });
        let now = (self.watch.clock)();
        let trip = Event::Trip(Trip { level, trigger });
        let _ = self.watch.doors.offer_control(Envelope::input(Source::Runtime, now, trip));
    }

    /// Asks of the venue what has to be asked now.
    fn act(&mut self) {
        match self.vigil.duty((self.watch.clock)()) {
            Duty::Nothing => {}
            Duty::CancelAll => self.cancel_all(),
            Duty::Renew(timeout) => self.renew(timeout),
        }
    }

    fn cancel_all(&mut self) {
        let number = self.next_call();
        let answer =
            self.ask(Event::CancelAll(CancelAll { number, seal: Seal::NONE }), "cancel all");
        self.last = answer.or(self.last);
        self.vigil.cancelled((self.watch.clock)(), answer.is_some());
        if answer.is_none() {
            let (attempt, next) = (self.vigil.failed(), self.vigil.pause());
            let next_ms = next.millis().unsigned_abs();
            self.tell(Notice::ConnectFailed { to: "venue", attempt, next_ms });
        }
    }

    fn renew(&mut self, timeout: Span) {
        let number = self.next_call();
        let arm = Event::ArmDeadMan(ArmDeadMan { timeout, number, seal: Seal::NONE });
        // The venue counts from when it hears this, which is not before now.
        let now = (self.watch.clock)();
        let answer = self.ask(arm, "dead man's switch");
        self.vigil.renewed(now, timeout, answer.is_some());
    }

    fn next_call(&mut self) -> u32 {
        self.calls = self.calls.checked_add(1).unwrap_or(CALLS_FROM);
        self.calls
    }

    fn ask(&mut self, request: Event, call: &'static str) -> Option<Answer> {
        let seal = seal_request(&request, &self.watch.key).unwrap_or(Seal::NONE);
        let now = (self.watch.clock)();
        let request = Envelope::input(Source::ExecutionGateway, now, request.with_seal(seal));
        let command = VenueCommand::open(&request, &self.watch.key).ok()?;
        let answer = self.watch.unaided.ask(command);
        if let (Err(error), Some(log)) = (&answer, &self.watch.log) {
            log.tell(Said::from(Notice::CallFailed { to: "venue", call }).because(error));
        }
        answer.ok()
    }

    fn tell(&self, notice: Notice) {
        if let Some(log) = &self.watch.log {
            log.tell(notice);
        }
    }

    /// Leaves a note for the next start, where a disk takes one.
    fn leave(&self, note: &HungNote) {
        if let Some(notes) = &self.watch.notes
            && let Err(error) = notes.leave(note)
            && let Some(log) = &self.watch.log
        {
            let call = "note for the next start";
            log.tell(Said::from(Notice::CallFailed { to: "disk", call }).because(&error));
        }
    }

    /// A machine does not come back. Everything is cancelled first, then the note is left.
    fn hung(self, lasted: Span) -> Watched {
        let since = (self.watch.clock)() - lasted;
        let strategy = self.watch.who.as_ref().and_then(|who| who());
        let note = HungNote { strategy, input: self.dog.input(), since, lasted };
        self.leave(&note);
        self.watch.doors.close();
        self.ended(Ended::Hung(note), None)
    }

    /// The process is over. What is open at the venue is cancelled before anybody goes, unless it ended in
    /// peace; a venue that does not answer is not waited for without end.
    fn ended(mut self, ended: Ended, machines: Option<Sequencer>) -> Watched {
        if ended != Ended::InPeace && !matches!(ended, Ended::Hung(_)) {
            self.watch.switch.turn(true);
            self.tell(Notice::KillTripped {
                level: KillLevel::Cancel,
                trigger: KillTrigger::Service,
            });
            self.vigil.ends((self.watch.clock)());
            // It could not write down that it was tripped; the next start does.
            let (since, lasted) = ((self.watch.clock)(), Span::ZERO);
            self.leave(&HungNote { strategy: None, input: None, since, lasted });
        }
        let nobody_says_stop = Stop::default();
        let needed = !self.vigil.may_go();
        while !self.vigil.may_go() {
            self.cancel_all();
            if !self.vigil.may_go() {
                let pause = self.vigil.pause().nanos().unsigned_abs();
                nobody_says_stop.wait(Duration::from_nanos(pause));
            }
        }
        let gave_up = self.vigil.has_given_up();
        let last = match self.last.filter(|_| !gave_up) {
            Some(answer) => LastCall::Answered(answer),
            None if needed || gave_up => LastCall::Unanswered,
            None => LastCall::NotNeeded,
        };
        Watched { ended, machines, last }
    }
}
