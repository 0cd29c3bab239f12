//! The trades that the venue shows: which of them were missed.

use std::collections::BTreeMap;

use contracts::VenueRef;

use super::{Place, Plan};
use crate::booked::can_be_of;
use crate::reconcile::repair::{Break, Repair};
use crate::reconcile::view::{LocalView, VenueSnapshot, VenueTrade};

impl Plan {
    pub(super) fn trades(&mut self, local: &LocalView, venue: &VenueSnapshot) {
        let mut shown: BTreeMap<VenueRef, &VenueTrade> = BTreeMap::new();
        for trade in &venue.trades {
            let exec = trade.fill.exec;
            if shown.insert(exec, trade).is_some_and(|other| other != trade) {
                self.breaks.insert(Break::Nonsense { exec });
            }
        }
        for (exec, trade) in shown {
            if !self.breaks.contains(&Break::Nonsense { exec }) {
                self.trade(local, trade);
            }
        }
    }

    fn trade(&mut self, local: &LocalView, trade: &VenueTrade) {
        let fill = &trade.fill;
        if let Some(order) = local.ours(fill.id) {
            // An order of ours is measured by the ids it has booked, never by a watermark: a trade
            // may show up late, even after the end.
            if order.executions.binary_search(&fill.exec).is_ok() {
                return;
            }
            if can_be_of(order.symbol, order.side, fill) {
                let place = (fill.id, Place::Executed(fill.exec));
                self.facts.insert(place, Repair::Executed(*fill));
            } else {
                self.breaks.insert(Break::Nonsense { exec: fill.exec });
            }
        } else if Some(trade.place()) > local.watermark {
            let (exec, symbol) = (fill.exec, fill.symbol);
            self.breaks.insert(Break::ForeignTrade { exec, symbol });
        }
    }
}
