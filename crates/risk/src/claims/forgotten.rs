//! Orders of a past that is forgotten.
//!
//! The chain of this process was broken. What it granted behind the break it does not know, and others do: whoever asks
//! tells every intent of that time once more, and the gateway what became of those that were granted. Until both must
//! have been heard, everything asked for claims what it would if it had been granted.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{Fill, OrderId, OrderSpec, OrderUpdate, Qty, StrategyId, Symbol};
use serde::{Deserialize, Serialize};

use super::{Claim, Claims, Moved};

/// So many orders of a past that is forgotten are remembered; more than are asked for between two states that are kept.
const ORDERS_MAX: usize = 16_384;
/// The number of a change of which nobody here knows which it was given. Grants begin with one.
const UNNUMBERED: u32 = 0;
/// So many changes of one order may have been asked for in that past.
const CHANGES_MAX: usize = 256;

/// What is heard of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Forgotten {
    /// There ever was such a past: who was away may tell of it at any time.
    was_ever: bool,
    /// Not all of it need have been heard yet.
    is_open: bool,
    /// Claims of what was asked for, of which the gateway has told nothing: it may have been refused.
    perhaps: BTreeSet<OrderId>,
    /// Orders of which the gateway tells, and of which nobody has been heard who asked for them; or only that somebody
    /// asked for them, of what had no rules yet.
    strangers: BTreeMap<OrderId, Stranger>,
    /// Something found no room in this step.
    #[serde(skip)]
    overflows: bool,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Stranger {
    symbol: Symbol,
    booked: Qty,
    told: Option<OrderUpdate>,
}

impl Stranger {
    const fn of(symbol: Symbol) -> Self {
        Self { symbol, booked: Qty::ZERO, told: None }
    }

    /// What of it has traded is booked when it is told, before or after.
    fn is_over(&self) -> bool {
        self.told.is_some_and(|told| told.state.is_done())
    }
}

impl Forgotten {
    /// Whether an order of that instrument is open of which nobody knows what it does.
    fn has_stranger(&self, symbol: Symbol) -> bool {
        let here = |stranger: &Stranger| stranger.symbol == symbol && !stranger.is_over();
        self.strangers.values().any(here)
    }

    /// Whether an order of that instrument may be open of which too little is known.
    pub(super) fn may_have(&self, symbol: Symbol) -> bool {
        self.is_open || self.has_stranger(symbol)
    }

    /// Something is heard of an order of that id, which nobody has a claim of.
    fn hears_of(&mut self, id: OrderId, symbol: Symbol, heard: impl FnOnce(&mut Stranger)) {
        if !self.was_ever {
            return;
        }
        if self.strangers.len() < ORDERS_MAX {
            self.strangers.entry(id).or_insert(Stranger::of(symbol));
        }
        self.overflows |= !self.strangers.contains_key(&id);
        let Some(stranger) = self.strangers.get_mut(&id) else { return };
        heard(stranger);
        if stranger.is_over() && !self.is_open {
            self.strangers.remove(&id);
        }
    }
}

impl Claims {
    /// The past is forgotten, from some record on; or more of it is heard.
    pub(crate) fn forget(&mut self) {
        (self.forgotten.was_ever, self.forgotten.is_open) = (true, true);
    }

    /// Whether there was no room to remember what was heard last. It is asked once.
    pub(crate) fn has_overflown(&mut self) -> bool {
        std::mem::take(&mut self.forgotten.overflows)
    }

    /// Whether an order of that instrument is open of which nobody knows what it does.
    pub(crate) fn has_stranger(&self, symbol: Symbol) -> bool {
        self.forgotten.has_stranger(symbol)
    }

    /// An order of that instrument was asked for, which has no rules yet to judge it by.
    pub(crate) fn strange(&mut self, id: OrderId, symbol: Symbol) {
        self.forgotten.hears_of(id, symbol, |_| {});
    }

