//! A venue, a market and an operator around one gate. What they do is random; what of it the gate has
//! heard is told to the shadow in the same order. Facts are heard late and twice; changes are made in any
//! order; fills and updates overtake each other, but neither overtakes its own kind.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench for tests")]

use std::collections::{BTreeMap, VecDeque};
use std::mem;

use contracts::testing::{asset, money, price, qty, strategy, symbol};
use contracts::{
    Bps, ClearKill, Corr, Envelope, Event, Feed, FeedState, Fill, Instrument, IntentSeq, KillLevel,
    KillPoll, KillReading, KillTrigger, Liquidity, Money, Net, OrderId, OrderSpec, OrderState,
    OrderUpdate, Origin, Ppm, Price, Qty, Rounding, Side, Source, Span, StrategyControl,
    StrategyId, StrategyRun, Symbol, Ticker, Ts, VenueReason, VenueRef,
};
use kernel::Seeded;
use risk::{LatchRules, Limits};

use crate::rig::{Rig, config, instrument};
use crate::shadow::{Shadow, Told};

/// The smallest step of a quantity, in units of 1e-12.
const LOT: u64 = 100_000_000;
const MARKETS: [(&str, &str); 3] = [("BTC/USD", "100"), ("ETH/USD", "20"), ("SOL/USD", "5")];
const PURSES: [(&str, &str); 3] = [("a", "1000000"), ("b", "1000"), ("c", "300")];

/// A gate with its shadow and everything around it.
pub(crate) struct World {
    pub(crate) rig: Rig,
    pub(crate) shadow: Shadow,
    pub(crate) dice: Seeded,
    /// Price, time and health of each market, as told.
    pub(crate) quotes: BTreeMap<Symbol, (Price, Ts, bool)>,
    /// The lowest and highest price of each market since the gate said its last mark.
    reach: BTreeMap<Symbol, (Price, Price)>,
    /// Orders that live at the venue.
    live: Vec<Order>,
    fills: VecDeque<(StrategyId, Fill)>,
    updates: VecDeque<OrderUpdate>,
    net: BTreeMap<(StrategyId, Symbol), Net>,
    cash: BTreeMap<StrategyId, Money>,
    execs: u64,
}

/// An order as it truly stands.
struct Order {
    id: OrderId,
    who: StrategyId,
    spec: OrderSpec,
    filled: Qty,
    unknown: bool,
    amends: VecDeque<(u32, OrderSpec)>,
}

