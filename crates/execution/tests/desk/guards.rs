//! The protector alone: every answer is the test's, so that also what a gate and a gateway would
//! seldom say is heard, and what they would forgive is seen.

use std::collections::BTreeMap;

use contracts::testing::{asset, price, qty, secs, strategy, symbol};
use contracts::{
    AlertCode, Approval, Bps, Breach, ClearKill, Corr, Envelope, Epoch, Event, FeedState, Figures,
    Fill, IntentSeq, KillLevel, KillTrigger, Lifetime, Liquidity, Mark, MarketStatus, Money,
    OrderId, OrderKind, OrderSpec, OrderState, OrderUpdate, Origin, Price, Protect, Qty, Reason,
    Refusal, Seal, Side, Source, Span, Trip, Ts, VenueReason, VenueRef,
};
use execution::{GroupView, Protector, ProtectorConfig};
use kernel::{Collected, Sequencer};

use crate::rig::{BTC, RUN, rules};

/// An order of a strategy; entries are named by numbers of the test's choice.
#[derive(Clone, Copy)]
struct Entry {
    who: &'static str,
    number: u64,
    side: Side,
}

/// An order to buy of the strategy `a`.
const fn bought(number: u64) -> Entry {
    Entry { who: "a", number, side: Side::Buy }
}

impl Entry {
    fn id(self) -> OrderId {
        OrderId::from_bits(u128::from(self.number)).unwrap()
    }

    fn corr(self) -> Corr {
        Corr::new(strategy(self.who), Origin::Strategy, IntentSeq::new(self.number))
    }
}

struct Alone {
    sequencer: Sequencer,
    config: ProtectorConfig,
    now: Ts,
    /// What was asked for and not looked at yet.
    asked: Vec<Envelope>,
    alerts: Vec<AlertCode>,
    approvals: u32,
    execs: u64,
    /// What each order was approved for at last.
    sizes: BTreeMap<OrderId, Qty>,
}

impl Alone {
    fn new() -> Self {
        Self::with(ProtectorConfig::new(RUN))
    }

    /// A protector that sees BTC/USD at 100.
    fn with(config: ProtectorConfig) -> Self {
        let protector = Protector::new(config.clone());
        let mut alone = Self {
            sequencer: Sequencer::new(Epoch(1), vec![Box::new(protector)]),
            config,
            now: secs(1_000),
            asked: Vec::new(),
            alerts: Vec::new(),
            approvals: 0,
            execs: 0,
            sizes: BTreeMap::new(),
        };
        alone.hear(None, rules(MarketStatus::Online));
        alone.mark("100");
        alone
    }

    fn restart(&mut self) {
        let snapshot = self.sequencer.snapshot();
        let fresh = Protector::new(self.config.clone());
        self.sequencer = Sequencer::new(Epoch(2), vec![Box::new(fresh)]);
        self.sequencer.restore(&snapshot).unwrap();
        assert_eq!(self.sequencer.snapshot(), snapshot);
    }

    fn hear(&mut self, corr: Option<Corr>, event: Event) {
        let mut said = Collected::default();
        let mut input = Envelope::input(Source::RiskEngine, self.now, event);
        input.corr = corr;
        self.sequencer.take(self.now, input, &mut said).unwrap();
        self.note(&said);
    }

    fn note(&mut self, said: &Collected) {
        for envelope in &said.0 {
            match envelope.event {
                Event::Alert(alert) => self.alerts.push(alert.code),
                _ => self.asked.push(*envelope),
            }
        }
    }

    fn pass(&mut self, span: Span) {
        self.now = self.now + span;
        let mut said = Collected::default();
        while self.sequencer.wake(self.now, &mut said).unwrap() {}
        self.note(&said);
    }

    fn groups(&self) -> Vec<GroupView> {
        self.sequencer.machine::<Protector>().unwrap().groups().collect()
    }

    /// Each guarded entry and what it holds.
    fn held(&self) -> Vec<(OrderId, String)> {
        self.groups().iter().map(|group| (group.entry, group.held.to_string())).collect()
    }

