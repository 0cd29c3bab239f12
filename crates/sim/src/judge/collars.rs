//! What guards ask for: a stop that buys has a worst price, which is within the collar that its process was told.

use std::collections::BTreeMap;

use contracts::{Bps, Envelope, Event, LimitKey, LimitState, LimitValue, Origin, Rounding, Source};
use kernel::Record;

/// The collars that processes were told.
pub(super) struct Collars {
    /// The one that everybody begins with.
    set_to: Bps,
    told: BTreeMap<String, Told>,
}

#[derive(Clone, Copy)]
enum Told {
    Collar(Bps),
    /// It has forgotten what it was told last, and is told once more.
    Forgotten,
}

impl Collars {
    pub(super) fn new(set_to: Bps) -> Self {
        Self { set_to, told: BTreeMap::new() }
    }

    /// A process takes, or says to itself, what is in force.
    pub(super) fn hears(&mut self, process: &str, heard: &Envelope) {
        if let (Source::RiskEngine, Some(collar)) = (heard.src, collar_in(&heard.event)) {
            self.told.insert(process.to_owned(), Told::Collar(collar));
        }
    }

    /// A process has forgotten that.
    pub(super) fn forgotten(&mut self, process: &str, records: &[Record]) {
        let was_told = |record: &Record| match record {
            Record::Input(it) | Record::Output(it) => collar_in(&it.event).is_some(),
            Record::Began(_) => false,
        };
        if records.iter().any(was_told) {
            self.told.insert(process.to_owned(), Told::Forgotten);
        }
    }

    /// A guard asks for something.
    pub(super) fn allows(&self, process: &str, said: &Envelope) -> Result<(), String> {
        if said.corr.is_none_or(|corr| corr.origin != Origin::Protector) {
            return Ok(());
        }
        let (trigger, worst) = match said.event {
            Event::Place(place) => (place.spec.trigger(), place.spec.limit()),
            Event::Amend(amend) => (amend.trigger, amend.limit),
            _ => return Ok(()),
        };
        let (Some(trigger), Some(worst)) = (trigger, worst) else { return Ok(()) };
        let collar = match self.told.get(process) {
            Some(Told::Forgotten) => return Ok(()),
            Some(Told::Collar(collar)) => *collar,
            None => self.set_to,
        };
        let edge = trigger.shifted(collar, Rounding::Floor);
        if edge.is_some_and(|edge| worst > edge) {
            let collar = collar.get();
            return Err(format!(
                "a guard would buy for {worst} behind {trigger}, {collar} basis points allowed"
            ));
        }
        Ok(())
    }
}

fn collar_in(event: &Event) -> Option<Bps> {
    match event {
        Event::LimitState(LimitState {
            limit: LimitKey::Collar,
            value: LimitValue::Bps { most },
            ..
        }) => Some(*most),
        _ => None,
    }
}
