//! Bugs of a gateway that is told that something was not sent.

use contracts::{Envelope, Event, Report, Says, Source, VenueReason};
use kernel::Machine;
use sim::Tamper;

use crate::{planted, with};

/// A gateway that hears, of what was held back, something else.
fn hears(machine: Box<dyn Machine>, name: &str, other: Other) -> Box<dyn Machine> {
    match (name, other) {
        ("gateway", Other::Accepted) => planted(machine, |m, now, input, out| {
            m.step(now, &of_what_was_held(input, Says::Rejected, Says::Accepted), out);
        }),
        ("gateway", Other::Amended) => planted(machine, |m, now, input, out| {
            m.step(now, &of_what_was_held(input, Says::AmendRejected, Says::Amended), out);
        }),
        ("gateway", Other::OfTheOrder) => planted(machine, |m, now, input, out| {
            m.step(now, &of_what_was_held(input, Says::AmendRejected, Says::Rejected), out);
        }),
        _ => machine,
    }
}

enum Other {
    Accepted,
    Amended,
    OfTheOrder,
}

/// That message, with another word on what was held back.
fn of_what_was_held(input: &Envelope, says: Says, other: Says) -> Envelope {
    match input.event {
        Event::Report(report)
            if report.says == says
                && report.reason == VenueReason::Halted
                && input.src == Source::Runtime =>
        {
            let reason = VenueReason::None;
            let report = Event::Report(Report { says: other, reason, ..report });
            Envelope { src: Source::Venue, ..with(input, report) }
        }
        _ => *input,
    }
}

pub(super) const BUGS: &[(&str, Tamper)] = &[
    ("the gateway takes an order that was held back for accepted", |_, name, machine| {
        hears(machine, name, Other::Accepted)
    }),
    ("the gateway takes a change that was held back for made", |_, name, machine| {
        hears(machine, name, Other::Amended)
    }),
    ("the gateway takes an order for over when its change was held back", |_, name, machine| {
        hears(machine, name, Other::OfTheOrder)
    }),
];
