//! The desk of three strategies at the real simulated venue, on a market made of a seed.
//!
//! What goes between the two is lost now and then, and what the venue says is also told twice, or late and out of order.
//! Both sides start again now and then from what they saved.

use std::collections::{BTreeMap, VecDeque};

use contracts::testing::{price, secs, strategy};
use contracts::{
    Amend, Bps, Cancel, Corr, Envelope, Epoch, Event, ExecutionId, IntentSeq, Label, Lifetime,
    OrderId, OrderKind, OrderSpec, Origin, Place, Ppm, Price, Protect, Rounding, Side, Source,
    Span, Ticker, TopicKind, Ts,
};
use execution::{Gateway, Protector};
use kernel::{Collected, Machine, Seeded, Sequencer};
use risk::Gate;
use simvenue::synthetic::{Market, MarketConfig, Streams, SymbolConfig, btc_usd, eth_usd};
use simvenue::{FeeSchedule, Latency, Leg, SimVenue, VenueConfig};

use crate::line::{config, place};
use crate::rig::{RUN, VENUE_KEY, gate_for, protector};

pub(crate) const STRATEGIES: [&str; 3] = ["a", "b", "c"];
/// Rates at which hardly any fee comes out round.
pub(crate) const MAKER: Ppm = Ppm::new(1_637);
pub(crate) const TAKER: Ppm = Ppm::new(2_609);

/// Whose an order is, and what it was for when it was asked for.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) corr: Corr,
    pub(crate) spec: OrderSpec,
}

/// Who hears a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    Venue,
    Desk,
}

pub(crate) struct Exchange {
    venue: Sequencer,
    desk: Sequencer,
    market: Market,
    chance: Seeded,
    pub(crate) now: Ts,
    /// Everything that the desk has said.
    pub(crate) said: Vec<Envelope>,
    /// Every order that was asked for, by whomever.
    pub(crate) asked: BTreeMap<OrderId, Asked>,
    /// Orders that differ in nothing but their ids, in the order in which they were asked for.
    pub(crate) twins: Vec<Vec<OrderId>>,
    /// How often the desk was told of an execution.
    pub(crate) executions_told: usize,
    tickers: Vec<Ticker>,
    intents: [u64; STRATEGIES.len()],
    on_its_way: VecDeque<(To, Event)>,
    late: Vec<Event>,
    is_faulty: bool,
    epoch: u32,
}

/// What is traded: cheap enough that the limits of the gate are out of the way.
fn symbols() -> [SymbolConfig; 2] {
    let at = |start: &str, of| SymbolConfig { start_price: price(start), ..of };
    [at("1000", btc_usd()), at("100", eth_usd())]
}

fn venue() -> Vec<Box<dyn Machine>> {
    let leg = |fixed| Leg { fixed: Span::from_millis(fixed), jitter_max: Span::from_millis(300) };
    let config = VenueConfig {
        fees: FeeSchedule::flat(MAKER, TAKER),
        latency: Latency { entry: leg(20), response: leg(5), seed: 1 },
        ..VenueConfig::default()
    };
    vec![Box::new(SimVenue::new(config, VENUE_KEY))]
}

fn desk() -> Vec<Box<dyn Machine>> {
    vec![
        Box::new(gate_for(&STRATEGIES, false)),
        Box::new(Gateway::new(config())),
        Box::new(Protector::new(protector())),
    ]
}

impl Exchange {
    pub(crate) fn new(seed: u64) -> Self {
        let (start, streams) = (secs(1_000), Streams::Book);
        let config = MarketConfig { start, streams, symbols: symbols().to_vec() };
        Self {
            venue: Sequencer::new(Epoch(1), venue()),
            desk: Sequencer::new(Epoch(1), desk()),
            market: Market::new(config, seed).unwrap(),
            chance: Seeded::new(seed),
            now: start,
            said: Vec::new(),
            asked: BTreeMap::new(),
            twins: Vec::new(),
            executions_told: 0,
            tickers: Vec::new(),
            intents: [0; STRATEGIES.len()],
            on_its_way: VecDeque::new(),
            late: Vec::new(),
            is_faulty: true,
            epoch: 1,
        }
    }

    pub(crate) fn venue(&self) -> &SimVenue {
        self.venue.machine().unwrap()
    }

    pub(crate) fn gate(&self) -> &Gate {
        self.desk.machine().unwrap()
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        self.desk.machine().unwrap()
    }

    // ── time, and what is carried in it ──────────────────────────────────────────────────────────

    /// The market says so many things; in between the strategies ask for something now and then.
    pub(crate) fn trade(&mut self, messages: usize) {
        for _ in 0..messages {
            let (at, event) = self.market.next().unwrap();
            self.until(at);
            self.hear(To::Venue, Envelope::input(Source::MdIngest, at, event));
            if let Event::Ticker(ticker) = event {
                self.tickers.retain(|held| held.symbol != ticker.symbol);
                self.tickers.push(ticker);
            }
            if !matches!(event, Event::Level(_)) {
                self.hear(To::Desk, Envelope::input(Source::MdIngest, at, event));
            }
            if self.tickers.len() == symbols().len() && self.chance.below(12) == 0 {
                self.act();
            }
        }
    }

