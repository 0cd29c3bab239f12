//! The state of the host, as its snapshot holds it.
//!
//! Taking it back changes nothing: the strategies of the saved roster sit where they sat, with the
//! parameters that they had, whatever the settings say by now. What a strategy cannot take back stays as
//! it was written, and its seat empty, until [`Adopt`](contracts::RosterStep::Adopt) decides about it.

use contracts::{RunId, Symbol, SymbolMap, Ts};
use kernel::{StateError, load_state, save_state};
use portfolio::{Executions, Ledger};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::memory::{Memory, let_go, takes_back};
use super::routes::connect;
use super::seat::Seat;
use super::{Host, TOO_MANY_SYMBOLS};
use crate::desk::Desk;
use crate::hears::{Begin, Hears};
use crate::market::Market;
use crate::setup::Wants;

#[derive(Serialize)]
struct Writing<'a> {
    run: RunId,
    ledger: &'a Ledger,
    executions: &'a Executions,
    markets: SymbolMap<&'a Market>,
    seats: Vec<WritingSeat<'a>>,
    bars_due: Option<Ts>,
    timers_due: Option<Ts>,
}

#[derive(Serialize)]
struct WritingSeat<'a> {
    desk: &'a Desk,
    class: &'a str,
    symbols: &'a [Symbol],
    params: &'a Value,
    wants: &'a Wants,
    listed: bool,
    unannounced: bool,
    memory: Memory,
}

impl<'a> WritingSeat<'a> {
    fn of(seat: &'a Seat) -> Self {
        let Seat { desk, class, symbols, params, wants, listed, unannounced, .. } = seat;
        let (listed, unannounced, memory) = (*listed, *unannounced, Memory::of(seat));
        Self { desk, class, symbols, params, wants, listed, unannounced, memory }
    }
}

#[derive(Deserialize)]
struct Saved {
    run: RunId,
    ledger: Ledger,
    executions: Executions,
    markets: SymbolMap<Market>,
    seats: Vec<SavedSeat>,
    bars_due: Option<Ts>,
    timers_due: Option<Ts>,
}

#[derive(Deserialize)]
struct SavedSeat {
    desk: Desk,
    class: String,
    symbols: Vec<Symbol>,
    params: Value,
    wants: Wants,
    listed: bool,
    unannounced: bool,
    memory: Memory,
}

impl Host {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let state = Writing {
            run: self.config.run,
            ledger: &self.ledger,
            executions: &self.executions,
            markets: self.markets.iter().collect(),
            seats: self.seats.iter().map(WritingSeat::of).collect(),
            bars_due: self.bars_due,
            timers_due: self.timers_due,
        };
        save_state(&state, out);
    }

    pub(super) fn read(&mut self, state: &[u8]) -> Result<(), StateError> {
        let saved: Saved = load_state(state)?;
        if saved.run != self.config.run {
            return Err(StateError::Contradiction("it is of another session"));
        }
        let seats: Vec<Seat> = saved.seats.into_iter().map(|seat| self.seat_of(seat)).collect();
        if !seats.is_sorted_by(|one, next| one.id() < next.id()) {
            return Err(StateError::Contradiction("its strategies are in no order"));
        }
        let connected = connect(&seats, &self.config);
        let (markets, routes) = connected.ok_or(StateError::Contradiction(TOO_MANY_SYMBOLS))?;
        (self.seats, self.markets, self.routes) = (seats, markets, routes);
        for (symbol, market) in saved.markets.iter() {
            self.markets.take_back(symbol, market);
        }
        (self.ledger, self.executions) = (saved.ledger, saved.executions);
        (self.bars_due, self.timers_due) = (saved.bars_due, saved.timers_due);
        Ok(())
    }

    fn seat_of(&self, saved: SavedSeat) -> Seat {
        let SavedSeat { desk, class, symbols, params, wants, listed, unannounced, memory } = saved;
        let begin = self.begin_of(&class).filter(|_| listed);
        let (strategy, lost) = match memory {
            Memory::None => (None, None),
            Memory::Of(state) => match begun_with(begin, (&params, &symbols), &state) {
                Some(strategy) => (Some(strategy), None),
                None => (None, Some(Memory::Of(state))),
            },
            Memory::Unwritable => (None, Some(Memory::Unwritable)),
        };
        let words = String::new();
        Seat {
            desk,
            class,
            symbols,
            params,
            wants,
            listed,
            strategy,
            lost,
            begin,
            words,
            unannounced,
        }
    }

    /// How a strategy of that class begins, if anybody here knows.
    fn begin_of(&self, class: &str) -> Option<Begin> {
        let wanted = self.wanted.iter().find(|wanted| wanted.class == class);
        let begin = wanted.map(|wanted| wanted.begin);
        begin.or_else(|| self.classes.class(class).ok().map(|class| class.begin))
    }
}

/// A strategy that has begun and taken back what it knew; nothing where it cannot.
pub(super) fn begun_with(
    begin: Option<Begin>,
    (params, symbols): (&Value, &[Symbol]),
    state: &serde_json::value::RawValue,
) -> Option<Box<dyn Hears>> {
    let mut strategy = begin?(params, symbols).ok()?.strategy;
    if takes_back(strategy.as_mut(), state) {
        return Some(strategy);
    }
    let_go(Some(strategy));
    None
}
