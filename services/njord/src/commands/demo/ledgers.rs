//! Two ledgers of the same trades, each written by a process of its own: ours and the venue's. Nothing may
//! be lost, doubled or different, to the last digit.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use contracts::{Event, Fill, Money, OrderId, OrderState, VenueRef};
use journal::files::RealFiles;
use journal::verify::{Ask, Verdict};
use journal::{Entry, JournalKey, Reader};

use crate::failure::Failure;

/// What a journal says about trades and orders.
#[derive(Default)]
pub(super) struct Ledger {
    fills: BTreeMap<VenueRef, Fill>,
    /// How often each order was sent.
    sent: BTreeMap<OrderId, u32>,
    orders: BTreeMap<OrderId, OrderState>,
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
}

impl Ledger {
    /// Reads a journal from its first record to its last, its chain checked on the way.
    pub(super) fn read(folder: &Path, key: [u8; 32]) -> Result<Self, Failure> {
        let report = Ask::with_key(key).folder(folder)?;
        if report.verdict != Verdict::Intact {
            let what = format!("the chain is not intact: {report}");
            return Err(Failure::new("demo", folder.display().to_string(), what));
        }
        let mut ledger = Self::default();
        let reader = Reader::open(Arc::new(RealFiles), folder, &JournalKey::new(key))?;
        reader.read(1, |record| {
            ledger.records = record.seq;
            if let Entry::Output(said) = record.entry {
                ledger.note(&said.event);
            }
            Ok(())
        })?;
        Ok(ledger)
    }

    fn note(&mut self, event: &Event) {
        match *event {
            Event::Executed(fill) | Event::Fill(fill) => self.fill(fill),
            Event::Submit(submit) => *self.sent.entry(submit.id).or_default() += 1,
            Event::Order(update) => drop(self.orders.insert(update.id, update.state)),
            _ => {}
        }
    }

    fn fill(&mut self, fill: Fill) {
        match self.fills.insert(fill.exec, fill) {
            // The venue repeats itself when it is asked; the same fact twice is one fact.
            Some(before) if before != fill => {
                self.wrong.push(format!("execution {:?} was told in two ways", fill.exec));
            }
            _ => {}
        }
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
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let fees = self.fills.values().map(|fill| fill.fee);
        let fees = fees.fold(Money::ZERO, |sum, fee| sum.plus(fee).unwrap_or(sum));
        Ok(Agreed { fills: self.fills.len(), orders: self.sent.len(), fees })
    }
}
