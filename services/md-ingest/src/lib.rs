//! Brings the market to everybody else.
//!
//! It owns no machine and decides nothing: what happens in the market becomes an input like any other.
//! A simulated venue that is a process of its own tells its market itself: where this service is a process of
//! its own too it calls there, and otherwise the market comes by the gateway's line.

use launch::{DaysMarket, NoStaff, ServiceSpec, Site, Staff, Worker};
use runtime::{Link, pace};
use settings::{Service, VenuePlace};

/// The service.
pub fn service() -> ServiceSpec {
    ServiceSpec { name: "md-ingest", machines: |_| Ok(Vec::new()), staff }
}

fn staff(site: &Site<'_>) -> Result<Staff, NoStaff> {
    if site.loaded.settings().run.venue == VenuePlace::Apart {
        return Ok(if site.is_one { line(site) } else { Staff::default() });
    }
    Ok(Staff { workers: vec![synthetic(site)?], ..Staff::default() })
}

/// The market of the day at the pace of the clock.
fn synthetic(site: &Site<'_>) -> Result<Worker, NoStaff> {
    let mut market = DaysMarket::of(site.loaded.settings(), site.began)?;
    let mut teller = site.teller();
    let (clock, stop) = (site.clock.clone(), site.stop.clone());
    Ok(Worker::new("market", move || {
        // By now the journal has said which time it is at least.
        market.been_until(clock(), &stop, |at, event| teller.has_been(at, event));
        pace(market, &clock, &stop, |at, event| teller.tell(at, event));
    }))
}

/// The market of a venue that is a process of its own.
fn line(site: &Site<'_>) -> Staff {
    let address = site.loaded.settings().ports.address(Service::Venue);
    let link = Link::new(address, site.clock.clone());
    let (keeper, watched, teller) = (link.clone(), link.clone(), site.teller());
    let (doors, stop) = (site.doors.clone(), site.stop.clone());
    let keep = move || keeper.keep_for_market(teller, &doors, &stop);
    Staff {
        workers: vec![Worker::new("line to the venue", keep)],
        line: Some(watched),
        closers: vec![Box::new(move || link.down())],
        ..Staff::default()
    }
}
