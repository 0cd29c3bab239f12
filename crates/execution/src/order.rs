//! One order's life: what the venue has told us of it, and what follows from that.
//!
//! Reports are facts with the venue's own time, cumulative, and may come late, twice or never. An
//! order therefore only learns: executions are counted once by their id, an end is final, and an end
//! is not complete before every execution it speaks of is booked. Whatever order the facts come in,
//! the same facts lead to the same end.

use contracts::{
    Corr, Fill, OrderId, OrderSpec, OrderState, OrderUpdate, Qty, Report, Says, Span, Ts,
    VenueReason, VenueRef,
};
use risk::Approved;
use serde::{Deserialize, Serialize};

use crate::reconcile::LocalOrder;

/// The most executions of one order that are told apart; more than a venue fills an order in.
const EXECUTIONS_MAX: usize = 10_000;

/// An order that has not come to its end, as the gateway knows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) corr: Corr,
    pub(crate) spec: OrderSpec,
    sent: Ts,
    /// The venue drops the order if it arrives later; what "not found" is measured by.
    pub(crate) deadline: Ts,
    pub(crate) venue_ref: Option<VenueRef>,
    /// What of it is booked.
    pub(crate) filled: Qty,
    /// The executions that are booked, sorted.
    executions: Vec<VenueRef>,
    /// The most that any report said was filled.
    told_filled: Qty,
    /// The end that the venue has told, with what was filled in all.
    end: Option<(OrderState, VenueReason, Qty)>,
    /// The venue has the order.
    live: bool,
    /// An answer is missing.
    pub(crate) unknown: bool,
    pub(crate) cancel_wanted: bool,
    /// The change that is under way.
    pub(crate) amend: Option<PendingAmend>,
    /// The change that waits for the one under way.
    pub(crate) next_amend: Option<(u32, OrderSpec)>,
    /// When something is due for it, and how often it has been asked about in vain.
    pub(crate) timer: u32,
    pub(crate) asked: u32,
}

/// A change that was sent and not answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PendingAmend {
    pub(crate) number: u32,
    pub(crate) spec: OrderSpec,
    pub(crate) deadline: Ts,
}

/// What an execution was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// New; it is booked now.
    New,
    /// Booked before.
    Known,
    /// New, but the order is for less than has traded now. Booked all the same: it happened.
    Overfill,
    /// More than can be told apart. Not booked, because it could not be known again.
    TooMany,
}

/// A change that is settled, by the number of its approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) number: u32,
    /// Why it was refused; `None` where it was made.
    pub(crate) refused: VenueReason,
}

/// What a report has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Learned {
    /// The order stands differently than before.
    pub(crate) moved: bool,
    /// The change that is settled by it.
    pub(crate) settles: Option<Settled>,
    /// Something is missing that only a question can bring.
    pub(crate) ask: bool,
}

impl Order {
    /// An approved order that is sent now.
    pub(crate) fn new(approved: &Approved, sent: Ts, deadline: Ts, timer: u32) -> Self {
        Self {
            id: approved.id(),
            corr: approved.corr(),
            spec: approved.spec(),
            sent,
            deadline,
            venue_ref: None,
            filled: Qty::ZERO,
            executions: Vec::new(),
            told_filled: Qty::ZERO,
            end: None,
            live: false,
            unknown: false,
            cancel_wanted: false,
            amend: None,
            next_amend: None,
            timer,
            asked: 0,
        }
    }

    /// Where the order stands.
    pub(crate) fn state(&self) -> OrderState {
        if let Some((state, ..)) = self.end.filter(|_| self.is_over()) {
            return state;
        }
        if self.unknown {
            OrderState::Unknown
        } else if self.end.is_some() {
            // The end is told, an execution that it speaks of is still to come.
            OrderState::PartiallyFilled
        } else if self.cancel_wanted {
            OrderState::PendingCancel
        } else if !self.filled.is_zero() {
            OrderState::PartiallyFilled
        } else if self.live {
            OrderState::New
        } else {
            OrderState::PendingNew
        }
    }

