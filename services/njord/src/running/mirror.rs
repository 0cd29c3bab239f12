//! How what a process says stands on the bus on which it says everything too: for the board, the health, the log
//! and the numbers.
//!
//! The process needs nobody there and waits for nobody. What is durable and did not get there waits in the
//! journal, and goes there by itself once it can.

use std::time::Duration;

use board::{Mirror, Mirrored};
use bus::{FaultKind, Mouth, Room};
use launch::BusVitals;
use runtime::Stop;
use telemetry::{Clock, Component, Log, Notice, Said};

use crate::serving::SharedBoard;

/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// What it says about itself in the log.
pub(super) const MIRROR: Component = Component::new("up.mirror");

/// Who looks at it.
pub(super) struct Mirroring {
    pub(super) vitals: BusVitals,
    pub(super) mouth: Mouth,
    /// The address of the bus.
    pub(super) at: String,
    pub(super) board: SharedBoard,
    pub(super) log: Log,
    pub(super) clock: Clock,
}

impl Mirroring {
    /// Tells how it stands whenever that is another, until it is over.
    pub(super) fn keep(mut self, stop: &Stop) {
        // Whether somebody was told that it is behind, or is still to be told that it is not.
        let (mut is_said, began) = (false, (self.clock)());
        let mut shown =
            Mirror { at: self.at.clone(), standing: Mirrored::Behind, since: began, why: None };
        self.board.mirrored(shown.clone());
        loop {
            let room = self.vitals.look();
            let (standing, why) = (standing(room), self.why(room));
            if (standing, &why) != (shown.standing, &shown.why) {
                let now = (self.clock)();
                let since = if standing == shown.standing { shown.since } else { now };
                match standing {
                    Mirrored::Whole if is_said || shown.since == began => {
                        let behind_ms = now.since(shown.since).millis().unsigned_abs();
                        self.log.tell(Notice::BusWhole { behind_ms });
                        is_said = false;
                    }
                    // Only for a moment, as far as anybody knows.
                    Mirrored::Behind if why.is_some() && !is_said => {
                        self.log.tell(Notice::BusBehind { why: self.in_a_word() });
                        is_said = true;
                    }
                    // Of somebody else who speaks there an alarm tells.
                    Mirrored::Whole | Mirrored::Behind | Mirrored::Fenced => {}
                }
                shown = Mirror { at: shown.at, standing, since, why };
                self.board.mirrored(shown.clone());
            }
            while let Some(alarm) = self.mouth.alarm() {
                let notice = Notice::BusAlarm { what: alarm.kind.name() };
                self.log.tell(Said::from(notice).because(&alarm));
            }
            if stop.wait(LOOK_EVERY) {
                return;
            }
        }
    }

    /// What a person is to know of it.
    fn why(&self, room: Room) -> Option<String> {
        match room {
            Room::Plenty | Room::Full => None,
            Room::Away => self.mouth.trouble().map(|fault| fault.to_string()),
            Room::Fenced => Some(
                "another journal has said more there; try: a Redis of its own, or one that is empty"
                    .to_owned(),
            ),
        }
    }

    fn in_a_word(&self) -> &'static str {
        match self.mouth.trouble().map(|fault| fault.kind) {
            None => "it is not as full as the journal",
            Some(FaultKind::Away) => "nobody answers there",
            Some(FaultKind::Timeout) => "there was no answer in time",
            Some(FaultKind::NotAllowed) => "the server does not let us",
            Some(FaultKind::NoRoom) => "the server has no room",
            Some(FaultKind::Nonsense) => "what answers there is no such server",
        }
    }
}

fn standing(room: Room) -> Mirrored {
    match room {
        Room::Plenty => Mirrored::Whole,
        Room::Full | Room::Away => Mirrored::Behind,
        Room::Fenced => Mirrored::Fenced,
    }
}
