//! Groups in every order of events: a gate, a gateway and a venue of the test say yes, no, late and in
//! parts, fills and updates overtake each other, the protector restarts, and never is more offered than
//! is held; and when all is quiet each group is flat or guarded.

use std::collections::{BTreeMap, VecDeque};

use contracts::testing::{asset, price, qty, secs, strategy, symbol};
use contracts::{
    Approval, Bps, Breach, ClearKill, Corr, Envelope, Epoch, Event, FeedState, Figures, Fill,
    IntentSeq, KillLevel, KillTrigger, Lifetime, Liquidity, Mark, MarketStatus, Money, OrderId,
    OrderKind, OrderSpec, OrderState, OrderUpdate, Origin, Price, Protect, ProtectApproval, Qty,
    Reason, Refusal, Seal, Side, Span, StrategyId, Trip, Ts, VenueReason, VenueRef,
};
use execution::{ProtectiveOnKill, Protector, ProtectorConfig};
use kernel::{Collected, Machine, Sequencer};
use proptest::prelude::*;

use crate::rig::{BTC, RUN, protector, rules, speaker, wake_all};
use crate::seals::sealed;

/// An order in truth.
#[derive(Clone, Copy)]
struct Order {
    corr: Corr,
    spec: OrderSpec,
    filled: Qty,
    live: bool,
    done: bool,
    cancelling: bool,
    /// An approved change: its number and what it makes of the order.
    change: Option<(u32, OrderSpec)>,
}

impl Order {
    fn rest(&self) -> Qty {
        let most = self.change.map_or(Qty::ZERO, |(_, spec)| spec.qty()).max(self.spec.qty());
        if self.done { Qty::ZERO } else { most.saturating_minus(self.filled) }
    }

    fn entry(&self) -> Option<OrderId> {
        self.corr.parent
    }
}

struct World {
    sequencer: Sequencer,
    setting: Setting,
    /// Everything that the protector has said.
    said: Vec<(Option<Corr>, Event)>,
    now: Ts,
    price: i64,
    orders: BTreeMap<OrderId, Order>,
    guarded: BTreeMap<OrderId, Protect>,
    /// Intents that the gate has not answered.
    asked: VecDeque<(Corr, Event)>,
    /// What the gateway has said and the protector has not heard.
    fills: VecDeque<(Corr, Fill)>,
    updates: VecDeque<OrderUpdate>,
    numbers: BTreeMap<StrategyId, u64>,
    entries: u64,
    approvals: u32,
    execs: u64,
}

#[derive(Clone, Copy)]
struct Setting {
    on_kill: ProtectiveOnKill,
    /// It is saved and loaded after every step.
    restarts: bool,
}

fn machines(on_kill: ProtectiveOnKill) -> Vec<Box<dyn Machine>> {
    vec![Box::new(Protector::new(ProtectorConfig { on_kill, ..protector() }))]
}

fn lots(count: u64) -> Qty {
    Qty::from_pico(u128::from(count) * qty("0.01").pico()).unwrap()
}

impl World {
    fn new(setting: Setting) -> Self {
        let mut world = Self {
            sequencer: Sequencer::new(Epoch(1), machines(setting.on_kill)),
            setting,
            said: Vec::new(),
            now: secs(1_000),
            price: 1_000,
            orders: BTreeMap::new(),
            guarded: BTreeMap::new(),
            asked: VecDeque::new(),
            fills: VecDeque::new(),
            updates: VecDeque::new(),
            numbers: BTreeMap::new(),
            entries: 0,
            approvals: 0,
            execs: 0,
        };
        world.hear(None, rules(MarketStatus::Online));
        world.mark(0);
        world
    }

    fn hear(&mut self, corr: Option<Corr>, event: Event) {
        let mut said = Collected::default();
        let input = sealed(Envelope { corr, ..Envelope::input(speaker(&event), self.now, event) });
        self.sequencer.take(self.now, input, &mut said).unwrap();
        self.take_down(&said.0);
    }

