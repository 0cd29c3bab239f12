//! The sequencer's thread: takes what comes in, one thing after another, and hands every turn to the
//! journal before anybody else hears of it.

use std::collections::BTreeMap;
use std::time::Duration;

use contracts::{
    Alert, AlertCode, Carried, Delivery, Envelope, Event, KillLevel, KillReading, KillTrigger,
    RosterStep, Seq, Source, Span, Symbol, Trip, Ts,
};
use execution::Gateway;
use journal::{Appender, Fault, HandedTurn, Held, State, Ticket};
use kernel::{Halt, Sequencer, Stopped, Tap};
use telemetry::{Clock, Metrics};

use crate::beside;
use crate::books::{Books, Comparing, Found};
use crate::carrier::{Said, Way};
use crate::doors::{Inbox, Lane, Next};
use crate::hung::HungNote;
use crate::process::Beginning;
use crate::purpose::purpose;
use crate::reach::{Reach, is_from_a_stream};
use crate::seat::to_roster;
use crate::untold::Untold;
use crate::watch::Pulse;

/// How often it is tried to take everything again after the disk was full.
const RESTORE_EVERY: Span = Span::SECOND;

/// So many messages are carried before it is written down that they were; in silence, fewer.
const NOTED_EVERY: u64 = 256;

/// Why a process has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was asked to: the doors are closed and nothing waits behind them.
    InPeace,
    /// A machine met a state that must not be.
    Halted(Halt),
    /// The journal cannot be written. Cancel what is open, unaided, then restart.
    Disk(Fault),
    /// Nobody carries any more what is said.
    NobodyCarries,
    /// A machine does not come back. It was left behind with everything it holds.
    Hung(HungNote),
    /// The thread of the sequencer has panicked.
    Panicked,
}

/// The sequencer with what it takes from and hands to.
pub(crate) struct Shell {
    pub(crate) sequencer: Sequencer,
    pub(crate) appender: Appender,
    pub(crate) inbox: Inbox,
    pub(crate) way: Way,
    pub(crate) ears: Ears,
    pub(crate) metrics: Option<Metrics>,
    pub(crate) clock: Clock,
    pub(crate) idle: Duration,
    pub(crate) pulse: Pulse,
    pub(crate) low: Low,
    pub(crate) telling: Telling,
    pub(crate) audit: Audit,
}

/// What is on its way to the world.
#[derive(Default)]
pub(crate) struct Telling {
    untold: Untold,
    /// How much of it was last written down as carried.
    noted: u64,
    /// How far streams reach.
    reach: Reach,
}

impl Telling {
    /// Nothing is on its way yet.
    pub(crate) fn reaching(reach: Reach) -> Self {
        Self { reach, ..Self::default() }
    }
}

/// Our books beside the venue's.
pub(crate) struct Audit {
    books: Books,
    comparing: Option<Comparing>,
    /// When they were last compared, or this process began.
    compared_at: Ts,
    /// They are in doubt, and this has been said.
    is_overdue: bool,
}

impl Audit {
    pub(crate) fn of(books: Books, comparing: Option<Comparing>, now: Ts) -> Self {
        if let Some(comparing) = &comparing {
            comparing.begins(books.since());
        }
        Self { books, comparing, compared_at: now, is_overdue: false }
    }

    /// They were compared.
    fn done(&mut self, now: Ts, since: Ts, is_clean: bool) -> Option<Span> {
        (self.compared_at, self.is_overdue) = (now, false);
        self.comparing.as_ref()?.done(now, since, is_clean)
    }

    fn rests(&self, rests: bool) {
        if let Some(comparing) = &self.comparing {
            comparing.rests(rests);
        }
    }

    /// Whether they come to be in doubt now: then nothing that could open a position is sent.
    fn falls_overdue(&mut self, now: Ts) -> bool {
        let Some(comparing) = &self.comparing else { return false };
        if self.is_overdue || now.since(self.compared_at) <= comparing.overdue_after() {
            return false;
        }
        comparing.holds().turn(true);
        self.is_overdue = true;
        true
    }
}

/// What comes before everything else.
pub(crate) struct First {
    /// The kill switch is to be tripped, for that reason.
    pub(crate) must_halt: Option<KillTrigger>,
    pub(crate) beginning: Option<Beginning>,
}

/// What there is to remember while the disk is full.
#[derive(Default)]
pub(crate) struct Low {
    /// It is, and this has been said.
    is_said: bool,
    /// When to try again to take everything.
    restore_at: Ts,
    /// What each source of the kill switch last said. Only news is worth the room that is left.
    polled: BTreeMap<KillTrigger, KillReading>,
}

