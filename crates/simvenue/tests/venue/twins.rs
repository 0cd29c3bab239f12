//! The venue beside its twin, and the laws that hold whatever happens.

use std::collections::BTreeMap;

use contracts::testing::asset;
use contracts::{
    Epoch, Event, Fill, Level, LevelPart, Lifetime, Liquidity, Money, OrderId, OrderKind,
    OrderSpec, Ppm, Price, Qty, Rounding, Side, Span, VenueReason,
};
use kernel::Sequencer;
use proptest::prelude::*;
use simvenue::{FeeSchedule, Latency, Leg, QueueModel, SelfTrade, SimVenue, VenueConfig};

use crate::rig::{KEY, Rig, btc, free, ticker};
use crate::twin::{Act, Kind, Life, Twin};

/// A tick of 0.1 and a lot of 0.01, in picos.
const TICK: u128 = 100_000_000_000;
const LOT: u128 = 10_000_000_000;

fn price(ticks: u64) -> Price {
    Price::from_pico(u128::from(ticks) * TICK).unwrap()
}

fn lots(count: u64) -> Qty {
    Qty::from_pico(u128::from(count) * LOT).unwrap()
}

fn side(buy: bool) -> Side {
    if buy { Side::Buy } else { Side::Sell }
}

pub(crate) fn an_act() -> impl Strategy<Value = Act> {
    let near = 997_u64..1_004;
    let amount = 1_u64..9;
    let level = (near.clone(), amount.clone());
    let side_of_book = prop::collection::vec(level.clone(), 0..4);
    prop_oneof![
        8 => an_order(),
        2 => (0_usize..40).prop_map(Act::Cancel),
        4 => an_amend(),
        1 => Just(Act::CancelAll),
        8 => (near.clone(), 1_u64..20, any::<bool>())
            .prop_map(|(price, qty, taker_buys)| Act::Trade { price, qty, taker_buys }),
        4 => (near.clone(), 0_u64..4, 0_u64..9, 0_u64..9, prop::option::of(near.clone())).prop_map(
            |(bid, spread, bids, asks, last)| Act::Ticker {
                bid: (bid, bids),
                ask: (bid + spread, asks),
                last,
            }
        ),
        2 => (side_of_book.clone(), side_of_book, level).prop_map(|(bids, asks, more)| Act::Book {
            bids: bids.into_iter().map(|(price, qty)| (price - 3, qty)).collect(),
            asks: asks.into_iter().chain([more]).map(|(price, qty)| (price + 3, qty)).collect(),
        }),
        8 => (any::<bool>(), near, 0_u64..5, prop::bool::weighted(0.8))
            .prop_map(|(bids, price, qty, last)| Act::Level { bids, price, qty, last }),
        2 => (0_u64..4).prop_map(Act::Pass),
    ]
}

/// A market whose sides stay apart, so that orders stand in queues for long.
fn a_calm_act() -> impl Strategy<Value = Act> {
    let near = 998_u64..1_001;
    let amount = 1_u64..9;
    prop_oneof![
        4 => (near.clone(), amount.clone()).prop_map(|(limit, qty)| Act::Submit {
            buy: true,
            qty,
            kind: Kind::Limit(limit),
            life: Life::Gtc,
        }),
        1 => (0_usize..20).prop_map(Act::Cancel),
        1 => (0_usize..20, amount).prop_map(|(order, qty)| Act::Amend {
            order,
            qty,
            limit: None,
            trigger: None,
        }),
        4 => (near.clone(), 1_u64..9)
            .prop_map(|(price, qty)| Act::Trade { price, qty, taker_buys: false }),
        4 => (near, 0_u64..9)
            .prop_map(|(price, qty)| Act::Level { bids: true, price, qty, last: true }),
    ]
}

fn an_order() -> impl Strategy<Value = Act> {
    let near = || 997_u64..1_004;
    let limit = near().prop_map(Kind::Limit);
    let stop = near().prop_map(Kind::Stop);
    let stop_limit = (near(), near()).prop_map(|(trigger, limit)| Kind::StopLimit(trigger, limit));
    let waits = || prop_oneof![3 => Just(Life::Gtc), 1 => (0_u64..8).prop_map(Life::Gtd)];
    let any_life = || prop_oneof![3 => waits(), 1 => Just(Life::Post), 1 => Just(Life::Ioc)];
    let terms = prop_oneof![
        6 => (limit, any_life()),
        1 => (Just(Kind::Market), Just(Life::Gtc)),
        1 => (stop, waits()),
        1 => (stop_limit, waits()),
    ];
    (any::<bool>(), 1_u64..9, terms).prop_map(|(buy, qty, (kind, life))| Act::Submit {
        buy,
        qty,
        kind,
        life,
    })
}

