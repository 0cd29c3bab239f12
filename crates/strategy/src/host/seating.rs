//! Who sits where: what the settings ask for, what a restart changes, and what must hold before the state
//! is kept.
//!
//! Taking back a state changes nothing. What a start with other settings, or with a build that cannot read
//! what a strategy had saved, is to change comes as an input after the replay: `Adopt` changes the seats and
//! says nothing, the shell keeps the whole state, and `Announce` says what has changed. A replay therefore
//! never crosses a change of the roster that it could not repeat.

use contracts::{RosterControl, RosterStep, Source};
use kernel::Outbox;

use super::memory::comes_back;
use super::quarantine::announce;
use super::routes::connect;
use super::seat::Seat;
use super::{Host, TOO_MANY_SYMBOLS};
use crate::desk::Fault;

impl Host {
    /// The shell says what is about to happen; nobody else may.
    #[cold]
    pub(super) fn roster(&mut self, from: Source, told: RosterControl, out: &mut Outbox<'_>) {
        match told.step {
            _ if from != Source::Runtime => {}
            RosterStep::Adopt => self.adopt(out),
            RosterStep::Announce => self.announce_changes(out),
            RosterStep::Keep => self.before_keeping(out),
            // No number of an intent is given twice in any case, and what became of them is told by those who know.
            RosterStep::Forget => {}
        }
    }

    /// Takes the strategies and policies that the settings name now.
    fn adopt(&mut self, out: &mut Outbox<'_>) {
        let mut left = std::mem::take(&mut self.seats);
        for wanted in &self.wanted {
            let place = left.iter().position(|seat| seat.id() == wanted.id);
            let mut seat =
                place.map_or_else(|| Seat::empty_for(wanted), |place| left.swap_remove(place));
            seat.adopt(wanted);
            self.seats.push(seat);
        }
        left.iter_mut().for_each(Seat::depart);
        self.seats.append(&mut left);
        self.seats.sort_by_key(Seat::id);
        self.pay_in_new();
        let Some((markets, routes)) = connect(&self.seats, &self.config) else {
            return out.halt(TOO_MANY_SYMBOLS);
        };
        let before = std::mem::replace(&mut self.markets, markets);
        self.routes = routes;
        for (symbol, market) in before.iter() {
            self.markets.take_back(symbol, market);
        }
        for seat in &mut self.seats {
            if !comes_back(seat) {
                seat.break_off(Fault::StateUnwritable);
            }
        }
    }

    /// Whoever has no purse yet gets the cash to start with. Who has one was paid, whether there is a seat
    /// for it or not.
    fn pay_in_new(&mut self) {
        for (strategy, asset, share) in &self.config.cash {
            let pool = self.config.pool.iter().find(|(of, _)| of == asset);
            let paid = self.ledger.endow(*strategy, *asset, *share, pool.map(|(_, all)| *all));
            let seat = self.seats.iter_mut().find(|seat| seat.id() == *strategy);
            if let (Err(_), Some(seat)) = (paid, seat) {
                seat.break_off(Fault::BooksUnsure);
            }
        }
    }

    /// Says what taking the seats has changed.
    fn announce_changes(&mut self, out: &mut Outbox<'_>) {
        for place in 0..self.seats.len() {
            let seat = &mut self.seats[place];
            if std::mem::take(&mut seat.unannounced) {
                announce(seat, out);
            }
            self.look_after(place, out);
        }
        self.set_strategy_timer(out);
        self.set_bar_timer(out);
    }

    /// Quarantines whoever could not be taken back from a state that is kept now.
    fn before_keeping(&mut self, out: &mut Outbox<'_>) {
        for place in 0..self.seats.len() {
            if !comes_back(&self.seats[place]) {
                self.quarantine(place, Fault::StateUnwritable, out);
            }
        }
        self.set_strategy_timer(out);
    }
}
