//! Bugs in what a house is set to, and in what is owned: the level of the kill switch, guards that are to
//! stay, a venue that looks at the money, balances and positions.

use contracts::{Event, KillLevel, Money};
use execution::ProtectiveOnKill;
use kernel::Machine;
use serde_json::{Value, json};
use sim::{Desk, Tamper};
use simvenue::Funds;

use crate::{planted, sometimes};

const USUAL: KillLevel = KillLevel::Cancel;

pub(crate) const BUGS: &[(&str, Tamper)] = &[
    ("the gate trips at the usual level, whatever is set", |desk, name, machine| match name {
        "gate" => Box::new(changed(desk, |desk| desk.kill.level = USUAL).gate().unwrap()),
        _ => machine,
    }),
    ("the gateway trips at the usual level, whatever is set", |desk, name, machine| match name {
        "gateway" => Box::new(changed(desk, |desk| desk.kill.level = USUAL).gateway()),
        _ => machine,
    }),
    ("the gateway cancels guards that were to stay", |desk, name, machine| match name {
        "gateway" => Box::new(changed(desk, cancels_guards).gateway()),
        _ => machine,
    }),
    ("the protector takes stops back that were to stay", |desk, name, machine| match name {
        "protector" => Box::new(changed(desk, cancels_guards).protector()),
        _ => machine,
    }),
    ("the guards hear of no other collar", |_, name, machine| match name {
        "protector" => planted(machine, |m, now, input, out| {
            if !matches!(input.event, Event::LimitState(_)) {
                m.step(now, input, out);
            }
        }),
        _ => machine,
    }),
    ("the venue has less money than everybody together", |desk, name, machine| match name {
        "venue" => Box::new(changed(desk, poorer).venue()),
        _ => machine,
    }),
    ("the venue loses money", |_, name, machine| match name {
        "venue" => planted(machine, |m, now, input, out| {
            m.step(now, input, out);
            if sometimes(input, 997) {
                loses(m, "USD");
            }
        }),
        _ => machine,
    }),
    ("the venue loses what was bought", |_, name, machine| match name {
        "venue" => planted(machine, |m, now, input, out| {
            m.step(now, input, out);
            if sometimes(input, 997) {
                loses(m, "ETH");
            }
        }),
        _ => machine,
    }),
];

fn changed(desk: &Desk, change: fn(&mut Desk)) -> Desk {
    let mut desk = desk.clone();
    change(&mut desk);
    desk
}

fn cancels_guards(desk: &mut Desk) {
    desk.protective_on_kill = ProtectiveOnKill::Cancel;
}

fn poorer(desk: &mut Desk) {
    if let Funds::Checked { start } = &mut desk.venue.funds {
        for (_, amount) in start {
            *amount = Money::from_units(300);
        }
    }
}

/// A tenth less of that asset, and nobody is told.
fn loses(venue: &mut dyn Machine, asset: &str) {
    let mut saved = Vec::new();
    venue.save(&mut saved);
    let mut state: Value = serde_json::from_slice(&saved).unwrap();
    let Some(total) = state["account"]["balances"][asset].get_mut("total") else { return };
    let had: Money = total.as_str().unwrap().parse().unwrap();
    *total = json!(Money::from_yocto(had.yocto() / 10 * 9));
    venue.load(&serde_json::to_vec(&state).unwrap()).unwrap();
}
