//! The rules, each in its own room. A rule looks at a [`Case`] and says what is broken, with the two
//! numbers it compared; it changes nothing and remembers nothing.

mod control;
mod funds;
mod market;
mod pace;
mod place;
mod size;

use contracts::{Breach, Figures, Money, Qty, Reason, Rounding};

use crate::case::Case;

type Rule = fn(&Case<'_>) -> Option<Breach>;

/// Rules that hold for every order.
const ALWAYS: &[Rule] = &[
    control::expired,
    control::kill_switch,
    control::reduce_only_is_true,
    market::open,
    market::tick,
    market::lot,
    market::qty_min,
    market::cost_min,
    market::collar,
    market::worst_price_known,
    pace::tracked_orders,
    funds::inventory,
];

/// Rules from which orders that only shrink a position are exempt: no limit may hold anybody inside
/// a risk.
const UNLESS_REDUCING: &[Rule] = &[
    control::paused,
    control::daily_loss,
    market::price_known,
    market::price_fresh,
    market::feed_safe,
    market::fates_known,
    size::order_notional,
    size::order_qty,
    size::live_cap,
    size::symbol_gross,
    size::strategy_gross,
    size::portfolio_gross,
    size::portfolio_net,
    pace::open_orders,
    pace::symbol_rate,
    pace::strategy_rate,
    funds::balance,
    place::self_cross,
];

/// Everything that is broken, in the order of the rules; nothing where the order may pass.
pub(crate) fn check(case: &Case<'_>) -> Vec<Breach> {
    let reducing = case.reducing;
    let more = if reducing { &[][..] } else { UNLESS_REDUCING };
    ALWAYS.iter().chain(more).filter_map(|rule| rule(case)).collect()
}

/// The largest quantity of the same order that would not have broken this rule.
pub(crate) fn qty_that_passes(case: &Case<'_>, breach: &Breach) -> Qty {
    let asked = case.spec.qty();
    let too_much = match breach.figures {
        Figures::Qty { found, allowed } => Some(found.saturating_minus(allowed)),
        Figures::Money { found, allowed } => match case.judged_price() {
            Some(price) => found.minus(allowed).ok().map(|excess| {
                let least = excess.buys(price);
                // Rounded up by a unit: what remains must really pass.
                least.plus(case.instrument.lot).unwrap_or(asked)
            }),
            None => None,
        },
        _ => None,
    };
    let rest = too_much.map_or(Qty::ZERO, |too_much| asked.saturating_minus(too_much));
    rest.round_to(case.instrument.lot, Rounding::Floor).unwrap_or(Qty::ZERO)
}

fn plain(reason: Reason) -> Breach {
    Breach { reason, figures: Figures::None }
}

/// Broken when `found` is above `allowed`.
fn at_most(reason: Reason, found: Money, allowed: Money) -> Option<Breach> {
    let figures = Figures::Money { found, allowed };
    (found > allowed).then_some(Breach { reason, figures })
}
