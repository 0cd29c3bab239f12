//! The ledger: what each strategy of an account owns, what it cost, and what it has brought.
//!
//! One [`Ledger`] holds one account. Fills go in, marks go in; positions, cash, fees and profit come
//! out, per strategy and in total, exact to the last digit: no amount is ever rounded away, and
//! [`Ledger::audit`] proves it at any moment by recomputing everything from the open lots.
//!
//! A fill may be told twice. [`Executions`] knows which were told before; whoever keeps a ledger asks it
//! first, because the ledger counts whatever it is given.
//!
//! The crate never decides whether something may be traded, never converts one currency into another,
//! and does no IO. It relies on `contracts` alone.

mod audit;
mod book;
mod day;
mod entry;
mod executions;
mod fault;
mod holding;
mod ledger;
mod lots;
mod purse;
mod purses;
mod range;

pub use audit::{Figure, Imbalance, Place};
pub use executions::{Executions, Told};
pub use fault::LedgerFault;
pub use holding::Holding;
pub use ledger::{Booked, Ledger};
pub use lots::{LOTS_MAX, Lot, Method};
pub use purse::Purse;
pub use purses::PURSES_MAX;