    /// What was asked for since the last look, in words.
    fn said(&mut self) -> String {
        let asked = std::mem::take(&mut self.asked);
        let words: Vec<String> = asked.iter().map(|envelope| word(&envelope.event)).collect();
        words.join("; ")
    }

    fn alerts(&mut self) -> Vec<AlertCode> {
        std::mem::take(&mut self.alerts)
    }

    /// The last intent that was said.
    fn last(&self) -> Envelope {
        *self.asked.last().unwrap()
    }

    // ── gate ─────────────────────────────────────────────────────────────────────────────────────

    fn approval(&mut self, id: OrderId, spec: OrderSpec) -> Approval {
        self.approvals += 1;
        self.sizes.insert(id, spec.qty());
        let number = self.approvals;
        Approval { id, spec, valid_until: Ts::MAX, seal: Seal::NONE, number, limits: 1 }
    }

    /// The gate lets an order of a strategy pass.
    fn enter(&mut self, entry: Entry, amount: &str) {
        self.enter_on(BTC, entry, amount);
    }

    fn enter_on(&mut self, pair: &str, entry: Entry, amount: &str) {
        let (kind, life) = (OrderKind::Limit(price("100")), Lifetime::UntilCancelled);
        let spec = OrderSpec::new(symbol(pair), entry.side, qty(amount), kind, life).unwrap();
        let approval = self.approval(entry.id(), spec);
        self.hear(Some(entry.corr()), Event::Approved(approval));
    }

    fn protect(&mut self, entry: Entry, bps: [i32; 3]) {
        self.protect_on(BTC, entry, bps);
    }

    fn protect_on(&mut self, pair: &str, entry: Entry, bps: [i32; 3]) {
        let [stop, target, trail] = bps.map(Bps::new);
        let (symbol, exit_side) = (symbol(pair), entry.side.opposite());
        let protect = Protect { entry: entry.id(), symbol, exit_side, stop, target, trail };
        self.hear(Some(entry.corr()), Event::ProtectApproved(protect));
    }

    /// The gate grants what was asked for last, an order or a change of one; the order's id.
    fn grant(&mut self) -> OrderId {
        let asked = self.last();
        let event = match asked.event {
            Event::Place(place) => Event::Approved(self.approval(place.id, place.spec)),
            Event::Amend(amend) => {
                let (kind, life) = (OrderKind::Market, Lifetime::UntilCancelled);
                let spec = OrderSpec::new(symbol(BTC), Side::Sell, amend.qty, kind, life).unwrap();
                Event::AmendApproved(self.approval(amend.target, spec))
            }
            event => panic!("{event:?} needs no grant"),
        };
        self.hear(asked.corr, event);
        match asked.event {
            Event::Place(place) => place.id,
            Event::Amend(amend) => amend.target,
            _ => unreachable!(),
        }
    }

    /// The gate refuses what was asked for last.
    fn refuse(&mut self) {
        let asked = self.last();
        let id = match asked.event {
            Event::Place(place) => place.id,
            Event::Amend(amend) => amend.target,
            event => panic!("{event:?} is never refused"),
        };
        self.refuse_for(asked.corr, id);
    }

    fn refuse_for(&mut self, corr: Option<Corr>, id: OrderId) {
        let breach = Breach { reason: Reason::PriceCollar, figures: Figures::None };
        let symbol = Some(symbol(BTC));
        let refusal = Refusal { id, symbol, breach, qty_max: Qty::ZERO, limits: 1, broken: 1 };
        self.hear(corr, Event::Refused(refusal));
    }

    // ── gateway ──────────────────────────────────────────────────────────────────────────────────

    fn trade(&mut self, entry: Entry, amount: &str) {
        self.trade_at(entry, qty(amount), price("100"));
    }

    fn trade_at(&mut self, entry: Entry, amount: Qty, at: Price) {
        self.execs += 1;
        let fill = Fill {
            id: entry.id(),
            exec: VenueRef::numbered(b'T', self.execs),
            symbol: symbol(BTC),
            qty: amount,
            price: at,
            fee: Money::ZERO,
            fee_asset: asset("USD"),
            at: self.now,
            side: entry.side,
            liquidity: Liquidity::Taker,
        };
        self.hear(Some(entry.corr()), Event::Fill(fill));
    }

