//! What is said of a request that was held back at the door to the venue, by the brake of the own process: of what was
//! not sent the fate is known, and the venue knows nothing of it.

use contracts::{
    AmendOrder, Envelope, Event, OrderId, Qty, Report, Says, Source, Submit, Ts, VenueReason,
};

/// What is said if that request is not sent at that time; nothing for one that always passes: those that cancel, ask, or
/// only reduce. Whether a change only reduces is not to be seen from it.
pub fn not_sent(request: &Event, at: Ts) -> Option<Envelope> {
    let report = match *request {
        Event::Submit(Submit { id, spec, .. }) if !spec.is_reduce_only() => Report {
            symbol: Some(spec.symbol()),
            limit: spec.limit(),
            ..held(id, spec.qty(), Says::Rejected)
        },
        Event::AmendOrder(AmendOrder { id, qty, limit, number, .. }) => {
            let report = held(id, qty, Says::AmendRejected);
            Report { limit, answers: Some(number), ..report }
        }
        _ => return None,
    };
    Some(Envelope::input(Source::Runtime, at, Event::Report(Report { at, ..report })))
}

/// Whether that is what [`not_sent`] says.
pub(crate) const fn was_held(report: &Report) -> bool {
    matches!(report.says, Says::Rejected | Says::AmendRejected)
        && matches!(report.reason, VenueReason::Halted)
}

fn held(id: OrderId, qty: Qty, says: Says) -> Report {
    Report {
        id,
        venue_ref: None,
        symbol: None,
        qty,
        filled: Qty::ZERO,
        limit: None,
        at: Ts::ZERO,
        answers: None,
        says,
        reason: VenueReason::Halted,
    }
}
