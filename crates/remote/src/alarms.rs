//! Alarms of the bus: for the machines and the journal where the vocabulary has a word for them, and all of them
//! for those who run the process.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bus::{Alarm, AlarmKind};
use contracts::{Envelope, Source, Span, Ts};
use runtime::Doors;

/// Of many alarms of a kind one is taken so often: whoever raises them is not to fill our journal, nor our log.
const ALARM_EVERY: Span = Span::from_millis(200);
/// Alarms that wait for somebody to take them; the oldest go first.
const WAITING_MAX: usize = 64;

/// Alarms that are to be told to those who run the process; as many copies as there are who raise or take them.
#[derive(Clone, Default)]
pub struct Alarmed(Arc<Mutex<VecDeque<Alarm>>>);

impl Alarmed {
    fn held(&self) -> MutexGuard<'_, VecDeque<Alarm>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, alarm: Alarm) {
        let mut held = self.held();
        if held.len() == WAITING_MAX {
            held.pop_front();
        }
        held.push_back(alarm);
    }

    /// The oldest that nobody has taken yet.
    pub fn take(&self) -> Option<Alarm> {
        self.held().pop_front()
    }
}

/// Raises alarms.
#[derive(Default)]
pub(super) struct Alarms {
    alarmed: Alarmed,
    next_at: BTreeMap<AlarmKind, Ts>,
}

impl Alarms {
    /// Raises them there too.
    pub(super) fn of(alarmed: &Alarmed) -> Self {
        Self { alarmed: alarmed.clone(), ..Self::default() }
    }

    pub(super) fn raise(&mut self, alarm: Alarm, doors: &Doors, now: Ts) {
        if self.next_at.get(&alarm.kind).is_some_and(|at| now < *at) {
            return;
        }
        self.next_at.insert(alarm.kind, now + ALARM_EVERY);
        if let Some(event) = alarm.event(0) {
            // Where there is no room there is trouble enough, and it is counted.
            let _ = doors.poll(Envelope::input(Source::Runtime, now, event));
        }
        self.alarmed.put(alarm);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use contracts::testing::secs;
    use contracts::{AlertCode, Event};
    use runtime::{DoorLimits, Next};

    use super::*;

    fn alarm(kind: AlarmKind, number: usize) -> Alarm {
        Alarm { kind, place: format!("fills.new:venue 1-{number}"), detail: "none".to_owned() }
    }

    #[test]
    fn every_alarm_is_told_to_people_and_to_the_machines_what_they_have_a_word_for() {
        let (doors, inbox) = Doors::open(DoorLimits::default());
        let alarmed = Alarmed::default();
        let mut alarms = Alarms::of(&alarmed);
        for (number, kind) in
            [AlarmKind::Hole, AlarmKind::NoHistory, AlarmKind::Unhealable, AlarmKind::Forged]
                .into_iter()
                .enumerate()
        {
            alarms.raise(alarm(kind, number), &doors, secs(1));
            // Another of the same kind, in the same moment.
            alarms.raise(alarm(kind, 9), &doors, secs(1));
            assert_eq!(alarmed.take(), Some(alarm(kind, number)));
            assert_eq!(alarmed.take(), None);
        }
        let Next::Input(_, said) = inbox.next(secs(1), Duration::ZERO) else { panic!("no alert") };
        assert!(matches!(said.event, Event::Alert(alert) if alert.code == AlertCode::ForgedSeal));
        assert!(!matches!(inbox.next(secs(1), Duration::ZERO), Next::Input(..)));
    }

    #[test]
    fn alarms_that_nobody_takes_make_room_for_newer_ones() {
        let (doors, _inbox) = Doors::open(DoorLimits::default());
        let alarmed = Alarmed::default();
        let mut alarms = Alarms::of(&alarmed);
        for number in 0..=WAITING_MAX {
            let now = secs(1) + ALARM_EVERY.times(i64::try_from(number).unwrap());
            alarms.raise(alarm(AlarmKind::Hole, number), &doors, now);
        }
        let told: Vec<Alarm> = std::iter::from_fn(|| alarmed.take()).collect();
        assert_eq!(told.len(), WAITING_MAX);
        assert_eq!(told.first(), Some(&alarm(AlarmKind::Hole, 1)));
    }
}
