//! Rules of size: of one order, of an instrument, of a strategy, of everything.

use contracts::{Breach, Figures, Money, Reason};

use super::market::notional_at_most;
use super::{at_most, plain};
use crate::case::Case;
use crate::exposure::Totals;

pub(super) fn order_notional(case: &Case<'_>) -> Option<Breach> {
    let allowed = case.limits.order_notional_max;
    notional_at_most(case, case.judged_price(), Reason::OrderNotional, allowed)
}

pub(super) fn order_qty(case: &Case<'_>) -> Option<Breach> {
    let allowed = *case.limits.order_qty_max.get(case.spec.symbol())?;
    let found = case.spec.qty();
    let figures = Figures::Qty { found, allowed };
    (found > allowed).then_some(Breach { reason: Reason::OrderQty, figures })
}

/// The hard cap holds on every live order, whatever the other limits say and whatever happens to the
/// price: an order is measured at the worst one it may trade at.
pub(super) fn live_cap(case: &Case<'_>) -> Option<Breach> {
    notional_at_most(case, case.worst_price(), Reason::LiveCap, case.limits.live_cap?)
}

pub(super) fn symbol_gross(case: &Case<'_>) -> Option<Breach> {
    total(case, Reason::SymbolGross, |t| t.symbol_gross, case.limits.symbol_gross_max)
}

pub(super) fn strategy_gross(case: &Case<'_>) -> Option<Breach> {
    total(case, Reason::StrategyGross, |t| t.strategy_gross, case.limits.strategy_gross_max)
}

pub(super) fn portfolio_gross(case: &Case<'_>) -> Option<Breach> {
    total(case, Reason::PortfolioGross, |t| t.portfolio_gross, case.limits.portfolio_gross_max)
}

pub(super) fn portfolio_net(case: &Case<'_>) -> Option<Breach> {
    total(case, Reason::PortfolioNet, |t| t.portfolio_net, case.limits.portfolio_net_max)
}

fn total(
    case: &Case<'_>,
    reason: Reason,
    figure: fn(&Totals) -> Money,
    allowed: Money,
) -> Option<Breach> {
    match &case.totals {
        Ok(totals) => at_most(reason, figure(totals), allowed),
        Err(_) => Some(plain(Reason::OutOfRange)),
    }
}
