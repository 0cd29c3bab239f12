//! Who listens at the venue, and what they are told.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use book::Openings;
use contracts::{Envelope, Event, Feed, FeedState, Source, Symbol, Ts};

/// How far a listener may fall behind.
const BEHIND_MAX: usize = 65_536;
/// How many may listen.
const LISTENERS_MAX: usize = 16;

/// Everybody who listens.
pub(super) struct Hall(Mutex<Heard>);

struct Heard {
    openings: Openings,
    listeners: Vec<SyncSender<Envelope>>,
    /// Who came in the middle of a message of a market, and waits for its end.
    waiting: Vec<(Symbol, SyncSender<Envelope>)>,
    closed: bool,
}

impl Hall {
    pub(super) fn new(book_depth: u16) -> Self {
        let (listeners, waiting) = (Vec::new(), Vec::new());
        let openings = Openings::new(book_depth);
        Self(Mutex::new(Heard { openings, listeners, waiting, closed: false }))
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody comes to listen: first where every market stands, then everything that happens. `None`
    /// where there is no room.
    pub(super) fn enter(&self, now: Ts) -> Option<Receiver<Envelope>> {
        let mut heard = self.heard();
        if heard.closed || heard.listeners.len() >= LISTENERS_MAX {
            return None;
        }
        let (sender, receiver) = sync_channel(BEHIND_MAX);
        let symbols: Vec<Symbol> = heard.openings.symbols().collect();
        for symbol in symbols {
            heard.open(now, symbol, &sender);
        }
        heard.listeners.push(sender);
        Some(receiver)
    }

    /// The market has moved.
    pub(super) fn market(&self, now: Ts, moved: &Envelope) {
        let mut heard = self.heard();
        heard.openings.hear(now, &moved.event);
        heard.tell(moved);
        if let Some(symbol) = moved.topic().symbol() {
            let waiting = std::mem::take(&mut heard.waiting);
            for (waits_for, listener) in waiting {
                if waits_for == symbol {
                    heard.open(now, symbol, &listener);
                } else {
                    heard.waiting.push((waits_for, listener));
                }
            }
        }
    }

    /// The venue has said something.
    pub(super) fn tell(&self, said: &Envelope) {
        self.heard().tell(said);
    }

    /// Nobody is told anything any more.
    pub(super) fn close(&self) {
        let mut heard = self.heard();
        (heard.closed, heard.listeners, heard.waiting) = (true, Vec::new(), Vec::new());
    }
}

impl Heard {
    /// Whoever is too far behind, or gone, is let go.
    fn tell(&mut self, said: &Envelope) {
        self.listeners.retain(|listener| listener.try_send(*said).is_ok());
    }

    fn open(&mut self, now: Ts, symbol: Symbol, listener: &SyncSender<Envelope>) {
        let Some(opening) = self.openings.opening(symbol, now) else {
            return self.waiting.push((symbol, listener.clone()));
        };
        let live = Event::Feed(Feed { symbol, state: FeedState::Live });
        for event in opening.into_iter().chain([live]) {
            // One who cannot even take the opening will be let go with the next message.
            let _ = listener.try_send(Envelope::input(Source::MdIngest, now, event));
        }
    }
}
