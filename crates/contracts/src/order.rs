//! An order, and where it stands.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::{OrderId, VenueRef};
use crate::num::{Money, Price, Qty};
use crate::symbol::{Asset, Symbol};
use crate::time::Ts;
use crate::wire::wire;

wire! {
    /// Buy or sell.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Side {
        /// Buy the base, pay the quote.
        Buy,
        /// Sell the base, receive the quote.
        Sell,
    }
}

impl Side {
    /// The other one.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }
}

/// At which price an order may trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderKind {
    /// At whatever the book offers.
    Market,
    /// At this price or better.
    Limit(Price),
    /// As a market order, once the last trade reaches the trigger.
    Stop {
        /// The price that wakes it.
        trigger: Price,
    },
    /// As a limit order, once the last trade reaches the trigger.
    StopLimit {
        /// The price that wakes it.
        trigger: Price,
        /// The worst price it may then trade at.
        limit: Price,
    },
}

/// How long an order stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Until it is cancelled.
    UntilCancelled,
    /// Until it is cancelled, and it never takes: an order that would is cancelled on arrival.
    PostOnly,
    /// What does not trade at once is cancelled.
    Immediate,
    /// Until that moment.
    Until(Ts),
}

/// Why these fields do not make an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrder {
    /// Nothing to trade.
    #[error("quantity is zero")]
    NoQuantity,
    /// A market or stop order has no price at which it could rest.
    #[error("post-only or a lifetime needs an order with a limit price")]
    CannotRest,
    /// A stop waits, so it cannot be immediate or post-only.
    #[error("a stop order can be neither immediate nor post-only")]
    StopCannot,
    /// The fields contradict each other.
    #[error("price fields do not match the kind of order")]
    Fields,
}

/// What is wanted of the venue: side, quantity, price conditions and lifetime, already consistent.
///
/// The fields are private so that a contradiction (a post-only market order, a quantity of zero)
/// cannot exist, neither built in code nor read from the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderSpec {
    qty: Qty,
    limit: Option<Price>,
    trigger: Option<Price>,
    symbol: Symbol,
    until: Ts,
    side: Side,
    tif: Tif,
    reduce_only: bool,
}

/// The wire names of the lifetimes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum Tif {
    Gtc,
    Post,
    Ioc,
    Gtd,
}

impl OrderSpec {
    /// An order; refused where its parts contradict each other.
    pub fn new(
        symbol: Symbol,
        side: Side,
        qty: Qty,
        kind: OrderKind,
        lifetime: Lifetime,
    ) -> Result<Self, InvalidOrder> {
        let (limit, trigger) = match kind {
            OrderKind::Market => (None, None),
            OrderKind::Limit(limit) => (Some(limit), None),
            OrderKind::Stop { trigger } => (None, Some(trigger)),
            OrderKind::StopLimit { trigger, limit } => (Some(limit), Some(trigger)),
        };
        let (tif, until) = match lifetime {
            Lifetime::UntilCancelled => (Tif::Gtc, Ts::ZERO),
            Lifetime::PostOnly => (Tif::Post, Ts::ZERO),
            Lifetime::Immediate => (Tif::Ioc, Ts::ZERO),
            Lifetime::Until(until) => (Tif::Gtd, until),
        };
        let spec = Self { qty, limit, trigger, symbol, until, side, tif, reduce_only: false };
        spec.checked()
    }

    /// The same order, marked as one that may only shrink a position.
    #[must_use]
    pub fn reduce_only(mut self) -> Self {
        self.reduce_only = true;
        self
    }

    /// The same order with another quantity and price conditions; what an amend asks for.
    pub fn amended(
        self,
        qty: Qty,
        limit: Option<Price>,
        trigger: Option<Price>,
    ) -> Result<Self, InvalidOrder> {
        let amended =
            Self { qty, limit: limit.or(self.limit), trigger: trigger.or(self.trigger), ..self };
        if (amended.limit.is_some(), amended.trigger.is_some())
            != (self.limit.is_some(), self.trigger.is_some())
        {
            return Err(InvalidOrder::Fields);
        }
        amended.checked()
    }

