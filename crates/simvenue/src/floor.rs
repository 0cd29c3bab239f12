//! One instrument at one moment: its market, the desk that keeps the orders, and the way out.
//!
//! The life of an order is here: accepted, resting or waiting, filled, over. What it trades with is
//! decided in `matching`, what was asked for in `requests`.

use std::collections::BTreeSet;

use contracts::{
    Asset, Fill, Instrument, Liquidity, MarketStatus, Money, OrderKind, OutOfRange, Price, Qty,
    Report, Rounding, Says, Side, Ts, VenueReason, VenueRef,
};
use kernel::Outbox;
use serde::{Deserialize, Serialize};

use crate::account::{Account, Settlement, amount};
use crate::config::VenueConfig;
use crate::executions::Executions;
use crate::fees::{FeeTier, Volume};
use crate::given::{Given, PlanEnd, Sight, Take, Want};
use crate::ladder::{OwnOrders, Rung};
use crate::orders::{Order, Orders, Slot, Stage};
use crate::rules::Rules;
use crate::travel::{Told, Way};

/// Everything of one instrument.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Market {
    pub(crate) rules: Rules,
    pub(crate) given: Given,
    /// Made anew from the orders when a snapshot is taken back.
    #[serde(skip)]
    pub(crate) own: OwnOrders,
}

/// What all instruments share: orders, balances, fees, executions, and the reports on their way.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) orders: Orders,
    pub(crate) account: Account,
    pub(crate) volume: Volume,
    pub(crate) executions: Executions,
    pub(crate) reports: Way<Told>,
    /// When lifetimes end; the number of the order breaks ties.
    pub(crate) expiries: BTreeSet<(Ts, u64, Slot)>,
    /// The last place in time that was given to an order.
    pub(crate) priority: u64,
    /// The last number that was given to an order.
    pub(crate) number: u64,
    /// Scratch space; means nothing between two uses.
    pub(crate) plan: Vec<Take>,
}

/// The floor.
pub(crate) struct Floor<'a, 'b> {
    pub(crate) config: &'a VenueConfig,
    pub(crate) market: &'a mut Market,
    pub(crate) desk: &'a mut Desk,
    pub(crate) out: &'a mut Outbox<'b>,
    pub(crate) now: Ts,
}

impl Desk {
    /// The next place in time: behind everybody who is there.
    pub(crate) fn next_priority(&mut self) -> u64 {
        self.priority += 1;
        self.priority
    }

    /// Tells how an order stands.
    pub(crate) fn report(
        &mut self,
        now: Ts,
        slot: Slot,
        (says, reason): (Says, VenueReason),
        out: &mut Outbox<'_>,
    ) {
        let report = self.orders[slot].report(now, says, reason);
        self.reports.tell(now, Told::Report(report), out);
    }
}

/// What an order spends.
pub(crate) fn spends(order: &Order) -> Asset {
    match order.spec.side() {
        Side::Buy => order.spec.symbol().quote(),
        Side::Sell => order.spec.symbol().base(),
    }
}

impl Floor<'_, '_> {
    pub(crate) fn sight(&self) -> Sight {
        Sight { now: self.now, age_max: self.config.evidence_age_max }
    }

    pub(crate) fn rules(&mut self) -> Option<Instrument> {
        self.market.rules.at(self.now).copied()
    }

    /// Whether orders trade now.
    pub(crate) fn is_online(&mut self) -> bool {
        self.market.rules.at(self.now).is_some_and(|rules| rules.status == MarketStatus::Online)
    }

    pub(crate) fn tier(&mut self) -> FeeTier {
        self.config.fees.tier(self.desk.volume.at(self.now))
    }

    pub(crate) fn report(&mut self, slot: Slot, says: Says, reason: VenueReason) {
        self.answer(slot, (says, reason), None);
    }

    /// Tells how an order stands, in answer to the change of that number.
    pub(crate) fn answer(
        &mut self,
        slot: Slot,
        (says, reason): (Says, VenueReason),
        answers: Option<u32>,
    ) {
        let report = self.desk.orders[slot].report(self.now, says, reason);
        let report = Report { answers, ..report };
        self.desk.reports.tell(self.now, Told::Report(report), self.out);
    }

    /// Plans what an order could take: into the desk's scratch space.
    pub(crate) fn plan(
        &mut self,
        slot: Slot,
        limit: Option<Price>,
        barrier: Option<Price>,
    ) -> PlanEnd {
        let order = &self.desk.orders[slot];
        let (taker, qty) = (order.spec.side(), order.rest());
        let lot = self.rules().map_or(Qty::ZERO, |rules| rules.lot);
        let levels_max = self.config.taken_levels_max;
        let want = Want { taker, qty, limit, barrier, lot, levels_max };
        self.market.given.plan(self.sight(), &want, &mut self.desk.plan)
    }

    /// The venue takes the order: it has a number and a place in time from now on.
    pub(crate) fn accept(&mut self, slot: Slot) {
        let priority = self.desk.next_priority();
        self.desk.number += 1;
        let number = self.desk.number;
        let order = &mut self.desk.orders[slot];
        (order.number, order.priority) = (number, priority);
        let (symbol, until) = (order.spec.symbol(), order.until());
        if let Some(until) = until {
            self.desk.expiries.insert((until, number, slot));
        }
        self.desk.account.open(symbol);
        self.market.given.prepare(self.config.taken_levels_max);
        self.report(slot, Says::Accepted, VenueReason::None);
    }

