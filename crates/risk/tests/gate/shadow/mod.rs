//! The shadow of the gate: works every decision out from what was told, from scratch and each time
//! anew. It keeps no sums, shares no code with the gate, and is as plain as it can be.
#![allow(clippy::unwrap_used, reason = "a bench for tests")]

mod judge;
mod market;
mod pace;

use std::collections::BTreeMap;

use contracts::{
    Fill, KillReading, Mark, Money, Net, OrderId, OrderSpec, OrderState, OrderUpdate, Price, Qty,
    Side, StrategyId, Symbol, Ts, VenueReason,
};
use risk::Limits;

pub(crate) use market::Market;
pub(crate) use pace::Pace;

use crate::world::book;

/// What the gate has been told, as it was told.
pub(crate) struct Shadow {
    pub(crate) limits: Limits,
    /// Whether only owned cash and inventory may be used.
    pub(crate) spot: bool,
    pub(crate) markets: BTreeMap<Symbol, Market>,
    pub(crate) orders: BTreeMap<OrderId, Told>,
    pub(crate) net: BTreeMap<(StrategyId, Symbol), Net>,
    pub(crate) cash: BTreeMap<StrategyId, Money>,
    pub(crate) symbol_paces: BTreeMap<Symbol, Pace>,
    pub(crate) strategy_paces: BTreeMap<StrategyId, Pace>,
    pub(crate) paused: Vec<StrategyId>,
    pub(crate) tripped: bool,
    /// What the kill source said last and when, where there is one.
    pub(crate) source: Option<(KillReading, Ts)>,
    pub(crate) day: i64,
    pub(crate) baseline: Money,
    pub(crate) highest: Money,
    /// The largest loss of a day.
    pub(crate) worst: (i64, Money),
    /// The loss of the day that the operator has accepted.
    pub(crate) accepted: Money,
}

/// An approved order, as far as its end has been told.
pub(crate) struct Told {
    pub(crate) who: StrategyId,
    pub(crate) spec: OrderSpec,
    pub(crate) booked: Qty,
    pub(crate) end: Option<Qty>,
    pub(crate) unknown: bool,
    /// The market has reached its trigger.
    pub(crate) awake: bool,
    pub(crate) pending: Vec<(u32, OrderSpec)>,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) now: Ts,
    pub(crate) who: StrategyId,
    pub(crate) spec: OrderSpec,
    pub(crate) expires: Ts,
    /// The order that is to be changed.
    pub(crate) amends: Option<OrderId>,
}

impl Told {
    pub(crate) fn new(who: StrategyId, spec: OrderSpec) -> Self {
        let (booked, end, pending) = (Qty::ZERO, None, Vec::new());
        Self { who, spec, booked, end, unknown: false, awake: false, pending }
    }

    fn specs(&self) -> Vec<OrderSpec> {
        self.pending.iter().map(|(_, spec)| *spec).chain([self.spec]).collect()
    }

    pub(crate) fn open(&self) -> Qty {
        let most = self.specs().into_iter().map(|spec| spec.qty()).max().unwrap();
        self.end.unwrap_or(most).saturating_minus(self.booked)
    }

    /// The market has traded at those prices. An order without a worst price becomes a market order, and
    /// waits nowhere.
    pub(crate) fn reached(&mut self, low: Price, high: Price) {
        let side = self.spec.side();
        let wakes = |spec: OrderSpec| spec.trigger().is_some_and(|at| wakes(side, at, low, high));
        self.awake |= self.worst().is_some() && self.specs().into_iter().any(wakes);
    }

    /// The worst price at which it may trade.
    fn worst(&self) -> Option<Price> {
        let limits: Option<Vec<Price>> =
            self.specs().into_iter().map(|spec| spec.limit()).collect();
        match self.spec.side() {
            Side::Buy => limits?.into_iter().max(),
            Side::Sell => limits?.into_iter().min(),
        }
    }
}

/// A stop that buys wakes when the price has risen to its trigger, one that sells when it has fallen.
fn wakes(side: Side, trigger: Price, low: Price, high: Price) -> bool {
    if side == Side::Buy { trigger <= high } else { trigger >= low }
}

