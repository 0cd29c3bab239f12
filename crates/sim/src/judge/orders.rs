//! What truly became of each order: by its approval, the requests that left, and the venue.
//!
//! What the gateway believes counts only where no request has left, or where the venue would drop it
//! as too late; whatever the venue took lives until the venue says that it does not.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{
    AmendOrder, Approval, Corr, Event, Fill, OrderId, OrderSpec, OrderState, OrderUpdate, Origin,
    OutOfRange, Place, Price, Qty, Report, Says, Side, StrategyId, Submit, Symbol, Ts, VenueReason,
};

use super::life;

/// Every order that was approved.
#[derive(Default)]
pub(super) struct Orders {
    all: BTreeMap<OrderId, Order>,
    /// Those that may still trade.
    open: BTreeSet<OrderId>,
    /// Every change that was ever approved, by its number, and until when it holds.
    granted: BTreeMap<u32, (OrderId, OrderSpec, Ts)>,
    /// Until when each order is wanted.
    wanted: BTreeMap<OrderId, Ts>,
    /// Who tells of orders has forgotten some: what it hears of first may be unknown to it.
    forgotten: bool,
}

/// An order that was approved.
pub(super) struct Order {
    pub(super) strategy: StrategyId,
    pub(super) origin: Origin,
    pub(super) spec: OrderSpec,
    /// Until when its approval holds.
    valid_until: Ts,
    pub(super) filled: Qty,
    pub(super) executions: u64,
    /// What it was ever allowed to be.
    forms: Vec<(Qty, Option<Price>)>,
    /// What it is for, by the venue's last word.
    qty: Qty,
    changes: Vec<Change>,
    way: Way,
    /// How it ended, by the venue.
    ended: Option<OrderState>,
    /// The last that everybody was told of it.
    told: Option<OrderUpdate>,
    /// Who told it may have forgotten that: the next word need not follow from it.
    told_is_forgotten: bool,
    /// It was told to be over, whatever is told of it once more.
    was_over: bool,
}

/// An approved change that may still come to hold.
struct Change {
    number: u32,
    qty: Qty,
    way: Way,
    told_settled: bool,
}

/// How far a request has come.
#[derive(Clone, Copy)]
enum Way {
    /// The gateway still has it.
    Here,
    /// It was sent; later than this the venue does not take it.
    Sent(Ts),
    /// It was held back at the door.
    Held,
    /// The venue has it, and only the venue can say what becomes of it.
    There,
}

impl Way {
    /// It has not reached the venue, and can no longer, where the gateway says that it will not send it.
    fn is_lost(self, now: Ts, not_sent: bool) -> bool {
        match self {
            Self::Here => not_sent,
            Self::Sent(deadline) => now > deadline,
            Self::Held => true,
            Self::There => false,
        }
    }

    fn send(&mut self, deadline: Ts) {
        match self {
            Self::Here | Self::Held => *self = Self::Sent(deadline),
            Self::Sent(before) => *before = deadline.max(*before),
            Self::There => {}
        }
    }

    fn arrive(&mut self, now: Ts, deadline: Ts) {
        if now <= deadline {
            *self = Self::There;
        }
    }
}

impl Order {
    fn new(corr: Corr, approval: &Approval) -> Self {
        let spec = approval.spec;
        Self {
            strategy: corr.strategy,
            origin: corr.origin,
            spec,
            valid_until: approval.valid_until,
            filled: Qty::ZERO,
            executions: 0,
            forms: vec![(spec.qty(), spec.limit())],
            qty: spec.qty(),
            changes: Vec::new(),
            way: Way::Here,
            ended: None,
            told: None,
            told_is_forgotten: false,
            was_over: false,
        }
    }

    /// Whether it trades with an order of that side and limit, whatever it was changed to since.
    fn meets(&self, side: Side, limit: Option<Price>) -> bool {
        let crosses = |own: Option<Price>| match (own, limit, side) {
            (Some(own), Some(limit), Side::Buy) => limit >= own,
            (Some(own), Some(limit), Side::Sell) => limit <= own,
            (None, ..) | (_, None, _) => true,
        };
        let waits_in_the_book = self.spec.trigger().is_none() && self.spec.side() != side;
        waits_in_the_book && self.forms.iter().all(|(_, own)| crosses(*own))
    }

    fn is_told_over(&self) -> bool {
        self.was_over || self.told.is_some_and(|told| told.state.is_done())
    }

