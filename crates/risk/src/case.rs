//! A case: one order (or change of one) with everything that the rules look at.

use contracts::{
    Corr, Instrument, Lifetime, Mark, Money, OrderId, OrderKind, OrderSpec, OutOfRange, Price, Qty,
    Rounding, Side, Ts,
};

use crate::books::Books;
use crate::claims::{Claim, Claims, wakes};
use crate::exposure::{Stake, Totals, Valued};
use crate::latch::Verdict;
use crate::limits::Limits;
use crate::rates::Bucket;
use crate::sampler::Reach;

/// What a rule sees. Nothing in it can be changed by a rule.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) now: Ts,
    pub(crate) id: OrderId,
    pub(crate) corr: Corr,
    /// The order as it is asked for.
    pub(crate) asked: OrderSpec,
    /// The order as it would be approved; filled in by [`Case::measured`].
    pub(crate) spec: OrderSpec,
    /// The order as it stands, where this is a change of one.
    pub(crate) standing: Option<&'a Claim>,
    pub(crate) expires: Ts,
    pub(crate) instrument: &'a Instrument,
    pub(crate) mark: Option<&'a Mark>,
    /// The price that the order would meet now.
    pub(crate) touch: Option<Price>,
    pub(crate) limits: &'a Limits,
    pub(crate) books: &'a Books,
    pub(crate) claims: &'a Claims,
    pub(crate) exposure: Valued<'a>,
    pub(crate) symbol_rate: Bucket,
    pub(crate) strategy_rate: Bucket,
    pub(crate) verdict: Verdict,
    pub(crate) paused: bool,
    /// The largest loss of the day.
    pub(crate) worst_loss: Money,
    pub(crate) spot: bool,
    /// What the strategy has of the instrument; filled in by [`Case::measured`].
    pub(crate) own: Stake,
    /// Whether it can only shrink what is held; filled in by [`Case::measured`].
    pub(crate) reducing: bool,
    /// The limits' figures if it were approved; filled in by [`Case::measured`].
    pub(crate) totals: Result<Totals, OutOfRange>,
}

impl Case<'_> {
    pub(crate) fn side(&self) -> Side {
        self.spec.side()
    }

    /// How much more than now the order could trade.
    pub(crate) fn extra(&self) -> Qty {
        let standing = self.standing.map_or(Qty::ZERO, Claim::open_qty);
        self.open_after().saturating_minus(standing)
    }

    /// How much the order could trade, what of it has traded left out.
    pub(crate) fn open_after(&self) -> Qty {
        let booked = self.standing.map_or(Qty::ZERO, |claim| claim.booked);
        self.spec.qty().saturating_minus(booked)
    }

    /// How much all orders on this side could trade, and how much of what is held they would close: the
    /// strategy's, or where those are within it the account's.
    pub(crate) fn reduction(&self) -> (Qty, Qty) {
        let account = self.exposure.account(self.spec.symbol()).unwrap_or_default();
        let stake = if self.shrinks(self.own) { account } else { self.own };
        let open = stake.open(self.side()).plus(self.extra()).unwrap_or(self.open_after());
        let closes = stake.net.side() == Some(self.side().opposite());
        (open, if closes { stake.net.size() } else { Qty::ZERO })
    }

    /// Whether it says that it only reduces, and does: what nothing but its price may hold back.
    pub(crate) fn is_way_out(&self) -> bool {
        self.spec.is_reduce_only() && self.reducing
    }

    /// Whether it waits for its trigger, so that nothing can meet it yet.
    pub(crate) fn waits(&self) -> bool {
        let last = self.mark.and_then(|mark| mark.last);
        self.spec.trigger().is_some_and(|trigger| {
            let reached = last.is_some_and(|last| wakes(self.side(), trigger, Reach::at(last)));
            !reached && self.standing.is_none_or(|claim| !claim.awake)
        })
    }

    /// The price at which the size of the order is judged: its own where that is the worse one.
    pub(crate) fn judged_price(&self) -> Option<Price> {
        let own = self.spec.limit().or(self.spec.trigger());
        let immediate = self.spec.lifetime() == Lifetime::Immediate;
        match (own, self.touch) {
            // An immediate order trades at the touch or not far from it.
            (Some(own), Some(touch)) if immediate => Some(match self.side() {
                Side::Buy => own.min(touch),
                Side::Sell => own.max(touch),
            }),
            (Some(own), touch) if self.side() == Side::Sell => Some(own.max(touch.unwrap_or(own))),
            (own, touch) => own.or(touch),
        }
    }

    /// The price at which a venue says what an order costs: its own, however much better it may trade.
    pub(crate) fn counted_price(&self) -> Option<Price> {
        self.spec.limit().or(self.spec.trigger()).or(self.touch)
    }

    /// The worst price at which it may trade, near or not: what a cap that nothing may exceed is
    /// measured at.
    pub(crate) fn worst_price(&self) -> Option<Price> {
        self.spec.limit().max(self.judged_price())
    }

    /// The case with the order as it would be approved, and its costly figures, each worked out once.
    pub(crate) fn measured(mut self) -> Self {
        self.spec = with_worst_price(self.asked, self.touch, self.instrument, self.limits);
        let who = (self.corr.strategy, self.spec.symbol());
        self.own = self.exposure.stake(who.0, who.1);
        self.reducing = self.is_reducing();
        self.totals = self.exposure.totals_with(who, self.side(), self.extra());
        // An order that rests keeps its kind: of a change nothing else can be made.
        if !self.reducing && self.standing.is_none() {
            self.spec = stop_with_worst_price(self.spec, self.instrument, self.limits);
        }
        self
    }

    /// The same case for so much.
    pub(crate) fn with_qty(&self, qty: Qty) -> Option<Self> {
        let asked = self.asked.amended(qty, None, None).ok()?;
        Some(Self { asked, ..*self }.measured())
    }

    /// Whether the order can only shrink what is held: measured on the strategy's and on the
    /// account's position, after all orders that are open on this side.
    fn is_reducing(&self) -> bool {
        let account = self.exposure.account(self.spec.symbol());
        account.is_ok_and(|account| self.shrinks(self.own) && self.shrinks(account))
    }

    fn shrinks(&self, stake: Stake) -> bool {
        let Some(held) = stake.net.side() else { return false };
        let open = stake.open(self.side()).plus(self.extra());
        held != self.side() && open.is_ok_and(|open| open <= stake.net.size())
    }
}

