//! Replaying a whole journal with the machines that the settings make, as a launch would make them. It only
//! reads, and may read what is being written.

use std::path::Path;
use std::slice;
use std::sync::Arc;

use journal::{JournalKey, Reader};
use runtime::{NoSeat, Whole, replay_whole};
use settings::KeyFolder;

use super::blueprint::{Blueprint, Seals};
use super::service::ServiceSpec;
use super::{Deps, NotLaunched, machines, start};

/// Whose journal it is.
#[derive(Clone, Copy)]
pub enum Whose<'a> {
    /// That of a process of all services.
    Whole(&'a [ServiceSpec]),
    /// That of one service that is a process of its own.
    One(&'a ServiceSpec),
    /// That of the venue that is a process of its own.
    Venue,
}

/// Replays the journal in that folder, from its first record to its last.
pub fn repeat(whose: Whose<'_>, folder: &Path, deps: Deps<'_>) -> Result<Whole, NotLaunched> {
    let Deps { loaded, registry, files, clock, build, .. } = deps;
    let keys = KeyFolder::at(&loaded.places().keys);
    let blueprint = Blueprint::of(loaded, registry, &Seals::of(&keys)?)?;
    let machines = match whose {
        Whose::Whole(services) => machines(services, &blueprint)?,
        Whose::One(service) => machines(slice::from_ref(service), &blueprint.apart())?,
        Whose::Venue => vec![Box::new(blueprint.venue()) as _],
    };
    let key = JournalKey::new(*keys.journal()?.expose());
    let reader = Reader::open(Arc::clone(&files), folder, &key).map_err(NoSeat::from)?;
    let these = start(loaded, build, clock());
    Ok(replay_whole(&reader, machines, &these).map_err(NoSeat::from)?)
}
