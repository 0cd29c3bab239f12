//! Two ledgers of the same trades, each written by a process of its own: ours and the venue's. Nothing may
//! be lost, doubled or different, to the last digit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use bus::{Position, Stream};
use contracts::{Event, Fill, Money, OrderId, OrderState, VenueRef};
use journal::files::RealFiles;
use journal::verify::{Ask, Verdict};
use journal::{Entry, JournalKey, Reader};

use crate::failure::Failure;

/// What a journal says about trades and orders.
#[derive(Default)]
pub(super) struct Ledger {
    fills: BTreeMap<VenueRef, Fill>,
    /// The orders that the gate has approved.
    approved: BTreeSet<OrderId>,
    /// How often each order was sent.
    sent: BTreeMap<OrderId, u32>,
    orders: BTreeMap<OrderId, OrderState>,
    /// How often the fate of an order was not known.
    doubts: u64,
    /// Facts that contradict an earlier one.
    wrong: Vec<String>,
    /// How many records it was read from.
    pub(super) records: u64,
}

/// What two ledgers agree on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Agreed {
    /// Executions.
    pub(super) fills: usize,
    /// Orders that were sent.
    pub(super) orders: usize,
    /// What the venue took for it all.
    pub(super) fees: Money,
    /// How often the fate of an order was not known, until the venue was asked.
    pub(super) doubts: u64,
}

/// What a journal says of streams: what it said, and what it took of others, in order.
#[derive(Default)]
pub(super) struct Streams {
    pub(super) said: BTreeMap<Stream, Vec<(Position, Event)>>,
    pub(super) heard: BTreeMap<Stream, Vec<(Position, Event)>>,
    /// How many records it was read from.
    pub(super) records: u64,
}

impl Streams {
    /// Reads a journal from its first record to its last, its chain checked on the way; `note` sees each.
    pub(super) fn read(
        folder: &Path,
        key: [u8; 32],
        mut note: impl FnMut(&Entry),
    ) -> Result<Self, Failure> {
        let mut streams = Self::default();
        each_record(folder, key, |seq, entry| {
            streams.records = seq;
            note(entry);
            let (all, envelope) = match entry {
                Entry::Output(said) => (&mut streams.said, said),
                Entry::Input(heard) => (&mut streams.heard, heard),
                _ => return,
            };
            if let Some(stream) = Stream::of(envelope) {
                let message = (Position::of(envelope), envelope.event);
                all.entry(stream).or_default().push(message);
            }
        })?;
        Ok(streams)
    }
}

/// Every record of a journal, once its chain was checked.
fn each_record(
    folder: &Path,
    key: [u8; 32],
    mut visit: impl FnMut(u64, &Entry),
) -> Result<(), Failure> {
    let report = Ask::with_key(key).folder(folder)?;
    if report.verdict != Verdict::Intact {
        let what = format!("the chain is not intact: {report}");
        return Err(Failure::new("demo", folder.display().to_string(), what));
    }
    let reader = Reader::open(Arc::new(RealFiles), folder, &JournalKey::new(key))?;
    reader.read(1, |record| {
        visit(record.seq, &record.entry);
        Ok(())
    })?;
    Ok(())
}

impl Ledger {
    /// Reads a journal from its first record to its last, its chain checked on the way.
    pub(super) fn read(folder: &Path, key: [u8; 32]) -> Result<Self, Failure> {
        let mut ledger = Self::default();
        each_record(folder, key, |seq, entry| {
            ledger.records = seq;
            match entry {
                Entry::Output(said) => ledger.note(&said.event),
                // Said by the gate, where that is a process of its own.
                Entry::Input(heard) => ledger.approve(&heard.event),
                _ => {}
            }
        })?;
        Ok(ledger)
    }

    fn approve(&mut self, event: &Event) {
        if let Event::Approved(approval) = event {
            self.approved.insert(approval.id);
        }
    }

