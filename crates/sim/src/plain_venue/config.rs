//! What a simulated venue is set up with.

use contracts::{Money, OutOfRange, Ppm, Rounding, SealKey, Span};

/// What the venue charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeSchedule {
    /// For orders that rested.
    pub maker: Ppm,
    /// For orders that came and took.
    pub taker: Ppm,
}

impl FeeSchedule {
    /// The venue's entry tier: 0.40 % maker, 0.80 % taker.
    pub const ENTRY: Self = Self { maker: Ppm::new(4_000), taker: Ppm::new(8_000) };

    /// The fee on a cost, booked half up in the decimals of the currency.
    pub(crate) fn fee(self, cost: Money, taker: bool, decimals: u8) -> Result<Money, OutOfRange> {
        let rate = if taker { self.taker } else { self.maker };
        cost.at_rate(rate, decimals, Rounding::HalfUp)
    }
}

/// Which order goes when two of the same account would trade with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfTrade {
    /// The one that comes.
    CancelNewest,
    /// The one that rests.
    CancelOldest,
    /// Both.
    CancelBoth,
}

/// The set-up.
#[derive(Clone, Debug)]
pub struct VenueConfig {
    /// The key that requests are sealed with, as an API key would be.
    pub key: SealKey,
    /// What it charges.
    pub fees: FeeSchedule,
    /// Self-trade prevention.
    pub self_trade: SelfTrade,
    /// How long a request takes to have effect.
    pub entry_latency: Span,
    /// How long a report takes to leave.
    pub response_latency: Span,
    /// A quote older than this is no liquidity.
    pub quote_age_max: Span,
    /// The most open orders for one instrument.
    pub open_orders_max: usize,
    /// How many finished orders are remembered.
    pub finished_kept: usize,
}

impl VenueConfig {
    /// A venue without latency, at the entry tier.
    pub fn instant(key: SealKey) -> Self {
        Self {
            key,
            fees: FeeSchedule::ENTRY,
            self_trade: SelfTrade::CancelOldest,
            entry_latency: Span::ZERO,
            response_latency: Span::ZERO,
            quote_age_max: Span::MINUTE,
            open_orders_max: 225,
            finished_kept: 65_536,
        }
    }
}
