//! The gate: nothing becomes an order without passing here.

mod approved;
mod latch;

pub use approved::{Approved, ApprovedCancel, ApprovedProtect, Granted, Unverified, verify};
pub use latch::{Latch, Verdict};
