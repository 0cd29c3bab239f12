//! Why the ledger does not book something. Whatever the fault, the ledger is as it was before.

use contracts::OutOfRange;

/// What was asked for cannot be booked; nothing has changed. None of these passes by trying again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerFault {
    /// An amount would leave the range of the ledger: a quarter of what 128 bits hold, which is 4.2e13
    /// units of money.
    #[error("amount out of the ledger's range")]
    OutOfRange,
    /// A fill of nothing.
    #[error("a fill without a quantity")]
    NothingTraded,
    /// A fee in the base currency with more decimals than a position has.
    #[error("a fee in base currency finer than 1e-12 cannot be taken from a position")]
    FeeTooFine,
    /// One more symbol than [`contracts::SymbolMap::CAPACITY`].
    #[error("more symbols than a ledger holds")]
    TooManySymbols,
    /// One more pair of strategy and currency than [`crate::PURSES_MAX`].
    #[error("more purses than a ledger holds")]
    TooManyPurses,
}

impl From<OutOfRange> for LedgerFault {
    fn from(_: OutOfRange) -> Self {
        Self::OutOfRange
    }
}