fn an_amend() -> impl Strategy<Value = Act> {
    let near = || prop::option::of(997_u64..1_004);
    let trigger = prop::option::weighted(0.2, 997_u64..1_004);
    (0_usize..40, 1_u64..12, near(), trigger).prop_map(|(order, qty, limit, trigger)| Act::Amend {
        order,
        qty,
        limit,
        trigger,
    })
}

/// The same for the real venue.
pub(crate) fn act(rig: &mut Rig, act: &Act) {
    match act {
        Act::Submit { buy, qty, kind, life } => {
            let kind = match *kind {
                Kind::Market => OrderKind::Market,
                Kind::Limit(limit) => OrderKind::Limit(price(limit)),
                Kind::Stop(trigger) => OrderKind::Stop { trigger: price(trigger) },
                Kind::StopLimit(trigger, limit) => {
                    OrderKind::StopLimit { trigger: price(trigger), limit: price(limit) }
                }
            };
            let life = match *life {
                Life::Gtc => Lifetime::UntilCancelled,
                Life::Post => Lifetime::PostOnly,
                Life::Ioc => Lifetime::Immediate,
                Life::Gtd(seconds) => Lifetime::Until(rig.now + Span::from_secs(seconds as i64)),
            };
            rig.order(side(*buy), &lots(*qty).to_string(), kind, life);
        }
        Act::Cancel(order) => {
            rig.cancel(*order as u128 + 1);
        }
        Act::Amend { order, qty, limit, trigger } => {
            let text = |ticks: Option<u64>| ticks.map(|ticks| price(ticks).to_string());
            let (limit, trigger) = (text(*limit), text(*trigger));
            let qty = lots(*qty).to_string();
            rig.amend_by(*order as u128 + 1, &qty, limit.as_deref(), trigger.as_deref());
        }
        Act::CancelAll => {
            rig.cancel_all();
        }
        Act::Trade { price: at, qty, taker_buys } => {
            rig.trade(&price(*at).to_string(), &lots(*qty).to_string(), side(*taker_buys));
        }
        Act::Ticker { bid, ask, last } => {
            let text =
                |(ticks, count): (u64, u64)| (price(ticks).to_string(), lots(count).to_string());
            let (bid, ask) = (text(*bid), text(*ask));
            let last = last.map(|last| price(last).to_string());
            let shown = ticker(rig.now, (&bid.0, &bid.1), (&ask.0, &ask.1), last.as_deref());
            rig.send(Event::Ticker(shown));
        }
        Act::Book { bids, asks } => {
            let text = |levels: &[(u64, u64)]| -> Vec<(String, String)> {
                let level =
                    |(at, qty): &(u64, u64)| (price(*at).to_string(), lots(*qty).to_string());
                levels.iter().map(level).collect()
            };
            let (bids, asks) = (text(bids), text(asks));
            let bids: Vec<_> = bids.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            let asks: Vec<_> = asks.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            rig.book(&bids, &asks);
        }
        Act::Level { bids, price: at, qty, last } => {
            let part = if *last { LevelPart::Last } else { LevelPart::More };
            let (price, qty, at) = (price(*at), lots(*qty), rig.now);
            let side = side(*bids);
            let level = Level { symbol: btc(), price, qty, at, checksum: None, side, part };
            rig.send(Event::Level(level));
        }
        Act::Pass(seconds) => {
            rig.pass(Span::from_secs(*seconds as i64));
        }
    }
}

/// What the venue said, in the words of the twin: fills of one order at one price in a row are one.
pub(crate) fn said(rig: &mut Rig) -> Vec<String> {
    let mut lines = Vec::new();
    let mut dealt: Option<(u128, u128, Liquidity, u128)> = None;
    let close = |dealt: &mut Option<(u128, u128, Liquidity, u128)>, lines: &mut Vec<String>| {
        if let Some((id, ticks, who, lots)) = dealt.take() {
            lines.push(format!("#{id} {lots}@{ticks} {who:?}"));
        }
    };
    for envelope in std::mem::take(&mut rig.said.0) {
        match envelope.event {
            Event::Executed(fill) => {
                let key = (fill.id.bits(), fill.price.pico() / TICK, fill.liquidity);
                let count = fill.qty.pico() / LOT;
                match &mut dealt {
                    Some((id, ticks, who, sum)) if (*id, *ticks, *who) == key => *sum += count,
                    _ => {
                        close(&mut dealt, &mut lines);
                        dealt = Some((key.0, key.1, key.2, count));
                    }
                }
            }
            Event::Report(report) => {
                close(&mut dealt, &mut lines);
                let reason = match report.reason {
                    VenueReason::None => String::new(),
                    reason => format!(" {reason:?}"),
                };
                let (filled, qty) = (report.filled.pico() / LOT, report.qty.pico() / LOT);
                let answers = report.answers.map(|n| format!(" to {n}")).unwrap_or_default();
                let (id, says) = (report.id.bits(), report.says);
                lines.push(format!("#{id} {says:?}{reason} {filled}/{qty}{answers}"));
            }
            other => lines.push(format!("{other:?}")),
        }
    }
    close(&mut dealt, &mut lines);
    lines
}