    /// Whether that may be told of it now.
    fn may_be_told(&self, now: Ts, told: &OrderUpdate) -> Result<(), String> {
        let (id, state) = (told.id, told.state);
        if !self.forms.contains(&(told.qty, told.limit)) {
            return Err(format!("order {id} was told to be what nobody approved: {told:?}"));
        }
        let before = self.told.filter(|_| !self.told_is_forgotten);
        let was = before.map(|before| before.state);
        if !self.told_is_forgotten && !life::follows(was, state) {
            return Err(format!("order {id} was told to be {state:?} after {was:?}"));
        }
        if told.reason == VenueReason::Denied && matches!(self.way, Way::Here) {
            return Err(format!("order {id} was approved, and is not sent: {told:?}"));
        }
        let less = before.is_some_and(|before| told.filled < before.filled);
        let wrong = life::wrong_figures(told);
        let wrong = wrong.or(less.then_some("is less than before"));
        let wrong = wrong.or((told.filled > self.filled).then_some("is more than has traded"));
        let wrong = wrong.or((told.symbol != self.spec.symbol()).then_some("is of another pair"));
        if let Some(what) = wrong {
            return Err(format!("order {id}: what was told {what}: {told:?}"));
        }
        if !state.is_done() {
            return Ok(());
        }
        // It never reached the venue and cannot any more, or the venue has said how it ended.
        let over = match self.ended {
            Some(ended) => ended == state,
            None => self.way.is_lost(now, true),
        };
        if over && told.filled == self.filled {
            return Ok(());
        }
        let (ended, filled) = (self.ended, self.filled);
        Err(format!("order {id} was told to be over, and is {ended:?} with {filled}: {told:?}"))
    }

    /// The most that may still trade of it.
    fn rest(&self, now: Ts) -> Qty {
        let alive = |change: &&Change| !change.way.is_lost(now, change.told_settled);
        let changes = self.changes.iter().filter(alive);
        let most = changes.map(|change| change.qty).fold(self.qty, Qty::max);
        most.saturating_minus(self.filled)
    }
}

impl Orders {
    pub(super) fn get(&self, id: OrderId) -> Option<&Order> {
        self.all.get(&id)
    }

    pub(super) fn of(&self, strategy: StrategyId) -> impl Iterator<Item = &Order> {
        self.all.values().filter(move |order| order.strategy == strategy)
    }

    /// Orders that may still trade.
    pub(super) fn open(&self, now: Ts) -> impl Iterator<Item = (OrderId, &Order)> {
        let open = self.open.iter().filter_map(|id| Some((*id, self.all.get(id)?)));
        open.filter(move |(_, order)| !order.way.is_lost(now, order.is_told_over()))
    }

    /// Orders that left for the venue, and of which it has not said that they are over.
    pub(super) fn at_the_venue(&self) -> impl Iterator<Item = &Order> {
        let open = self.open.iter().filter_map(|id| self.all.get(id));
        open.filter(|order| !matches!(order.way, Way::Here) && !order.is_told_over())
    }

    /// The most that may still trade on that side.
    pub(super) fn rests(
        &self,
        now: Ts,
        side: Side,
        whose: impl Fn(StrategyId, Symbol) -> bool,
    ) -> Result<Qty, OutOfRange> {
        let ours = self.open(now).map(|(_, order)| order).filter(|order| {
            order.spec.side() == side && whose(order.strategy, order.spec.symbol())
        });
        ours.map(|order| order.rest(now)).try_fold(Qty::ZERO, Qty::plus)
    }

    /// An order of ours that another one, of that name, would trade with.
    pub(super) fn met_by(&self, now: Ts, id: OrderId, spec: &OrderSpec) -> Option<OrderId> {
        let meets = |order: &Order| {
            order.spec.symbol() == spec.symbol() && order.meets(spec.side(), spec.limit())
        };
        let mut others = self.open(now).filter(|(other, _)| *other != id);
        others.find(|(_, order)| meets(order)).map(|(other, _)| other)
    }

    // ── intents, approvals, and what the gateway says and sends ──────────────────────────────────

    pub(super) fn wanted(&mut self, place: &Place) {
        self.wanted.insert(place.id, place.expires);
    }

    pub(super) fn approved(&mut self, corr: Corr, approval: &Approval) -> Result<(), String> {
        let (id, mut order) = (approval.id, Order::new(corr, approval));
        order.told_is_forgotten = self.forgotten;
        let expires = self.wanted.get(&id);
        let expires = *expires.ok_or(format!("order {id} was approved, and nobody wanted it"))?;
        if approval.valid_until > expires {
            return Err(format!("order {id} was approved for longer than it is wanted"));
        }
        if self.all.insert(id, order).is_some() {
            return Err(format!("order {id} approved twice"));
        }
        self.open.insert(id);
        Ok(())
    }

