//! What is allocated: nothing for a message between machines of one process, and a little for each order.
#![allow(clippy::unwrap_used, reason = "a test crate")]

use allocation_counter::measure;
use contracts::{Envelope, Event, Span, TopicKind};
use kernel::Tap;
use sim::Treadmill;

/// What was said while one market event passed.
#[derive(Default)]
struct Said {
    marks: u64,
    of_orders: u64,
}

impl Tap for Said {
    fn output(&mut self, said: &Envelope) {
        match said.event {
            Event::Mark(_) => self.marks += 1,
            _ if said.topic().kind() == TopicKind::Portfolio => {}
            _ => self.of_orders += 1,
        }
    }
}

/// Figures of a stretch of the treadmill.
#[derive(Debug, Default)]
struct Figures {
    /// Market events of which no order came.
    quiet: u64,
    /// The messages that followed from them.
    marks: u64,
    /// What was allocated for both.
    for_quiet: u64,
    /// Orders.
    orders: u64,
    /// What was allocated where orders were.
    for_orders: u64,
}

#[test]
fn messages_allocate_nothing_and_an_order_the_list_of_its_executions() {
    let mut treadmill = Treadmill::new(Span::from_millis(50)).unwrap();
    // Everything that grows to a bound once has grown.
    treadmill.run(400_000, &mut ()).unwrap();
    let (mut figures, before) = (Figures::default(), treadmill.intents());
    for _ in 0..200_000 {
        let mut said = Said::default();
        let took = measure(|| treadmill.step(&mut said).unwrap());
        if said.of_orders == 0 {
            figures.quiet += 1;
            figures.marks += said.marks;
            figures.for_quiet += took.count_total;
        } else {
            figures.for_orders += took.count_total;
        }
    }
    figures.orders = treadmill.intents() - before;
    assert!(
        figures.quiet > 190_000 && figures.marks > 10_000 && figures.orders > 100,
        "{figures:?}"
    );
    assert_eq!(figures.for_quiet, 0, "{figures:?}");
    // About three in two, so it is counted at all.
    assert!((1..=2 * figures.orders).contains(&figures.for_orders), "{figures:?}");
}
