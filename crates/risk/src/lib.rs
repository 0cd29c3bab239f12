//! The gate: nothing becomes an order without passing here.
//!
//! [`Gate`] hears intents and says decisions. It is the only maker of [`Approved`], by types: the
//! fields are private, nothing deserialises into it, and `execution` accepts nothing else. There is
//! no flag, mode or feature that lets an order around it; the limits are the same in backtest, paper
//! and live.
//!
//! The gate keeps its own books from fills and its own claims from approvals, judges by marks it
//! sampled itself, and counts what it cannot be sure of as risk. It never places an order, never talks
//! to a venue, and never refuses a cancel.

mod approved;
mod books;
mod case;
mod claims;
mod exposure;
mod flatten;
mod gate;
mod latch;
mod limit_changes;
mod limits;
mod rates;
mod rules;
mod sampler;
mod seals;
mod seen;
mod sight;
mod sum;
mod worst;

pub use approved::{
    Approved, ApprovedCancel, ApprovedProtect, Granted, Unverified, verify, verify_protect,
};
pub use gate::{Gate, GateConfig};
pub use latch::{Latch, LatchRules, Verdict};
pub use limits::{InvalidLimit, Limits};
