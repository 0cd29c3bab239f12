//! The largest loss of a day: what the daily cap is held against until midnight, whatever is won back.

use contracts::{Money, Ts};
use serde::{Deserialize, Serialize};

/// The largest loss of the day that it was last noted on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WorstLoss {
    day: i64,
    loss: Money,
}

impl WorstLoss {
    /// So much is lost by now.
    pub(crate) fn note(&mut self, now: Ts, loss: Money) {
        let loss = loss.max(self.at(now));
        *self = Self { day: now.day(), loss };
    }

    /// The largest loss of the day that `now` is in; nothing on one that has lost nothing yet.
    pub(crate) fn at(&self, now: Ts) -> Money {
        if self.day == now.day() { self.loss } else { Money::ZERO }
    }
}
