//! One board from the journals of services that are processes of their own, in the order in which their messages
//! were taken or said. All of them have the clock of this machine, and a message is on the disk of whoever said
//! it before anybody else can have taken it.

use std::path::Path;
use std::sync::Arc;

use board::{Board, BoardConfig};
use contracts::{Envelope, TopicKind, Ts};
use journal::files::RealFiles;
use journal::{Entry, Fault, JournalKey, Reader, Start};

use super::fold::READ_BYTES_MAX;

/// Of each journal so much is read; of a longer one, the latest segments.
const EACH_BYTES_MAX: u64 = READ_BYTES_MAX / 4;
/// Whose starts are those of the whole.
const GATE: &str = "risk-engine";
/// Who hears the venue.
const GATEWAY: &str = "execution-gateway";
/// Who brings the market: what matters of it is said by the gate.
const MARKET: &str = "md-ingest";

/// How far a journal goes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reached {
    /// Its last record.
    pub(crate) record: u64,
    /// When the last message in it was heard, or the last process began.
    pub(crate) as_of: Option<Ts>,
}

/// What journals say of a board, until all of them are read.
pub(crate) struct Together {
    said: Vec<(Ts, Said)>,
    from_first: bool,
}

enum Said {
    Began(Start),
    Heard(Envelope),
}

impl Together {
    pub(crate) fn new() -> Self {
        Self { said: Vec::new(), from_first: true }
    }

    /// Reads the journal of that service; nothing where it has none.
    pub(crate) fn read(
        &mut self,
        service: &str,
        root: &Path,
        key: &JournalKey,
    ) -> Result<Option<Reached>, Fault> {
        if !root.exists() {
            return Ok(None);
        }
        let reader = Reader::open(Arc::new(RealFiles), root, key)?;
        let bytes_max = if service == MARKET { 0 } else { EACH_BYTES_MAX };
        let Some(from) = reader.latest(bytes_max) else { return Ok(None) };
        self.from_first &= from == 1 || service == MARKET;
        let mut reached = Reached::default();
        reader.read(from, |record| {
            reached.record = record.seq;
            let (at, said) = match record.entry {
                Entry::Genesis(start) | Entry::Began(start) => (start.at, Said::Began(start)),
                Entry::Input(heard) | Entry::Output(heard) => (heard.rx, Said::Heard(heard)),
                _ => return Ok(()),
            };
            // A clock that was set back does not change the order within a journal.
            let at = reached.as_of.map_or(at, |before| before.max(at));
            reached.as_of = Some(at);
            if concerns(service, &said) {
                self.said.push((at, said));
            }
            Ok(())
        })?;
        Ok(Some(reached))
    }

    /// What all of it comes to.
    pub(crate) fn board(mut self, config: BoardConfig) -> Board {
        self.said.sort_by_key(|(at, _)| *at);
        let is_followed = |said: &(Ts, Said)| matches!(&said.1, Said::Began(start) if start.predecessor.is_some());
        let is_whole = self.from_first && !self.said.iter().any(is_followed);
        let new = if is_whole { Board::from_first } else { Board::midway };
        let mut board = new(config);
        for (_, said) in &self.said {
            match said {
                Said::Began(start) => board.began(start.run, &start.build, start.at),
                Said::Heard(envelope) => board.hear(envelope),
            }
        }
        board
    }
}

/// Whether the board hears it from that journal. What a service took of another stands in the other's journal
/// too; what came from the world stands in one alone.
fn concerns(service: &str, said: &Said) -> bool {
    let envelope = match said {
        Said::Began(_) => return service == GATE,
        Said::Heard(envelope) => envelope,
    };
    match envelope.topic().kind() {
        _ if service == MARKET => false,
        TopicKind::VenueReport => service == GATEWAY,
        TopicKind::ControlPoll => service == GATE,
        kind => !kind.is_of_a_market() || kind == TopicKind::Mark && service == GATE,
    }
}