    fn checked(self) -> Result<Self, InvalidOrder> {
        if self.qty.is_zero() {
            return Err(InvalidOrder::NoQuantity);
        }
        if self.trigger.is_some() && matches!(self.tif, Tif::Ioc | Tif::Post) {
            return Err(InvalidOrder::StopCannot);
        }
        if self.limit.is_none()
            && (self.tif == Tif::Post || self.tif == Tif::Gtd && self.trigger.is_none())
        {
            return Err(InvalidOrder::CannotRest);
        }
        if (self.tif == Tif::Gtd) == (self.until == Ts::ZERO) {
            return Err(InvalidOrder::Fields);
        }
        Ok(self)
    }

    /// The pair.
    pub fn symbol(&self) -> Symbol {
        self.symbol
    }

    /// Buy or sell.
    pub fn side(&self) -> Side {
        self.side
    }

    /// How much; never zero.
    pub fn qty(&self) -> Qty {
        self.qty
    }

    /// The worst price it may trade at, where it has one.
    pub fn limit(&self) -> Option<Price> {
        self.limit
    }

    /// The price that wakes it, for stops.
    pub fn trigger(&self) -> Option<Price> {
        self.trigger
    }

    /// Whether it may only shrink a position.
    pub fn is_reduce_only(&self) -> bool {
        self.reduce_only
    }

    /// The price conditions.
    pub fn kind(&self) -> OrderKind {
        match (self.trigger, self.limit) {
            (None, None) => OrderKind::Market,
            (None, Some(limit)) => OrderKind::Limit(limit),
            (Some(trigger), None) => OrderKind::Stop { trigger },
            (Some(trigger), Some(limit)) => OrderKind::StopLimit { trigger, limit },
        }
    }

    /// How long it stays.
    pub fn lifetime(&self) -> Lifetime {
        match self.tif {
            Tif::Gtc => Lifetime::UntilCancelled,
            Tif::Post => Lifetime::PostOnly,
            Tif::Ioc => Lifetime::Immediate,
            Tif::Gtd => Lifetime::Until(self.until),
        }
    }

    /// Writes every field into a seal or hash, in a fixed order and of fixed length.
    pub fn seal_into(&self, seal: crate::SealWriter) -> crate::SealWriter {
        let Self { qty, limit, trigger, symbol, until, side, tif, reduce_only } = *self;
        let price = |price: Option<Price>| price.map_or(0, Price::pico);
        seal.bytes(symbol.padded())
            .wide(qty.pico())
            .wide(price(limit))
            .wide(price(trigger))
            .word(until.nanos() as u64)
            .bytes(&[side as u8, tif as u8, u8::from(reduce_only)])
    }
}

/// What is wanted of the venue: the fields of an order as they stand on the wire.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "OrderSpec"))]
struct OrderSpecWire {
    /// The pair.
    symbol: Symbol,
    /// Buy or sell.
    side: Side,
    /// How much; never zero.
    qty: Qty,
    /// Which of the prices it has.
    kind: KindWire,
    /// The worst price it may trade at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    limit: Option<Price>,
    /// The price that wakes it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    trigger: Option<Price>,
    /// How long it stays.
    tif: Tif,
    /// Until when, for `gtd`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    until: Option<Ts>,
    /// Whether it may only shrink a position; absent means no.
    #[serde(skip_serializing_if = "core::ops::Not::not", default)]
    reduce_only: bool,
}

/// The wire names of the kinds of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "OrderKind"))]
#[serde(rename_all = "snake_case")]
enum KindWire {
    Market,
    Limit,
    Stop,
    StopLimit,
}

impl Serialize for OrderSpec {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        OrderSpecWire {
            symbol: self.symbol,
            side: self.side,
            qty: self.qty,
            kind: match self.kind() {
                OrderKind::Market => KindWire::Market,
                OrderKind::Limit(_) => KindWire::Limit,
                OrderKind::Stop { .. } => KindWire::Stop,
                OrderKind::StopLimit { .. } => KindWire::StopLimit,
            },
            limit: self.limit,
            trigger: self.trigger,
            tif: self.tif,
            until: (self.tif == Tif::Gtd).then_some(self.until),
            reduce_only: self.reduce_only,
        }
        .serialize(s)
    }
}

