//! Requests: who may ask, what is refused at the door, and what is answered.

use contracts::{
    AmendOrder, ArmDeadMan, Event, Instrument, Lifetime, MarketStatus, OrderId, OrderSpec, Qty,
    Report, Says, Submit, Ts, VenueReason, seal_request,
};

use super::venue::{DEAD_MAN, PlainVenue, Voice};

impl PlainVenue {
    /// A request takes effect.
    pub(crate) fn request(&mut self, now: Ts, request: &Event, voice: &mut Voice<'_, '_>) {
        if let Event::QueryOrder(query) = request {
            return self.answer(now, query.id, voice);
        }
        if !self.is_authentic(request) {
            return self.deny(now, request, voice);
        }
        match request {
            Event::Submit(submit) => self.submit(now, submit, voice),
            Event::CancelOrder(cancel) => self.cancel(now, cancel.id, voice),
            Event::AmendOrder(amend) => self.amend(now, amend, voice),
            Event::CancelAll(_) => self.cancel_all(now, VenueReason::Requested, voice),
            Event::ArmDeadMan(arm) => Self::arm(now, *arm, voice),
            _ => {}
        }
    }

    fn is_authentic(&self, request: &Event) -> bool {
        let seal = match request {
            Event::Submit(body) => body.seal,
            Event::CancelOrder(body) => body.seal,
            Event::AmendOrder(body) => body.seal,
            Event::CancelAll(body) => body.seal,
            Event::ArmDeadMan(body) => body.seal,
            _ => return false,
        };
        seal_request(request, &self.config.key) == Some(seal)
    }

    fn deny(&self, now: Ts, request: &Event, voice: &mut Voice<'_, '_>) {
        let (id, says) = match request {
            Event::Submit(body) => (body.id, Says::Rejected),
            Event::CancelOrder(body) => (body.id, Says::CancelRejected),
            Event::AmendOrder(body) => (body.id, Says::AmendRejected),
            _ => return,
        };
        // A stranger learns nothing about an order that exists.
        if self.state.orders.get(id).is_none() {
            voice.say(Event::Report(unknown(id, says, VenueReason::Denied, now)));
        }
    }

    fn submit(&mut self, now: Ts, submit: &Submit, voice: &mut Voice<'_, '_>) {
        let Submit { id, spec, deadline, .. } = *submit;
        if self.state.orders.get(id).is_some() {
            // The first one stands untouched. Saying "rejected" of it would be a lie, so its own
            // state is what is told.
            return self.answer(now, id, voice);
        }
        let refusal =
            if now > deadline { Some(VenueReason::TooLate) } else { self.refusal(now, &spec) };
        if let Some(reason) = refusal {
            self.state.refused.note(id, reason);
            let report = Report {
                symbol: Some(spec.symbol()),
                qty: spec.qty(),
                ..unknown(id, Says::Rejected, reason, now)
            };
            return voice.say(Event::Report(report));
        }
        self.state.orders.add(id, spec);
        if let Some(order) = self.state.orders.get(id) {
            voice.say(Event::Report(order.report(Says::Accepted, VenueReason::None, now)));
        }
        if let Lifetime::Until(until) = spec.lifetime() {
            let timer = self.state.expiries.add(id, until);
            voice.wake_at(timer, until);
        }
        let asleep = self.state.orders.get(id).is_some_and(|order| !order.awake);
        if asleep {
            self.wake_if_reached(now, id, voice);
        } else {
            self.arrive(now, id, voice);
        }
    }

    /// A stop that the last trade has reached already wakes at once.
    fn wake_if_reached(&mut self, now: Ts, id: OrderId, voice: &mut Voice<'_, '_>) {
        let Some(order) = self.state.orders.get_mut(id) else { return };
        let last = self.state.markets.get(order.spec.symbol()).and_then(|market| market.last);
        if last.is_some_and(|last| order.triggers(last)) {
            order.awake = true;
            self.arrive(now, id, voice);
        }
    }

    fn refusal(&self, now: Ts, spec: &OrderSpec) -> Option<VenueReason> {
        let Some(market) = self.market(spec.symbol()) else { return Some(VenueReason::Closed) };
        let Some(instrument) = market.instrument else { return Some(VenueReason::Closed) };
        if self.state.orders.open(spec.symbol()).len() >= self.config.open_orders_max {
            return Some(VenueReason::RateLimit);
        }
        let age_max = self.config.quote_age_max;
        let quote = market.opposite(spec.side(), now, age_max);
        let price = spec.limit().or(spec.trigger());
        if price.is_none() && quote.is_none() {
            return Some(VenueReason::NoLiquidity);
        }
        breaks_rules(&instrument, spec, price.or(quote.map(|quote| quote.price))?)
    }

    fn cancel(&mut self, now: Ts, id: OrderId, voice: &mut Voice<'_, '_>) {
        if self.state.orders.get_open(id).is_some() {
            return self.finish(now, id, (Says::Cancelled, VenueReason::Requested), voice);
        }
        let reason = VenueReason::UnknownOrder;
        let report = match self.state.orders.get(id) {
            Some(order) => order.report(Says::CancelRejected, reason, now),
            None => unknown(id, Says::CancelRejected, reason, now),
        };
        voice.say(Event::Report(report));
    }

