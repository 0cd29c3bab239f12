//! How far what was said and heard reaches: on each stream, the last message that machines of this process
//! said, and the last that another process said and this one took.
//!
//! It follows the journal, record by record, and stands in every snapshot: a start reads on behind it, and
//! nobody has to search for where a stream ends.

use std::collections::BTreeMap;

use bus::{Position, Stream};
use contracts::{Delivery, Envelope, Source, TopicKind};
use journal::Fault;
use serde::Deserialize;
use serde_json::value::RawValue;

const KINDS: usize = TopicKind::ALL.len();
const SOURCES: usize = Source::ALL.len();

/// A position for each stream there can be; those without a message stand at the start.
type Positions = Box<[[Position; KINDS]; SOURCES]>;

/// How far everything reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    said: Positions,
    heard: Positions,
}

/// As a snapshot of the shell holds it, beside other things.
#[derive(Deserialize)]
struct Saved {
    #[serde(default)]
    reach: Written,
}

#[derive(Default, Deserialize)]
struct Written {
    #[serde(default)]
    said: BTreeMap<String, String>,
    #[serde(default)]
    heard: BTreeMap<String, String>,
}

impl Default for Reach {
    fn default() -> Self {
        let none = [[Position::START; KINDS]; SOURCES];
        Self { said: Box::new(none), heard: Box::new(none) }
    }
}

/// Whether an input was said by a process that has a stream for it. What the venue, the process itself and
/// the market say comes by other ways.
#[inline]
pub(crate) fn is_from_a_stream(input: &Envelope) -> bool {
    let has_one = !matches!(input.src, Source::Venue | Source::Runtime | Source::MdIngest);
    has_one && input.topic().delivery() == Delivery::Durable
}

impl Reach {
    /// An input was taken.
    #[inline]
    pub(crate) fn input(&mut self, input: &Envelope) {
        if is_from_a_stream(input) {
            note(&mut self.heard, input);
        }
    }

    /// A machine has said something.
    #[inline]
    pub fn output(&mut self, said: &Envelope) {
        if said.topic().delivery() == Delivery::Durable {
            note(&mut self.said, said);
        }
    }

    /// The last message that was said on that stream.
    pub fn said(&self, stream: Stream) -> Position {
        self.said[stream.source() as usize][stream.kind() as usize]
    }

    /// The last message of that stream that was taken.
    pub fn heard(&self, stream: Stream) -> Position {
        self.heard[stream.source() as usize][stream.kind() as usize]
    }

    /// One JSON value.
    pub fn write(&self) -> String {
        format!("{{\"said\":{},\"heard\":{}}}", text(&self.said), text(&self.heard))
    }

    /// Reads what [`Reach::write`] wrote from a snapshot of the shell; one from before there were streams has
    /// none.
    pub fn read(shell: &RawValue) -> Result<Self, Fault> {
        let not_a_state = |what: String| Fault::NotAState(format!("how far streams reach: {what}"));
        let saved: Saved =
            serde_json::from_str(shell.get()).map_err(|error| not_a_state(error.to_string()))?;
        let mut reach = Self::default();
        for (written, positions) in
            [(saved.reach.said, &mut reach.said), (saved.reach.heard, &mut reach.heard)]
        {
            for (stream, position) in written {
                let stream = named(&stream).ok_or_else(|| not_a_state(stream))?;
                let position = position.parse().map_err(|_| not_a_state(position))?;
                positions[stream.source() as usize][stream.kind() as usize] = position;
            }
        }
        Ok(reach)
    }
}

#[inline]
fn note(positions: &mut Positions, envelope: &Envelope) {
    let held = &mut positions[envelope.src as usize][envelope.topic().kind() as usize];
    *held = Position::of(envelope).max(*held);
}

/// Every stream there can be.
pub(crate) fn streams() -> impl Iterator<Item = Stream> {
    Source::ALL.into_iter().flat_map(|source| {
        TopicKind::ALL.into_iter().filter_map(move |kind| Stream::new(kind, source))
    })
}

fn named(text: &str) -> Option<Stream> {
    streams().find(|stream| stream.to_string() == text)
}

fn text(positions: &Positions) -> String {
    let at = |stream: &Stream| positions[stream.source() as usize][stream.kind() as usize];
    let some = streams().filter(|stream| at(stream) > Position::START);
    let lines: Vec<String> =
        some.map(|stream| format!("\"{stream}\":\"{}\"", at(&stream))).collect();
    format!("{{{}}}", lines.join(","))
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;
    use contracts::{Alert, AlertCode, Epoch, Event, KillLevel, KillTrigger, Seq, Trip, Wake};

    use super::*;

    fn at(source: Source, event: Event, epoch: u32, seq: u64) -> Envelope {
        let said = Envelope::input(source, secs(1), event);
        Envelope { epoch: Epoch(epoch), seq: Seq::new(seq), ..said }
    }

    fn trip(source: Source, epoch: u32, seq: u64) -> Envelope {
        let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Command };
        at(source, Event::Trip(trip), epoch, seq)
    }

    fn kill(source: Source) -> Stream {
        Stream::new(TopicKind::ControlKill, source).unwrap()
    }

    #[test]
    fn reach_follows_streams_and_nothing_that_comes_by_other_ways() {
        let mut reach = Reach::default();
        reach.input(&trip(Source::RiskEngine, 2, 7));
        reach.input(&trip(Source::Runtime, 9, 9));
        reach.output(&trip(Source::ExecutionGateway, 3, 4));
        reach.output(&at(Source::RiskEngine, Event::Wake(Wake { machine: 1, timer: 1 }), 3, 5));
        assert_eq!(reach.heard(kill(Source::RiskEngine)), Position::new(2, 7));
        assert_eq!(reach.heard(kill(Source::Runtime)), Position::START);
        assert_eq!(reach.said(kill(Source::ExecutionGateway)), Position::new(3, 4));
        assert_eq!(reach.said(kill(Source::RiskEngine)), Position::START);
        // What comes a second time moves nothing back.
        reach.input(&trip(Source::RiskEngine, 2, 6));
        assert_eq!(reach.heard(kill(Source::RiskEngine)), Position::new(2, 7));
    }

    #[test]
    fn reach_comes_back_as_it_was_written() {
        let mut reach = Reach::default();
        let alert = Alert { code: AlertCode::BoundReached, symbol: None, order: None };
        for (source, epoch, seq) in [(Source::RiskEngine, 1, u64::MAX), (Source::Protector, 7, 2)] {
            reach.output(&at(source, Event::Alert(alert), epoch, seq));
            reach.input(&trip(source, epoch, seq));
        }
        for reach in [Reach::default(), reach] {
            let shell = RawValue::from_string(format!("{{\"reach\":{}}}", reach.write())).unwrap();
            assert_eq!(Reach::read(&shell).unwrap(), reach);
        }
        let before = RawValue::from_string("{\"told\":\"1\"}".to_owned()).unwrap();
        assert_eq!(Reach::read(&before).unwrap(), Reach::default());
        for bad in [
            "{\"reach\":1}",
            "{\"reach\":{\"said\":{\"x\":\"1-1\"}}}",
            "{\"reach\":{\"heard\":{\"fills.new:execution-gateway\":\"1\"}}}",
        ] {
            assert!(Reach::read(&RawValue::from_string(bad.to_owned()).unwrap()).is_err(), "{bad}");
        }
    }
}
