//! The world's own venue: small, slow and plainly right.
//!
//! It knows best quotes and trades, keeps every order in one list, and does nothing clever, because it is
//! the judge of what really happened. It takes sealed requests, matches by price and time, charges fees,
//! refuses what breaks its rules, and takes its time. It is conservative where it cannot know: a resting
//! order stands behind everything that was there before it, liquidity that was taken is gone until the
//! market shows new, and nothing ever trades without a price.

mod config;
mod market;
mod matching;
mod orders;
mod requests;
mod venue;

pub use config::{FeeSchedule, SelfTrade, VenueConfig};
pub use venue::PlainVenue;
