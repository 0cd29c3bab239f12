//! What a bus has to be able to do, as connections of one process to one server.
//!
//! Every call waits for the server, at most as long as the connection allows, and every call may fail
//! without anybody knowing whether it was done. What is built on top therefore never relies on a call
//! having failed: an append is conditional on where the stream ends, and everything else may be repeated.

use std::time::Duration;

use contracts::Span;

use crate::place::{Channel, Position, RawId, ReaderName, Stream};
use crate::trust::Mac;

/// A server between processes.
pub trait Bus: Send + Sync {
    /// A connection that writes.
    fn writer(&self) -> Result<Box<dyn Writing>, Fault>;
    /// A connection that reads streams.
    fn reader(&self) -> Result<Box<dyn Fetching>, Fault>;
    /// A connection that hears those channels from now on, and nothing of what was said before.
    fn listener(&self, channels: &[Channel]) -> Result<Box<dyn Hearing>, Fault>;
}

/// Writes.
pub trait Writing: Send {
    /// Appends to a stream that ends at `after`, and tells each entry on its channel in the same step. Takes
    /// as many as there is room for while the stream has at most `most` entries.
    fn append(
        &mut self,
        stream: Stream,
        after: Position,
        entries: &[Entry],
        most: u64,
    ) -> Result<Appended, Fault>;

    /// Tells those who listen now.
    fn tell(&mut self, messages: &[Message]) -> Result<(), Fault>;

    /// How a stream stands, and how far these have read it.
    fn look(&mut self, stream: Stream, readers: &[ReaderName]) -> Result<Standing, Fault>;

    /// Takes a stream away, so that it can be written anew.
    fn clear(&mut self, stream: Stream) -> Result<(), Fault>;

    /// Drops the beginning of a stream.
    fn trim(&mut self, stream: Stream, keep: Keep) -> Result<(), Fault>;

    /// Asks for a lease, or for more of it.
    fn lend(&mut self, ask: &Ask) -> Result<Answer, Fault>;

    /// Gives a lease back.
    fn give_back(&mut self, ask: &Ask) -> Result<(), Fault>;

    /// What the kill switch says that stands under that key.
    fn kill_key(&mut self, key: &str) -> Result<KillKey, Fault>;
}

/// What a kill switch says that is a key on the server, which anybody may set who is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillKey {
    /// It is not there, or is `0`.
    Clear,
    /// It is `1`.
    Stop,
    /// It is something else, and nobody knows what was meant.
    Strange,
}

impl KillKey {
    /// What that value says; nothing where there is no key.
    pub fn of(value: Option<&[u8]>) -> Self {
        match value {
            None | Some(b"0") => Self::Clear,
            Some(b"1") => Self::Stop,
            Some(_) => Self::Strange,
        }
    }
}

/// Reads streams.
pub trait Fetching: Send {
    /// What stands behind those positions, at most `most` of each stream; waits that long for the first.
    fn fetch(
        &mut self,
        after: &[(Stream, RawId)],
        most: usize,
        patience: Duration,
    ) -> Result<Vec<(Stream, Found)>, Fault>;

    /// Says how far a reader has read.
    fn place(&mut self, reader: &ReaderName, read: &[(Stream, Position)]) -> Result<(), Fault>;
}

/// Hears channels.
pub trait Hearing: Send {
    /// The next message; waits that long for it.
    fn hear(&mut self, patience: Duration) -> Result<Option<Message>, Fault>;
}

/// Something to be appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub position: Position,
    /// What stands right before it.
    pub before: Position,
    /// The canonical message.
    pub text: Vec<u8>,
    /// The code of its source.
    pub mac: Mac,
}

/// Something that stands on a stream, whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name on the server.
    pub id: RawId,
    /// What it says stands before it.
    pub before: Option<Position>,
    /// What it says.
    pub text: Vec<u8>,
    /// The code that it has.
    pub mac: Option<Mac>,
}

impl From<&Entry> for Found {
    fn from(entry: &Entry) -> Self {
        Self {
            id: entry.position.into(),
            before: Some(entry.before),
            text: entry.text.clone(),
            mac: Some(entry.mac),
        }
    }
}

/// What became of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// The first so many stand there now.
    Taken {
        /// How many.
        entries: usize,
        /// How long the stream is.
        length: u64,
    },
    /// The stream ends elsewhere, and nothing was done.
    Elsewhere,
}

/// How a stream stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How many entries it has.
    pub length: u64,
    /// The first of them.
    pub first: Option<Found>,
    /// How it ends.
    pub end: End,
    /// How far each of the readers that were asked for has read, where it has said so.
    pub readers: Vec<Option<Position>>,
}

/// How a stream ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// There is no such stream.
    Nothing,
    /// With that.
    At(Found),
    /// Its end has been tampered with: it is not where the server says that it is.
    Strange,
}

/// What remains of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// That entry and everything behind it.
    From(Position),
    /// So many.
    Last(u64),
}

/// A message on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The name of the channel.
    pub channel: String,
    /// What is said.
    pub text: Vec<u8>,
}

/// Who wants a lease of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What is lent.
    pub what: String,
    /// Who asks; nobody else may use that name.
    pub who: String,
    /// For how long.
    pub term: Span,
    /// The token has to be above this one.
    pub above: u64,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is yours, under that token; the same as before if it was yours.
    Yours(u64),
    /// Somebody else has it.
    Theirs,
}

/// A call that failed, or of which nobody knows whether it was done. The connection is of no use any more;
/// everything may be tried again on a new one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}{}{advice}", if advice.is_empty() { "" } else { "; try: " })]
pub struct Fault {
    /// What kind.
    pub kind: FaultKind,
    /// What happened, and where.
    pub what: String,
    /// What to try.
    pub advice: &'static str,
}

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Nobody answers there, or the line broke.
    Away,
    /// There was no answer in time.
    Timeout,
    /// The server does not let us.
    NotAllowed,
    /// The server has no room.
    NoRoom,
    /// The server said something that it should not.
    Nonsense,
}

impl Fault {
    /// A fault without advice.
    pub fn new(kind: FaultKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), advice: "" }
    }
}
