//! Every execution that the gateway tells stands in the ledger of the venue, and is told once, for the order and the
//! strategy whose it is: at the real simulated venue, by ids alone.

use std::collections::{BTreeMap, BTreeSet};

use contracts::testing::{asset, strategy};
use contracts::{
    Asset, Corr, Event, Fill, Lifetime, Liquidity, Money, Net, OrderId, OrderState, Origin, Qty,
    Rounding, Says, Side, Source, Ts, VenueReason, VenueRef,
};

use crate::exchange::{Exchange, MAKER, STRATEGIES, TAKER};
use crate::rig::RUN;

/// What trades add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    net: Net,
    /// What was paid, and what was received is below zero.
    cost: Money,
    fees: Money,
}

impl Sum {
    fn add(&mut self, fill: &Fill) {
        let cost = fill.price.cost(fill.qty).unwrap();
        self.net += Net::of(fill.side, fill.qty);
        self.fees += fill.fee;
        match fill.side {
            Side::Buy => self.cost += cost,
            Side::Sell => self.cost -= cost,
        }
    }
}

/// How often what the test is about has happened.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    fills: usize,
    told_again: usize,
    orders_in_parts: usize,
    changed: usize,
    cancelled: usize,
    /// Orders of guards that have traded.
    of_guards: usize,
    /// Executions of an order whose equal had come before it.
    in_turn: usize,
}

/// The executions that the gateway has told, each with whose it is said to be.
fn told(exchange: &Exchange) -> BTreeMap<VenueRef, (Corr, Fill)> {
    let mut told = BTreeMap::new();
    for said in exchange.said.iter().filter(|said| said.src == Source::ExecutionGateway) {
        let id = match said.event {
            Event::Fill(fill) => {
                let before = told.insert(fill.exec, (said.corr.unwrap(), fill));
                assert_eq!(before, None, "an execution is told once");
                fill.id
            }
            Event::Order(update) => update.id,
            Event::Accepted(accepted) => accepted.id,
            Event::Trip(_) | Event::Alert(_) => panic!("{:?}", said.event),
            _ => continue,
        };
        assert_eq!(said.corr, Some(exchange.asked[&id].corr), "{:?}", said.event);
    }
    told
}

/// What was told against what the venue has in its ledger.
fn check_executions(exchange: &Exchange, told: &BTreeMap<VenueRef, (Corr, Fill)>) {
    let mut ledger = BTreeMap::new();
    for (_, fill) in exchange.venue().trades_shown() {
        assert_eq!(ledger.insert(fill.exec, *fill), None, "no two executions have one id");
    }
    assert_eq!(exchange.venue().shown_since(exchange.now), Ts::ZERO);
    let fills: BTreeMap<VenueRef, Fill> =
        told.iter().map(|(exec, (_, fill))| (*exec, *fill)).collect();
    assert_eq!(fills, ledger);
    for (corr, fill) in told.values() {
        let named = OrderId::derive(RUN, corr.strategy, corr.origin, corr.intent);
        assert_eq!(named, fill.id, "whose it is follows from the id of the order");
        let spec = exchange.asked[&fill.id].spec;
        assert_eq!((fill.symbol, fill.side), (spec.symbol(), spec.side()));
        let rate = if fill.liquidity == Liquidity::Maker { MAKER } else { TAKER };
        let cost = fill.price.cost(fill.qty).unwrap();
        assert_eq!(Ok(fill.fee), cost.at_rate(rate, 5, Rounding::HalfUp));
    }
}

/// Order by order: what was told adds up to what the venue shows of it, which the desk believes too.
fn check_orders(exchange: &Exchange, told: &BTreeMap<VenueRef, (Corr, Fill)>, seen: &mut Seen) {
    let (mut filled, mut parts) = (BTreeMap::<_, Qty>::new(), BTreeMap::<_, usize>::new());
    for (_, fill) in told.values() {
        let sum = filled.entry(fill.id).or_default();
        *sum = sum.plus(fill.qty).unwrap();
        *parts.entry(fill.id).or_default() += 1;
    }
    let mut believed = BTreeMap::new();
    for said in &exchange.said {
        if let Event::Order(update) = said.event {
            believed.insert(update.id, update);
            let is_made = update.settles.is_some() && update.reason == VenueReason::None;
            seen.changed += usize::from(is_made);
        }
    }
    let mut refs = BTreeSet::new();
    for (spec, shown) in exchange.venue().orders_shown(exchange.now) {
        let sum = filled.remove(&shown.id).unwrap_or_default();
        let update = believed[&shown.id];
        assert_eq!((sum, update.filled), (shown.filled, shown.filled), "{shown:?}");
        assert_eq!((update.qty, update.limit), (spec.qty(), spec.limit()), "{shown:?}");
        assert_eq!(update.venue_ref, shown.venue_ref);
        assert_eq!(update.state.is_done(), shown.says != Says::Working, "{update:?} {shown:?}");
        assert!(refs.insert(shown.venue_ref), "no two orders have one name at the venue");
        seen.cancelled += usize::from(update.state == OrderState::Cancelled);
        let corr = exchange.asked[&shown.id].corr;
        if let (Origin::Protector, Some(entry)) = (corr.origin, corr.parent) {
            assert_eq!(corr.strategy, exchange.asked[&entry].corr.strategy, "{shown:?}");
            seen.of_guards += usize::from(!sum.is_zero());
        }
    }
    assert_eq!(filled, BTreeMap::new(), "what traded is an order of the venue");
    seen.orders_in_parts += parts.values().filter(|parts| **parts > 1).count();
}

