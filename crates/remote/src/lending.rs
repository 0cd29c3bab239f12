//! The lease on the account: while it is not ours, nothing that could open a position is sent.

use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, Keeper, LeaseSetup, Mouth, Room};
use contracts::Span;
use runtime::Worker;

use super::Joining;

/// How long the lease holds without being renewed, and how long a start waits before it uses one.
pub(super) const TERM: Span = Span::from_secs(3);
/// How often it is looked whether it is over, where nothing else is to be done.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// So many tokens are kept for each start, so that a start is above whatever was given before it.
const TOKENS_PER_START: u64 = 1 << 20;

/// Keeps the lease on the account, and holds back what could open a position while it is not ours. Whoever
/// finds that somebody else speaks as this service cannot use it any more, and gives it up to them.
pub(super) fn lease(bus: &Arc<dyn Bus>, joining: &Joining<'_>, mouth: &Mouth, seed: u64) -> Worker {
    let session = joining.loaded.settings().run.session;
    let epoch = joining.seat.journal.epoch();
    let (mut keeper, lease) = Keeper::new(LeaseSetup {
        bus: Arc::clone(bus),
        what: format!("session-{session}"),
        who: format!("execution-gateway-{}-{seed:016x}", epoch.0),
        term: TERM,
        above: u64::from(epoch.0) * TOKENS_PER_START,
        clock: joining.clock.clone(),
        seed,
    });
    joining.holds.add(move |now| lease.holds(now).is_none());
    let (stop, mouth) = (joining.stop.clone(), mouth.clone());
    Worker::new("bus: lease", move || {
        while mouth.room() != Room::Fenced {
            let (_, again) = keeper.turn();
            if stop.wait(again) {
                break;
            }
        }
        keeper.give_back();
        // Whoever is fenced stays that until the end.
        while !stop.wait(LOOK_EVERY) {}
    })
}