/// Hands what happens in a turn to the journal, and writes down what is said.
struct Heard<'a> {
    turn: HandedTurn<'a>,
    said: Said,
    /// The journal may have no room: to wait for it is not the fault of a machine.
    pulse: &'a Pulse,
    ears: &'a mut Ears,
    books: &'a mut Books,
    reach: &'a mut Reach,
}

impl Tap for Heard<'_> {
    fn input(&mut self, envelope: &Envelope) {
        self.pulse.waits();
        self.pulse.takes(envelope.as_cause());
        self.turn.input(envelope);
        self.books.hear(envelope);
        self.reach.input(envelope);
        if is_from_a_stream(envelope) {
            self.said.heard = Some(*envelope);
        }
        self.ears.input(envelope);
        self.pulse.decides();
    }

    fn output(&mut self, envelope: &Envelope) {
        self.pulse.waits();
        self.turn.output(envelope);
        self.books.hear(envelope);
        self.reach.output(envelope);
        self.ears.output(envelope);
        self.said.outputs.push(*envelope);
        self.pulse.decides();
    }
}

/// All who listen at the sequencer.
pub(crate) struct Ears(pub(crate) Vec<Box<dyn Tap + Send>>);

impl Tap for Ears {
    fn input(&mut self, envelope: &Envelope) {
        self.0.iter_mut().for_each(|ear| ear.input(envelope));
    }

    fn output(&mut self, envelope: &Envelope) {
        self.0.iter_mut().for_each(|ear| ear.output(envelope));
    }
}

impl Shell {
    /// Tells the world what a process before this one had said and perhaps not told.
    fn tell_owed(&mut self, owed: Vec<Envelope>) -> Result<(), Ended> {
        self.telling.untold = Untold::owed(&owed);
        let nothing = self.appender.turn(journal::Purpose::GetOut).map_err(Ended::Disk)?;
        let ticket = nothing.commit().map_err(Ended::Disk)?;
        if self.way.send(Held::until(ticket, Said { outputs: owed, heard: None })) {
            Ok(())
        } else {
            Err(Ended::NobodyCarries)
        }
    }

    /// Takes what comes before everything else, and says when the disk has it.
    fn begin(&mut self, beginning: Beginning) -> Result<(), Ended> {
        for input in beginning.inputs {
            self.take(Lane::Control, (self.clock)(), input)?;
        }
        let nothing = self.appender.turn(journal::Purpose::GetOut).map_err(Ended::Disk)?;
        let ticket = nothing.commit().map_err(Ended::Disk)?;
        // Nothing has begun yet, so nobody waits for the sequencer.
        self.appender.watermark().wait(ticket).map_err(Ended::Disk)?;
        (beginning.once_safe)();
        Ok(())
    }

    /// Tells what is owed, runs until it ends, and gives the machines back to be looked at.
    pub(crate) fn run(mut self, owed: Vec<Envelope>, first: First) -> (Ended, Sequencer) {
        let First { must_halt, beginning } = first;
        let mut ended = self.tell_owed(owed);
        if let (Ok(()), Some(beginning)) = (&ended, beginning) {
            ended = self.begin(beginning);
        }
        if let (Some(trigger), Ok(())) = (must_halt, &ended) {
            ended = self.trip(trigger, (self.clock)());
        }
        if ended.is_ok() {
            ended = self.tell_roster(RosterStep::Announce, (self.clock)());
            self.pulse.rests();
        }
        while ended.is_ok() {
            ended = self.once();
        }
        let ended = ended.err().unwrap_or(Ended::InPeace);
        (self.farewell(ended), self.sequencer)
    }

    /// The next input, and before it every timer that is due by then.
    fn once(&mut self) -> Result<(), Ended> {
        let now = (self.clock)();
        self.look_at_the_disk(now)?;
        let next = self.inbox.next(now, self.patience(now));
        let now = (self.clock)();
        self.look_at_the_disk(now)?;
        while self.sequencer.next_wake().is_some_and(|at| at <= now) {
            self.turn(None, now, |sequencer, now, tap| sequencer.wake(now, tap).map(drop))?;
            self.look_at_the_disk(now)?;
        }
        match next {
            Next::Input(lane, envelope) => {
                self.take(lane, now, envelope)?;
                self.compare(now)?;
                self.note_carried(NOTED_EVERY, now)
            }
            Next::Nothing => {
                self.look_after_the_journal()?;
                self.look_at_the_books(now)?;
                self.note_carried(1, now)
            }
            Next::Closed => Err(Ended::InPeace),
        }
    }

