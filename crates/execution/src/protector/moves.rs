//! What a group should do next. [`next_move`] looks at it as it stands and names one thing to do; it
//! asks for nothing while an answer is missing, so the same group in the same state always says the
//! same, before and after a restart.

use contracts::{Instrument, Qty, Rounding, Side, Ts};

use super::entry::Entry;
use super::exit::{Exit, Purpose, Terms};
use super::guard::{Guard, Scene};
use super::levels::better;

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    Nothing,
    /// Look again then.
    Wait(Ts),
    PlaceStop(Terms),
    PlaceClose(Qty),
    Amend(Terms),
    CancelExit,
    CancelEntry,
    /// What is held costs less than the venue takes. It may be worth more again.
    TooLittle,
    /// The group is over; so much is left that is too small for the venue.
    Drop(Qty),
}

/// What a group should do now.
pub(crate) fn next_move(entry: &Entry, scene: &Scene<'_>) -> Move {
    let Some(guard) = &entry.guard else { return Move::Nothing };
    match &guard.exit {
        Some(exit) if exit.purpose == Purpose::Stop => with_stop(entry, guard, exit, scene),
        // A closing order ends by itself.
        Some(exit) if guard.removed && exit.can_cancel() => Move::CancelExit,
        Some(_) => Move::Nothing,
        None => without_exit(entry, guard, scene),
    }
}

fn without_exit(entry: &Entry, guard: &Guard, scene: &Scene<'_>) -> Move {
    let held = entry.held();
    if guard.removed {
        return Move::Drop(Qty::ZERO);
    }
    if guard.closing.is_some() && entry.done.is_none() && !guard.entry_cancelled {
        return Move::CancelEntry;
    }
    let Some(instrument) = scene.instrument.filter(|_| !held.is_zero()) else {
        let over = held.is_zero() && entry.is_complete();
        return if over { Move::Drop(Qty::ZERO) } else { Move::Nothing };
    };
    let Some(qty) = sellable(held, instrument) else {
        return if entry.is_complete() { Move::Drop(held) } else { Move::Nothing };
    };
    if scene.hands_off {
        return Move::Nothing;
    }
    let stop = match guard.closing {
        Some(_) => None,
        None => match stop_terms(entry, guard, qty, scene) {
            Some(terms) if scene.resting => Some(terms),
            _ => return Move::Nothing,
        },
    };
    let counted = match stop {
        Some(terms) => terms.limit.or(terms.trigger),
        None => scene.mark.and_then(|mark| mark.touch(entry.exit_side())),
    };
    let costs_enough = |qty: &Qty| {
        let cost = counted.map(|price| price.cost(*qty));
        cost.is_none_or(|cost| cost.is_ok_and(|cost| cost >= instrument.cost_min))
    };
    if !costs_enough(&qty) {
        // A stop that cannot rest is watched here, and what is still bought may make it enough.
        let over = guard.closing.is_some() && entry.is_complete();
        return if over { Move::TooLittle } else { Move::Nothing };
    }
    let passes = guard.pace.most.and_then(|most| sellable(most, instrument)).filter(costs_enough);
    let qty = passes.map_or(qty, |most| most.min(qty));
    let wanted =
        stop.map_or(Move::PlaceClose(qty), |terms| Move::PlaceStop(Terms { qty, ..terms }));
    wait_or(guard.pace.not_before, wanted, scene)
}

fn with_stop(entry: &Entry, guard: &Guard, exit: &Exit, scene: &Scene<'_>) -> Move {
    let cancel = if exit.can_cancel() { Move::CancelExit } else { Move::Nothing };
    if guard.removed || !scene.resting {
        return cancel;
    }
    if let Some(closing) = guard.closing {
        // A stop that is trading does its work; one that is not would only be in the way.
        let works = !exit.filled().is_zero();
        let until = closing.since + scene.config.stop_grace;
        return if works { wait_or(until, cancel, scene) } else { cancel };
    }
    let held = entry.held();
    let Some(qty) = scene.instrument.and_then(|instrument| sellable(held, instrument)) else {
        return if exit.rest() > held { cancel } else { Move::Nothing };
    };
    let whole = exit.filled().plus(qty).ok();
    match whole.and_then(|whole| stop_terms(entry, guard, whole, scene)) {
        Some(terms) if !guard.amend_failed => change(entry, guard, exit, terms, scene),
        _ => cancel,
    }
}

/// Whether the resting stop is to be changed to what is wanted: smaller at once, larger and elsewhere
/// when the last refusal is old enough, along with the price when the step is worth it.
fn change(entry: &Entry, guard: &Guard, exit: &Exit, wanted: Terms, scene: &Scene<'_>) -> Move {
    if wanted == exit.terms || !exit.can_change() {
        return Move::Nothing;
    }
    if wanted.qty < exit.terms.qty {
        return Move::Amend(wanted);
    }
    let mut earliest = guard.pace.not_before;
    if wanted.qty == exit.terms.qty && guard.levels.trail.get() > 0 && guard.moved > Ts::ZERO {
        let (Some(from), Some(to)) = (exit.terms.trigger, wanted.trigger) else {
            return Move::Nothing;
        };
        let follows = better(entry.exit_side(), from, to) == to;
        if follows && from.distance(to) < scene.config.trail_step {
            return Move::Nothing;
        }
        if follows {
            earliest = earliest.max(guard.moved + scene.config.trail_every);
        }
    }
    wait_or(earliest, Move::Amend(wanted), scene)
}

fn wait_or(until: Ts, then: Move, scene: &Scene<'_>) -> Move {
    if scene.now < until { Move::Wait(until) } else { then }
}

/// Rounds down to what the venue takes; `None` where that is nothing.
fn sellable(qty: Qty, instrument: &Instrument) -> Option<Qty> {
    let qty = qty.round_to(instrument.lot, Rounding::Floor)?;
    (!qty.is_zero() && qty >= instrument.qty_min).then_some(qty)
}

/// The stop that is wanted for a quantity. One that buys has a worst price, because the gate wants
/// every purchase to have one.
fn stop_terms(entry: &Entry, guard: &Guard, qty: Qty, scene: &Scene<'_>) -> Option<Terms> {
    let tick = scene.instrument?.tick;
    let trigger = entry.trigger(guard, tick)?;
    let limit = match entry.exit_side() {
        Side::Sell => None,
        Side::Buy => {
            let worst = trigger.shifted(scene.slip, Rounding::Floor)?;
            Some(worst.round_to(tick, Rounding::Floor)?)
        }
    };
    Some(Terms { qty, trigger: Some(trigger), limit })
}