    /// Every intent has the next number, and every order only reduces.
    fn take_down(&mut self, said: &[Envelope]) {
        if self.setting.restarts {
            self.restart();
        }
        for envelope in said {
            self.said.push((envelope.corr, envelope.event));
            let (Event::Place(_) | Event::Amend(_) | Event::Cancel(_)) = envelope.event else {
                continue;
            };
            let corr = envelope.corr.unwrap();
            let number = self.numbers.entry(corr.strategy).or_default();
            *number += 1;
            assert_eq!((corr.intent.get(), corr.origin), (*number, Origin::Protector));
            if let Event::Place(place) = envelope.event {
                assert!(place.spec.is_reduce_only());
                let id = OrderId::derive(RUN, corr.strategy, corr.origin, corr.intent);
                assert_eq!(place.id, id);
            }
            self.asked.push_back((corr, envelope.event));
        }
    }

    // ── what can happen ──────────────────────────────────────────────────────────────────────────

    /// An order of a strategy trades long or short by its name, and is guarded.
    fn enter(&mut self, dice: u64) {
        self.entries += 1;
        let (name, side) =
            if dice.is_multiple_of(2) { ("a", Side::Buy) } else { ("b", Side::Sell) };
        let corr = Corr::new(strategy(name), Origin::Strategy, IntentSeq::new(self.entries));
        let id = OrderId::derive(RUN, corr.strategy, corr.origin, corr.intent);
        let kind = OrderKind::Limit(price("100"));
        let amount = lots(20 + dice % 200);
        let lifetime = Lifetime::UntilCancelled;
        let spec = OrderSpec::new(symbol(BTC), side, amount, kind, lifetime).unwrap();
        self.approve(id, corr, spec);
        self.protect(id, dice);
    }

    fn approve(&mut self, id: OrderId, corr: Corr, spec: OrderSpec) {
        self.approvals += 1;
        let number = self.approvals;
        let approval =
            Approval { id, spec, valid_until: Ts::MAX, seal: Seal::NONE, number, limits: 1 };
        let event = if let Some(order) = self.orders.get_mut(&id) {
            order.change = Some((number, spec));
            Event::AmendApproved(approval)
        } else {
            let order = Order {
                corr,
                spec,
                filled: Qty::ZERO,
                live: false,
                done: false,
                cancelling: false,
                change: None,
            };
            self.orders.insert(id, order);
            Event::Approved(approval)
        };
        self.hear(Some(corr), event);
    }

    fn protect(&mut self, entry: OrderId, dice: u64) {
        let Some(order) = self.orders.get(&entry) else { return };
        let [stop, target, trail] = match dice % 7 {
            0 => [0, 0, 0],
            1 => [150, 0, 0],
            2 => [0, 200, 0],
            3 => [0, 0, 120],
            4 => [300, 300, 100],
            _ => [200, 250, 0],
        }
        .map(Bps::new);
        let (corr, exit_side) = (order.corr, order.spec.side().opposite());
        let protect = Protect { entry, symbol: symbol(BTC), exit_side, stop, target, trail };
        self.guarded.insert(entry, protect);
        self.approvals += 1;
        let (seal, number) = (Seal::NONE, self.approvals);
        let granted = ProtectApproval { protect, seal, number };
        self.hear(Some(corr), Event::ProtectApproved(granted));
    }

    fn pick(&self, dice: u64, which: impl Fn(&Order) -> bool) -> Option<OrderId> {
        let found: Vec<_> =
            self.orders.iter().filter(|(_, order)| !order.done && which(order)).collect();
        let place = dice as usize % found.len().max(1);
        found.get(place).map(|(id, _)| **id)
    }

