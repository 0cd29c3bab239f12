//! What is wrong with callers, for the log: counted as it happens and said once a second, so that nobody can fill
//! a disk with it.

use std::sync::{Mutex, PoisonError};

use contracts::{DeadLetter, Span, Ts};
use telemetry::{Log, Notice};

const SAY_EVERY: Span = Span::from_secs(1);

/// Counts, and says it.
pub(super) struct Complaints {
    log: Option<Log>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    noted: Noted,
    said_at: Option<Ts>,
}

/// What was noted since the last time that anything was said.
#[derive(Default)]
pub(super) struct Noted {
    pub(super) turned_away: u64,
    pub(super) let_go: u64,
    unreadable: u64,
    last: Option<DeadLetter>,
}

impl Noted {
    pub(super) fn unreadable(&mut self, letter: DeadLetter) {
        (self.unreadable, self.last) = (self.unreadable + 1, Some(letter));
    }
}

impl Complaints {
    pub(super) fn to(log: Option<Log>) -> Self {
        Self { log, kept: Mutex::default() }
    }

    /// Something is wrong.
    pub(super) fn note(&self, what: impl FnOnce(&mut Noted)) {
        what(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner).noted);
    }

    /// Says what was noted, if the last time is long enough ago, or the clock was turned.
    pub(super) fn say_now_and_then(&self, now: Ts) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.said_at.is_none_or(|said| now < said || now.since(said) >= SAY_EVERY) {
            kept.said_at = Some(now);
            let noted = std::mem::take(&mut kept.noted);
            drop(kept);
            self.tell(&noted);
        }
    }

    /// Says what was noted.
    pub(super) fn say(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let noted = std::mem::take(&mut kept.noted);
        drop(kept);
        self.tell(&noted);
    }

    fn tell(&self, noted: &Noted) {
        let Some(log) = &self.log else { return };
        if let Some(DeadLetter { fault, bytes, .. }) = noted.last {
            log.tell(Notice::CallersNotRead { lines: noted.unreadable, fault, bytes });
        }
        if noted.turned_away > 0 {
            log.tell(Notice::CallersTurnedAway { callers: noted.turned_away });
        }
        if noted.let_go > 0 {
            log.tell(Notice::CallersLetGo { callers: noted.let_go });
        }
    }
}
