//! How the machines of a desk are spread over the processes of a world.

use std::rc::Rc;

use kernel::Machine;

use super::crew::Crew;
use super::{Layout, Tamper};
use crate::desk::{Desk, NotADesk};
use crate::node::NodeSpec;

type Machines = Vec<Box<dyn Machine>>;
type Build = Box<dyn Fn() -> Machines>;

/// The name of the process that the gate sits in.
pub(super) const fn of_the_gate(layout: Layout) -> &'static str {
    match layout {
        Layout::Embedded => "njord",
        Layout::Distributed => "risk-engine",
    }
}

/// The processes of that layout.
pub(super) fn nodes(layout: Layout, crew: &Rc<Crew>, tamper: Tamper) -> Vec<NodeSpec> {
    let of = |parts: &'static [fn(&Crew, Tamper) -> Machines]| -> Build {
        let crew = Rc::clone(crew);
        Box::new(move || parts.iter().flat_map(|part| part(&crew, tamper)).collect())
    };
    match layout {
        Layout::Embedded => {
            let build = of(&[strategies, gate, gateway]);
            vec![NodeSpec { name: of_the_gate(layout), build, talks_to_venue: true }]
        }
        Layout::Distributed => vec![
            NodeSpec { name: "strategy-engine", build: of(&[strategies]), talks_to_venue: false },
            NodeSpec { name: of_the_gate(layout), build: of(&[gate]), talks_to_venue: false },
            NodeSpec { name: "execution-gateway", build: of(&[gateway]), talks_to_venue: true },
        ],
    }
}

fn strategies(crew: &Crew, tamper: Tamper) -> Machines {
    let desk = &crew.desk;
    let host = built(desk, "host", desk.host(), tamper);
    let mischief = crew.mischief().map(|noise| tamper(desk, "noise", Box::new(noise)));
    host.into_iter().chain(mischief).collect()
}

fn gate(crew: &Crew, tamper: Tamper) -> Machines {
    built(&crew.desk, "gate", crew.desk.gate(), tamper).into_iter().collect()
}

fn gateway(crew: &Crew, tamper: Tamper) -> Machines {
    let desk = &crew.desk;
    vec![
        tamper(desk, "gateway", Box::new(desk.gateway())),
        tamper(desk, "protector", Box::new(desk.protector())),
    ]
}

/// A desk that could be built when the trial began can be built now.
fn built<M: Machine>(
    desk: &Desk,
    name: &'static str,
    machine: Result<M, NotADesk>,
    tamper: Tamper,
) -> Option<Box<dyn Machine>> {
    machine.ok().map(|machine| tamper(desk, name, Box::new(machine)))
}