/// Gives an order without a worst price one: a market order becomes an immediate limit order at the
/// collar, a stop that buys becomes a stop-limit. Without a market price it stays as it is.
///
/// A sale that would cost the venue's least at the market, and less than that at the collar, goes only as
/// far as it costs enough: the venue refuses it otherwise, and it could never be closed.
///
/// A stop that sells is left alone: it is a way out, whatever the market does. One that turns out to be
/// none is given its worst price by [`stop_with_worst_price`].
fn with_worst_price(
    spec: OrderSpec,
    touch: Option<Price>,
    instrument: &Instrument,
    limits: &Limits,
) -> OrderSpec {
    match spec.kind() {
        OrderKind::Stop { .. } if spec.side() == Side::Buy => {
            stop_with_worst_price(spec, instrument, limits)
        }
        OrderKind::Market => {
            let edge = touch.and_then(|touch| {
                let edge = collar_price(touch, spec.side(), instrument, limits)?;
                let least = least_price(spec.qty(), instrument).filter(|least| *least <= touch);
                Some(edge.max(least.unwrap_or(edge)))
            });
            edge.map_or(spec, |limit| rebuilt(spec, OrderKind::Limit(limit), Lifetime::Immediate))
        }
        _ => spec,
    }
}

/// The lowest price on the tick at which so much costs the least that the venue takes.
fn least_price(qty: Qty, instrument: &Instrument) -> Option<Price> {
    instrument.cost_min.per(qty, Rounding::Ceil)?.round_to(instrument.tick, Rounding::Ceil)
}

/// A stop as a stop-limit at the collar from its trigger; any other order as it is.
fn stop_with_worst_price(spec: OrderSpec, instrument: &Instrument, limits: &Limits) -> OrderSpec {
    let OrderKind::Stop { trigger } = spec.kind() else { return spec };
    let edge = collar_price(trigger, spec.side(), instrument, limits);
    edge.map_or(spec, |limit| {
        rebuilt(spec, OrderKind::StopLimit { trigger, limit }, spec.lifetime())
    })
}

/// The same order of another kind, where such a one exists.
fn rebuilt(spec: OrderSpec, kind: OrderKind, lifetime: Lifetime) -> OrderSpec {
    match OrderSpec::new(spec.symbol(), spec.side(), spec.qty(), kind, lifetime) {
        Ok(rebuilt) if spec.is_reduce_only() => rebuilt.reduce_only(),
        Ok(rebuilt) => rebuilt,
        Err(_) => spec,
    }
}

/// The worst price that the collar allows, on the tick inside it.
pub(crate) fn collar_price(
    touch: Price,
    side: Side,
    instrument: &Instrument,
    limits: &Limits,
) -> Option<Price> {
    let bps = limits.collar.get();
    let (shift, rounding) = match side {
        Side::Buy => (bps, Rounding::Floor),
        Side::Sell => (-bps, Rounding::Ceil),
    };
    let edge = touch.shifted(contracts::Bps::new(shift), rounding)?;
    edge.round_to(instrument.tick, rounding)
}
