//! A desk on a bench: a real gate, gateway and protector, and a venue played by the test.
//!
//! Orders are named `a`, `b`, `c` in the order in which they are asked for, so that what is said can
//! be written down as text.

use contracts::testing::{asset, money, price, qty, secs, strategy, symbol};
use contracts::{
    AlertCode, Bps, Corr, Envelope, Epoch, Event, Fill, Instrument, IntentSeq, KillLevel,
    KillTrigger, Label, Lifetime, LimitKey, LimitValue, Liquidity, MarketStatus, Money, OrderId,
    OrderKind, OrderSpec, Origin, Place, Price, Protect, Qty, Report, RunId, Says, SealKey,
    SetLimit, Side, Source, Span, Ticker, Trip, Ts, VenueReason, VenueRef,
};
use execution::{Gateway, GatewayConfig, GroupView, ProtectiveOnKill, Protector, ProtectorConfig};
use kernel::{Collected, Machine, Sequencer};
use portfolio::Method;
use risk::{Gate, GateConfig, LatchRules, Limits};

pub(crate) const RUN: RunId = RunId::new(1);
pub(crate) const GATE_KEY: SealKey = SealKey::new([7; 16]);
pub(crate) const VENUE_KEY: SealKey = SealKey::new([8; 16]);
pub(crate) const BTC: &str = "BTC/USD";

/// More timers than any test has at one moment.
const WAKES_MAX: usize = 10_000;

/// An order as the venue of the test knows it.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    pub(crate) id: OrderId,
    pub(crate) spec: OrderSpec,
    pub(crate) filled: Qty,
    pub(crate) end: Option<Says>,
    pub(crate) accepted: bool,
    /// The change that was asked for last.
    pub(crate) change: Option<(u32, Qty, Option<Price>, Option<Price>)>,
}

pub(crate) struct Desk {
    pub(crate) sequencer: Sequencer,
    pub(crate) now: Ts,
    pub(crate) heard: Vec<Envelope>,
    /// How much of what was heard has been looked at.
    seen: usize,
    pub(crate) known: Vec<Known>,
    /// Everything that has traded at the venue.
    pub(crate) fills: Vec<Fill>,
    /// What the venue says is lost on its way.
    pub(crate) deaf: bool,
    names: Vec<OrderId>,
    intents: u64,
    execs: u64,
    on_kill: ProtectiveOnKill,
    spot: bool,
}

/// A gate with limits that are out of the way.
pub(crate) fn gate(spot: bool) -> Gate {
    gate_for(&["a", "b"], spot)
}

/// The same for those strategies.
pub(crate) fn gate_for(strategies: &[&str], spot: bool) -> Gate {
    let usd = Money::from_units;
    let limits = Limits {
        order_notional_max: usd(100_000),
        symbol_gross_max: usd(100_000),
        strategy_gross_max: usd(100_000),
        portfolio_gross_max: usd(100_000),
        portfolio_net_max: usd(100_000),
        open_orders_max: 1_000,
        symbol_orders_per_minute: 1_000,
        strategy_orders_per_minute: 1_000,
        daily_loss_cap: usd(10_000),
        daily_loss_kill: usd(20_000),
        drawdown_kill: usd(20_000),
        ..Limits::default()
    };
    let gate = GateConfig {
        run: RUN,
        key: GATE_KEY,
        limits,
        currency: asset("USD"),
        method: Method::Fifo,
        cash: strategies.iter().map(|name| (strategy(name), money("100000"))).collect(),
        spot,
        kill: LatchRules::none(),
        pool: None,
    };
    Gate::new(gate).unwrap()
}

/// The usual set-up of the protector.
pub(crate) fn protector() -> ProtectorConfig {
    ProtectorConfig::new(RUN, GATE_KEY)
}

fn machines(on_kill: ProtectiveOnKill, spot: bool) -> Vec<Box<dyn Machine>> {
    let gateway =
        GatewayConfig { protective_on_kill: on_kill, ..GatewayConfig::new(GATE_KEY, VENUE_KEY) };
    let trail_step = Bps::new(15);
    let protector = ProtectorConfig { on_kill, trail_step, ..protector() };
    vec![Box::new(gate(spot)), Box::new(Gateway::new(gateway)), Box::new(Protector::new(protector))]
}

