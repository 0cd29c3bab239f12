//! A group: what guards one entry. It has at most one exit order, because one inventory can be offered
//! once. It learns from facts and prices here; what it does is decided in `moves`.

use contracts::{Bps, Instrument, Mark, OrderUpdate, Price, Qty, Side, Ts, VenueReason};
use serde::{Deserialize, Serialize};

use super::config::ProtectorConfig;
use super::entry::Entry;
use super::exit::{Exit, Purpose, Standing};
use super::levels::{Levels, better, is_reached, is_through, nearer};
use super::pace::Pace;

/// Which level was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Why {
    Stop,
    Target,
}

/// A level was reached: the group closes, and nothing turns it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Closing {
    pub(crate) why: Why,
    pub(crate) since: Ts,
}

/// The guard of an entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Guard {
    pub(crate) levels: Levels,
    /// It is to go away as soon as its exit is over.
    pub(crate) removed: bool,
    pub(crate) exit: Option<Exit>,
    pub(crate) closing: Option<Closing>,
    /// The best price since the entry; what a trailing stop is measured from.
    best: Option<Price>,
    pub(crate) pace: Pace,
    /// Since when the price is beyond a stop that rests at the venue.
    crossed: Option<Ts>,
    /// When the venue's stop was last moved.
    pub(crate) moved: Ts,
    /// The venue refused a change: the next one is a new order.
    pub(crate) amend_failed: bool,
    /// The rest of the entry was cancelled, so that nothing is bought while all is sold.
    pub(crate) entry_cancelled: bool,
    /// A closing order should be over by then.
    pub(crate) overdue: Ts,
    pub(crate) timer: u32,
}

/// What a group looks at.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) now: Ts,
    pub(crate) config: &'a ProtectorConfig,
    pub(crate) instrument: Option<&'a Instrument>,
    pub(crate) mark: Option<&'a Mark>,
    /// How far beyond its trigger a stop that buys may trade.
    pub(crate) slip: Bps,
    /// Whether stops may rest at the venue.
    pub(crate) resting: bool,
    /// Whether somebody else closes everything.
    pub(crate) hands_off: bool,
}

/// The prices by which levels are watched here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watched {
    /// What stops are measured by, here as at the venue: the last trade.
    pub(crate) last: Price,
    /// What an exit would meet.
    pub(crate) touch: Price,
}

impl Guard {
    pub(crate) fn new(levels: Levels, timer: u32) -> Self {
        Self {
            levels,
            removed: false,
            exit: None,
            closing: None,
            best: None,
            pace: Pace::fresh(Ts::ZERO),
            crossed: None,
            moved: Ts::ZERO,
            amend_failed: false,
            entry_cancelled: false,
            overdue: Ts::MAX,
            timer,
        }
    }

    /// Other levels from now on; none removes the guard.
    pub(crate) fn replace(&mut self, levels: Levels) {
        self.levels = levels;
        self.removed = levels.is_none();
        // A trailing stop is moved at once to where it is wanted now.
        self.moved = Ts::ZERO;
    }

    /// A price is known that may be the best so far.
    pub(crate) fn improve(&mut self, exit: Side, price: Price) {
        self.best = Some(self.best.map_or(price, |best| better(exit, best, price)));
    }

    pub(crate) fn close(&mut self, why: Why, now: Ts) {
        if self.closing.is_none() {
            self.closing = Some(Closing { why, since: now });
            (self.pace, self.crossed) = (Pace::fresh(now), None);
        }
    }

    /// A part of the exit has traded.
    pub(crate) fn exit_trades(&mut self, now: Ts, qty: Qty) {
        if let Some(exit) = self.exit.as_mut() {
            exit.book(qty);
        }
        self.close_if_trading(now);
    }

    /// The exit learns where it stands; why a change of it was refused, if one was.
    pub(crate) fn exit_hears(&mut self, now: Ts, update: &OrderUpdate) -> Option<VenueReason> {
        let exit = self.exit.as_mut()?;
        let before = exit.standing;
        let refused = exit.hear(update);
        if before != exit.standing && exit.standing == Standing::Live {
            self.pace.went_well();
        }
        self.close_if_trading(now);
        refused
    }

