//! Changes of an order: one is under way at a time, and it is settled once.

use contracts::{OrderSpec, Report, Says, Ts, VenueReason};
use serde::{Deserialize, Serialize};

use super::Order;

/// A change that was approved and not sent yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GrantedChange {
    pub(crate) number: u32,
    pub(crate) spec: OrderSpec,
    /// The last moment at which it may be sent.
    pub(crate) valid_until: Ts,
}

/// A change that was sent and not answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PendingAmend {
    pub(crate) number: u32,
    pub(crate) spec: OrderSpec,
    pub(crate) deadline: Ts,
}

/// A change that is settled, by the number of its approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) number: u32,
    /// Why it was refused; `None` where it was made.
    pub(crate) refused: VenueReason,
}

impl Order {
    /// The change that a report settles. Its own answer does, and so does any word about the order
    /// that is later than its deadline: nothing can arrive any more.
    pub(super) fn settle(&mut self, report: &Report) -> Option<Settled> {
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

    /// Where changes may be forgotten, an order is for what the venue shows of it while it works or at its end;
    /// whether that is known only now.
    pub(super) fn takes_terms(&mut self, report: &Report) -> bool {
        let shows = report.says == Says::Working || self.end.is_some();
        let takes = self.recalled && self.amend.is_none() && shows;
        if takes {
            self.recalled = false;
            self.spec = self.spec.amended(report.qty, report.limit, None).unwrap_or(self.spec);
        }
        takes
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
}
