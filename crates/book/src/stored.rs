//! A book as a machine's snapshot holds it.
//!
//! Levels stand best first, as prices and quantities. Reading trusts nothing: order, bounds and
//! quantities are checked, and what is derived (prints, checksum) is made anew.

use contracts::{Price, Qty, Symbol, Ts};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::apply::{Book, State};
use crate::checksum::Precision;
use crate::ladder::Ladder;
use crate::print::Decimals;

#[derive(Serialize, Deserialize)]
struct Stored {
    symbol: Symbol,
    depth_max: u16,
    state: State,
    /// Decimals of prices and quantities.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    decimals: Option<(u8, u8)>,
    applied_at: Ts,
    venue_at: Ts,
    bids: Vec<(Price, Qty)>,
    asks: Vec<(Price, Qty)>,
}

/// Why a stored book is none.
#[derive(Debug, thiserror::Error)]
enum NotABook {
    #[error("a level holds nothing")]
    EmptyLevel,
    #[error("levels do not run from the best to the worst")]
    Disorder,
    #[error("more levels than the book has room for")]
    TooMany,
    #[error("called whole, but crossed or deeper than its subscription")]
    NotWhole,
}

fn levels(ladder: &Ladder) -> Vec<(Price, Qty)> {
    let best_first = ladder.live().iter().rev();
    best_first.filter_map(|rung| Some((ladder.price(rung)?, rung.qty))).collect()
}

fn fill(ladder: &mut Ladder, levels: &[(Price, Qty)]) -> Result<(), NotABook> {
    for (index, (price, qty)) in levels.iter().enumerate() {
        if qty.is_zero() {
            return Err(NotABook::EmptyLevel);
        }
        ladder.set(*price, *qty).map_err(|_full| NotABook::TooMany)?;
        // A level at its place is the worst so far.
        let worst = ladder.live().first().and_then(|rung| ladder.price(rung));
        if worst != Some(*price) || ladder.len() != index + 1 {
            return Err(NotABook::Disorder);
        }
    }
    Ok(())
}

impl TryFrom<Stored> for Book {
    type Error = NotABook;

    fn try_from(stored: Stored) -> Result<Self, NotABook> {
        let mut book = Self::new(stored.symbol, stored.depth_max);
        book.state = stored.state;
        book.precision = stored
            .decimals
            .map(|(price, qty)| Precision { price: Decimals::new(price), qty: Decimals::new(qty) });
        (book.applied_at, book.venue_at) = (stored.applied_at, stored.venue_at);
        fill(&mut book.bids, &stored.bids)?;
        fill(&mut book.asks, &stored.asks)?;
        let deepest = book.bids.len().max(book.asks.len());
        if stored.state == State::Whole
            && (book.is_crossed() || deepest > usize::from(book.depth_max))
        {
            return Err(NotABook::NotWhole);
        }
        Ok(book)
    }
}

impl Serialize for Book {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let decimals = self.precision.map(|of| (of.price.get(), of.qty.get()));
        let stored = Stored {
            symbol: self.symbol,
            depth_max: self.depth_max,
            state: self.state,
            decimals,
            applied_at: self.applied_at,
            venue_at: self.venue_at,
            bids: levels(&self.bids),
            asks: levels(&self.asks),
        };
        stored.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Book {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Stored::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
    }
}
