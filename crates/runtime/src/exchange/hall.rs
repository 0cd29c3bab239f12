//! Who listens at the venue, and what they are told.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use contracts::{Envelope, Event, Feed, FeedState, Source, Symbol, Ts};

use crate::teller::Teller;

/// How far a listener may fall behind.
const BEHIND_MAX: usize = 65_536;
/// How many may listen.
const LISTENERS_MAX: usize = 16;

/// Everybody who listens, the venue first.
pub(super) struct Hall(Mutex<Heard>);

/// A place in the hall.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u64);

struct Heard {
    /// Tells the venue itself.
    teller: Teller,
    listeners: BTreeMap<Place, SyncSender<Envelope>>,
    /// Who came in the middle of a message of a market, and waits for its end.
    waiting: Vec<(Symbol, Place)>,
    entered: u64,
    closed: bool,
}

impl Hall {
    pub(super) fn new(teller: Teller) -> Self {
        let (listeners, waiting) = (BTreeMap::new(), Vec::new());
        Self(Mutex::new(Heard { teller, listeners, waiting, entered: 0, closed: false }))
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody comes to listen: first where every market stands, then everything that happens. `None`
    /// where there is no room.
    pub(super) fn enter(&self, now: Ts) -> Option<(Place, Receiver<Envelope>)> {
        let mut heard = self.heard();
        if heard.closed || heard.listeners.len() >= LISTENERS_MAX {
            return None;
        }
        let (sender, receiver) = sync_channel(BEHIND_MAX);
        heard.entered += 1;
        let place = Place(heard.entered);
        heard.listeners.insert(place, sender);
        let symbols: Vec<Symbol> = heard.teller.openings().symbols().collect();
        for symbol in symbols {
            heard.open(now, symbol, place);
        }
        Some((place, receiver))
    }

    /// Somebody is gone; the place is free.
    pub(super) fn leave(&self, place: Place) {
        self.heard().listeners.remove(&place);
    }

    /// How many listen.
    pub(super) fn listeners(&self) -> usize {
        self.heard().listeners.len()
    }

    /// The market had moved before anybody listened.
    pub(super) fn has_been(&self, at: Ts, event: &Event) {
        self.heard().teller.has_been(at, event);
    }

    /// The market has moved.
    pub(super) fn market(&self, now: Ts, event: Event) {
        let mut heard = self.heard();
        let moved = Envelope::input(Source::MdIngest, now, event);
        heard.teller.heard(now, &moved);
        heard.tell(&moved);
        if let Some(symbol) = moved.topic().symbol() {
            let waiting = std::mem::take(&mut heard.waiting);
            for (waits_for, place) in waiting {
                if waits_for == symbol {
                    heard.open(now, symbol, place);
                } else {
                    heard.waiting.push((waits_for, place));
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
        (heard.closed, heard.listeners, heard.waiting) = (true, BTreeMap::new(), Vec::new());
    }
}

impl Heard {
    /// Whoever is too far behind, or gone, is let go.
    fn tell(&mut self, said: &Envelope) {
        self.listeners.retain(|_, listener| listener.try_send(*said).is_ok());
    }

    fn open(&mut self, now: Ts, symbol: Symbol, place: Place) {
        let Some(listener) = self.listeners.get(&place) else { return };
        let Some(opening) = self.teller.openings().opening(symbol, now) else {
            return self.waiting.push((symbol, place));
        };
        let live = Event::Feed(Feed { symbol, state: FeedState::Live });
        for event in opening.into_iter().chain([live]) {
            // One who cannot even take the opening will be let go with the next message.
            let _ = listener.try_send(Envelope::input(Source::MdIngest, now, event));
        }
    }
}
