//! What the gateway may ask, and what it is answered.

use contracts::{
    AmendOrder, Instrument, Lifetime, MarketStatus, OrderKind, OrderSpec, Says, Submit, VenueReason,
};

use crate::config::PostOnlyMode;
use crate::floor::{Floor, spends};
use crate::orders::{Order, Slot, Stage};
use crate::rules;

impl Floor<'_, '_> {
    /// Takes or refuses a new order whose id is free; it is remembered either way.
    pub(crate) fn submit(&mut self, submit: &Submit) {
        let slot = self.desk.orders.add(Order::new(submit.id, submit.spec));
        if let Err(reason) = self.judge(slot) {
            self.finish(slot, Says::Rejected, reason);
            return;
        }
        self.accept(slot);
        let spec = submit.spec;
        if spec.lifetime() == Lifetime::PostOnly && self.would_take(slot, &spec) {
            self.finish(slot, Says::Cancelled, VenueReason::WouldTake);
        } else if spec.trigger().is_some() {
            self.wait(slot);
            self.fire_stops();
        } else if self.is_online() {
            self.arrive(slot);
        } else {
            self.rest(slot);
        }
    }

    /// Why a new order is refused.
    fn judge(&mut self, slot: Slot) -> Result<(), VenueReason> {
        let spec = self.desk.orders[slot].spec;
        let rules = self.rules().ok_or(VenueReason::Closed)?;
        Self::judge_status(&rules, &spec)?;
        let estimate = self.market.given.best(self.sight(), spec.side().opposite());
        rules::check(&rules, &spec, estimate)?;
        if self.market.own.len() >= self.config.open_orders_max as usize {
            return Err(VenueReason::RateLimit);
        }
        if matches!(spec.lifetime(), Lifetime::Until(until) if until <= self.now) {
            return Err(VenueReason::LifetimeEnded);
        }
        let must_rest = rules.status == MarketStatus::PostOnly
            || spec.lifetime() == Lifetime::PostOnly
                && self.config.post_only == PostOnlyMode::Reject;
        if must_rest && self.would_take(slot, &spec) {
            return Err(VenueReason::WouldTake);
        }
        if spec.kind() == OrderKind::Market && !self.would_take(slot, &spec) {
            return Err(VenueReason::NoLiquidity);
        }
        self.judge_funds(slot, &spec)
    }

    /// Whether the instrument takes such orders now.
    fn judge_status(rules: &Instrument, spec: &OrderSpec) -> Result<(), VenueReason> {
        let rests =
            matches!(spec.kind(), OrderKind::Limit(_)) && spec.lifetime() != Lifetime::Immediate;
        match rules.status {
            MarketStatus::Online => Ok(()),
            MarketStatus::PostOnly if rests => Ok(()),
            _ => Err(VenueReason::Closed),
        }
    }

    /// Whether the account can pay for an order, or for what it is to become.
    fn judge_funds(&mut self, slot: Slot, spec: &OrderSpec) -> Result<(), VenueReason> {
        if !self.config.funds.checked() {
            return Ok(());
        }
        if spec.kind() == OrderKind::Market {
            return if self.can_pay_market(slot) { Ok(()) } else { Err(VenueReason::Funds) };
        }
        let mut order = Order { spec: *spec, ..self.desk.orders[slot].clone() };
        if spec.trigger().is_some() && order.number == 0 {
            order.stage = Stage::Waiting;
        }
        let more = self.needs(&order).and_then(|needed| needed.minus(order.held));
        let more = more.map_err(|_| VenueReason::Invalid)?;
        let covered = self.desk.account.covers(spends(&order), more);
        if covered { Ok(()) } else { Err(VenueReason::Funds) }
    }

    /// Whether an order of these terms would trade at once.
    fn would_take(&mut self, slot: Slot, spec: &OrderSpec) -> bool {
        if self.own_in_the_way(spec.side(), spec.limit()).is_some() {
            return true;
        }
        self.plan(slot, spec.limit(), None);
        !self.desk.plan.is_empty()
    }

    /// Cancels an order of this instrument that is open. In maintenance the venue does not listen to
    /// requests; its own dead man's switch works all the same.
    pub(crate) fn cancel(&mut self, slot: Slot, reason: VenueReason) {
        let status = self.rules().map(|rules| rules.status);
        if status == Some(MarketStatus::Maintenance) && reason == VenueReason::Requested {
            self.report(slot, Says::CancelRejected, VenueReason::Closed);
        } else {
            self.finish(slot, Says::Cancelled, reason);
        }
    }

    /// Changes an open order in place, or leaves it exactly as it was and says why.
    pub(crate) fn amend(&mut self, slot: Slot, amend: &AmendOrder) {
        let (held, filled) = (self.desk.orders[slot].spec, self.desk.orders[slot].filled);
        let number = Some(amend.number);
        let spec = held.amended(amend.qty, amend.limit, amend.trigger);
        let spec = spec.map_err(|_| VenueReason::Invalid);
        match spec.and_then(|spec| self.judge_amend(slot, &spec).map(|()| spec)) {
            Err(reason) => self.answer(slot, (Says::AmendRejected, reason), number),
            // More has traded than is wanted now: what is left goes.
            Ok(spec) if spec.qty() < filled => {
                self.finish_with(slot, (Says::Cancelled, VenueReason::Requested), number);
            }
            Ok(spec) if spec.qty() == filled => {
                // Only the quantity: at its old price the order stands in its ladder.
                self.desk.orders[slot].spec = held.amended(filled, None, None).unwrap_or(held);
                self.finish_with(slot, (Says::Filled, VenueReason::None), number);
            }
            Ok(spec) => self.change(slot, spec, number),
        }
    }

    /// Why a change is refused.
    fn judge_amend(&mut self, slot: Slot, spec: &OrderSpec) -> Result<(), VenueReason> {
        let rules = self.rules().ok_or(VenueReason::Closed)?;
        if !matches!(rules.status, MarketStatus::Online | MarketStatus::PostOnly) {
            return Err(VenueReason::Closed);
        }
        let order = &self.desk.orders[slot];
        if spec.qty() <= order.filled {
            return Ok(());
        }
        let moves = order.stage == Stage::Live && moves(&order.spec, spec);
        rules::check(&rules, spec, None)?;
        let must_rest =
            spec.lifetime() == Lifetime::PostOnly || rules.status == MarketStatus::PostOnly;
        if moves && must_rest && self.would_take(slot, spec) {
            return Err(VenueReason::WouldTake);
        }
        self.judge_funds(slot, spec)
    }

    /// Makes a change. Less at the same price keeps the place in the queue, anything else loses it.
    fn change(&mut self, slot: Slot, spec: OrderSpec, number: Option<u32>) {
        let order = &self.desk.orders[slot];
        let waiting = order.stage == Stage::Waiting;
        let moved = if waiting {
            order.spec.trigger() != spec.trigger()
        } else {
            moves(&order.spec, &spec)
        };
        if moved {
            self.leave(slot);
            self.desk.orders[slot].priority = self.desk.next_priority();
        }
        self.desk.orders[slot].spec = spec;
        self.hold(slot);
        self.answer(slot, (Says::Amended, VenueReason::None), number);
        if !moved {
            return;
        }
        if waiting {
            self.wait(slot);
            self.fire_stops();
        } else if self.is_online() {
            self.arrive(slot);
        } else {
            self.rest(slot);
        }
    }
}

/// Whether a change costs a resting order its place.
fn moves(before: &OrderSpec, after: &OrderSpec) -> bool {
    before.limit() != after.limit() || after.qty() > before.qty()
}
