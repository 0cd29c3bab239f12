//! What is remembered from one reconciliation to the next: how long a difference has stayed, and up
//! to where trades are settled. Plain data that survives a restart.

use std::collections::BTreeSet;

use contracts::{Alert, AlertCode, Event, KillLevel, KillTrigger, Trip, VenueRef};
use serde::{Deserialize, Serialize};

use super::repair::{Break, Repair, Subject};
use super::view::{VenueSnapshot, VenueTrade, Watermark};

/// The most differences that are remembered; more are a difference of their own.
const BREAKS_MAX: usize = 1_024;

/// A difference is told when it is seen so many times in a row: between the questions of one snapshot
/// the world moves on, so one look proves nothing.
const TOLD_AT: u32 = 2;
/// One that puts our books in doubt trips the kill switch when seen so many times in a row.
const TRIPS_AT: u32 = 3;

/// The memory of reconciliations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciler {
    watermark: Option<Watermark>,
    /// What stood open last time, and how many times in a row.
    open: Vec<(Subject, u32)>,
}

impl Reconciler {
    /// Trades up to here are settled: one of an unknown order is old, not foreign.
    pub fn watermark(&self) -> Option<Watermark> {
        self.watermark
    }

    /// How many differences stand open.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// Takes a plan to heart; what is to be said about it, beside the facts in it.
    pub fn review(&mut self, venue: &VenueSnapshot, repairs: &[Repair]) -> Vec<Event> {
        let breaks: Vec<&Break> = repairs
            .iter()
            .filter_map(|repair| match repair {
                Repair::Break(found) => Some(found),
                Repair::Executed(_) | Repair::Report(_) => None,
            })
            .collect();
        let (mut said, mut open, mut trips) = (Vec::new(), Vec::new(), false);
        for found in breaks.iter().take(BREAKS_MAX) {
            let subject = found.subject();
            let times = self.times(subject).saturating_add(1);
            if open.iter().any(|(held, _)| *held == subject) {
                continue;
            }
            open.push((subject, times));
            if times == TOLD_AT {
                said.push(found.alert());
            }
            trips |= found.is_grave() && times == TRIPS_AT;
        }
        if breaks.len() > BREAKS_MAX {
            let code = AlertCode::BoundReached;
            said.push(Event::Alert(Alert { code, symbol: None, order: None }));
            trips = true;
        }
        if trips {
            let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Reconcile };
            said.push(Event::Trip(trip));
        }
        self.open = open;
        self.settle(venue, &breaks);
        said
    }

    fn times(&self, subject: Subject) -> u32 {
        self.open.iter().find(|(held, _)| *held == subject).map_or(0, |(_, times)| *times)
    }

    /// Trades are settled up to the latest one that nothing earlier can still come before: not beyond
    /// the snapshot's own time, and not beyond a foreign one that was not told yet.
    fn settle(&mut self, venue: &VenueSnapshot, breaks: &[&Break]) {
        let told = |found: &Break| self.times(found.subject()) >= TOLD_AT;
        let waits: BTreeSet<VenueRef> = breaks
            .iter()
            .filter_map(|found| match found {
                Break::ForeignTrade { exec, .. } if !told(found) => Some(*exec),
                _ => None,
            })
            .collect();
        let waits = |trade: &&VenueTrade| waits.contains(&trade.fill.exec);
        let bound = venue.trades.iter().filter(waits).map(VenueTrade::place).min();
        let settled =
            |place: &Watermark| place.at <= venue.at && bound.is_none_or(|bound| *place < bound);
        let latest = venue.trades.iter().map(VenueTrade::place).filter(settled).max();
        self.watermark = self.watermark.max(latest);
    }
}
