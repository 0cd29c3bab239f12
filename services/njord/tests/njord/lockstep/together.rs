//! One process with every machine, and the inputs as it took them.

use contracts::{Envelope, Epoch, Event, Seq, Ts, Wake};
use kernel::Tap;
use launch::Rank;

use super::house::{Crew, House, services};
use super::told::Told;

/// An input, as every layout can take it.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::large_enum_variant, reason = "most of them are messages")]
pub(super) enum Input {
    /// Something has come from outside.
    Came(Envelope),
    /// A timer of a machine fires.
    Wake(Ts, Rank, u32),
}

impl Input {
    /// When it enters.
    pub(super) const fn at(&self) -> Ts {
        match self {
            Self::Came(input) => input.rx,
            Self::Wake(at, ..) => *at,
        }
    }
}

/// What a run took, and what was said.
pub(super) struct Run {
    pub(super) inputs: Vec<Input>,
    pub(super) told: Told,
}

/// Lets everything in, and timers fire when they want to: before what comes from outside at that time.
pub(super) fn together(house: &House, from_outside: &[Envelope]) -> Run {
    let Crew { ranks, mut sequencer, .. } = house.crew(&services(), 1);
    let mut run = Run { inputs: Vec::new(), told: Told::default() };
    for input in from_outside {
        while let Some(at) = sequencer.next_wake().filter(|at| *at <= input.ts) {
            let mut scribe = Scribe { run: &mut run, ranks: &ranks };
            assert!(sequencer.wake(at, &mut scribe).unwrap());
        }
        let mut scribe = Scribe { run: &mut run, ranks: &ranks };
        sequencer.take(input.ts, *input, &mut scribe).unwrap();
    }
    run
}

/// Writes down what passes.
struct Scribe<'a> {
    run: &'a mut Run,
    ranks: &'a [Rank],
}

impl Tap for Scribe<'_> {
    fn input(&mut self, input: &Envelope) {
        self.run.inputs.push(match input.event {
            Event::Wake(Wake { machine, timer }) => {
                Input::Wake(input.rx, self.ranks[usize::from(machine)], timer)
            }
            // Whoever takes it numbers it.
            _ => Input::Came(Envelope { epoch: Epoch(0), seq: Seq::new(0), ..*input }),
        });
    }

    fn output(&mut self, said: &Envelope) {
        self.run.told.add(self.run.inputs.len(), said);
    }
}
