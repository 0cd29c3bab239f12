//! Tells a market to a process, and begins anew with whatever found no room there.
//!
//! After a loss nothing more of that market is told until there is room; then it begins with where the
//! market stands, and with the word that it is live. Never waits.

use std::collections::BTreeSet;

use book::Openings;
use contracts::{Envelope, Event, Feed, FeedState, Source, Symbol, Ts};

use crate::doors::{Doors, Offered};

/// Who tells the market.
pub struct Teller {
    doors: Doors,
    openings: Openings,
    /// Markets of which something was lost.
    behind: BTreeSet<Symbol>,
}

impl Teller {
    /// Who has told nothing yet. Its books are exactly so deep as the market shows them: levels that are
    /// shown no more would come back as if they still stood.
    pub fn new(doors: Doors, book_depth: u16) -> Self {
        Self { doors, openings: Openings::new(book_depth), behind: BTreeSet::new() }
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
