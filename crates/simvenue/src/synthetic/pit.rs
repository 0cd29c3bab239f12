//! One symbol: what truly happens there, and what is shown of it.
//!
//! A step does the one thing that is due next: open, look at the mood, let an order come, or let
//! somebody change the book. Steps are at rising times; what a step says is in the batch.

use book::Book;
use kernel::Seeded;
use serde::{Deserialize, Serialize};

use super::batch::{Batch, Message, Quote, Said};
use super::config::Streams;
use super::law::Law;
use super::market::NEVER;
use super::shown::{Pen, Shown};
use super::tape::{Tape, later};

/// The state of one symbol.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Pit {
    /// When it opens, until it has.
    opens_at: Option<u64>,
    pub(super) tape: Tape,
    /// What is drawn for the book alone, so that the trades do not depend on it.
    stream: Seeded,
    /// When somebody changes the book; never where it is not shown.
    update_at: u64,
    shown: Option<Shown>,
    /// The reader's book, whose checksum the venue sends.
    checker: Option<Book>,
    /// The best prices that were last told.
    told: Option<Quote>,
}

/// How often out of a million a change of the book follows the fair price; else it stays where it is.
const BEST_MOVES: u32 = 400_000;

impl Pit {
    pub(super) fn new(law: &Law, root: &Seeded, start: u64) -> Self {
        let own = root.fork(law.instrument.symbol.as_str());
        let checked = law.streams == Streams::CheckedBook;
        let mut checker = Book::new(law.instrument.symbol, law.levels as u16);
        checker.follow(&law.instrument);
        Self {
            opens_at: Some(start),
            tape: Tape::new(law, own.fork("tape"), start),
            stream: own.fork("book"),
            update_at: NEVER,
            shown: None,
            checker: checked.then_some(checker),
            told: None,
        }
    }

    /// When the next step is due.
    pub(super) fn due_at(&self) -> u64 {
        let next = self.tape.pulse_at.min(self.tape.order.at).min(self.update_at);
        self.opens_at.unwrap_or(next)
    }

    /// Whether a saved pit is one that can be continued.
    pub(super) fn fits(&self, law: &Law) -> bool {
        let has_book = law.streams.has_book() && self.opens_at.is_none();
        let checked = law.streams == Streams::CheckedBook;
        let symbol = law.instrument.symbol;
        self.tape.fits(law)
            && self.opens_at.unwrap_or(0) <= NEVER
            && self.update_at < 2 * NEVER
            && (has_book || self.update_at == NEVER)
            && self.shown.is_some() == has_book
            && self.shown.as_ref().is_none_or(|shown| shown.fits(law))
            && self.checker.is_some() == checked
            && self.checker.as_ref().is_none_or(|book| book.symbol() == symbol)
    }

    /// Makes room for everything that one step can do.
    pub(super) fn reserve(&mut self, law: &Law) {
        if let Some(shown) = &mut self.shown {
            shown.reserve(law.levels);
        }
    }

    /// Whether the book had to make more room than was reserved at first.
    #[cfg(test)]
    pub(super) fn has_grown(&self, levels: usize) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.room() > 2 * (2 * levels + 2))
    }

    /// Does what is due.
    pub(super) fn step(&mut self, law: &Law, batch: &mut Batch) {
        if let Some(start) = self.opens_at.take() {
            return self.open(law, batch, start);
        }
        let (pulse, order) = (self.tape.pulse_at, self.tape.order.at);
        if pulse <= order && pulse <= self.update_at {
            self.tape.pulse(law);
        } else if order <= self.update_at {
            self.meet_order(law, batch);
        } else {
            self.update(law, batch);
        }
    }

    fn open(&mut self, law: &Law, batch: &mut Batch, start: u64) {
        batch.say(Said::Instrument);
        let touch = self.touch();
        if law.streams.has_book() {
            batch.begin_message();
            self.shown = Some(Shown::new(touch, &mut self.pen(law, batch)));
            batch.end_message(law, self.checker.as_mut(), Message::Snapshot);
            self.await_update(law, start);
        }
        self.tell_quote(law, batch, touch);
    }

    fn meet_order(&mut self, law: &Law, batch: &mut Batch) {
        let touch = self.tape.meet_order(law);
        if law.streams == Streams::Trades {
            self.tape.say_trades(batch);
            self.tape.end_order(law);
            return;
        }
        let sweep = self.tape.sweep;
        self.change_book(law, batch, |shown, pen| {
            shown.requote(touch, pen);
            shown.make_room(&sweep, pen);
        });
        self.tell_quote(law, batch, touch);
        self.tape.say_trades(batch);
        let jumped = self.tape.end_order(law);
        if law.streams.has_book() {
            let after = self.touch();
            self.change_book(law, batch, |shown, pen| {
                shown.take(&sweep, pen);
                if jumped {
                    shown.requote(after, pen);
                }
            });
            self.tell_quote(law, batch, after);
        }
    }

    /// Somebody changes the book, which by then stands around another fair price.
    fn update(&mut self, law: &Law, batch: &mut Batch) {
        let now = self.update_at;
        let moves = self.stream.chance_ppm(BEST_MOVES);
        if moves {
            let word = self.stream.next_u64();
            self.tape.walk(law, now, word);
        }
        let touch = self.touch();
        self.change_book(law, batch, |shown, pen| {
            if moves {
                shown.requote(touch, pen);
            }
            shown.resize(pen);
        });
        self.tell_quote(law, batch, touch);
        self.await_update(law, now);
    }

    fn await_update(&mut self, law: &Law, now: u64) {
        let mean = self.tape.tempo.gap / law.updates_per_order;
        self.update_at = later(now, mean, &mut self.stream);
    }

    /// The best prices around the fair one.
    fn touch(&mut self) -> (u64, u64) {
        let dither = self.stream.next_u64() >> 48;
        Law::touch(self.tape.fair, self.tape.tempo.spread, dither)
    }

    /// One message of the book, if there is one.
    fn change_book(
        &mut self,
        law: &Law,
        batch: &mut Batch,
        change: impl FnOnce(&mut Shown, &mut Pen<'_>),
    ) {
        let Some(mut shown) = self.shown.take() else { return };
        batch.begin_message();
        change(&mut shown, &mut self.pen(law, batch));
        batch.end_message(law, self.checker.as_mut(), Message::Update);
        self.shown = Some(shown);
    }

    fn pen<'a>(&'a mut self, law: &'a Law, batch: &'a mut Batch) -> Pen<'a> {
        Pen { law, depth: self.tape.tempo.depth, stream: &mut self.stream, batch }
    }

    /// Tells the best prices where they are others than those last told.
    fn tell_quote(&mut self, law: &Law, batch: &mut Batch, touch: (u64, u64)) {
        if law.streams == Streams::Trades {
            return;
        }
        let depth = self.tape.tempo.depth;
        let quote = self.shown.as_ref().map_or(
            Quote { bid: touch.0, ask: touch.1, bid_lots: depth, ask_lots: depth },
            Shown::quote,
        );
        if self.told.is_none_or(|told| (told.bid, told.ask) != (quote.bid, quote.ask)) {
            self.told = Some(quote);
            batch.say(Said::Ticker { quote, last: self.tape.last });
        }
    }
}
