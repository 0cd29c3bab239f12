//! The services as processes of their own, in lockstep: an input enters when everything that followed from the
//! one before was heard by everybody who has to hear it.
//!
//! What waits is taken in the order of [`Place`]. Nobody looks into a process for that: a message names its
//! cause, and the bus carries causes.

use std::collections::BTreeMap;
use std::sync::Arc;

use bus::Bus;
use contracts::{Envelope, TopicKind, Ts};
use launch::ServiceSpec;
use runtime::ManualClock;

use super::house::{House, services};
use super::order::{Place, Places};
use super::process::{Process, Taken};
use super::together::Input;
use super::told::Told;

/// Where an operator's word is said. It is no service, and has no machine.
const OPERATOR: &str = "operator";

/// What is done to the messages between processes, for once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mischief {
    None,
    /// The how-manieth message of that kind does not come to that service.
    Lost(&'static str, TopicKind, usize),
    /// It comes there once more.
    Doubled(&'static str, TopicKind, usize),
    /// What waits is taken from its end.
    Backwards,
}

/// What a run apart has told, and how often a machine heard something before what stands before it.
pub(super) struct Apart {
    pub(super) told: Told,
    pub(super) overtaken: usize,
    /// Who had other timers than one process with every machine. The run has ended there.
    pub(super) astray: Option<&'static str>,
}

/// Gives the inputs to four processes that reach each other by that bus alone.
pub(super) fn apart(
    house: &House,
    inputs: &[Input],
    (bus, clock): (Arc<dyn Bus>, &ManualClock),
    mischief: Mischief,
) -> Apart {
    let mut desk = Desk {
        processes: processes(house, &bus, clock),
        clock,
        mischief,
        met: 0,
        places: Places::default(),
        waiting: BTreeMap::new(),
        said: Vec::new(),
        run: Apart { told: Told::default(), overtaken: 0, astray: None },
    };
    for (number, input) in (1..).zip(inputs) {
        desk.take(input);
        desk.until_quiet(input.at());
        desk.write_down(number);
        if desk.run.astray.is_some() {
            break;
        }
    }
    desk.run
}

/// Each at another start, so that nothing can depend on that.
fn processes(house: &House, bus: &Arc<dyn Bus>, clock: &ManualClock) -> Vec<Process> {
    let clock = clock.handle();
    let begin = |(epoch, service): (u32, ServiceSpec)| {
        Process::begin((service.name, &[service], epoch), house, (bus, &clock))
    };
    let mut processes: Vec<Process> = (3..).zip(services()).map(begin).collect();
    processes.push(Process::begin((OPERATOR, &[], 2), house, (bus, &clock)));
    processes
}

struct Desk<'a> {
    processes: Vec<Process>,
    clock: &'a ManualClock,
    mischief: Mischief,
    /// How many messages have met the mischief's description.
    met: usize,
    places: Places,
    /// What has come to a process and was not taken yet.
    waiting: BTreeMap<(Place, usize, u8), Envelope>,
    said: Vec<(Place, Envelope)>,
    run: Apart,
}

impl Desk<'_> {
    /// Lets an input enter wherever it does.
    fn take(&mut self, input: &Input) {
        self.places = Places::default();
        self.clock.turn_to(input.at());
        self.processes.iter_mut().for_each(Process::begin_input);
        match *input {
            Input::Wake(at, rank, timer) => {
                let owner = self.processes.iter().position(|process| process.has(rank)).unwrap();
                match self.processes[owner].wake((at, rank, timer), &mut self.places) {
                    Some(taken) => self.spread(taken),
                    None => self.run.astray = Some(self.processes[owner].name),
                }
            }
            Input::Came(input) => {
                for index in 0..self.processes.len() {
                    if self.processes[index].lets_in(&input) {
                        let taken = self.processes[index].enter(input, &mut self.places);
                        self.spread(taken);
                    }
                }
            }
        }
    }

    /// Whatever was said comes to those who have to hear it.
    fn spread(&mut self, taken: Taken) {
        self.run.overtaken += taken.overtaken;
        self.said.extend(taken.said);
        for (index, process) in self.processes.iter_mut().enumerate() {
            for heard in process.hear(&taken.aloud) {
                let place = self.places.of(&heard);
                let copies = copies(self.mischief, &mut self.met, (process.name, &heard));
                for copy in 0..copies {
                    self.waiting.insert((place.clone(), index, copy), heard);
                }
            }
        }
    }

    /// What waits is taken, and what follows from that, until nobody has anything to say.
    fn until_quiet(&mut self, at: Ts) {
        while let Some(((_, index, _), told)) = match self.mischief {
            Mischief::Backwards => self.waiting.pop_last(),
            _ => self.waiting.pop_first(),
        } {
            let taken = self.processes[index].take(at, told, &mut self.places);
            self.spread(taken);
        }
        // Nobody has slept through a timer of theirs.
        let late = |process: &&Process| process.next_wake().is_some_and(|wake| wake < at);
        let late = self.processes.iter().find(late).map(|process| process.name);
        self.run.astray = self.run.astray.or(late);
    }

    /// Writes down what was said, in its order.
    fn write_down(&mut self, number: usize) {
        self.said.sort_by(|one, other| one.0.cmp(&other.0));
        for (_, said) in self.said.drain(..) {
            self.run.told.add(number, &said);
        }
    }
}

/// How often a message comes to a service.
fn copies(mischief: Mischief, met: &mut usize, (name, heard): (&str, &Envelope)) -> u8 {
    let (to, kind, which, copies) = match mischief {
        Mischief::Lost(to, kind, which) => (to, kind, which, 0),
        Mischief::Doubled(to, kind, which) => (to, kind, which, 2),
        Mischief::None | Mischief::Backwards => return 1,
    };
    if (name, heard.topic().kind()) != (to, kind) {
        return 1;
    }
    *met += 1;
    if *met == which { copies } else { 1 }
}
