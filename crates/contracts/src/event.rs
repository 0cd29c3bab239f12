//! The one vocabulary: everything that is ever said in Njord is one of these.

use crate::account::{Portfolio, Position};
use crate::control::{
    Alert, BooksCompared, Carried, ClearKill, DeadLetter, Gap, Head, KillPoll, KillState,
    RosterControl, StrategyControl, Trip, Wake,
};
use crate::decision::{Approval, CancelApproval, ProtectApproval, Refusal, RefusalDetail};
use crate::intent::{Amend, Cancel, Place, Protect};
use crate::limit::{LimitState, SetLimit};
use crate::market::{Bar, Feed, Instrument, Level, Mark, Ticker, Trade};
use crate::order::{Fill, OrderAccepted, OrderUpdate};
use crate::seal::Seal;
use crate::signal::Signal;
use crate::topic::Topic;
use crate::venue::{
    AmendOrder, ArmDeadMan, AskStatement, CancelAll, CancelOrder, QueryOrder, Report, Statement,
    StatementBalance, StatementOrder, Submit,
};

/// Declares [`Event`] with everything that must know each of its variants: the name on the wire, the
/// topic, and reading and writing the body. A variant cannot be added to one and forgotten in another.
macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident($body:ty) = $name:literal, |$field:ident| $topic:expr;)*) => {
        /// Something that happened, or that somebody wants. `Copy`, no allocation, at most 128 bytes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Event { $($(#[$doc])* $variant($body),)* }

        impl Event {
            /// The names of all types, in the order of declaration.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The name of the type on the wire.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }

            /// The topic this is said on. There is no other place where a topic is chosen.
            #[inline]
            pub fn topic(&self) -> Topic {
                match self { $(Self::$variant($field) => $topic,)* }
            }

            /// Reads the body of the type of that name; `None` for a name that is not known.
            pub(crate) fn read_body(name: &str, body: &str) -> Option<serde_json::Result<Self>> {
                match name {
                    $($name => Some(serde_json::from_str::<$body>(body).map(Self::$variant)),)*
                    _ => None,
                }
            }

            /// Appends the body as canonical JSON.
            pub(crate) fn write_body(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
                match self { $(Self::$variant(body) => serde_json::to_writer(out, body),)* }
            }

            /// The schema of the body of every type, by its name.
            #[cfg(feature = "schema")]
            pub fn body_schemas(
                generator: &mut schemars::SchemaGenerator,
            ) -> Vec<(&'static str, schemars::Schema)> {
                vec![$(($name, generator.subschema_for::<$body>())),*]
            }
        }
    };
}