    fn update(&mut self, id: OrderId, state: OrderState, filled: &str) {
        self.settle(id, state, filled, None);
    }

    fn settle(
        &mut self,
        id: OrderId,
        state: OrderState,
        filled: &str,
        settles: Option<(u32, VenueReason)>,
    ) {
        let update = OrderUpdate {
            id,
            symbol: symbol(BTC),
            qty: self.sizes[&id],
            filled: qty(filled),
            limit: None,
            venue_ref: None,
            settles: settles.map(|(number, _)| number),
            state,
            reason: settles.map_or(VenueReason::None, |(_, reason)| reason),
        };
        self.hear(None, Event::Order(update));
    }

    /// Trades an order in full, guarded or not.
    fn complete(&mut self, entry: Entry, amount: &str) {
        self.trade(entry, amount);
        self.update(entry.id(), OrderState::Filled, amount);
    }

    /// A guarded entry that is complete, with its stop asked for.
    fn holding(&mut self, entry: Entry, bps: [i32; 3]) {
        self.enter(entry, "1");
        self.protect(entry, bps);
        self.complete(entry, "1");
    }

    /// The same, with its stop at the venue.
    fn guarded(&mut self, entry: Entry, bps: [i32; 3]) -> OrderId {
        self.holding(entry, bps);
        let stop = self.grant();
        self.update(stop, OrderState::New, "0");
        self.said();
        stop
    }

    // ── market and operator ──────────────────────────────────────────────────────────────────────

    fn mark(&mut self, at: &str) {
        let at = Some(price(at));
        let (symbol, seen, state) = (symbol(BTC), self.now, FeedState::Live);
        let mark = Mark { symbol, bid: at, ask: at, last: at, seen, state };
        self.hear(None, Event::Mark(mark));
    }

    fn trip(&mut self, level: KillLevel) {
        self.hear(None, Event::Trip(Trip { level, trigger: KillTrigger::Command }));
    }

    fn clear(&mut self) {
        self.hear(None, Event::ClearKill(ClearKill { operator: 1 }));
    }
}

fn word(event: &Event) -> String {
    match event {
        Event::Place(place) => match place.spec.trigger() {
            Some(trigger) => format!("stop {} at {trigger}", place.spec.qty()),
            None => format!("close {}", place.spec.qty()),
        },
        Event::Amend(amend) => format!("to {} at {}", amend.qty, amend.trigger.unwrap()),
        Event::Cancel(_) => "cancel".to_owned(),
        event => event.name().to_owned(),
    }
}

// ── who is guarded ───────────────────────────────────────────────────────────────────────────────

#[test]
fn orders_beyond_the_bound_are_said_and_cannot_be_guarded() {
    let mut alone = Alone::with(ProtectorConfig { orders_max: 2, ..ProtectorConfig::new(RUN) });
    for number in 1..=2 {
        alone.enter(bought(number), "1");
    }
    assert_eq!(alone.alerts(), []);
    alone.enter(bought(3), "1");
    assert_eq!(alone.alerts(), [AlertCode::BoundReached]);
    alone.protect(bought(3), [200, 0, 0]);
    assert_eq!(alone.alerts(), [AlertCode::GuardWithoutOrder]);
    alone.protect(bought(2), [200, 0, 0]);
    assert_eq!((alone.alerts(), alone.groups().len()), (vec![], 1));
}

#[test]
fn finished_orders_are_remembered_up_to_the_bound_the_latest_of_them() {
    let mut alone = Alone::with(ProtectorConfig { finished_kept: 2, ..ProtectorConfig::new(RUN) });
    // One that is not complete is no candidate, however long ago it began.
    alone.enter(bought(9), "1");
    alone.trade(bought(9), "0.5");
    for number in 1..=3 {
        alone.enter(bought(number), "1");
        alone.complete(bought(number), "1");
    }
    for (number, known) in [(1, false), (2, true), (3, true), (9, true)] {
        alone.protect(bought(number), [200, 0, 0]);
        assert_eq!(alone.alerts().is_empty(), known, "{number}");
    }
}