    /// The gate answers the oldest intent, and the gateway takes what is granted.
    fn answer(&mut self, refuse: bool) {
        let Some((corr, event)) = self.asked.pop_front() else { return };
        match event {
            Event::Place(place) if refuse => self.refuse(corr, place.id),
            Event::Amend(amend) if refuse => self.refuse(corr, amend.target),
            Event::Place(place) => self.approve(place.id, corr, place.spec),
            Event::Amend(amend) => {
                let Some(order) = self.orders.get(&amend.target).filter(|order| !order.done) else {
                    return self.refuse(corr, amend.target);
                };
                let spec = order.spec.amended(amend.qty, amend.limit, amend.trigger).unwrap();
                self.approve(amend.target, corr, spec);
            }
            Event::Cancel(cancel) => {
                if let Some(order) = self.orders.get_mut(&cancel.target) {
                    order.cancelling = true;
                }
            }
            _ => {}
        }
    }

    fn refuse(&mut self, corr: Corr, id: OrderId) {
        let breach = Breach { reason: Reason::PriceCollar, figures: Figures::None };
        let qty_max = Qty::ZERO;
        let refusal = Refusal {
            id: Some(id),
            fault: None,
            symbol: None,
            breach,
            qty_max,
            limits: 1,
            broken: 1,
        };
        self.hear(Some(corr), Event::Refused(refusal));
    }

    fn trade(&mut self, id: OrderId, amount: Qty) {
        let at = Price::from_pico(self.price as u128 * price("0.1").pico()).unwrap();
        let order = self.orders.get_mut(&id).unwrap();
        order.live = true;
        order.filled = order.filled.plus(amount).unwrap();
        self.execs += 1;
        let fill = Fill {
            id,
            exec: VenueRef::numbered(b'T', self.execs),
            symbol: symbol(BTC),
            qty: amount,
            price: at,
            fee: Money::ZERO,
            fee_asset: asset("USD"),
            at: self.now,
            side: order.spec.side(),
            liquidity: Liquidity::Taker,
        };
        self.fills.push_back((order.corr, fill));
        let state = if order.filled == order.spec.qty() {
            order.done = true;
            OrderState::Filled
        } else {
            OrderState::PartiallyFilled
        };
        self.tell(id, state, None);
        self.offers_no_more_than_it_holds();
    }

    fn tell(&mut self, id: OrderId, state: OrderState, settles: Option<(u32, VenueReason)>) {
        let order = &self.orders[&id];
        self.updates.push_back(OrderUpdate {
            id,
            symbol: order.spec.symbol(),
            qty: order.spec.qty(),
            filled: order.filled,
            limit: order.spec.limit(),
            venue_ref: None,
            settles: settles.map(|(number, _)| number),
            state,
            reason: settles.map_or(VenueReason::None, |(_, reason)| reason),
        });
    }

    fn end(&mut self, id: OrderId, state: OrderState) {
        self.orders.get_mut(&id).unwrap().done = true;
        self.tell(id, state, None);
    }

    fn goes_live(&mut self, id: OrderId) {
        self.orders.get_mut(&id).unwrap().live = true;
        self.tell(id, OrderState::New, None);
    }

    fn settle(&mut self, id: OrderId, refuse: bool) {
        let order = self.orders.get_mut(&id).unwrap();
        let Some((number, spec)) = order.change.take() else { return };
        let reason = if spec.qty() <= order.filled {
            VenueReason::Invalid
        } else if refuse {
            VenueReason::TooLate
        } else {
            order.spec = spec;
            VenueReason::None
        };
        self.tell(id, OrderState::New, Some((number, reason)));
    }

    /// The protector hears the next message of one of the two topics.
    fn deliver(&mut self, fills_first: bool) -> bool {
        if fills_first && let Some((corr, fill)) = self.fills.pop_front() {
            self.hear(Some(corr), Event::Fill(fill));
            return true;
        }
        let Some(update) = self.updates.pop_front() else { return false };
        let corr = self.orders[&update.id].corr;
        self.hear(Some(corr), Event::Order(update));
        true
    }

    fn mark(&mut self, change: i64) {
        self.price = (self.price + change).clamp(500, 2_000);
        let at = Price::from_pico(self.price as u128 * price("0.1").pico());
        let (seen, state) = (self.now, FeedState::Live);
        let mark = Mark {
            symbol: symbol(BTC),
            bid: at,
            ask: at,
            last: at,
            seen,
            quoted: seen,
            traded: seen,
            state,
        };
        self.hear(None, Event::Mark(mark));
    }

