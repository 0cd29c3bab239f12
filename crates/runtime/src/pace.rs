//! A market that was made ahead of time happens at the pace of the clock.

use std::time::Duration;

use contracts::{Event, Ts};
use telemetry::Clock;

use crate::stop::Stop;

/// The longest wait at once, so that a clock which is turned is noticed.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Lets every event happen when its time has come, until there are no more or somebody says stop. What
/// is late, because nobody ran for a while, happens at once.
pub fn pace(
    market: impl Iterator<Item = (Ts, Event)>,
    clock: &Clock,
    stop: &Stop,
    mut happen: impl FnMut(Ts, Event),
) {
    for (at, event) in market {
        loop {
            let early = at.since(clock()).nanos();
            if early <= 0 {
                break;
            }
            let wait = Duration::from_nanos(early.unsigned_abs()).min(LOOK_EVERY);
            if stop.wait(wait) {
                return;
            }
        }
        if stop.is_said() {
            return;
        }
        happen(at, event);
    }
}