#[test]
fn guards_beyond_the_bound_of_a_strategy_are_refused_and_said() {
    let mut alone = Alone::with(ProtectorConfig { guards_max: 2, ..ProtectorConfig::new(RUN) });
    let other = Entry { who: "b", number: 4, side: Side::Buy };
    for entry in [bought(1), bought(2), bought(3), other] {
        alone.enter(entry, "1");
    }
    alone.protect(other, [200, 0, 0]);
    alone.protect(bought(1), [200, 0, 0]);
    alone.protect(bought(2), [200, 0, 0]);
    assert_eq!((alone.alerts(), alone.groups().len()), (vec![], 3));
    alone.protect(bought(3), [200, 0, 0]);
    assert_eq!((alone.alerts(), alone.groups().len()), (vec![AlertCode::BoundReached], 3));
    // Other levels for a guard that there is need no room.
    alone.protect(bought(2), [300, 0, 0]);
    assert_eq!(alone.alerts(), []);
}

#[test]
fn guards_beyond_the_bound_of_symbols_are_refused_and_said() {
    let (orders_max, guards_max) = (20_000, 20_000);
    let config = ProtectorConfig { orders_max, guards_max, ..ProtectorConfig::new(RUN) };
    let mut alone = Alone::with(config);
    for number in 0..=8_192 {
        let (pair, entry) = (format!("A{number}/USD"), bought(number + 1));
        alone.enter_on(&pair, entry, "1");
        alone.protect_on(&pair, entry, [200, 0, 0]);
        assert_eq!(alone.alerts().is_empty(), number < 8_192, "{number}");
    }
    // One of a symbol that is there finds room.
    alone.enter_on("A5/USD", bought(10_000), "1");
    alone.protect_on("A5/USD", bought(10_000), [200, 0, 0]);
    assert_eq!((alone.alerts(), alone.groups().len()), (vec![], 8_193));
}

#[test]
fn guard_for_an_order_whose_change_was_refused_is_not_taken_for_one_of_a_refused_order() {
    let mut alone = Alone::with(ProtectorConfig { finished_kept: 1, ..ProtectorConfig::new(RUN) });
    alone.enter(bought(1), "1");
    alone.refuse_for(Some(bought(1).corr()), bought(1).id());
    for number in 1..=2 {
        alone.enter(bought(number), "1");
        alone.complete(bought(number), "1");
    }
    alone.protect(bought(1), [200, 0, 0]);
    assert_eq!(alone.alerts(), [AlertCode::GuardWithoutOrder], "it was forgotten by now");
    alone.refuse_for(Some(bought(3).corr()), bought(3).id());
    alone.protect(bought(3), [200, 0, 0]);
    assert_eq!(alone.alerts(), []);
}

// ── what is held ─────────────────────────────────────────────────────────────────────────────────

#[test]
fn oldest_group_loses_first_whatever_its_id() {
    let mut alone = Alone::new();
    for entry in [bought(9), bought(5)] {
        alone.enter(entry, "1");
        alone.protect(entry, [0, 900, 0]);
        alone.complete(entry, "1");
    }
    for restarted in [false, true] {
        if restarted {
            alone.restart();
        }
        let sale = Entry { who: "a", number: 10, side: Side::Sell };
        alone.trade(sale, "0.5");
    }
    assert_eq!(alone.held(), [(bought(5).id(), "1".to_owned())]);
}

