//! The gate: nothing becomes an order without passing here.

mod approved;

pub use approved::{Approved, ApprovedCancel, ApprovedProtect, Granted, Unverified, verify};
