//! Bugs of a process whose chain was broken, and of those who hear it tell again what it has forgotten.

use contracts::{Event, Fill, RosterStep, VenueRef};
use kernel::Machine;
use sim::Tamper;

use super::{planted, with};

/// It is never told that its chain was broken.
fn unaware(machine: Box<dyn Machine>) -> Box<dyn Machine> {
    planted(machine, |m, now, input, out| {
        if !matches!(input.event, Event::Roster(told) if told.step == RosterStep::Forget) {
            m.step(now, input, out);
        }
    })
}

pub(super) const BUGS: &[(&str, Tamper)] = &[
    ("the gateway does not know that it has forgotten", |_, name, machine| match name {
        "gateway" => unaware(machine),
        _ => machine,
    }),
    ("the guards do not know that they have forgotten", |_, name, machine| match name {
        "protector" => unaware(machine),
        _ => machine,
    }),
    ("the gate does not know that it has forgotten", |_, name, machine| match name {
        "gate" => unaware(machine),
        _ => machine,
    }),
    ("the strategies book again what is told again", |_, name, machine| match name {
        "host" => planted(machine, |m, now, input, out| {
            let input = match input.event {
                Event::Fill(fill) => {
                    let exec = VenueRef::numbered(b'X', now.nanos().unsigned_abs());
                    with(input, Event::Fill(Fill { exec, ..fill }))
                }
                _ => *input,
            };
            m.step(now, &input, out);
        }),
        _ => machine,
    }),
];