    fn pass(&mut self, span: Span) {
        self.now = self.now + span;
        let mut said = Collected::default();
        wake_all(&mut self.sequencer, self.now, &mut said);
        self.take_down(&said.0);
    }

    /// The gateway cancels what the setting says.
    fn trip(&mut self, level: KillLevel) {
        self.hear(None, Event::Trip(Trip { level, trigger: KillTrigger::Command }));
        let keeps = self.setting.on_kill == ProtectiveOnKill::Keep && level < KillLevel::Flatten;
        for order in self.orders.values_mut().filter(|_| level >= KillLevel::Cancel) {
            order.cancelling |= !(keeps && order.entry().is_some());
        }
    }

    fn clear(&mut self) {
        self.hear(None, Event::ClearKill(ClearKill::by(1)));
    }

    fn restart(&mut self) {
        let snapshot = self.sequencer.snapshot();
        self.sequencer = Sequencer::new(Epoch(1), machines(self.setting.on_kill));
        self.sequencer.restore(&snapshot).unwrap();
        assert_eq!(self.sequencer.snapshot(), snapshot);
    }

    fn happens(&mut self, what: u8, dice: u64) {
        let exit = |order: &Order| order.entry().is_some();
        match what {
            0 => self.enter(dice),
            1 => {
                if let Some(id) = self.pick(dice, |order| order.entry().is_none()) {
                    self.protect(id, dice / 7);
                }
            }
            2..=4 => self.part_trades(dice, |order| order.entry().is_none()),
            5 => {
                if let Some(id) = self.pick(dice, |order| order.entry().is_none()) {
                    self.end(id, OrderState::Cancelled);
                }
            }
            6..=8 => self.answer(dice.is_multiple_of(8)),
            9 | 10 => {
                if let Some(id) = self.pick(dice, |order| exit(order) && !order.live) {
                    self.goes_live(id);
                }
            }
            11 => self.part_trades(dice, exit),
            12 => {
                // At somebody's wish or without it.
                let wish = !dice.is_multiple_of(4);
                let state = if wish { OrderState::Cancelled } else { OrderState::Rejected };
                let mortal = |order: &Order| order.cancelling || !wish && exit(order);
                if let Some(id) = self.pick(dice, mortal) {
                    self.end(id, state);
                }
            }
            13 | 14 => {
                if let Some(id) = self.pick(dice, |order| order.change.is_some()) {
                    self.settle(id, dice.is_multiple_of(5));
                }
            }
            15..=19 => {
                self.deliver(dice.is_multiple_of(2));
            }
            20 | 21 => self.mark((dice % 41) as i64 - 20),
            22 => self.pass(Span::from_millis((dice % 3_000) as i64)),
            23 => self.restart(),
            24 if dice.is_multiple_of(3) => {
                let levels = [KillLevel::Entries, KillLevel::Cancel, KillLevel::Flatten];
                self.trip(levels[(dice / 3 % 3) as usize]);
            }
            _ => self.clear(),
        }
        self.offers_no_more_than_it_holds();
    }

    fn part_trades(&mut self, dice: u64, which: impl Fn(&Order) -> bool) {
        let Some(id) = self.pick(dice, which) else { return };
        let order = &self.orders[&id];
        let left = order.spec.qty().saturating_minus(order.filled);
        let part = if dice.is_multiple_of(3) { left } else { lots(1 + dice % 30).min(left) };
        if !part.is_zero() {
            self.trade(id, part);
        }
    }

    // ── what must hold ───────────────────────────────────────────────────────────────────────────

    fn held(&self, entry: OrderId) -> Qty {
        let exits = self.orders.values().filter(|order| order.entry() == Some(entry));
        let sold = exits.map(|exit| exit.filled).fold(Qty::ZERO, |sum, qty| sum.plus(qty).unwrap());
        self.orders[&entry].filled.minus(sold).expect("more was sold than was bought")
    }