    fn note(&mut self, event: &Event) {
        self.approve(event);
        match *event {
            // What the venue answers when it is asked may overtake what it tells by itself.
            Event::Executed(fill) | Event::StatementTrade(fill) => drop(self.fill(fill)),
            Event::Fill(fill) => self.count(fill),
            Event::Submit(submit) => *self.sent.entry(submit.id).or_default() += 1,
            Event::Order(update) => {
                self.doubts += u64::from(update.state == OrderState::Unknown);
                self.orders.insert(update.id, update.state);
            }
            _ => {}
        }
    }

    /// An execution enters our books.
    fn count(&mut self, fill: Fill) {
        if self.fill(fill) {
            self.wrong.push(format!("execution {:?} was counted twice", fill.exec));
        }
    }

    /// Whether it was there before.
    fn fill(&mut self, fill: Fill) -> bool {
        let before = self.fills.insert(fill.exec, fill);
        // The venue repeats itself when it is asked; the same fact twice is one fact.
        if before.is_some_and(|before| before != fill) {
            self.wrong.push(format!("execution {:?} was told in two ways", fill.exec));
        }
        before.is_some()
    }

    /// What both say; or everything on which they differ.
    pub(super) fn agrees(&self, venue: &Self) -> Result<Agreed, Vec<String>> {
        let mut wrong = self.wrong.clone();
        wrong.extend(venue.wrong.iter().cloned());
        let differ = |ours: &Self, theirs: &Self, what: &str| {
            let missing =
                ours.fills.iter().filter(|(exec, fill)| theirs.fills.get(exec) != Some(fill));
            missing.map(|(exec, _)| format!("{what} execution {exec:?}")).collect::<Vec<_>>()
        };
        wrong.extend(differ(self, venue, "the venue does not have"));
        wrong.extend(differ(venue, self, "we do not have"));
        let twice = self.sent.iter().filter(|(_, times)| **times > 1);
        wrong.extend(twice.map(|(id, times)| format!("order {id} was sent {times} times")));
        let open = self.orders.iter().filter(|(_, state)| !state.is_done());
        wrong.extend(open.map(|(id, state)| format!("order {id} was forgotten as {state:?}")));
        let silent = self.sent.keys().filter(|id| !self.orders.contains_key(*id));
        wrong.extend(silent.map(|id| format!("order {id} was sent, and nothing is known of it")));
        let known = |id: &OrderId| self.sent.contains_key(id) || self.orders.contains_key(id);
        let lost = self.approved.iter().filter(|id| !known(id));
        wrong.extend(lost.map(|id| format!("order {id} was approved, and never sent or ended")));
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let fees = self.fills.values().map(|fill| fill.fee);
        let fees = fees.fold(Money::ZERO, |sum, fee| sum.plus(fee).unwrap_or(sum));
        let (fills, orders, doubts) = (self.fills.len(), self.sent.len(), self.doubts);
        Ok(Agreed { fills, orders, fees, doubts })
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::{asset, money, price, qty, secs, symbol};
    use contracts::{
        Approval, Lifetime, Liquidity, OrderKind, OrderSpec, OrderUpdate, Qty, Seal, Side, Submit,
        VenueReason,
    };

    use super::*;

    fn id(number: u128) -> OrderId {
        OrderId::from_bits(number).unwrap()
    }

    fn fill(exec: &str, at: &str) -> Fill {
        Fill {
            id: id(1),
            exec: VenueRef::new(exec).unwrap(),
            symbol: symbol("BTC/USD"),
            qty: qty("1"),
            price: price(at),
            fee: money("0.25"),
            fee_asset: asset("USD"),
            at: secs(1),
            side: Side::Buy,
            liquidity: Liquidity::Taker,
        }
    }

    fn submit(number: u128) -> Event {
        let (pair, kind) = (symbol("BTC/USD"), OrderKind::Limit(price("100")));
        let spec =
            OrderSpec::new(pair, Side::Buy, qty("1"), kind, Lifetime::UntilCancelled).unwrap();
        Event::Submit(Submit { id: id(number), spec, deadline: secs(9), seal: Seal::NONE })
    }

    fn approved(number: u128) -> Event {
        let Event::Submit(Submit { id, spec, deadline, seal }) = submit(number) else {
            unreachable!()
        };
        let valid_until = deadline;
        Event::Approved(Approval { id, spec, valid_until, seal, number: 1, limits: 1 })
    }

    fn order(number: u128, state: OrderState) -> Event {
        Event::Order(OrderUpdate {
            id: id(number),
            symbol: symbol("BTC/USD"),
            qty: qty("1"),
            filled: Qty::ZERO,
            limit: None,
            venue_ref: None,
            settles: None,
            state,
            reason: VenueReason::None,
        })
    }

    /// Our ledger of one order that traded twice, and whatever else we are to have said.
    fn ours(more: &[Event]) -> Ledger {
        let mut ledger = Ledger::default();
        let usual = [
            submit(1),
            order(1, OrderState::Unknown),
            Event::Fill(fill("A", "100")),
            Event::Fill(fill("B", "101")),
            order(1, OrderState::Filled),
        ];
        usual.iter().chain(more).for_each(|event| ledger.note(event));
        ledger
    }

    fn venues(executions: &[Fill]) -> Ledger {
        let mut ledger = Ledger::default();
        for fill in executions {
            ledger.note(&Event::Executed(*fill));
        }
        ledger
    }

    #[test]
    fn ledgers_that_say_the_same_agree_however_often_the_venue_says_it() {
        let (a, b) = (fill("A", "100"), fill("B", "101"));
        let agreed = ours(&[]).agrees(&venues(&[a, b, a])).unwrap();
        let expected = Agreed { fills: 2, orders: 1, fees: money("0.5"), doubts: 1 };
        assert_eq!(agreed, expected);
    }

    #[test]
    fn execution_that_the_venue_told_only_when_it_was_asked_is_one_of_its_own() {
        let mut venue = venues(&[fill("A", "100")]);
        venue.note(&Event::StatementTrade(fill("B", "101")));
        assert_eq!(ours(&[]).agrees(&venue).map(|agreed| agreed.fills), Ok(2));
        venue.note(&Event::StatementTrade(fill("A", "100.1")));
        assert!(ours(&[]).agrees(&venue).is_err(), "told in two ways");
    }

    #[test]
    fn whatever_is_lost_doubled_different_or_forgotten_is_named() {
        let (a, b, c) = (fill("A", "100"), fill("B", "101"), fill("C", "102"));
        let check = |ours: Ledger, venue: &[Fill], expected: &[&str]| {
            let wrong = ours.agrees(&venues(venue)).unwrap_err();
            assert_eq!(wrong.len(), expected.len(), "{wrong:?}");
            for (wrong, expected) in wrong.iter().zip(expected) {
                assert!(wrong.contains(expected), "{wrong:?}");
            }
        };
        check(ours(&[]), &[a, b, c], &["we do not have execution"]);
        check(ours(&[]), &[a], &["the venue does not have execution"]);
        let other = ["the venue does not have execution", "we do not have execution"];
        check(ours(&[]), &[a, fill("B", "101.1")], &other);
        check(ours(&[Event::Fill(b)]), &[a, b], &["was counted twice"]);
        let two_ways = ["told in two ways", "the venue does not have", "we do not have"];
        check(ours(&[]), &[a, b, fill("B", "102")], &two_ways);
        check(ours(&[submit(1)]), &[a, b], &["was sent 2 times"]);
        for state in [OrderState::PendingNew, OrderState::Unknown] {
            let forgotten = ours(&[submit(2), order(2, state)]);
            check(forgotten, &[a, b], &["was forgotten as"]);
        }
        // Approved, and nothing came of it; one that ended unsent is none of those.
        check(ours(&[approved(2)]), &[a, b], &["was approved, and never sent or ended"]);
        let ended = ours(&[approved(1), approved(2), order(2, OrderState::Rejected)]);
        assert!(ended.agrees(&venues(&[a, b])).is_ok());
        // Sent, and nothing was ever said of it.
        check(ours(&[submit(2)]), &[a, b], &["was sent, and nothing is known of it"]);
    }
}
