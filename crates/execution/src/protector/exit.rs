//! An exit order of a group: asked for, granted, live, changed, and over.
//!
//! What of it has traded is the larger of what fills and what updates say, because either may come
//! first. It never guesses: an exit ends only by a refusal or by an update that says that it is done.

use contracts::{IntentSeq, OrderId, OrderSpec, OrderState, OrderUpdate, Price, Qty, VenueReason};
use risk::Approved;
use serde::{Deserialize, Serialize};

/// What an exit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Purpose {
    /// It waits at the venue for the price to reach its trigger.
    Stop,
    /// It closes at once, or ends.
    Close,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// Asked for; the gate has not answered.
    Asked,
    /// Granted; the venue has not answered, or its answer is missing.
    Granted,
    /// At the venue.
    Live,
}

/// What an exit is for, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// The whole quantity, what has traded included.
    pub(crate) qty: Qty,
    pub(crate) trigger: Option<Price>,
    pub(crate) limit: Option<Price>,
}

/// A change that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) intent: IntentSeq,
    /// The number of its approval, once there is one.
    pub(crate) number: Option<u32>,
    pub(crate) terms: Terms,
}

/// An exit order that is not over.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Exit {
    pub(crate) id: OrderId,
    pub(crate) intent: IntentSeq,
    pub(crate) purpose: Purpose,
    pub(crate) standing: Standing,
    pub(crate) terms: Terms,
    pub(crate) change: Option<Change>,
    /// Its end is asked for.
    pub(crate) cancelling: bool,
    /// The last change that an update settled, and why it was refused if it was.
    settled: Option<(u32, VenueReason)>,
    /// What updates say has traded.
    told: Qty,
    /// What fills say has traded.
    booked: Qty,
}

impl Exit {
    pub(crate) fn new(id: OrderId, intent: IntentSeq, purpose: Purpose, terms: Terms) -> Self {
        Self {
            id,
            intent,
            purpose,
            standing: Standing::Asked,
            terms,
            change: None,
            cancelling: false,
            settled: None,
            told: Qty::ZERO,
            booked: Qty::ZERO,
        }
    }

    /// What of it has traded, as far as anybody has said.
    pub(crate) fn filled(&self) -> Qty {
        self.told.max(self.booked)
    }

    /// The most that it may still trade.
    pub(crate) fn rest(&self) -> Qty {
        let changed = self.change.map_or(Qty::ZERO, |change| change.terms.qty);
        self.terms.qty.max(changed).saturating_minus(self.filled())
    }

    /// Whether it can be changed now.
    pub(crate) fn can_change(&self) -> bool {
        self.standing == Standing::Live && self.change.is_none() && !self.cancelling
    }

    /// Whether its end can be asked for now.
    pub(crate) fn can_cancel(&self) -> bool {
        self.standing != Standing::Asked && !self.cancelling
    }

    /// What it is asked for with.
    pub(crate) fn terms_of(spec: &OrderSpec) -> Terms {
        Terms { qty: spec.qty(), trigger: spec.trigger(), limit: spec.limit() }
    }

    /// A change of it was granted that nobody here remembers to have asked for: it counts as under way.
    pub(crate) fn recall_change(&mut self, approved: &Approved) {
        let (intent, number) = (approved.corr().intent, Some(approved.number()));
        let terms = Self::terms_of(&approved.spec());
        self.change = Some(Change { intent, number, terms });
    }

    /// A part of it has traded.
    pub(crate) fn book(&mut self, qty: Qty) {
        self.booked = self.booked.plus(qty).unwrap_or(self.booked);
    }

    /// The gate grants it, as it may be sent.
    pub(crate) fn granted(&mut self, spec: &OrderSpec) {
        if self.standing == Standing::Asked {
            self.standing = Standing::Granted;
            self.terms = Self::terms_of(spec);
        }
    }

    /// The gate grants the change that is under way; whether the venue refused it, where its word has
    /// come before.
    pub(crate) fn change_granted(&mut self, intent: IntentSeq, number: u32) -> Option<VenueReason> {
        let change = self.change.as_mut().filter(|change| change.intent == intent)?;
        change.number = Some(number);
        self.settle()
    }

    /// Takes what the gateway says, unless that is the end; why a change was refused, if one was.
    pub(crate) fn hear(&mut self, update: &OrderUpdate) -> Option<VenueReason> {
        self.told = self.told.max(update.filled);
        self.standing = match update.state {
            OrderState::New | OrderState::PartiallyFilled => Standing::Live,
            OrderState::PendingNew | OrderState::Unknown => Standing::Granted,
            _ => self.standing,
        };
        if let Some(number) = update.settles {
            self.settled = Some((number, update.reason));
        }
        let refused = self.settle();
        self.terms.qty = update.qty;
        refused
    }

    fn settle(&mut self) -> Option<VenueReason> {
        let (settled, refused) = self.settled?;
        let change = self.change.filter(|change| change.number.is_some_and(|n| n <= settled))?;
        self.change = None;
        if refused == VenueReason::None {
            self.terms = change.terms;
            return None;
        }
        Some(refused)
    }
}