    fn offers_no_more_than_it_holds(&self) {
        for entry in self.guarded.keys() {
            let exits = self.orders.values().filter(|order| order.entry() == Some(*entry));
            let alive: Vec<Qty> = exits.filter(|exit| !exit.done).map(Order::rest).collect();
            assert!(alive.len() <= 1, "{} exits alive", alive.len());
            let offered = alive.first().copied().unwrap_or(Qty::ZERO);
            assert!(offered <= self.held(*entry), "{offered} of {}", self.held(*entry));
        }
    }

    /// From now on everybody says yes, and all is heard.
    fn come_to_rest(&mut self) {
        self.clear();
        for _ in 0..60 {
            while !self.asked.is_empty() {
                self.answer(false);
            }
            let ids: Vec<OrderId> = self.orders.keys().copied().collect();
            for id in ids {
                self.venue_serves(id);
            }
            while self.deliver(true) {}
            self.pass(Span::from_secs(61));
            self.mark(0);
            self.offers_no_more_than_it_holds();
        }
        assert!(self.asked.is_empty() && self.fills.is_empty() && self.updates.is_empty());
    }

    fn venue_serves(&mut self, id: OrderId) {
        let order = self.orders[&id];
        let now = Price::from_pico(self.price as u128 * price("0.1").pico()).unwrap();
        let reached = order.spec.trigger().is_none_or(|trigger| match order.spec.side() {
            Side::Buy => now >= trigger,
            Side::Sell => now <= trigger,
        });
        if order.done {
        } else if order.cancelling {
            self.end(id, OrderState::Cancelled);
        } else if order.entry().is_some() && reached {
            self.settle(id, false);
            let order = self.orders[&id];
            self.trade(id, order.spec.qty().saturating_minus(order.filled));
        } else {
            self.settle(id, false);
            self.goes_live(id);
        }
    }

    fn is_flat_or_guarded(&self) {
        let protector: &Protector = self.sequencer.machine().unwrap();
        let groups: BTreeMap<_, _> = protector.groups().map(|group| (group.entry, group)).collect();
        for (entry, protect) in &self.guarded {
            let (held, group) = (self.held(*entry), groups.get(entry));
            let wanted = [protect.stop, protect.target, protect.trail].map(Bps::get);
            let exits = self.orders.values().filter(|order| order.entry() == Some(*entry));
            let alive = exits.filter(|exit| !exit.done).map(Order::rest).next();
            let Some(group) = group else {
                // It was removed, or it is over: flat but for what the venue does not take.
                assert!(wanted == [0, 0, 0] || held < qty("0.05"), "{held} of {entry} unguarded");
                assert_eq!(alive, None, "an exit without a group");
                continue;
            };
            assert_eq!(group.held, held, "what a group believes to hold");
            assert!(!group.closing || held.is_zero() || held < qty("0.05"), "still closing");
            let resting = wanted[0] > 0 || wanted[2] > 0;
            let expected = (resting && held >= qty("0.05")).then_some(held);
            assert_eq!(alive, expected, "a group that holds {held} for {wanted:?}");
        }
    }
}

fn story() -> impl Strategy<Value = (ProtectiveOnKill, Vec<(u8, u32)>)> {
    let on_kill = prop::sample::select(vec![ProtectiveOnKill::Keep, ProtectiveOnKill::Cancel]);
    (on_kill, prop::collection::vec((0_u8..26, any::<u32>()), 1..250))
}

fn told((on_kill, story): &(ProtectiveOnKill, Vec<(u8, u32)>), restarts: bool) -> World {
    let mut world = World::new(Setting { on_kill: *on_kill, restarts });
    world.enter(4);
    for (what, dice) in story {
        world.happens(*what, u64::from(*dice));
    }
    world.come_to_rest();
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn groups_never_offer_more_than_they_hold_and_end_flat_or_guarded(story in story()) {
        told(&story, false).is_flat_or_guarded();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn groups_that_restart_after_every_step_say_the_same(story in story()) {
        let (one, other) = (told(&story, false), told(&story, true));
        prop_assert_eq!(one.said, other.said);
    }
}
