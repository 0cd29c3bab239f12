//! The orders that the venue shows, and those that it does not: where each of ours stands.

use std::collections::BTreeMap;

use contracts::{OrderId, Qty, Report, Says, Ts, VenueReason};

use super::Plan;
use crate::reconcile::repair::Break;
use crate::reconcile::view::{LocalFinished, LocalOrder, LocalView, VenueOrder, VenueSnapshot};

impl Plan {
    pub(super) fn orders(&mut self, local: &LocalView, venue: &VenueSnapshot) {
        let mut shown: BTreeMap<OrderId, VenueOrder> = BTreeMap::new();
        for order in &venue.orders {
            let Some(id) = order.id else {
                self.foreign(order);
                continue;
            };
            // Asked for in several questions, an order may be shown twice; its end is the later one.
            let held = shown.entry(id).or_insert(*order);
            if lateness(order) > lateness(held) {
                *held = *order;
            }
        }
        for (id, order) in &shown {
            if let Some(ours) = local.open(*id) {
                self.order(ours, order, local, venue);
            } else if let Some(ours) = local.finished(*id) {
                self.finished(ours, order);
            } else {
                self.foreign(order);
            }
        }
        for ours in local.orders.iter().filter(|ours| !shown.contains_key(&ours.id)) {
            self.not_shown(ours, local, venue);
        }
    }

    fn foreign(&mut self, order: &VenueOrder) {
        if order.end.is_none() {
            let (venue_ref, symbol) = (order.venue_ref, order.symbol);
            self.breaks.insert(Break::ForeignOrder { venue_ref, symbol });
        }
    }

    /// An order that is over learns nothing from where it stands there: what is missing are
    /// executions, and a total that they do not explain is said.
    fn finished(&mut self, ours: &LocalFinished, order: &VenueOrder) {
        let (id, symbol) = (ours.id, order.symbol);
        if how_ended(order).is_none() {
            self.breaks.insert(Break::RevivedOrder { id, symbol });
            return;
        }
        let booked = self.booked(id, ours.filled);
        if booked != Ok(order.filled) {
            let (ours, venue) = (booked.unwrap_or(ours.filled), order.filled);
            self.breaks.insert(Break::Total { id, ours, venue });
        }
    }

    fn order(
        &mut self,
        ours: &LocalOrder,
        order: &VenueOrder,
        local: &LocalView,
        venue: &VenueSnapshot,
    ) {
        let (id, symbol) = (ours.id, order.symbol);
        if ours.ended {
            return;
        }
        if (symbol, order.side) != (ours.spec.symbol(), ours.spec.side()) {
            // Our id on something else: nothing that is said of it is said of our order.
            self.breaks.insert(Break::Terms { id, ours: ours.spec.qty(), venue: order.qty });
            return;
        }
        match how_ended(order) {
            Some((Says::Rejected, _)) if ours.live => {
                self.breaks.insert(Break::MissingOrder { id, symbol });
            }
            Some(end) => self.ended(ours, order, end, venue),
            None => self.open(ours, order, local, venue),
        }
    }

    /// An end that contradicts what has traded is not taken for one.
    fn ended(
        &mut self,
        ours: &LocalOrder,
        order: &VenueOrder,
        end: (Says, VenueReason),
        venue: &VenueSnapshot,
    ) {
        match self.booked(ours.id, ours.filled) {
            Ok(booked) if booked <= order.filled => self.stands(report(ours.id, order, end, venue)),
            booked => {
                let (id, ours, venue) = (ours.id, booked.unwrap_or(ours.filled), order.filled);
                self.breaks.insert(Break::Total { id, ours, venue });
            }
        }
    }

    fn open(
        &mut self,
        ours: &LocalOrder,
        order: &VenueOrder,
        local: &LocalView,
        venue: &VenueSnapshot,
    ) {
        let settles = ours.change_until.is_some_and(|until| venue.at > until);
        if !ours.live || ours.unknown || ours.told_filled < order.filled || settles {
            let working = (Says::Working, VenueReason::None);
            self.stands(report(ours.id, order, working, venue));
        }
        let differs = (order.qty, order.limit) != (ours.spec.qty(), ours.spec.limit());
        if differs && ours.change_until.is_none() && venue.at > ours.deadline + local.grace {
            let (id, ours, venue) = (ours.id, ours.spec.qty(), order.qty);
            self.breaks.insert(Break::Terms { id, ours, venue });
        }
    }

    /// The venue shows nothing of an order. That means something only when the order can no longer
    /// arrive, and when its whole life lies where the venue shows everything.
    fn not_shown(&mut self, ours: &LocalOrder, local: &LocalView, venue: &VenueSnapshot) {
        let (id, symbol) = (ours.id, ours.spec.symbol());
        if ours.ended || venue.at <= ours.deadline + local.grace {
            return;
        }
        if ours.live || self.missed().any(|fill| fill.id == id) {
            self.breaks.insert(Break::MissingOrder { id, symbol });
        } else if venue.since + local.grace <= ours.sent {
            self.stands(never_lived(id, venue.at));
        }
    }
}

/// Of two pictures of one order the later one has the larger: its end, then what has traded. The rest
/// only makes the choice the same whatever the order of the list.
fn lateness(order: &VenueOrder) -> impl Ord + use<> {
    let what = (order.qty, order.limit, order.venue_ref, order.symbol, order.side);
    (order.end.is_some(), order.filled, order.end, what)
}

/// How the venue says that an order it has had, or has refused, is over; `None` where it is open.
fn how_ended(order: &VenueOrder) -> Option<(Says, VenueReason)> {
    let ends = [Says::Cancelled, Says::Expired, Says::Filled, Says::Rejected];
    order.end.filter(|(says, _)| ends.contains(says))
}

fn report(
    id: OrderId,
    order: &VenueOrder,
    (says, reason): (Says, VenueReason),
    venue: &VenueSnapshot,
) -> Report {
    Report {
        id,
        venue_ref: Some(order.venue_ref),
        symbol: Some(order.symbol),
        qty: order.qty,
        filled: order.filled,
        limit: order.limit,
        at: venue.at,
        answers: None,
        says,
        reason,
    }
}

fn never_lived(id: OrderId, at: Ts) -> Report {
    Report {
        id,
        venue_ref: None,
        symbol: None,
        qty: Qty::ZERO,
        filled: Qty::ZERO,
        limit: None,
        at,
        answers: None,
        says: Says::NotFound,
        reason: VenueReason::UnknownOrder,
    }
}
