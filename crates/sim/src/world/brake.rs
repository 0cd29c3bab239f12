//! The brake at the door to the venue: looked at before each request is sent, when the decision is long written. While
//! the file of the kill switch says stop, or for any other reason, what could open or enlarge a position is not sent,
//! and whoever asked is told that it was not.

use contracts::{Envelope, Span, Ts};
use execution::not_sent;
use kernel::Seeded;

use super::{Action, Happening, World};

/// So often, in parts per million, there is no room for the word that something was not sent.
const UNTOLD_PPM: u32 = 100_000;

/// What holds, and until when.
pub(super) struct Brake {
    until: Ts,
    dice: Seeded,
}

impl Brake {
    pub(super) fn new(dice: Seeded) -> Self {
        Self { until: Ts::ZERO, dice }
    }

    /// Nothing holds any more.
    pub(super) fn lets_go(&mut self) {
        self.until = Ts::ZERO;
    }
}

impl World {
    /// Asked every second: whether something holds, be it a watcher that is late or books that are doubted.
    pub(super) fn brake_grips(&mut self) {
        if self.brake.dice.chance_ppm(self.faults.hold_ppm) {
            let most = self.faults.hold_max.nanos().max(1);
            let span = Span::from_nanos(self.brake.dice.between(1, most));
            self.brake.until = self.now + span;
        }
    }

    /// Whether that request is not sent.
    pub(super) fn is_held(&mut self, node: usize, request: &Envelope) -> Result<bool, String> {
        if self.now >= self.brake.until && !self.kill_file.says_stop(self.now) {
            return Ok(false);
        }
        let Some(envelope) = not_sent(&request.event, self.local(node)) else { return Ok(false) };
        self.tell(Happening::HeldBack(request))?;
        if !self.brake.dice.chance_ppm(UNTOLD_PPM) {
            self.schedule(self.now, Action::Lossy { to: node, envelope });
        }
        Ok(true)
    }
}
