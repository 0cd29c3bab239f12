//! A host that keeps wrong books, or wrong lists of orders, for its strategies.

use contracts::{Event, VenueRef};
use sim::Tamper;

use crate::{planted, sometimes, with};

pub(crate) const BUGS: &[(&str, Tamper)] = &[
    ("the host books a fill twice", |_, name, machine| match name {
        "host" => planted(machine, |m, now, input, out| {
            m.step(now, input, out);
            if let (Event::Fill(mut fill), true) = (input.event, sometimes(input, 7)) {
                fill.exec = VenueRef::numbered(b'X', input.seq.get());
                m.step(now, &with(input, Event::Fill(fill)), out);
            }
        }),
        _ => machine,
    }),
    ("the host misses a fill", |_, name, machine| match name {
        "host" => planted(machine, |m, now, input, out| {
            if !(matches!(input.event, Event::Fill(_)) && sometimes(input, 7)) {
                m.step(now, input, out);
            }
        }),
        _ => machine,
    }),
    ("the host misses the end of an order", |_, name, machine| match name {
        "host" => planted(machine, |m, now, input, out| {
            let ends = matches!(input.event, Event::Order(told) if told.state.is_done());
            if !(ends && sometimes(input, 3)) {
                m.step(now, input, out);
            }
        }),
        _ => machine,
    }),
    ("the host misses a refusal", |_, name, machine| match name {
        "host" => planted(machine, |m, now, input, out| {
            if !(matches!(input.event, Event::Refused(_)) && sometimes(input, 3)) {
                m.step(now, input, out);
            }
        }),
        _ => machine,
    }),
];
