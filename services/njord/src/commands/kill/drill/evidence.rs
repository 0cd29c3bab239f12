//! What the journals say about a trip: the trader's, whether it went on ordering; the venue's, what rests.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use contracts::{Event, KillTrigger, OrderId, Report, Says, VenueReason};
use journal::files::RealFiles;
use journal::{Entry, JournalKey, Reader};

use crate::failure::Failure;

/// What stands in a journal, as far as a drill asks.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    /// What tripped the latch, each time that it was clear before.
    pub(super) trips: Vec<KillTrigger>,
    /// Orders that were sent while it was tripped and do not say that they reduce.
    pub(super) late: BTreeSet<OrderId>,
    /// Orders that rest at the venue.
    pub(super) resting: BTreeSet<OrderId>,
    /// How many orders the timer of the venue has cancelled.
    pub(super) by_timer: u32,
    is_tripped: bool,
}

impl Evidence {
    /// Reads a journal as far as it is written.
    pub(super) fn read(folder: &Path, key: [u8; 32]) -> Result<Self, Failure> {
        let mut evidence = Self::default();
        let reader = Reader::open(Arc::new(RealFiles), folder, &JournalKey::new(key))?;
        reader.read(1, |record| {
            if let Entry::Output(said) = record.entry {
                evidence.note(&said.event);
            }
            Ok(())
        })?;
        Ok(evidence)
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::KillState(state) => {
                let is_tripped = state.level.is_some();
                if is_tripped && !self.is_tripped {
                    self.trips.push(state.trigger);
                }
                self.is_tripped = is_tripped;
            }
            Event::Submit(submit) if self.is_tripped && !submit.spec.is_reduce_only() => {
                self.late.insert(submit.id);
            }
            Event::Report(report) => self.report(report),
            _ => {}
        }
    }

    fn report(&mut self, report: &Report) {
        match report.says {
            Says::Accepted | Says::Working | Says::Amended => {
                self.resting.insert(report.id);
            }
            Says::Cancelled | Says::Expired | Says::Filled | Says::Rejected | Says::NotFound => {
                self.by_timer += u32::from(report.reason == VenueReason::DeadMan);
                self.resting.remove(&report.id);
            }
            Says::AmendRejected | Says::CancelRejected => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::{price, qty, secs, symbol};
    use contracts::{KillLevel, KillState, Lifetime, OrderKind, OrderSpec, Seal, Side, Submit};

    use super::*;

    fn id(bits: u128) -> OrderId {
        OrderId::from_bits(bits << 112).unwrap()
    }

    fn latch(level: Option<KillLevel>) -> Event {
        Event::KillState(KillState { level, trigger: KillTrigger::File, since: secs(1) })
    }

    fn sent(bits: u128, reduces: bool) -> Event {
        let (kind, lifetime) = (OrderKind::Limit(price("5")), Lifetime::UntilCancelled);
        let spec = OrderSpec::new(symbol("BTC/USD"), Side::Sell, qty("1"), kind, lifetime).unwrap();
        let spec = if reduces { spec.reduce_only() } else { spec };
        Event::Submit(Submit { id: id(bits), spec, deadline: secs(9), seal: Seal::NONE })
    }

    fn said(bits: u128, says: Says, reason: VenueReason) -> Event {
        let (symbol, limit) = (Some(symbol("BTC/USD")), Some(price("5")));
        let (venue_ref, answers, at, filled) = (None, None, secs(1), qty("0"));
        let (id, qty) = (id(bits), qty("1"));
        Event::Report(Report {
            id,
            venue_ref,
            symbol,
            qty,
            filled,
            limit,
            at,
            answers,
            says,
            reason,
        })
    }

    fn check(events: &[Event], trips: usize, late: &[u128], resting: &[u128], by_timer: u32) {
        let mut evidence = Evidence::default();
        for event in events {
            evidence.note(event);
        }
        let ids = |bits: &[u128]| bits.iter().map(|bits| id(*bits)).collect::<BTreeSet<_>>();
        assert_eq!(evidence.trips, vec![KillTrigger::File; trips]);
        assert_eq!((evidence.late, evidence.resting), (ids(late), ids(resting)));
        assert_eq!(evidence.by_timer, by_timer);
    }

    #[test]
    fn evidence_names_orders_that_were_sent_while_tripped() {
        let tripped = || latch(Some(KillLevel::Cancel));
        check(&[sent(1, false), tripped()], 1, &[], &[], 0);
        check(&[tripped(), sent(1, false), sent(2, false)], 1, &[1, 2], &[], 0);
        check(&[tripped(), sent(1, true)], 1, &[], &[], 0);
        check(&[tripped(), latch(None), sent(1, false)], 1, &[], &[], 0);
        check(&[tripped(), latch(Some(KillLevel::Flatten)), sent(1, false)], 1, &[1], &[], 0);
        check(&[tripped(), latch(None), tripped()], 2, &[], &[], 0);
    }

    #[test]
    fn evidence_names_orders_that_rest_and_who_cancelled_them() {
        let live = |bits| said(bits, Says::Accepted, VenueReason::None);
        let gone = |bits, reason| said(bits, Says::Cancelled, reason);
        check(&[live(1), live(2), gone(1, VenueReason::None)], 0, &[], &[2], 0);
        check(&[live(1), gone(1, VenueReason::DeadMan)], 0, &[], &[], 1);
        let refused = said(1, Says::CancelRejected, VenueReason::None);
        check(&[live(1), refused], 0, &[], &[1], 0);
    }
}