impl<'de> Deserialize<'de> for OrderSpec {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let wire = OrderSpecWire::deserialize(d)?;
        let (limit, trigger) = match wire.kind {
            KindWire::Market => (false, false),
            KindWire::Limit => (true, false),
            KindWire::Stop => (false, true),
            KindWire::StopLimit => (true, true),
        };
        if (wire.limit.is_some(), wire.trigger.is_some()) != (limit, trigger) {
            return Err(serde::de::Error::custom(InvalidOrder::Fields));
        }
        Self {
            qty: wire.qty,
            limit: wire.limit,
            trigger: wire.trigger,
            symbol: wire.symbol,
            until: wire.until.unwrap_or(Ts::ZERO),
            side: wire.side,
            tif: wire.tif,
            reduce_only: wire.reduce_only,
        }
        .checked()
        .map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for OrderSpec {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        OrderSpecWire::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        OrderSpecWire::json_schema(generator)
    }
}

wire! {
    /// Where an order stands, as far as the venue has told us.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum OrderState {
        /// About to be sent, or sent and not answered yet.
        PendingNew,
        /// Live at the venue, nothing filled.
        New,
        /// Live at the venue, partly filled.
        PartiallyFilled,
        /// Live at the venue as far as we know; a cancel is on its way.
        PendingCancel,
        /// An answer went missing. It may be live, filled, or never have arrived; it counts as live
        /// until the venue proves otherwise.
        Unknown,
        /// Done: all of it traded.
        Filled,
        /// Done: cancelled, perhaps after a part traded.
        Cancelled,
        /// Done: the venue refused it.
        Rejected,
        /// Done: its time ran out.
        Expired,
    }
}

impl OrderState {
    /// Whether nothing more can happen to the order.
    pub const fn is_done(self) -> bool {
        matches!(self, Self::Filled | Self::Cancelled | Self::Rejected | Self::Expired)
    }
}

wire! {
    /// Why an order ended, or why a request for it was refused.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum VenueReason {
        /// Nothing to explain.
        None,
        /// We asked for it.
        Requested,
        /// The rest of an immediate order.
        ImmediateRest,
        /// A post-only order would have taken.
        WouldTake,
        /// Self-trade prevention.
        SelfTrade,
        /// The lifetime ended.
        LifetimeEnded,
        /// The venue's dead man's switch fired.
        DeadMan,
        /// The request came after its deadline.
        TooLate,
        /// The price is not on a tick.
        Tick,
        /// The quantity is not in whole lots.
        Lot,
        /// Below the smallest quantity or cost.
        Minimum,
        /// Not enough funds.
        Funds,
        /// The pair is not known or not open.
        Closed,
        /// The client id is taken by another order.
        DuplicateId,
        /// The venue does not know the order.
        UnknownOrder,
        /// There was nothing to trade with.
        NoLiquidity,
        /// Too many requests.
        RateLimit,
        /// The request was not properly authorised.
        Denied,
        /// The request itself made no sense to the venue.
        Invalid,
        /// The approval ran out before the order was sent.
        ApprovalExpired,
        /// The kill switch stopped it before it was sent.
        Halted,
        /// Anything else the venue said.
        Other,
    }
}

wire! {
    /// The gateway took an approved order: it now exists and will be sent.
    pub struct OrderAccepted {
        /// The order.
        pub id: OrderId,
        /// What is wanted.
        pub spec: OrderSpec,
    }
}

wire! {
    /// An order has moved.
    pub struct OrderUpdate {
        /// The order.
        pub id: OrderId,
        /// The pair.
        pub symbol: Symbol,
        /// What it is for now, after amends.
        pub qty: Qty,
        /// What of it has traded so far.
        pub filled: Qty,
        /// Its limit price now.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub limit: Option<Price>,
        /// The venue's own id for it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub venue_ref: Option<VenueRef>,
        /// The number of the approved change that this settles, whether it was made or refused.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub settles: Option<u32>,
        /// Where it stands.
        pub state: OrderState,
        /// Why, where there is something to explain.
        pub reason: VenueReason,
    }
}

