//! An open order as a claim on money, inventory and limits.
//!
//! A claim is made when the gate approves, shrinks with each fill, and ends only on the gateway's
//! evidence, never by a clock. While a change of an order is under way, the order claims the worse of
//! what it was and what it may become.

use contracts::{
    Corr, InvalidOrder, Lifetime, Money, OrderKind, OrderSpec, OrderUpdate, OutOfRange, Ppm, Price,
    Qty, Rounding, Side, Symbol,
};
use serde::{Deserialize, Serialize};

use crate::sampler::Reach;

/// How many changes of one order may be under way at once.
pub(crate) const PENDING_AMENDS_MAX: usize = 4;

/// An approved order that is not finished, as far as the gate knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    pub(crate) corr: Corr,
    pub(crate) spec: OrderSpec,
    /// What of it the gate has booked.
    pub(crate) booked: Qty,
    /// What of it has traded in all, once the order is done.
    pub(crate) final_filled: Option<Qty>,
    /// An answer of the venue is missing.
    pub(crate) unknown: bool,
    /// The market has traded at its trigger: it may wait in the book like any limit order.
    pub(crate) awake: bool,
    /// Approved changes whose outcome is open, by approval number.
    pub(crate) pending: Vec<(u32, OrderSpec)>,
}

impl Claim {
    pub(crate) fn new(corr: Corr, spec: OrderSpec) -> Self {
        Self {
            corr,
            spec,
            booked: Qty::ZERO,
            final_filled: None,
            unknown: false,
            awake: false,
            pending: Vec::new(),
        }
    }

    pub(crate) fn symbol(&self) -> Symbol {
        self.spec.symbol()
    }

    pub(crate) fn side(&self) -> Side {
        self.spec.side()
    }

    /// The most that may still trade.
    pub(crate) fn open_qty(&self) -> Qty {
        let total = match self.final_filled {
            Some(filled) => filled,
            None => self.specs().map(OrderSpec::qty).max().unwrap_or(Qty::ZERO),
        };
        total.saturating_minus(self.booked)
    }

    /// The worst price it may trade at; absent for stops that become market orders.
    pub(crate) fn worst_price(&self) -> Option<Price> {
        let limits = self.specs().map(OrderSpec::limit);
        match self.side() {
            Side::Buy => limits.max().flatten(),
            Side::Sell => limits.min().flatten(),
        }
    }

    /// The cash that it may still cost, fees included. Only purchases claim cash.
    pub(crate) fn cash(&self, fee_max: Ppm) -> Result<Money, OutOfRange> {
        self.cash_at(self.worst_price(), self.open_qty(), fee_max)
    }

    /// The cash that it may still cost if it may also become `spec`.
    pub(crate) fn cash_with(&self, spec: &OrderSpec, fee_max: Ppm) -> Result<Money, OutOfRange> {
        let open = self.open_qty().max(spec.qty().saturating_minus(self.booked));
        self.cash_at(self.worst_price().max(spec.limit()), open, fee_max)
    }

    fn cash_at(&self, worst: Option<Price>, open: Qty, fee_max: Ppm) -> Result<Money, OutOfRange> {
        match (self.side(), worst.or(self.spec.trigger())) {
            (Side::Buy, Some(price)) => with_fee(price.cost(open)?, fee_max),
            _ => Ok(Money::ZERO),
        }
    }

    /// The worst price at which it may wait in the book; none for a stop that waits elsewhere.
    pub(crate) fn resting_price(&self) -> Option<Price> {
        self.worst_price().filter(|_| self.awake || self.spec.trigger().is_none())
    }

    /// The first price at which it would wake and then wait in the book.
    pub(crate) fn waking_price(&self) -> Option<Price> {
        if self.awake || self.worst_price().is_none() {
            return None;
        }
        let triggers = self.specs().filter_map(OrderSpec::trigger);
        match self.side() {
            Side::Buy => triggers.min(),
            Side::Sell => triggers.max(),
        }
    }

    /// Whether nothing more can come of it.
    pub(crate) fn is_finished(&self) -> bool {
        self.final_filled.is_some_and(|filled| self.booked >= filled)
    }

    fn take_pending(&mut self, number: u32) -> Option<OrderSpec> {
        let place = self.pending.iter().position(|(pending, _)| *pending == number)?;
        Some(self.pending.remove(place).1)
    }

    /// Takes what the gateway says.
    pub(crate) fn update(&mut self, update: &OrderUpdate) {
        self.unknown = update.state == contracts::OrderState::Unknown;
        // A change is settled by its own number alone: one that never left may be settled while an
        // earlier one is on its way.
        let settled = update
            .settles
            .and_then(|number| self.take_pending(number).or_else(|| self.take_unnumbered(update)));
        // An update shows no trigger; the one of a change that was made is known from the change.
        let made = settled.filter(|_| update.reason == contracts::VenueReason::None);
        let trigger = made.and_then(|spec| spec.trigger());
        let told = self.spec.amended(update.qty, update.limit, trigger);
        if let Ok(current) = told.or_else(|_| self.with_limit(update)) {
            self.spec = current;
        }
        if update.state.is_done() {
            self.final_filled = Some(update.filled);
            self.pending.clear();
        }
    }

    /// As it was granted, where only what was asked for is known: with a worst price.
    fn with_limit(&self, update: &OrderUpdate) -> Result<OrderSpec, InvalidOrder> {
        let asked = &self.spec;
        let limit = update.limit.ok_or(InvalidOrder::Fields)?;
        let (kind, lifetime) = match asked.trigger() {
            Some(trigger) => (OrderKind::StopLimit { trigger, limit }, asked.lifetime()),
            None => (OrderKind::Limit(limit), Lifetime::Immediate),
        };
        let spec = OrderSpec::new(asked.symbol(), asked.side(), update.qty, kind, lifetime)?;
        Ok(if asked.is_reduce_only() { spec.reduce_only() } else { spec })
    }

    fn specs(&self) -> impl Iterator<Item = &OrderSpec> {
        std::iter::once(&self.spec).chain(self.pending.iter().map(|(_, spec)| spec))
    }
}

/// Whether a stop of that side wakes when the market has traded there.
pub(crate) fn wakes(side: Side, trigger: Price, reach: Reach) -> bool {
    match side {
        Side::Buy => reach.high >= trigger,
        Side::Sell => reach.low <= trigger,
    }
}

/// A cost with the highest fee that may come on top, rounded up.
pub(crate) fn with_fee(cost: Money, fee_max: Ppm) -> Result<Money, OutOfRange> {
    cost.plus(cost.at_rate(fee_max, 12, Rounding::Ceil)?)
}