pub(crate) fn rules(status: MarketStatus) -> Event {
    Event::Instrument(Instrument {
        symbol: symbol(BTC),
        tick: price("0.1"),
        lot: qty("0.01"),
        qty_min: qty("0.05"),
        cost_min: money("0.5"),
        valid_from: Ts::ZERO,
        quote_decimals: 4,
        price_decimals: 1,
        qty_decimals: 8,
        status,
    })
}

/// Everything at this price.
pub(crate) fn ticker(text: &str, now: Ts) -> Event {
    let at = Some(price(text));
    let (bid_qty, ask_qty, symbol) = (qty("1"), qty("1"), symbol(BTC));
    Event::Ticker(Ticker { symbol, bid: at, ask: at, last: at, bid_qty, ask_qty, at: now })
}

/// Who says that; whatever anybody may say, the gate does.
pub(crate) fn speaker(event: &Event) -> Source {
    match event {
        Event::Executed(_) | Event::Report(_) => Source::Venue,
        Event::Fill(_) | Event::Order(_) => Source::ExecutionGateway,
        Event::Instrument(_) => Source::MdIngest,
        Event::ClearKill(_) => Source::Operator,
        Event::KillPoll(_) | Event::Wake(_) | Event::Roster(_) => Source::Runtime,
        _ => Source::RiskEngine,
    }
}

/// Fires every timer that is due. One that is due again at once, for ever, is found here.
pub(crate) fn wake_all(sequencer: &mut Sequencer, now: Ts, said: &mut Collected) {
    for _ in 0..WAKES_MAX {
        if !sequencer.wake(now, said).unwrap() {
            return;
        }
    }
    panic!("timers without end");
}

impl Desk {
    /// A desk with BTC/USD at 100.
    pub(crate) fn new() -> Self {
        Self::with(ProtectiveOnKill::Cancel, true)
    }

    pub(crate) fn with(on_kill: ProtectiveOnKill, spot: bool) -> Self {
        let mut desk = Self {
            sequencer: Sequencer::new(Epoch(1), machines(on_kill, spot)),
            now: secs(1_000),
            heard: Vec::new(),
            seen: 0,
            known: Vec::new(),
            fills: Vec::new(),
            deaf: false,
            names: Vec::new(),
            intents: 0,
            execs: 0,
            on_kill,
            spot,
        };
        desk.say(Source::MdIngest, None, rules(MarketStatus::Online));
        desk.price("100");
        desk
    }

    /// The same desk after a restart from its snapshot.
    pub(crate) fn restart(&mut self) {
        let snapshot = self.sequencer.snapshot();
        self.sequencer = Sequencer::new(Epoch(2), machines(self.on_kill, self.spot));
        self.sequencer.restore(&snapshot).unwrap();
        assert_eq!(self.sequencer.snapshot(), snapshot);
    }

    pub(crate) fn group(&self) -> Option<GroupView> {
        self.sequencer.machine::<Protector>().unwrap().groups().next()
    }

    pub(crate) fn groups(&self) -> Vec<GroupView> {
        self.sequencer.machine::<Protector>().unwrap().groups().collect()
    }

    pub(crate) fn say(&mut self, from: Source, corr: Option<Corr>, event: Event) {
        let mut said = Collected::default();
        let mut input = Envelope::input(from, self.now, event);
        input.corr = corr;
        self.sequencer.take(self.now, input, &mut said).unwrap();
        self.hear(&said.0);
    }

    pub(crate) fn pass(&mut self, span: Span) {
        self.now = self.now + span;
        let mut said = Collected::default();
        wake_all(&mut self.sequencer, self.now, &mut said);
        self.hear(&said.0);
    }

    /// The venue of the test learns what is asked of it.
    fn hear(&mut self, said: &[Envelope]) {
        for envelope in said {
            match envelope.event {
                Event::Place(place) => self.names.push(place.id),
                Event::Submit(submit) => {
                    let (id, spec) = (submit.id, submit.spec);
                    let (filled, end, accepted, change) = (Qty::ZERO, None, false, None);
                    self.known.push(Known { id, spec, filled, end, accepted, change });
                }
                Event::AmendOrder(amend) => {
                    let change = (amend.number, amend.qty, amend.limit, amend.trigger);
                    self.known_mut(amend.id).change = Some(change);
                }
                _ => {}
            }
        }
        self.heard.extend_from_slice(said);
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        self.sequencer.machine().unwrap()
    }

