//! Who listens at the venue, and what they are told.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use contracts::{DeadLetter, Envelope, Event, Feed, FeedState, Source, Span, Symbol, Ts};

use crate::teller::Teller;

/// How far a listener may fall behind.
const BEHIND_MAX: usize = 65_536;
/// How many may listen.
pub(super) const LISTENERS_MAX: usize = 16;
/// Whoever has said nothing for so long, not even a sign of life, gives the place to somebody who wants it.
const SILENT_MAX: Span = Span::from_secs(3);

/// Everybody who listens, the venue first.
pub(super) struct Hall(Mutex<Heard>);

/// A place in the hall.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u64);

struct Heard {
    /// Tells the venue itself.
    teller: Teller,
    listeners: BTreeMap<Place, Listener>,
    /// Who came in the middle of a message of a market, and waits for its end.
    waiting: Vec<(Symbol, Place)>,
    entered: u64,
    closed: bool,
}

struct Listener {
    told: SyncSender<Envelope>,
    /// When anything was heard of them that could be read; at first, when they came.
    heard_at: Ts,
}

/// What became of somebody who came to listen.
pub(super) enum Entered {
    /// There is a place, and what is told there. For that somebody else may have had to leave.
    Placed { place: Place, told: Receiver<Envelope>, let_go: bool },
    /// Everybody who is there gives signs of life, and there is no place more.
    Full,
    /// It is over.
    Closed,
}

impl Hall {
    pub(super) fn new(teller: Teller) -> Self {
        let (listeners, waiting) = (BTreeMap::new(), Vec::new());
        Self(Mutex::new(Heard { teller, listeners, waiting, entered: 0, closed: false }))
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody comes to listen: first where every market stands, then everything that happens. Where all places
    /// are taken, whoever has been silent for longest has to leave, so that nobody is kept out by callers who only
    /// sit there.
    pub(super) fn enter(&self, now: Ts) -> Entered {
        let mut heard = self.heard();
        if heard.closed {
            return Entered::Closed;
        }
        let let_go = heard.listeners.len() >= LISTENERS_MAX;
        if let_go && !heard.let_the_silent_go(now) {
            return Entered::Full;
        }
        let (sender, told) = sync_channel(BEHIND_MAX);
        heard.entered += 1;
        let place = Place(heard.entered);
        heard.listeners.insert(place, Listener { told: sender, heard_at: now });
        let symbols: Vec<Symbol> = heard.teller.openings().symbols().collect();
        for symbol in symbols {
            heard.open(now, symbol, place);
        }
        Entered::Placed { place, told, let_go }
    }

    /// Somebody there has given a sign of life.
    pub(super) fn lives(&self, place: Place, now: Ts) {
        if let Some(listener) = self.heard().listeners.get_mut(&place) {
            listener.heard_at = now;
        }
    }

    /// Answers a line that could not be read.
    pub(super) fn answer(&self, place: Place, letter: DeadLetter, now: Ts) {
        if let Some(listener) = self.heard().listeners.get(&place) {
            // One who asks faster than the answers are taken goes without some.
            let said = Envelope::input(Source::Venue, now, Event::DeadLetter(letter));
            let _ = listener.told.try_send(said);
        }
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
        self.listeners.retain(|_, listener| listener.told.try_send(*said).is_ok());
    }

    /// Lets go of whoever has been silent for longest; `false` where nobody has been for long.
    fn let_the_silent_go(&mut self, now: Ts) -> bool {
        let silent = self.listeners.iter().min_by_key(|(_, listener)| listener.heard_at);
        let Some((&place, Listener { heard_at, .. })) = silent else { return false };
        let is_long = now.since(*heard_at) >= SILENT_MAX;
        if is_long {
            self.listeners.remove(&place);
        }
        is_long
    }

    fn open(&mut self, now: Ts, symbol: Symbol, place: Place) {
        let Some(listener) = self.listeners.get(&place) else { return };
        let Some(opening) = self.teller.openings().opening(symbol, now) else {
            return self.waiting.push((symbol, place));
        };
        let live = Event::Feed(Feed { symbol, state: FeedState::Live });
        for event in opening.into_iter().chain([live]) {
            // One who cannot even take the opening will be let go with the next message.
            let _ = listener.told.try_send(Envelope::input(Source::MdIngest, now, event));
        }
    }
}
