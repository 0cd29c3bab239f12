//! A venue taken back from a snapshot goes on as if nothing had happened; a wrong snapshot is refused.

use contracts::testing::{asset, money, secs, symbol};
use contracts::{Envelope, Epoch, Event, Lifetime, RosterControl, RosterStep, Side, Source, Span};
use kernel::{Machine, Sequencer};
use simvenue::{Funds, Latency, Leg, QueueModel, SimVenue, VenueConfig};

use crate::rig::{KEY, Rig, free, limit, stop};

fn config() -> VenueConfig {
    let leg = Leg { fixed: Span::MILLI, jitter_max: Span::from_millis(5) };
    let latency = Latency { entry: leg, response: leg, seed: 4 };
    VenueConfig { latency, queue: QueueModel::Proportional, ..VenueConfig::default() }
}

/// A venue with something of everything: open, waiting, ended and travelling.
fn busy() -> Rig {
    let mut rig = Rig::new(config());
    rig.book(&[("99", "5"), ("98", "1")], &[("101", "2"), ("102", "2")]);
    rig.ticker(("99", "5"), ("101", "2")).trade("100", "1", Side::Buy);
    rig.market(Side::Buy, "1");
    rig.buy("2", "99");
    rig.buy("0.001", "99");
    rig.order(Side::Sell, "1", stop("97"), Lifetime::Until(secs(9)));
    rig.order(Side::Buy, "1", limit("98"), Lifetime::PostOnly);
    rig.pass(Span::from_millis(20)).trade("99", "5.5", Side::Sell).arm(Span::MINUTE);
    rig.cancel(5).hush();
    rig
}

/// What happens next.
fn go_on(rig: &mut Rig) -> Vec<String> {
    rig.pass(Span::from_millis(20)).trade("99", "0.2", Side::Sell).query(1).query(3);
    rig.level(Side::Buy, "99", "1").market(Side::Buy, "2");
    rig.pass(Span::from_millis(20)).trade("97", "1", Side::Sell).pass(Span::MINUTE);
    rig.lines()
}

#[test]
fn snapshot_taken_back_goes_on_the_same() {
    let mut rig = busy();
    let snapshot = rig.snapshot();
    let mut again = busy();
    again.seq = Sequencer::new(Epoch(1), vec![Box::new(SimVenue::new(config(), KEY))]);
    again.seq.restore(&snapshot).unwrap();
    assert_eq!(again.snapshot(), snapshot);
    let expected = go_on(&mut rig);
    assert!(expected.len() > 8, "{expected:?}");
    assert_eq!(go_on(&mut again), expected);
    assert_eq!(again.snapshot(), rig.snapshot());
}

#[test]
fn snapshot_of_another_configuration_is_refused() {
    let mut state = Vec::new();
    busy().venue().save(&mut state);
    let refused = |config: VenueConfig| SimVenue::new(config, KEY).load(&state).is_err();
    assert!(!refused(config()));
    assert!(refused(VenueConfig { book_depth: 10, ..config() }));
    assert!(refused(VenueConfig { taken_levels_max: 0, ..config() }));
    assert!(refused(VenueConfig { orders_remembered: 1, ..config() }));
    assert!(refused(VenueConfig { executions_remembered: 1, ..config() }));
    assert!(refused(VenueConfig { messages_travelling_max: 1, ..config() }));
}

#[test]
fn funds_raised_at_a_later_start_are_paid_in_once_and_never_taken_back() {
    let dollars = |amount: &str| {
        let start = vec![(asset("USD"), money(amount))];
        VenueConfig { funds: Funds::Checked { start }, ..VenueConfig::default() }
    };
    let mut state = Vec::new();
    SimVenue::new(dollars("100"), KEY).save(&mut state);
    let mut start = |amount: &str, from: Source| {
        let mut rig = Rig::bare(dollars(amount));
        let mut venue = SimVenue::new(dollars(amount), KEY);
        venue.load(&state).unwrap();
        rig.seq = Sequencer::new(Epoch(2), vec![Box::new(venue)]);
        let adopt = Event::Roster(RosterControl { step: RosterStep::Adopt });
        let adopt = Envelope::input(from, rig.now, adopt);
        rig.seq.take(rig.now, adopt, &mut rig.said).unwrap();
        state.clear();
        rig.venue().save(&mut state);
        rig.venue().balance(asset("USD")).total.to_string()
    };
    assert_eq!(start("150", Source::Operator), "100", "only the process says what a start changes");
    assert_eq!(start("150", Source::Runtime), "150");
    assert_eq!(start("150", Source::Runtime), "150", "again");
    assert_eq!(start("120", Source::Runtime), "150", "less than before");
    assert_eq!(start("151", Source::Runtime), "151");
}

#[test]
fn snapshot_that_contradicts_itself_is_refused() {
    let mut state = Vec::new();
    busy().venue().save(&mut state);
    let text = String::from_utf8(state).unwrap();
    let refused = |from: &str, to: &str| {
        assert!(text.contains(from), "{from} is not in {text}");
        let wrong = text.replace(from, to);
        SimVenue::new(config(), KEY).load(wrong.as_bytes()).is_err()
    };
    assert!(refused("\"stage\":\"waiting\"", "\"stage\":\"live\""), "a live stop");
    assert!(refused("\"number\":2,", "\"number\":0,"), "an open order without number");
    assert!(refused("\"number\":2,", "\"number\":200,"), "a number not given out");
    assert!(refused("\"priority\":2,", "\"priority\":200,"), "a place not given out");
    let here = symbol("BTC/USD").to_string();
    assert!(refused(&format!("\"{here}\":{{\"rules\""), "\"ETH/USD\":{\"rules\""));
    assert!(SimVenue::new(config(), KEY).load(b"{}").is_err());
}

#[test]
fn snapshot_refused_leaves_the_venue_as_it_was() {
    let mut venue = SimVenue::new(free(), KEY);
    let mut before = Vec::new();
    venue.save(&mut before);
    assert!(venue.load(b"null").is_err());
    let mut after = Vec::new();
    venue.save(&mut after);
    assert_eq!(before, after);
}
