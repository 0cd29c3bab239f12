//! Who hears what a venue says at the other end of a line: everything, its reports alone, or its market alone.

use contracts::{Envelope, FeedState, Ts};

use crate::doors::{Doors, Offered};
use crate::teller::Teller;

/// Somebody at our end of a line.
///
/// What finds no room in the market begins anew by itself, over the same line: whoever hung up for it would
/// hear no reports and send nothing, and that just when orders have to go.
pub(crate) struct Hearer<'a> {
    doors: &'a Doors,
    hears_reports: bool,
    teller: Option<Teller>,
}

impl<'a> Hearer<'a> {
    /// Hears everything.
    pub(crate) fn of_everything(teller: Teller, doors: &'a Doors) -> Self {
        Self { doors, hears_reports: true, teller: Some(teller) }
    }

    /// Hears reports: the market comes from elsewhere.
    pub(crate) fn of_reports(doors: &'a Doors) -> Self {
        Self { doors, hears_reports: true, teller: None }
    }

    /// Hears the market, to tell it to others.
    pub(crate) fn of_the_market(teller: Teller, doors: &'a Doors) -> Self {
        Self { doors, hears_reports: false, teller: Some(teller) }
    }

    /// The venue has reported something.
    pub(crate) fn report(&self, said: Envelope) -> Offered {
        if self.hears_reports { self.doors.report(said) } else { Offered::Taken }
    }

    /// Its market has moved.
    pub(crate) fn market(&mut self, now: Ts, said: &Envelope) {
        if let Some(teller) = &mut self.teller {
            teller.heard(now, said);
        }
    }

    /// The line is gone: nothing that was known of its markets holds any more.
    pub(crate) fn lost_the_line(&mut self) {
        for symbol in self.teller.as_mut().map(Teller::forget).unwrap_or_default() {
            self.doors.breaks(symbol, FeedState::Down);
        }
    }
}
