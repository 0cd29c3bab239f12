//! What a strategy asked for and the helpers did not send: why, how often, and which was the last.

use contracts::{Symbol, Ts};
use serde::{Deserialize, Serialize};

/// Why nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsent {
    /// The strategy is still warming up on this symbol, or the bar in hand is history.
    WarmingUp,
    /// The strategy, or the strategy on this symbol, is paused.
    Paused,
    /// The symbol is not on the strategy's list.
    NotListed,
    /// The rules of the instrument are not known yet.
    UnknownInstrument,
    /// There is no price by which a stake of money could become a quantity.
    NoPrice,
    /// Below the venue's smallest quantity or cost.
    BelowMinimum,
    /// The limit price is none once it is on a tick.
    NotAPrice,
    /// The parts of the order contradict each other.
    Contradiction,
    /// There is nothing to close that is not being closed already.
    NothingToClose,
    /// The order is not one of the strategy's own open ones.
    NotAnOpenOrder,
    /// The last change of this order is still on its way.
    AmendPending,
    /// As many orders are open as may be.
    TooManyOrders,
}

impl Unsent {
    /// Every reason.
    pub const ALL: [Self; 12] = [
        Self::WarmingUp,
        Self::Paused,
        Self::NotListed,
        Self::UnknownInstrument,
        Self::NoPrice,
        Self::BelowMinimum,
        Self::NotAPrice,
        Self::Contradiction,
        Self::NothingToClose,
        Self::NotAnOpenOrder,
        Self::AmendPending,
        Self::TooManyOrders,
    ];
}

/// How often each reason came up, and what was last not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsentLog {
    counts: [u64; Unsent::ALL.len()],
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last: Option<LastUnsent>,
}

/// What was last not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastUnsent {
    /// Why.
    pub why: Unsent,
    /// When.
    pub at: Ts,
    /// For which pair, where that was said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub symbol: Option<Symbol>,
}

impl UnsentLog {
    pub(crate) fn note(&mut self, why: Unsent, at: Ts, symbol: Option<Symbol>) {
        self.counts[why as usize] += 1;
        self.last = Some(LastUnsent { why, at, symbol });
    }

    /// How often it was for this reason.
    pub fn count(&self, why: Unsent) -> u64 {
        self.counts[why as usize]
    }

    /// How often in all.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The last one.
    pub fn last(&self) -> Option<LastUnsent> {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_stand_at_their_own_place() {
        for (place, why) in Unsent::ALL.into_iter().enumerate() {
            assert_eq!(why as usize, place);
        }
    }
}
