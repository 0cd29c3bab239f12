//! Brings the market to everybody else.
//!
//! It owns no machine and decides nothing: what happens in the market becomes an input like any other.
//! A simulated venue that is a process of its own tells its market itself, by the gateway's line.

use runtime::launch::{BOOK_DEPTH, DaysMarket, NoStaff, ServiceSpec, Site, Staff, Worker};
use runtime::{Teller, pace};
use settings::{MarketSource, VenuePlace};

/// The service.
pub fn service() -> ServiceSpec {
    ServiceSpec { name: "md-ingest", machines: |_| Ok(Vec::new()), staff }
}

fn staff(site: &Site<'_>) -> Result<Staff, NoStaff> {
    let settings = site.loaded.settings();
    if settings.run.venue == VenuePlace::Apart {
        return Ok(Staff::default());
    }
    match settings.market.source {
        MarketSource::Synthetic => {
            Ok(Staff { workers: vec![synthetic(site)?], ..Staff::default() })
        }
        MarketSource::Kraken => Err(NoStaff::NotHere {
            what: "market.source = \"kraken\": the feed of Kraken is not in this build",
            advice: "market.source = \"synthetic\"",
        }),
        MarketSource::Store => Err(NoStaff::NotHere {
            what: "market.source = \"store\" is for backtests, and this is a clock on the wall",
            advice: "market.source = \"synthetic\"",
        }),
    }
}

/// The market of the day at the pace of the clock.
fn synthetic(site: &Site<'_>) -> Result<Worker, NoStaff> {
    let mut market = DaysMarket::of(site.loaded.settings(), site.began)?;
    let mut teller = Teller::new(site.doors.clone(), BOOK_DEPTH);
    let (began, clock, stop) = (site.began, site.clock.clone(), site.stop.clone());
    Ok(Worker::new("market", move || {
        market.been_until(began, &stop, |at, event| teller.has_been(at, event));
        pace(market, &clock, &stop, |at, event| teller.tell(at, event));
    }))
}