    /// The order rests at its limit, behind who is there.
    pub(crate) fn rest(&mut self, slot: Slot) {
        let order = &self.desk.orders[slot];
        let (side, priority) = (order.spec.side(), order.priority);
        let Some(price) = order.spec.limit() else { return };
        let shown = self.market.given.shown_at(self.sight(), side, price);
        self.desk.orders[slot].place = self.config.queue.join(shown);
        self.market.own.resting_mut(side).insert(Rung { price, priority, slot });
        self.hold(slot);
    }

    /// The order waits for its trigger.
    pub(crate) fn wait(&mut self, slot: Slot) {
        self.desk.orders[slot].stage = Stage::Waiting;
        let order = &self.desk.orders[slot];
        let (side, priority) = (order.spec.side(), order.priority);
        let Some(price) = order.ladder_price() else { return };
        self.market.own.stops_mut(side).insert(Rung { price, priority, slot });
        self.hold(slot);
    }

    /// Takes the order out of the ladder it stands in.
    pub(crate) fn leave(&mut self, slot: Slot) {
        let order = &self.desk.orders[slot];
        let (side, priority) = (order.spec.side(), order.priority);
        let Some(price) = order.ladder_price() else { return };
        let ladder = match order.stage {
            Stage::Waiting => self.market.own.stops_mut(side),
            _ => self.market.own.resting_mut(side),
        };
        ladder.remove(price, priority);
    }

    /// What must be held for an order while it is open.
    pub(crate) fn needs(&mut self, order: &Order) -> Result<Money, OutOfRange> {
        let price = match (order.stage, order.spec.kind()) {
            (Stage::Ended(..), _) => return Ok(Money::ZERO),
            _ if order.spec.side() == Side::Sell => return amount(order.rest()),
            (_, OrderKind::Limit(limit) | OrderKind::StopLimit { limit, .. }) => limit,
            (Stage::Waiting, OrderKind::Stop { trigger }) => trigger,
            // It trades at once or not at all; what it costs is looked at when it does.
            (_, OrderKind::Market | OrderKind::Stop { .. }) => return Ok(Money::ZERO),
        };
        self.with_fee(price.cost(order.rest())?)
    }

    /// A cost and the worst fee on it.
    pub(crate) fn with_fee(&mut self, cost: Money) -> Result<Money, OutOfRange> {
        let decimals = self.rules().map_or(0, |rules| rules.quote_decimals);
        cost.plus(cost.at_rate(self.tier().worst(), decimals, Rounding::Ceil)?)
    }

    /// Holds what the order needs now, no more and no less.
    pub(crate) fn hold(&mut self, slot: Slot) {
        if !self.config.funds.checked() {
            return;
        }
        let order = self.desk.orders[slot].clone();
        let Ok(needed) = self.needs(&order) else { return };
        if self.desk.account.hold(spends(&order), order.held, needed).is_ok() {
            self.desk.orders[slot].held = needed;
        }
    }

    /// A part of the order trades; whether the order is still open afterwards.
    pub(crate) fn fill(
        &mut self,
        slot: Slot,
        price: Price,
        qty: Qty,
        liquidity: Liquidity,
    ) -> bool {
        let Ok(fill) = self.book_fill(slot, price, qty, liquidity) else {
            // An amount beyond what can be booked: nothing traded, and nothing of it ever will.
            self.finish(slot, Says::Cancelled, VenueReason::Invalid);
            return false;
        };
        self.desk.reports.tell(self.now, Told::Executed(fill), self.out);
        if self.desk.orders[slot].rest().is_zero() {
            self.finish(slot, Says::Filled, VenueReason::None);
            return false;
        }
        self.hold(slot);
        true
    }

    /// Books a fill on order, account, volume and executions; on all of them or on none.
    fn book_fill(
        &mut self,
        slot: Slot,
        price: Price,
        qty: Qty,
        liquidity: Liquidity,
    ) -> Result<Fill, OutOfRange> {
        let decimals = self.rules().map_or(0, |rules| rules.quote_decimals);
        let cost = price.cost(qty)?;
        let fee = cost.at_rate(self.tier().rate(liquidity), decimals, Rounding::HalfUp)?;
        let order = &self.desk.orders[slot];
        let (id, symbol, side) = (order.id, order.spec.symbol(), order.spec.side());
        let filled = order.filled.plus(qty)?;
        debug_assert!(filled <= order.spec.qty(), "never more than the order is for");
        self.desk.account.settle(&Settlement { symbol, side, qty, cost, fee })?;
        let quote = symbol.quote();
        self.desk.volume.count(&self.config.fees, self.now, quote, cost);
        let number = self.desk.executions.next();
        let order = &mut self.desk.orders[slot];
        if order.filled.is_zero() {
            order.first_execution = number;
        }
        order.filled = filled;
        let exec = VenueRef::numbered(b'T', number);
        let (fee_asset, at) = (quote, self.now);
        let fill = Fill { id, exec, symbol, qty, price, fee, fee_asset, at, side, liquidity };
        self.desk.executions.push(fill);
        Ok(fill)
    }

    /// The order is over: out of its ladder, nothing held, told, and remembered for a while.
    pub(crate) fn finish(&mut self, slot: Slot, says: Says, reason: VenueReason) {
        self.finish_with(slot, (says, reason), None);
    }

    /// The order is over, because of the change of that number.
    pub(crate) fn finish_with(
        &mut self,
        slot: Slot,
        (says, reason): (Says, VenueReason),
        answers: Option<u32>,
    ) {
        self.leave(slot);
        self.answer(slot, (says, reason), answers);
        let order = &self.desk.orders[slot];
        let (number, until) = (order.number, order.until());
        if let Some(until) = until {
            self.desk.expiries.remove(&(until, number, slot));
        }
        self.desk.orders[slot].ended_at = Some(self.now);
        self.desk.orders.end(slot, says, reason);
        self.hold(slot);
    }
}
