//! The story of one order, from the intent to its end.

use contracts::{
    Corr, Fill, Label, Money, OrderId, OrderSpec, OrderState, OrderUpdate, Price, Qty, Reason,
    Report, Rounding, Says, Side, Symbol, Ts, VenueReason, VenueRef,
};
use serde::{Deserialize, Serialize};

/// The most moments of a story that are kept; more are counted.
const MOMENTS_MAX: usize = 32;
/// The most executions of an order that are told apart.
const EXECUTIONS_MAX: usize = 1_024;
/// Fees of one order come in few currencies.
const FEE_ASSETS_MAX: usize = 4;

/// Something that happened to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// When.
    pub at: Ts,
    /// What.
    pub what: What,
}

/// What can happen to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// Somebody asked for it.
    Asked,
    /// The gate let it pass.
    Approved,
    /// The gate refused it, or a change of it.
    Refused {
        /// By which rule.
        reason: Reason,
    },
    /// Somebody asked for a change.
    AmendAsked,
    /// The gate let the change pass.
    AmendApproved,
    /// Somebody asked for its end.
    CancelAsked,
    /// It went to the venue.
    Sent,
    /// Its fate is asked for.
    Queried,
    /// The venue spoke.
    VenueSaid {
        /// What.
        says: Says,
        /// Why.
        reason: VenueReason,
    },
    /// It stands somewhere else now.
    Moved {
        /// Where.
        state: OrderState,
        /// Why.
        reason: VenueReason,
    },
    /// A part of it traded.
    Filled {
        /// How much.
        qty: Qty,
        /// At which price.
        price: Price,
    },
    /// A guard was granted for what it buys or sells.
    Guarded,
}

/// Where the venue has the order, by its own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtVenue {
    /// It has not spoken of it.
    Unheard,
    Live,
    Over,
}

/// What is known of one order.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) id: OrderId,
    pub(crate) corr: Option<Corr>,
    pub(crate) began: Ts,
    pub(crate) moved: Ts,
    pub(crate) spec: Option<OrderSpec>,
    pub(crate) why: Label,
    pub(crate) symbol: Option<Symbol>,
    pub(crate) state: Option<OrderState>,
    pub(crate) reason: VenueReason,
    pub(crate) qty: Qty,
    pub(crate) filled: Qty,
    pub(crate) limit: Option<Price>,
    pub(crate) trigger: Option<Price>,
    pub(crate) venue_ref: Option<VenueRef>,
    pub(crate) venue: AtVenue,
    /// What has traded by our fills, and what that came to; kept apart from what updates say.
    pub(crate) traded: Qty,
    pub(crate) worth: Money,
    pub(crate) fees: Vec<(contracts::Asset, Money)>,
    executions: Vec<VenueRef>,
    /// Those of which we have told.
    told: Vec<VenueRef>,
    pub(crate) moments: Vec<Moment>,
    pub(crate) moments_more: u64,
}

impl Story {
    pub(crate) fn new(id: OrderId, at: Ts) -> Self {
        Self {
            id,
            corr: None,
            began: at,
            moved: at,
            spec: None,
            why: Label::NONE,
            symbol: None,
            state: None,
            reason: VenueReason::None,
            qty: Qty::ZERO,
            filled: Qty::ZERO,
            limit: None,
            trigger: None,
            venue_ref: None,
            venue: AtVenue::Unheard,
            traded: Qty::ZERO,
            worth: Money::ZERO,
            fees: Vec::new(),
            executions: Vec::new(),
            told: Vec::new(),
            moments: Vec::new(),
            moments_more: 0,
        }
    }

    /// Whether it may still trade, as far as we were told.
    pub(crate) fn is_open(&self) -> bool {
        self.state.is_some_and(|state| !state.is_done())
    }

    /// Whether the gate refused it, so that it never came to be: what is asked for about it later changes nothing.
    pub(crate) fn was_refused(&self) -> bool {
        let met = |is: fn(&What) -> bool| self.moments.iter().any(|moment| is(&moment.what));
        self.state.is_none()
            && met(|what| matches!(what, What::Refused { .. }))
            && !met(|what| matches!(what, What::Approved))
    }