wire! {
    /// Who waited and who came.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Liquidity {
        /// The order was resting.
        Maker,
        /// The order came and took.
        Taker,
    }
}

wire! {
    /// A part of an order has traded.
    pub struct Fill {
        /// The order.
        pub id: OrderId,
        /// The venue's id of this execution; counted once however often it is told.
        pub exec: VenueRef,
        /// The pair.
        pub symbol: Symbol,
        /// How much traded.
        pub qty: Qty,
        /// At which price.
        pub price: Price,
        /// What the venue took for it; negative for a rebate.
        pub fee: Money,
        /// The currency of the fee.
        pub fee_asset: Asset,
        /// When the venue says it happened.
        pub at: Ts,
        /// Bought or sold.
        pub side: Side,
        /// Maker or taker.
        pub liquidity: Liquidity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{price, qty, symbol};

    fn order(kind: OrderKind, lifetime: Lifetime) -> Result<OrderSpec, InvalidOrder> {
        OrderSpec::new(symbol("BTC/USD"), Side::Buy, qty("1"), kind, lifetime)
    }

    #[test]
    fn contradictory_orders_cannot_be_built() {
        use InvalidOrder::{CannotRest, Fields, NoQuantity, StopCannot};
        let limit = OrderKind::Limit(price("100"));
        let stop = OrderKind::Stop { trigger: price("90") };
        assert!(order(limit, Lifetime::PostOnly).is_ok());
        assert_eq!(order(OrderKind::Market, Lifetime::PostOnly), Err(CannotRest));
        assert_eq!(order(OrderKind::Market, Lifetime::Until(Ts::MAX)), Err(CannotRest));
        assert_eq!(order(stop, Lifetime::Immediate), Err(StopCannot));
        assert_eq!(order(stop, Lifetime::PostOnly), Err(StopCannot));
        assert_eq!(order(limit, Lifetime::Until(Ts::ZERO)), Err(Fields));
        let nothing = OrderSpec::new(
            symbol("BTC/USD"),
            Side::Buy,
            Qty::ZERO,
            limit,
            Lifetime::UntilCancelled,
        );
        assert_eq!(nothing, Err(NoQuantity));
    }

    #[test]
    fn contradictory_orders_cannot_be_read() {
        let read = |fields: &str| {
            let text = format!(r#"{{"symbol":"BTC/USD","side":"buy","qty":"1",{fields}}}"#);
            serde_json::from_str::<OrderSpec>(&text)
        };
        assert!(read(r#""kind":"limit","limit":"100","tif":"gtc""#).is_ok());
        assert!(read(r#""kind":"limit","limit":"100","tif":"gtc","later":true"#).is_ok());
        for bad in [
            r#""kind":"limit","tif":"gtc""#,
            r#""kind":"market","limit":"100","tif":"gtc""#,
            r#""kind":"market","tif":"post""#,
            r#""kind":"limit","limit":"0","tif":"gtc""#,
            r#""kind":"limit","limit":100,"tif":"gtc""#,
            r#""kind":"limit","limit":"100","tif":"gtd""#,
            r#""kind":"limit","limit":"100","tif":"gtc","until":"5""#,
            r#""kind":"LIMIT","limit":"100","tif":"gtc""#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn amend_keeps_the_kind() {
        let spec = order(OrderKind::Limit(price("100")), Lifetime::UntilCancelled).unwrap();
        let moved = spec.amended(qty("2"), Some(price("101")), None).unwrap();
        assert_eq!((moved.qty(), moved.limit()), (qty("2"), Some(price("101"))));
        assert_eq!(spec.amended(qty("2"), None, Some(price("1"))), Err(InvalidOrder::Fields));
        assert_eq!(spec.amended(Qty::ZERO, None, None), Err(InvalidOrder::NoQuantity));
    }
}