    pub(crate) fn cancel_all(&mut self, now: Ts, why: VenueReason, voice: &mut Voice<'_, '_>) {
        for id in self.state.orders.all_open() {
            self.finish(now, id, (Says::Cancelled, why), voice);
        }
    }

    fn amend(&mut self, now: Ts, amend: &AmendOrder, voice: &mut Voice<'_, '_>) {
        let answers = Some(amend.number);
        let Some(order) = self.state.orders.get(amend.id) else {
            let report = unknown(amend.id, Says::AmendRejected, VenueReason::UnknownOrder, now);
            return voice.say(Event::Report(Report { answers, ..report }));
        };
        let refused = |reason| {
            Event::Report(Report { answers, ..order.report(Says::AmendRejected, reason, now) })
        };
        if order.ended.is_some() {
            return voice.say(refused(VenueReason::UnknownOrder));
        }
        if now > amend.deadline {
            return voice.say(refused(VenueReason::TooLate));
        }
        let Ok(spec) = order.spec.amended(amend.qty, amend.limit, amend.trigger) else {
            return voice.say(refused(VenueReason::Invalid));
        };
        if amend.qty <= order.filled {
            return voice.say(refused(VenueReason::Invalid));
        }
        let market = self.market(spec.symbol());
        let rules = market.and_then(|market| market.instrument);
        let price = spec.limit().or(spec.trigger());
        let broken = rules.zip(price).and_then(|(rules, price)| breaks_rules(&rules, &spec, price));
        if let Some(reason) = broken {
            return voice.say(refused(reason));
        }
        let quote = market.and_then(|m| m.opposite(spec.side(), now, self.config.quote_age_max));
        let moved = super::orders::VenueOrder { spec, ..order.clone() };
        let would_take = quote.is_some_and(|quote| moved.reaches(quote.price));
        if spec.lifetime() == Lifetime::PostOnly && would_take {
            return voice.say(refused(VenueReason::WouldTake));
        }
        let keeps_place = spec.limit() == order.spec.limit() && spec.qty() <= order.spec.qty();
        if let Some(order) = self.state.orders.get_mut(amend.id) {
            order.spec = spec;
            let report = order.report(Says::Amended, VenueReason::Requested, now);
            voice.say(Event::Report(Report { answers, ..report }));
        }
        if !keeps_place {
            self.state.orders.requeue(amend.id);
            if moved.awake {
                self.arrive(now, amend.id, voice);
            }
        }
    }

    fn arm(now: Ts, arm: ArmDeadMan, voice: &mut Voice<'_, '_>) {
        if arm.timeout == contracts::Span::ZERO {
            voice.cancel_wake(DEAD_MAN);
        } else {
            voice.wake_at(DEAD_MAN, now + arm.timeout);
        }
    }

    /// Everything about an order: its executions again, then where it stands.
    fn answer(&self, now: Ts, id: OrderId, voice: &mut Voice<'_, '_>) {
        let Some(order) = self.state.orders.get(id) else {
            let report = match self.state.refused.reason(id) {
                Some(reason) => unknown(id, Says::Rejected, reason, now),
                None => unknown(id, Says::NotFound, VenueReason::UnknownOrder, now),
            };
            return voice.say(Event::Report(report));
        };
        for fill in &order.executions {
            voice.say(Event::Executed(*fill));
        }
        let (says, reason) = order.ended.unwrap_or((Says::Working, VenueReason::None));
        voice.say(Event::Report(order.report(says, reason, now)));
    }
}

/// The venue's rules for prices and sizes.
fn breaks_rules(
    instrument: &Instrument,
    spec: &OrderSpec,
    price: contracts::Price,
) -> Option<VenueReason> {
    let open = match instrument.status {
        MarketStatus::Online => true,
        MarketStatus::PostOnly => spec.lifetime() == Lifetime::PostOnly,
        MarketStatus::CancelOnly | MarketStatus::Maintenance => false,
    };
    let on_tick = |price: contracts::Price| price.is_multiple_of(instrument.tick);
    if !open {
        Some(VenueReason::Closed)
    } else if !spec.limit().is_none_or(on_tick) || !spec.trigger().is_none_or(on_tick) {
        Some(VenueReason::Tick)
    } else if !spec.qty().is_multiple_of(instrument.lot) {
        Some(VenueReason::Lot)
    } else if spec.qty() < instrument.qty_min {
        Some(VenueReason::Minimum)
    } else {
        match price.cost(spec.qty()) {
            Ok(cost) if cost >= instrument.cost_min => None,
            Ok(_) => Some(VenueReason::Minimum),
            Err(_) => Some(VenueReason::Invalid),
        }
    }
}

/// A report about an order that is not there.
fn unknown(id: OrderId, says: Says, reason: VenueReason, at: Ts) -> Report {
    Report {
        id,
        venue_ref: None,
        symbol: None,
        qty: Qty::ZERO,
        filled: Qty::ZERO,
        limit: None,
        at,
        answers: None,
        says,
        reason,
    }
}
