//! How an order ended, and which later words cannot be true beside that.

use contracts::{OrderState, Qty, Report, Says, VenueReason};
use serde::{Deserialize, Serialize};

/// The end of an order, by the first word on it. It is final: a later word may repeat it, or deny
/// it, and changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    pub(crate) state: OrderState,
    pub(crate) reason: VenueReason,
    /// What was filled in all.
    pub(crate) filled: Qty,
    /// Another total that has come up since and was told to a person.
    disputed: Option<Qty>,
}

impl End {
    /// The end that a report tells.
    pub(crate) fn told(state: OrderState, report: &Report) -> Self {
        Self { state, reason: report.reason, filled: report.filled, disputed: None }
    }

    /// The end of an order that no venue has had.
    pub(crate) fn never_lived(reason: VenueReason) -> Self {
        Self { state: OrderState::Rejected, reason, filled: Qty::ZERO, disputed: None }
    }

    /// Notes that so much is known to have traded; whether that is more than the end says.
    pub(crate) fn is_exceeded_by(&mut self, total: Qty) -> bool {
        let exceeds = total > self.filled;
        if exceeds {
            self.disputed = Some(total);
        }
        exceeds
    }

    /// Whether a report cannot be true beside this end: it tells another total, or life after a
    /// refusal. The same denial told again is no news.
    ///
    /// A word for another kind of end with the same total denies nothing that counts. A refusal or a
    /// "not found" may be about a request that came twice, and says nothing of an order that ended.
    pub(crate) fn is_denied_by(&mut self, report: &Report) -> bool {
        let total = report.filled;
        let denies = match report.says {
            Says::Cancelled | Says::Expired | Says::Filled => total != self.filled,
            Says::Accepted | Says::Working | Says::Amended => {
                total > self.filled || self.state == OrderState::Rejected
            }
            Says::AmendRejected | Says::CancelRejected => total > self.filled,
            Says::Rejected | Says::NotFound => false,
        };
        denies && self.disputed.replace(total) != Some(total)
    }
}
