//! What a fill asks of the ledger, sorted out: how the position, the cash and the fees change.
//!
//! A fee in the base currency is inventory that went away. It is booked as if that much less had
//! been bought (or more sold) at the price of the fill and a fee of its value had been paid: the
//! cash that moves is the same, and cost, profit and fees stay exact.

use contracts::{Asset, Fill, Money, Net, Price, Symbol};

use crate::fault::LedgerFault;
use crate::range;

/// Yoctos of money in a pico of a position.
const YOCTO_PER_PICO: i128 = 1_000_000_000_000;

/// One booking, worked out from a fill.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) symbol: Symbol,
    /// The price at which everything in it happens.
    pub(crate) price: Price,
    /// What was bought, or, below zero, sold.
    pub(crate) traded: Net,
    /// What of the base went away as a fee.
    pub(crate) base_fee: Net,
    /// By how much the position changes.
    pub(crate) change: Net,
    /// By how much the cash in quote currency changes.
    pub(crate) cash: Money,
    /// Fees in quote currency, those in base at their value.
    pub(crate) fee: Money,
    /// A fee in a third currency.
    pub(crate) side_fee: Option<(Asset, Money)>,
    /// What was paid in, in quote currency.
    pub(crate) deposit: Money,
}

impl Entry {
    /// The booking of a fill.
    pub(crate) fn of_fill(fill: &Fill) -> Result<Self, LedgerFault> {
        if fill.qty.is_zero() {
            return Err(LedgerFault::NothingTraded);
        }
        let traded = Net::of(fill.side, fill.qty);
        let cash = Money::ZERO.minus(fill.price.value(traded)?)?;
        let entry = Self {
            symbol: fill.symbol,
            price: fill.price,
            traded,
            base_fee: Net::ZERO,
            change: traded,
            cash,
            fee: Money::ZERO,
            side_fee: None,
            deposit: Money::ZERO,
        };
        if fill.fee == Money::ZERO {
            Ok(entry)
        } else if fill.fee_asset == fill.symbol.quote() {
            Ok(Self { cash: cash.minus(fill.fee)?, fee: fill.fee, ..entry })
        } else if fill.fee_asset == fill.symbol.base() {
            entry.with_base_fee(fill.fee)
        } else {
            Ok(Self { side_fee: Some((fill.fee_asset, fill.fee)), ..entry })
        }
    }

    /// The booking of a position that is brought in at a price, together with its value.
    pub(crate) fn of_inventory(
        symbol: Symbol,
        position: Net,
        price: Price,
    ) -> Result<Self, LedgerFault> {
        if position.is_flat() {
            return Err(LedgerFault::NothingTraded);
        }
        Ok(Self {
            symbol,
            price,
            traded: position,
            base_fee: Net::ZERO,
            change: position,
            cash: Money::ZERO,
            fee: Money::ZERO,
            side_fee: None,
            deposit: price.value(position)?,
        })
    }

    fn with_base_fee(self, fee: Money) -> Result<Self, LedgerFault> {
        if fee.yocto() % YOCTO_PER_PICO != 0 {
            return Err(LedgerFault::FeeTooFine);
        }
        // Far inside the range of a position, so the negative below exists.
        let base_fee = Net::from_pico(fee.yocto() / YOCTO_PER_PICO);
        let change = range::net_sum(self.traded, -base_fee)?;
        Ok(Self { base_fee, change, fee: self.price.value(base_fee)?, ..self })
    }
}
