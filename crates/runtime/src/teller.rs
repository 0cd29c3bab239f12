//! Tells a market to a process, and begins anew with whatever found no room there.
//!
//! After a loss nothing more of that market is told until there is room; then it begins with where the
//! market stands, and with the word that it is live. Never waits.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use book::Openings;
use contracts::{Envelope, Event, Feed, FeedState, Source, Symbol, Ts};

use crate::doors::{Doors, Offered};

/// Where it is asked for a new beginning of a market; as many copies as there are users.
#[derive(Clone, Debug, Default)]
pub struct Reopen(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    any: AtomicBool,
    symbols: Mutex<BTreeSet<Symbol>>,
}

/// Markets that may wait to begin anew; who asks for more of them asks again.
const ASKED_MAX: usize = 1_024;

impl Reopen {
    /// Asks for it.
    pub fn ask(&self, symbol: Symbol) {
        let mut symbols = self.0.symbols.lock().unwrap_or_else(PoisonError::into_inner);
        if symbols.len() < ASKED_MAX {
            symbols.insert(symbol);
        }
        self.0.any.store(true, Ordering::Release);
    }

    /// What was asked for since.
    pub fn take(&self) -> BTreeSet<Symbol> {
        if !self.0.any.swap(false, Ordering::AcqRel) {
            return BTreeSet::new();
        }
        std::mem::take(&mut *self.0.symbols.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Who tells the market.
pub struct Teller {
    doors: Doors,
    openings: Openings,
    /// Markets of which something was lost.
    behind: BTreeSet<Symbol>,
    depth: u16,
    reopen: Reopen,
}

impl Teller {
    /// Who has told nothing yet. Its books are exactly so deep as the market shows them: levels that are
    /// shown no more would come back as if they still stood.
    pub fn new(doors: Doors, book_depth: u16) -> Self {
        Self::asked_by(doors, book_depth, Reopen::default())
    }

    /// The same; it begins anew with whatever is asked for there.
    pub fn asked_by(doors: Doors, book_depth: u16, reopen: Reopen) -> Self {
        let (openings, behind) = (Openings::new(book_depth), BTreeSet::new());
        Self { doors, openings, behind, depth: book_depth, reopen }
    }

    /// What was told of every market is over: whoever tells it begins anew.
    pub(crate) fn forget(&mut self) -> Vec<Symbol> {
        let known = self.openings.symbols().collect();
        self.openings = Openings::new(self.depth);
        self.behind.clear();
        known
    }

    /// Something happened before anybody listened. Whoever does will be told where that market stands.
    pub fn has_been(&mut self, at: Ts, event: &Event) {
        let envelope = Envelope::input(Source::MdIngest, at, *event);
        self.openings.hear(at, event);
        self.behind.extend(envelope.topic().symbol());
    }

    /// Something has happened in the market.
    pub fn tell(&mut self, now: Ts, event: Event) {
        self.heard(now, &Envelope::input(Source::MdIngest, now, event));
    }

    /// The same, with the message as others hear it.
    pub(crate) fn heard(&mut self, now: Ts, moved: &Envelope) {
        self.openings.hear(now, &moved.event);
        let symbol = moved.topic().symbol();
        let is_behind = symbol.is_some_and(|symbol| self.behind.contains(&symbol));
        if !is_behind && self.doors.market(*moved) == Offered::Lost {
            self.behind.extend(symbol);
        }
        for asked in self.reopen.take() {
            if self.openings.symbols().any(|known| known == asked) {
                self.behind.insert(asked);
            }
        }
        if !self.behind.is_empty() && self.doors.has_room() {
            let behind = std::mem::take(&mut self.behind);
            self.behind = behind.into_iter().filter(|symbol| !self.begins(now, *symbol)).collect();
        }
    }

    /// Begins anew with a market; `false` where that has to wait.
    fn begins(&mut self, now: Ts, symbol: Symbol) -> bool {
        let Some(opening) = self.openings.opening(symbol, now) else { return false };
        let live = Event::Feed(Feed { symbol, state: FeedState::Live });
        let mut opening = opening.into_iter().chain([live]);
        opening.all(|event| {
            let told = Envelope::input(Source::MdIngest, now, event);
            self.doors.market(told) != Offered::Lost
        })
    }

    /// Where the markets stand, for others who begin with them.
    pub(crate) fn openings(&mut self) -> &mut Openings {
        &mut self.openings
    }
}
