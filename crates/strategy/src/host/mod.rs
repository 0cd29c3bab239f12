//! The machine that runs strategies: brings them what they declared, keeps their books, says what
//! they ask for, and keeps them apart.
//!
//! The host decides nothing about a market. It never lets one strategy see another's books, never lets
//! the panic of one stop another, and never sends an intent that has no number: the intents of each
//! strategy are counted 1, 2, 3 without a gap, across restarts, because the gate takes a number it has
//! seen for a repetition.

mod facts;
mod market_data;
mod memory;
mod quarantine;
mod routes;
mod saved;
mod seat;
mod seating;
mod signals;
mod steps;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use contracts::{
    Asset, Corr, Envelope, Event, Money, Origin, RunId, Source, Span, StrategyId, TopicKind, Ts,
};
use kernel::{Layout, Machine, Outbox, StateError, Topics};
use portfolio::{Executions, Ledger, Method};

use crate::cx::Cx;
use crate::desk::Fault;
use crate::hears::{Hears, words_of};
use crate::invalid::Invalid;
use crate::market::Markets;
use crate::orders::OpenOrder;
use crate::registry::Registry;
use crate::roster::{Instance, Wanted};
use crate::said::Said;
use crate::word::Word;
use routes::{Route, connect};
use seat::Seat;

pub use seat::StrategyView;

/// The most strategies of one host.
pub const STRATEGIES_MAX: usize = 256;

const TOO_MANY_SYMBOLS: &str = "more symbols than a session may have";

/// Timer: bars are to be closed though nothing trades.
const BARS: u32 = 1;
/// Timer: a timer of a strategy is due.
const STRATEGIES: u32 = 2;

/// What a host is built from, besides its strategies.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// The session; ids of orders are derived from it.
    pub run: RunId,
    /// How lots are closed.
    pub method: Method,
    /// The cash that each strategy starts with.
    pub cash: Vec<(StrategyId, Asset, Money)>,
    /// All the money that there is to start with. Who comes later gets no more than what of it is left.
    pub pool: Vec<(Asset, Money)>,
    /// For how long an order that was asked for is still wanted if nobody has sent it.
    pub intent_ttl: Span,
    /// How long after its end a bar waits for trades that are on their way.
    pub bar_grace: Span,
    /// The depth of the book as it is subscribed to.
    pub book_depth: u16,
}

impl HostConfig {
    /// What is usual.
    pub fn new(run: RunId) -> Self {
        Self {
            run,
            method: Method::Fifo,
            cash: Vec::new(),
            pool: Vec::new(),
            intent_ttl: Span::from_secs(2),
            bar_grace: Span::from_millis(500),
            book_depth: 10,
        }
    }
}

/// The host.
pub struct Host {
    config: HostConfig,
    /// What the settings ask for, sorted by name.
    wanted: Vec<Wanted>,
    /// Further classes, of which a saved strategy may be.
    classes: Registry,
    word: Word,
    /// Sorted by name.
    seats: Vec<Seat>,
    markets: Markets,
    routes: Vec<Route>,
    ledger: Ledger,
    executions: Executions,
    /// When the two timers are set to fire.
    bars_due: Option<Ts>,
    timers_due: Option<Ts>,
    said: Said,
}

impl Host {
    /// A host of those strategies; refused where two have one name, or there are too many of anything.
    pub fn new(config: HostConfig, instances: Vec<Instance>) -> Result<Self, Invalid> {
        if instances.len() > STRATEGIES_MAX {
            let what = format!("{} strategies; a host runs {STRATEGIES_MAX}", instances.len());
            return Err(Invalid::new(what).advice("a second strategy-engine"));
        }
        let mut instances = instances;
        instances.sort_by_key(Instance::id);
        let wanted = instances.iter().map(Wanted::of).collect();
        let seats: Vec<Seat> = instances.into_iter().map(Seat::new).collect();
        if let Some(twice) = seats.windows(2).find(|pair| pair[0].id() == pair[1].id()) {
            let what = format!("two strategies are called `{}`", twice[0].id());
            return Err(Invalid::new(what).advice("another id for one of them"));
        }
        let mut ledger = Ledger::new(config.method);
        for (strategy, asset, amount) in &config.cash {
            ledger
                .endow(*strategy, *asset, *amount, None)
                .map_err(|fault| Invalid::new(fault.to_string()).at(strategy.as_str()))?;
        }
        let connected = connect(&seats, &config);
        let (markets, routes) = connected.ok_or_else(|| Invalid::new(TOO_MANY_SYMBOLS))?;
        Ok(Self {
            config,
            wanted,
            classes: Registry::new(),
            word: Word::default(),
            seats,
            markets,
            routes,
            ledger,
            executions: Executions::default(),
            bars_due: None,
            timers_due: None,
            said: Said::new(),
        })
    }

