//! One board for the threads that fill it and those that ask it.
//!
//! What the process says comes turn by turn from the carrier, once the disk has it. What comes in from
//! outside is overheard at the sequencer itself, which must not wait for somebody who is just writing a page:
//! it goes into a small box that is emptied before the board is asked or told anything else.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use board::{Board, Mirror};
use contracts::{Envelope, TopicKind};
use kernel::Tap;
use runtime::Outlet;

use super::fold::last_drill;

/// So much may wait in the box; beyond that it is emptied by whoever comes with more.
const BOX_MAX: usize = 1_024;

/// A board that many may ask.
#[derive(Clone, Debug)]
pub struct SharedBoard(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    board: Mutex<Board>,
    overheard: Mutex<Vec<Envelope>>,
    changes: AtomicU64,
    /// Where drills of the kill switch leave how they went.
    drills: Option<PathBuf>,
}

impl SharedBoard {
    /// Shares a board.
    pub fn new(board: Board) -> Self {
        Self::with(board, None)
    }

    /// Shares a board that always knows the last drill that left its result in that folder.
    pub fn knowing_drills(board: Board, state: PathBuf) -> Self {
        Self::with(board, Some(state))
    }

    fn with(board: Board, drills: Option<PathBuf>) -> Self {
        let overheard = Mutex::new(Vec::with_capacity(BOX_MAX));
        let changes = AtomicU64::new(0);
        Self(Arc::new(Shared { board: Mutex::new(board), overheard, changes, drills }))
    }

    /// Where the process is to carry what it says.
    pub fn outlet(&self) -> BoardOutlet {
        BoardOutlet { shared: self.clone(), turn: Vec::new() }
    }

    /// Who is to listen to what comes in.
    pub fn ear(&self) -> BoardEar {
        BoardEar(self.clone())
    }

    /// Tells it something at once.
    pub fn hear(&self, envelope: &Envelope) {
        self.told(|board| board.hear(envelope));
    }

    /// Tells it how what is said stands on a bus.
    pub(crate) fn mirrored(&self, mirror: Mirror) {
        self.told(|board| board.mirrored(mirror));
    }

    /// Asks it.
    pub fn ask<T>(&self, question: impl FnOnce(&Board) -> T) -> T {
        // Drills are run by others, while this runs.
        let drill = self.0.drills.as_ref().map(|state| last_drill(state));
        let mut board = self.board();
        if let Some(drill) = drill {
            board.drilled(drill);
        }
        question(&board)
    }

    /// A number that is another one after anything was heard.
    pub fn changes(&self) -> u64 {
        self.0.changes.load(Ordering::Acquire)
    }

    fn told(&self, tell: impl FnOnce(&mut Board)) {
        tell(&mut self.board());
        self.0.changes.fetch_add(1, Ordering::Release);
    }

    /// The board, with everything that waited in the box.
    fn board(&self) -> MutexGuard<'_, Board> {
        let mut board = self.0.board.lock().unwrap_or_else(PoisonError::into_inner);
        let mut overheard = self.0.overheard.lock().unwrap_or_else(PoisonError::into_inner);
        for envelope in overheard.drain(..) {
            board.hear(&envelope);
        }
        board
    }

    fn overhear(&self, envelope: &Envelope) {
        let mut overheard = self.0.overheard.lock().unwrap_or_else(PoisonError::into_inner);
        overheard.push(*envelope);
        let full = overheard.len() >= BOX_MAX;
        drop(overheard);
        self.0.changes.fetch_add(1, Ordering::Release);
        if full {
            drop(self.board());
        }
    }
}

/// Carries what a process says to the board, a turn at a time, so that nobody sees half of one.
#[derive(Debug)]
pub struct BoardOutlet {
    shared: SharedBoard,
    turn: Vec<Envelope>,
}

impl Outlet for BoardOutlet {
    fn carry(&mut self, said: &Envelope) {
        self.turn.push(*said);
    }

    fn turn_ends(&mut self) {
        let turn = std::mem::take(&mut self.turn);
        self.shared.told(|board| turn.iter().for_each(|said| board.hear(said)));
        self.turn = turn;
        self.turn.clear();
    }
}

/// Overhears what comes in from outside and concerns the board: the venue's word, pauses, polls, what the shell notes. Markets are
/// left out; what matters of them is said by the gate.
#[derive(Clone, Debug)]
pub struct BoardEar(SharedBoard);

impl Tap for BoardEar {
    fn input(&mut self, envelope: &Envelope) {
        let wanted = matches!(
            envelope.topic().kind(),
            TopicKind::VenueReport
                | TopicKind::ControlStrategy
                | TopicKind::ControlPoll
                | TopicKind::Heads
                | TopicKind::Alerts
        );
        if wanted {
            self.0.overhear(envelope);
        }
    }
}