    /// Whether it may still trade by either side's word.
    pub(crate) fn is_alive(&self) -> bool {
        self.is_open() || self.venue == AtVenue::Live
    }

    pub(crate) fn side(&self) -> Option<Side> {
        self.spec.map(|spec| spec.side())
    }

    pub(crate) fn note(&mut self, at: Ts, what: What) {
        self.moved = self.moved.max(at);
        if self.moments.len() < MOMENTS_MAX {
            self.moments.push(Moment { at, what });
        } else {
            // The beginning is kept, and the latest in the last place.
            self.moments_more += 1;
            self.moments[MOMENTS_MAX - 1] = Moment { at, what };
        }
    }

    /// What it is for, as it was asked for or approved.
    pub(crate) fn is_for(&mut self, spec: OrderSpec) {
        self.spec = Some(spec);
        self.symbol = Some(spec.symbol());
        (self.qty, self.limit, self.trigger) = (spec.qty(), spec.limit(), spec.trigger());
    }

    /// The gate lets a change pass; it holds once the gateway says so, triggers excepted, of which
    /// updates do not speak.
    pub(crate) fn may_become(&mut self, spec: OrderSpec) {
        self.trigger = spec.trigger();
    }

    pub(crate) fn update(&mut self, at: Ts, update: &OrderUpdate) {
        if self.state != Some(update.state) {
            self.note(at, What::Moved { state: update.state, reason: update.reason });
        }
        (self.state, self.reason) = (Some(update.state), update.reason);
        (self.qty, self.filled) = (update.qty, update.filled);
        self.symbol = Some(update.symbol);
        self.limit = update.limit.or(self.limit);
        self.venue_ref = update.venue_ref.or(self.venue_ref);
    }

    /// A fill of ours, told once.
    pub(crate) fn fill(&mut self, at: Ts, fill: &Fill) {
        self.note(at, What::Filled { qty: fill.qty, price: fill.price });
        self.symbol = Some(fill.symbol);
        self.traded = self.traded.plus(fill.qty).unwrap_or(self.traded);
        let cost = fill.price.cost(fill.qty).unwrap_or(Money::ZERO);
        self.worth = self.worth.plus(cost).unwrap_or(self.worth);
        let known = self.fees.iter().position(|(asset, _)| *asset == fill.fee_asset);
        if let Some(known) = known {
            let sum = &mut self.fees[known].1;
            *sum = sum.plus(fill.fee).unwrap_or(*sum);
        } else if self.fees.len() < FEE_ASSETS_MAX {
            self.fees.push((fill.fee_asset, fill.fee));
        }
    }

    /// The average price of what has traded.
    pub(crate) fn average(&self) -> Option<Price> {
        self.worth.per(self.traded, Rounding::HalfUp)
    }

    /// What the venue reports of it. Nothing revives what it has called over.
    pub(crate) fn reported(&mut self, at: Ts, report: &Report) {
        let (says, reason) = (report.says, report.reason);
        let was = self.venue;
        if says.final_state().is_some() {
            self.venue = AtVenue::Over;
        } else if was != AtVenue::Over && says_it_is_live(says) {
            self.venue = AtVenue::Live;
        }
        self.symbol = report.symbol.or(self.symbol);
        if was != self.venue {
            self.note(at, What::VenueSaid { says, reason });
        }
    }

    /// Whether a fill of that execution was not told before, as far as is remembered.
    pub(crate) fn fills_with(&mut self, exec: VenueRef) -> bool {
        let is_new = !self.told.contains(&exec);
        if is_new && self.told.len() < EXECUTIONS_MAX {
            self.told.push(exec);
        }
        is_new
    }

    /// Whether that execution of the venue is new.
    pub(crate) fn executes(&mut self, exec: VenueRef) -> bool {
        if self.executions.contains(&exec) || self.executions.len() >= EXECUTIONS_MAX {
            return false;
        }
        self.executions.push(exec);
        true
    }
}

/// A refused change or cancel may be of an order that never came there.
fn says_it_is_live(says: Says) -> bool {
    matches!(says, Says::Accepted | Says::Amended | Says::Working)
}
