//! Where a message stands: streams, positions on them, and the names of those who read.
//!
//! A durable message is named by its stream and its position, and the stream holds it under that very
//! name. Nothing here is trusted because it reads well: ids that come from the server are raw until the
//! code of their message fits.

use std::fmt;
use std::str::FromStr;

use contracts::{Delivery, Envelope, Epoch, Seq, Source, Topic, TopicKind};

/// A place on a stream: the message of that number in that epoch. Places are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The start of the source in which it was said.
    pub epoch: Epoch,
    /// Its number in that epoch.
    pub seq: Seq,
}

impl Position {
    /// Before the first message of all.
    pub const START: Self = Self { epoch: Epoch(0), seq: Seq::new(0) };

    /// That message of that epoch.
    pub const fn new(epoch: u32, seq: u64) -> Self {
        Self { epoch: Epoch(epoch), seq: Seq::new(seq) }
    }

    /// Where that message stands on its stream.
    pub const fn of(said: &Envelope) -> Self {
        Self { epoch: said.epoch, seq: said.seq }
    }

    /// Whether it is the number right behind `before`, of the same epoch.
    pub fn is_next_of(self, before: Self) -> bool {
        self.epoch == before.epoch && before.seq.get().checked_add(1) == Some(self.seq.get())
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch.0, self.seq)
    }
}

/// Not two numbers with a hyphen between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position: two numbers with a hyphen between them, such as 3-17")]
pub struct NotAPosition;

impl FromStr for Position {
    type Err = NotAPosition;
    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        text.parse::<RawId>()?.position().ok_or(NotAPosition)
    }
}

/// The name that the server holds an entry under, whoever wrote it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RawId(pub u64, pub u64);

impl RawId {
    /// The position of that name, if a message can have it.
    pub fn position(self) -> Option<Position> {
        let epoch = u32::try_from(self.0).ok()?;
        Some(Position::new(epoch, self.1))
    }
}

impl From<Position> for RawId {
    fn from(position: Position) -> Self {
        Self(u64::from(position.epoch.0), position.seq.get())
    }
}

impl fmt::Display for RawId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.1)
    }
}

impl FromStr for RawId {
    type Err = NotAPosition;
    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        // Digits alone: a sign or a leading zero would be a second name for the same entry.
        let number = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            let short = digits == "0" || !digits.starts_with('0');
            (plain && short).then(|| digits.parse::<u64>().ok()).flatten().ok_or(NotAPosition)
        };
        let (epoch, seq) = text.split_once('-').ok_or(NotAPosition)?;
        Ok(Self(number(epoch)?, number(seq)?))
    }
}

/// What one source says on one durable topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream {
    kind: TopicKind,
    source: Source,
}

impl Stream {
    /// The stream of that source on that topic; nothing for a topic whose messages may be lost.
    pub fn new(kind: TopicKind, source: Source) -> Option<Self> {
        (kind.delivery() == Delivery::Durable).then_some(Self { kind, source })
    }

    /// The stream that a message belongs to.
    pub fn of(said: &Envelope) -> Option<Self> {
        Self::new(said.topic().kind(), said.src)
    }

    /// The topic; durable ones have no symbol.
    pub const fn kind(self) -> TopicKind {
        self.kind
    }

    /// Who says it.
    pub const fn source(self) -> Source {
        self.source
    }

    /// The channel on which anybody may listen.
    pub const fn channel(self) -> &'static str {
        self.kind.prefix()
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.prefix(), self.source.name())
    }
}

/// The name under which a process says how far it has read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReaderName(String);

/// Not a name of a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a name: 1 to 32 lower-case letters, digits and hyphens")]
pub struct NotAName;

impl ReaderName {
    /// That name.
    pub fn new(name: &str) -> Result<Self, NotAName> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let holds = (1..=32).contains(&name.len()) && name.bytes().all(fits);
        holds.then(|| Self(name.to_owned())).ok_or(NotAName)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// One topic.
    Topic(Topic),
    /// A topic with every symbol and timeframe there is.
    Kind(TopicKind),
}

impl Channel {
    /// Whether a message on that topic is heard.
    pub fn covers(self, topic: &Topic) -> bool {
        match self {
            Self::Topic(own) => own == *topic,
            Self::Kind(kind) => kind == topic.kind(),
        }
    }

    /// The name of a channel with `*` at its end for what may follow, and whether it has one.
    pub(crate) fn name(self) -> (String, bool) {
        match self {
            Self::Topic(topic) => (topic.to_string(), false),
            Self::Kind(kind) if kind.is_of_a_market() => (format!("{}.*", kind.prefix()), true),
            Self::Kind(kind) => (kind.prefix().to_owned(), false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_text_round_trips_and_refuses_the_rest() {
        for position in [Position::START, Position::new(u32::MAX, u64::MAX), Position::new(3, 17)] {
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        for bad in ["", "-", "1", "1-", "-1", "1-+2", "01-2", "1-2-3", "4294967296-1", "1- 2"] {
            assert_eq!(bad.parse::<Position>(), Err(NotAPosition), "{bad:?}");
        }
        assert!("4294967296-1".parse::<RawId>().unwrap().position().is_none());
    }

    #[test]
    fn position_next_is_the_next_number_of_the_same_epoch() {
        let at = Position::new;
        assert!(at(1, 2).is_next_of(at(1, 1)));
        for (place, before) in [(at(2, 1), at(1, 9)), (at(1, 3), at(1, 1)), (at(1, 1), at(1, 1))] {
            assert!(!place.is_next_of(before), "{place} behind {before}");
        }
        assert!(!at(1, 0).is_next_of(at(1, u64::MAX)));
    }

    #[test]
    fn channel_of_every_kind_finds_its_topics_by_name() {
        for kind in TopicKind::ALL {
            let (name, pattern) = Channel::Kind(kind).name();
            let plain: Result<Topic, _> = kind.prefix().parse();
            assert_eq!(pattern, plain.is_err(), "{name}");
            assert_eq!(name.ends_with(".*"), pattern);
        }
    }

    #[test]
    fn stream_is_of_durable_topics_alone() {
        let stream = Stream::new(TopicKind::Fills, Source::ExecutionGateway).unwrap();
        assert_eq!(stream.to_string(), "fills.new:execution-gateway");
        assert_eq!(Stream::new(TopicKind::Trades, Source::MdIngest), None);
        assert!(ReaderName::new("risk-engine").is_ok());
        for bad in ["", "Risk", "a b", "a:b", &"a".repeat(33)] {
            assert_eq!(ReaderName::new(bad), Err(NotAName), "{bad:?}");
        }
    }
}
