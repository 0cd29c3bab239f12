//! How an order learns: executions are booked, reports are taken in.

use contracts::{AlertCode, Fill, OrderState, Qty, Report, Says, Span, VenueReason};

use super::{End, Order, Settled};
use crate::booked::{Added, can_be_of};

/// What became of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// It was booked before.
    Known,
    /// It is booked now; with what is alarming about it. It happened, so it counts.
    New(Option<AlertCode>),
    /// It cannot be booked, for that reason.
    Not(AlertCode),
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
    /// It cannot be true beside what was told or booked before.
    pub(crate) denies: bool,
}

impl Order {
    /// Books an execution, once.
    pub(crate) fn count(&mut self, fill: &Fill) -> Counted {
        if !can_be_of(self.spec.symbol(), self.spec.side(), fill) {
            return Counted::Not(AlertCode::ReconcileMismatch);
        }
        match self.booked.add(fill) {
            Added::Known => return Counted::Known,
            Added::Beyond => return Counted::Not(AlertCode::BoundReached),
            Added::New => {}
        }
        let total = self.booked.qty();
        self.told_filled = self.told_filled.max(total);
        self.live = true;
        self.unknown = false;
        self.asked = 0;
        let most = self.spec.qty().max(self.amend.map_or(Qty::ZERO, |amend| amend.spec.qty()));
        let beyond_end = self.end.as_mut().is_some_and(|end| end.is_exceeded_by(total));
        // Where changes may be forgotten, the venue says what it was for: until then nothing is too much.
        Counted::New(if total > most && !self.recalled {
            Some(AlertCode::Overfill)
        } else {
            beyond_end.then_some(AlertCode::ReconcileMismatch)
        })
    }

    /// Takes a report in.
    pub(crate) fn learn(&mut self, report: &Report, grace: Span) -> Learned {
        let before = (self.state(), self.spec);
        self.venue_ref = self.venue_ref.or(report.venue_ref);
        let mut learned = Learned { denies: self.is_denied_by(report), ..Learned::default() };
        match report.says {
            Says::Accepted | Says::Working | Says::Amended => self.lives(report),
            Says::AmendRejected | Says::CancelRejected => {
                // It may never have arrived, or have ended: only a question tells.
                learned.ask = self.amend.is_none() || report.answers.is_none();
            }
            Says::NotFound => {
                // An order that the venue had once is not undone by its forgetting.
                let late = report.at > self.deadline + grace;
                if late && !self.live && self.booked.qty().is_zero() {
                    self.ends(OrderState::Rejected, report);
                }
            }
            // The venue has that id already: the order is there, or was.
            Says::Rejected if report.reason == VenueReason::DuplicateId => learned.ask = !self.live,
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
        learned.denies |= self.takes_terms(report) && self.booked.qty() > self.spec.qty();
        learned.ask |= self.misses_executions();
        learned.moved = learned.settles.is_some() || before != (self.state(), self.spec);
        learned
    }

    /// Whether a report cannot be true beside what is known: an end that is told for less than has
    /// traded, or another end than the one that was told.
    fn is_denied_by(&mut self, report: &Report) -> bool {
        if let Some(end) = &mut self.end {
            return end.is_denied_by(report);
        }
        let ends = matches!(report.says, Says::Cancelled | Says::Expired | Says::Filled);
        ends && report.filled < self.told_filled
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
            self.end = Some(End::told(state, report));
            self.unknown = false;
            self.asked = 0;
        }
    }
}
