//! Who hears what a venue says at the other end of a line: everything, its reports alone, or its market alone.

use std::collections::BTreeSet;

use contracts::{Envelope, FeedState, Symbol, Ts};

use crate::doors::{Doors, Offered};
use crate::teller::Teller;

/// Somebody at our end of a line.
pub(crate) trait WhoHears {
    /// The venue has reported something.
    fn report(&mut self, said: Envelope) -> Offered;
    /// Its market has moved.
    fn market(&mut self, now: Ts, said: Envelope) -> Offered;
    /// The line is gone.
    fn lost_the_line(&mut self);
    /// Whether there is room for the beginning of a new one.
    fn has_room(&self) -> bool;
}

/// Hears everything.
pub(crate) struct Everything<'a> {
    doors: &'a Doors,
    known: BTreeSet<Symbol>,
}

impl<'a> Everything<'a> {
    pub(crate) fn to(doors: &'a Doors) -> Self {
        Self { doors, known: BTreeSet::new() }
    }
}

impl WhoHears for Everything<'_> {
    fn report(&mut self, said: Envelope) -> Offered {
        self.doors.report(said)
    }

    fn market(&mut self, _now: Ts, said: Envelope) -> Offered {
        self.known.extend(said.topic().symbol());
        self.doors.market(said)
    }

    fn lost_the_line(&mut self) {
        for symbol in std::mem::take(&mut self.known) {
            self.doors.breaks(symbol, FeedState::Down);
        }
    }

    fn has_room(&self) -> bool {
        self.doors.has_room()
    }
}

/// Hears reports: the market comes from elsewhere.
pub(crate) struct ReportsAlone<'a>(pub(crate) &'a Doors);

impl WhoHears for ReportsAlone<'_> {
    fn report(&mut self, said: Envelope) -> Offered {
        self.0.report(said)
    }

    fn market(&mut self, _now: Ts, _said: Envelope) -> Offered {
        Offered::Taken
    }

    fn lost_the_line(&mut self) {}

    fn has_room(&self) -> bool {
        true
    }
}

/// Hears the market, to tell it to others.
pub(crate) struct MarketAlone<'a> {
    pub(crate) teller: Teller,
    pub(crate) doors: &'a Doors,
}

impl WhoHears for MarketAlone<'_> {
    fn report(&mut self, _said: Envelope) -> Offered {
        Offered::Taken
    }

    fn market(&mut self, now: Ts, said: Envelope) -> Offered {
        self.teller.heard(now, &said);
        Offered::Taken
    }

    fn lost_the_line(&mut self) {
        for symbol in self.teller.forget() {
            self.doors.breaks(symbol, FeedState::Down);
        }
    }

    fn has_room(&self) -> bool {
        self.doors.has_room()
    }
}
