//! Taking back a snapshot: each part in the layout of this build, and none of it misunderstood.
//!
//! What was read is written again and compared. A field that this build does not know, or takes for absent
//! because it has another name, does not survive that; nothing is ever taken back by halves.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::layout::{Layout, PartLayout};
use crate::machine::Machine;
use crate::state::{FIRST, Head, Loaded, Snapshot, StateError, load_state, save_state};
use crate::steps::with_signals;

/// What the sequencer's own part of a state is called.
const SEQUENCER: &str = "sequencer";
/// The layout of what the sequencer itself keeps, and of how a snapshot holds the states of machines.
const OWN: Layout = Layout::after(&[with_signals]);

/// What the parts of a roster's state are called, and their layouts.
fn parts(machines: &[Box<dyn Machine>]) -> impl Iterator<Item = (&'static str, Layout)> {
    let machines = machines.iter().map(|machine| (machine.source().name(), machine.layout()));
    std::iter::once((SEQUENCER, OWN)).chain(machines)
}

/// In which versions this build writes the state of that roster.
pub(crate) fn layouts(machines: &[Box<dyn Machine>]) -> Vec<PartLayout> {
    let told = |(of, layout): (&'static str, Layout)| PartLayout {
        of: of.to_owned(),
        version: layout.version(),
    };
    parts(machines).map(told).collect()
}

/// Puts the machines into the state of that snapshot; what the sequencer keeps itself is handed back.
pub(crate) fn take_back(
    machines: &mut [Box<dyn Machine>],
    snapshot: &Snapshot,
) -> Result<Head, StateError> {
    let found = versions(machines, snapshot.layouts())?;
    let whole = Part::raised(SEQUENCER, OWN, found(0), snapshot.bytes())?;
    let loaded: Loaded<'_> = whole.read()?;
    if loaded.machines.len() != machines.len() {
        return Err(StateError::Roster { saved: loaded.machines.len(), roster: machines.len() });
    }
    let head = Head {
        now: whole.comes_back(loaded.now)?,
        stamps: whole.comes_back(loaded.stamps)?,
        timers: whole.comes_back(loaded.timers)?,
    };
    if !head.stamps.are_of_this_build() {
        let why = StateError::Contradiction("it numbers the messages of other sources");
        return Err(why.of(SEQUENCER));
    }
    for (index, (machine, state)) in machines.iter_mut().zip(loaded.machines).enumerate() {
        let (name, layout) = (machine.source().name(), machine.layout());
        let state = Part::raised(name, layout, found(index + 1), state.get().as_bytes())?;
        machine.load(&state.bytes).map_err(|why| why.of(name))?;
        let mut again = Vec::new();
        machine.save(&mut again);
        state.is_the_same(&state.bytes, &again)?;
    }
    Ok(head)
}

/// The version of each part by its place, which is checked to be the same part.
fn versions<'a>(
    machines: &[Box<dyn Machine>],
    told: &'a [PartLayout],
) -> Result<impl Fn(usize) -> u32 + 'a, StateError> {
    if !told.is_empty() && told.len() != machines.len() + 1 {
        return Err(StateError::Roster { saved: told.len() - 1, roster: machines.len() });
    }
    match parts(machines).zip(told).find(|((here, _), saved)| *here != saved.of) {
        Some(((here, _), saved)) => Err(StateError::Another { saved: saved.of.clone(), here }),
        None => Ok(|place: usize| told.get(place).map_or(FIRST, |part| part.version)),
    }
}

/// A part of a state in the layout of this build.
struct Part<'a> {
    name: &'static str,
    layout: Layout,
    bytes: Cow<'a, [u8]>,
    /// Whether steps made it: they need not write it letter by letter as this build does.
    was_raised: bool,
}

impl<'a> Part<'a> {
    fn raised(
        name: &'static str,
        layout: Layout,
        found: u32,
        state: &'a [u8],
    ) -> Result<Self, StateError> {
        let bytes = layout.raise(found, state).map_err(|why| why.of(name))?;
        Ok(Self { name, layout, bytes, was_raised: found != layout.version() })
    }

    fn read<T: serde::Deserialize<'a>>(&'a self) -> Result<T, StateError> {
        serde_json::from_slice(&self.bytes).map_err(|error| StateError::from(error).of(self.name))
    }

    /// A piece of it, read so that it would be written the same again.
    fn comes_back<T: DeserializeOwned + Serialize>(
        &self,
        piece: &RawValue,
    ) -> Result<T, StateError> {
        let piece = piece.get().as_bytes();
        let read = load_state(piece).map_err(|why| why.of(self.name))?;
        let mut again = Vec::new();
        save_state(&read, &mut again);
        self.is_the_same(piece, &again)?;
        Ok(read)
    }

    fn is_the_same(&self, saved: &[u8], again: &[u8]) -> Result<(), StateError> {
        let value = serde_json::from_slice::<Value>;
        let same_value =
            || matches!((value(saved), value(again)), (Ok(one), Ok(other)) if one == other);
        if saved == again || (self.was_raised && same_value()) {
            return Ok(());
        }
        Err(StateError::not_as_written(self.layout, saved, again).of(self.name))
    }
}
