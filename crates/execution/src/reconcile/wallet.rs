//! What the account owns, counted from fills alone: what it had before them is learned from the venue
//! once, and from then on every digit has to be explained by a fill. What the venue showed before a fill that
//! is counted says nothing of what is owned since.

use std::collections::BTreeMap;

use contracts::{Asset, Fill, Money, Ts};

use super::plan::effect;
use super::view::{LocalBalance, VenueSnapshot, VenueTrade, Watermark};

/// More assets than this are not compared.
const ASSETS_MAX: usize = 1_024;

/// Amounts by asset.
#[derive(Debug, Default)]
pub struct Wallet {
    /// What was there before the first fill that is counted.
    had: BTreeMap<Asset, Money>,
    /// What fills have moved since; nothing for an asset whose sum has left its range.
    moved: BTreeMap<Asset, Option<Money>>,
    /// When the latest fill that is counted happened, by the venue's clock.
    latest: Ts,
}

impl Wallet {
    /// Counts a fill that is booked.
    pub fn count(&mut self, fill: &Fill) {
        self.latest = self.latest.max(fill.at);
        let (base, quote) = (fill.symbol.base(), fill.symbol.quote());
        let beside = Some(fill.fee_asset).filter(|asset| ![base, quote].contains(asset));
        for asset in [Some(base), Some(quote), beside].into_iter().flatten() {
            if self.moved.len() >= ASSETS_MAX && !self.moved.contains_key(&asset) {
                continue;
            }
            let moved = self.moved.entry(asset).or_insert(Some(Money::ZERO));
            let by = effect(fill, asset);
            *moved = moved.and_then(|sum| sum.plus(by.ok()?).ok());
        }
    }

    /// A process begins: what was there is learned anew, because money may be paid in while nothing runs. An
    /// answer that somebody asked for before teaches nothing.
    pub fn begins(&mut self) {
        *self = Self { latest: self.latest, ..Self::default() };
    }

    /// Whether a fill is counted that the venue could not have shown then.
    pub fn is_ahead_of(&self, at: Ts) -> bool {
        self.latest > at
    }

    /// Takes what the venue showed then of assets that were not known yet for what was there before. While a trade
    /// that it shows is not settled, that may be one of ours which is still to be counted, and teaches nothing.
    pub fn learn(&mut self, shown: &VenueSnapshot, settled: Option<Watermark>) {
        let is_open = |trade: &VenueTrade| settled < Some(trade.place());
        if self.is_ahead_of(shown.at) || shown.trades.iter().any(is_open) {
            return;
        }
        for (asset, amount) in &shown.balances {
            let moved = self.moved.get(asset).copied().unwrap_or(Some(Money::ZERO));
            let Some(had) = moved.and_then(|moved| amount.minus(moved).ok()) else { continue };
            if self.had.len() < ASSETS_MAX {
                self.had.entry(*asset).or_insert(had);
            }
        }
    }

    /// What the venue should have shown then. Amounts are exact on both sides, so nothing is tolerated.
    pub fn balances(&self, at: Ts) -> Vec<LocalBalance> {
        let known = self.had.iter().filter(|_| !self.is_ahead_of(at));
        let counted = known.filter_map(|(asset, had)| {
            let moved = self.moved.get(asset).copied().unwrap_or(Some(Money::ZERO))?;
            let (asset, tolerance) = (*asset, Money::ZERO);
            had.plus(moved).ok().map(|amount| LocalBalance { asset, amount, tolerance })
        });
        counted.collect()
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::{asset, money, price, qty, secs, symbol};
    use contracts::{Liquidity, OrderId, Side, TradeId, VenueRef};

    use super::*;

    fn bought(amount: &str, at: &str, fee: &str) -> Fill {
        Fill {
            id: OrderId::from_bits(1).unwrap(),
            exec: VenueRef::numbered(b'T', 1),
            symbol: symbol("BTC/USD"),
            qty: qty(amount),
            price: price(at),
            fee: money(fee),
            fee_asset: asset("USD"),
            at: secs(1),
            side: Side::Buy,
            liquidity: Liquidity::Taker,
        }
    }

    fn check(wallet: &Wallet, expected: &[(&str, &str)]) {
        let owned = wallet.balances(secs(1)).into_iter().map(|held| (held.asset, held.amount));
        let expected = expected.iter().map(|(name, amount)| (asset(name), money(amount)));
        assert_eq!(owned.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }

    fn shown(at: Ts, balances: &[(&str, &str)]) -> VenueSnapshot {
        let balances = balances.iter().map(|(name, amount)| (asset(name), money(amount)));
        VenueSnapshot { at, balances: balances.collect(), ..VenueSnapshot::default() }
    }

    #[test]
    fn wallet_learns_nothing_while_a_trade_may_be_one_of_ours_that_is_still_to_be_counted() {
        let (mut wallet, fill) = (Wallet::default(), bought("1", "100", "0.5"));
        let trade = VenueTrade { number: TradeId::new(7), fill };
        let shown = VenueSnapshot { trades: vec![trade], ..shown(secs(1), &[("USD", "899.5")]) };
        let before = Watermark { at: secs(1), number: TradeId::new(6) };
        for settled in [None, Some(before)] {
            wallet.learn(&shown, settled);
        }
        // It is heard of, and only then counts as known.
        wallet.count(&fill);
        check(&wallet, &[]);
        wallet.learn(&shown, Some(trade.place()));
        check(&wallet, &[("USD", "899.5")]);
    }

    #[test]
    fn wallet_explains_what_is_owned_by_what_was_there_and_every_fill() {
        let mut wallet = Wallet::default();
        wallet.count(&bought("1", "100", "0.5"));
        check(&wallet, &[]);
        wallet.learn(&shown(secs(1), &[("USD", "899.5"), ("BTC", "1")]), None);
        check(&wallet, &[("BTC", "1"), ("USD", "899.5")]);
        wallet.count(&bought("0.5", "200", "0.25"));
        check(&wallet, &[("BTC", "1.5"), ("USD", "799.25")]);
        // What is known is not learned anew: that would make any difference right.
        wallet.learn(&shown(secs(1), &[("USD", "5"), ("ETH", "2")]), None);
        check(&wallet, &[("BTC", "1.5"), ("ETH", "2"), ("USD", "799.25")]);
    }

    #[test]
    fn wallet_is_not_measured_by_what_was_shown_before_its_latest_fill() {
        let mut wallet = Wallet::default();
        wallet.learn(&shown(secs(0), &[("USD", "1000")]), None);
        wallet.count(&bought("1", "100", "0.5"));
        assert!(wallet.balances(secs(0)).is_empty());
        wallet.learn(&shown(secs(0), &[("BTC", "0")]), None);
        check(&wallet, &[("USD", "899.5")]);
        // Nor is one that begins behind that fill.
        wallet.begins();
        wallet.learn(&shown(secs(0), &[("USD", "1000")]), None);
        check(&wallet, &[]);
        wallet.learn(&shown(secs(1), &[("USD", "899.5")]), None);
        check(&wallet, &[("USD", "899.5")]);
    }
}