#[test]
fn sale_of_one_strategy_leaves_the_groups_of_others_and_of_the_other_side_alone() {
    let mut alone = Alone::new();
    let others = Entry { who: "b", number: 2, side: Side::Buy };
    let short = Entry { who: "b", number: 3, side: Side::Sell };
    // The group of `a` is the older one.
    for entry in [bought(1), others] {
        alone.enter(entry, "1");
        alone.protect(entry, [0, 900, 0]);
        alone.complete(entry, "1");
    }
    let held =
        |alone: &Alone| -> Vec<String> { alone.held().into_iter().map(|(_, held)| held).collect() };
    assert_eq!(held(&alone), ["1", "1"]);
    alone.trade(Entry { number: 7, side: Side::Sell, ..others }, "0.25");
    assert_eq!(held(&alone), ["1", "0.75"]);
    // A sale of more than is held turns the position: its guard is for what is short now, and no more,
    // because an exit for more would not reduce and never pass the gate.
    alone.enter(short, "1.75");
    alone.protect(short, [0, 900, 0]);
    alone.trade(short, "1.75");
    assert_eq!(held(&alone), ["1", "1"]);
}

#[test]
fn amounts_beyond_arithmetic_are_said() {
    let mut alone = Alone::new();
    alone.enter(bought(1), "1");
    let huge = Qty::from_pico(i128::MAX as u128).unwrap();
    alone.trade_at(bought(1), huge, price("1000000000"));
    assert_eq!(alone.alerts(), [AlertCode::BoundReached]);
    alone.trade_at(bought(9), huge, price("1"));
    assert_eq!(alone.alerts(), [AlertCode::BoundReached], "the net of the strategy");
}

// ── exits ────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn exit_is_cancelled_once_granted_and_only_once() {
    let mut alone = Alone::new();
    alone.holding(bought(1), [200, 0, 0]);
    // No answer of the gate yet: there is nothing that could be cancelled.
    let asked = alone.last();
    assert_eq!(alone.said(), "stop 1 at 98");
    alone.protect(bought(1), [0, 0, 0]);
    alone.mark("100");
    assert_eq!(alone.said(), "");
    alone.asked.push(asked);
    alone.grant();
    alone.said();
    alone.mark("100");
    assert_eq!(alone.said(), "cancel");
    alone.mark("100");
    alone.mark("100");
    assert_eq!(alone.said(), "");
}

#[test]
fn exit_is_for_what_the_gate_has_granted() {
    let mut alone = Alone::new();
    alone.holding(bought(1), [200, 0, 0]);
    let asked = alone.last();
    let Event::Place(place) = asked.event else { panic!() };
    let spec = place.spec.amended(qty("0.6"), None, None).unwrap();
    let approval = alone.approval(place.id, spec);
    alone.hear(asked.corr, Event::Approved(approval));
    assert_eq!(alone.groups()[0].exit, Some((place.id, qty("0.6"))));
}

#[test]
fn stop_of_unknown_fate_is_not_changed_until_it_is_known() {
    let mut alone = Alone::new();
    let stop = alone.guarded(bought(1), [200, 0, 0]);
    alone.update(stop, OrderState::Unknown, "0");
    alone.protect(bought(1), [300, 0, 0]);
    assert_eq!(alone.said(), "");
    alone.update(stop, OrderState::New, "0");
    assert_eq!(alone.said(), "to 1 at 97");
}

#[test]
fn change_that_the_gate_refuses_is_asked_for_again_later_and_ever_more_slowly() {
    let mut alone = Alone::new();
    alone.guarded(bought(1), [200, 0, 0]);
    alone.protect(bought(1), [300, 0, 0]);
    for pause in [500, 1_000, 2_000] {
        alone.refuse();
        assert_eq!(alone.said(), "to 1 at 97");
        alone.pass(Span::from_millis(pause - 1));
        assert_eq!(alone.said(), "");
        alone.pass(Span::from_millis(1));
    }
    assert_eq!(alone.alerts(), [AlertCode::ExitBlocked]);
}

#[test]
fn change_of_unknown_outcome_is_asked_for_ever_more_slowly() {
    let mut alone = Alone::new();
    let stop = alone.guarded(bought(1), [200, 0, 0]);
    alone.protect(bought(1), [300, 0, 0]);
    for pause in [500, 1_000, 2_000] {
        alone.grant();
        let number = alone.approvals;
        assert_eq!(alone.said(), "to 1 at 97");
        alone.settle(stop, OrderState::New, "0", Some((number, VenueReason::TooLate)));
        alone.pass(Span::from_millis(pause - 1));
        assert_eq!(alone.said(), "");
        alone.pass(Span::from_millis(1));
    }
    // A stop that comes to the venue anew has gone well.
    let last = alone.last();
    alone.update(stop, OrderState::Unknown, "0");
    alone.update(stop, OrderState::New, "0");
    alone.asked.push(last);
    alone.refuse();
    alone.said();
    alone.pass(Span::from_millis(500));
    assert_eq!(alone.said(), "to 1 at 97");
}

