//! What a board answers, as plain data: written as JSON for pages and programs, read back by commands.
//!
//! Amounts, times and counters are strings, as everywhere in the messages; fields are only added.

mod answers;
mod shown;

use contracts::Money;
use serde::{Deserialize, Serialize};

pub use shown::{
    AlertShown, CashShown, FILLS_MAX, FeedShown, FeedsShown, FillShown, GuardShown, KillShown,
    NetShown, OrderShown, PollShown, PositionShown, Standing, StopShown, StrategyShown,
};

use crate::about::About;
use crate::refusals::RefusalShown;
use crate::story::Moment;
use contracts::{OrderId, Portfolio, Ts};

/// A list shows at most so many lines, and says how many there are.
pub const LISTED_MAX: usize = 500;

/// The state of the whole, on one page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Which process.
    pub about: About,
    /// When this was asked.
    pub at: Ts,
    /// When anything was last heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<Ts>,
    /// Since when orders, fills and refusals are known, where that is not from the very first one on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_since: Option<Ts>,
    /// How many orders are open, by us and by the venue.
    pub orders: OrderCounts,
    /// What we hold of each instrument, by us and by the venue; flat ones are left out.
    pub positions: Listed<NetShown>,
    /// Cash, by us and by the venue.
    pub cash: CashShown,
    /// The account at the last prices, as the gate tells it every second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portfolio: Option<Portfolio>,
    /// The result since 00:00 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub today: Option<Today>,
    /// How well the markets are seen.
    pub feeds: FeedsShown,
    /// What was refused.
    pub refused: Refused,
    /// The kill switch.
    pub kill: KillShown,
    /// The strategies.
    pub strategies: Vec<StrategyShown>,
    /// How our books compare with the venue's.
    pub compared: Compared,
    /// The last alerts, the latest first.
    pub alerts: Vec<AlertShown>,
    /// How much there was of what.
    pub counts: Counts,
    /// What this cannot know, and why.
    pub not_known: Vec<NotKnown>,
}

/// How many orders are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCounts {
    /// By our own account; those of unknown fate count.
    pub ours: u64,
    /// By the venue's word; absent where it was not heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<u64>,
    /// Open on one side only. Not zero for a moment while a word is on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<u64>,
    /// Orders whose fate is not known.
    pub unknown: u64,
}

/// The result since 00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Today {
    /// The change of equity.
    pub result: Money,
    /// A loss beyond this lets only reducing orders pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Money>,
    /// A loss beyond this trips the kill switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kill: Option<Money>,
}

/// What was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// In the last 24 hours.
    pub last_day: u64,
    /// The last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<RefusalShown>,
}

/// How our books compare with the venue's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// When the venue last said anything: about an order, or in a statement that agrees with our books.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue_heard: Option<Ts>,
    /// How many differences were told.
    pub mismatches: u64,
    /// When the last one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_mismatch: Option<Ts>,
    /// The last comparison with a statement of the venue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub books: Option<BooksShown>,
}

/// A comparison of our books with a statement of the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BooksShown {
    /// When it was.
    pub at: Ts,
    /// How many facts the statement told before anybody else, or that nobody else told.
    pub repaired: u32,
    /// The same of all comparisons that this board knows of.
    pub repaired_all: u64,
    /// How many differences stand open that no fact explains.
    pub open: u32,
}

/// How much there was of what, since the board began to listen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Messages.
    pub heard: u64,
    /// Intents.
    pub intents: u64,
    /// Orders that were approved.
    pub approved: u64,
    /// Intents that were refused.
    pub refused: u64,
    /// Fills.
    pub fills: u64,
    /// Alerts.
    pub alerts: u64,
    /// Orders that are over and were let go from memory.
    pub orders_let_go: u64,
    /// Orders that may still be open and were let go all the same: there were too many.
    pub open_let_go: u64,
    /// Refusals that are counted and no longer shown.
    pub refusals_let_go: u64,
    /// Fills that are counted and no longer shown.
    pub fills_let_go: u64,
    /// Positions that found no room.
    pub positions_let_go: u64,
}

/// What a board cannot know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotKnown {
    /// Orders that were open before it began to listen and have not moved since.
    OrdersFromBefore,
    /// Positions that have not changed since it began to listen.
    PositionsFromBefore,
    /// Cash of the strategies.
    Cash,
    /// What the venue has: its own word was not heard.
    Venue,
    /// How the kill switch stands: it has not moved since this began to listen.
    KillSwitch,
    /// The polled sources of the kill switch.
    KillSources,
    /// An amount left the range of exact arithmetic.
    Overflowed,
}

/// The story of one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The order.
    pub order: OrderShown,
    /// Why it was asked for, in the word of whoever asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<contracts::Label>,
    /// Why it, or a change of it, was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<RefusalShown>,
    /// What happened, in order.
    pub moments: Vec<Moment>,
    /// Moments that are left out before the last.
    pub moments_more: u64,
}

/// Why there is no story to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NotFound {
    /// Not hexadecimal digits, or too many.
    NotAnId,
    /// No order of those that are remembered begins like that.
    None,
    /// Several do.
    Several {
        /// Some of them.
        ids: Vec<OrderId>,
    },
    /// Nothing was refused.
    NothingRefused,
}

/// A list with a bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed<T> {
    /// What is shown.
    pub shown: Vec<T>,
    /// How many more there are.
    pub more: u64,
}

impl<T> Listed<T> {
    pub(crate) fn of(all: impl IntoIterator<Item = T>) -> Self {
        let mut all = all.into_iter();
        let shown = all.by_ref().take(LISTED_MAX).collect();
        Self { shown, more: all.count() as u64 }
    }
}
