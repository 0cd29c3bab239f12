//! What is remembered from one reconciliation to the next: how long a difference has stayed, and up to
//! where trades are settled.

use contracts::{Event, OrderId, Span, VenueRef};
use execution::reconcile::{Break, LocalView, Reconciler, Repair, VenueSnapshot, plan};

use crate::reconcile::{breaks, deaf};

#[test]
fn reconciler_tells_at_the_second_look_and_trips_at_the_third() {
    let (mut desk, _) = deaf();
    desk.known.clear();
    desk.pass(Span::from_secs(7));
    let (snapshot, repairs) = (desk.snapshot(), desk.plan());
    let mut reconciler = Reconciler::default();
    let mut look = |repairs: &[Repair]| {
        // A restart in between changes nothing.
        let text = serde_json::to_string(&reconciler).unwrap();
        reconciler = serde_json::from_str(&text).unwrap();
        let said = reconciler.review(&snapshot, repairs);
        said.iter().map(Event::name).collect::<Vec<_>>()
    };
    let nothing: [&str; 0] = [];
    assert_eq!(look(&repairs), nothing);
    assert_eq!(look(&repairs), ["alert"]);
    assert_eq!(look(&[]), nothing);
    assert_eq!(look(&repairs), nothing);
    assert_eq!(look(&repairs), ["alert"]);
    assert_eq!(look(&repairs), ["trip"]);
    assert_eq!(look(&repairs), nothing);
}

#[test]
fn reconciler_never_trips_over_what_somebody_else_does() {
    let (mut desk, order) = deaf();
    desk.trade(order, "1", "100");
    let mut snapshot = desk.snapshot();
    snapshot.orders[0].id = None;
    snapshot.trades[0].fill.id = OrderId::from_bits(9).unwrap();
    let mut reconciler = Reconciler::default();
    let mut said = Vec::new();
    for _ in 0..10 {
        let watermark = reconciler.watermark();
        let local = LocalView { watermark, ..desk.gateway().local_view() };
        said.extend(reconciler.review(&snapshot, &plan(&local, &snapshot)));
    }
    assert_eq!(said.iter().map(Event::name).collect::<Vec<_>>(), ["alert", "alert"]);
}

#[test]
fn watermark_waits_for_foreign_trades_to_be_told_and_never_passes_the_snapshot() {
    let (mut desk, order) = deaf();
    let start = desk.now;
    for _ in 0..4 {
        desk.trade(order, "0.25", "100");
        desk.pass(Span::SECOND);
    }
    let mut snapshot = desk.snapshot();
    snapshot.trades[1].fill.id = OrderId::from_bits(9).unwrap();
    snapshot.at = start + Span::from_secs(2);
    let mut reconciler = Reconciler::default();
    let mut look = || {
        let watermark = reconciler.watermark();
        let local = LocalView { watermark, ..desk.gateway().local_view() };
        let found = breaks(&plan(&local, &snapshot));
        let repairs: Vec<Repair> = found.iter().copied().map(Repair::Break).collect();
        let said = reconciler.review(&snapshot, &repairs).len();
        (found.len(), said, reconciler.watermark().map(|mark| mark.number.get()))
    };
    assert_eq!(look(), (1, 0, Some(1)));
    // Told; from now on it is old. The fourth trade is later than the snapshot.
    assert_eq!(look(), (1, 1, Some(3)));
    assert_eq!(look(), (0, 0, Some(3)));
}

#[test]
fn more_differences_than_are_remembered_trip_at_once() {
    let exec = |number| VenueRef::numbered(b'T', number);
    let repairs = |count: u64| -> Vec<Repair> {
        (1..=count).map(|number| Repair::Break(Break::Nonsense { exec: exec(number) })).collect()
    };
    let said = |count| {
        let mut reconciler = Reconciler::default();
        let said = reconciler.review(&VenueSnapshot::default(), &repairs(count));
        (said.iter().map(Event::name).collect::<Vec<_>>(), reconciler.open())
    };
    assert_eq!(said(1_024), (vec![], 1_024));
    assert_eq!(said(1_025), (vec!["alert", "trip"], 1_024));
}
