//! A gate on a bench: say things to it, look at what it answers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::too_many_arguments,
    reason = "a bench for tests"
)]

use contracts::testing::{asset, money, price, qty, secs, strategy, symbol};
use contracts::{
    Amend, Approval, Breach, Cancel, Corr, Envelope, Epoch, Event, Feed, FeedState, Figures, Fill,
    Instrument, IntentSeq, KillLevel, KillTrigger, Label, Lifetime, Liquidity, Money, OrderId,
    OrderKind, OrderSpec, OrderState, OrderUpdate, Origin, Place, Price, Qty, Reason, RunId,
    SealKey, Side, Source, Span, Symbol, Ticker, Ts, VenueReason, VenueRef,
};
use kernel::{Collected, Machine, Sequencer, Snapshot};
use portfolio::Method;
use risk::{Gate, GateConfig, LatchRules, Limits};

pub(crate) const KEY: SealKey = SealKey::new([7; 16]);
pub(crate) const RUN: RunId = RunId::new(1);
pub(crate) const BTC: &str = "BTC/USD";

/// What the gate answered to an intent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Approved(Approval),
    Cancel,
    Refused(Vec<Breach>, Qty),
}

impl Answer {
    pub(crate) fn reasons(&self) -> Vec<Reason> {
        match self {
            Self::Refused(broken, _) => broken.iter().map(|breach| breach.reason).collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn figures(&self, reason: Reason) -> Figures {
        match self {
            Self::Refused(broken, _) => {
                let breach = broken.iter().find(|breach| breach.reason == reason);
                breach.unwrap_or_else(|| panic!("{reason:?} is not broken in {self:?}")).figures
            }
            _ => panic!("not refused: {self:?}"),
        }
    }
}

/// Who asks in that name.
fn speaker(corr: Corr) -> Source {
    match corr.origin {
        Origin::Strategy => Source::StrategyEngine,
        Origin::Protector => Source::Protector,
        Origin::Operator => Source::Operator,
        Origin::Flatten => Source::RiskEngine,
    }
}

pub(crate) struct Rig {
    pub(crate) sequencer: Sequencer,
    pub(crate) now: Ts,
    /// How long ago was said what is heard.
    pub(crate) late: Span,
    pub(crate) heard: Vec<Envelope>,
    config: GateConfig,
    intents: u64,
    execs: u64,
}

/// Limits so wide that a test sees only the one it narrows.
pub(crate) fn wide() -> Limits {
    let usd = Money::from_units;
    Limits {
        order_notional_max: usd(1_000_000),
        symbol_gross_max: usd(1_000_000),
        strategy_gross_max: usd(1_000_000),
        portfolio_gross_max: usd(1_000_000),
        portfolio_net_max: usd(1_000_000),
        open_orders_max: 1_000,
        symbol_orders_per_minute: 1_000,
        strategy_orders_per_minute: 1_000,
        daily_loss_cap: usd(100_000),
        daily_loss_kill: usd(200_000),
        drawdown_kill: usd(200_000),
        ..Limits::default()
    }
}

pub(crate) fn config(limits: Limits) -> GateConfig {
    GateConfig {
        run: RUN,
        key: KEY,
        limits,
        currency: asset("USD"),
        method: Method::Fifo,
        cash: vec![(strategy("a"), money("1000000")), (strategy("b"), money("1000"))],
        spot: true,
        kill: LatchRules::none(),
        pool: None,
    }
}

pub(crate) fn instrument(name: &str) -> Instrument {
    contracts::testing::instrument(symbol(name))
}

pub(crate) fn limit(side: Side, qty_text: &str, at: &str) -> OrderSpec {
    let kind = OrderKind::Limit(price(at));
    OrderSpec::new(symbol(BTC), side, qty(qty_text), kind, Lifetime::UntilCancelled).unwrap()
}

pub(crate) fn market(side: Side, qty_text: &str) -> OrderSpec {
    let lifetime = Lifetime::UntilCancelled;
    OrderSpec::new(symbol(BTC), side, qty(qty_text), OrderKind::Market, lifetime).unwrap()
}

impl Rig {
    /// A gate with BTC/USD trading at exactly 100.
    pub(crate) fn new(limits: Limits) -> Self {
        Self::with(config(limits))
    }

    pub(crate) fn with(config: GateConfig) -> Self {
        let mut rig = Self::untold(config);
        rig.say(Source::MdIngest, None, Event::Instrument(instrument(BTC)));
        rig.price("100");
        rig
    }

    /// A gate that has heard nothing yet.
    pub(crate) fn untold(config: GateConfig) -> Self {
        let gate = Gate::new(config.clone()).unwrap();
        let machines: Vec<Box<dyn Machine>> = vec![Box::new(gate)];
        let sequencer = Sequencer::new(Epoch(1), machines);
        let (now, late, heard) = (secs(1_000), Span::ZERO, Vec::new());
        Self { sequencer, now, late, heard, config, intents: 0, execs: 0 }
    }

    pub(crate) fn gate(&self) -> &Gate {
        self.sequencer.machine().unwrap()
    }

    /// The same gate after a restart from its snapshot.
    pub(crate) fn restart(&mut self) {
        let snapshot: Snapshot = self.sequencer.snapshot();
        let gate = Gate::new(self.config.clone()).unwrap();
        self.sequencer = Sequencer::new(Epoch(2), vec![Box::new(gate)]);
        self.sequencer.restore(&snapshot).unwrap();
    }

    pub(crate) fn say(&mut self, from: Source, corr: Option<Corr>, event: Event) -> Vec<Envelope> {
        let mut said = Collected::default();
        let mut input = Envelope::input(from, self.now, event);
        input.ts = Ts::from_nanos(self.now.nanos() - self.late.nanos());
        input.corr = corr;
        self.sequencer.take(self.now, input, &mut said).unwrap();
        self.heard.extend(said.0.iter().copied());
        said.0
    }

    pub(crate) fn pass(&mut self, span: Span) {
        self.now = self.now + span;
        let mut said = Collected::default();
        while self.sequencer.wake(self.now, &mut said).unwrap() {}
        self.heard.extend(said.0);
    }

    /// A price, and no time for a round of marks.
    pub(crate) fn quote_now(&mut self, text: &str) {
        self.tell(Some(text), Some(text));
    }

    pub(crate) fn price(&mut self, text: &str) {
        self.quote(Some(text), Some(text));
    }

    pub(crate) fn quote(&mut self, bid: Option<&str>, ask: Option<&str>) {
        self.tell(bid, ask);
        self.sample();
    }

    fn tell(&mut self, bid: Option<&str>, ask: Option<&str>) {
        let (bid, ask) = (bid.map(price), ask.map(price));
        let (bid_qty, ask_qty) = (qty("1"), qty("1"));
        let symbol = symbol(BTC);
        let at = self.now;
        let ticker = Ticker { symbol, bid, ask, last: bid.or(ask), bid_qty, ask_qty, at };
        self.say(Source::MdIngest, None, Event::Ticker(ticker));
    }

    /// Lets the sampler take its marks at this very moment's end.
    fn sample(&mut self) {
        self.pass(Span::from_millis(100));
    }

    pub(crate) fn feed(&mut self, state: FeedState) {
        self.say(Source::MdIngest, None, Event::Feed(Feed { symbol: symbol(BTC), state }));
    }

    pub(crate) fn corr(&mut self, name: &str) -> Corr {
        self.intents += 1;
        Corr::new(strategy(name), Origin::Strategy, IntentSeq::new(self.intents))
    }

    pub(crate) fn place(&mut self, name: &str, spec: OrderSpec) -> Answer {
        let corr = self.corr(name);
        self.place_as(corr, spec)
    }

    pub(crate) fn place_as(&mut self, corr: Corr, spec: OrderSpec) -> Answer {
        let id = OrderId::derive(RUN, corr.strategy, corr.origin, corr.intent);
        let place = Place { id, spec, expires: Ts::MAX, why: Label::NONE };
        self.ask(corr, Event::Place(place))
    }

    pub(crate) fn approved(&mut self, name: &str, spec: OrderSpec) -> Approval {
        match self.place(name, spec) {
            Answer::Approved(approval) => approval,
            other => panic!("not approved: {other:?}"),
        }
    }

    pub(crate) fn amend(
        &mut self,
        name: &str,
        target: OrderId,
        qty: Qty,
        limit: Option<Price>,
    ) -> Answer {
        let corr = self.corr(name);
        let amend = Amend { target, qty, limit, trigger: None, why: Label::NONE };
        self.ask(corr, Event::Amend(amend))
    }

    pub(crate) fn cancel(&mut self, name: &str, target: OrderId) -> Answer {
        let corr = self.corr(name);
        self.ask(corr, Event::Cancel(Cancel { target, why: Label::NONE }))
    }

    pub(crate) fn ask(&mut self, corr: Corr, event: Event) -> Answer {
        let said = self.say(speaker(corr), Some(corr), event);
        let mut broken = Vec::new();
        let mut qty_max = Qty::ZERO;
        for envelope in said {
            match envelope.event {
                Event::Approved(approval) | Event::AmendApproved(approval) => {
                    return Answer::Approved(approval);
                }
                Event::CancelApproved(_) => return Answer::Cancel,
                Event::Refused(refusal) => {
                    qty_max = refusal.qty_max;
                    broken.push(refusal.breach);
                }
                Event::RefusedAlso(detail) => broken.push(detail.breach),
                _ => {}
            }
        }
        assert!(!broken.is_empty(), "an intent went unanswered");
        Answer::Refused(broken, qty_max)
    }

    /// The gateway says where an order stands.
    pub(crate) fn update(&mut self, approval: &Approval, state: OrderState, filled: &str) {
        self.update_settling(approval, state, filled, None);
    }

    pub(crate) fn update_settling(
        &mut self,
        approval: &Approval,
        state: OrderState,
        filled: &str,
        settles: Option<u32>,
    ) {
        let update = OrderUpdate {
            id: approval.id,
            symbol: approval.spec.symbol(),
            qty: approval.spec.qty(),
            filled: qty(filled),
            limit: approval.spec.limit(),
            venue_ref: None,
            settles,
            state,
            reason: VenueReason::None,
        };
        self.say(Source::ExecutionGateway, None, Event::Order(update));
    }

    /// A part of an order trades, without fee.
    pub(crate) fn fill(&mut self, name: &str, approval: &Approval, qty_text: &str, at: &str) {
        self.fill_fee(name, approval, qty_text, at, "0");
    }

    pub(crate) fn fill_fee(
        &mut self,
        name: &str,
        approval: &Approval,
        q: &str,
        at: &str,
        fee: &str,
    ) {
        self.execs += 1;
        let fill = Fill {
            id: approval.id,
            exec: VenueRef::numbered(b'T', self.execs),
            symbol: approval.spec.symbol(),
            qty: qty(q),
            price: price(at),
            fee: money(fee),
            fee_asset: asset("USD"),
            at: self.now,
            side: approval.spec.side(),
            liquidity: Liquidity::Taker,
        };
        let corr = Corr::new(strategy(name), Origin::Strategy, IntentSeq::new(1));
        self.say(Source::ExecutionGateway, Some(corr), Event::Fill(fill));
    }

    /// Buys and gets it all.
    pub(crate) fn hold(&mut self, name: &str, qty_text: &str, at: &str) {
        let approval = self.approved(name, limit(Side::Buy, qty_text, at));
        self.fill(name, &approval, qty_text, at);
        self.update(&approval, OrderState::Filled, qty_text);
    }

    /// Has something by a fill of an order that the gate never saw.
    pub(crate) fn hold_of(&mut self, name: &str, symbol: Symbol, qty_text: &str, at: &str) {
        self.execs += 1;
        let fill = Fill {
            id: OrderId::from_bits(1).unwrap(),
            exec: VenueRef::numbered(b'T', self.execs),
            symbol,
            qty: qty(qty_text),
            price: price(at),
            fee: Money::ZERO,
            fee_asset: asset("USD"),
            at: self.now,
            side: Side::Buy,
            liquidity: Liquidity::Taker,
        };
        let corr = Corr::new(strategy(name), Origin::Strategy, IntentSeq::new(1));
        self.say(Source::ExecutionGateway, Some(corr), Event::Fill(fill));
    }

    pub(crate) fn trip(&mut self, level: KillLevel) {
        let trip = contracts::Trip { level, trigger: KillTrigger::Command };
        self.say(Source::Operator, None, Event::Trip(trip));
    }
}
