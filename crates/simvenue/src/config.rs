//! What kind of venue it is: latency, fees, queue model, rules of the house, and every bound.
//!
//! Plain data, given once. Nothing here decides anything, and nothing of it is part of a snapshot: a
//! restored venue is given its configuration again.

use contracts::{Asset, Money, Span};

use crate::fees::FeeSchedule;
use crate::queue::QueueModel;

/// The configuration of a simulated venue. Its default is a strict one: no latency, the full fee
/// ladder, the back of every queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueConfig {
    /// How long requests and reports travel.
    pub latency: Latency,
    /// What trading costs.
    pub fees: FeeSchedule,
    /// Where a resting order stands among the orders of others.
    pub queue: QueueModel,
    /// Which order goes when two of the account would trade with each other.
    pub self_trade: SelfTrade,
    /// How a post-only order that would take is turned away.
    pub post_only: PostOnlyMode,
    /// Whether the account must own what it spends, and what it owns at the start.
    pub funds: Funds,
    /// Quotes that were received longer ago than this are no evidence of liquidity.
    pub evidence_age_max: Span,
    /// How many levels of each side of a given book are kept.
    pub book_depth: u16,
    /// How many levels per instrument we may have taken from while the market still shows them
    /// unchanged; beyond it nothing further can be taken.
    pub taken_levels_max: u16,
    /// The most open orders per instrument.
    pub open_orders_max: u32,
    /// How many ended orders are remembered, for queries and against repeated ids; at least one.
    pub orders_remembered: u32,
    /// How many executions are remembered, for queries; at least one.
    pub executions_remembered: u32,
    /// How many requests, and how many reports, may be on their way at once; at least one.
    pub messages_travelling_max: u32,
}

impl Default for VenueConfig {
    fn default() -> Self {
        Self {
            latency: Latency::default(),
            fees: FeeSchedule::ladder(),
            queue: QueueModel::default(),
            self_trade: SelfTrade::default(),
            post_only: PostOnlyMode::default(),
            funds: Funds::Unlimited { start: Vec::new() },
            evidence_age_max: Span::from_secs(30),
            book_depth: 100,
            taken_levels_max: 256,
            open_orders_max: 80,
            orders_remembered: 10_000,
            executions_remembered: 16_384,
            messages_travelling_max: 16_384,
        }
    }
}

/// The two legs of the way to the venue and back. Each keeps the order of what travels on it, as one
/// connection does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// From the sending of a request until it takes effect.
    pub entry: Leg,
    /// From what happens until its report leaves.
    pub response: Leg,
    /// What the jitter is drawn from; the same seed gives the same delays.
    pub seed: u64,
}

impl Latency {
    /// Both legs of fixed length.
    pub fn fixed(entry: Span, response: Span) -> Self {
        let leg = |fixed| Leg { fixed, jitter_max: Span::ZERO };
        Self { entry: leg(entry), response: leg(response), seed: 0 }
    }
}

/// How long one leg takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leg {
    /// At least this long.
    pub fixed: Span,
    /// At most this much longer, drawn for each message.
    pub jitter_max: Span,
}

/// Which order is cancelled so that the account does not trade with itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SelfTrade {
    /// The one that comes.
    #[default]
    CancelNewest,
    /// The one that rests; the one that comes goes on.
    CancelOldest,
    /// Both.
    CancelBoth,
}

/// How a post-only order that would take is turned away. Venues do both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PostOnlyMode {
    /// Accepted, then cancelled.
    #[default]
    Cancel,
    /// Rejected.
    Reject,
}

/// What the account owns at the start, and whether that limits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Funds {
    /// Balances are kept but not looked at; they may go below zero.
    Unlimited {
        /// Balances at the start.
        start: Vec<(Asset, Money)>,
    },
    /// An order needs its cost and worst fee (a sale, its quantity), which is held while it is open.
    Checked {
        /// Balances at the start.
        start: Vec<(Asset, Money)>,
    },
}

impl Funds {
    pub(crate) fn start(&self) -> &[(Asset, Money)] {
        match self {
            Self::Unlimited { start } | Self::Checked { start } => start,
        }
    }

    pub(crate) fn checked(&self) -> bool {
        matches!(self, Self::Checked { .. })
    }
}
