//! What the host keeps for one strategy besides the strategy itself: its count of intents, its open
//! orders, its timers, its pauses, and what it did not get sent. All of it survives a restart.

use contracts::{
    IntentSeq, Label, OrderId, OrderUpdate, Span, StrategyId, StrategyRun, Symbol, Ts,
};
use serde::{Deserialize, Serialize};

use crate::closing::{Closings, Guarded};
use crate::orders::{ORDERS_MAX, Orders};
use crate::pulse::Pulse;
use crate::setup::Wants;
use crate::unsent::UnsentLog;

/// The most timers that one strategy may have pending.
pub const TIMERS_PER_STRATEGY_MAX: usize = 64;

/// No timer fires sooner than this after it was set, so that two cannot wake each other without end.
pub(crate) const TIMER_MIN: Span = Span::MILLI;

/// Why a strategy is quarantined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It panicked.
    Panicked,
    /// It asked for more intents in one call, or more timers, than it may.
    TooMuch,
    /// What it had saved could not be taken back.
    StateUnreadable,
    /// Its state cannot be written, or does not come back as it was written.
    StateUnwritable,
    /// One of its fills cannot be booked, so that nobody knows what it holds.
    BooksUnsure,
    /// Somebody at the controls, or the watchdog, said so.
    Ordered,
}

/// What is kept for one strategy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Desk {
    pub(crate) strategy: StrategyId,
    pub(crate) run: StrategyRun,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) fault: Option<Fault>,
    /// The number of the last intent that went out.
    pub(crate) said: IntentSeq,
    pub(crate) orders: Orders,
    pub(crate) closings: Closings,
    /// Entries whose guards have not been removed.
    pub(crate) guards: Vec<Guarded>,
    /// Sorted by time, then by name.
    timers: Vec<Timer>,
    /// Symbols on which the strategy paused itself.
    paused: Vec<Symbol>,
    warm_up: Vec<WarmUp>,
    pub(crate) unsent: UnsentLog,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Timer {
    at: Ts,
    name: Label,
}

/// How many events of a stream of a symbol still only warm up.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct WarmUp {
    symbol: Symbol,
    pulse: Pulse,
    left: u32,
}

impl Desk {
    pub(crate) fn new(strategy: StrategyId, symbols: &[Symbol], wants: &Wants) -> Self {
        let mut desk = Self {
            strategy,
            run: StrategyRun::Running,
            fault: None,
            said: IntentSeq::new(0),
            orders: Orders::new(),
            closings: Closings::default(),
            guards: Vec::new(),
            timers: Vec::with_capacity(8),
            paused: Vec::new(),
            warm_up: Vec::new(),
            unsent: UnsentLog::default(),
        };
        desk.begin_warm_up(symbols, wants);
        desk
    }

    /// Begins every warm-up anew.
    pub(crate) fn begin_warm_up(&mut self, symbols: &[Symbol], wants: &Wants) {
        self.warm_up.clear();
        self.extend_warm_up(symbols, wants);
    }

    /// Begins the warm-up of those symbols.
    pub(crate) fn extend_warm_up(&mut self, symbols: &[Symbol], wants: &Wants) {
        for symbol in symbols.iter().copied() {
            let streams = wants.warm_up.iter().copied();
            self.warm_up.extend(streams.map(|(pulse, left)| WarmUp { symbol, pulse, left }));
        }
    }

    /// An intent of that number was answered. Where its own journal has lost that it was said, it is not given
    /// out a second time: orders are named by it.
    pub(crate) fn answered(&mut self, intent: IntentSeq) {
        self.said = self.said.max(intent);
    }

    /// Forgets what was asked for after that intent: it never went out.
    pub(crate) fn forget_after(&mut self, last: IntentSeq) {
        self.orders.forget_after(last);
        self.closings.forget_after(last);
        self.guards.retain(|guarded| guarded.intent <= last);
    }

    pub(crate) fn guards_are_full(&self) -> bool {
        self.guards.len() >= ORDERS_MAX
    }

    /// Takes the guards of a symbol, to remove them.
    pub(crate) fn take_guards(&mut self, symbol: Symbol) -> Vec<Guarded> {
        let (taken, kept) = self.guards.iter().partition(|guarded| guarded.symbol == symbol);
        self.guards = kept;
        taken
    }

    /// An entry is over of which nothing was filled: there is nothing to guard.
    pub(crate) fn drop_guard(&mut self, entry: OrderId) {
        self.guards.retain(|guarded| guarded.entry != entry);
    }

    /// The gate has refused an intent about an order.
    pub(crate) fn refused(&mut self, id: OrderId, intent: Option<IntentSeq>) {
        let was_open = self.orders.get(id).is_some();
        self.orders.refused(id, intent);
        let never_was = was_open && self.orders.get(id).is_none();
        // The guard is asked for right after its entry.
        let of_guard = |guarded: &Guarded| intent == Some(guarded.intent.next());
        self.guards.retain(|guarded| guarded.entry != id || !(never_was || of_guard(guarded)));
    }

