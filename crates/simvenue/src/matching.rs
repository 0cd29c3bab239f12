//! What an order trades with: the given market, and never another order of the account.
//!
//! Four things bring a trade about: an order that comes (and takes), a trade between others at or
//! through a resting order, a quote of others that crosses a resting order, and a stop that fires.
//! Whatever is taken is remembered by the market, so that nothing given fills us twice.

use contracts::{
    Level, Lifetime, Liquidity, Money, OrderKind, Price, Qty, Rounding, Says, Side, Trade,
    VenueReason,
};

use crate::config::SelfTrade;
use crate::floor::{Floor, spends};
use crate::given::{PlanEnd, Seen, better};
use crate::ladder::Rung;
use crate::orders::{Slot, Stage};
use crate::taken::Lens;
use crate::travel::bound_reached;

/// How taking ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taking {
    /// The order is open and there is nothing more to take.
    Rest,
    /// The order is over.
    Over,
}

impl Floor<'_, '_> {
    /// An order comes to the floor, at its first entry, after a change, or because its stop fired:
    /// it takes what it may, and its rest rests or goes.
    pub(crate) fn arrive(&mut self, slot: Slot) {
        let spec = self.desk.orders[slot].spec;
        if self.take(slot, spec.limit()) == Taking::Over {
            return;
        }
        match (spec.limit(), spec.lifetime()) {
            (None, _) => self.finish(slot, Says::Cancelled, VenueReason::NoLiquidity),
            (Some(_), Lifetime::Immediate) => {
                self.finish(slot, Says::Cancelled, VenueReason::ImmediateRest);
            }
            (Some(_), _) => self.rest(slot),
        }
    }

    /// The first own order that an order of that side and limit would meet. One at the same price as
    /// others counts as first in line: its place among them is an estimate only, and a needless
    /// cancel is better than a doubtful trade.
    pub(crate) fn own_in_the_way(&self, side: Side, limit: Option<Price>) -> Option<Rung> {
        let first = self.market.own.resting(side.opposite()).first()?;
        limit.is_none_or(|limit| !better(side, limit, first.price)).then_some(first)
    }

    /// Takes the given market level by level, up to the limit, or to an own order.
    fn take(&mut self, slot: Slot, limit: Option<Price>) -> Taking {
        let side = self.desk.orders[slot].spec.side();
        loop {
            let own = self.own_in_the_way(side, limit);
            let end = self.plan(slot, limit, own.map(|own| own.price));
            if self.fill_plan(slot, None) == Taking::Over {
                return Taking::Over;
            }
            if end == PlanEnd::Bound {
                // It may not rest either: it might stand across an own order.
                self.out.emit_alone(bound_reached());
                self.finish(slot, Says::Cancelled, VenueReason::NoLiquidity);
                return Taking::Over;
            }
            let Some(own) = own else { return Taking::Rest };
            if self.config.self_trade != SelfTrade::CancelNewest {
                self.finish(own.slot, Says::Cancelled, VenueReason::SelfTrade);
            }
            if self.config.self_trade != SelfTrade::CancelOldest {
                self.finish(slot, Says::Cancelled, VenueReason::SelfTrade);
                return Taking::Over;
            }
        }
    }

    /// Trades what was planned: as taker at the prices of the plan, or as maker at `limit`.
    fn fill_plan(&mut self, slot: Slot, limit: Option<Price>) -> Taking {
        let side = self.desk.orders[slot].spec.side();
        let liquidity = if limit.is_some() { Liquidity::Maker } else { Liquidity::Taker };
        let plan = std::mem::take(&mut self.desk.plan);
        let mut taking = Taking::Rest;
        for part in &plan {
            self.market.given.take(side, part);
            if !self.fill(slot, limit.unwrap_or(part.price), part.qty, liquidity) {
                taking = Taking::Over;
                break;
            }
        }
        self.desk.plan = plan;
        taking
    }

    /// Quotes of others may now cross resting orders: whoever quotes there would have traded with us.
    pub(crate) fn cross(&mut self) {
        for side in [Side::Buy, Side::Sell] {
            while let Some(first) = self.market.own.resting(side).first() {
                let best = self.market.given.best(self.sight(), side.opposite());
                if best.is_none_or(|best| better(side, first.price, best)) || !self.is_online() {
                    break;
                }
                self.plan(first.slot, Some(first.price), None);
                if self.fill_plan(first.slot, Some(first.price)) == Taking::Rest {
                    break;
                }
            }
        }
    }

    /// A trade between others: it would have been with us, where we stood in its way.
    pub(crate) fn trade(&mut self, trade: &Trade) {
        if !self.is_online() {
            return;
        }
        for side in [Side::Buy, Side::Sell] {
            let first = self.market.own.resting(side).first();
            let reaches = |first: Rung| !better(side, first.price, trade.price);
            if first.is_some_and(reaches) {
                self.make(side, trade);
            }
        }
        self.fire_stops();
    }

