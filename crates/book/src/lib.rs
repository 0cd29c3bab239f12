//! The order book of one instrument, from the venue's snapshot and updates.
//!
//! A [`Book`] takes [`contracts::Level`]s one by one and says after each how it stands. It can be
//! asked for prices only while it is whole: between two messages, with a checksum that agreed, and
//! not crossed. [`Book::whole`] is the only door, so a doubtful book cannot be read by mistake. [`Openings`] keeps
//! many markets, so that whoever begins to listen can be told where they stand.
//!
//! The crate never does IO, never reads a clock, never uses a float, and allocates only when a book
//! is made or an opening asked for. It relies on `contracts` for exact amounts and on `crc32fast` for the checksum.

mod apply;
mod checksum;
mod ladder;
mod measure;
mod openings;
mod print;
mod stored;

pub use apply::{Applied, Book, State, Why};
pub use measure::{Quote, Taken, View};
pub use openings::Openings;