    /// Nothing is lost any more, and time passes until every question is answered.
    pub(crate) fn settle(&mut self) {
        self.is_faulty = false;
        self.tell_what_is_late();
        self.until(self.now + Span::from_secs(180));
    }

    /// Time passes, and timers fire.
    fn until(&mut self, at: Ts) {
        while let Some((due, to)) = self.next_wake().filter(|(due, _)| *due <= at) {
            self.now = self.now.max(due);
            let mut said = Collected::default();
            self.side(to).wake(due, &mut said).unwrap();
            self.send(to, &said.0);
            self.carry();
        }
        self.now = at;
    }

    fn next_wake(&self) -> Option<(Ts, To)> {
        let venue = self.venue.next_wake().map(|at| (at, To::Venue));
        let desk = self.desk.next_wake().map(|at| (at, To::Desk));
        venue.into_iter().chain(desk).min_by_key(|(at, _)| *at)
    }

    fn side(&mut self, to: To) -> &mut Sequencer {
        match to {
            To::Venue => &mut self.venue,
            To::Desk => &mut self.desk,
        }
    }

    /// Somebody hears something, and everybody what follows from it.
    fn hear(&mut self, to: To, input: Envelope) {
        self.take(to, input);
        self.carry();
    }

    fn take(&mut self, to: To, input: Envelope) {
        let (now, mut said) = (self.now, Collected::default());
        let is_execution = matches!(input.event, Event::Executed(_));
        self.executions_told += usize::from(to == To::Desk && is_execution);
        self.side(to).take(now, input, &mut said).unwrap();
        self.send(to, &said.0);
    }

    /// Carries what was said to the other side, until nobody says anything more.
    fn carry(&mut self) {
        while let Some((to, event)) = self.on_its_way.pop_front() {
            let from = match to {
                To::Venue => Source::ExecutionGateway,
                To::Desk => Source::Venue,
            };
            self.take(to, Envelope::input(from, self.now, event));
        }
    }

    /// What one side has said sets out for the other.
    fn send(&mut self, from: To, said: &[Envelope]) {
        for envelope in said {
            match (from, envelope.topic().kind()) {
                (To::Desk, TopicKind::VenueRequest) => self.request(envelope.event),
                (To::Venue, TopicKind::VenueReport) => self.report(envelope.event),
                (To::Venue, TopicKind::Alerts) => panic!("{:?}", envelope.event),
                _ => {}
            }
            if let (To::Desk, Event::Place(place), Some(corr)) =
                (from, envelope.event, envelope.corr)
            {
                self.asked.insert(place.id, Asked { corr, spec: place.spec });
            }
        }
        if from == To::Desk {
            self.said.extend_from_slice(said);
        }
    }

    fn request(&mut self, event: Event) {
        if !self.is_faulty || self.chance.below(100) >= 2 {
            self.on_its_way.push_back((To::Venue, event));
        }
    }

    fn report(&mut self, event: Event) {
        match self.chance.below(100) {
            0..8 if self.is_faulty => {}
            8..16 if self.is_faulty => self.on_its_way.extend([(To::Desk, event); 2]),
            16..24 if self.is_faulty => self.late.push(event),
            _ => self.on_its_way.push_back((To::Desk, event)),
        }
    }

    fn tell_what_is_late(&mut self) {
        while !self.late.is_empty() {
            let which = self.chance.below(self.late.len() as u64) as usize;
            let event = self.late.swap_remove(which);
            self.hear(To::Desk, Envelope::input(Source::Venue, self.now, event));
        }
    }

    // ── what is done ─────────────────────────────────────────────────────────────────────────────

    fn act(&mut self) {
        match self.chance.below(100) {
            0..35 => self.place_twins(),
            35..45 => self.sweep(),
            45..65 => self.amend(),
            65..80 => self.cancel(),
            80..90 => self.tell_what_is_late(),
            90..95 => self.restart(To::Desk),
            _ => self.restart(To::Venue),
        }
    }

    /// One side ends, and begins again with what it saved.
    fn restart(&mut self, side: To) {
        self.epoch += 1;
        let machines = if side == To::Desk { desk() } else { venue() };
        let mut again = Sequencer::new(Epoch(self.epoch), machines);
        again.restore(&self.side(side).snapshot()).unwrap();
        *self.side(side) = again;
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        self.chance.pick(from).copied()
    }