fn limits(dice: &mut Seeded) -> Limits {
    let usd = |dice: &mut Seeded, low, high| Money::from_units(dice.between(low, high) as i32);
    let cap = usd(dice, 10, 60);
    Limits {
        order_notional_max: usd(dice, 100, 400),
        symbol_gross_max: usd(dice, 300, 900),
        strategy_gross_max: usd(dice, 300, 900),
        portfolio_gross_max: usd(dice, 500, 1_500),
        portfolio_net_max: usd(dice, 400, 1_200),
        open_orders_max: dice.between(6, 14) as u32,
        symbol_orders_per_minute: 1_000_000,
        strategy_orders_per_minute: 1_000_000,
        daily_loss_cap: cap,
        daily_loss_kill: cap + usd(dice, 5, 60),
        drawdown_kill: usd(dice, 60, 300),
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
        let instruments: BTreeMap<Symbol, Instrument> =
            MARKETS.map(|(name, _)| (symbol(name), instrument(name))).into();
        let equity = cash.values().copied().sum();
        let shadow = Shadow {
            limits,
            spot: config.spot,
            instruments,
            marks: BTreeMap::new(),
            orders: BTreeMap::new(),
            net: BTreeMap::new(),
            cash: cash.clone(),
            paused: Vec::new(),
            tripped: false,
            source: watched.then_some((KillReading::Unreadable, Ts::ZERO)),
            day: 0,
            baseline: equity,
            highest: equity,
            capped: None,
        };
        let (rig, net, quotes) = (Rig::with(config), BTreeMap::new(), BTreeMap::new());
        let (live, fills, updates, execs) = (Vec::new(), VecDeque::new(), VecDeque::new(), 0);
        let reach = BTreeMap::new();
        let mut world =
            Self { rig, shadow, dice, quotes, reach, live, fills, updates, net, cash, execs };
        world.rig.heard.clear();
        for (name, at) in MARKETS {
            world.rig.say(Source::MdIngest, None, Event::Instrument(instrument(name)));
            world.quote(symbol(name), price(at));
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

    pub(crate) fn market(&mut self) -> Symbol {
        symbol(self.one_of(&MARKETS).0)
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
            750..900 => {
                let market = self.market();
                let at = self.near(self.quotes[&market].0, -150, 150);
                self.quote(market, at);
            }
            900..910 => self.feed(),
            910..930 => self.pause(),
            930..935 => self.trip(),
            935..960 => self.clear(),
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

    /// Takes note of what the gate said it judges by.
    pub(crate) fn hear(&mut self) {
        for said in mem::take(&mut self.rig.heard) {
            if let Envelope { event: Event::Mark(mark), .. } = said {
                let told = (mark.bid.unwrap(), mark.seen, mark.state == FeedState::Live);
                assert_eq!(told, self.quotes[&mark.symbol], "a mark that nobody quoted");
                self.shadow.marks.insert(mark.symbol, told);
                if let Some((low, high)) = self.reach.remove(&mark.symbol) {
                    let here = |told: &&mut Told| told.spec.symbol() == mark.symbol;
                    self.shadow.orders.values_mut().filter(here).for_each(|t| t.reached(low, high));
                }
                self.shadow.moved();
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
        for (symbol, (at, seen, _)) in &self.quotes {
            let age = self.rig.now.since(*seen);
            let is_marked = self.shadow.marks.get(symbol).is_some_and(|(held, ..)| held == at);
            assert!(is_marked || age < Span::from_millis(100), "{symbol} was not marked in time");
        }
    }

    fn quote(&mut self, symbol: Symbol, at: Price) {
        let (size, now) = (qty("1"), self.rig.now);
        let (bid, bid_qty, ask_qty) = (Some(at), size, size);
        let ticker = Ticker { symbol, bid, ask: bid, last: bid, bid_qty, ask_qty, at: now };
        self.rig.say(Source::MdIngest, None, Event::Ticker(ticker));
        let live = self.quotes.get(&symbol).is_none_or(|(.., live)| *live);
        self.quotes.insert(symbol, (at, now, live));
        let reach = self.reach.entry(symbol).or_insert((at, at));
        *reach = (reach.0.min(at), reach.1.max(at));
    }

    fn feed(&mut self) {
        let (symbol, fails) = (self.market(), self.dice.below(5) == 0);
        let quote = self.quotes.get_mut(&symbol).unwrap();
        quote.2 = !fails;
        let state = if quote.2 { FeedState::Live } else { FeedState::Gap };
        self.rig.say(Source::MdIngest, None, Event::Feed(Feed { symbol, state }));
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
        let held = |(reading, _)| reading == KillReading::Tripped;
        if self.shadow.source.is_some_and(held) {
            self.rig.say(Source::Operator, None, Event::ClearKill(ClearKill { operator: 1 }));
            return;
        }
        self.rig.say(Source::Operator, None, Event::ClearKill(ClearKill { operator: 1 }));
        let equity = self.shadow.equity();
        let fallen = self.shadow.highest - equity > self.shadow.limits.drawdown_kill;
        if mem::take(&mut self.shadow.tripped) && fallen {
            self.shadow.highest = equity;
        }
    }

    /// An approved order comes to the venue.
    pub(crate) fn arrive(&mut self, id: OrderId, who: StrategyId, spec: OrderSpec) {
        let amends = VecDeque::new();
        self.live.push(Order { id, who, spec, filled: Qty::ZERO, unknown: false, amends });
        let (booked, pending) = (Qty::ZERO, Vec::new());
        let mut told = Told { who, spec, booked, end: None, unknown: false, awake: false, pending };
        let (mark, ..) = self.shadow.marks[&spec.symbol()];
        told.reached(mark, mark);
        assert!(self.shadow.orders.insert(id, told).is_none(), "approved twice");
    }

    /// An approved change comes to the venue, unless the order has ended there.
    pub(crate) fn arrive_change(&mut self, id: OrderId, number: u32, spec: OrderSpec) {
        self.shadow.orders.get_mut(&id).unwrap().pending.push((number, spec));
        if let Some(order) = self.live.iter_mut().find(|order| order.id == id) {
            order.amends.push_back((number, spec));
        }
    }

    fn pick(&mut self) -> Option<usize> {
        let count = self.live.len() as u64;
        (count > 0).then(|| self.dice.below(count) as usize)
    }

    /// A part of an order trades, at its limit or better, with some fee.
    fn trade(&mut self) {
        let Some(index) = self.pick() else { return };
        let (spec, filled) = (self.live[index].spec, self.live[index].filled);
        let part = self.lots((spec.qty().saturating_minus(filled).pico() / u128::from(LOT)) as u64);
        let limit = spec.limit().unwrap();
        let better = match spec.side() {
            Side::Buy => self.near(limit, -50, 0).min(limit),
            Side::Sell => self.near(limit, 0, 50).max(limit),
        };
        let cost = better.cost(part).unwrap();
        let fee = cost.at_rate(Ppm::new(self.dice.between(0, 8_000) as i32), 12, Rounding::Floor);
        self.execs += 1;
        let order = &mut self.live[index];
        order.filled = filled.plus(part).unwrap();
        let fill = Fill {
            id: order.id,
            exec: VenueRef::numbered(b'T', self.execs),
            symbol: spec.symbol(),
            qty: part,
            price: better,
            fee: fee.unwrap(),
            fee_asset: asset("USD"),
            at: self.rig.now,
            side: spec.side(),
            liquidity: Liquidity::Taker,
        };
        let who = order.who;
        book(&mut self.net, &mut self.cash, who, &fill);
        if self.shadow.spot {
            assert!(self.cash[&who] >= Money::ZERO, "{who} spent what it does not have");
            assert!(self.net[&(who, fill.symbol)] >= Net::ZERO, "{who} sold what it does not own");
        }
        self.fills.push_back((who, fill));
        let done = self.live[index].filled == spec.qty();
        self.report(index, if done { OrderState::Filled } else { OrderState::PartiallyFilled });
    }

    fn end(&mut self) {
        let Some(index) = self.pick() else { return };
        let state =
            self.one_of(&[OrderState::Cancelled, OrderState::Expired, OrderState::Rejected]);
        self.report(index, state);
    }

    fn doubt(&mut self) {
        let Some(index) = self.pick() else { return };
        let order = &mut self.live[index];
        order.unknown = !order.unknown;
        let state = if order.unknown { OrderState::Unknown } else { OrderState::New };
        self.report(index, state);
    }

    /// The venue makes any of the changes that it was asked for, or refuses it.
    fn settle(&mut self) {
        let Some(index) = self.pick() else { return };
        let refuses = self.dice.below(3) == 0;
        let which = self.dice.below(4) as usize;
        let order = &mut self.live[index];
        let which = which % order.amends.len().max(1);
        let Some((number, spec)) = order.amends.remove(which) else { return };
        if !refuses && spec.qty() > order.filled {
            order.spec = spec;
        }
        self.report(index, OrderState::New);
        self.updates.back_mut().unwrap().settles = Some(number);
    }

    /// The venue says how an order stands.
    fn report(&mut self, index: usize, state: OrderState) {
        let order = &self.live[index];
        self.updates.push_back(OrderUpdate {
            id: order.id,
            symbol: order.spec.symbol(),
            qty: order.spec.qty(),
            filled: order.filled,
            limit: order.spec.limit(),
            venue_ref: None,
            settles: None,
            state,
            reason: VenueReason::None,
        });
        if state.is_done() {
            self.live.swap_remove(index);
        }
    }

    /// The gate hears some of what has happened.
    fn deliver(&mut self) {
        for _ in 0..self.dice.between(1, 4) {
            if self.dice.below(2) == 0 {
                let Some((who, fill)) = self.fills.pop_front() else { continue };
                let corr = Corr::new(who, Origin::Strategy, IntentSeq::new(1));
                for _ in 0..self.dice.between(1, 2) {
                    self.rig.say(Source::ExecutionGateway, Some(corr), Event::Fill(fill));
                }
                self.shadow.turn_day(self.rig.now);
                self.shadow.fill(who, &fill);
                self.hear();
            } else {
                let Some(update) = self.updates.pop_front() else { continue };
                for _ in 0..self.dice.between(1, 2) {
                    self.rig.say(Source::ExecutionGateway, None, Event::Order(update));
                    self.shadow.update(&update);
                }
            }
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
