//! A gate and a gateway apart: the test carries every message between them, or does not.

use contracts::testing::{asset, price, qty, strategy, symbol};
use contracts::{
    Amend, Cancel, Corr, Envelope, Epoch, Event, Fill, IntentSeq, Label, Lifetime, Liquidity,
    MarketStatus, Money, OrderId, OrderKind, OrderSpec, OrderUpdate, Origin, Place, Report, Says,
    Side, Source, Span, TopicKind, Ts, VenueReason, VenueRef,
};
use execution::{Gateway, GatewayConfig};
use kernel::{Collected, Sequencer, Snapshot};

use crate::rig::{BTC, GATE_KEY, RUN, VENUE_KEY, gate, rules, speaker, ticker, wake_all};

pub(crate) struct Line {
    gate: Sequencer,
    gateway: Sequencer,
    config: GatewayConfig,
    pub(crate) now: Ts,
    /// Everything that the gateway has said.
    pub(crate) said: Vec<Envelope>,
    intents: u64,
    /// The gateway is saved and loaded after every step.
    restarts: bool,
}

/// The usual set-up of the gateway.
pub(crate) fn config() -> GatewayConfig {
    GatewayConfig::new(GATE_KEY, VENUE_KEY)
}

/// An order to buy.
pub(crate) fn buy(amount: &str, at: &str) -> OrderSpec {
    let kind = OrderKind::Limit(price(at));
    OrderSpec::new(symbol(BTC), Side::Buy, qty(amount), kind, Lifetime::UntilCancelled).unwrap()
}

/// A market order to sell what is held.
pub(crate) fn close(amount: &str) -> OrderSpec {
    let (kind, lifetime) = (OrderKind::Market, Lifetime::UntilCancelled);
    let spec = OrderSpec::new(symbol(BTC), Side::Sell, qty(amount), kind, lifetime).unwrap();
    spec.reduce_only()
}

/// An intent to place that order.
pub(crate) fn place(id: OrderId, spec: OrderSpec) -> Event {
    Event::Place(Place { id, spec, expires: Ts::MAX, why: Label::NONE })
}

/// A report that the venue makes at `at`, of an order as it stands in `spec`.
pub(crate) fn report(id: OrderId, spec: &OrderSpec, says: Says, filled: &str, at: Ts) -> Report {
    Report {
        id,
        venue_ref: Some(VenueRef::numbered(b'O', 1)),
        symbol: Some(spec.symbol()),
        qty: spec.qty(),
        filled: qty(filled),
        limit: spec.limit(),
        at,
        answers: None,
        says,
        reason: VenueReason::None,
    }
}

/// An execution of an order to buy at 100.
pub(crate) fn execution(id: OrderId, number: u64, amount: &str, at: Ts) -> Fill {
    Fill {
        id,
        exec: VenueRef::numbered(b'T', number),
        symbol: symbol(BTC),
        qty: qty(amount),
        price: price("100"),
        fee: Money::ZERO,
        fee_asset: asset("USD"),
        at,
        side: Side::Buy,
        liquidity: Liquidity::Maker,
    }
}

impl Line {
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    /// A line with BTC/USD at 100.
    pub(crate) fn with(config: GatewayConfig) -> Self {
        let mut line = Self {
            gate: Sequencer::new(Epoch(1), vec![Box::new(gate(true))]),
            gateway: Sequencer::new(Epoch(1), vec![Box::new(Gateway::new(config.clone()))]),
            config,
            now: contracts::testing::secs(1_000),
            said: Vec::new(),
            intents: 0,
            restarts: false,
        };
        line.judge(Envelope::input(Source::MdIngest, line.now, rules(MarketStatus::Online)));
        line
    }

    /// The same with a gateway that is saved and loaded after every step.
    pub(crate) fn that_restarts() -> Self {
        Self { restarts: true, ..Self::new() }
    }

    /// The same, started again with other settings.
    pub(crate) fn restart_with(&mut self, config: GatewayConfig) {
        self.config = config;
        self.restart();
    }

    /// The gateway after a restart from its snapshot.
    pub(crate) fn restart(&mut self) {
        self.begin_from(&self.snapshot());
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.gateway.snapshot()
    }

    /// The gateway after a start from that snapshot.
    pub(crate) fn begin_from(&mut self, snapshot: &Snapshot) {
        let fresh = Gateway::new(self.config.clone());
        self.gateway = Sequencer::new(Epoch(2), vec![Box::new(fresh)]);
        self.gateway.restore(snapshot).unwrap();
        assert_eq!(self.snapshot(), *snapshot);
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        self.gateway.machine().unwrap()
    }

    /// When the gateway wants to be woken.
    pub(crate) fn next_wake(&self) -> Option<Ts> {
        self.gateway.next_wake()
    }

    // ── the gate ─────────────────────────────────────────────────────────────────────────────────

    fn judge(&mut self, input: Envelope) -> Vec<Envelope> {
        let mut said = Collected::default();
        self.gate.take(self.now, input, &mut said).unwrap();
        said.0
    }

    /// Asks the gate; its decision, on its way to the gateway.
    pub(crate) fn decision(&mut self, intent: impl FnOnce(OrderId) -> Event) -> Envelope {
        self.intents += 1;
        self.decision_for("a", self.intents, intent)
    }

    /// The same for the intent of that number of any strategy.
    pub(crate) fn decision_for(
        &mut self,
        who: &str,
        number: u64,
        intent: impl FnOnce(OrderId) -> Event,
    ) -> Envelope {
        self.decision_because(
            Corr::new(strategy(who), Origin::Strategy, IntentSeq::new(number)),
            intent,
        )
    }