    /// Takes an update of an own order; whether it is about one.
    pub(crate) fn update(&mut self, update: &OrderUpdate) -> bool {
        let Some(order) = self.orders.get(update.id) else { return false };
        let untouched = order.filled.is_zero() && order.booked.is_zero() && update.filled.is_zero();
        if update.state.is_done() && untouched {
            self.drop_guard(update.id);
        }
        self.orders.update(update)
    }

    /// Nothing is held or open on that symbol any more; whether that moves what is due next.
    pub(crate) fn is_out_of(&mut self, symbol: Symbol) -> bool {
        // The guards of a position end with it.
        self.guards.retain(|guarded| guarded.symbol != symbol);
        self.closings.drop(symbol)
    }

    /// One event of a stream was heard.
    #[inline]
    pub(crate) fn heard(&mut self, symbol: Symbol, pulse: Pulse) {
        if !self.warm_up.is_empty() {
            self.warm(symbol, pulse);
        }
    }

    fn warm(&mut self, symbol: Symbol, pulse: Pulse) {
        self.warm_up.retain_mut(|stream| {
            if (stream.symbol, stream.pulse) == (symbol, pulse) {
                stream.left = stream.left.saturating_sub(1);
            }
            stream.left > 0
        });
    }

    pub(crate) fn is_warming_up(&self, symbol: Symbol) -> bool {
        self.warm_up.iter().any(|stream| stream.symbol == symbol)
    }

    pub(crate) fn is_quarantined(&self) -> bool {
        self.run == StrategyRun::Quarantined
    }

    pub(crate) fn is_paused(&self, symbol: Symbol) -> bool {
        self.run != StrategyRun::Running || self.paused.contains(&symbol)
    }

    pub(crate) fn pause(&mut self, symbol: Symbol) {
        if !self.paused.contains(&symbol) {
            self.paused.push(symbol);
        }
    }

    pub(crate) fn resume(&mut self, symbol: Symbol) {
        self.paused.retain(|held| *held != symbol);
    }

    pub(crate) fn resume_all(&mut self) {
        self.paused.clear();
    }

    /// Sets or moves a timer; `false` when there are too many.
    pub(crate) fn set_timer(&mut self, name: Label, at: Ts) -> bool {
        self.cancel_timer(name);
        if self.timers.len() >= TIMERS_PER_STRATEGY_MAX {
            return false;
        }
        let timer = Timer { at, name };
        let place = self.timers.partition_point(|held| *held < timer);
        self.timers.insert(place, timer);
        true
    }

    pub(crate) fn cancel_timer(&mut self, name: Label) {
        self.timers.retain(|held| held.name != name);
    }

    pub(crate) fn cancel_timers(&mut self) {
        self.timers.clear();
    }

    /// When the first timer wants to fire, or a close is to be looked at again.
    pub(crate) fn next_due(&self) -> Option<Ts> {
        let timer = self.timers.first().map(|timer| timer.at);
        timer.into_iter().chain(self.closings.next()).min()
    }

    /// Takes the first timer, if it is due.
    pub(crate) fn take_timer(&mut self, now: Ts) -> Option<Label> {
        let due = self.timers.first().is_some_and(|timer| timer.at <= now);
        due.then(|| self.timers.remove(0).name)
    }
}

#[cfg(test)]
mod tests {
    use contracts::Timeframe;
    use contracts::testing::{secs, strategy, symbol};

    use super::*;

    fn desk(warm_up: Vec<(Pulse, u32)>) -> Desk {
        let wants = Wants { warm_up, ..Wants::default() };
        Desk::new(strategy("a"), &[symbol("BTC/USD"), symbol("ETH/USD")], &wants)
    }

    #[test]
    fn warm_up_ends_per_symbol_and_stream() {
        let bars = Pulse::Bars(Timeframe::M1);
        let (btc, eth) = (symbol("BTC/USD"), symbol("ETH/USD"));
        let mut desk = desk(vec![(Pulse::Trades, 2), (bars, 1)]);
        desk.heard(btc, bars);
        desk.heard(btc, Pulse::Trades);
        assert!(desk.is_warming_up(btc));
        desk.heard(btc, Pulse::Trades);
        assert!(!desk.is_warming_up(btc) && desk.is_warming_up(eth));
    }

    #[test]
    fn timers_fire_by_time_and_a_name_stands_once() {
        let mut desk = desk(Vec::new());
        let (a, b) = (Label::new("a"), Label::new("b"));
        assert!(desk.set_timer(a, secs(5)) && desk.set_timer(b, secs(3)));
        assert!(desk.set_timer(a, secs(1)));
        assert_eq!(desk.next_due(), Some(secs(1)));
        assert_eq!(desk.take_timer(secs(4)), Some(a));
        assert_eq!(desk.take_timer(secs(4)), Some(b));
        assert_eq!(desk.take_timer(secs(9)), None);
        for number in 0..TIMERS_PER_STRATEGY_MAX {
            assert!(desk.set_timer(Label::new(&format!("t{number}")), secs(9)));
        }
        assert!(!desk.set_timer(a, secs(9)));
        assert!(desk.set_timer(Label::new("t3"), secs(8)));
    }
}
