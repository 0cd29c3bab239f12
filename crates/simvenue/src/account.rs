//! The account at the venue: an exact ledger of balances and of what open orders hold of them.
//!
//! It knows nothing of orders or fees; it is told amounts. Nothing is rounded here, so that the
//! balances equal the sum of all fills to the last digit.

use std::collections::BTreeMap;

use contracts::{Asset, Money, OutOfRange, Qty, Side, Symbol};
use serde::{Deserialize, Serialize};

/// What the account has of one asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// All of it.
    pub total: Money,
    /// What of it is held for open orders.
    pub held: Money,
}

impl Balance {
    /// What may be spent.
    pub fn free(&self) -> Result<Money, OutOfRange> {
        self.total.minus(self.held)
    }
}

/// The balances of the account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Account {
    balances: BTreeMap<Asset, Balance>,
    /// What was paid in from outside.
    paid_in: BTreeMap<Asset, Money>,
}

/// What a fill moves.
#[derive(Clone, Copy)]
pub(crate) struct Settlement {
    pub(crate) symbol: Symbol,
    pub(crate) side: Side,
    pub(crate) qty: Qty,
    pub(crate) cost: Money,
    pub(crate) fee: Money,
}

/// A quantity of an asset as an amount of it.
pub(crate) fn amount(qty: Qty) -> Result<Money, OutOfRange> {
    /// A quantity counts picos, an amount yoctos.
    const YOCTO_PER_PICO: i128 = 1_000_000_000_000;
    let pico = i128::try_from(qty.pico()).map_err(|_| OutOfRange)?;
    pico.checked_mul(YOCTO_PER_PICO).map(Money::from_yocto).ok_or(OutOfRange)
}

impl Account {
    pub(crate) fn new(start: &[(Asset, Money)]) -> Self {
        let balance = |total| Balance { total, held: Money::ZERO };
        let balances = start.iter().map(|(asset, total)| (*asset, balance(*total))).collect();
        Self { balances, paid_in: start.iter().copied().collect() }
    }

    /// Pays in what is missing so that this much was paid in. What was paid in is never taken back: it may
    /// be spent.
    pub(crate) fn raise(&mut self, start: &[(Asset, Money)]) -> Result<(), OutOfRange> {
        for (asset, amount) in start {
            let paid = self.paid_in.entry(*asset).or_default();
            let missing = amount.minus(*paid)?;
            if missing > Money::ZERO {
                let balance = self.balances.entry(*asset).or_default();
                (balance.total, *paid) = (balance.total.plus(missing)?, *amount);
            }
        }
        Ok(())
    }

    pub(crate) fn balance(&self, asset: Asset) -> Balance {
        self.balances.get(&asset).copied().unwrap_or_default()
    }

    pub(crate) fn balances(&self) -> impl Iterator<Item = (Asset, Balance)> {
        self.balances.iter().map(|(asset, balance)| (*asset, *balance))
    }

    /// Makes room for both assets of a pair, so that a fill need not.
    pub(crate) fn open(&mut self, symbol: Symbol) {
        self.balances.entry(symbol.base()).or_default();
        self.balances.entry(symbol.quote()).or_default();
    }

    /// Books a fill: all of it, or nothing where an amount would leave its range.
    pub(crate) fn settle(&mut self, fill: &Settlement) -> Result<(), OutOfRange> {
        let (base, quote) = (fill.symbol.base(), fill.symbol.quote());
        let qty = amount(fill.qty)?;
        let (has, pays) = (self.balance(base).total, self.balance(quote).total);
        let (has, pays) = match fill.side {
            Side::Buy => (has.plus(qty)?, pays.minus(fill.cost)?.minus(fill.fee)?),
            Side::Sell => (has.minus(qty)?, pays.plus(fill.cost)?.minus(fill.fee)?),
        };
        self.balances.entry(base).or_default().total = has;
        self.balances.entry(quote).or_default().total = pays;
        Ok(())
    }

    /// Whether so much more of an asset could be held.
    pub(crate) fn covers(&self, asset: Asset, more: Money) -> bool {
        more <= Money::ZERO || self.balance(asset).free().is_ok_and(|free| more <= free)
    }

    /// Changes what is held of an asset from one order's `before` to its `after`.
    pub(crate) fn hold(
        &mut self,
        asset: Asset,
        before: Money,
        after: Money,
    ) -> Result<(), OutOfRange> {
        let balance = self.balances.entry(asset).or_default();
        balance.held = balance.held.minus(before)?.plus(after)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::{asset, money, qty, symbol};

    use super::*;

    fn fill(side: Side, amount: &str, cost: &str, fee: &str) -> Settlement {
        let (cost, fee) = (money(cost), money(fee));
        Settlement { symbol: symbol("BTC/USD"), side, qty: qty(amount), cost, fee }
    }

    #[test]
    fn settle_moves_base_quote_and_fee() {
        let mut account = Account::new(&[(asset("USD"), money("1000"))]);
        account.settle(&fill(Side::Buy, "2", "200", "0.2")).unwrap();
        assert_eq!(account.balance(asset("USD")).total, money("799.8"));
        assert_eq!(account.balance(asset("BTC")).total, money("2"));
        account.settle(&fill(Side::Sell, "0.5", "60", "-0.01")).unwrap();
        assert_eq!(account.balance(asset("USD")).total, money("859.81"));
        assert_eq!(account.balance(asset("BTC")).total, money("1.5"));
    }

    #[test]
    fn settle_out_of_range_books_nothing() {
        let mut account = Account::new(&[(asset("USD"), Money::MAX)]);
        assert!(account.settle(&fill(Side::Sell, "1", "1", "0")).is_err());
        assert_eq!(account.balance(asset("USD")).total, Money::MAX);
        assert_eq!(account.balance(asset("BTC")).total, Money::ZERO);
        assert!(amount(Qty::from_pico(1 << 120).unwrap()).is_err());
    }

    #[test]
    fn covers_counts_what_is_held() {
        let mut account = Account::new(&[(asset("USD"), money("100"))]);
        account.hold(asset("USD"), Money::ZERO, money("60")).unwrap();
        assert!(account.covers(asset("USD"), money("40")));
        assert!(!account.covers(asset("USD"), money("40.01")));
        account.hold(asset("USD"), money("60"), money("10")).unwrap();
        assert!(account.covers(asset("USD"), money("90")));
        account.hold(asset("USD"), money("10"), money("101")).unwrap();
        assert!(account.covers(asset("USD"), money("-1")), "giving back is always possible");
        assert!(!account.covers(asset("USD"), money("0.01")));
        assert!(account.covers(asset("BTC"), Money::ZERO));
        assert!(!account.covers(asset("BTC"), money("0.000001")));
    }
}