    /// The strategy whose order it is.
    pub(super) fn change_approved(&mut self, approval: &Approval) -> Result<StrategyId, String> {
        let Approval { id, spec, number, valid_until, .. } = *approval;
        self.granted.insert(number, (id, spec, valid_until));
        let order = self.all.get_mut(&id);
        let order = order.ok_or("a change of an order that was never approved")?;
        order.forms.push((spec.qty(), spec.limit()));
        let (qty, way) = (spec.qty(), Way::Here);
        order.changes.push(Change { number, qty, way, told_settled: false });
        Ok(order.strategy)
    }

    /// Everybody is told where an order stands: as it may stand after what was told before, and as it
    /// truly stands or stood.
    pub(super) fn told(&mut self, now: Ts, told: &OrderUpdate) -> Result<(), String> {
        let order = self.all.get_mut(&told.id);
        let order = order.ok_or("word of an order that was never approved")?;
        order.may_be_told(now, told)?;
        order.was_over |= told.state.is_done();
        (order.told, order.told_is_forgotten) = (Some(*told), false);
        let settled = order.changes.iter_mut().filter(|change| Some(change.number) == told.settles);
        settled.for_each(|change| change.told_settled = true);
        Ok(())
    }

    /// The gateway has decided, at that time, to send something; from now on it may be on its way.
    pub(super) fn requested(&mut self, decided: Ts, request: &Event) -> Result<(), String> {
        let (id, until) = match request {
            Event::Submit(submit) => {
                let Some(order) = self.all.get_mut(&submit.id) else { return Ok(()) };
                order.way.send(submit.deadline);
                (submit.id, order.valid_until)
            }
            Event::AmendOrder(amend) => {
                self.changes(amend).for_each(|change| change.way.send(amend.deadline));
                let Some((.., until)) = self.granted.get(&amend.number) else { return Ok(()) };
                (amend.id, *until)
            }
            _ => return Ok(()),
        };
        if decided > until {
            let late = decided.since(until).millis();
            return Err(format!("{id} was sent {late} ms after its approval had ended"));
        }
        Ok(())
    }

    /// What was to be sent was not.
    pub(super) fn held_back(&mut self, request: &Event) {
        match request {
            Event::Submit(submit) => {
                if let Some(order) = self.all.get_mut(&submit.id) {
                    order.way = Way::Held;
                }
            }
            Event::AmendOrder(amend) => self.changes(amend).for_each(|it| it.way = Way::Held),
            _ => {}
        }
    }

    /// Who tells of orders has forgotten some of it.
    pub(super) fn forgotten(&mut self) {
        self.forgotten = true;
        self.all.values_mut().for_each(|order| order.told_is_forgotten = true);
    }

    fn changes(&mut self, amend: &AmendOrder) -> impl Iterator<Item = &mut Change> {
        let order = self.all.get_mut(&amend.id).into_iter();
        let number = amend.number;
        order.flat_map(|order| &mut order.changes).filter(move |change| change.number == number)
    }

    // ── the venue ────────────────────────────────────────────────────────────────────────────────

    pub(super) fn submitted(&mut self, now: Ts, submit: &Submit) -> Result<(), String> {
        let order = self.all.get_mut(&submit.id);
        let order = order.ok_or(format!("order {} without approval", submit.id))?;
        if order.spec != submit.spec {
            return Err(format!("order {} is not the approved one", submit.id));
        }
        if matches!(order.way, Way::There) {
            return Err(format!("order {} was sent twice", submit.id));
        }
        order.way.arrive(now, submit.deadline);
        Ok(())
    }

    pub(super) fn amended(&mut self, now: Ts, amend: &AmendOrder) -> Result<(), String> {
        let asked = (amend.id, amend.qty, amend.limit, amend.trigger);
        let granted = self.granted.get(&amend.number);
        let granted = granted.map(|(id, spec, _)| (*id, spec.qty(), spec.limit(), spec.trigger()));
        if granted != Some(asked) {
            return Err(format!("change {} of {} without approval", amend.number, amend.id));
        }
        self.changes(amend).for_each(|change| change.way.arrive(now, amend.deadline));
        Ok(())
    }

