//! The state of the host, as its snapshot holds it.
//!
//! A snapshot is taken back by a host of the same session. Its roster may be another one: a strategy
//! that is new begins, one that is gone has its orders cancelled and its numbers kept, and one whose
//! class or parameters differ begins anew with its own orders and books.

use std::panic::{AssertUnwindSafe, catch_unwind};

use contracts::{RunId, StrategyRun, Symbol, SymbolMap, Ts};
use kernel::{StateError, load_state, save_state};
use portfolio::Ledger;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::Host;
use super::routes::connect;
use super::seat::Seat;
use crate::desk::{Desk, Fault};
use crate::market::Market;
use crate::roster::StatePolicy;

#[derive(Serialize)]
struct Writing<'a> {
    run: RunId,
    ledger: &'a Ledger,
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
    memory: Memory,
    /// What a restart has changed has not been said yet.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    unsettled: bool,
}

impl<'a> WritingSeat<'a> {
    fn of(seat: &'a Seat) -> Self {
        let Seat { desk, class, symbols, params, .. } = seat;
        let unsettled = seat.unannounced || seat.just_emptied;
        Self { desk, class, symbols, params, memory: Memory::of(seat), unsettled }
    }
}

#[derive(Deserialize)]
struct Saved {
    run: RunId,
    ledger: Ledger,
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
    memory: Memory,
    #[serde(default)]
    unsettled: bool,
}

/// A strategy's own state.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Memory {
    /// The seat was empty.
    None,
    /// It could not be written.
    Unwritable,
    /// As JSON.
    Of(Box<RawValue>),
}

impl Memory {
    fn of(seat: &Seat) -> Self {
        let Some(strategy) = &seat.strategy else { return Self::None };
        // Unwind safety: the strategy is only read, and what it wrote is thrown away.
        let written = catch_unwind(AssertUnwindSafe(|| strategy.save()));
        let written = written.ok().flatten().and_then(|text| RawValue::from_string(text).ok());
        written.map_or(Self::Unwritable, Self::Of)
    }
}

impl Host {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let state = Writing {
            run: self.config.run,
            ledger: &self.ledger,
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
        self.seats.retain(Seat::is_listed);
        for seat in &mut self.seats {
            let begun = seat.begin_anew();
            begun.map_err(|_| StateError::Contradiction("a strategy does not begin any more"))?;
        }
        self.ledger = saved.ledger;
        self.pay_in_new()?;
        for saved in saved.seats {
            let place = self.seats.partition_point(|seat| seat.id() < saved.desk.strategy);
            match self.seats.get_mut(place).filter(|seat| seat.id() == saved.desk.strategy) {
                Some(seat) => take_back(seat, saved),
                None => self.seats.insert(place, departed(saved)),
            }
        }
        let connected = connect(&self.seats, &self.config);
        let too_many = StateError::Contradiction("more symbols than a session may have");
        (self.markets, self.routes) = connected.ok_or(too_many)?;
        for (symbol, market) in saved.markets.iter() {
            self.markets.take_back(symbol, market);
        }
        (self.bars_due, self.timers_due) = (saved.bars_due, saved.timers_due);
        self.unsettled = true;
        Ok(())
    }

    /// Whoever the saved ledger does not know yet gets the cash to start with. Who has a purse was paid,
    /// whether there is a seat for it or not.
    fn pay_in_new(&mut self) -> Result<(), StateError> {
        for (strategy, asset, amount) in &self.config.cash {
            let is_paid = |(owner, held, _)| owner == Some(*strategy) && held == *asset;
            if !self.ledger.purses().any(is_paid) {
                let paid = self.ledger.deposit(*strategy, *asset, *amount);
                paid.map_err(|_| StateError::Contradiction("the ledger has no room for more"))?;
            }
        }
        Ok(())
    }
}

/// Puts back what was kept for a strategy that has just begun anew, and its own state where that
/// still fits.
fn take_back(seat: &mut Seat, saved: SavedSeat) {
    let SavedSeat { desk, class, symbols, params, memory, unsettled } = saved;
    seat.desk = desk;
    let fresh = seat.policy == StatePolicy::Fresh;
    if seat.desk.is_quarantined() {
        if !fresh {
            (seat.unannounced, seat.just_emptied) = (unsettled, unsettled);
            return seat.vacate();
        }
        (seat.desk.run, seat.desk.fault) = (StrategyRun::Running, None);
        seat.unannounced = true;
    }
    let same = !fresh && class == seat.class && params == seat.params;
    match memory {
        Memory::Of(state) if same => {
            let new = seat.symbols.iter().filter(|symbol| !symbols.contains(symbol));
            let new: Vec<Symbol> = new.copied().collect();
            seat.desk.extend_warm_up(&new, &seat.wants);
            remember(seat, &state);
        }
        Memory::Unwritable if same => break_off(seat),
        Memory::Of(_) | Memory::Unwritable | Memory::None => {
            // What it waited for, it will ask for again.
            seat.desk.cancel_timers();
            seat.desk.begin_warm_up(&seat.symbols, &seat.wants);
        }
    }
}

fn remember(seat: &mut Seat, state: &RawValue) {
    let Some(strategy) = seat.strategy.as_deref_mut() else { return };
    // Unwind safety: a strategy that panics here is dropped and never called again.
    let loaded = catch_unwind(AssertUnwindSafe(|| strategy.load(state.get())));
    if !matches!(loaded, Ok(Ok(()))) {
        break_off(seat);
    }
}

fn break_off(seat: &mut Seat) {
    seat.quarantine(Fault::StateUnreadable);
    (seat.unannounced, seat.just_emptied) = (true, true);
}

/// The seat of a strategy that is not in the roster any more.
fn departed(saved: SavedSeat) -> Seat {
    let SavedSeat { desk, class, symbols, params, memory, unsettled } = saved;
    let mut seat = Seat::departed(desk, class, symbols, params);
    seat.vacate();
    seat.just_emptied = unsettled || !matches!(memory, Memory::None);
    seat
}