    /// Compares our books with the venue's, once a statement of it is whole. What was missing here is taken
    /// as if the venue had told it just now, and what no fact explains is said.
    fn compare(&mut self, now: Ts) -> Result<(), Ended> {
        self.look_at_the_books(now)?;
        let Some(statement) = self.audit.books.whole() else { return Ok(()) };
        let Some(gateway) = self.sequencer.machine::<Gateway>() else { return Ok(()) };
        let Found { facts, said, note, since } = self.audit.books.compare(gateway, statement);
        for fact in facts {
            self.take(Lane::Report, now, Envelope::input(Source::Venue, now, fact))?;
        }
        for event in said {
            self.take(Lane::Control, now, Envelope::input(Source::Runtime, now, event))?;
        }
        let is_clean = note.open == 0;
        let note = Envelope::input(Source::Runtime, now, Event::BooksCompared(note));
        self.take(Lane::Control, now, note)?;
        let took = self.audit.done(now, since, is_clean);
        if let (Some(metrics), Some(took)) = (&self.metrics, took) {
            metrics.venue_answered(took);
        }
        Ok(())
    }

    /// Books that were not compared for too long are in doubt; said once.
    fn look_at_the_books(&mut self, now: Ts) -> Result<(), Ended> {
        if self.low.is_said || !self.audit.falls_overdue(now) {
            return Ok(());
        }
        let alert = Alert { code: AlertCode::NotCompared, symbol: None, order: None };
        self.take(Lane::Control, now, Envelope::input(Source::Runtime, now, Event::Alert(alert)))
    }

    /// Writes down how much has been carried, once that is so many more: what a start tells again is at most
    /// what this does not cover.
    fn note_carried(&mut self, at_least: u64, now: Ts) -> Result<(), Ended> {
        let carried = self.way.carried();
        self.telling.untold.told(carried);
        if carried < self.telling.noted + at_least || self.low.is_said {
            return Ok(());
        }
        self.telling.noted = carried;
        let note = Event::Carried(Carried { outputs: Seq::new(carried) });
        let note = Envelope::input(Source::Runtime, now, note);
        let took = self
            .turn(Some(Lane::Market), now, |sequencer, now, tap| sequencer.take(now, note, tap));
        // Not worth the room that is left: then more is told again.
        if took == Err(Ended::Disk(Fault::Full)) { Ok(()) } else { took }
    }

    /// Tells the host of the strategies what is about to happen.
    fn tell_roster(&mut self, step: RosterStep, now: Ts) -> Result<(), Ended> {
        let told = to_roster(step, now);
        self.step(Some(Lane::Control), now, |sequencer, now, tap| sequencer.take(now, told, tap))
    }

    /// How long nothing is due.
    fn patience(&self, now: Ts) -> Duration {
        let Some(at) = self.sequencer.next_wake() else { return self.idle };
        let until = at.since(now).max(Span::ZERO).nanos();
        self.idle.min(Duration::from_nanos(until.unsigned_abs()))
    }

    fn take(&mut self, lane: Lane, now: Ts, envelope: Envelope) -> Result<(), Ended> {
        if self.is_old_news(&envelope.event) {
            return Ok(());
        }
        let took =
            self.turn(Some(lane), now, |sequencer, now, tap| sequencer.take(now, envelope, tap));
        match took {
            // What does not help to get out is not taken any more; that it is so has to be known inside.
            Err(Ended::Disk(Fault::Full)) => self.run_low(now, envelope.topic().symbol()),
            took => took,
        }
    }

    /// Whether the disk is full and this is a poll that says what the last one said.
    fn is_old_news(&mut self, event: &Event) -> bool {
        let Event::KillPoll(poll) = event else { return false };
        self.low.polled.insert(poll.trigger, poll.reading) == Some(poll.reading) && self.low.is_said
    }

    /// The disk is full: the kill switch trips, so that nothing new is risked, and orders go. The market
    /// is shut out, and who brings it begins anew when there is room again.
    fn run_low(&mut self, now: Ts, refused: Option<Symbol>) -> Result<(), Ended> {
        self.inbox.shut_market(refused);
        if std::mem::replace(&mut self.low.is_said, true) {
            return Ok(());
        }
        self.low.restore_at = now + RESTORE_EVERY;
        self.audit.rests(true);
        self.trip(KillTrigger::Service, now)
    }

    /// Before any machine has the word: whether the disk is full, and nothing new may be risked.
    fn look_at_the_disk(&mut self, now: Ts) -> Result<(), Ended> {
        match (self.low.is_said, self.appender.watermark().is_low()) {
            (false, true) => self.run_low(now, None),
            (true, true) if now >= self.low.restore_at => self.restore(now),
            (false, false) | (true, true) => Ok(()),
            (true, false) => {
                self.low.is_said = false;
                self.audit.rests(false);
                self.inbox.open_market();
                Ok(())
            }
        }
    }

