//! How long three hops take, as the journals have it: from a market event, by the clock of whoever brought it, to
//! the request of the order that followed from it, by that of whoever sends it. All of them have the same clock.
//!
//! Each hop but the last waits for a disk: what is durable is said once it is there.

use std::collections::BTreeMap;

use contracts::{Cause, Envelope, Event, Origin, Source, Span, Ts};
use journal::Entry;

/// What was said because of what.
#[derive(Default)]
pub(super) struct Hops {
    /// When that was said from which everything else followed.
    began: BTreeMap<Cause, Ts>,
    /// What was said last in that journal before a machine answered: the market event of an intent.
    last: Option<(Cause, Ts)>,
    /// From there to the request.
    took: Vec<Span>,
}

impl Hops {
    /// A record of that journal; the strategies' come before the gate's, and the gate's before the gateway's.
    pub(super) fn note(&mut self, journal: &str, entry: &Entry) {
        match entry {
            Entry::Input(heard) if journal == "strategy-engine" => {
                self.last = (heard.src == Source::MdIngest).then(|| (heard.as_cause(), heard.ts));
            }
            Entry::Output(said) => self.said(said),
            _ => {}
        }
    }

    fn said(&mut self, said: &Envelope) {
        let asked = said.corr.is_some_and(|corr| corr.origin == Origin::Strategy);
        let Some(cause) = said.cause.filter(|_| asked) else { return };
        match said.event {
            Event::Place(_) => {
                if let Some((_, at)) = self.last.filter(|(event, _)| *event == cause) {
                    self.began.insert(said.as_cause(), at);
                }
            }
            Event::Approved(_) => {
                if let Some(at) = self.began.get(&cause).copied() {
                    self.began.insert(said.as_cause(), at);
                }
            }
            Event::Submit(_) => {
                if let Some(at) = self.began.get(&cause) {
                    self.took.push(said.ts.since(*at));
                }
            }
            _ => {}
        }
    }

    /// How many there were, and how long half and ninety-nine hundredths of them took at most.
    pub(super) fn figures(mut self) -> (usize, Span, Span) {
        self.took.sort_unstable();
        let of = |hundredths| super::quantile(&self.took, hundredths);
        (self.took.len(), of(50), of(99))
    }
}
