//! A venue that is far away, beside the twin at the end of a long line: what is asked arrives later, what is said is
//! heard later, and the market goes on meanwhile.

use std::collections::VecDeque;

use contracts::Span;
use proptest::prelude::*;
use simvenue::{Latency, SelfTrade, VenueConfig};

use crate::rig::{Rig, free};
use crate::twin::{Act, Life, Twin};
use crate::twins::{act, an_act, makes_sense, said, self_trade};

/// The twin, so many seconds away in either direction.
struct Far {
    twin: Twin,
    entry: u64,
    response: u64,
    now: u64,
    asked: VecDeque<(u64, Act)>,
    said: VecDeque<(u64, String)>,
}

impl Far {
    fn new(twin: Twin, entry: u64, response: u64) -> Self {
        Self { twin, entry, response, now: 0, asked: VecDeque::new(), said: VecDeque::new() }
    }

    /// What is heard because of this.
    fn act(&mut self, act: &Act) -> Vec<String> {
        match act {
            Act::Pass(seconds) => (0..*seconds).for_each(|_| self.second()),
            Act::Submit { .. } | Act::Cancel(_) | Act::Amend { .. } | Act::CancelAll => {
                self.asked.push_back((self.now + self.entry, arriving(act, self.entry)));
                self.arrive();
            }
            _ => self.happens(act),
        }
        self.heard()
    }

    fn second(&mut self) {
        self.now += 1;
        self.happens(&Act::Pass(1));
        self.arrive();
    }

    fn arrive(&mut self) {
        while let Some((_, act)) = self.asked.pop_front_if(|(due, _)| *due <= self.now) {
            self.happens(&act);
        }
    }

    fn happens(&mut self, act: &Act) {
        let due = self.now + self.response;
        self.said.extend(self.twin.act(act).into_iter().map(|said| (due, said)));
    }

    fn heard(&mut self) -> Vec<String> {
        let mut heard: Vec<String> = Vec::new();
        while let Some((_, said)) = self.said.pop_front_if(|(due, _)| *due <= self.now) {
            // Fills of one order at one price in a row are one, also of two moments.
            match (heard.last().and_then(|last| dealt(last)), dealt(&said)) {
                (Some((order, before, rest)), Some((same, more, alike)))
                    if (order, rest) == (same, alike) =>
                {
                    let sum = format!("{order} {}@{rest}", before + more);
                    heard.pop();
                    heard.push(sum);
                }
                _ => heard.push(said),
            }
        }
        heard
    }
}

/// The parts of `#order lots@price who`.
fn dealt(line: &str) -> Option<(&str, u64, &str)> {
    let (order, rest) = line.split_once(' ')?;
    let (lots, rest) = rest.split_once('@')?;
    Some((order, lots.parse().ok()?, rest))
}

/// A lifetime is said as a moment, so less of it is left on arrival.
fn arriving(act: &Act, later: u64) -> Act {
    match act.clone() {
        Act::Submit { buy, qty, kind, life: Life::Gtd(seconds) } => {
            Act::Submit { buy, qty, kind, life: Life::Gtd(seconds.saturating_sub(later)) }
        }
        act => act,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn venue_that_is_far_away_says_what_the_twin_says_later(
        acts in prop::collection::vec(an_act(), 1..120),
        mode in self_trade(),
        entry in 0_u64..4,
        response in 0_u64..4,
    ) {
        let away = |seconds: u64| Span::from_secs(seconds as i64);
        let config = VenueConfig {
            self_trade: mode,
            evidence_age_max: Span::from_secs(3),
            open_orders_max: 1_000,
            latency: Latency::fixed(away(entry), away(response)),
            ..free()
        };
        let (mut rig, mut far) = (Rig::new(config), Far::new(Twin::new(mode, false, 3), entry, response));
        let mut orders = 0;
        // At last all that travels arrives.
        let rest = [Act::Pass(entry + response + 1)];
        for one in acts.iter().chain(&rest) {
            orders += usize::from(matches!(one, Act::Submit { .. }));
            if makes_sense(one, orders) {
                act(&mut rig, one);
                prop_assert_eq!(said(&mut rig), far.act(one), "after {:?}", one);
            }
        }
    }
}

/// The twin itself is a whole second away or not at all; both ends of the line can be told apart.
#[test]
fn far_twin_hears_late_and_is_heard_late() {
    let buys =
        Act::Submit { buy: true, qty: 2, kind: crate::twin::Kind::Limit(1_000), life: Life::Gtc };
    let trade = Act::Trade { price: 999, qty: 1, taker_buys: false };
    let mut far = Far::new(Twin::new(SelfTrade::CancelNewest, false, 3), 1, 2);
    let nothing = Vec::<String>::new();
    assert_eq!(far.act(&buys), nothing);
    assert_eq!(far.act(&trade), nothing, "it was not there yet");
    assert_eq!(far.act(&Act::Pass(1)), nothing);
    assert_eq!(far.act(&trade), nothing);
    assert_eq!(far.act(&trade), nothing);
    assert_eq!(far.act(&Act::Pass(1)), nothing);
    let heard = ["#1 Accepted 0/2", "#1 2@1000 Maker", "#1 Filled 2/2"];
    assert_eq!(far.act(&Act::Pass(1)), heard);
}