/// Requests about orders that were never sent are the table tests' business.
pub(crate) fn makes_sense(act: &Act, orders: usize) -> bool {
    match act {
        Act::Cancel(order) | Act::Amend { order, .. } => *order < orders,
        _ => true,
    }
}

/// Both are told the same and say the same.
fn compare(rig: &mut Rig, twin: &mut Twin, acts: &[Act]) -> Result<(), TestCaseError> {
    let mut orders = 0;
    for one in acts {
        orders += usize::from(matches!(one, Act::Submit { .. }));
        if makes_sense(one, orders) {
            act(rig, one);
            prop_assert_eq!(said(rig), twin.act(one), "after {:?}", one);
        }
    }
    Ok(())
}

pub(crate) fn self_trade() -> impl Strategy<Value = SelfTrade> {
    prop_oneof![
        Just(SelfTrade::CancelNewest),
        Just(SelfTrade::CancelOldest),
        Just(SelfTrade::CancelBoth),
    ]
}

fn queue() -> impl Strategy<Value = QueueModel> {
    prop_oneof![Just(QueueModel::Back), Just(QueueModel::Front), Just(QueueModel::Proportional)]
}

/// Follows the venue with nothing but what was asked for and what it said.
#[derive(Default)]
struct Auditor {
    wishes: BTreeMap<u128, OrderSpec>,
    filled: BTreeMap<u128, Qty>,
    usd: Money,
    btc: Money,
}

const MAKER: Ppm = Ppm::new(-500);
const TAKER: Ppm = Ppm::new(2_600);

type Open = Vec<(OrderId, OrderSpec, Qty)>;

impl Auditor {
    /// An order is filled within its terms, at the right fee.
    fn fill(&mut self, fill: &Fill) {
        let rate = if fill.liquidity == Liquidity::Maker { MAKER } else { TAKER };
        let cost = fill.price.cost(fill.qty).unwrap();
        assert_eq!(Ok(fill.fee), cost.at_rate(rate, 2, Rounding::HalfUp));
        let one = Price::from_pico(1_000_000_000_000).unwrap();
        let signed = |amount: Money| if fill.side == Side::Buy { amount } else { -amount };
        self.btc += signed(one.cost(fill.qty).unwrap());
        self.usd = self.usd - signed(cost) - fill.fee;

        let (id, wish) = (fill.id.bits(), self.wishes[&fill.id.bits()]);
        let filled = self.filled.entry(id).or_default();
        *filled = filled.plus(fill.qty).unwrap();
        assert!(*filled <= wish.qty(), "more than the order is for");
        assert_eq!(fill.side, wish.side());
        if let Some(limit) = wish.limit() {
            assert!(!worse(fill.side, fill.price, limit), "worse than the limit");
            assert!(fill.liquidity == Liquidity::Taker || fill.price == limit);
        }
        let never_rests = wish.limit().is_none() || wish.lifetime() == Lifetime::Immediate;
        let never_takes = wish.lifetime() == Lifetime::PostOnly;
        assert!(!(never_rests && fill.liquidity == Liquidity::Maker));
        assert!(!(never_takes && fill.liquidity == Liquidity::Taker));
    }

    /// No order is served before one at a better price, or an earlier one at the same.
    fn served_in_turn(&self, fill: &Fill, before: &Open, after: &Open) {
        let wish = self.wishes[&fill.id.bits()];
        let is_plain = |spec: &OrderSpec| matches!(spec.kind(), OrderKind::Limit(_));
        if fill.liquidity == Liquidity::Taker || !is_plain(&wish) {
            return;
        }
        let was_there = |id: OrderId| before.iter().any(|(open, ..)| *open == id);
        for (id, spec, _) in after
            .iter()
            .filter(|(id, spec, _)| was_there(*id) && is_plain(spec) && spec.side() == wish.side())
        {
            let (theirs, ours) = (spec.limit().unwrap(), wish.limit().unwrap());
            let better = worse(spec.side(), theirs, ours);
            let earlier = theirs == ours && id.bits() < fill.id.bits();
            assert!(!better && !earlier, "#{} before #{}", fill.id.bits(), id.bits());
        }
    }
}

/// Whether a buyer (or seller) would rather not trade at `price` than at `limit`.
fn worse(side: Side, price: Price, limit: Price) -> bool {
    match side {
        Side::Buy => price > limit,
        Side::Sell => price < limit,
    }
}