impl Shadow {
    pub(crate) fn equity(&self) -> Money {
        let held = self.net.iter().map(|((_, symbol), net)| {
            let value = self.markets[symbol].value.unwrap();
            value.value(*net).unwrap()
        });
        held.chain(self.cash.values().copied()).sum()
    }

    pub(crate) fn turn_day(&mut self, now: Ts) {
        if now.day() > self.day {
            (self.day, self.baseline) = (now.day(), self.equity());
            self.accepted = Money::ZERO;
        }
    }

    pub(crate) fn moved(&mut self) {
        self.highest = self.highest.max(self.equity());
    }

    pub(crate) fn watch(&mut self) {
        let loss = self.baseline - self.equity();
        self.accepted = self.accepted.min(loss).max(Money::ZERO);
        let before = if self.worst.0 == self.day { self.worst.1 } else { Money::ZERO };
        self.worst = (self.day, before.max(loss));
        self.tripped |= loss - self.accepted > self.limits.daily_loss_kill
            || self.highest - self.equity() > self.limits.drawdown_kill;
    }

    /// The operator clears the switch: what has tripped it is accepted.
    pub(crate) fn clear(&mut self) {
        let (equity, limits) = (self.equity(), &self.limits);
        let loss = self.baseline - equity;
        if std::mem::take(&mut self.tripped) {
            if self.highest - equity > limits.drawdown_kill {
                self.highest = equity;
            }
            if loss - self.accepted > limits.daily_loss_kill {
                self.accepted = loss;
            }
        }
    }

    /// The gate says what it judges by; in between was traded from `reach.0` to `reach.1`.
    pub(crate) fn marked(&mut self, mark: Mark, reach: Option<(Price, Price)>) {
        self.markets.get_mut(&mark.symbol).unwrap().marked(mark);
        if let Some((low, high)) = reach {
            let here = |told: &&mut Told| told.spec.symbol() == mark.symbol;
            self.orders.values_mut().filter(here).for_each(|told| told.reached(low, high));
        }
        self.moved();
    }

    /// The gate has approved an order, or a change of one.
    pub(crate) fn approved(
        &mut self,
        id: OrderId,
        who: StrategyId,
        change: Option<u32>,
        spec: OrderSpec,
    ) {
        let told = self.orders.entry(id).or_insert_with(|| Told::new(who, spec));
        told.pending.extend(change.map(|number| (number, spec)));
        if let Some(last) = self.markets[&spec.symbol()].last().filter(|_| spec.trigger().is_some())
        {
            told.reached(last, last);
        }
    }

    /// An approval was made: it counts for the pace of its instrument and its strategy.
    pub(crate) fn paced(&mut self, now: Ts, who: StrategyId, symbol: Symbol) {
        let limits = &self.limits;
        let pace = self.symbol_paces.entry(symbol).or_default();
        pace.approved(now, limits.symbol_orders_per_minute);
        let pace = self.strategy_paces.entry(who).or_default();
        pace.approved(now, limits.strategy_orders_per_minute);
    }

    /// A part of an order has traded.
    pub(crate) fn fill(&mut self, who: StrategyId, fill: &Fill) {
        book(&mut self.net, &mut self.cash, who, fill);
        if let Some(told) = self.orders.get_mut(&fill.id) {
            told.booked = told.booked.plus(fill.qty).unwrap();
        }
        self.forget_finished();
        self.moved();
        self.watch();
    }

    /// An order stands like this.
    pub(crate) fn update(&mut self, update: &OrderUpdate) {
        if let Some(told) = self.orders.get_mut(&update.id) {
            let settled = told.pending.iter().position(|(n, _)| update.settles == Some(*n));
            let settled = settled.map(|place| told.pending.remove(place).1);
            let made = settled.filter(|_| update.reason == VenueReason::None);
            let trigger = made.and_then(|spec| spec.trigger());
            told.spec = told.spec.amended(update.qty, update.limit, trigger).unwrap();
            told.unknown = update.state == OrderState::Unknown;
            if update.state.is_done() {
                (told.end, told.pending) = (Some(update.filled), Vec::new());
            }
        }
        self.forget_finished();
    }

    fn forget_finished(&mut self) {
        self.orders.retain(|_, told| told.end.is_none_or(|end| told.booked < end));
    }
}