    /// A stop that has begun to trade closes its group.
    fn close_if_trading(&mut self, now: Ts) {
        let trades = |exit: &Exit| exit.purpose == Purpose::Stop && !exit.filled().is_zero();
        if self.exit.as_ref().is_some_and(trades) {
            self.close(Why::Stop, now);
        }
    }

    /// The exit is over; whether a person should be told that it was in vain.
    pub(crate) fn exit_over(&mut self, scene: &Scene<'_>) -> Option<(Exit, bool)> {
        let exit = self.exit.take()?;
        (self.crossed, self.amend_failed, self.overdue) = (None, false, Ts::MAX);
        // A stop that was cancelled, by us or by a trip, has not failed.
        let called_off = exit.cancelling || exit.purpose == Purpose::Stop && !scene.resting;
        let mut tell = false;
        if !exit.filled().is_zero() {
            self.pace = Pace::fresh(scene.now + scene.config.retry_first);
        } else if called_off {
            self.pace.not_before = scene.now;
        } else {
            tell = self.pace.failed(scene.now, scene.config);
        }
        Some((exit, tell))
    }

    /// The gate refuses the change of the exit that is under way; whether that was in vain.
    pub(crate) fn change_refused(&mut self) -> bool {
        let Some(exit) = self.exit.as_mut() else { return false };
        let Some(change) = exit.change.take() else { return false };
        if change.terms.qty < exit.terms.qty {
            // It offers more than is held, so it cannot stay as it is.
            self.change_failed();
            return false;
        }
        // It guards a part, and the rest is asked for again later.
        true
    }

    /// The venue refused a change of the exit: the next attempt is another order.
    pub(crate) fn change_failed(&mut self) {
        self.amend_failed = true;
    }
}

impl Entry {
    /// Where the stop stands, on the tick.
    pub(crate) fn trigger(&self, guard: &Guard, tick: Price) -> Option<Price> {
        let (exit, average) = (self.exit_side(), self.average()?);
        let best = guard.best.unwrap_or(average);
        let stop = guard.levels.stop_at(exit, average, best)?;
        stop.round_to(tick, nearer(exit))
    }

    /// Looks at a price: is it the best so far, is a level reached?
    pub(crate) fn watch(&mut self, watched: Watched, scene: &Scene<'_>) {
        let (exit, held, average) = (self.exit_side(), self.held(), self.average());
        let (Some(average), Some(instrument)) = (average, scene.instrument) else { return };
        let Some(mut guard) = self.guard.take() else { return };
        if !held.is_zero() && !guard.removed && guard.closing.is_none() && !scene.hands_off {
            guard.improve(exit, watched.last);
            let target = guard.levels.target_at(exit, average);
            if target.is_some_and(|target| is_reached(exit, watched.touch, target)) {
                guard.close(Why::Target, scene.now);
            } else {
                let stop = self.trigger(&guard, instrument.tick);
                guard.watch_stop(exit, watched.last, stop, scene);
            }
        }
        self.guard = Some(guard);
    }
}

impl Guard {
    /// A stop at the venue is given time to do its work; without one, it is done here.
    fn watch_stop(&mut self, side: Side, last: Price, stop: Option<Price>, scene: &Scene<'_>) {
        let resting = self.exit.as_ref().and_then(|exit| exit.terms.trigger);
        if resting.or(stop).is_none_or(|stop| !is_through(side, last, stop)) {
            self.crossed = None;
            return;
        }
        let since = *self.crossed.get_or_insert(scene.now);
        if self.exit.is_none() || scene.now >= since + scene.config.stop_grace {
            self.close(Why::Stop, scene.now);
        }
    }

    /// When there is something to look at although nothing is heard.
    pub(crate) fn deadline(&self, scene: &Scene<'_>) -> Option<Ts> {
        let crossed = self.crossed.map(|since| since + scene.config.stop_grace);
        let overdue = Some(self.overdue).filter(|at| *at < Ts::MAX);
        [crossed, overdue].into_iter().flatten().filter(|at| *at > scene.now).min()
    }
}
