//! Latency: requests take effect later, reports leave later, and the market goes on meanwhile.

use contracts::testing::secs;
use contracts::{Event, Lifetime, Side, Span, Submit};
use simvenue::{Latency, Leg, VenueConfig};

use crate::rig::{Rig, free, limit, place};

fn late(entry: i64, response: i64) -> VenueConfig {
    let latency = Latency::fixed(Span::from_millis(entry), Span::from_millis(response));
    VenueConfig { latency, ..free() }
}

#[test]
fn entry_latency_market_moves_meanwhile() {
    let mut rig = Rig::new(late(10, 0));
    rig.ticker(("99", "1"), ("101", "1")).buy("1", "101");
    rig.says(&[]);
    rig.pass(Span::from_millis(9)).ticker(("99", "1"), ("100.5", "1")).says(&[]);
    rig.pass(Span::MILLI).says(&["#1 Accepted 0/1", "#1 buy 1@100.5 Taker", "#1 Filled 1/1"]);
    assert_eq!(rig.seq.next_wake(), None);
}

#[test]
fn entry_latency_takes_effect_before_the_market_of_the_same_moment() {
    // Whether the timer is served before the message or not makes no difference.
    for serve_timer in [true, false] {
        let mut rig = Rig::new(late(10, 0));
        rig.ticker(("99", "1"), ("101", "1")).buy("1", "101");
        if serve_timer {
            rig.pass(Span::from_millis(10));
        } else {
            rig.skip(Span::from_millis(10));
        }
        rig.ticker(("99", "1"), ("100.5", "1"));
        rig.says(&["#1 Accepted 0/1", "#1 buy 1@101 Taker", "#1 Filled 1/1"]);
    }
}

#[test]
fn entry_latency_counts_against_the_deadline() {
    let mut rig = Rig::new(late(10, 0));
    let order = |number, deadline| {
        let place = place(number, Side::Buy, "1", limit("100"), Lifetime::UntilCancelled);
        Event::Submit(Submit { deadline, ..place })
    };
    let arrival = rig.now + Span::from_millis(10);
    rig.ask(order(1, arrival)).ask(order(2, arrival - Span::from_nanos(1)));
    rig.pass(Span::SECOND).says(&["#1 Accepted 0/1", "#2 Rejected TooLate 0/1"]);
}

#[test]
fn entry_latency_cancel_can_lose_the_race() {
    let mut rig = Rig::new(late(10, 0));
    rig.buy("1", "100");
    rig.pass(Span::from_millis(10)).hush();
    rig.cancel(1).pass(Span::from_millis(5)).trade("99", "1", Side::Sell);
    rig.pass(Span::from_millis(5));
    rig.says(&["#1 buy 1@100 Maker", "#1 Filled 1/1", "#1 CancelRejected UnknownOrder 1/1"]);
}

#[test]
fn response_latency_delays_what_is_told_not_what_happens() {
    let mut rig = Rig::new(late(0, 10));
    rig.buy("1", "100");
    rig.trade("99", "1", Side::Sell).pass(Span::from_millis(9)).says(&[]);
    assert!(rig.venue().open_orders().is_empty());
    rig.pass(Span::MILLI);
    let at: Vec<_> = rig
        .said
        .0
        .iter()
        .map(|envelope| match envelope.event {
            Event::Report(report) => report.at,
            Event::Executed(fill) => fill.at,
            _ => contracts::Ts::MAX,
        })
        .collect();
    assert_eq!(at, [secs(1); 3], "stamped when it happened");
    rig.says(&["#1 Accepted 0/1", "#1 buy 1@100 Maker", "#1 Filled 1/1"]);
}

#[test]
fn both_legs_add_up() {
    let mut rig = Rig::new(late(10, 5));
    rig.buy("1", "100");
    rig.pass(Span::from_nanos(14_999_999)).says(&[]);
    rig.pass(Span::from_nanos(1)).says(&["#1 Accepted 0/1"]);
}

#[test]
fn jitter_keeps_the_order_and_follows_the_seed() {
    let run = |seed| {
        let leg = Leg { fixed: Span::MILLI, jitter_max: Span::from_millis(50) };
        let latency = Latency { entry: leg, response: leg, seed };
        let mut rig = Rig::new(VenueConfig { latency, ..free() });
        for _ in 0..40 {
            rig.buy("0.01", "100");
            rig.pass(Span::MILLI);
        }
        rig.cancel_all().pass(Span::SECOND);
        let times: Vec<_> = rig.said.0.iter().map(|envelope| envelope.ts.nanos()).collect();
        (rig.lines(), times)
    };
    let (lines, times) = run(1);
    let expected: Vec<String> = (1..=40)
        .map(|number| format!("#{number} Accepted 0/0.01"))
        .chain((1..=40).map(|number| format!("#{number} Cancelled Requested 0/0.01")))
        .collect();
    assert_eq!(lines, expected);
    assert!(times.is_sorted());
    assert_eq!(run(1).1, times);
    assert_ne!(run(2).1, times);
}

#[test]
fn too_many_requests_on_the_way_are_turned_back() {
    let mut rig = Rig::new(VenueConfig { messages_travelling_max: 2, ..late(10, 0) });
    rig.buy("1", "100");
    rig.buy("1", "100");
    rig.buy("1", "100");
    rig.cancel(1).amend(1, "2", None).cancel_all();
    rig.says(&[
        "#3 Rejected RateLimit 0/1",
        "#1 CancelRejected RateLimit 0/0",
        "#1 AmendRejected RateLimit 0/0 to 1",
        "alert BoundReached",
    ]);
    rig.pass(Span::SECOND).says(&["#1 Accepted 0/1", "#2 Accepted 0/1"]);
}

#[test]
fn too_many_reports_on_the_way_leave_early_but_none_is_lost() {
    let mut rig = Rig::new(VenueConfig { messages_travelling_max: 2, ..late(0, 10) });
    for _ in 0..3 {
        rig.buy("1", "100");
    }
    rig.says(&["#1 Accepted 0/1", "alert BoundReached"]);
    rig.pass(Span::SECOND).says(&["#2 Accepted 0/1", "#3 Accepted 0/1"]);
}
