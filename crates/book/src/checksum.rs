//! The venue's checksum: CRC-32/ISO-HDLC over the print of the best ten levels of each side, asks
//! from the lowest up, then bids from the highest down, each price followed by its quantity.
//!
//! With fewer than ten levels it covers those there are. What was printed for one message is kept
//! for the next, so that a message costs the print of the levels it changed and one pass over about
//! 300 bytes; a message that leaves the best ten alone costs nothing. Never allocates.

use core::cmp::Ordering;

use contracts::{Instrument, Qty};

use crate::ladder::{Ladder, Rung};
use crate::print::{DIGITS_MAX, Decimals};

const TOP: usize = Ladder::TOP;
/// Prints of a price and a quantity; a multiple of 16, so that copying it is a few wide moves.
const LINE_BYTES: usize = 80;
/// Prints up to this length, which is nearly every one, are copied faster.
const LINE_SHORT: usize = 32;

const _: () = assert!(LINE_BYTES >= 2 * DIGITS_MAX && LINE_BYTES.is_multiple_of(16));

/// In which form the venue prints the amounts of an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Precision {
    pub(crate) price: Decimals,
    pub(crate) qty: Decimals,
}

impl From<&Instrument> for Precision {
    fn from(rules: &Instrument) -> Self {
        Self { price: Decimals::new(rules.price_decimals), qty: Decimals::new(rules.qty_decimals) }
    }
}

/// The checksum of a book, kept up to date.
#[derive(Clone)]
pub(crate) struct Checksum {
    asks: Prints,
    bids: Prints,
    asks_crc: u32,
    /// The checksum of the best ten as they were when it was last asked for.
    latest: Option<u32>,
}

impl Checksum {
    pub(crate) fn new() -> Self {
        Self { asks: Prints::new(), bids: Prints::new(), asks_crc: 0, latest: None }
    }

    /// Forgets everything that was printed, as it must be when the precision changes.
    pub(crate) fn forget(&mut self) {
        (self.asks.count, self.bids.count) = (0, 0);
        self.latest = None;
    }

    /// The checksum of these levels; `None` where one of them has no print at this precision.
    pub(crate) fn of(
        &mut self,
        asks: &mut Ladder,
        bids: &mut Ladder,
        precision: Precision,
    ) -> Option<u32> {
        if let (Some(latest), false, false) = (self.latest, asks.top_moved, bids.top_moved) {
            return Some(latest);
        }
        if self.latest.is_none() || asks.top_moved {
            self.latest = None;
            self.asks.refresh(asks, precision)?;
            asks.top_moved = false;
            self.asks_crc = crc32fast::hash(self.asks.text());
        }
        if self.latest.is_none() || bids.top_moved {
            self.latest = None;
            self.bids.refresh(bids, precision)?;
            bids.top_moved = false;
        }
        let mut crc = crc32fast::Hasher::new_with_initial(self.asks_crc);
        crc.update(self.bids.text());
        self.latest = Some(crc.finalize());
        self.latest
    }
}

/// The print of one level.
#[derive(Clone, Copy)]
struct Line {
    key: u128,
    /// Nothing while the quantity is not printed; no level of the book has that quantity.
    qty: Qty,
    price_len: u8,
    len: u8,
    text: [u8; LINE_BYTES],
}

impl Line {
    const BLANK: Self =
        Self { key: 0, qty: Qty::ZERO, price_len: 0, len: 0, text: [0; LINE_BYTES] };

    fn print_price(&mut self, key: u128, pico: u128, decimals: Decimals) -> Option<()> {
        let (text, _) = self.text.split_first_chunk_mut::<DIGITS_MAX>()?;
        self.price_len = decimals.print(pico, text)? as u8;
        (self.key, self.qty) = (key, Qty::ZERO);
        Some(())
    }

    fn print_qty(&mut self, qty: Qty, decimals: Decimals) -> Option<()> {
        let after_price = &mut self.text[usize::from(self.price_len)..];
        let (text, _) = after_price.split_first_chunk_mut::<DIGITS_MAX>()?;
        self.len = self.price_len + decimals.print(qty.pico(), text)? as u8;
        self.qty = qty;
        Some(())
    }
}

/// The prints of the best levels of one side.
#[derive(Clone)]
struct Prints {
    lines: [Line; TOP],
    /// Which line stands where, the best first. A permutation; lines move by moving one byte.
    order: [u8; TOP],
    /// How many of `order` are in use.
    count: usize,
    /// The lines in their order, one after the other, and room to copy a whole line beyond them.
    text: [u8; TOP * LINE_BYTES + LINE_BYTES],
    text_len: usize,
}

impl Prints {
    fn new() -> Self {
        Self {
            lines: [Line::BLANK; TOP],
            order: core::array::from_fn(|index| index as u8),
            count: 0,
            text: [0; TOP * LINE_BYTES + LINE_BYTES],
            text_len: 0,
        }
    }

    fn text(&self) -> &[u8] {
        &self.text[..self.text_len]
    }

    /// Prints what is new among the best levels and joins all of them to one text.
    fn refresh(&mut self, ladder: &Ladder, precision: Precision) -> Option<()> {
        let live = ladder.live();
        for (place, rung) in live.iter().rev().take(TOP).enumerate() {
            if !self.drop_better(place, rung) {
                self.insert_blank(place);
                let line = self.line(place);
                let printed = ladder
                    .price(rung)
                    .and_then(|price| line.print_price(rung.key, price.pico(), precision.price));
                if printed.is_none() {
                    self.count = place;
                    return None;
                }
            }
            let line = self.line(place);
            if line.qty != rung.qty {
                line.print_qty(rung.qty, precision.qty)?;
            }
        }
        self.count = live.len().min(TOP);
        self.join();
        Some(())
    }

    fn line(&mut self, place: usize) -> &mut Line {
        &mut self.lines[usize::from(self.order[place])]
    }

    /// Drops lines that stand at `place` but are better than `rung`: they have left the book.
    /// Says whether the line now at that place is of this price.
    fn drop_better(&mut self, place: usize, rung: &Rung) -> bool {
        while place < self.count {
            match self.line(place).key.cmp(&rung.key) {
                Ordering::Equal => return true,
                Ordering::Less => return false,
                Ordering::Greater => {
                    self.order[place..self.count].rotate_left(1);
                    self.count -= 1;
                }
            }
        }
        false
    }

    /// Makes way at `place` for a line not printed yet; the worst falls out of a full list.
    fn insert_blank(&mut self, place: usize) {
        self.count = (self.count + 1).min(TOP);
        self.order[place..self.count].rotate_right(1);
    }

    fn join(&mut self) {
        let mut at = 0;
        for &index in &self.order[..self.count] {
            let line = &self.lines[usize::from(index)];
            let len = usize::from(line.len);
            // Copies of a constant length are a move or two; what they write beyond is overwritten.
            if len <= LINE_SHORT {
                self.text[at..at + LINE_SHORT].copy_from_slice(&line.text[..LINE_SHORT]);
            } else {
                self.text[at..at + LINE_BYTES].copy_from_slice(&line.text);
            }
            at += len;
        }
        self.text_len = at;
    }
}
