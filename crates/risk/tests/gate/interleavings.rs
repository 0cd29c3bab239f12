//! The gate against its shadow: random intents in a world whose facts come late, twice and in any
//! order, with restarts and midnights in between.
//!
//! Every answer must be the one that the shadow works out from scratch: no approval beyond a limit, and
//! no refusal without a reason. Whatever the gate has heard so far, nobody ever spends what he does not
//! have or sells what he does not own.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a bench for tests, whose length is set from outside"
)]

use std::collections::BTreeMap;

use contracts::{
    Amend, Cancel, Corr, Event, IntentSeq, Label, Lifetime, OrderId, OrderKind, OrderSpec, Origin,
    Place, Price, Qty, Reason, Side, Span, StrategyId, Ts,
};
use risk::Verdict;

use crate::rig::{Answer, RUN};
use crate::shadow::Wish;
use crate::world::World;

/// After so many intents a new world begins, with other limits.
const EPISODE: u32 = 2_000;
/// Set this to the number of intents.
const STEPS: &str = "NJORD_STEPS";
const STEPS_BY_DEFAULT: u32 = 1_000_000;
/// How many changes of an order may be under way.
const CHANGES_MAX: usize = 4;
/// What each reason must at least have been good for, in a run of the default length.
const OFTEN: u32 = 1_000;

/// Intents in a world, with what came of them.
struct Asking {
    world: World,
    numbers: u64,
    asked: Vec<(Corr, Event)>,
    answers: BTreeMap<Option<Reason>, u32>,
}

impl Asking {
    fn intent(&mut self) {
        match self.world.dice.below(20) {
            0 => self.again(),
            1..=4 => self.amend(),
            5 => self.cancel(),
            _ => self.place(),
        }
    }

    fn place(&mut self) {
        let (who, spec) = (self.world.who(), self.spec());
        let now = self.world.rig.now;
        let expires = match self.world.dice.below(60) {
            0 => now - Span::SECOND,
            1 => now + Span::SECOND,
            _ => Ts::MAX,
        };
        let corr = self.next(who);
        let id = OrderId::derive(RUN, who, corr.origin, corr.intent);
        let answer =
            self.ask(corr, Event::Place(Place { id, spec, expires, why: Label::NONE }), true);
        let wish = Wish { now, who, spec, expires, amends: None };
        self.most_that_passes(&wish, &answer);
        let expected = self.world.shadow.judge(&wish);
        if let Some((spec, _)) = self.same(&wish, answer, expected) {
            self.world.arrive(id, who, spec);
        }
    }

    fn amend(&mut self) {
        let Some(target) = self.target() else { return };
        let (who, told) = (self.world.who(), &self.world.shadow.orders[&target]);
        let (standing, pending) = (told.spec, told.pending.len());
        let stranger = told.who != who || told.end.is_some();
        let qty = self.world.lots(30_000);
        // Sometimes of a kind that the order does not have.
        let other = self.world.dice.below(20) == 0;
        let (limit, trigger) = (standing.limit(), standing.trigger());
        let limit = self.changed(limit, limit.or(trigger).filter(|_| other));
        let trigger = self.changed(trigger, limit.filter(|_| other));
        let spec = standing.amended(qty, limit, trigger);
        let early = match (stranger, spec, pending) {
            (true, ..) => Some(Reason::UnknownOrder),
            (_, Err(_), _) => Some(Reason::Malformed),
            (_, _, pending) => (pending >= CHANGES_MAX).then_some(Reason::OpenOrders),
        };
        let corr = self.next(who);
        let change = Event::Amend(Amend { target, qty, limit, trigger, why: Label::NONE });
        let answer = self.ask(corr, change, early.is_none());
        let now = self.world.rig.now;
        let spec = spec.unwrap_or(standing);
        let wish = Wish { now, who, spec, expires: Ts::MAX, amends: Some(target) };
        let expected = if let Some(reason) = early {
            Err(vec![reason])
        } else {
            self.most_that_passes(&wish, &answer);
            self.world.shadow.judge(&wish)
        };
        if let Some((spec, number)) = self.same(&wish, answer, expected) {
            self.world.arrive_change(target, number, spec);
        }
    }

    /// The price of a change: none, or one near to that of the order.
    fn changed(&mut self, price: Option<Price>, strange: Option<Price>) -> Option<Price> {
        let keeps = self.world.dice.below(2) == 0 && strange.is_none();
        let of = price.or(strange).filter(|_| !keeps)?;
        Some(self.world.near(of, -200, 200))
    }

