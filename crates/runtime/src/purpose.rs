//! What is still taken when the disk is full: whatever helps to get out.

use journal::Purpose;

use crate::doors::Lane;

/// What an input of that lane is taken for. Timers count with the venue: they ask again what became of
/// orders, and repeat cancels. That a market is not to be trusted only makes everybody more careful.
pub(crate) fn purpose(lane: Option<Lane>) -> Purpose {
    match lane {
        Some(Lane::Market) => Purpose::Anything,
        Some(Lane::Control | Lane::Report | Lane::Loss) | None => Purpose::GetOut,
    }
}