    fn decision_because(&mut self, corr: Corr, intent: impl FnOnce(OrderId) -> Event) -> Envelope {
        self.judge(Envelope::input(Source::MdIngest, self.now, ticker("100", self.now)));
        let id = OrderId::derive(RUN, corr.strategy, corr.origin, corr.intent);
        let source = match corr.origin {
            Origin::Protector => Source::Protector,
            _ => Source::StrategyEngine,
        };
        let input = Envelope::input(source, self.now, intent(id)).with_corr(corr);
        let said = self.judge(input);
        let decided = said.into_iter().find(|it| it.topic().kind() == TopicKind::Decision);
        decided.unwrap()
    }

    /// Asks for an order; its id and the approval.
    pub(crate) fn approval(&mut self, spec: OrderSpec) -> (OrderId, Envelope) {
        let decision = self.decision(|id| place(id, spec));
        let Event::Approved(approval) = decision.event else { panic!("{:?}", decision.event) };
        (approval.id, decision)
    }

    /// Asks for an order in the name of the protector; the approval.
    pub(crate) fn guard(&mut self, spec: OrderSpec) -> Envelope {
        self.intents += 1;
        let corr = Corr::new(strategy("a"), Origin::Protector, IntentSeq::new(self.intents));
        self.decision_because(corr, |id| place(id, spec))
    }

    /// Asks for a change of an order; the approval.
    pub(crate) fn change(&mut self, target: OrderId, amount: &str, at: &str) -> Envelope {
        let (qty, limit) = (qty(amount), Some(price(at)));
        let amend = Amend { target, qty, limit, trigger: None, why: Label::NONE };
        let decision = self.decision(|_| Event::Amend(amend));
        assert!(matches!(decision.event, Event::AmendApproved(_)), "{:?}", decision.event);
        decision
    }

    pub(crate) fn cancel(&mut self, target: OrderId) -> Envelope {
        self.decision(|_| Event::Cancel(Cancel { target, why: Label::NONE }))
    }

    // ── the gateway ──────────────────────────────────────────────────────────────────────────────

    /// Tells the gateway, and the gate what the gateway says; what it says.
    pub(crate) fn tell(&mut self, input: Envelope) -> Vec<Event> {
        let mut said = Collected::default();
        self.gateway.take(self.now, input, &mut said).unwrap();
        self.hear(&said)
    }

    pub(crate) fn control(&mut self, event: Event) -> Vec<Event> {
        self.tell(Envelope::input(speaker(&event), self.now, event))
    }

    pub(crate) fn venue(&mut self, event: Event) -> Vec<Event> {
        self.tell(Envelope::input(Source::Venue, self.now, event))
    }

    /// Fires the timers that are due now, each once.
    pub(crate) fn wake(&mut self) -> Vec<Event> {
        let mut said = Collected::default();
        wake_all(&mut self.gateway, self.now, &mut said);
        self.hear(&said)
    }

    pub(crate) fn pass(&mut self, span: Span) -> Vec<Event> {
        self.now = self.now + span;
        self.wake()
    }

    fn hear(&mut self, said: &Collected) -> Vec<Event> {
        if self.restarts {
            self.restart();
        }
        for envelope in &said.0 {
            if matches!(envelope.event, Event::Accepted(_) | Event::Order(_) | Event::Fill(_)) {
                self.judge(*envelope);
            }
        }
        self.said.extend_from_slice(&said.0);
        said.0.iter().map(|envelope| envelope.event).collect()
    }

    /// Sends an order; its id.
    pub(crate) fn send(&mut self, spec: OrderSpec) -> OrderId {
        let (id, approval) = self.approval(spec);
        self.tell(approval);
        id
    }

    /// The last word on an order.
    pub(crate) fn last_update(&self, id: OrderId) -> Option<OrderUpdate> {
        self.said.iter().rev().find_map(|envelope| match envelope.event {
            Event::Order(update) if update.id == id => Some(update),
            _ => None,
        })
    }
}

/// What was said, in words.
pub(crate) fn words(said: &[Event]) -> String {
    let words: Vec<String> = said.iter().filter_map(word).collect();
    words.join(" ")
}

fn word(event: &Event) -> Option<String> {
    use contracts::OrderState as State;
    Some(match event {
        Event::Accepted(_) => "taken".to_owned(),
        Event::Order(update) => {
            let settled = match (update.settles, update.reason) {
                (None, _) => "",
                (Some(_), _) if update.state.is_done() => "*",
                (Some(_), VenueReason::None) => " made",
                (Some(_), _) => " not made",
            };
            let state = match update.state {
                State::PendingNew => "pending",
                State::New => "new",
                State::PartiallyFilled => "part",
                State::PendingCancel => "ending",
                State::Unknown => "unknown",
                State::Filled => "FILLED",
                State::Cancelled => "CANCELLED",
                State::Rejected => "REJECTED",
                State::Expired => "EXPIRED",
            };
            format!("{state}/{}{settled}", update.qty)
        }
        Event::Fill(_) => "fill".to_owned(),
        Event::Submit(_) => ">submit".to_owned(),
        Event::CancelOrder(_) => ">cancel".to_owned(),
        Event::AmendOrder(_) => ">change".to_owned(),
        Event::QueryOrder(_) => ">query".to_owned(),
        Event::CancelAll(_) => ">cancel all".to_owned(),
        Event::ArmDeadMan(arm) if arm.timeout == Span::ZERO => ">disarm".to_owned(),
        Event::ArmDeadMan(_) => ">arm".to_owned(),
        Event::Alert(alert) => format!("!{:?}", alert.code),
        Event::Trip(trip) => format!("!trip {:?}", trip.level),
        Event::Wake(_) => return None,
        event => event.name().to_owned(),
    })
}
