//! The planner: two views in, repairs out.
//!
//! Facts come first, by order: its missed executions, then where it stands. Breaks come last. The
//! plan is a function of what the views hold, not of the order they hold it in; applied, it plans no
//! fact again.

mod orders;
mod owned;
mod trades;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use owned::effect;

use contracts::{Fill, OrderId, OutOfRange, Qty, Report, VenueRef};

use super::repair::{Break, Repair};
use super::view::{LocalView, VenueSnapshot};

/// What is missing here of what the venue shows, and what does not fit.
pub fn plan(local: &LocalView, venue: &VenueSnapshot) -> Vec<Repair> {
    let mut plan = Plan::default();
    plan.trades(local, venue);
    plan.orders(local, venue);
    plan.balances(local, venue);
    plan.positions(local, venue);
    plan.repairs()
}

#[derive(Default)]
struct Plan {
    facts: BTreeMap<(OrderId, Place), Repair>,
    breaks: BTreeSet<Break>,
}

/// The place of a fact among those about one order: where it stands comes after what it has traded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Executed(VenueRef),
    Stands,
}

impl Plan {
    fn repairs(self) -> Vec<Repair> {
        self.facts.into_values().chain(self.breaks.into_iter().map(Repair::Break)).collect()
    }

    /// The executions that were missed.
    fn missed(&self) -> impl Iterator<Item = &Fill> {
        self.facts.values().filter_map(|repair| match repair {
            Repair::Executed(fill) => Some(fill),
            Repair::Report(_) | Repair::Break(_) => None,
        })
    }

    /// What will be booked of an order once the missed executions are.
    fn booked(&self, id: OrderId, filled: Qty) -> Result<Qty, OutOfRange> {
        let missed = self.missed().filter(|fill| fill.id == id);
        missed.map(|fill| fill.qty).try_fold(filled, Qty::plus)
    }

    fn stands(&mut self, report: Report) {
        self.facts.insert((report.id, Place::Stands), Repair::Report(report));
    }
}
