//! Rules of the market: what the venue takes, and whether our price of it can be trusted.

use contracts::{Breach, Figures, Lifetime, MarketStatus, Money, OrderKind, Price, Reason, Side};

use super::{at_most, plain};
use crate::case::{Case, collar_price};

pub(super) fn open(case: &Case<'_>) -> Option<Breach> {
    let open = match case.instrument.status {
        MarketStatus::Online => true,
        MarketStatus::PostOnly => case.spec.lifetime() == Lifetime::PostOnly,
        MarketStatus::CancelOnly | MarketStatus::Maintenance => false,
    };
    (!open).then(|| plain(Reason::MarketClosed))
}

pub(super) fn tick(case: &Case<'_>) -> Option<Breach> {
    let tick = case.instrument.tick;
    let prices = [case.spec.limit(), case.spec.trigger()];
    let off = prices.into_iter().flatten().find(|price| !price.is_multiple_of(tick))?;
    let figures = Figures::Price { found: off, allowed: tick };
    Some(Breach { reason: Reason::Tick, figures })
}

pub(super) fn lot(case: &Case<'_>) -> Option<Breach> {
    let (found, allowed) = (case.spec.qty(), case.instrument.lot);
    let figures = Figures::Qty { found, allowed };
    (!found.is_multiple_of(allowed)).then_some(Breach { reason: Reason::Lot, figures })
}

pub(super) fn qty_min(case: &Case<'_>) -> Option<Breach> {
    let (found, allowed) = (case.spec.qty(), case.instrument.qty_min);
    let figures = Figures::Qty { found, allowed };
    (found < allowed).then_some(Breach { reason: Reason::QtyMin, figures })
}

pub(super) fn cost_min(case: &Case<'_>) -> Option<Breach> {
    let allowed = case.instrument.cost_min;
    let found = case.judged_price()?.cost(case.spec.qty()).ok()?;
    let figures = Figures::Money { found, allowed };
    (found < allowed).then_some(Breach { reason: Reason::CostMin, figures })
}

/// A price must not be worse than the market by more than the collar. Prices on the safe side of the
/// market are not limited: they can only trade when the market comes to them.
pub(super) fn collar(case: &Case<'_>) -> Option<Breach> {
    let from = case.spec.trigger().or(case.touch())?;
    let found = case.spec.limit()?;
    let allowed = collar_price(from, case.side(), case.instrument, case.limits)?;
    let beyond = match case.side() {
        Side::Buy => found > allowed,
        Side::Sell => found < allowed,
    };
    let figures = Figures::Price { found, allowed };
    beyond.then_some(Breach { reason: Reason::PriceCollar, figures })
}

/// Nothing is sent without a worst price, not even to get out: a market order is given one by the
/// market, and one that still has none has no market.
pub(super) fn worst_price_known(case: &Case<'_>) -> Option<Breach> {
    (case.spec.kind() == OrderKind::Market).then(|| plain(Reason::NoPrice))
}

pub(super) fn price_known(case: &Case<'_>) -> Option<Breach> {
    let said_already = case.spec.kind() == OrderKind::Market;
    (case.touch().is_none() && !said_already).then(|| plain(Reason::NoPrice))
}

pub(super) fn price_fresh(case: &Case<'_>) -> Option<Breach> {
    let (found, allowed) = (case.now.since(case.mark?.seen), case.limits.price_age_max);
    let figures = Figures::Span { found, allowed };
    (found > allowed).then_some(Breach { reason: Reason::StalePrice, figures })
}

pub(super) fn feed_safe(case: &Case<'_>) -> Option<Breach> {
    let live = case.mark?.state == contracts::FeedState::Live;
    (!live).then(|| plain(Reason::FeedUnsafe))
}

/// While an order of this instrument has an unknown fate, nothing new is risked on it.
pub(super) fn fates_known(case: &Case<'_>) -> Option<Breach> {
    case.claims.has_unknown(case.spec.symbol()).then(|| plain(Reason::OrderUnknown))
}

/// For rules that share it: what this order costs at a price.
pub(super) fn notional_at_most(
    case: &Case<'_>,
    price: Option<Price>,
    reason: Reason,
    allowed: Money,
) -> Option<Breach> {
    let Some(price) = price else { return Some(plain(Reason::NoPrice)) };
    match price.cost(case.spec.qty()) {
        Ok(found) => at_most(reason, found, allowed),
        Err(_) => Some(plain(Reason::OutOfRange)),
    }
}