    /// Whether it has ended and every execution is booked.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some_and(|(.., filled)| self.filled >= filled)
    }

    /// Whether the venue has never answered about it.
    pub(crate) fn is_unanswered(&self) -> bool {
        !self.live && self.end.is_none()
    }

    /// The order as reconciliation sees it.
    pub(crate) fn local(&self) -> LocalOrder {
        LocalOrder {
            id: self.id,
            spec: self.spec,
            sent: self.sent,
            deadline: self.deadline,
            filled: self.filled,
            told_filled: self.told_filled,
            executions: self.executions.clone(),
            live: self.live,
            unknown: self.unknown,
            ended: self.end.is_some(),
            change_until: self.amend.map(|amend| amend.deadline),
        }
    }

    /// Whether executions are missing that a report spoke of.
    pub(crate) fn misses_executions(&self) -> bool {
        self.told_filled > self.filled
    }

    /// Books an execution, once.
    pub(crate) fn count(&mut self, fill: &Fill) -> Counted {
        let Err(place) = self.executions.binary_search(&fill.exec) else { return Counted::Known };
        if self.executions.len() >= EXECUTIONS_MAX {
            return Counted::TooMany;
        }
        self.executions.insert(place, fill.exec);
        self.filled = self.filled.plus(fill.qty).unwrap_or(self.filled);
        self.told_filled = self.told_filled.max(self.filled);
        self.live = true;
        self.unknown = false;
        self.asked = 0;
        if self.filled > self.spec.qty().max(self.amend.map_or(Qty::ZERO, |a| a.spec.qty())) {
            Counted::Overfill
        } else {
            Counted::New
        }
    }

    /// Takes a report in.
    pub(crate) fn learn(&mut self, report: &Report, grace: Span) -> Learned {
        let before = (self.state(), self.spec);
        self.venue_ref = self.venue_ref.or(report.venue_ref);
        let mut learned = Learned::default();
        match report.says {
            Says::Accepted | Says::Working | Says::Amended => self.lives(report),
            Says::AmendRejected | Says::CancelRejected => {
                // It may never have arrived, or have ended: only a question tells.
                learned.ask = self.amend.is_none() || report.answers.is_none();
            }
            Says::NotFound => {
                // An order that the venue had once is not undone by its forgetting.
                let late = report.at > self.deadline + grace;
                if late && !self.live && self.filled.is_zero() {
                    self.ends(OrderState::Rejected, report);
                }
            }
            Says::Rejected => {
                if !self.live {
                    self.ends(OrderState::Rejected, report);
                }
            }
            Says::Cancelled => self.ends(OrderState::Cancelled, report),
            Says::Expired => self.ends(OrderState::Expired, report),
            Says::Filled => self.ends(OrderState::Filled, report),
        }
        learned.settles = self.settle(report);
        learned.ask |= self.misses_executions();
        learned.moved = learned.settles.is_some() || before != (self.state(), self.spec);
        learned
    }

    fn lives(&mut self, report: &Report) {
        if self.end.is_none() {
            self.live = true;
            self.unknown = false;
            self.asked = 0;
        }
        self.told_filled = self.told_filled.max(report.filled);
    }

    fn ends(&mut self, state: OrderState, report: &Report) {
        self.told_filled = self.told_filled.max(report.filled);
        if self.end.is_none() {
            self.end = Some((state, report.reason, report.filled));
            self.unknown = false;
            self.asked = 0;
        }
    }

    /// The change that a report settles. Its own answer does, and so does any word about the order
    /// that is later than its deadline: nothing can arrive any more.
    fn settle(&mut self, report: &Report) -> Option<Settled> {
        let amend = self.amend?;
        let answered = report.answers == Some(amend.number);
        let refused = match report.says {
            Says::Amended if answered => VenueReason::None,
            Says::AmendRejected if answered && report.reason == VenueReason::None => {
                VenueReason::Other
            }
            Says::AmendRejected if answered => report.reason,
            Says::Working if report.at > amend.deadline => self.as_shown(&amend, report),
            // The end may overtake the answer: then it shows what the order was for at last.
            _ if self.end.is_some() => self.as_shown(&amend, report),
            _ => return None,
        };
        if refused == VenueReason::None {
            self.spec = amend.spec;
        }
        self.amend = None;
        Some(Settled { number: amend.number, refused })
    }

    /// Whether a report without an answer shows that the change was made. It shows no trigger, so a
    /// change of that alone counts as refused: asked for again, it does no harm.
    fn as_shown(&self, amend: &PendingAmend, report: &Report) -> VenueReason {
        let visible = |spec: &OrderSpec| (spec.qty(), spec.limit());
        let shown = visible(&amend.spec) == (report.qty, report.limit);
        if shown && visible(&amend.spec) != visible(&self.spec) {
            VenueReason::None
        } else {
            VenueReason::TooLate
        }
    }

    /// The order as it is told to everybody.
    pub(crate) fn update(&self, settles: Option<Settled>) -> OrderUpdate {
        let reason = match self.end.filter(|_| self.is_over()) {
            Some((_, reason, _)) => reason,
            None => settles.map_or(VenueReason::None, |settled| settled.refused),
        };
        let settles = settles.map(|settled| settled.number);
        OrderUpdate {
            id: self.id,
            symbol: self.spec.symbol(),
            qty: self.spec.qty(),
            filled: self.filled,
            limit: self.spec.limit(),
            venue_ref: self.venue_ref,
            settles,
            state: self.state(),
            reason,
        }
    }
}
