//! A protector alone: every answer of gate, gateway and market is the test's.

use std::collections::BTreeMap;

use contracts::testing::{asset, price, qty, secs, strategy, symbol};
use contracts::{
    AlertCode, Approval, Bps, Breach, ClearKill, Corr, Envelope, Epoch, Event, FeedState, Figures,
    Fill, IntentSeq, KillLevel, KillTrigger, Lifetime, Liquidity, Mark, MarketStatus, Money,
    OrderId, OrderKind, OrderSpec, OrderState, OrderUpdate, Origin, Price, Protect,
    ProtectApproval, Qty, Reason, Refusal, Seal, Side, Source, Span, Trip, Ts, VenueReason,
    VenueRef,
};
use execution::{GroupView, Protector, ProtectorConfig};
use kernel::{Collected, Sequencer};

use crate::rig::{BTC, protector, rules, speaker, wake_all};
use crate::seals::sealed;

/// An order of a strategy; entries are named by numbers of the test's choice.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) who: &'static str,
    pub(crate) number: u64,
    pub(crate) side: Side,
}

/// An order to buy of the strategy `a`.
pub(crate) const fn bought(number: u64) -> Entry {
    Entry { who: "a", number, side: Side::Buy }
}

impl Entry {
    pub(crate) fn id(self) -> OrderId {
        OrderId::from_bits(u128::from(self.number)).unwrap()
    }

    pub(crate) fn corr(self) -> Corr {
        Corr::new(strategy(self.who), Origin::Strategy, IntentSeq::new(self.number))
    }
}

pub(crate) struct Alone {
    pub(crate) sequencer: Sequencer,
    config: ProtectorConfig,
    pub(crate) now: Ts,
    /// What was asked for and not looked at yet.
    pub(crate) asked: Vec<Envelope>,
    alerts: Vec<AlertCode>,
    pub(crate) approvals: u32,
    execs: u64,
    /// What each order was approved for at last.
    sizes: BTreeMap<OrderId, Qty>,
}

impl Alone {
    pub(crate) fn new() -> Self {
        Self::with(protector())
    }