    /// The same, which names to others who has the word.
    #[must_use]
    pub fn giving(mut self, word: Word) -> Self {
        self.word = word;
        self
    }

    /// The same, which also knows how strategies of other classes begin: a saved roster may have some that
    /// the settings do not name any more.
    #[must_use]
    pub fn knowing(mut self, classes: Registry) -> Self {
        self.classes = classes;
        self
    }

    /// Every strategy, by name; those too that have left the roster with something to look after.
    pub fn strategies(&self) -> impl Iterator<Item = StrategyView<'_>> {
        self.seats.iter().map(|seat| StrategyView { seat })
    }

    /// One strategy.
    pub fn strategy(&self, id: StrategyId) -> Option<StrategyView<'_>> {
        self.place_of(id).map(|place| StrategyView { seat: &self.seats[place] })
    }

    /// The books of all strategies, to look at.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn place_of(&self, id: StrategyId) -> Option<usize> {
        self.seats.binary_search_by_key(&id, Seat::id).ok()
    }

    /// Calls one strategy, and carries out what it says. Nobody is called in an empty seat.
    #[inline]
    fn call(
        &mut self,
        place: usize,
        moment: Moment,
        out: &mut Outbox<'_>,
        hear: impl FnOnce(&mut dyn Hears, &mut Cx<'_>),
    ) {
        self.attend(place, moment, out, |strategy, cx| {
            if let Some(strategy) = strategy {
                hear(strategy, cx);
            }
        });
    }

    /// Does something in the name of one strategy, whether its seat is empty or not.
    #[inline]
    fn attend(
        &mut self,
        place: usize,
        moment: Moment,
        out: &mut Outbox<'_>,
        act: impl FnOnce(Option<&mut (dyn Hears + 'static)>, &mut Cx<'_>),
    ) {
        let seat = &mut self.seats[place];
        let seat_id = seat.id();
        let mut cx = Cx {
            now: moment.now,
            config: &self.config,
            symbols: &seat.symbols,
            markets: &self.markets,
            ledger: &self.ledger,
            desk: &mut seat.desk,
            said: &mut self.said,
            history: moment.history,
        };
        let strategy = seat.strategy.as_deref_mut();
        // Unwind safety: of what a panic can leave half done, the strategy is dropped and never called
        // again, what it said is thrown away, and its desk forgets what was not said.
        self.word.goes_to(seat_id);
        let ended = catch_unwind(AssertUnwindSafe(|| act(strategy, &mut cx)));
        self.word.comes_back();
        if ended.is_err() || !self.said.is_nothing() {
            self.after_call(place, ended.err().as_deref(), out);
        }
    }

    #[cold]
    fn after_call(&mut self, place: usize, panic: Option<&(dyn Any + Send)>, out: &mut Outbox<'_>) {
        let seat = &mut self.seats[place];
        let fault = match panic {
            Some(panic) => {
                seat.words = words_of(panic);
                Some(Fault::Panicked)
            }
            None => self.said.too_much.then_some(Fault::TooMuch),
        };
        let timers_moved = self.said.timers_moved || fault.is_some();
        match fault {
            None => {
                for intent in self.said.intents() {
                    say(seat, *intent, out);
                }
            }
            Some(fault) => {
                seat.desk.forget_after(seat.desk.said);
                self.quarantine(place, fault, out);
            }
        }
        self.said.clear();
        if timers_moved {
            self.set_strategy_timer(out);
        }
    }

    /// Moves the timer of the strategies to the first that is due.
    fn set_strategy_timer(&mut self, out: &mut Outbox<'_>) {
        let due = self.seats.iter().filter_map(|seat| seat.desk.next_due()).min();
        set_timer(STRATEGIES, &mut self.timers_due, due, out);
    }

    /// Does the first thing that is due for a strategy: a timer of its own, or a close to look at
    /// again.
    fn strategy_timer(&mut self, now: Ts, out: &mut Outbox<'_>) {
        self.timers_due = None;
        let due = self.seats.iter().enumerate();
        let first = due.filter_map(|(place, seat)| Some((seat.desk.next_due()?, place))).min();
        if let Some((_, place)) = first.filter(|(at, _)| *at <= now) {
            match self.seats[place].desk.take_timer(now) {
                Some(name) => self.call(place, Moment::new(now), out, |strategy, cx| {
                    strategy.on_timer(name, cx);
                }),
                None => self.attend(place, Moment::new(now), out, |_, cx| cx.close_again()),
            }
        }
        self.set_strategy_timer(out);
    }
}

/// When a call happens, and whether what is told is long past.
#[derive(Clone, Copy)]
struct Moment {
    now: Ts,
    history: bool,
}

impl Moment {
    fn new(now: Ts) -> Self {
        Self { now, history: false }
    }
}

/// Gives an intent the next number of its strategy and says it.
fn say(seat: &mut Seat, intent: Event, out: &mut Outbox<'_>) {
    seat.desk.said = seat.desk.said.next();
    out.emit_for(Corr::new(seat.id(), Origin::Strategy, seat.desk.said), intent);
}

/// Moves a timer of the host to `due`, if it does not stand there already.
fn set_timer(timer: u32, set: &mut Option<Ts>, due: Option<Ts>, out: &mut Outbox<'_>) {
    if *set == due {
        return;
    }
    *set = due;
    match due {
        Some(at) => out.wake_at(timer, at),
        None => out.cancel_wake(timer),
    }
}

impl Machine for Host {
    fn source(&self) -> Source {
        Source::StrategyEngine
    }

    fn interests(&self) -> Topics {
        let mut topics = Topics::of(&[
            TopicKind::Instrument,
            TopicKind::Feed,
            TopicKind::Decision,
            TopicKind::OrdersUpdate,
            TopicKind::Fills,
            TopicKind::ControlStrategy,
            TopicKind::Signal,
        ]);
        for wants in self.seats.iter().map(|seat| &seat.wants) {
            let bars = !wants.bars.is_empty();
            let wanted = [
                (wants.trades || bars, TopicKind::Trades),
                (bars, TopicKind::Ohlcv),
                (wants.book, TopicKind::Book),
                (wants.ticker, TopicKind::Ticker),
            ];
            for (_, kind) in wanted.into_iter().filter(|(is_wanted, _)| *is_wanted) {
                topics = topics.with(Topics::of(&[kind]));
            }
        }
        topics
    }

    #[inline]
    fn step(&mut self, now: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        match &input.event {
            Event::Trade(trade) => self.trade(now, trade, out),
            Event::Level(level) => self.level(now, level, out),
            Event::Ticker(ticker) => self.ticker(now, ticker, out),
            Event::Bar(bar) => self.ready_bar(now, bar, out),
            Event::Feed(feed) => self.feed(now, feed, out),
            Event::Instrument(instrument) => self.instrument(instrument),
            Event::Order(update) => self.order(now, input.corr, update, out),
            Event::Fill(fill) => self.fill(now, input.corr, fill, out),
            Event::Refused(refusal) => self.refused(now, input.corr, refusal, out),
            Event::StrategyControl(control) => self.control(input.corr, control.run, out),
            Event::Roster(told) => self.roster(input.src, *told, out),
            Event::Signal(signal) => self.signal(now, input.src, signal, out),
            Event::Wake(wake) => match wake.timer {
                BARS => self.bar_timer(now, out),
                _ => self.strategy_timer(now, out),
            },
            _ => {}
        }
    }

    fn layout(&self) -> Layout {
        Layout::after(&[steps::with_executions])
    }

    fn save(&self, out: &mut Vec<u8>) {
        self.write(out);
    }

    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.read(state)
    }
}

/// Whether an empty seat still has an order that nobody is cancelling.
fn left_alone(seat: &Seat) -> impl Iterator<Item = &OpenOrder> {
    let open = if seat.strategy.is_some() { &[] } else { seat.desk.orders.as_slice() };
    open.iter().filter(|order| !order.cancelling)
}