events! {
    /// The rules of an instrument.
    Instrument(Instrument) = "instrument", |body| Topic::Instrument(body.symbol);
    /// A trade between others.
    Trade(Trade) = "trade", |body| Topic::Trades(body.symbol);
    /// One level of a book.
    Level(Level) = "level", |body| Topic::Book(body.symbol);
    /// Best prices and last trade.
    Ticker(Ticker) = "ticker", |body| Topic::Ticker(body.symbol);
    /// A closed bar.
    Bar(Bar) = "bar", |body| Topic::Ohlcv(body.timeframe, body.symbol);
    /// How well we see a market.
    Feed(Feed) = "feed", |body| Topic::Feed(body.symbol);
    /// The price by which the gate judges.
    Mark(Mark) = "mark", |body| Topic::Mark(body.symbol);

    /// Please place.
    Place(Place) = "place", |_body| Topic::Intent;
    /// Please cancel.
    Cancel(Cancel) = "cancel", |_body| Topic::Intent;
    /// Please change.
    Amend(Amend) = "amend", |_body| Topic::Intent;
    /// Please guard.
    Protect(Protect) = "protect", |_body| Topic::Intent;

    /// Which position a program outside wants.
    Signal(Signal) = "signal", |_body| Topic::Signal;

    /// The gate lets an order pass.
    Approved(Approval) = "approved", |_body| Topic::Decision;
    /// The gate lets a change of an order pass.
    AmendApproved(Approval) = "amend_approved", |_body| Topic::Decision;
    /// The gate passes a cancel on.
    CancelApproved(CancelApproval) = "cancel_approved", |_body| Topic::Decision;
    /// The gate passes a guard on; the guard's own orders will each be judged.
    ProtectApproved(ProtectApproval) = "protect_approved", |_body| Topic::Decision;
    /// The gate refuses.
    Refused(Refusal) = "refused", |_body| Topic::Decision;
    /// A further rule that the refused intent broke.
    RefusedAlso(RefusalDetail) = "refused_also", |_body| Topic::Decision;

    /// An approved order now exists.
    Accepted(OrderAccepted) = "accepted", |_body| Topic::OrdersAccepted;
    /// An order has moved.
    Order(OrderUpdate) = "order", |_body| Topic::OrdersUpdate;
    /// A part of an order has traded; told once.
    Fill(Fill) = "fill", |_body| Topic::Fills;

    /// To the venue: take this order.
    Submit(Submit) = "submit", |_body| Topic::VenueRequest;
    /// To the venue: cancel that order.
    CancelOrder(CancelOrder) = "cancel_order", |_body| Topic::VenueRequest;
    /// To the venue: change that order.
    AmendOrder(AmendOrder) = "amend_order", |_body| Topic::VenueRequest;
    /// To the venue: what became of that order?
    QueryOrder(QueryOrder) = "query_order", |_body| Topic::VenueRequest;
    /// To the venue: show the account.
    AskStatement(AskStatement) = "ask_statement", |_body| Topic::VenueRequest;
    /// To the venue: cancel everything.
    CancelAll(CancelAll) = "cancel_all", |_body| Topic::VenueRequest;
    /// To the venue: cancel everything unless you hear from me.
    ArmDeadMan(ArmDeadMan) = "arm_dead_man", |_body| Topic::VenueRequest;
    /// From the venue: an execution; it may be told more than once.
    Executed(Fill) = "executed", |_body| Topic::VenueReport;
    /// From the venue: where an order stands.
    Report(Report) = "report", |_body| Topic::VenueReport;
    /// From the venue: the account, in the lines that follow.
    Statement(Statement) = "statement", |_body| Topic::VenueReport;
    /// From the venue: an order of the account.
    StatementOrder(StatementOrder) = "statement_order", |_body| Topic::VenueReport;
    /// From the venue: a trade of the account. Trades of one moment stand in the venue's own order.
    StatementTrade(Fill) = "statement_trade", |_body| Topic::VenueReport;
    /// From the venue: what the account owns.
    StatementBalance(StatementBalance) = "statement_balance", |_body| Topic::VenueReport;

    /// A position after it changed.
    Position(Position) = "position", |_body| Topic::Positions;
    /// A whole account.
    Portfolio(Portfolio) = "portfolio", |_body| Topic::Portfolio;

    /// Trip the kill switch.
    Trip(Trip) = "trip", |_body| Topic::ControlKill;
    /// Clear the kill switch.
    ClearKill(ClearKill) = "clear_kill", |_body| Topic::ControlKill;
    /// A poll of a kill source.
    KillPoll(KillPoll) = "kill_poll", |_body| Topic::ControlPoll;
    /// The latch has moved.
    KillState(KillState) = "kill_state", |_body| Topic::ControlKill;
    /// A strategy is paused, quarantined, or goes on.
    StrategyControl(StrategyControl) = "strategy_control", |_body| Topic::ControlStrategy;
    /// The host of the strategies is told what is about to happen.
    Roster(RosterControl) = "roster", |_body| Topic::ControlStrategy;
    /// Change a limit.
    SetLimit(SetLimit) = "set_limit", |_body| Topic::ControlLimits;
    /// What became of a change of a limit.
    LimitState(LimitState) = "limit_state", |_body| Topic::ControlLimits;
    /// A timer has fired.
    Wake(Wake) = "wake", |_body| Topic::Wake;

    /// The last position of a source on a topic.
    Head(Head) = "head", |_body| Topic::Heads;
    /// How much has been carried to the world.
    Carried(Carried) = "carried", |_body| Topic::Heads;
    /// Our books were compared with the venue's.
    BooksCompared(BooksCompared) = "books_compared", |_body| Topic::Heads;
    /// Messages are missing.
    Gap(Gap) = "gap", |_body| Topic::Gaps;
    /// A message that could not be read.
    DeadLetter(DeadLetter) = "dead_letter", |_body| Topic::DeadLetters;
    /// Something that a person should know.
    Alert(Alert) = "alert", |_body| Topic::Alerts;
}

impl Event {
    /// The same with another seal; an event without one is unchanged. Results are hashed without
    /// seals, because keys differ between systems that decide the same.
    #[must_use]
    pub fn with_seal(mut self, seal: Seal) -> Self {
        match &mut self {
            Self::Approved(body) | Self::AmendApproved(body) => body.seal = seal,
            Self::CancelApproved(body) => body.seal = seal,
            Self::ProtectApproved(body) => body.seal = seal,
            Self::Submit(body) => body.seal = seal,
            Self::CancelOrder(body) => body.seal = seal,
            Self::AmendOrder(body) => body.seal = seal,
            Self::CancelAll(body) => body.seal = seal,
            Self::ArmDeadMan(body) => body.seal = seal,
            _ => {}
        }
        self
    }
}

const _: () = assert!(size_of::<Event>() <= 128, "an event must stay within two cache lines");
