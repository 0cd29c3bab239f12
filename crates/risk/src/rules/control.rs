//! Rules of the controls: expiry, the kill switch, pauses, the day's loss.

use contracts::{Breach, Figures, Reason};

use super::plain;
use crate::case::Case;
use crate::latch::Verdict;

pub(super) fn expired(case: &Case<'_>) -> Option<Breach> {
    (case.now > case.expires).then(|| plain(Reason::Expired))
}

/// A tripped switch lets only orders pass that say they reduce and do. One whose state is not known
/// counts as tripped.
pub(super) fn kill_switch(case: &Case<'_>) -> Option<Breach> {
    let exempt = case.spec.is_reduce_only() && case.reducing;
    match case.verdict {
        Verdict::Clear => None,
        _ if exempt => None,
        Verdict::Unknown => Some(plain(Reason::KillSwitchUnknown)),
        Verdict::Tripped(_) => Some(plain(Reason::KillSwitch)),
    }
}

/// An order that says it only reduces must do so: the gateway lets such orders pass a tripped switch.
pub(super) fn reduce_only_is_true(case: &Case<'_>) -> Option<Breach> {
    let figures = Figures::Qty { found: case.all_open_after(), allowed: case.own.net.size() };
    let untrue = case.spec.is_reduce_only() && !case.reducing;
    untrue.then_some(Breach { reason: Reason::NotReducing, figures })
}

pub(super) fn paused(case: &Case<'_>) -> Option<Breach> {
    case.paused.then(|| plain(Reason::StrategyPaused))
}

/// Once the day's loss has gone beyond the cap, the rest of the day only shrinks positions.
pub(super) fn daily_loss(case: &Case<'_>) -> Option<Breach> {
    let (day, _) = case.books.day_and_drawdown();
    let figures = Figures::Money { found: -day, allowed: case.limits.daily_loss_cap };
    case.loss_capped.then_some(Breach { reason: Reason::DailyLoss, figures })
}
