//! What has been said and perhaps not told. The shell keeps it while it works, and a start finds it again:
//! behind the latest snapshot, from what was said since, less what was noted as carried.
//!
//! Only what may not be lost is here. Requests to the venue are not: nobody knows how long ago they were
//! decided, so they are never sent twice, and their fate is asked for instead.

use std::collections::VecDeque;

use contracts::codec;
use contracts::{Delivery, Envelope, TopicKind};
use journal::Fault;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Whether a message is told again when nobody knows whether it was told.
pub(crate) fn must_be_told(said: &Envelope) -> bool {
    let kind = said.topic().kind();
    kind.delivery() == Delivery::Durable && kind != TopicKind::VenueRequest
}

/// What must be told and is not known to have been, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Untold {
    waiting: VecDeque<Envelope>,
    /// How many have been told since the process began.
    told: u64,
}

/// As a snapshot holds it.
#[derive(Deserialize)]
struct Saved<'a> {
    told: contracts::Seq,
    #[serde(borrow)]
    untold: Vec<&'a RawValue>,
}

impl Untold {
    /// A process begins with that to tell.
    pub(crate) fn owed(owed: &[Envelope]) -> Self {
        Self { waiting: owed.iter().copied().filter(must_be_told).collect(), told: 0 }
    }

    /// Something was said.
    #[inline]
    pub(crate) fn said(&mut self, envelope: &Envelope) {
        if must_be_told(envelope) {
            self.waiting.push_back(*envelope);
        }
    }

    /// So many have been told since the process began.
    pub(crate) fn told(&mut self, outputs: u64) {
        while self.told < outputs && self.waiting.pop_front().is_some() {
            self.told += 1;
        }
    }

    /// Another process begins: it counts anew.
    pub(crate) fn begins(&mut self) {
        self.told = 0;
    }

    /// All of it.
    pub(crate) fn waiting(&self) -> Vec<Envelope> {
        self.waiting.iter().copied().collect()
    }

    /// One line of JSON.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = format!("{{\"told\":\"{}\",\"untold\":[", self.told).into_bytes();
        for (place, envelope) in self.waiting.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            codec::write(envelope, &mut out);
        }
        out.extend_from_slice(b"]}");
        out
    }

    /// Reads what [`Untold::write`] wrote.
    pub(crate) fn read(saved: &RawValue) -> Result<Self, Fault> {
        let not_a_state = |what: String| Fault::NotAState(format!("what is to be told: {what}"));
        let saved: Saved<'_> =
            serde_json::from_str(saved.get()).map_err(|error| not_a_state(error.to_string()))?;
        let read = |line: &RawValue| codec::read(line.get().as_bytes());
        let waiting: Result<_, _> = saved.untold.into_iter().map(read).collect();
        let waiting = waiting.map_err(|unreadable| not_a_state(unreadable.to_string()))?;
        Ok(Self { waiting, told: saved.told.get() })
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;
    use contracts::{Alert, AlertCode, Event, OrderId, QueryOrder, Source, Wake};

    use super::*;

    fn said(number: u64) -> Envelope {
        let (code, order) = (AlertCode::BoundReached, OrderId::from_bits(u128::from(number)));
        let alert = Event::Alert(Alert { code, symbol: None, order });
        Envelope::input(Source::RiskEngine, secs(number as i64), alert)
    }

    #[test]
    fn untold_is_what_was_said_less_what_was_carried() {
        let mut untold = Untold::owed(&[said(1), said(2)]);
        untold.said(&said(3));
        untold.told(2);
        assert_eq!(untold.waiting(), [said(3)]);
        // A count that is late says nothing new, and one that is ahead takes no more than there is.
        untold.told(1);
        assert_eq!(untold.waiting(), [said(3)]);
        untold.told(9);
        assert_eq!(untold, Untold { waiting: VecDeque::new(), told: 3 });
    }

    #[test]
    fn untold_leaves_out_requests_and_what_may_be_lost() {
        let mut untold = Untold::default();
        let id = OrderId::from_bits(7).unwrap();
        for event in
            [Event::QueryOrder(QueryOrder { id }), Event::Wake(Wake { machine: 1, timer: 1 })]
        {
            untold.said(&Envelope::input(Source::ExecutionGateway, secs(1), event));
        }
        assert_eq!(untold, Untold::default());
    }

    #[test]
    fn untold_comes_back_as_it_was_written() {
        let mut untold = Untold::owed(&[said(1), said(2), said(3)]);
        untold.told(1);
        for untold in [Untold::default(), untold] {
            let text = String::from_utf8(untold.write()).unwrap();
            let raw = RawValue::from_string(text).unwrap();
            assert_eq!(Untold::read(&raw).unwrap(), untold);
        }
        for bad in ["1", "{}", "{\"told\":\"1\",\"untold\":[1]}"] {
            let raw = RawValue::from_string(bad.to_owned()).unwrap();
            assert!(Untold::read(&raw).is_err(), "{bad}");
        }
    }
}
