//! An account counted from executions alone: what of each instrument, what of each currency.
//!
//! It shares nothing with the ledger of the gate, on purpose: two that count apart and agree are worth
//! more than one that is asked twice.

use std::collections::BTreeMap;

use contracts::{Asset, Fill, Money, Net, OutOfRange, Symbol};

/// Yoctos of money in a pico of a position.
const YOCTO_PER_PICO: i128 = 1_000_000_000_000;

/// By how much a fill moves things: the position, the quote currency, and a fee in a third currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) net: Net,
    pub(crate) cash: Money,
    pub(crate) side: Option<(Asset, Money)>,
}

impl Change {
    pub(crate) fn of(fill: &Fill) -> Result<Self, OutOfRange> {
        let traded = Net::of(fill.side, fill.qty);
        let cash = Money::ZERO.minus(fill.price.value(traded)?)?;
        let (quote, base) = (fill.symbol.quote(), fill.symbol.base());
        if fill.fee_asset == quote {
            return Ok(Self { net: traded, cash: cash.minus(fill.fee)?, side: None });
        }
        if fill.fee_asset == base {
            let fee = Net::from_pico(-(fill.fee.yocto() / YOCTO_PER_PICO));
            return Ok(Self { net: traded.plus(fee)?, cash, side: None });
        }
        let fee = Money::ZERO.minus(fill.fee)?;
        Ok(Self { net: traded, cash, side: Some((fill.fee_asset, fee)) })
    }
}

/// What there is, by executions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    nets: BTreeMap<Symbol, Net>,
    cash: BTreeMap<Asset, Money>,
}

impl Tally {
    pub(crate) fn net(&self, symbol: Symbol) -> Net {
        self.nets.get(&symbol).copied().unwrap_or(Net::ZERO)
    }

    pub(crate) fn cash(&self, asset: Asset) -> Money {
        self.cash.get(&asset).copied().unwrap_or(Money::ZERO)
    }

    pub(crate) fn nets(&self) -> impl Iterator<Item = (Symbol, Net)> {
        self.nets.iter().map(|(symbol, net)| (*symbol, *net))
    }

    pub(crate) fn pay_in(&mut self, asset: Asset, amount: Money) -> Result<(), OutOfRange> {
        let held = self.cash.entry(asset).or_insert(Money::ZERO);
        *held = held.plus(amount)?;
        Ok(())
    }

    pub(crate) fn put(&mut self, symbol: Symbol, net: Net) -> Result<(), OutOfRange> {
        let held = self.nets.entry(symbol).or_insert(Net::ZERO);
        *held = held.plus(net)?;
        Ok(())
    }

    /// Counts an execution.
    pub(crate) fn count(&mut self, fill: &Fill) -> Result<(), OutOfRange> {
        let change = Change::of(fill)?;
        self.put(fill.symbol, change.net)?;
        self.pay_in(fill.symbol.quote(), change.cash)?;
        change.side.map_or(Ok(()), |(asset, fee)| self.pay_in(asset, fee))
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::{asset, money, net, price, qty, secs, symbol};
    use contracts::{Liquidity, OrderId, Side, VenueRef};

    use super::*;

    fn fill(side: Side, fee: &str, fee_asset: &str) -> Fill {
        Fill {
            id: OrderId::from_bits(1).unwrap(),
            exec: VenueRef::numbered(b'E', 1),
            symbol: symbol("BTC/USD"),
            qty: qty("0.5"),
            price: price("100"),
            fee: money(fee),
            fee_asset: asset(fee_asset),
            at: secs(1),
            side,
            liquidity: Liquidity::Taker,
        }
    }

    #[test]
    fn tally_takes_a_fee_from_where_it_was_paid() {
        let mut tally = Tally::default();
        tally.count(&fill(Side::Buy, "0.2", "USD")).unwrap();
        assert_eq!(
            (tally.net(symbol("BTC/USD")), tally.cash(asset("USD"))),
            (net("0.5"), money("-50.2"))
        );
        tally.count(&fill(Side::Buy, "0.001", "BTC")).unwrap();
        assert_eq!(tally.net(symbol("BTC/USD")), net("0.999"));
        tally.count(&fill(Side::Sell, "3", "KFEE")).unwrap();
        assert_eq!(tally.cash(asset("KFEE")), money("-3"));
        assert_eq!(tally.cash(asset("USD")), money("-50.2"));
    }
}