/// Strategy by strategy, and all together: the books of the gate and the balances of the venue are what the ledger of
/// the venue adds up to, by those who asked for the orders.
fn check_books(exchange: &Exchange) {
    let mut sums = BTreeMap::<_, Sum>::new();
    let mut balances = BTreeMap::<Asset, Money>::new();
    let usd = asset("USD");
    for (_, fill) in exchange.venue().trades_shown() {
        let whose = exchange.asked[&fill.id].corr.strategy;
        sums.entry((whose, fill.symbol)).or_default().add(fill);
    }
    let ledger = exchange.gate().ledger();
    for ((whose, symbol), sum) in &sums {
        let holding = ledger.holding(*whose, *symbol).unwrap();
        assert_eq!((holding.traded(), holding.fees()), (sum.net, sum.fees), "{whose} {symbol}");
        *balances.entry(usd).or_default() -= sum.cost + sum.fees;
        let bought = Money::from_yocto(sum.net.pico() * 1_000_000_000_000);
        *balances.entry(symbol.base()).or_default() += bought;
    }
    for name in STRATEGIES {
        let of_it = sums.iter().filter(|((whose, _), _)| *whose == strategy(name));
        let spent: Money = of_it.map(|(_, sum)| sum.cost + sum.fees).sum();
        let purse = ledger.purse(strategy(name), usd);
        assert_eq!(purse.cash(), purse.deposits() - spent, "{name}");
    }
    let shown = exchange.venue().balances().map(|(of, balance)| (of, balance.total));
    assert_eq!(shown.collect::<BTreeMap<_, _>>(), balances);
}

/// Orders that nobody but their ids tells apart trade in the order in which they came, so a venue that mixed up two of
/// them would be seen. Those that were changed or cancelled have lost their place.
fn check_turns(exchange: &Exchange, seen: &mut Seen) {
    let mut undisturbed = BTreeSet::new();
    for (spec, shown) in exchange.venue().orders_shown(exchange.now) {
        let asked = exchange.asked[&shown.id].spec;
        let rests = matches!(asked.lifetime(), Lifetime::UntilCancelled | Lifetime::PostOnly);
        if spec == asked && rests && matches!(shown.says, Says::Working | Says::Filled) {
            undisturbed.insert(shown.id);
        }
    }
    let changed = exchange.said.iter().filter_map(|said| match said.event {
        Event::AmendOrder(amend) => Some(amend.id),
        _ => None,
    });
    for id in changed {
        undisturbed.remove(&id);
    }
    let mut filled = BTreeMap::<OrderId, Qty>::new();
    for (_, fill) in exchange.venue().trades_shown() {
        let sum = filled.entry(fill.id).or_default();
        *sum = sum.plus(fill.qty).unwrap();
        let equals = exchange.twins.iter().find(|twins| twins.contains(&fill.id));
        let Some(equals) = equals.filter(|_| undisturbed.contains(&fill.id)) else { continue };
        let earlier = equals.iter().take_while(|id| **id != fill.id);
        for id in earlier.filter(|id| undisturbed.contains(id)) {
            let wanted = exchange.asked[id].spec.qty();
            assert_eq!(filled.get(id), Some(&wanted), "{fill:?} came before its turn");
            seen.in_turn += 1;
        }
    }
}

fn run(seed: u64, seen: &mut Seen) {
    let mut exchange = Exchange::new(seed);
    exchange.trade(12_000);
    exchange.settle();
    let told = told(&exchange);
    check_executions(&exchange, &told);
    check_orders(&exchange, &told, seen);
    check_books(&exchange);
    check_turns(&exchange, seen);
    seen.fills += told.len();
    seen.told_again += exchange.executions_told - told.len();
}

#[test]
fn every_execution_of_the_venue_is_told_once_to_whom_it_belongs() {
    let mut seen = Seen::default();
    for seed in 1..=4 {
        println!("seed {seed}");
        run(seed, &mut seen);
    }
    let Seen { fills, told_again, orders_in_parts, changed, cancelled, .. } = seen;
    assert!(fills > 2_000 && told_again > 2_000 && orders_in_parts > 300, "{seen:?}");
    assert!(changed > 200 && cancelled > 1_000, "{seen:?}");
    assert!(seen.of_guards > 50 && seen.in_turn > 500, "{seen:?}");
}