    pub(super) fn reported(&mut self, report: &Report) -> Result<(), String> {
        if report.reason == VenueReason::Funds {
            return Err(format!("order {} was approved, and cannot be paid for", report.id));
        }
        let Some(order) = self.all.get_mut(&report.id) else { return Ok(()) };
        // A report that was on its way when the end was shown is no contradiction.
        let lives = report.says == Says::Accepted && order.ended.is_none();
        if lives && order.is_told_over() {
            return Err(format!("order {} lives, and was told to be over", report.id));
        }
        if report.says == Says::Amended {
            order.qty = report.qty;
        }
        order.changes.retain(|change| Some(change.number) != report.answers);
        // What the venue does not know yet it may still get; what it has, a second of that id leaves alone.
        let says_nothing =
            report.says == Says::NotFound || report.reason == VenueReason::DuplicateId;
        if let Some(ended) = report.says.final_state().filter(|_| !says_nothing) {
            order.ended.get_or_insert(ended);
            self.open.remove(&report.id);
        }
        Ok(())
    }

    /// Whose order it was that traded.
    pub(super) fn executed(&mut self, fill: &Fill) -> Result<StrategyId, String> {
        let order = self.all.get_mut(&fill.id);
        let order = order.ok_or(format!("execution of {} without approval", fill.id))?;
        let filled = order.filled.plus(fill.qty).map_err(|error| error.to_string())?;
        if order.forms.iter().all(|(most, _)| filled > *most) {
            return Err(format!("order {} traded {filled} of {:?}", fill.id, order.forms));
        }
        order.filled = filled;
        order.executions += 1;
        Ok(order.strategy)
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::{price, qty, secs, strategy, symbol};
    use contracts::{IntentSeq, Label, Lifetime, OrderKind, Seal};

    use super::*;

    fn spec(pair: &str, side: Side, limit: &str) -> OrderSpec {
        let kind = OrderKind::Limit(price(limit));
        OrderSpec::new(symbol(pair), side, qty("1"), kind, Lifetime::UntilCancelled).unwrap()
    }

    fn id(number: u128) -> OrderId {
        OrderId::from_bits(number).unwrap()
    }

    fn approval(id: OrderId, spec: OrderSpec, number: u32) -> Approval {
        let limits = Default::default();
        Approval { id, spec, valid_until: secs(5), seal: Seal::NONE, number, limits }
    }

    fn place(
        orders: &mut Orders,
        number: u128,
        spec: OrderSpec,
        expires: Ts,
    ) -> Result<(), String> {
        let id = id(number);
        orders.wanted(&Place { id, spec, expires, why: Label::NONE });
        let corr = Corr::new(strategy("a"), Origin::Strategy, IntentSeq::new(1));
        orders.approved(corr, &approval(id, spec, 1))
    }

    #[test]
    fn orders_that_would_trade_with_our_own_are_seen() {
        let mut orders = Orders::default();
        place(&mut orders, 1, spec("BTC/USD", Side::Sell, "100"), secs(5)).unwrap();
        let met = |orders: &Orders, pair, side, limit| {
            orders.met_by(secs(1), id(9), &spec(pair, side, limit))
        };
        assert_eq!(met(&orders, "BTC/USD", Side::Buy, "100"), Some(id(1)));
        assert_eq!(met(&orders, "BTC/USD", Side::Buy, "99"), None);
        assert_eq!(met(&orders, "BTC/USD", Side::Sell, "100"), None);
        assert_eq!(met(&orders, "ETH/USD", Side::Buy, "100"), None);
        assert_eq!(orders.met_by(secs(1), id(1), &spec("BTC/USD", Side::Buy, "100")), None);
        // It may be the one or the other by now.
        orders.change_approved(&approval(id(1), spec("BTC/USD", Side::Sell, "105"), 2)).unwrap();
        assert_eq!(met(&orders, "BTC/USD", Side::Buy, "104"), None);
        assert_eq!(met(&orders, "BTC/USD", Side::Buy, "105"), Some(id(1)));
    }

    #[test]
    fn orders_nobody_wants_so_long_or_at_all_are_not_to_be_approved() {
        let mut orders = Orders::default();
        let buy = spec("BTC/USD", Side::Buy, "100");
        assert!(place(&mut orders, 1, buy, secs(4)).is_err());
        let corr = Corr::new(strategy("a"), Origin::Strategy, IntentSeq::new(1));
        assert!(orders.approved(corr, &approval(id(2), buy, 1)).is_err());
    }
}
