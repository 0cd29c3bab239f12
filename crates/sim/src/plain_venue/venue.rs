//! The venue as a machine: its state, its latencies, and what wakes it.

use std::collections::{BTreeMap, VecDeque};

use contracts::{
    Envelope, Event, Fill, Net, OrderId, Says, Source, Span, Symbol, SymbolMap, TopicKind, Ts,
    VenueReason,
};
use kernel::{Machine, Outbox, StateError, Topics, load_state, save_state};
use serde::{Deserialize, Serialize};

use super::config::VenueConfig;
use super::market::Market;
use super::orders::Orders;

/// Timer: the dead man's switch.
pub(crate) const DEAD_MAN: u32 = 1;
/// Timer: requests whose time has come.
const REQUESTS: u32 = 2;
/// Timer: reports whose time has come.
const REPORTS: u32 = 3;
/// Timers from here on end lifetimes.
const EXPIRIES: u32 = 16;
/// How many refused ids are remembered.
const REFUSED_KEPT: usize = 4_096;

/// The simulated venue.
pub struct PlainVenue {
    pub(crate) config: VenueConfig,
    pub(crate) state: State,
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) markets: SymbolMap<Market>,
    pub(crate) orders: Orders,
    pub(crate) executions: u64,
    pub(crate) expiries: Expiries,
    pub(crate) refused: Refused,
    requests: VecDeque<(Ts, Waiting)>,
    reports: VecDeque<(Ts, Waiting)>,
}

/// Lifetimes that end, by timer.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Expiries {
    next: u32,
    pending: BTreeMap<u32, (OrderId, Ts)>,
}

impl Expiries {
    pub(crate) fn add(&mut self, id: OrderId, until: Ts) -> u32 {
        let timer = EXPIRIES + self.next;
        self.next = self.next.wrapping_add(1) % (u32::MAX - EXPIRIES);
        self.pending.insert(timer, (id, until));
        timer
    }
}

/// Orders that never lived, so that a late question about one is answered truly.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Refused {
    kept: VecDeque<(OrderId, VenueReason)>,
}

impl Refused {
    pub(crate) fn note(&mut self, id: OrderId, reason: VenueReason) {
        self.kept.push_back((id, reason));
        if self.kept.len() > REFUSED_KEPT {
            self.kept.pop_front();
        }
    }

    pub(crate) fn reason(&self, id: OrderId) -> Option<VenueReason> {
        self.kept.iter().rev().find(|(held, _)| *held == id).map(|(_, reason)| *reason)
    }
}

/// A message that waits for its latency, kept as the canonical line it would be on a wire.
#[derive(Clone, Serialize, Deserialize)]
struct Waiting(String);

impl Waiting {
    fn new(event: Event) -> Self {
        Self(contracts::codec::to_line(&Envelope::input(Source::Venue, Ts::ZERO, event)))
    }

    fn event(&self) -> Option<Event> {
        contracts::codec::read(self.0.as_bytes()).ok().map(|envelope| envelope.event)
    }
}

/// What the venue has to say, with its response latency.
pub(crate) struct Voice<'a, 'b> {
    out: &'a mut Outbox<'b>,
    delayed: &'a mut VecDeque<(Ts, Waiting)>,
    latency: Span,
    now: Ts,
}

impl Voice<'_, '_> {
    pub(crate) fn now(&self) -> Ts {
        self.now
    }

    pub(crate) fn say(&mut self, event: Event) {
        if self.latency == Span::ZERO {
            return self.out.emit_alone(event);
        }
        let at = self.now + self.latency;
        if self.delayed.is_empty() {
            self.out.wake_at(REPORTS, at);
        }
        self.delayed.push_back((at, Waiting::new(event)));
    }

    pub(crate) fn wake_at(&mut self, timer: u32, at: Ts) {
        self.out.wake_at(timer, at);
    }

    pub(crate) fn cancel_wake(&mut self, timer: u32) {
        self.out.cancel_wake(timer);
    }
}

impl PlainVenue {
    /// A venue without orders or markets.
    pub fn new(config: VenueConfig) -> Self {
        Self { config, state: State::default() }
    }

    /// Every execution of every order that is remembered.
    pub fn executions(&self) -> impl Iterator<Item = &Fill> {
        self.state.orders.iter().flat_map(|order| &order.executions)
    }