    /// Tries to take everything again.
    fn restore(&mut self, now: Ts) -> Result<(), Ended> {
        self.low.restore_at = now + RESTORE_EVERY;
        self.appender.restore_reserve(now).map_err(Ended::Disk)
    }

    /// From here on nothing new is risked, and orders go.
    fn trip(&mut self, trigger: KillTrigger, now: Ts) -> Result<(), Ended> {
        let trip = Event::Trip(Trip { level: KillLevel::Cancel, trigger });
        let trip = Envelope::input(Source::Runtime, now, trip);
        self.turn(Some(Lane::Control), now, |sequencer, now, tap| sequencer.take(now, trip, tap))
    }

    /// An input with all that follows from it: to the journal, then on its way to the world.
    fn turn(
        &mut self,
        lane: Option<Lane>,
        now: Ts,
        step: impl FnOnce(&mut Sequencer, Ts, &mut Heard<'_>) -> Result<(), Stopped>,
    ) -> Result<(), Ended> {
        let took = self.step(lane, now, step);
        // Whatever came of it: nobody has the word any more.
        self.pulse.rests();
        took?;
        if self.appender.watermark().snapshot_due() { self.keep_state(now) } else { Ok(()) }
    }

    fn step(
        &mut self,
        lane: Option<Lane>,
        now: Ts,
        step: impl FnOnce(&mut Sequencer, Ts, &mut Heard<'_>) -> Result<(), Stopped>,
    ) -> Result<(), Ended> {
        let turn = self.appender.turn(purpose(lane)).map_err(Ended::Disk)?;
        let (said, ears, books) = (self.way.empty(), &mut self.ears, &mut self.audit.books);
        let reach = &mut self.telling.reach;
        let mut heard = Heard { turn, said, pulse: &self.pulse, ears, books, reach };
        let took = step(&mut self.sequencer, now, &mut heard);
        self.pulse.waits();
        if let Some(metrics) = &self.metrics {
            metrics.step_took((self.clock)().since(now));
        }
        let Heard { turn, said, .. } = heard;
        let ticket = turn.commit().map_err(Ended::Disk)?;
        // What may be lost waits for nobody: the disk may take its time with it.
        let may_be_lost = |said: &Envelope| said.topic().delivery() == Delivery::Lossy;
        for said in &said.outputs {
            self.telling.untold.said(said);
        }
        let waits_for_nobody = said.heard.is_none() && said.outputs.iter().all(may_be_lost);
        let ticket = if waits_for_nobody { Ticket::default() } else { ticket };
        if !said.is_empty() && !self.way.send(Held::until(ticket, said)) {
            return Err(Ended::NobodyCarries);
        }
        took.map_err(|Stopped(halt)| Ended::Halted(halt))
    }

    /// Nothing has come, and so nothing would have noticed: the disk may have failed.
    fn look_after_the_journal(&self) -> Result<(), Ended> {
        self.appender.watermark().fault().map_or(Ok(()), |fault| Err(Ended::Disk(fault)))
    }

    /// Keeps the state. Whoever could not be taken back from it is out before.
    fn keep_state(&mut self, now: Ts) -> Result<(), Ended> {
        self.before_keeping(now)?;
        self.write_state(now)
    }

    fn before_keeping(&mut self, now: Ts) -> Result<(), Ended> {
        let took = self.tell_roster(RosterStep::Keep, now);
        self.pulse.rests();
        took
    }

    fn write_state(&mut self, now: Ts) -> Result<(), Ended> {
        self.telling.untold.told(self.way.carried());
        let Telling { untold, reach, .. } = &self.telling;
        let shell = beside::write(untold, &self.audit.books, reach, None);
        let state = State::of(&self.sequencer.snapshot());
        let state = state.and_then(|state| state.with_shell(shell?));
        self.appender.rotate(Some(state.map_err(Ended::Disk)?), now).map_err(Ended::Disk)
    }

    /// In peace everything is told, and the state is kept, so that the next start has nothing to tell and
    /// nothing to replay, whatever its build.
    fn farewell(&mut self, ended: Ended) -> Ended {
        if ended != Ended::InPeace {
            return ended;
        }
        let now = (self.clock)();
        let kept = self.before_keeping(now).and_then(|()| {
            self.way.finish();
            self.write_state(now)
        });
        kept.err().unwrap_or(ended)
    }
}
