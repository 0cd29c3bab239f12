//! Sends what the gate approved, and nothing else, to the venue, and follows every order to its end.
//!
//! The venue is a machine in this process, or a process of its own at the end of a line.

use std::time::Duration;

use contracts::{Envelope, Source};
use launch::{Blueprint, Rank, Seated, ServiceSpec, Site, Staff, Worker};
use runtime::{Link, OwnLine, SameProcess, ToVenue};
use settings::{Service, VenuePlace};

/// How long the venue has to answer somebody who cancels unaided.
const UNAIDED_MAX: Duration = Duration::from_secs(2);

/// The service.
pub fn service() -> ServiceSpec {
    ServiceSpec {
        name: "execution-gateway",
        machines: |blueprint| Ok(machines(blueprint)),
        staff: |site| Ok(staff(site)),
    }
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

fn staff(site: &Site<'_>) -> Staff {
    match site.loaded.settings().run.venue {
        VenuePlace::Inside => inside(site),
        VenuePlace::Apart => line(site),
    }
}

/// The venue is a machine in this process: whoever would cancel unaided asks it by the doors.
fn inside(site: &Site<'_>) -> Staff {
    let unaided = SameProcess::new(site.doors.clone(), site.clock.clone());
    // Both books come from one journal; they are compared all the same, and before the market comes in.
    let books = site.comparing(false);
    let (doors, clock) = (site.doors.clone(), site.clock.clone());
    let ask = move |question| {
        let question = Envelope::input(Source::ExecutionGateway, clock(), question);
        let _ = doors.offer_report(question);
    };
    if let Some(question) = books.question(site.began, 0) {
        ask(question);
    }
    let (comparing, clock, stop) = (books.clone(), site.clock.clone(), site.stop.clone());
    let worker = Worker::new("books", move || comparing.keep(&clock, &stop, || 0, ask));
    Staff {
        unaided: Some(Box::new(unaided)),
        workers: vec![worker],
        books: Some(books),
        ..Staff::default()
    }
}

/// The line to a venue that is a process of its own.
fn line(site: &Site<'_>) -> Staff {
    let address = site.loaded.settings().ports.address(Service::Venue);
    let link = Link::new(address, site.clock.clone());
    let key = site.blueprint.gateway.venue_key.clone();
    // The venue has lived on while this process was down.
    let books = site.comparing(true);
    let outlet = ToVenue::new(link.clone(), key, site.brake(&books));
    let watched = link.clone();
    let (keeper, doors, stop) = (link.clone(), site.doors.clone(), site.stop.clone());
    // Alone, the market comes from whoever brings it to everybody.
    let teller = (!site.is_one).then(|| site.teller());
    let keep = move || match teller {
        Some(teller) => keeper.keep(teller, &doors, &stop),
        None => keeper.keep_for_reports(&doors, &stop),
    };
    let unaided = OwnLine::new(address, site.clock.clone(), UNAIDED_MAX);
    let (comparing, asked, over) = (books.clone(), link.clone(), site.stop.clone());
    let clock = site.clock.clone();
    let ask = move || {
        let ups = || asked.ups();
        comparing.keep(&clock, &over, ups, |question| {
            asked.ask(question);
        });
    };
    Staff {
        outlets: vec![Box::new(outlet)],
        unaided: Some(Box::new(unaided)),
        workers: vec![Worker::new("line to the venue", keep), Worker::new("books", ask)],
        books: Some(books),
        line: Some(watched),
        closers: vec![Box::new(move || link.down())],
    }
}
