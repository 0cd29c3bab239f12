//! Fees by tier beside an oracle that remembers every fill and adds all of them up each time.

use contracts::testing::{asset, money};
use contracts::{Event, Fill, Liquidity, Money, Ppm, Rounding, Span};
use proptest::prelude::*;
use simvenue::{FeeSchedule, FeeTier, VenueConfig};

use crate::rig::Rig;
use crate::twins::{act, an_act};

/// From which volume, and what makers and takers pay.
const LADDER: [(&str, i32, i32); 4] =
    [("0", 4_000, 8_000), ("20", 2_200, 3_800), ("60", 0, 1_000), ("150", -500, 700)];

fn ladder() -> FeeSchedule {
    let tier = |(from, maker, taker)| FeeTier {
        volume_from: money(from),
        maker: Ppm::new(maker),
        taker: Ppm::new(taker),
    };
    FeeSchedule::new(LADDER.map(tier).to_vec(), vec![asset("USD")]).unwrap()
}

/// What a fill costs, by every fill before it.
fn fee(fill: &Fill, before: &[Fill]) -> Money {
    let first = fill.at.day() - 29;
    let recent = before.iter().filter(|earlier| earlier.at.day() >= first);
    let volume: Money = recent.map(|earlier| earlier.price.cost(earlier.qty).unwrap()).sum();
    let reached = LADDER.iter().rev().find(|(from, ..)| volume >= money(from)).unwrap();
    let rate = if fill.liquidity == Liquidity::Maker { reached.1 } else { reached.2 };
    fill.price.cost(fill.qty).unwrap().at_rate(Ppm::new(rate), 2, Rounding::HalfUp).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn fees_are_by_what_was_traded_in_thirty_days(
        days in prop::collection::vec((prop::collection::vec(an_act(), 1..60), 0_i64..40), 1..6),
    ) {
        let mut rig = Rig::new(VenueConfig { fees: ladder(), open_orders_max: 1_000, ..VenueConfig::default() });
        let mut fills: Vec<Fill> = Vec::new();
        for (acts, pause) in &days {
            for one in acts.iter().filter(|one| !matches!(one, crate::twin::Act::Amend { .. })) {
                act(&mut rig, one);
            }
            for said in std::mem::take(&mut rig.said.0) {
                if let Event::Executed(fill) = said.event {
                    prop_assert_eq!(fill.fee, fee(&fill, &fills), "{:?} after {} fills", fill, fills.len());
                    fills.push(fill);
                }
            }
            rig.pass(Span::DAY.times(*pause));
        }
    }
}