    pub(crate) fn known_mut(&mut self, id: OrderId) -> &mut Known {
        self.known.iter_mut().find(|known| known.id == id).unwrap()
    }

    // ── the market ───────────────────────────────────────────────────────────────────────────────

    pub(crate) fn price(&mut self, text: &str) {
        self.say(Source::MdIngest, None, ticker(text, self.now));
        self.pass(Span::from_millis(100));
    }

    pub(crate) fn market_is(&mut self, status: MarketStatus) {
        self.say(Source::MdIngest, None, rules(status));
    }

    // ── the strategy and the operator ────────────────────────────────────────────────────────────

    pub(crate) fn ask(&mut self, event: impl FnOnce(OrderId) -> Event) -> OrderId {
        self.intents += 1;
        let intent = IntentSeq::new(self.intents);
        self.ask_as(Corr::new(strategy("a"), Origin::Strategy, intent), event)
    }

    /// Asks as a part of something larger, as `corr` says.
    pub(crate) fn ask_as(&mut self, corr: Corr, event: impl FnOnce(OrderId) -> Event) -> OrderId {
        let id = OrderId::derive(RUN, corr.strategy, corr.origin, corr.intent);
        let event = event(id);
        if matches!(event, Event::Place(_)) {
            self.names.push(id);
        }
        self.say(Source::StrategyEngine, Some(corr), event);
        id
    }

    pub(crate) fn order(&mut self, side: Side, amount: &str, at: &str) -> OrderId {
        let kind = OrderKind::Limit(price(at));
        let lifetime = Lifetime::UntilCancelled;
        let spec = OrderSpec::new(symbol(BTC), side, qty(amount), kind, lifetime).unwrap();
        self.ask(|id| Event::Place(Place { id, spec, expires: Ts::MAX, why: Label::NONE }))
    }

    /// Asks for a guard: stop, target and trailing distance in basis points.
    pub(crate) fn protect(&mut self, entry: OrderId, exit_side: Side, bps: [i32; 3]) {
        let [stop, target, trail] = bps.map(Bps::new);
        let symbol = symbol(BTC);
        self.ask(|_| Event::Protect(Protect { entry, symbol, exit_side, stop, target, trail }));
    }

    /// An order to buy at 100 with a guard, accepted by the venue; nothing has traded.
    pub(crate) fn guarded(&mut self, amount: &str, bps: [i32; 3]) -> OrderId {
        let entry = self.order(Side::Buy, amount, "100");
        self.protect(entry, Side::Sell, bps);
        self.report(entry, Says::Accepted);
        self.said();
        entry
    }

    /// The same, traded in full; and its stop, accepted.
    pub(crate) fn holding(&mut self, amount: &str, bps: [i32; 3]) -> (OrderId, OrderId) {
        let entry = self.guarded(amount, bps);
        self.trade(entry, amount, "100");
        self.report(entry, Says::Filled);
        let stop = self.newest();
        self.report(stop, Says::Accepted);
        self.said();
        (entry, stop)
    }

    /// An operator puts another collar in force.
    pub(crate) fn collar_is(&mut self, bps: i32) {
        let (limit, value) = (LimitKey::Collar, LimitValue::Bps { most: Bps::new(bps) });
        let change = SetLimit { version: 2, limit, value, symbol: None, operator: Some(1) };
        self.say(Source::Operator, None, Event::SetLimit(change));
    }

    pub(crate) fn trip(&mut self, level: KillLevel) {
        let trip = Trip { level, trigger: KillTrigger::Command };
        self.say(Source::Operator, None, Event::Trip(trip));
    }

    // ── the venue ────────────────────────────────────────────────────────────────────────────────

    /// The order that was submitted last.
    pub(crate) fn newest(&self) -> OrderId {
        self.known.last().unwrap().id
    }

