//! A venue, a market and an operator around one gate. What they do is random; what of it the gate has
//! heard is told to the shadow in the same order. Facts are heard late and twice; changes are made in any
//! order; fills and updates overtake each other, but neither overtakes its own kind.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench for tests")]

mod market;
mod venue;

use std::collections::{BTreeMap, VecDeque};

use contracts::testing::{money, price, strategy, symbol};
use contracts::{
    Bps, ClearKill, Corr, Envelope, Event, Fill, IntentSeq, KillLevel, KillPoll, KillReading,
    KillTrigger, LimitOutcome, Money, Net, OrderUpdate, Origin, Ppm, Price, Qty, Rounding, Side,
    Source, Span, StrategyControl, StrategyId, StrategyRun, Symbol, SymbolMap,
};
use kernel::Seeded;
use risk::{LatchRules, Limits};

use crate::rig::{Rig, config, instrument};
use crate::shadow::{Market, Shadow};
use market::{ABROAD, MARKETS, Quoted};
use venue::{FEE_MAX, Order};

/// The smallest step of a quantity, in units of 1e-12.
const LOT: u64 = 100_000_000;
const PURSES: [(&str, &str); 3] = [("a", "1000000"), ("b", "1000"), ("c", "300")];

/// A gate with its shadow and everything around it.
pub(crate) struct World {
    pub(crate) rig: Rig,
    pub(crate) shadow: Shadow,
    pub(crate) dice: Seeded,
    /// The markets as they are.
    quotes: BTreeMap<Symbol, Quoted>,
    /// Orders that live at the venue.
    live: Vec<Order>,
    fills: VecDeque<(StrategyId, Fill)>,
    updates: VecDeque<OrderUpdate>,
    net: BTreeMap<(StrategyId, Symbol), Net>,
    cash: BTreeMap<StrategyId, Money>,
    execs: u64,
}