    /// The open orders.
    pub fn open_orders(&self) -> Vec<OrderId> {
        self.state.orders.all_open()
    }

    /// What was bought less what was sold of a symbol, over all remembered orders.
    pub fn net(&self, symbol: Symbol) -> Net {
        let fills = self.executions().filter(|fill| fill.symbol == symbol);
        fills.fold(Net::ZERO, |net, fill| net + Net::of(fill.side, fill.qty))
    }

    pub(crate) fn market(&self, symbol: Symbol) -> Option<&Market> {
        self.state.markets.get(symbol)
    }

    pub(crate) fn market_mut(&mut self, symbol: Symbol) -> &mut Market {
        self.state.markets.get_or_insert_with(symbol, Market::default)
    }

    fn speaking(
        &mut self,
        now: Ts,
        out: &mut Outbox<'_>,
        act: impl FnOnce(&mut Self, &mut Voice<'_, '_>),
    ) {
        let mut delayed = std::mem::take(&mut self.state.reports);
        let latency = self.config.response_latency;
        act(self, &mut Voice { out, delayed: &mut delayed, latency, now });
        self.state.reports = delayed;
    }

    fn receive(&mut self, now: Ts, request: Event, out: &mut Outbox<'_>) {
        if self.config.entry_latency == Span::ZERO {
            return self.speaking(now, out, |venue, voice| venue.request(now, &request, voice));
        }
        let at = now + self.config.entry_latency;
        if self.state.requests.is_empty() {
            out.wake_at(REQUESTS, at);
        }
        self.state.requests.push_back((at, Waiting::new(request)));
    }

    fn wake(&mut self, now: Ts, timer: u32, out: &mut Outbox<'_>) {
        match timer {
            DEAD_MAN => self.speaking(now, out, |venue, voice| {
                venue.cancel_all(now, VenueReason::DeadMan, voice);
            }),
            REQUESTS => self.due_requests(now, out),
            REPORTS => self.due_reports(now, out),
            timer => self.expire(now, timer, out),
        }
    }

    fn due_requests(&mut self, now: Ts, out: &mut Outbox<'_>) {
        while let Some((at, _)) = self.state.requests.front() {
            if *at > now {
                return out.wake_at(REQUESTS, *at);
            }
            let request = self.state.requests.pop_front().and_then(|(_, waiting)| waiting.event());
            if let Some(request) = request {
                self.speaking(now, out, |venue, voice| venue.request(now, &request, voice));
            }
        }
    }

    fn due_reports(&mut self, now: Ts, out: &mut Outbox<'_>) {
        while let Some((at, _)) = self.state.reports.front() {
            if *at > now {
                return out.wake_at(REPORTS, *at);
            }
            let report = self.state.reports.pop_front().and_then(|(_, waiting)| waiting.event());
            if let Some(report) = report {
                out.emit_alone(report);
            }
        }
    }

    fn expire(&mut self, now: Ts, timer: u32, out: &mut Outbox<'_>) {
        let Some((id, _)) = self.state.expiries.pending.remove(&timer) else { return };
        if self.state.orders.get_open(id).is_some() {
            let ended = (Says::Expired, VenueReason::LifetimeEnded);
            self.speaking(now, out, |venue, voice| venue.finish(now, id, ended, voice));
        }
    }
}

impl Machine for PlainVenue {
    fn source(&self) -> Source {
        Source::Venue
    }

    fn interests(&self) -> Topics {
        Topics::of(&[
            TopicKind::Instrument,
            TopicKind::Trades,
            TopicKind::Ticker,
            TopicKind::VenueRequest,
        ])
    }

    fn step(&mut self, now: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        match input.event {
            Event::Trade(trade) => {
                self.speaking(now, out, |venue, voice| venue.on_trade(now, &trade, voice));
            }
            Event::Ticker(ticker) => {
                self.speaking(now, out, |venue, voice| venue.on_ticker(now, &ticker, voice));
            }
            Event::Instrument(instrument) => {
                if !self.state.markets.is_full() {
                    self.market_mut(instrument.symbol).instrument = Some(instrument);
                }
            }
            Event::Wake(wake) => self.wake(now, wake.timer, out),
            request => self.receive(now, request, out),
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        save_state(&self.state, out);
    }

    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.state = load_state(state)?;
        Ok(())
    }
}