    /// Shares a trade among the resting orders of a side that it reaches, by price and time.
    fn make(&mut self, side: Side, trade: &Trade) {
        let lot = self.rules().map_or(Qty::ZERO, |rules| rules.lot);
        // What our orders had of this trade, and the longest queue that stood in front of one.
        let (mut used, mut front) = (Qty::ZERO, Qty::ZERO);
        let mut index = self.market.own.resting(side).len();
        while index > 0 {
            index -= 1;
            let Some(rung) = self.market.own.resting(side).counted_from_last(index) else { return };
            let left = trade.qty.saturating_minus(used);
            let share = if better(side, trade.price, rung.price) {
                self.desk.orders[rung.slot].place.trade(left, Qty::ZERO);
                left
            } else if rung.price == trade.price && trade.taker == side.opposite() {
                let Some(ahead) = self.ahead(side, rung) else { return };
                front = front.max(ahead);
                let still_ahead = ahead.saturating_minus(left);
                self.desk.orders[rung.slot].place.trade(trade.qty, still_ahead);
                left.saturating_minus(front)
            } else {
                return;
            };
            let share = share.round_to(lot, Rounding::Floor).unwrap_or(Qty::ZERO);
            let qty = share.min(self.desk.orders[rung.slot].rest());
            if !qty.is_zero() {
                self.fill(rung.slot, rung.price, qty, Liquidity::Maker);
                used = used.plus(qty).unwrap_or(trade.qty);
            }
        }
    }

    /// What stands in front of a resting order; where that was not known, what is shown there now.
    fn ahead(&self, side: Side, rung: Rung) -> Option<Qty> {
        let known = self.desk.orders[rung.slot].place.ahead;
        known.or_else(|| self.market.given.shown_at(self.sight(), side, rung.price))
    }

    /// A ticker came; `traded` if it brought news of a trade.
    pub(crate) fn quoted(&mut self, traded: bool) {
        if self.market.given.lens(self.sight()) == Some(Lens::Ticker) {
            if self.config.queue.watches_levels() {
                self.all_levels_moved();
            }
            self.cross();
        }
        if traded {
            self.fire_stops();
        }
    }

    /// A level of the book came.
    pub(crate) fn shown(&mut self, level: &Level, seen: Seen) {
        if self.config.queue.watches_levels() {
            match seen {
                Seen::Whole | Seen::Part => self.level_moved(level.side, level.price, level.qty),
                Seen::WholeAnew => self.all_levels_moved(),
                Seen::Nothing => {}
            }
        }
        if matches!(seen, Seen::Whole | Seen::WholeAnew) {
            self.cross();
        }
    }

    /// The market now shows so much at a price.
    fn level_moved(&mut self, side: Side, price: Price, shown: Qty) {
        let rungs = self.market.own.resting(side).at(price);
        for rung in rungs {
            self.desk.orders[rung.slot].place.moved(shown);
        }
    }

    /// The market shows all its prices anew.
    fn all_levels_moved(&mut self) {
        let sight = self.sight();
        for side in [Side::Buy, Side::Sell] {
            for rung in self.market.own.resting(side).iter() {
                if let Some(shown) = self.market.given.shown_at(sight, side, rung.price) {
                    self.desk.orders[rung.slot].place.moved(shown);
                }
            }
        }
    }

    /// Wakes every stop that the last trade has reached, the nearest trigger first.
    pub(crate) fn fire_stops(&mut self) {
        let Some(last) = self.market.given.last() else { return };
        for side in [Side::Buy, Side::Sell] {
            while let Some(first) = self.market.own.stops(side).first() {
                // A buyer's stop waits for a price that is no better than its trigger.
                if better(side, last, first.price) || !self.is_online() {
                    break;
                }
                self.fire(first.slot);
            }
        }
    }

    /// A stop becomes what it was to become: an order that comes now, behind all who are there.
    fn fire(&mut self, slot: Slot) {
        self.leave(slot);
        let priority = self.desk.next_priority();
        let order = &mut self.desk.orders[slot];
        (order.stage, order.priority) = (Stage::Live, priority);
        let is_market = matches!(order.spec.kind(), OrderKind::Stop { .. });
        self.hold(slot);
        if is_market && !self.can_pay_market(slot) {
            self.finish(slot, Says::Cancelled, VenueReason::Funds);
            return;
        }
        self.arrive(slot);
    }

    /// Whether the account can pay what a market order would take now.
    pub(crate) fn can_pay_market(&mut self, slot: Slot) -> bool {
        if !self.config.funds.checked() {
            return true;
        }
        let order = self.desk.orders[slot].clone();
        let spent = spends(&order);
        if order.spec.side() == Side::Sell {
            let more = self.needs(&order).and_then(|needed| needed.minus(order.held));
            return more.is_ok_and(|more| self.desk.account.covers(spent, more));
        }
        self.plan(slot, None, None);
        let cost = self
            .desk
            .plan
            .iter()
            .try_fold(Money::ZERO, |sum, part| sum.plus(part.price.cost(part.qty)?));
        let needed = cost.and_then(|cost| self.with_fee(cost));
        needed.is_ok_and(|needed| self.desk.account.covers(spent, needed))
    }
}
