//! The vocabulary of Njord: exact amounts, ids, events, envelopes, topics, and their one codec.
//!
//! Everything that two parts of the system say to each other is a type of this crate, and nothing
//! else is: no behaviour, no IO, no clock, no float. The crate relies on nothing of ours; all other
//! crates rely on it.

mod account;
mod control;
mod decision;
mod envelope;
mod event;
mod ids;
mod intent;
mod limit;
mod market;
mod num;
mod order;
mod schema;
mod seal;
mod signal;
mod signature;
mod symbol;
mod symbol_map;
mod text;
mod time;
mod topic;
mod venue;
mod wire;

pub mod codec;
#[cfg(feature = "schema")]
pub mod export;
pub mod testing;

pub use account::{Portfolio, Position};
pub use control::{
    Alert, AlertCode, BooksCompared, Carried, ClearKill, DeadLetter, DecodeFault, Gap, Head,
    KillLevel, KillPoll, KillReading, KillState, KillTrigger, RosterControl, RosterStep, Signed,
    StrategyControl, StrategyRun, Trip, Wake,
};
pub use decision::{
    Approval, Breach, CancelApproval, Figures, ProtectApproval, Reason, Refusal, RefusalDetail,
};
pub use envelope::{Cause, Envelope};
pub use event::Event;
pub use ids::{
    Corr, Epoch, ExecutionId, IntentSeq, Label, NotAnOrderId, OrderId, Origin, RunId, Seq, Source,
    StrategyId, TradeId, VenueRef,
};
pub use intent::{Amend, Cancel, Place, Protect};
pub use limit::{LimitKey, LimitOutcome, LimitState, LimitValue, SetLimit};
pub use market::{
    Bar, Feed, FeedState, Instrument, Level, LevelPart, Mark, MarketStatus, Ticker, Timeframe,
    Trade,
};
pub use num::{
    Bps, DecimalText, Money, Net, OutOfRange, ParseAmountError, Ppm, Price, Qty, Rounding,
};
pub use order::{
    Fill, InvalidOrder, Lifetime, Liquidity, OrderAccepted, OrderKind, OrderSpec, OrderState,
    OrderUpdate, Side, VenueReason,
};
pub use seal::{NotASeal, Seal, SealKey, SealWriter};
pub use signal::Signal;
pub use signature::{NotASignature, Signature};
pub use symbol::{Asset, Symbol};
pub use symbol_map::SymbolMap;
pub use text::{TextError, read_hex};
pub use time::{NotNanos, Span, Ts};
pub use topic::{Delivery, NotATopic, Topic, TopicKind};
pub use venue::{
    AmendOrder, ArmDeadMan, AskStatement, CancelAll, CancelOrder, QueryOrder, Report, Says,
    Statement, StatementBalance, StatementOrder, Submit, seal_request,
};
