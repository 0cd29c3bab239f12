//! Everything that the processes of a trial wrote down, to be asked by name.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{Cause, Envelope, Event, OrderId, Span};
use kernel::Record;
use sim::{Faults, Journal, Layout, Trial};

/// The journals of a trial.
pub(crate) struct Stream {
    journals: Vec<Journal>,
    /// What was said, by the name that others call it by, and in which journal it stands.
    said: BTreeMap<Cause, (usize, Envelope)>,
    /// What was said because of what.
    because: BTreeMap<Cause, Vec<Envelope>>,
    /// What was said about each order.
    about: BTreeMap<OrderId, Vec<Envelope>>,
    /// What was taken from outside; each process has names of its own for it.
    taken: Vec<BTreeMap<Cause, Envelope>>,
}

/// A trial in which nothing goes wrong, so many minutes long.
pub(crate) fn calm(seed: u64, layout: Layout, minutes: i64) -> Stream {
    let (faults, trades_for) = (Faults::none(), Span::MINUTE.times(minutes));
    Stream::of(&Trial { seed, layout, faults, trades_for, spot: true, mischief: true })
}

impl Stream {
    /// Everything that was written down in that trial.
    pub(crate) fn of(trial: &Trial) -> Self {
        let journals = trial.journals().unwrap();
        let taken = journals.iter().map(|(_, records)| inputs(records)).collect();
        let mut stream = Self {
            journals,
            said: BTreeMap::new(),
            because: BTreeMap::new(),
            about: BTreeMap::new(),
            taken,
        };
        for (journal, (_, records)) in stream.journals.iter().enumerate() {
            for record in records {
                let Record::Output(said) = record else { continue };
                let before = stream.said.insert(said.as_cause(), (journal, *said));
                assert_eq!(before, None, "two messages of one name");
                let cause = said.cause.expect("a message because of nothing");
                stream.because.entry(cause).or_default().push(*said);
                if let Some(id) = order_of(&said.event) {
                    stream.about.entry(id).or_default().push(*said);
                }
            }
        }
        stream
    }

    /// Every message was caused by one that its process took or said before; and what a process took
    /// from another, that one has said just so.
    pub(crate) fn has_no_orphans(&self) -> usize {
        let mut links = 0;
        for (process, records) in &self.journals {
            let mut before = BTreeSet::new();
            for record in records {
                match record {
                    Record::Input(input) => {
                        before.insert(input.as_cause());
                        if input.cause.is_some() {
                            let said = self.said.get(&input.as_cause());
                            let said = said.map(|(_, said)| Envelope { rx: input.rx, ..*said });
                            assert_eq!(
                                said.as_ref(),
                                Some(input),
                                "{process} took what nobody said"
                            );
                        }
                    }
                    Record::Output(output) => {
                        let cause = output.cause.expect("a message because of nothing");
                        assert!(before.contains(&cause), "{process}: {output:?}");
                        before.insert(output.as_cause());
                        links += 1;
                    }
                    Record::Began(_) => {}
                }
            }
        }
        links
    }

    /// Everything that was said, in the order in which each process said it.
    pub(crate) fn said(&self) -> impl Iterator<Item = &Envelope> {
        self.journals.iter().flat_map(|(_, records)| records).filter_map(|record| match record {
            Record::Output(said) => Some(said),
            Record::Input(_) | Record::Began(_) => None,
        })
    }

    /// The message that this one was said because of: said by somebody, or taken from outside by whoever
    /// said this one.
    pub(crate) fn cause(&self, of: &Envelope) -> Envelope {
        let name = of.cause.expect("a message because of nothing");
        match self.said.get(&name) {
            Some((_, said)) => *said,
            None => self.taken[self.said[&of.as_cause()].0][&name],
        }
    }

    /// What was said because of this.
    pub(crate) fn because_of(&self, said: &Envelope) -> &[Envelope] {
        self.because.get(&said.as_cause()).map_or(&[], Vec::as_slice)
    }

    /// What it all began with: something from outside.
    pub(crate) fn root(&self, of: &Envelope) -> Envelope {
        let mut message = *of;
        while message.cause.is_some() {
            message = self.cause(&message);
        }
        message
    }

    /// What was said of that type about an order, in order.
    pub(crate) fn about(&self, id: OrderId, name: &str) -> Vec<Envelope> {
        let all = self.about.get(&id).into_iter().flatten();
        all.filter(|said| said.event.name() == name).copied().collect()
    }
}

fn inputs(records: &[Record]) -> BTreeMap<Cause, Envelope> {
    let inputs = records.iter().filter_map(|record| match record {
        Record::Input(input) => Some((input.as_cause(), *input)),
        Record::Output(_) | Record::Began(_) => None,
    });
    inputs.collect()
}

/// The order whose life a message is about.
fn order_of(event: &Event) -> Option<OrderId> {
    match event {
        Event::Approved(approval) => Some(approval.id),
        Event::Accepted(accepted) => Some(accepted.id),
        Event::Submit(submit) => Some(submit.id),
        Event::Order(update) => Some(update.id),
        Event::Fill(fill) => Some(fill.id),
        _ => None,
    }
}
