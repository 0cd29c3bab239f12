//! Sends what the gate approved, and nothing else, to the venue, and follows every order to its end.
//!
//! The venue is a machine in this process, or a process of its own at the end of a line.

use runtime::launch::{Blueprint, NoStaff, Rank, Seated, ServiceSpec, Site, Staff, Worker};
use runtime::{Link, ToVenue};
use settings::{Mode, Service, VenuePlace};

/// The service.
pub fn service() -> ServiceSpec {
    ServiceSpec { name: "execution-gateway", machines: |blueprint| Ok(machines(blueprint)), staff }
}

fn machines(blueprint: &Blueprint) -> Vec<Seated> {
    let mut seated = vec![
        Seated::new(Rank::Gateway, blueprint.gateway()),
        Seated::new(Rank::Protector, blueprint.protector()),
    ];
    if blueprint.venue_inside {
        seated.push(Seated::new(Rank::Venue, blueprint.venue()));
    }
    seated
}

fn staff(site: &Site<'_>) -> Result<Staff, NoStaff> {
    let settings = site.loaded.settings();
    match (settings.run.mode, settings.run.venue) {
        (Mode::Live, _) => Err(NoStaff::NotHere {
            what: "run.mode = \"live\": the way to Kraken is not in this build",
            advice: "run.mode = \"paper\"",
        }),
        (_, VenuePlace::Inside) => Ok(Staff::default()),
        (_, VenuePlace::Apart) => Ok(line(site)),
    }
}

/// The line to a venue that is a process of its own.
fn line(site: &Site<'_>) -> Staff {
    let address = site.loaded.settings().ports.address(Service::Venue);
    let link = Link::new(address, site.clock.clone());
    let key = site.blueprint.gateway.venue_key.clone();
    let outlet = ToVenue::new(link.clone(), key, site.brake());
    let (keeper, doors, stop) = (link.clone(), site.doors.clone(), site.stop.clone());
    Staff {
        outlets: vec![Box::new(outlet)],
        workers: vec![Worker::new("line to the venue", move || keeper.keep(&doors, &stop))],
        closers: vec![Box::new(move || link.down())],
    }
}