#[test]
fn stop_that_ends_in_a_trip_has_not_failed() {
    let mut alone = Alone::new();
    alone.holding(bought(1), [200, 0, 0]);
    alone.trip(KillLevel::Cancel);
    alone.refuse();
    alone.said();
    alone.clear();
    assert_eq!(alone.said(), "stop 1 at 98");
}

#[test]
fn close_that_fails_in_a_trip_has_failed() {
    let mut alone = Alone::new();
    alone.holding(bought(1), [0, 300, 0]);
    alone.trip(KillLevel::Cancel);
    alone.mark("103");
    alone.refuse();
    assert_eq!(alone.said(), "close 1");
    alone.mark("103");
    assert_eq!(alone.said(), "");
    alone.pass(Span::from_millis(500));
    assert_eq!(alone.said(), "close 1");
}

#[test]
fn cancel_without_an_end_is_not_repeated_but_a_person_is_told() {
    let mut alone = Alone::new();
    alone.guarded(bought(1), [200, 300, 0]);
    alone.mark("103");
    assert_eq!(alone.said(), "cancel");
    for _ in 0..29 {
        alone.pass(Span::SECOND);
    }
    assert_eq!((alone.said().as_str(), alone.alerts()), ("", vec![]));
    alone.pass(Span::SECOND);
    assert_eq!((alone.said().as_str(), alone.alerts()), ("", vec![AlertCode::ExitBlocked]));
}

// ── levels ───────────────────────────────────────────────────────────────────────────────────────

#[test]
fn group_that_holds_nothing_now_is_not_closed_by_a_price() {
    let mut alone = Alone::new();
    alone.enter(bought(1), "1");
    alone.protect(bought(1), [200, 300, 0]);
    alone.trade(bought(1), "0.4");
    let stop = alone.grant();
    alone.update(stop, OrderState::New, "0");
    alone.trade(Entry { number: 2, side: Side::Sell, ..bought(1) }, "0.4");
    assert_eq!(alone.said(), "stop 0.4 at 98; cancel");
    alone.update(stop, OrderState::Cancelled, "0");
    alone.mark("104");
    alone.mark("90");
    assert_eq!(alone.said(), "");
    assert!(!alone.groups()[0].closing);
    alone.mark("100");
    alone.trade(bought(1), "0.2");
    assert_eq!(alone.said(), "stop 0.2 at 98");
}

#[test]
fn group_that_is_removed_is_not_closed_by_a_price_and_may_come_back() {
    let mut alone = Alone::new();
    alone.guarded(bought(1), [200, 300, 0]);
    alone.protect(bought(1), [0, 0, 0]);
    assert_eq!(alone.said(), "cancel");
    alone.mark("104");
    assert!(!alone.groups()[0].closing);
    alone.mark("100");
    alone.protect(bought(1), [400, 0, 0]);
    assert_eq!(alone.said(), "");
    let exit = alone.groups()[0].exit.unwrap().0;
    alone.update(exit, OrderState::Cancelled, "0");
    assert_eq!(alone.said(), "stop 1 at 96");
}

#[test]
fn level_reached_while_somebody_else_closes_everything_counts_for_nothing() {
    let mut alone = Alone::new();
    let stop = alone.guarded(bought(1), [200, 300, 0]);
    alone.trip(KillLevel::Flatten);
    assert_eq!(alone.said(), "cancel");
    alone.update(stop, OrderState::Cancelled, "0");
    alone.mark("97");
    alone.mark("104");
    alone.mark("100");
    alone.clear();
    assert_eq!(alone.said(), "stop 1 at 98");
}