    /// The operator may cancel what is anybody's.
    fn cancel(&mut self) {
        let Some(target) = self.target() else { return };
        let (who, owner) = (self.world.who(), self.world.shadow.orders[&target].who);
        let corr = self.next(who);
        let may = who == owner || corr.origin == Origin::Operator;
        let cancel = Event::Cancel(Cancel { target, why: Label::NONE });
        match self.world.rig.ask(corr, cancel) {
            Answer::Cancel => assert!(may),
            other => {
                assert_eq!(other.reasons(), [Reason::UnknownOrder]);
                assert!(!may, "a cancel was refused");
            }
        }
    }

    /// Somebody repeats himself, perhaps days later.
    fn again(&mut self) {
        if let Some((corr, event)) = self.world.dice.pick(&self.asked).copied() {
            let answer = self.world.rig.ask(corr, event);
            assert_eq!(answer.reasons(), [Reason::Duplicate], "{event:?}");
            *self.answers.entry(Some(Reason::Duplicate)).or_default() += 1;
        }
    }

    /// Asks; an intent that is judged, and not refused before, makes the gate look at the market.
    fn ask(&mut self, corr: Corr, event: Event, is_judged: bool) -> Answer {
        self.asked.push((corr, event));
        let world = &mut self.world;
        let answer = world.rig.ask(corr, event);
        if !is_judged {
            assert!(world.rig.heard.iter().all(|said| !matches!(said.event, Event::Mark(_))));
            return answer;
        }
        world.shadow.turn_day(world.rig.now);
        world.hear();
        world.shadow.watch();
        answer
    }

    /// Compares an answer with the one that was expected; the order and the number of an approval.
    fn same(
        &mut self,
        wish: &Wish,
        answer: Answer,
        expected: Result<OrderSpec, Vec<Reason>>,
    ) -> Option<(OrderSpec, u32)> {
        match (answer, expected) {
            (Answer::Approved(approval), Ok(spec)) => {
                let limits = &self.world.shadow.limits;
                let until = wish.expires.min(wish.now + limits.approval_ttl);
                assert_eq!((approval.spec, approval.valid_until), (spec, until));
                assert_eq!(approval.limits, limits.version);
                self.world.shadow.paced(wish.now, wish.who, spec.symbol());
                *self.answers.entry(None).or_default() += 1;
                Some((spec, approval.number))
            }
            (answer @ Answer::Refused(..), Err(reasons)) => {
                let mut found = answer.reasons();
                found.sort();
                assert_eq!(found, reasons, "{answer:?}");
                for reason in reasons {
                    *self.answers.entry(Some(reason)).or_default() += 1;
                }
                None
            }
            (answer, expected) => panic!("{answer:?} where {expected:?} was expected"),
        }
    }

    /// What a refusal says would have passed the first rule does, and a lot more does not.
    fn most_that_passes(&self, wish: &Wish, answer: &Answer) {
        let Answer::Refused(broken, most) = answer else { return };
        let (shadow, first, asked) = (&self.world.shadow, broken[0].reason, wish.spec.qty());
        let Some(market) = shadow.markets.get(&wish.spec.symbol()) else { return };
        // One in a few is enough: it takes as long as all the rest.
        if !self.asked.len().is_multiple_of(4) {
            return;
        }
        let holds = |qty: Qty| {
            let spec = wish.spec.amended(qty, None, None).unwrap();
            shadow.judge(&Wish { spec, ..*wish }).err().is_none_or(|no| !no.contains(&first))
        };
        let next = most.plus(market.instrument.lot).unwrap();
        assert!(most.is_zero() || holds(*most), "{most} of {wish:?} is refused: {answer:?}");
        assert!(next > asked || !holds(next), "{next} of {wish:?} passes: {answer:?}");
    }

