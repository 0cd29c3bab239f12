//! Every journal held against every other: what one has said is what the others have taken, in that order, and
//! each comes to the same when it is replayed.

use std::collections::BTreeMap;

use launch::{Whose, journal_of};
use remote::reads;
use settings::{KeyFolder, Loaded};

use super::hops::Hops;
use crate::commands::Context;
use crate::commands::demo::ledgers::Streams;
use crate::commands::demo::promise::Replayed;
use crate::failure::Failure;
use crate::running::services;

/// What the journals say of each other.
pub(super) struct Compared {
    pub(super) records: u64,
    pub(super) streams: u64,
    pub(super) messages: u64,
    pub(super) replayed: Replayed,
    pub(super) hops: Hops,
}

/// Holds every journal against every other, and replays each of them from its first record.
pub(super) fn compare(loaded: &Loaded, context: &Context<'_>) -> Result<Compared, Failure> {
    let key = *KeyFolder::at(&loaded.places().keys).journal()?.expose();
    let (mut records, mut streams, mut messages) = (0, 0, 0);
    let (mut journals, mut hops) = (BTreeMap::new(), Hops::default());
    for name in services().map(|service| service.name).into_iter().chain(["operator"]) {
        let journal =
            Streams::read(&journal_of(loaded, name), key, |entry| hops.note(name, entry))?;
        records += journal.records;
        journals.insert(name, journal);
    }
    for (name, journal) in &journals {
        for stream in reads(name) {
            let none = Vec::new();
            let said =
                journals.values().find_map(|writer| writer.said.get(&stream)).unwrap_or(&none);
            let heard = journal.heard.get(&stream).unwrap_or(&none);
            if said != heard {
                let place = said.iter().zip(heard).position(|(said, heard)| said != heard);
                let what = format!(
                    "{name} has taken {} messages of {stream}, and {} were said; the first that differs: {place:?}",
                    heard.len(),
                    said.len()
                );
                return Err(Failure::new("promise", "", what)
                    .advice("report it, with the folder of the demo"));
            }
            streams += 1;
            messages += said.len() as u64;
        }
    }
    let replayed = replay_all(loaded, context)?;
    Ok(Compared { records, streams, messages, replayed, hops })
}

fn replay_all(loaded: &Loaded, context: &Context<'_>) -> Result<Replayed, Failure> {
    let mut replayed = Replayed::default();
    for service in services() {
        replayed.replay(
            Whose::One(&service),
            &journal_of(loaded, service.name),
            loaded,
            context,
        )?;
    }
    replayed.replay(Whose::Venue, &loaded.places().state.join("venue"), loaded, context)?;
    Ok(replayed)
}
