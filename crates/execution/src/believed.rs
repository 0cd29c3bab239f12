//! Whom gateway and guards believe, as the gate does: what only one part of the system can know counts from that part
//! alone. Grants are sealed besides, whoever brings them. What only makes anybody more careful may come from anybody.

use contracts::{Envelope, Event, Source};

use crate::held::was_held;

/// Whether a message may come from where it came.
#[inline]
pub(crate) fn is_believed(input: &Envelope) -> bool {
    let from = |source| input.src == source;
    match &input.event {
        Event::Mark(_) | Event::LimitState(_) => from(Source::RiskEngine),
        Event::Executed(_) => from(Source::Venue),
        // Of a request that its own process did not send, the venue knows nothing.
        Event::Report(report) => from(Source::Venue) || from(Source::Runtime) && was_held(report),
        Event::Fill(_) | Event::Order(_) => from(Source::ExecutionGateway),
        Event::Instrument(_) => from(Source::MdIngest),
        Event::ClearKill(_) => from(Source::Operator),
        Event::KillPoll(_) | Event::Wake(_) | Event::Roster(_) => from(Source::Runtime),
        _ => true,
    }
}
