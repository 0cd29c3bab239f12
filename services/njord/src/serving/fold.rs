//! A board from a journal: for commands where nothing runs, and for a process that begins again.
//!
//! It reads and takes no lock, so it may read what is just being written.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use board::{About, Board, BoardConfig, Drill};
use contracts::{LimitKey, Money, RunId, StrategyId, Ts};
use journal::files::RealFiles;
use journal::{Entry, Fault, JournalKey, Reader, Start};
use settings::{Loaded, Origin};

/// So much of a journal is read for somebody who asks; of a longer one, the latest segments that have that.
pub const READ_BYTES_MAX: u64 = 256 << 20;

/// What a board is built from, by the settings. The cash is what each strategy starts with at the very
/// first start, where that is known. Nothing where there is no market, and so no currency.
pub fn board_config(
    loaded: &Loaded,
    about: About,
    cash: Vec<(StrategyId, Money)>,
) -> Option<BoardConfig> {
    let settings = loaded.settings();
    let currency = settings.market.symbols.first()?.quote();
    let at = |key: &LimitKey| match loaded.origin(key.setting()) {
        Origin::Default => None,
        origin => Some((*key, origin.to_string())),
    };
    let enabled = settings.strategies.iter().filter(|(_, entry)| entry.enabled);
    Some(BoardConfig {
        about,
        roster: enabled.map(|(id, _)| *id).collect(),
        currency,
        cash,
        daily_loss_cap: Some(settings.risk.daily_loss_cap),
        daily_loss_kill: Some(settings.risk.daily_loss_kill),
        limits_at: LimitKey::ALL.iter().filter_map(at).collect::<BTreeMap<_, _>>(),
    })
}

/// A journal, folded.
#[derive(Debug)]
pub struct Folded {
    /// What it comes to.
    pub board: Board,
    /// When the last message in it was heard, or the last process began.
    pub as_of: Option<Ts>,
    /// The number of the record that was read first.
    pub from: u64,
    /// Whether something stands at its end that is not whole: it is being written, or the power went.
    pub torn: bool,
}

/// Folds the journal in that folder, so much of its end and what else is in the same segment; nothing where there is
/// none.
pub fn fold(
    root: &Path,
    key: &JournalKey,
    config: BoardConfig,
    bytes_max: u64,
) -> Result<Option<Folded>, Fault> {
    let reader = Reader::open(Arc::new(RealFiles), root, key)?;
    let Some(from) = reader.latest(bytes_max) else { return Ok(None) };
    let mut folding = Folding { config: Some(config), board: None, as_of: None, first: from == 1 };
    let read = reader.read(from, |record| {
        folding.take(record.entry);
        Ok(())
    })?;
    let Folding { config, board, as_of, .. } = folding;
    let board = board.or_else(|| config.map(Board::midway));
    Ok(board.map(|board| Folded { board, as_of, from, torn: read.torn }))
}

struct Folding {
    config: Option<BoardConfig>,
    board: Option<Board>,
    as_of: Option<Ts>,
    /// Whether reading began at the first record there is.
    first: bool,
}

impl Folding {
    fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Genesis(start) | Entry::Began(start) => self.began(&start),
            Entry::Input(envelope) | Entry::Output(envelope) => {
                self.as_of = self.as_of.max(Some(envelope.rx));
                if let Some(board) = self.board(false) {
                    board.hear(&envelope);
                }
            }
            _ => {}
        }
    }

    fn began(&mut self, start: &Start) {
        self.as_of = self.as_of.max(Some(start.at));
        // A journal that follows a broken one begins with a state that is not in its messages.
        let first = self.first && start.predecessor.is_none();
        if let Some(board) = self.board(first) {
            board.began(start.run, &start.build, start.at);
        }
    }

    fn board(&mut self, first: bool) -> Option<&mut Board> {
        if let Some(config) = self.config.take() {
            let new = if first { Board::from_first } else { Board::midway };
            self.board = Some(new(config));
        }
        self.board.as_mut()
    }
}

/// The file in the state folder that says how the last drill of the kill switch went.
pub(crate) const DRILL_FILE: &str = "drill.json";
/// The file holds three numbers; something larger is something else.
const DRILL_MAX: u64 = 4_096;

/// How the last drill went, as far as that can be read.
pub(crate) fn last_drill(state: &Path) -> Option<Drill> {
    let mut text = String::new();
    let file = fs::File::open(state.join(DRILL_FILE)).ok()?;
    file.take(DRILL_MAX).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// What is known of a process that does not run: the rest is in its journal.
pub(crate) fn about(loaded: &Loaded) -> About {
    let run = &loaded.settings().run;
    About {
        mode: run.mode.name().to_owned(),
        session: RunId::new(run.session),
        build: String::new(),
        started: Ts::ZERO,
        settings: loaded.hash().to_string(),
        drill: last_drill(&loaded.places().state),
        mirror: None,
    }
}