    fn spec(&mut self) -> OrderSpec {
        let world = &mut self.world;
        let (symbol, side) = (world.market(), world.one_of(&[Side::Buy, Side::Buy, Side::Sell]));
        let guide = world.guide(symbol);
        let worth = world.one_of(&[40_u64, 150, 600]) * 1_000_000_000_000_000;
        let most = (u128::from(worth) / (guide.pico() / 1_000_000_000)) as u64 + 20;
        let mut qty = world.lots(most.min(200_000));
        let mut limit: Price = world.near(guide, -400, 400);
        match world.dice.below(60) {
            0 => qty = qty.plus(Qty::from_pico(1_000).unwrap()).unwrap(),
            1 => qty = world.lots(8),
            2 => limit = limit.plus_ticks(contracts::testing::price("0.001"), 1).unwrap(),
            _ => {}
        }
        let (trigger, until) = (world.near(guide, -300, 300), world.rig.now + Span::DAY);
        let (kind, lifetime) = match world.dice.below(12) {
            0 | 1 => (OrderKind::Market, Lifetime::UntilCancelled),
            2 => (OrderKind::Limit(limit), Lifetime::Immediate),
            3 => (OrderKind::StopLimit { trigger, limit }, Lifetime::UntilCancelled),
            4 | 5 => (OrderKind::Stop { trigger }, Lifetime::UntilCancelled),
            6 => (OrderKind::Limit(limit), Lifetime::PostOnly),
            7 => (OrderKind::Limit(limit), Lifetime::Until(until)),
            _ => (OrderKind::Limit(limit), Lifetime::UntilCancelled),
        };
        let symbol = if world.dice.below(200) == 0 { world.stranger() } else { symbol };
        let spec = OrderSpec::new(symbol, side, qty, kind, lifetime).unwrap();
        if world.dice.below(8) == 0 { spec.reduce_only() } else { spec }
    }

    fn target(&mut self) -> Option<OrderId> {
        let open: Vec<OrderId> = self.world.shadow.orders.keys().copied().collect();
        self.world.dice.pick(&open).copied()
    }

    fn next(&mut self, who: StrategyId) -> Corr {
        self.numbers += 1;
        let origin = match self.world.dice.below(10) {
            0 => Origin::Operator,
            1 => Origin::Protector,
            _ => Origin::Strategy,
        };
        Corr::new(who, origin, IntentSeq::new(self.numbers))
    }

    /// What can be seen of the gate from outside must agree too.
    fn look(&self) {
        let World { rig, shadow, .. } = &self.world;
        assert_eq!(rig.gate().open_orders(), shadow.orders.len());
        let tripped = matches!(rig.gate().verdict(rig.now), Verdict::Tripped(_));
        assert!(tripped || !shadow.tripped, "a loss did not trip");
    }
}

fn steps() -> u32 {
    let asked = std::env::var(STEPS).ok();
    asked.map_or(STEPS_BY_DEFAULT, |steps| steps.parse().unwrap())
}

#[test]
fn gate_answers_as_its_shadow_does() {
    let (mut left, mut seed, mut answers) = (steps(), 0, BTreeMap::new());
    while left > 0 {
        seed += 1;
        let world = World::new(seed);
        let (numbers, asked) = (0, Vec::new());
        let mut asking = Asking { world, numbers, asked, answers };
        for _ in 0..EPISODE.min(left) {
            asking.intent();
            for _ in 0..asking.world.dice.between(0, 3) {
                asking.world.stir();
            }
            asking.look();
        }
        left -= EPISODE.min(left);
        answers = asking.answers;
    }
    // No side of the gate may go untested.
    if steps() >= STEPS_BY_DEFAULT {
        let seldom: Vec<_> = EXPECTED
            .iter()
            .filter(|reason| answers.get(*reason).copied().unwrap_or(0) < OFTEN)
            .collect();
        assert!(seldom.is_empty(), "{seldom:?} of {answers:?}");
    }
    println!("{answers:?}");
}

/// What must have come up: an approval, and every reason that a world can give.
const EXPECTED: [Option<Reason>; 34] = {
    use Reason as R;
    [
        None,
        Some(R::Duplicate),
        Some(R::Expired),
        Some(R::KillSwitch),
        Some(R::KillSwitchUnknown),
        Some(R::StrategyPaused),
        Some(R::Tick),
        Some(R::Lot),
        Some(R::QtyMin),
        Some(R::CostMin),
        Some(R::UnknownOrder),
        Some(R::UnknownSymbol),
        Some(R::Malformed),
        Some(R::MarketClosed),
        Some(R::NoPrice),
        Some(R::OrderQty),
        Some(R::LiveCap),
        Some(R::SymbolRate),
        Some(R::StrategyRate),
        Some(R::OrderUnknown),
        Some(R::StalePrice),
        Some(R::FeedUnsafe),
        Some(R::PriceCollar),
        Some(R::OrderNotional),
        Some(R::SymbolGross),
        Some(R::StrategyGross),
        Some(R::PortfolioGross),
        Some(R::PortfolioNet),
        Some(R::OpenOrders),
        Some(R::Balance),
        Some(R::Inventory),
        Some(R::SelfCross),
        Some(R::DailyLoss),
        Some(R::NotReducing),
    ]
};
