//! What happens to those who are too slow, by class of topic. It is declared here and nowhere else.
//!
//! | class | somebody reads too slowly | somebody cannot say what they have to say |
//! |---|---|---|
//! | lossy | the server drops the line; what was on it is lost, and a gap says so | it is lost, and a gap says so |
//! | durable | the stream grows to its bound: new risk is refused, then the rest waits in the journal | it waits in the journal |
//!
//! Nobody is ever made to wait, and nothing grows without a bound.

use contracts::Span;

/// How much may wait where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Messages of each class that wait in the process for the server.
    pub queue: usize,
    /// Entries of a stream that not all of its readers have confirmed; at it new risk is refused.
    pub entries_max: u64,
    /// Entries beyond that, for what helps to get out. Behind them messages wait in the journal.
    pub reserve: u64,
    /// Entries that are appended or read in one step.
    pub batch: usize,
    /// Topics with symbols that are followed, of all sources together.
    pub topics: usize,
    /// How often heads and positions are said, and streams are looked after.
    pub every: Span,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            queue: 16_384,
            entries_max: 100_000,
            reserve: 25_000,
            batch: 128,
            topics: 8_192,
            every: Span::SECOND,
        }
    }
}

/// What became of a message that was to be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It is on its way.
    Taken,
    /// It may be lost, and it is; its gap will show.
    Lost,
    /// It is durable and was not taken. The journal has it, and from there it will be taken as soon as that
    /// is possible.
    Refused(Refusal),
}

/// Why a durable message was not taken now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its stream, or the way to it, has no room.
    Full,
    /// The server is not there.
    Away,
    /// Somebody else speaks as this source. It will never be taken.
    Fenced,
    /// The stream is none of those that this process writes.
    NotOurs,
    /// It is over.
    Closed,
}

/// Whether new risk may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Room {
    /// It may.
    Plenty,
    /// A stream has reached its bound: somebody does not read.
    Full,
    /// The server is not there, or what is on it is not known.
    Away,
    /// Somebody else speaks as one of our sources.
    Fenced,
}

impl Room {
    /// As the metrics say it.
    pub const fn gauge(self) -> u8 {
        self as u8
    }

    /// Whether new risk may be taken.
    pub const fn allows_new_risk(self) -> bool {
        matches!(self, Self::Plenty)
    }
}
