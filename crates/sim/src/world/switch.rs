//! The file of the kill switch: every process reads it ten times a second; now and then it cannot be
//! read, or lies there and says stop. When it is gone again, an operator clears the switch. The same
//! operator closes everything at times, or pauses a strategy.

use contracts::{
    ClearKill, Corr, Envelope, Event, IntentSeq, KillLevel, KillPoll, KillReading, KillTrigger,
    Origin, Source, Span, StrategyControl, StrategyRun, Trip, Ts,
};

use super::{Action, Happening, World};
use crate::faults::Trouble;

const EVERY: Span = Span::from_millis(100);

/// How long after the end of a trip an operator clears it; again and again, for whoever was away.
pub(super) const CLEARED_AFTER: [Span; 3] = [Span::SECOND, Span::from_secs(4), Span::from_secs(12)];

/// Until when the file is as nobody wants it.
#[derive(Default)]
pub(super) struct KillFile {
    lies: Ts,
    unreadable: Ts,
    unread: Ts,
}

impl KillFile {
    /// Nothing of it hinders anybody any more.
    pub(super) fn is_gone(&mut self) {
        *self = Self::default();
    }

    /// Whether somebody who looks now finds that it says stop, or cannot say.
    pub(super) fn says_stop(&self, now: Ts) -> bool {
        now < self.lies || now < self.unreadable
    }

    fn reading(&self, now: Ts) -> Option<KillReading> {
        if now < self.unread {
            None
        } else if now < self.lies {
            Some(KillReading::Tripped)
        } else if now < self.unreadable {
            Some(KillReading::Unreadable)
        } else {
            Some(KillReading::Clear)
        }
    }
}

impl World {
    /// Every process reads the file.
    pub(super) fn poll(&mut self) -> Result<(), String> {
        self.schedule(self.now + EVERY, Action::Poll);
        let Some(reading) = self.kill_file.reading(self.now) else { return Ok(()) };
        self.tell(Happening::Polled(reading))?;
        let poll = Event::KillPoll(KillPoll { trigger: KillTrigger::File, reading });
        let envelope = Envelope::input(Source::Runtime, self.now, poll);
        for node in 0..self.nodes.len() {
            if self.nodes[node].listens_to(envelope.topic().kind()) {
                self.give(node, envelope)?;
            }
        }
        Ok(())
    }

    /// Asked every second: whether something happens to the file, or an operator wants everything closed.
    pub(super) fn switch_moves(&mut self) -> Result<(), String> {
        if self.dice.chance_ppm(self.faults.poll_silence_ppm) {
            self.kill_file.unread = self.now + self.delay(self.faults.poll_silence_max);
            self.tell_trouble(Trouble::SwitchUnread)?;
        }
        if self.dice.chance_ppm(self.faults.poll_silence_ppm) {
            self.kill_file.unreadable = self.now + self.delay(self.faults.poll_silence_max);
            self.tell_trouble(Trouble::SwitchUnreadable)?;
        }
        if self.dice.chance_ppm(self.faults.kill_ppm) {
            let until = self.now + self.delay(self.faults.kill_max);
            self.kill_file.lies = until;
            self.clear_after(until);
            self.tell_trouble(Trouble::SwitchTripped)?;
        }
        if self.dice.chance_ppm(self.faults.flatten_ppm) {
            let until = self.now + self.delay(self.faults.flatten_max);
            let (level, trigger) = (KillLevel::Flatten, KillTrigger::Command);
            let trip = Event::Trip(Trip { level, trigger });
            self.control(Envelope::input(Source::Operator, self.now, trip));
            self.clear_after(until);
            self.tell_trouble(Trouble::Flattened)?;
        }
        Ok(())
    }

    /// An operator clears the kill switch after that; again and again, for whoever was away.
    pub(super) fn clear_after(&mut self, end: Ts) {
        for after in CLEARED_AFTER {
            let clear = Event::ClearKill(ClearKill::by(1));
            let clear = Envelope::input(Source::Operator, end + after, clear);
            self.schedule(end + after, Action::Control(clear));
        }
    }

    /// Asked every second: whether an operator pauses a strategy for a while.
    pub(super) fn somebody_pauses(&mut self) -> Result<(), String> {
        if !self.dice.chance_ppm(self.faults.pause_ppm) {
            return Ok(());
        }
        let Some(strategy) = self.dice.pick(&self.strategies).copied() else { return Ok(()) };
        let until = self.now + self.delay(self.faults.pause_max);
        let corr = Corr::new(strategy, Origin::Operator, IntentSeq::new(0));
        for (at, run) in [(self.now, StrategyRun::Paused), (until, StrategyRun::Running)] {
            let control = Event::StrategyControl(StrategyControl { run });
            let control = Envelope::input(Source::Operator, at, control).with_corr(corr);
            self.schedule(at, Action::Control(control));
        }
        self.tell_trouble(Trouble::Paused)
    }
}