    /// A protector that sees BTC/USD at 100.
    pub(crate) fn with(config: ProtectorConfig) -> Self {
        let fresh = Protector::new(config.clone());
        let mut alone = Self {
            sequencer: Sequencer::new(Epoch(1), vec![Box::new(fresh)]),
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

    pub(crate) fn restart_with(&mut self, config: ProtectorConfig) {
        self.config = config;
        self.restart();
    }

    pub(crate) fn restart(&mut self) {
        let snapshot = self.sequencer.snapshot();
        let fresh = Protector::new(self.config.clone());
        self.sequencer = Sequencer::new(Epoch(2), vec![Box::new(fresh)]);
        self.sequencer.restore(&snapshot).unwrap();
        assert_eq!(self.sequencer.snapshot(), snapshot);
    }

    /// A message as the gate or the gateway says it.
    pub(crate) fn hear(&mut self, corr: Option<Corr>, event: Event) {
        let input = Envelope::input(speaker(&event), self.now, event);
        self.tell(sealed(Envelope { corr, ..input }));
    }

    /// A message as somebody says it.
    pub(crate) fn tell(&mut self, input: Envelope) {
        let mut said = Collected::default();
        self.sequencer.take(self.now, input, &mut said).unwrap();
        self.note(&said);
    }

    pub(crate) fn note(&mut self, said: &Collected) {
        for envelope in &said.0 {
            match envelope.event {
                Event::Alert(alert) => self.alerts.push(alert.code),
                _ => self.asked.push(*envelope),
            }
        }
    }

    pub(crate) fn pass(&mut self, span: Span) {
        self.now = self.now + span;
        let mut said = Collected::default();
        wake_all(&mut self.sequencer, self.now, &mut said);
        self.note(&said);
    }

    pub(crate) fn groups(&self) -> Vec<GroupView> {
        self.sequencer.machine::<Protector>().unwrap().groups().collect()
    }

    /// Each guarded entry and what it holds.
    pub(crate) fn held(&self) -> Vec<(OrderId, String)> {
        self.groups().iter().map(|group| (group.entry, group.held.to_string())).collect()
    }

    /// What was asked for since the last look, in words.
    pub(crate) fn said(&mut self) -> String {
        let asked = std::mem::take(&mut self.asked);
        let words: Vec<String> = asked.iter().map(|envelope| word(&envelope.event)).collect();
        words.join("; ")
    }

    pub(crate) fn alerts(&mut self) -> Vec<AlertCode> {
        std::mem::take(&mut self.alerts)
    }

    /// The last intent that was said.
    pub(crate) fn last(&self) -> Envelope {
        *self.asked.last().unwrap()
    }

    // ── gate ─────────────────────────────────────────────────────────────────────────────────────

    pub(crate) fn approval(&mut self, id: OrderId, spec: OrderSpec) -> Approval {
        self.approvals += 1;
        self.sizes.insert(id, spec.qty());
        let number = self.approvals;
        Approval { id, spec, valid_until: Ts::MAX, seal: Seal::NONE, number, limits: 1 }
    }

    /// The gate lets an order of a strategy pass.
    pub(crate) fn enter(&mut self, entry: Entry, amount: &str) {
        self.enter_on(BTC, entry, amount);
    }

    pub(crate) fn enter_on(&mut self, pair: &str, entry: Entry, amount: &str) {
        let (kind, life) = (OrderKind::Limit(price("100")), Lifetime::UntilCancelled);
        let spec = OrderSpec::new(symbol(pair), entry.side, qty(amount), kind, life).unwrap();
        let approval = self.approval(entry.id(), spec);
        self.hear(Some(entry.corr()), Event::Approved(approval));
    }

    pub(crate) fn protect(&mut self, entry: Entry, bps: [i32; 3]) {
        self.protect_on(BTC, entry, bps);
    }

    pub(crate) fn protect_on(&mut self, pair: &str, entry: Entry, bps: [i32; 3]) {
        let granted = self.guard(pair, entry, bps);
        self.tell(sealed(granted));
    }

    /// The grant of a guard, not sealed yet.
    pub(crate) fn guard(&mut self, pair: &str, entry: Entry, bps: [i32; 3]) -> Envelope {
        let [stop, target, trail] = bps.map(Bps::new);
        let (symbol, exit_side) = (symbol(pair), entry.side.opposite());
        let protect = Protect { entry: entry.id(), symbol, exit_side, stop, target, trail };
        self.approvals += 1;
        let (seal, number) = (Seal::NONE, self.approvals);
        let granted = Event::ProtectApproved(ProtectApproval { protect, seal, number });
        Envelope::input(Source::RiskEngine, self.now, granted).with_corr(entry.corr())
    }

    /// The gate grants what was asked for last, an order or a change of one; the order's id.
    pub(crate) fn grant(&mut self) -> OrderId {
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
    pub(crate) fn refuse(&mut self) {
        let asked = self.last();
        let id = match asked.event {
            Event::Place(place) => place.id,
            Event::Amend(amend) => amend.target,
            event => panic!("{event:?} is never refused"),
        };
        self.refuse_for(asked.corr, id);
    }

    pub(crate) fn refuse_for(&mut self, corr: Option<Corr>, id: OrderId) {
        let breach = Breach { reason: Reason::PriceCollar, figures: Figures::None };
        let symbol = Some(symbol(BTC));
        let refusal = Refusal {
            id: Some(id),
            fault: None,
            symbol,
            breach,
            qty_max: Qty::ZERO,
            limits: 1,
            broken: 1,
        };
        self.hear(corr, Event::Refused(refusal));
    }

    // ── gateway ──────────────────────────────────────────────────────────────────────────────────

    pub(crate) fn trade(&mut self, entry: Entry, amount: &str) {
        self.trade_at(entry, qty(amount), price("100"));
    }

    pub(crate) fn trade_at(&mut self, entry: Entry, amount: Qty, at: Price) {
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

    pub(crate) fn update(&mut self, id: OrderId, state: OrderState, filled: &str) {
        self.settle(id, state, filled, None);
    }

    pub(crate) fn settle(
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
    pub(crate) fn complete(&mut self, entry: Entry, amount: &str) {
        self.trade(entry, amount);
        self.update(entry.id(), OrderState::Filled, amount);
    }

    /// A guarded entry that is complete, with its stop asked for.
    pub(crate) fn holding(&mut self, entry: Entry, bps: [i32; 3]) {
        self.enter(entry, "1");
        self.protect(entry, bps);
        self.complete(entry, "1");
    }

    /// The same, with its stop at the venue.
    pub(crate) fn guarded(&mut self, entry: Entry, bps: [i32; 3]) -> OrderId {
        self.holding(entry, bps);
        let stop = self.grant();
        self.update(stop, OrderState::New, "0");
        self.said();
        stop
    }

    // ── market and operator ──────────────────────────────────────────────────────────────────────

    pub(crate) fn mark(&mut self, at: &str) {
        self.mark_as(at, FeedState::Live);
    }

    pub(crate) fn mark_as(&mut self, at: &str, state: FeedState) {
        let (at, symbol, seen) = (Some(price(at)), symbol(BTC), self.now);
        let mark =
            Mark { symbol, bid: at, ask: at, last: at, seen, quoted: seen, traded: seen, state };
        self.hear(None, Event::Mark(mark));
    }

    pub(crate) fn trip(&mut self, level: KillLevel) {
        self.hear(None, Event::Trip(Trip { level, trigger: KillTrigger::Command }));
    }

    pub(crate) fn clear(&mut self) {
        self.hear(None, Event::ClearKill(ClearKill::by(1)));
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
