//! The rules of one instrument over time, and whether an order keeps them.

use contracts::{Instrument, Money, OrderSpec, Price, Ts, VenueReason};
use serde::{Deserialize, Serialize};

/// The most announced sets of rules that are kept per instrument.
const UPCOMING_MAX: usize = 8;

/// The rules in force and those announced.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Rules {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    current: Option<Instrument>,
    /// By the time from which they hold, the next ones first.
    upcoming: Vec<Instrument>,
}

impl Rules {
    /// Takes a set of rules; `false` where there are too many announced ones to keep it.
    #[must_use]
    pub(crate) fn learn(&mut self, now: Ts, rules: &Instrument) -> bool {
        self.advance(now);
        if rules.valid_from <= now {
            let newer = |held: Instrument| held.valid_from <= rules.valid_from;
            if self.current.is_none_or(newer) {
                self.current = Some(*rules);
            }
            return true;
        }
        match self.upcoming.binary_search_by_key(&rules.valid_from, |held| held.valid_from) {
            Ok(index) => self.upcoming[index] = *rules,
            Err(_) if self.upcoming.len() >= UPCOMING_MAX => return false,
            Err(index) => self.upcoming.insert(index, *rules),
        }
        true
    }

    /// The rules in force; `None` before the first.
    #[inline]
    pub(crate) fn at(&mut self, now: Ts) -> Option<&Instrument> {
        self.advance(now);
        self.current.as_ref()
    }

    #[inline]
    fn advance(&mut self, now: Ts) {
        while self.upcoming.first().is_some_and(|next| next.valid_from <= now) {
            self.current = Some(self.upcoming.remove(0));
        }
    }

    /// Whether saved rules are ones that this could have learnt.
    pub(crate) fn is_sound(&self) -> bool {
        self.upcoming.len() <= UPCOMING_MAX
            && self.upcoming.is_sorted_by(|a, b| a.valid_from < b.valid_from)
    }
}

/// Whether prices and quantity of an order keep the rules. `estimate` stands in for the price of an
/// order that names none.
pub(crate) fn check(
    rules: &Instrument,
    spec: &OrderSpec,
    estimate: Option<Price>,
) -> Result<(), VenueReason> {
    let on_tick = |price: Option<Price>| price.is_none_or(|price| price.is_multiple_of(rules.tick));
    if !on_tick(spec.limit()) || !on_tick(spec.trigger()) {
        return Err(VenueReason::Tick);
    }
    if !spec.qty().is_multiple_of(rules.lot) {
        return Err(VenueReason::Lot);
    }
    if spec.qty() < rules.qty_min {
        return Err(VenueReason::Minimum);
    }
    let price = spec.limit().or(spec.trigger()).or(estimate);
    let cost = price.map_or(Ok(Money::MAX), |price| price.cost(spec.qty()));
    let cost = cost.map_err(|_| VenueReason::Invalid)?;
    // The quantity must be an amount of its asset, too, or it could never be booked.
    crate::account::amount(spec.qty()).map_err(|_| VenueReason::Invalid)?;
    if cost < rules.cost_min {
        return Err(VenueReason::Minimum);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use contracts::testing::{money, price, qty, secs, symbol};
    use contracts::{Lifetime, MarketStatus, OrderKind, Qty, Side};

    use super::*;

    fn rules(tick: &str, valid_from: i64) -> Instrument {
        Instrument {
            symbol: symbol("BTC/USD"),
            tick: price(tick),
            lot: qty("0.01"),
            qty_min: qty("0.05"),
            cost_min: money("5"),
            valid_from: secs(valid_from),
            quote_decimals: 2,
            price_decimals: 1,
            qty_decimals: 8,
            status: MarketStatus::Online,
        }
    }

    #[test]
    fn rules_hold_from_their_time_on() {
        let mut timeline = Rules::default();
        assert!(timeline.at(secs(1)).is_none());
        for (tick, from) in [("1", 10), ("3", 30), ("2", 20), ("0.5", 5)] {
            assert!(timeline.learn(secs(10), &rules(tick, from)));
        }
        let mut tick_at = |now| timeline.at(secs(now)).map(|rules| rules.tick);
        assert_eq!(tick_at(10), Some(price("1")), "rules older than those in force change nothing");
        assert_eq!(tick_at(19), Some(price("1")));
        assert_eq!(tick_at(20), Some(price("2")));
        assert_eq!(tick_at(99), Some(price("3")));
    }

    #[test]
    fn rules_too_many_announced_refused() {
        let mut timeline = Rules::default();
        assert!((0..8).all(|from| timeline.learn(secs(1), &rules("1", 10 + from))));
        assert!(!timeline.learn(secs(1), &rules("1", 50)));
        assert!(timeline.learn(secs(1), &rules("2", 10)), "one already there is replaced");
        assert!(timeline.is_sound());
        assert_eq!(timeline.at(secs(10)).map(|rules| rules.tick), Some(price("2")));
    }

    #[test]
    fn check_finds_each_broken_rule() {
        let broken = |amount: &str, limit: &str| {
            let kind = OrderKind::Limit(price(limit));
            let lifetime = Lifetime::UntilCancelled;
            let spec = OrderSpec::new(symbol("BTC/USD"), Side::Buy, qty(amount), kind, lifetime);
            check(&rules("0.5", 1), &spec.unwrap(), None).err()
        };
        assert_eq!(broken("0.05", "100.5"), None);
        assert_eq!(broken("0.05", "100.4"), Some(VenueReason::Tick));
        assert_eq!(broken("0.055", "100.5"), Some(VenueReason::Lot));
        assert_eq!(broken("0.04", "100.5"), Some(VenueReason::Minimum));
        assert_eq!(broken("0.05", "99.5"), Some(VenueReason::Minimum));
        assert_eq!(broken("0.05", "100"), None, "exactly the least cost");
        let most = Qty::from_pico(10_u128.pow(38)).unwrap().to_string();
        assert_eq!(broken(&most, "100"), Some(VenueReason::Invalid));
    }

    #[test]
    fn check_market_order_by_the_estimate() {
        let order = OrderSpec::new(
            symbol("BTC/USD"),
            Side::Buy,
            qty("0.05"),
            OrderKind::Market,
            Lifetime::Immediate,
        );
        let broken = |estimate| check(&rules("0.5", 1), &order.unwrap(), estimate).err();
        assert_eq!(broken(Some(price("100"))), None);
        assert_eq!(broken(Some(price("99"))), Some(VenueReason::Minimum));
        assert_eq!(broken(None), None);
    }
}
