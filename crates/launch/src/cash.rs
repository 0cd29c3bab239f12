//! How the money of the account is shared among its strategies.

use contracts::{Asset, Money, Rounding, StrategyId};
use settings::{Loaded, Problem, ProblemKind, Problems};

/// Shares are whole cents: what cannot be shared stays with nobody.
const SHARE_DECIMALS: u8 = 2;

/// What each strategy starts with: its allocation, or an equal share of what the others leave.
pub(super) fn shares(
    loaded: &Loaded,
    currency: Asset,
) -> Result<Vec<(StrategyId, Money)>, Problems> {
    let settings = loaded.settings();
    let funds = settings.venue.funds.get(&currency).copied().unwrap_or(Money::ZERO);
    let enabled = || settings.strategies.iter().filter(|(_, entry)| entry.enabled);
    let (mut left, mut without) = (funds, 0);
    for (id, entry) in enabled() {
        let Some(allocation) = entry.allocation else {
            without += 1;
            continue;
        };
        left = left.minus(allocation).ok().filter(|left| !left.is_negative()).ok_or_else(|| {
            let key = format!("strategies.{id}.allocation");
            let what = format!("{allocation} is more than what is left of {funds} {currency}");
            Problem::new(ProblemKind::Contradiction, loaded.origin(&key), what)
                .about(key)
                .advice("smaller allocations, or more in venue.funds")
        })?;
    }
    let share = share(left, without);
    Ok(enabled().map(|(id, entry)| (*id, entry.allocation.unwrap_or(share))).collect())
}

/// One of so many equal shares, rounded down.
fn share(of: Money, among: u32) -> Money {
    let exact = Money::from_yocto(of.yocto() / i128::from(among.max(1)));
    exact.round_to(SHARE_DECIMALS, Rounding::Floor).unwrap_or(Money::ZERO)
}

#[cfg(test)]
mod tests {
    use contracts::testing::{asset, strategy};
    use settings::{Sources, load};

    use super::*;

    fn check(flags: &[&str], expected: Result<&[(&str, &str)], &str>) {
        let loaded = load(&Sources::none().with_flags(flags.iter().copied())).unwrap();
        let shares = shares(&loaded, asset("USD")).map_err(|problems| problems.to_string());
        let expected = expected.map_err(str::to_owned).map(|shares| {
            let share = |(id, cash): &(&str, &str)| (strategy(id), cash.parse::<Money>().unwrap());
            shares.iter().map(share).collect::<Vec<_>>()
        });
        assert_eq!(shares, expected, "{flags:?}");
    }

    #[test]
    fn shares_are_equal_where_nobody_said_otherwise_and_never_more_than_there_is() {
        let trading = |name: &str| format!("strategies.{name}.symbols=[\"BTC/USD\"]");
        let [a, b, c] = ["a", "b", "c"].map(trading);
        let (a, b, c) = (a.as_str(), b.as_str(), c.as_str());
        check(&[], Ok(&[]));
        check(&[a], Ok(&[("a", "10000")]));
        check(&[a, b, c], Ok(&[("a", "3333.33"), ("b", "3333.33"), ("c", "3333.33")]));
        check(
            &[a, b, c, "strategies.b.allocation=9999.99"],
            Ok(&[("a", "0"), ("b", "9999.99"), ("c", "0")]),
        );
        check(&[a, b, "strategies.b.enabled=false"], Ok(&[("a", "10000")]));
        check(
            &[a, b, "strategies.a.allocation=6000", "strategies.b.allocation=4000.01"],
            Err(
                "--set strategies.b.allocation: strategies.b.allocation: 4000.01 is more than what \
                 is left of 10000 USD; try: smaller allocations, or more in venue.funds",
            ),
        );
    }
}