    pub(crate) fn trade(&mut self, id: OrderId, amount: &str, at: &str) {
        self.execs += 1;
        let exec = VenueRef::numbered(b'T', self.execs);
        let now = self.now;
        let known = self.known_mut(id);
        known.filled = known.filled.plus(qty(amount)).unwrap();
        known.accepted = true;
        let fill = Fill {
            id,
            exec,
            symbol: symbol(BTC),
            qty: qty(amount),
            price: price(at),
            fee: Money::ZERO,
            fee_asset: asset("USD"),
            at: now,
            side: known.spec.side(),
            liquidity: Liquidity::Taker,
        };
        self.fills.push(fill);
        self.venue_says(Event::Executed(fill));
    }

    pub(crate) fn report(&mut self, id: OrderId, says: Says) {
        self.report_because(id, says, VenueReason::None, None);
    }

    fn report_because(
        &mut self,
        id: OrderId,
        says: Says,
        reason: VenueReason,
        answers: Option<u32>,
    ) {
        let known = self.known_mut(id);
        known.accepted |= says == Says::Accepted;
        known.end = known.end.or(Some(says).filter(|says| says.final_state().is_some()));
        let (at, Known { spec, filled, .. }) = (self.now, *self.known_mut(id));
        let report = Report {
            id,
            venue_ref: Some(VenueRef::numbered(b'O', 1)),
            symbol: Some(symbol(BTC)),
            qty: spec.qty(),
            filled,
            limit: spec.limit(),
            at,
            answers,
            says,
            reason,
        };
        self.venue_says(Event::Report(report));
    }

    fn venue_says(&mut self, event: Event) {
        if !self.deaf {
            self.say(Source::Venue, None, event);
        }
    }

    /// The venue makes the change that was asked for last.
    pub(crate) fn amended(&mut self, id: OrderId) {
        let known = self.known_mut(id);
        let (number, qty, limit, trigger) = known.change.take().unwrap();
        known.spec = known.spec.amended(qty, limit, trigger).unwrap();
        self.report_because(id, Says::Amended, VenueReason::Requested, Some(number));
    }

    /// The venue refuses the change that was asked for last.
    pub(crate) fn amend_refused(&mut self, id: OrderId, reason: VenueReason) {
        let (number, ..) = self.known_mut(id).change.take().unwrap();
        self.report_because(id, Says::AmendRejected, reason, Some(number));
    }

    // ── what is said ─────────────────────────────────────────────────────────────────────────────

    fn name(&self, id: OrderId) -> String {
        let place = self.names.iter().position(|held| *held == id);
        place.map_or("?".to_owned(), |place| char::from(b'a' + place as u8).to_string())
    }

    /// What was asked of the venue and what a person was told since the last look.
    pub(crate) fn said(&mut self) -> String {
        let new = &self.heard[self.seen..];
        let words: Vec<String> =
            new.iter().filter_map(|envelope| self.words(&envelope.event)).collect();
        self.seen = self.heard.len();
        words.join("; ")
    }

    fn words(&self, event: &Event) -> Option<String> {
        let price = |price: Option<Price>| price.map_or("-".to_owned(), |price| price.to_string());
        Some(match event {
            Event::Submit(submit) => {
                let (spec, name) = (submit.spec, self.name(submit.id));
                let kind = match spec.kind() {
                    OrderKind::Market => "market".to_owned(),
                    OrderKind::Limit(limit) => format!("at {limit}"),
                    OrderKind::Stop { trigger } => format!("stop {trigger}"),
                    OrderKind::StopLimit { trigger, limit } => format!("stop {trigger} to {limit}"),
                };
                format!("{name} {} {} {kind}", spec.side().name(), spec.qty())
            }
            Event::CancelOrder(cancel) => format!("cancel {}", self.name(cancel.id)),
            Event::CancelAll(_) => "cancel all".to_owned(),
            Event::AmendOrder(amend) => {
                let limit = amend.limit.map_or(String::new(), |limit| format!(" to {limit}"));
                let (name, trigger) = (self.name(amend.id), price(amend.trigger));
                format!("{name} to {} stop {trigger}{limit}", amend.qty)
            }
            Event::Alert(alert) => match alert.code {
                AlertCode::ExitBlocked => "blocked".to_owned(),
                code => format!("{code:?}"),
            },
            Event::Refused(refusal) => format!("refused {:?}", refusal.breach.reason),
            _ => return None,
        })
    }
}
