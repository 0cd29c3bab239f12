//! What other processes say on streams comes in by the doors, each message once and in order.

use std::time::Duration;

use bus::{Alarm, AlarmKind, News, Reader};
use contracts::{Envelope, Event, Source, StrategyRun, TopicKind, Ts};
use runtime::{Doors, Offered, Stop};
use telemetry::Clock;

use super::alarms::Alarms;
use super::clearing::Clearing;
use super::doubt::Doubt;
use super::word::HEEDED_FOR;

/// How long nothing is waited for at once.
const PATIENCE: Duration = Duration::from_millis(100);

/// Follows the streams that this process has to read.
pub(super) struct Reading {
    reader: Reader,
    doors: Doors,
    clock: Clock,
    doubt: Doubt,
    /// Who may clear, where somebody reads such words.
    clearing: Option<Clearing>,
    alarms: Alarms,
}

impl Reading {
    pub(super) fn new(
        reader: Reader,
        (doors, clock, doubt): (&Doors, &Clock, &Doubt),
        clearing: Option<Clearing>,
        alarms: Alarms,
    ) -> Self {
        let (doors, clock, doubt) = (doors.clone(), clock.clone(), doubt.clone());
        Self { reader, doors, clock, doubt, clearing, alarms }
    }

    /// Brings what comes until it is over.
    pub(super) fn keep(mut self, stop: &Stop) {
        while !stop.is_said() {
            match self.reader.next(PATIENCE) {
                News::Said(said) if is_too_late(&said, (self.clock)()) => {}
                News::Said(said) if self.is_unsigned(&said) => {
                    let place = said.topic().to_string();
                    let detail =
                        "no operator has signed it, or not just now for this session".to_owned();
                    let alarm = Alarm { kind: AlarmKind::Forged, place, detail };
                    self.alarms.raise(alarm, &self.doors, (self.clock)());
                }
                News::Said(said) => {
                    if bring(&self.doors, said) == Offered::Closed {
                        let _ = stop.wait(PATIENCE);
                    }
                }
                News::Away(_) => self.doubt.is_away(true),
                News::Back => self.doubt.is_away(false),
                News::Alarm(alarm) => self.alarms.raise(alarm, &self.doors, (self.clock)()),
                News::Gap(_) | News::Nothing => {}
            }
        }
    }

    /// Whether it would clear the switch and the operator has not signed for that.
    fn is_unsigned(&mut self, said: &Envelope) -> bool {
        let Event::ClearKill(clear) = &said.event else { return false };
        let now = (self.clock)();
        self.clearing.as_mut().is_none_or(|clearing| !clearing.heeds(clear, now))
    }
}

/// Whether somebody has allowed something so long ago that they no longer know of it: they were told that it
/// did not come. What forbids is never too late.
fn is_too_late(said: &Envelope, now: Ts) -> bool {
    let allows = match said.event {
        Event::ClearKill(_) => true,
        Event::StrategyControl(control) => control.run == StrategyRun::Running,
        _ => false,
    };
    allows && said.src == Source::Operator && now.since(said.ts) > HEEDED_FOR
}

/// Controls first, as everywhere; whatever else is durable comes with what the venue says.
fn bring(doors: &Doors, said: Envelope) -> Offered {
    match said.topic().kind() {
        TopicKind::ControlKill | TopicKind::ControlStrategy | TopicKind::ControlLimits => {
            doors.control(said)
        }
        _ => doors.report(said),
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;
    use contracts::{ClearKill, KillLevel, KillTrigger, StrategyControl, Trip};

    use super::*;

    #[test]
    fn what_an_operator_allows_is_heeded_for_a_while_and_what_forbids_always() {
        let late =
            |source, event, now| is_too_late(&Envelope::input(source, secs(100), event), now);
        let clear = Event::ClearKill(ClearKill::by(1));
        let resume = Event::StrategyControl(StrategyControl { run: StrategyRun::Running });
        for allows in [clear, resume] {
            assert!(!late(Source::Operator, allows, secs(110)));
            assert!(late(Source::Operator, allows, secs(111)));
            // By a clock that is behind, it was said just now.
            assert!(!late(Source::Operator, allows, secs(1)));
        }
        let trip = Event::Trip(Trip { level: KillLevel::Cancel, trigger: KillTrigger::Command });
        let pause = Event::StrategyControl(StrategyControl { run: StrategyRun::Paused });
        for forbids in [trip, pause] {
            assert!(!late(Source::Operator, forbids, secs(9_999)));
        }
        // What a service says of itself comes late only where it was down.
        assert!(!late(Source::StrategyEngine, resume, secs(9_999)));
    }
}
