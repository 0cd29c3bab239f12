//! The rules, each in a file named after its reason. A rule looks at a [`Case`] and says the two numbers
//! it compared where they break it; it changes nothing and remembers nothing.
//!
//! `docs/risk.md` lists them all; a test keeps that page, this list and the reasons together.

mod balance;
mod cost_min;
mod daily_loss;
mod expired;
mod feed_unsafe;
mod inventory;
mod kill_switch;
mod kill_switch_unknown;
mod live_cap;
mod lot;
mod market_closed;
mod no_price;
mod not_reducing;
mod open_orders;
mod order_notional;
mod order_qty;
mod order_unknown;
mod portfolio_gross;
mod portfolio_net;
mod price_collar;
mod qty_min;
mod self_cross;
mod stale_price;
mod strategy_gross;
mod strategy_paused;
mod strategy_rate;
mod symbol_gross;
mod symbol_rate;
#[cfg(test)]
mod testing;
mod tick;

use contracts::{Breach, Figures, Money, OutOfRange, Qty, Reason};

use crate::case::Case;
use crate::exposure::Totals;

/// What a rule finds: the numbers where it is broken, or that they left the range of arithmetic.
type Broken = Result<Option<Figures>, OutOfRange>;

/// A rule with what is said where it is broken.
struct Rule {
    reason: Reason,
    holds_for: HoldsFor,
    broken: fn(&Case<'_>) -> Broken,
}

/// Whom a rule holds for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HoldsFor {
    /// Every order.
    Everybody,
    /// Orders that do more than shrink a position: no limit may hold anybody inside a risk.
    Increases,
}

/// The rules in the order in which they are asked; the first that is broken is the reason of a refusal.
const RULES: &[Rule] = &[
    expired::RULE,
    kill_switch::RULE,
    kill_switch_unknown::RULE,
    not_reducing::RULE,
    market_closed::RULE,
    tick::RULE,
    lot::RULE,
    qty_min::RULE,
    cost_min::RULE,
    price_collar::RULE,
    no_price::RULE,
    inventory::RULE,
    open_orders::RULE,
    self_cross::RULE,
    strategy_paused::RULE,
    daily_loss::RULE,
    stale_price::RULE,
    feed_unsafe::RULE,
    order_unknown::RULE,
    order_notional::RULE,
    order_qty::RULE,
    live_cap::RULE,
    symbol_gross::RULE,
    strategy_gross::RULE,
    portfolio_gross::RULE,
    portfolio_net::RULE,
    symbol_rate::RULE,
    strategy_rate::RULE,
    balance::RULE,
];

impl Rule {
    fn check(&self, case: &Case<'_>) -> Option<Breach> {
        if self.holds_for == HoldsFor::Increases && case.reducing {
            return None;
        }
        let reason = self.reason;
        match (self.broken)(case) {
            Ok(figures) => figures.map(|figures| Breach { reason, figures }),
            Err(OutOfRange) => Some(plain(Reason::OutOfRange)),
        }
    }
}

/// Everything that is broken, in the order of the rules; nothing where the order may pass.
pub(crate) fn check(case: &Case<'_>) -> Vec<Breach> {
    RULES.iter().filter_map(|rule| rule.check(case)).collect()
}

/// Whether a limit would hold the order back, did it not shrink what is held. It passes as an order that only
/// reduces: the gate judges every other order with it in, the gateway sends it as such, and a venue that knows such
/// orders holds it to that. One that is changed stays at the venue what it was placed as.
pub(crate) fn are_excused(case: &Case<'_>) -> bool {
    let limits = RULES.iter().filter(|rule| rule.holds_for == HoldsFor::Increases);
    case.reducing && limits.map(|rule| (rule.broken)(case)).any(|broken| broken != Ok(None))
}

/// The largest quantity of the same order, in whole lots, that the first rule which is broken would have let pass.
/// The rule itself is asked, since it alone knows what its figures say of a quantity.
pub(crate) fn qty_that_passes(case: &Case<'_>) -> Qty {
    let Some(rule) = RULES.iter().find(|rule| rule.check(case).is_some()) else {
        return case.asked.qty();
    };
    let lot = case.instrument.lot.pico();
    let qty = |lots: u128| lots.checked_mul(lot).and_then(Qty::from_pico).unwrap_or(Qty::ZERO);
    let passes = |lots| case.with_qty(qty(lots)).is_some_and(|case| rule.check(&case).is_none());
    let asked = case.asked.qty().pico().checked_div(lot).unwrap_or(0);
    // Most rules do not look at the quantity.
    if asked == 0 || !passes(1) {
        return Qty::ZERO;
    }
    let (mut most, mut too_much) = (1, asked.saturating_add(1));
    while too_much - most > 1 {
        let middle = most + (too_much - most) / 2;
        *(if passes(middle) { &mut most } else { &mut too_much }) = middle;
    }
    qty(most)
}

/// A breach without numbers to compare.
pub(crate) fn plain(reason: Reason) -> Breach {
    Breach { reason, figures: Figures::None }
}

/// Broken when `found` is above `allowed`.
#[expect(clippy::unnecessary_wraps, reason = "what a rule returns")]
fn at_most(found: Money, allowed: Money) -> Broken {
    Ok((found > allowed).then_some(Figures::Money { found, allowed }))
}

/// Broken when a figure of the account with this order in is above `allowed`.
fn total(case: &Case<'_>, figure: fn(&Totals) -> Money, allowed: Money) -> Broken {
    // Without a price another rule refuses.
    if case.touch.is_none() {
        return Ok(None);
    }
    at_most(figure(&case.totals?), allowed)
}

fn count(found: u32, allowed: u32) -> Option<Figures> {
    (found > allowed).then_some(Figures::Count { found, allowed })
}
