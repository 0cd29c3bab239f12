//! Lockstep: an input enters only when everything that followed from the one before is over. Then one process
//! with every machine, and four that reach each other by the bus alone, decide the same.
//!
//! The machines are those that the services are made of, the speakers, readers and listeners those of the bus,
//! with its streams, codes and canonical JSON; who reads and hears what is asked of the runtime. What runs by
//! itself otherwise is turned by hand here, on one thread and on virtual time: nothing waits for a clock.

mod apart;
mod house;
mod inputs;
mod order;
mod process;
mod together;
mod told;

use std::sync::Arc;

use bus::{Bus, MemoryBus};
use contracts::{Origin, TopicKind, Ts};
use runtime::ManualClock;

use crate::redis::{Redis, is_skipped};
use apart::{Apart, Mischief, apart};
use house::House;
use inputs::inputs;
use together::{Input, Run, together};
use told::Told;

fn in_memory(house: &House, inputs: &[Input], mischief: Mischief) -> Apart {
    let clock = ManualClock::at(Ts::ZERO);
    let bus: Arc<dyn Bus> = Arc::new(MemoryBus::new(clock.handle()));
    apart(house, inputs, (bus, &clock), mischief)
}

#[track_caller]
fn check_equal(together: &Run, apart: &Apart) {
    assert_eq!(apart.astray, None);
    // Marks and positions are no decisions. They are compared besides, and a difference is shown with its input.
    assert_eq!(together.told.first_difference(&apart.told), None);
    assert_eq!(together.told.hash(), apart.told.hash());
}

/// Much has happened in so many seconds: a difference had everything to show itself in.
#[track_caller]
fn check_eventful(told: &Told, seconds: i64) {
    let enough = |count: usize, in_ten: i64| count as i64 >= in_ten * seconds / 10;
    let kinds = [
        ("approved", 90),
        ("refused", 40),
        ("fill", 90),
        ("cancel_order", 30),
        ("amend_order", 12),
        ("protect_approved", 90),
    ];
    for (kind, in_ten) in kinds {
        let count = told.count(kind);
        assert!(enough(count, in_ten), "{kind}: {count}");
    }
    let fills = [
        ("trend", Origin::Strategy, 50),
        ("maker", Origin::Strategy, 10),
        ("guarded", Origin::Protector, 2),
    ];
    for (strategy, origin, in_ten) in fills {
        let count = told.count_for("fill", strategy, origin);
        assert!(enough(count, in_ten), "{strategy}, {origin:?}: {count} fills");
    }
    assert_eq!((told.count("kill_state"), told.count("cancel_all")), (1, 1));
}

#[test]
fn lockstep_together_and_apart_decide_the_same() {
    let house = House::new();
    let together = together(&house, &inputs(&house, 30));
    check_eventful(&together.told, 30);
    let apart = in_memory(&house, &together.inputs, Mischief::None);
    check_equal(&together, &apart);
    // The gateway's process lets its own machines talk to their end before it hears the others, so some of them
    // hear in another order than together. It is not because of that order that they decide the same.
    assert!(apart.overtaken > 100, "{}", apart.overtaken);
}

#[test]
fn lockstep_over_redis_decides_the_same() {
    if is_skipped() {
        return;
    }
    // Nobody kills it here: what it has need not be on a disk.
    let mut redis = Redis::not_yet(&["--appendonly", "no"]);
    redis.start();
    let house = House::new();
    let together = together(&house, &inputs(&house, 12));
    check_eventful(&together.told, 12);
    let clock = ManualClock::at(Ts::ZERO);
    let apart = apart(&house, &together.inputs, (Arc::new(redis.bus()), &clock), Mischief::None);
    check_equal(&together, &apart);
}

#[test]
fn lockstep_shows_what_is_lost_doubled_late_or_decided_by_another_limit() {
    let house = House::new();
    let together = together(&house, &inputs(&house, 10));
    let check = |apart: Apart, what: &str| {
        assert_ne!(together.told.hash(), apart.told.hash(), "{what}");
    };
    for mischief in [
        Mischief::Lost("risk-engine", TopicKind::Fills, 3),
        Mischief::Lost("strategy-engine", TopicKind::Fills, 3),
        Mischief::Lost("risk-engine", TopicKind::Intent, 3),
        Mischief::Doubled("risk-engine", TopicKind::Intent, 3),
        Mischief::Backwards,
    ] {
        check(in_memory(&house, &together.inputs, mischief), &format!("{mischief:?}"));
    }
    let stricter = house.with(&["risk.symbol_gross_max=250"]);
    check(in_memory(&stricter, &together.inputs, Mischief::None), "another limit");
}

/// A venue, or a gateway that forgot, may tell of an execution again: whoever keeps books knows it by its number.
#[test]
fn lockstep_counts_a_fill_that_is_told_twice_once() {
    let house = House::new();
    let together = together(&house, &inputs(&house, 10));
    for service in ["strategy-engine", "risk-engine"] {
        let doubled = Mischief::Doubled(service, TopicKind::Fills, 3);
        check_equal(&together, &in_memory(&house, &together.inputs, doubled));
    }
}

/// A venue that answers in the very moment in which it is asked has ended what it has to say before anybody else
/// in another process has said a word. There is no such venue; this holds what the promise leaves out.
#[test]
fn lockstep_wants_a_venue_that_takes_its_time() {
    let latency = |entry: &str| {
        let entry = format!("venue.entry_latency={entry}");
        let rest = ["entry_jitter_max", "response_latency", "response_jitter_max"];
        let rest = rest.map(|key| format!("venue.{key}=0s"));
        let flags: Vec<&str> = rest.iter().map(String::as_str).chain([entry.as_str()]).collect();
        let house = House::new().with(&flags);
        let together = together(&house, &inputs(&house, 10));
        let apart = in_memory(&house, &together.inputs, Mischief::None);
        (together, apart)
    };
    let (together, apart) = latency("1ns");
    check_equal(&together, &apart);
    let (together, apart) = latency("0s");
    assert_ne!(together.told.hash(), apart.told.hash());
}