fn limits(dice: &mut Seeded) -> Limits {
    let usd = |dice: &mut Seeded, low, high| Money::from_units(dice.between(low, high) as i32);
    // Half of them do not hold back those who ask often.
    let pace = |dice: &mut Seeded| match dice.below(2) {
        0 => dice.between(10, 80) as u32,
        _ => 1_000_000,
    };
    let lots = |dice: &mut Seeded| Qty::from_pico(u128::from(LOT) * u128::from(dice.below(90_000)));
    let some = |dice: &mut Seeded| MARKETS.map(|(name, _)| (dice.below(8) == 0).then_some(name));
    let bounded: SymbolMap<Qty> =
        some(dice).into_iter().flatten().map(|name| (symbol(name), lots(dice).unwrap())).collect();
    let cap = usd(dice, 10, 60);
    Limits {
        order_notional_max: usd(dice, 100, 400),
        order_qty_max: bounded,
        symbol_gross_max: usd(dice, 300, 900),
        strategy_gross_max: usd(dice, 300, 900),
        portfolio_gross_max: usd(dice, 500, 1_500),
        portfolio_net_max: usd(dice, 400, 1_200),
        open_orders_max: dice.between(6, 14) as u32,
        symbol_orders_per_minute: pace(dice),
        strategy_orders_per_minute: pace(dice),
        collar: Bps::new(dice.between(100, 400) as i32),
        price_age_max: Span::from_secs(dice.between(3, 20)),
        daily_loss_cap: cap,
        daily_loss_kill: cap + usd(dice, 5, 60),
        drawdown_kill: usd(dice, 60, 300),
        fee_max: Ppm::new(FEE_MAX + dice.between(0, 4_000) as i32),
        live_cap: (dice.below(3) == 0).then(|| usd(dice, 80, 400)),
        approval_ttl: Span::from_secs(dice.between(1, 9)),
        ..Limits::default()
    }
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Seeded::new(seed);
        let limits = limits(&mut dice);
        let cash: BTreeMap<_, _> = PURSES.map(|(who, cash)| (strategy(who), money(cash))).into();
        let mut config = config(limits.clone());
        // Most worlds are spot markets; in the others positions may be short and cash below zero.
        config.spot = dice.below(3) > 0;
        // In some of them there is a kill file.
        let watched = dice.below(3) == 0;
        config.kill =
            if watched { LatchRules::of(&[KillTrigger::File]) } else { LatchRules::none() };
        config.cash = cash.iter().map(|(who, cash)| (*who, *cash)).collect();
        let known = |name| Market { instrument: instrument(name), mark: None, value: None };
        let markets = MARKETS.map(|(name, _)| (symbol(name), known(name))).into();
        let equity = cash.values().copied().sum();
        let shadow = Shadow {
            limits,
            spot: config.spot,
            markets,
            orders: BTreeMap::new(),
            net: BTreeMap::new(),
            cash: cash.clone(),
            symbol_paces: BTreeMap::new(),
            strategy_paces: BTreeMap::new(),
            paused: Vec::new(),
            tripped: false,
            source: watched.then_some((KillReading::Unreadable, contracts::Ts::ZERO)),
            day: 0,
            baseline: equity,
            highest: equity,
            worst: (0, Money::ZERO),
            accepted: Money::ZERO,
        };
        let (rig, net) = (Rig::untold(config), BTreeMap::new());
        let quotes = MARKETS.map(|(name, at)| (symbol(name), Quoted::new(name, at))).into();
        let (live, fills, updates, execs) = (Vec::new(), VecDeque::new(), VecDeque::new(), 0);
        let mut world = Self { rig, shadow, dice, quotes, live, fills, updates, net, cash, execs };
        world.rig.say(Source::MdIngest, None, Event::Instrument(instrument(ABROAD)));
        for (name, _) in MARKETS {
            world.rig.say(Source::MdIngest, None, Event::Instrument(instrument(name)));
        }
        for (name, _) in &MARKETS[..3] {
            world.quote(symbol(name));
        }
        world.pass(Span::from_millis(100));
        world
    }

    /// One of several.
    pub(crate) fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        *self.dice.pick(items).unwrap()
    }

    pub(crate) fn who(&mut self) -> StrategyId {
        strategy(self.one_of(&PURSES).0)
    }

    pub(crate) fn lots(&mut self, most: u64) -> Qty {
        let lots = self.dice.below(most.max(1)) + 1;
        Qty::from_pico(u128::from(lots * LOT)).unwrap()
    }

    /// A price within so many basis points of another, on the tick.
    pub(crate) fn near(&mut self, of: Price, low: i64, high: i64) -> Price {
        let moved = of.shifted(Bps::new(self.dice.between(low, high) as i32), Rounding::Floor);
        let clamped = moved.unwrap().clamp(price("1"), price("500"));
        clamped.round_to(price("0.01"), Rounding::HalfUp).unwrap()
    }

    /// Anything but an intent.
    pub(crate) fn stir(&mut self) {
        if self.dice.below(4) > 0 {
            self.poll();
        }
        match self.dice.below(1_000) {
            0..250 => self.trade(),
            250..300 => self.end(),
            300..330 => self.doubt(),
            330..400 => self.settle(),
            400..750 => self.deliver(),
            750..895 => self.price_moves(),
            895..900 => self.status(),
            900..910 => self.feed(),
            910..930 => self.pause(),
            930..935 => self.trip(),
            935..955 => self.clear(),
            955..960 => self.limits(),
            960..965 => self.rig.restart(),
            965..968 => {
                let left = Span::DAY.nanos() - self.rig.now.nanos() % Span::DAY.nanos();
                let around = self.dice.between(-50_000_000, 50_000_000);
                self.pass(Span::from_nanos(left + around));
            }
            968..970 => self.pass(Span::from_secs(20)),
            _ => {
                let millis = self.dice.between(0, 150);
                self.pass(Span::from_millis(millis));
            }
        }
    }

    fn pass(&mut self, span: Span) {
        self.rig.pass(span);
        let is_mark = |said: &Envelope| matches!(said.event, Event::Mark(_));
        if self.rig.heard.iter().any(is_mark) {
            self.shadow.turn_day(self.rig.now);
            self.hear();
            self.shadow.watch();
        }
        self.all_are_marked();
    }

    /// The operator wants other limits; some of them are given up on the way.
    fn limits(&mut self) {
        let wanted = limits(&mut self.dice);
        for change in self.shadow.limits.changes_to(&wanted, Some(1)) {
            if self.dice.below(3) == 0 {
                break;
            }
            let said = self.rig.say(Source::Operator, None, Event::SetLimit(change));
            let told = said.iter().find_map(|said| match said.event {
                Event::LimitState(told) => Some(told),
                _ => None,
            });
            let told = told.unwrap();
            assert_eq!((told.outcome, told.version), (LimitOutcome::InForce, change.version));
            assert_eq!(told.value, change.value);
            self.shadow.limits = self.shadow.limits.changed(&change).unwrap();
        }
    }

    fn pause(&mut self) {
        let who = self.who();
        let held = self.shadow.paused.iter().position(|held| *held == who);
        let run = match held {
            Some(index) => {
                self.shadow.paused.remove(index);
                StrategyRun::Running
            }
            None if self.dice.below(6) == 0 => {
                self.shadow.paused.push(who);
                StrategyRun::Paused
            }
            None => StrategyRun::Running,
        };
        let corr = Corr::new(who, Origin::Operator, IntentSeq::new(0));
        self.rig.say(Source::Operator, Some(corr), Event::StrategyControl(StrategyControl { run }));
    }

    fn trip(&mut self) {
        self.rig.trip(KillLevel::Entries);
        self.shadow.tripped = true;
    }

    /// The kill file is looked at, where there is one.
    fn poll(&mut self) {
        if self.shadow.source.is_none() {
            return;
        }
        let reading = match self.dice.below(300) {
            0 => KillReading::Tripped,
            1..10 => KillReading::Unreadable,
            _ => KillReading::Clear,
        };
        let poll = KillPoll { trigger: KillTrigger::File, reading };
        self.rig.say(Source::Runtime, None, Event::KillPoll(poll));
        self.shadow.source = Some((reading, self.rig.now));
        self.shadow.tripped |= reading == KillReading::Tripped;
    }

    fn clear(&mut self) {
        self.rig.say(Source::Operator, None, Event::ClearKill(ClearKill::by(1)));
        let held = |(reading, _)| reading == KillReading::Tripped;
        if !self.shadow.source.is_some_and(held) {
            self.shadow.clear();
        }
    }
}

/// Carries a fill into positions and cash.
pub(crate) fn book(
    net: &mut BTreeMap<(StrategyId, Symbol), Net>,
    cash: &mut BTreeMap<StrategyId, Money>,
    who: StrategyId,
    fill: &Fill,
) {
    *net.entry((who, fill.symbol)).or_default() += Net::of(fill.side, fill.qty);
    let cost = fill.price.cost(fill.qty).unwrap();
    let cash = cash.get_mut(&who).unwrap();
    match fill.side {
        Side::Buy => *cash -= cost + fill.fee,
        Side::Sell => *cash += cost - fill.fee,
    }
}
