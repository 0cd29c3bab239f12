//! What the account shows of itself when it is asked: its orders, its trades, and since when the lists
//! hold everything.

use contracts::{Fill, OrderSpec, Report, Says, Ts, VenueReason};

use crate::orders::Stage;
use crate::venue::SimVenue;

impl SimVenue {
    /// The orders that were taken and are remembered, each with its terms and where it stands: open ones
    /// as working, the others with their end.
    pub fn orders_shown(&self, now: Ts) -> impl Iterator<Item = (OrderSpec, Report)> {
        let known = self.desk.orders.known().filter(|order| order.number > 0);
        known.map(move |order| {
            let (says, reason) = match order.stage {
                Stage::Waiting | Stage::Live => (Says::Working, VenueReason::None),
                Stage::Ended(says, reason) => (says, reason),
            };
            (order.spec, order.report(now, says, reason))
        })
    }

    /// The trades that are remembered, each with its number.
    pub fn trades_shown(&self) -> impl Iterator<Item = (u64, &Fill)> {
        self.desk.executions.numbered()
    }

    /// Since when nothing is missing in what is shown.
    pub fn shown_since(&self, now: Ts) -> Ts {
        let forgot = self.desk.orders.has_forgotten() || self.desk.executions.has_forgotten();
        if forgot { now } else { Ts::ZERO }
    }
}
