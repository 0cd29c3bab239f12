//! The lines of the lists.

use contracts::{
    AlertCode, Asset, Bps, FeedState, KillLevel, KillReading, KillTrigger, Liquidity, Money, Net,
    OrderId, OrderState, Origin, Price, Qty, Side, Span, StrategyId, StrategyRun, Symbol, Ts,
    VenueReason, VenueRef,
};
use serde::{Deserialize, Serialize};

/// How many fills are kept.
pub const FILLS_MAX: usize = 500;

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderShown {
    /// Its id.
    pub id: OrderId,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<StrategyId>,
    /// Which part of the strategy's house asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The order it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<OrderId>,
    /// The pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<Symbol>,
    /// Buy or sell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// What it is for.
    pub qty: Qty,
    /// What of it has traded.
    pub filled: Qty,
    /// The average price of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<Price>,
    /// Its limit price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Price>,
    /// The price that wakes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Price>,
    /// Where it stands; absent where it never came to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<OrderState>,
    /// Why.
    pub reason: VenueReason,
    /// The venue's own id for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue_ref: Option<VenueRef>,
    /// What the venue took for it, by currency.
    pub fees: Vec<(Asset, Money)>,
    /// When it was first heard of.
    pub began: Ts,
    /// When it last moved.
    pub moved: Ts,
}

/// The stop that waits at the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopShown {
    /// The order.
    pub id: OrderId,
    /// The price that wakes it.
    pub trigger: Price,
    /// How much of the position it closes.
    pub qty: Qty,
    /// Whether the venue has confirmed it.
    pub at_venue: bool,
}

/// What a guard was asked to do, in distances from the entry price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardShown {
    /// Close when the price has gone so far against it; zero: no stop.
    pub stop: Bps,
    /// Close when the price has gone so far in favour; zero: no target.
    pub target: Bps,
    /// Close when the price has come so far back from its best; zero: no trailing stop.
    pub trail: Bps,
}

/// What one strategy holds of one instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionShown {
    /// Whose.
    pub strategy: StrategyId,
    /// The pair.
    pub symbol: Symbol,
    /// Long above zero, short below.
    pub net: Net,
    /// The average entry price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<Price>,
    /// The price now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// What it is worth at that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Money>,
    /// Profit and loss of what is open, before fees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrealised: Option<Money>,
    /// Profit and loss of what was closed, before fees.
    pub realised: Money,
    /// Fees so far.
    pub fees: Money,
    /// The nearest stop that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<StopShown>,
    /// How many stops wait.
    pub stops: u32,
    /// The last guard that was granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<GuardShown>,
}

/// What the account holds of one instrument, by us and by the venue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetShown {
    /// The pair.
    pub symbol: Symbol,
    /// By our books.
    pub ours: Net,
    /// By the venue's executions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<Net>,
    /// Ours less the venue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<Net>,
    /// The nearest stop that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<StopShown>,
    /// How many stops wait.
    pub stops: u32,
}

/// Cash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashShown {
    /// The currency of the account.
    pub asset: Asset,
    /// By our fills.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ours: Option<Money>,
    /// By the venue's executions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<Money>,
    /// Ours less the venue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<Money>,
}

/// A market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedShown {
    /// The pair.
    pub symbol: Symbol,
    /// How well it is seen.
    pub state: FeedState,
    /// How long ago anything came.
    pub age: Span,
}

/// All markets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedsShown {
    /// How many are known.
    pub known: u64,
    /// How many are complete and current.
    pub live: u64,
    /// The one that was silent for longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stalest: Option<FeedShown>,
    /// Those that are not well.
    pub unwell: Vec<FeedShown>,
}

/// A strategy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategyShown {
    /// Its name.
    pub strategy: StrategyId,
    /// Whether it runs.
    pub run: StrategyRun,
    /// Whether it is on the roster, and has been heard.
    #[serde(default)]
    pub standing: Standing,
    /// Its cash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cash: Option<Money>,
    /// How many instruments it holds.
    pub holds: u64,
    /// Its open orders.
    pub open_orders: u64,
    /// Profit and loss of what was closed, before fees.
    pub realised: Money,
    /// Profit and loss of what is open, before fees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrealised: Option<Money>,
    /// Fees so far.
    pub fees: Money,
    /// Orders that were approved.
    pub approved: u64,
    /// Intents that were refused.
    pub refused: u64,
    /// Fills.
    pub fills: u64,
}

/// Whether a strategy is on the roster, and has been heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is, and has asked for something.
    #[default]
    Active,
    /// It is, and has asked for nothing yet: it warms up, or waits for its moment.
    Quiet,
    /// It was once; what it holds is still ours.
    Left,
}

/// The kill switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KillShown {
    /// The level it is tripped at; absent when clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<KillLevel>,
    /// What tripped it, or last cleared it; absent: it never moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<KillTrigger>,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Ts>,
    /// The sources that are polled.
    pub sources: Vec<PollShown>,
}

/// A polled source of the kill switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollShown {
    /// Which.
    pub trigger: KillTrigger,
    /// What it said last.
    pub reading: KillReading,
    /// When.
    pub at: Ts,
}

/// A fill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillShown {
    /// When the venue says it happened.
    pub at: Ts,
    /// The order.
    pub id: OrderId,
    /// Whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<StrategyId>,
    /// Which part of the strategy's house asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The pair.
    pub symbol: Symbol,
    /// Bought or sold.
    pub side: Side,
    /// How much.
    pub qty: Qty,
    /// At which price.
    pub price: Price,
    /// What the venue took.
    pub fee: Money,
    /// In which currency.
    pub fee_asset: Asset,
    /// Who waited and who came.
    pub liquidity: Liquidity,
    /// The venue's id of it.
    pub exec: VenueRef,
}

/// An alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertShown {
    /// When.
    pub at: Ts,
    /// What.
    pub code: AlertCode,
    /// The pair it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<Symbol>,
    /// The order it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
}