    /// The name of the next intent of a strategy; every strategy counts for itself.
    fn next_corr(&mut self, who: usize) -> Corr {
        self.intents[who] += 1;
        let intent = IntentSeq::new(self.intents[who]);
        let corr = Corr::new(strategy(STRATEGIES[who]), Origin::Strategy, intent);
        match self.chance.below(3) {
            // A slice of something larger, of which others may be slices too.
            0 => {
                let parent = OrderId::from_bits(77);
                let slice = self.chance.below(3) as u32 + 1;
                Corr { parent, execution: ExecutionId::new(5), slice, ..corr }
            }
            _ => corr,
        }
    }

    fn ask(&mut self, who: usize, event: impl FnOnce(OrderId) -> Event) -> OrderId {
        let corr = self.next_corr(who);
        let id = OrderId::derive(RUN, corr.strategy, corr.origin, corr.intent);
        let event = event(id);
        if let Event::Place(Place { spec, .. }) = event {
            self.asked.insert(id, Asked { corr, spec });
        }
        let input = Envelope::input(Source::StrategyEngine, self.now, event);
        self.hear(To::Desk, input.with_corr(corr));
        id
    }

    fn somebody(&mut self) -> usize {
        self.chance.below(STRATEGIES.len() as u64) as usize
    }

    fn spec(&mut self, config: &SymbolConfig, limit: Option<Price>, life: Lifetime) -> OrderSpec {
        let side = self.pick(&[Side::Buy, Side::Sell]).unwrap();
        let (rules, parts) = (config.instrument, 2 + self.chance.below(9));
        let qty = config.order_qty.share(parts, 2, Rounding::Floor).unwrap();
        let qty = qty.round_to(rules.lot, Rounding::Floor).unwrap();
        let kind = limit.map_or(OrderKind::Market, OrderKind::Limit);
        OrderSpec::new(rules.symbol, side, qty, kind, life).unwrap()
    }

    /// Some ticks from the middle of the market.
    fn near(&mut self, config: &SymbolConfig) -> Option<Price> {
        let of = config.instrument.symbol;
        let ticker = self.tickers.iter().find(|ticker| ticker.symbol == of)?;
        let (middle, tick) = (ticker.bid?.midpoint(ticker.ask?), config.instrument.tick);
        middle.round_to(tick, Rounding::Floor)?.plus_ticks(tick, self.chance.between(-6, 6))
    }

    /// Several orders of several strategies that differ in nothing but their ids; some are guarded.
    fn place_twins(&mut self) {
        let config = self.pick(&symbols()).unwrap();
        let lives = [Lifetime::UntilCancelled, Lifetime::PostOnly, Lifetime::Immediate];
        let life = self.pick(&lives).unwrap();
        let limit = self.near(&config);
        let spec = self.spec(&config, limit, life);
        let mut twins = Vec::new();
        for _ in 0..2 + self.chance.below(3) {
            let who = self.somebody();
            let entry = self.ask(who, |id| place(id, spec));
            twins.push(entry);
            if self.chance.below(4) == 0 {
                let (symbol, exit_side) = (spec.symbol(), spec.side().opposite());
                let [stop, target, trail] = [6, 8, 0].map(Bps::new);
                let guard = Protect { entry, symbol, exit_side, stop, target, trail };
                self.ask(who, |_| Event::Protect(guard));
            }
        }
        self.twins.push(twins);
    }

    /// Takes more than one level shows.
    fn sweep(&mut self) {
        let (config, who) = (self.pick(&symbols()).unwrap(), self.somebody());
        let spec = self.spec(&config, None, Lifetime::UntilCancelled);
        let spec = spec.amended(spec.qty().share(8, 1, Rounding::Floor).unwrap(), None, None);
        self.ask(who, |id| place(id, spec.unwrap()));
    }

    /// One of the orders that are open, as the desk believes, that a strategy asked for.
    fn open_order(&mut self) -> Option<(usize, OrderId)> {
        let open = self.gateway().orders().filter_map(|(whose, id, _)| {
            let who = STRATEGIES.iter().position(|name| strategy(name) == whose)?;
            (self.asked[&id].corr.origin == Origin::Strategy).then_some((who, id))
        });
        let open: Vec<(usize, OrderId)> = open.collect();
        self.pick(&open)
    }

    fn amend(&mut self) {
        let Some((who, target)) = self.open_order() else { return };
        let spec = self.asked[&target].spec;
        let of = |config: &SymbolConfig| config.instrument.symbol == spec.symbol();
        let Some(config) = symbols().into_iter().find(of) else { return };
        let limit = if self.chance.below(2) == 0 { self.near(&config) } else { spec.limit() };
        let qty = spec.qty().share(1 + self.chance.below(6), 4, Rounding::Floor).unwrap();
        let qty = qty.round_to(config.instrument.lot, Rounding::Floor).unwrap();
        let amend = Amend { target, qty, limit, trigger: None, why: Label::NONE };
        self.ask(who, |_| Event::Amend(amend));
    }

    fn cancel(&mut self) {
        let Some((who, target)) = self.open_order() else { return };
        self.ask(who, |_| Event::Cancel(Cancel { target, why: Label::NONE }));
    }
}
