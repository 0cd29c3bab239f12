//! Asking for an order, step by step; `send` makes an intent of it, or counts why it did not.

use contracts::{
    Bps, Instrument, Label, Lifetime, Money, OrderId, OrderKind, OrderSpec, Price, Qty, Rounding,
    Side, Symbol, Ts,
};

use crate::closing::WAIT_FIRST;
use crate::cx::Cx;
use crate::unsent::Unsent;

/// How much: an amount of the quote currency, or a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stake {
    /// As much as this buys at the price the order would meet, rounded down to the lot.
    Money(Money),
    /// This much, rounded down to the lot.
    Qty(Qty),
}

impl From<Money> for Stake {
    fn from(money: Money) -> Self {
        Self::Money(money)
    }
}

impl From<Qty> for Stake {
    fn from(qty: Qty) -> Self {
        Self::Qty(qty)
    }
}

/// When what an order has opened is to be closed again; zero is never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Guard {
    pub(crate) stop: Bps,
    pub(crate) target: Bps,
    pub(crate) trail: Bps,
}

impl Guard {
    fn distances(self) -> [i32; 3] {
        [self.stop, self.target, self.trail].map(Bps::get)
    }

    pub(crate) fn is_wanted(self) -> bool {
        self.distances() != [0; 3]
    }

    fn makes_sense(self) -> bool {
        self.distances().iter().all(|bps| *bps >= 0)
    }
}

/// What the order is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    /// To trade that much.
    Trade(Side, Stake),
    /// To close what is held.
    Close,
}

/// An order in the making: a market order for good until told otherwise. Nothing happens without
/// [`OrderRequest::send`].
#[must_use = "nothing is asked for without `send`"]
pub struct OrderRequest<'c, 'a> {
    pub(crate) cx: &'c mut Cx<'a>,
    pub(crate) symbol: Symbol,
    aim: Aim,
    pub(crate) limit: Option<Price>,
    lifetime: Option<Lifetime>,
    two_lifetimes: bool,
    reduce_only: bool,
    pub(crate) guard: Guard,
}

impl<'c, 'a> OrderRequest<'c, 'a> {
    pub(crate) fn new(cx: &'c mut Cx<'a>, symbol: Symbol, aim: Aim) -> Self {
        Self {
            cx,
            symbol,
            aim,
            limit: None,
            lifetime: None,
            two_lifetimes: false,
            reduce_only: matches!(aim, Aim::Close),
            guard: Guard::default(),
        }
    }

    /// At this price or better. It is put on the tick that is no worse: down for a buy, up for a sell.
    pub fn limit(mut self, price: Price) -> Self {
        self.limit = Some(price);
        self
    }

    /// Only if it rests: an order that would take is cancelled on arrival.
    pub fn post_only(self) -> Self {
        self.lasting(Lifetime::PostOnly)
    }

    /// What does not trade at once is cancelled.
    pub fn ioc(self) -> Self {
        self.lasting(Lifetime::Immediate)
    }

    /// Until that moment.
    pub fn until(self, at: Ts) -> Self {
        self.lasting(Lifetime::Until(at))
    }

    /// Close what it bought or sold once the price has gone this far against the entry.
    pub fn stop(mut self, distance: Bps) -> Self {
        self.guard.stop = distance;
        self
    }

    /// Close once the price has gone this far in favour.
    pub fn target(mut self, distance: Bps) -> Self {
        self.guard.target = distance;
        self
    }

    /// Close once the price has come back this far from its best.
    pub fn trail(mut self, distance: Bps) -> Self {
        self.guard.trail = distance;
        self
    }

    /// Only to shrink a position; such orders pass a pause and a tripped switch.
    pub fn reduce_only(mut self) -> Self {
        self.reduce_only = true;
        self
    }

    fn lasting(mut self, lifetime: Lifetime) -> Self {
        self.two_lifetimes |= self.lifetime.is_some_and(|earlier| earlier != lifetime);
        self.lifetime = Some(lifetime);
        self
    }

    /// Says the intent, with a word about why; the id of the order, or nothing where nothing was sent.
    /// The reason is then counted; see [`Cx::unsent`].
    pub fn send(mut self, why: &str) -> Option<OrderId> {
        let (why, symbol) = (Label::new(why), self.symbol);
        let asked = match self.aim {
            Aim::Trade(side, stake) => self.trade(side, stake, why),
            Aim::Close => self.close(why, WAIT_FIRST),
        };
        asked.unwrap_or_else(|unsent| {
            self.cx.note_unsent(unsent, Some(symbol));
            None
        })
    }

    fn trade(&mut self, side: Side, stake: Stake, why: Label) -> Result<Option<OrderId>, Unsent> {
        let spec = self.spec(side, stake)?;
        let opens = self.cx.position(self.symbol).side().is_none_or(|held| held == side);
        if opens && !self.reduce_only {
            // Whoever opens has changed his mind about leaving.
            self.cx.said.timers_moved |= self.cx.desk.closings.drop(self.symbol);
        }
        Ok(self.cx.place(&spec, self.guard, why))
    }

    /// The order, if it makes sense and is large enough.
    pub(crate) fn spec(&self, side: Side, stake: Stake) -> Result<OrderSpec, Unsent> {
        self.cx.may_trade(self.symbol, self.reduce_only)?;
        let rules = self.cx.instrument(self.symbol).ok_or(Unsent::UnknownInstrument)?;
        let limit = self.limit.map(|limit| on_tick(limit, side, rules)).transpose()?;
        let price = limit.or_else(|| self.cx.touch(self.symbol, side));
        let qty = match stake {
            Stake::Qty(qty) => qty,
            Stake::Money(money) => money.buys(price.ok_or(Unsent::NoPrice)?),
        };
        let qty = in_lots(qty, price, rules)?;
        let kind = limit.map_or(OrderKind::Market, OrderKind::Limit);
        let lifetime = self.lifetime.unwrap_or(Lifetime::UntilCancelled);
        if self.two_lifetimes || !self.guard.makes_sense() {
            return Err(Unsent::Contradiction);
        }
        let spec = OrderSpec::new(self.symbol, side, qty, kind, lifetime);
        let spec = spec.map_err(|_| Unsent::Contradiction)?;
        Ok(if self.reduce_only { spec.reduce_only() } else { spec })
    }
}

/// The price on the tick that is no worse for that side.
pub(crate) fn on_tick(price: Price, side: Side, rules: &Instrument) -> Result<Price, Unsent> {
    let rounding = match side {
        Side::Buy => Rounding::Floor,
        Side::Sell => Rounding::Ceil,
    };
    price.round_to(rules.tick, rounding).ok_or(Unsent::NotAPrice)
}

/// The quantity in whole lots, if the venue takes so little. Without a price its cost cannot be judged
/// here; the gate will.
pub(crate) fn in_lots(qty: Qty, price: Option<Price>, rules: &Instrument) -> Result<Qty, Unsent> {
    let qty = qty.round_to(rules.lot, Rounding::Floor).unwrap_or(Qty::ZERO);
    let costs_enough = match price.map(|price| price.cost(qty)) {
        Some(Ok(cost)) => cost >= rules.cost_min,
        Some(Err(_)) | None => true,
    };
    let large_enough = !qty.is_zero() && qty >= rules.qty_min && costs_enough;
    if large_enough { Ok(qty) } else { Err(Unsent::BelowMinimum) }
}