/// Own resting orders never stand across each other.
fn assert_uncrossed(open: &Open) {
    for (_, bid, _) in open.iter().filter(|(_, spec, _)| spec.side() == Side::Buy) {
        for (_, ask, _) in open.iter().filter(|(_, spec, _)| spec.side() == Side::Sell) {
            if let (OrderKind::Limit(bid), OrderKind::Limit(ask)) = (bid.kind(), ask.kind()) {
                assert!(bid < ask, "own orders cross: {bid} and {ask}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn venue_says_what_the_twin_says(
        acts in prop::collection::vec(an_act(), 1..120),
        mode in self_trade(),
        front in any::<bool>(),
    ) {
        let queue = if front { QueueModel::Front } else { QueueModel::Back };
        let config = VenueConfig {
            self_trade: mode,
            queue,
            evidence_age_max: Span::from_secs(3),
            open_orders_max: 1_000,
            ..free()
        };
        compare(&mut Rig::new(config), &mut Twin::new(mode, front, 3), &acts)?;
    }

    #[test]
    fn venue_queues_as_the_twin_queues(acts in prop::collection::vec(a_calm_act(), 1..60)) {
        let mut rig = Rig::new(VenueConfig { open_orders_max: 1_000, ..free() });
        let mut twin = Twin::new(SelfTrade::CancelNewest, false, 30);
        let book = Act::Book { bids: vec![(1_000, 5), (997, 5)], asks: vec![(1_003, 5)] };
        compare(&mut rig, &mut twin, &[book])?;
        compare(&mut rig, &mut twin, &acts)?;
    }

    #[test]
    fn laws_hold_whatever_happens(
        acts in prop::collection::vec(an_act(), 1..120),
        mode in self_trade(),
        queue in queue(),
        seed in any::<u64>(),
    ) {
        let leg = Leg { fixed: Span::ZERO, jitter_max: Span::from_millis(900) };
        let mut rig = Rig::new(VenueConfig {
            self_trade: mode,
            queue,
            fees: FeeSchedule::flat(MAKER, TAKER),
            latency: Latency { entry: leg, response: Leg::default(), seed },
            open_orders_max: 1_000,
            ..VenueConfig::default()
        });
        let mut auditor = Auditor::default();
        let acts = acts.iter().filter(|one| !matches!(one, Act::Amend { .. }));
        for (number, one) in acts.enumerate() {
            let before = rig.venue().open_orders();
            rig.pass(Span::from_millis(100 * (number as i64 % 3)));
            let earlier = rig.said.0.len();
            act(&mut rig, one);
            if let Act::Submit { .. } = one {
                let (id, spec) = rig.submitted.unwrap();
                auditor.wishes.insert(id.bits(), spec);
            }
            let after = rig.venue().open_orders();
            let mut made = Qty::ZERO;
            for (index, envelope) in std::mem::take(&mut rig.said.0).iter().enumerate() {
                let Event::Executed(fill) = envelope.event else { continue };
                auditor.fill(&fill);
                auditor.served_in_turn(&fill, &before, &after);
                if index >= earlier && fill.liquidity == Liquidity::Maker {
                    made = made.plus(fill.qty).unwrap();
                }
            }
            if let Act::Trade { qty, .. } = one {
                prop_assert!(made <= lots(*qty), "more than was traded");
            }
            assert_uncrossed(&after);
        }
        prop_assert_eq!(rig.venue().balance(asset("USD")).total, auditor.usd);
        prop_assert_eq!(rig.venue().balance(asset("BTC")).total, auditor.btc);
    }

    #[test]
    fn snapshot_anywhere_changes_nothing(
        acts in prop::collection::vec(an_act(), 2..80),
        cut in 0_usize..80,
        queue in queue(),
        seed in any::<u64>(),
    ) {
        let leg = Leg { fixed: Span::MILLI, jitter_max: Span::from_millis(900) };
        let config = || VenueConfig {
            queue,
            latency: Latency { entry: leg, response: leg, seed },
            orders_remembered: 5,
            executions_remembered: 5,
            ..VenueConfig::default()
        };
        let cut = cut % acts.len();
        let run = |restart: bool| {
            let mut rig = Rig::new(config());
            for (index, one) in acts.iter().enumerate() {
                if restart && index == cut {
                    let snapshot = rig.snapshot();
                    let venue = SimVenue::new(config(), KEY);
                    rig.seq = Sequencer::new(Epoch(1), vec![Box::new(venue)]);
                    rig.seq.restore(&snapshot).unwrap();
                }
                act(&mut rig, one);
                rig.pass(Span::from_millis(300));
            }
            (rig.lines(), rig.snapshot())
        };
        prop_assert_eq!(run(true), run(false));
    }
}