    /// The gateway tells how an order stands.
    pub(crate) fn told(&mut self, update: &OrderUpdate) -> Option<Moved> {
        self.forgotten.perhaps.remove(&update.id);
        let is_open = self.forgotten.is_open;
        let moved = self.change(update.id, |claim| {
            claim.update(update);
            // Whoever knows how it stands has settled what was under way.
            if !is_open {
                claim.settle_unnumbered();
            }
        });
        if moved.is_none() {
            let told = |stranger: &mut Stranger| stranger.told = Some(*update);
            self.forgotten.hears_of(update.id, update.symbol, told);
        }
        moved
    }

    /// The gateway tells of an execution.
    pub(crate) fn executed(&mut self, fill: &Fill) -> Option<Moved> {
        self.forgotten.perhaps.remove(&fill.id);
        let more = |booked: Qty| booked.plus(fill.qty).unwrap_or(booked);
        let moved = self.change(fill.id, |claim| claim.booked = more(claim.booked));
        if moved.is_none() {
            let booked = |stranger: &mut Stranger| stranger.booked = more(stranger.booked);
            self.forgotten.hears_of(fill.id, fill.symbol, booked);
        }
        moved
    }

    /// That was asked for in the past, and granted perhaps; the intent is heard for the first time.
    pub(crate) fn perhaps(&mut self, id: OrderId, mut claim: Claim) -> Option<Moved> {
        if self.forgotten.perhaps.len() >= ORDERS_MAX {
            self.forgotten.overflows = true;
            return None;
        }
        claim.unknown = true;
        if let Some(Stranger { booked, told, .. }) = self.forgotten.strangers.remove(&id) {
            claim.booked = booked;
            if let Some(told) = told {
                claim.update(&told);
            }
        } else {
            self.forgotten.perhaps.insert(id);
        }
        (!claim.is_finished()).then(|| self.insert(id, claim))
    }

    /// Whether that may be an order, and may have been refused.
    pub(crate) fn is_perhaps(&self, id: OrderId) -> bool {
        self.forgotten.perhaps.contains(&id)
    }

    /// That change was asked for in the past, and granted perhaps.
    pub(crate) fn perhaps_changed(
        &mut self,
        id: OrderId,
        who: StrategyId,
        change: impl FnOnce(&OrderSpec) -> Option<OrderSpec>,
    ) -> Option<Moved> {
        let claim = self.open.get(&id).filter(|claim| claim.corr.strategy == who)?;
        let spec = change(&claim.spec)?;
        if claim.pending.len() >= CHANGES_MAX {
            self.forgotten.overflows = true;
            return None;
        }
        self.change(id, |claim| claim.pending.push((UNNUMBERED, spec)))
    }

    /// Whoever had anything to tell of that past has told it: of what is left, nothing was granted.
    pub(crate) fn remember(&mut self) -> Vec<Moved> {
        let perhaps = std::mem::take(&mut self.forgotten.perhaps);
        self.forgotten.is_open = false;
        // Of what was only asked for, nothing was granted either.
        let is_open = |stranger: &Stranger| stranger.told.is_some() && !stranger.is_over();
        self.forgotten.strangers.retain(|_, stranger| is_open(stranger));
        let ids: Vec<OrderId> = self.open.keys().copied().collect();
        let moved = ids.into_iter().filter_map(|id| {
            self.change(id, |claim| {
                claim.settle_unnumbered();
                if perhaps.contains(&id) {
                    claim.final_filled = Some(claim.booked);
                }
            })
        });
        moved.collect()
    }
}

impl Claim {
    /// The change of unknown number that leaves the order as it is told to stand.
    pub(super) fn take_unnumbered(&mut self, told: &OrderUpdate) -> Option<OrderSpec> {
        let made = |(number, spec): &(u32, OrderSpec)| {
            *number == UNNUMBERED && (spec.qty(), spec.limit()) == (told.qty, told.limit)
        };
        let place = self.pending.iter().position(made)?;
        Some(self.pending.remove(place).1)
    }

    /// No change of unknown number is under way any more, unless nobody knows how the order stands.
    fn settle_unnumbered(&mut self) {
        if !self.unknown {
            self.pending.retain(|(number, _)| *number != UNNUMBERED);
        }
    }
}
