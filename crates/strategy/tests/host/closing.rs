//! Leaving: a close that was decided is asked for until nothing is held.

use contracts::testing::{net, price, qty, strategy};
use contracts::{
    Breach, Corr, Event, Figures, Fill, Liquidity, Money, OrderId, OrderState, OrderUpdate, Qty,
    Reason, Refusal, Side, Source, Span, Trade, VenueReason, VenueRef,
};
use strategy::Cx;
use strategy::testing::Bench;

use crate::puppet::{Script, btc, in_words, placed, puppet};

/// Buys guarded on a trade at 100, leaves on one at 90.
struct Leaver;
impl Script for Leaver {
    const NAME: &'static str = "leaver";
    fn trade(_: &mut u32, trade: &Trade, cx: &mut Cx<'_>) {
        if trade.price == price("100") && cx.is_flat(btc()) {
            cx.buy(btc(), qty("1")).stop(contracts::Bps::new(100)).send("in");
        } else if trade.price == price("90") {
            cx.close(btc()).send("out");
        }
    }
}

struct Told {
    bench: Bench,
    corr: Corr,
    id: OrderId,
}

fn entered() -> Told {
    let mut bench = Bench::unanswered(vec![puppet::<Leaver>()]);
    bench.trade(btc(), price("100"));
    let intents = bench.intents();
    let (corr, id) = (intents[0].corr.unwrap(), placed(&intents)[0]);
    let mut told = Told { bench, corr, id };
    told.fill(Side::Buy, "1");
    told.ends(OrderState::Filled, "1");
    told
}

impl Told {
    fn fill(&mut self, side: Side, size: &str) {
        let fill = Fill {
            id: self.id,
            exec: VenueRef::numbered(b'X', self.id.bits() as u64),
            symbol: btc(),
            qty: qty(size),
            price: price("100"),
            fee: Money::ZERO,
            fee_asset: btc().quote(),
            at: self.bench.now(),
            side,
            liquidity: Liquidity::Taker,
        };
        self.bench.answer(Source::ExecutionGateway, self.corr, Event::Fill(fill));
    }

    fn ends(&mut self, state: OrderState, filled: &str) {
        let update = OrderUpdate {
            id: self.id,
            symbol: btc(),
            qty: qty("1"),
            filled: qty(filled),
            limit: None,
            venue_ref: None,
            settles: None,
            state,
            reason: VenueReason::None,
        };
        self.bench.answer(Source::ExecutionGateway, self.corr, Event::Order(update));
    }

    fn refused(&mut self) {
        let breach = Breach { reason: Reason::StalePrice, figures: Figures::None };
        let (id, symbol) = (self.id, Some(btc()));
        let refusal = Refusal {
            id: Some(id),
            fault: None,
            symbol,
            breach,
            qty_max: Qty::ZERO,
            limits: 1,
            broken: 1,
        };
        self.bench.answer(Source::RiskEngine, self.corr, Event::Refused(refusal));
    }

    /// Takes what was said; the last order that was asked for is the one that is answered next.
    fn said(&mut self) -> Vec<String> {
        let intents = self.bench.intents();
        if let Some(intent) = intents.iter().rfind(|e| matches!(e.event, Event::Place(_))) {
            self.corr = intent.corr.unwrap();
            self.id = placed(&intents).pop().unwrap();
        }
        in_words(&intents)
    }
}

const OUT: &str = "leaver Sell 1 at market: out";
const UNGUARD: &str = "leaver protect stop 0";

#[test]
fn close_takes_the_guard_away_and_asks_for_what_is_held() {
    let mut told = entered();
    told.bench.trade(btc(), price("90"));
    assert_eq!(told.said(), [UNGUARD, OUT]);
}

#[test]
fn close_that_is_refused_is_asked_for_again_and_ever_less_often() {
    let mut told = entered();
    told.bench.trade(btc(), price("90"));
    told.said();
    for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
        told.refused();
        told.bench.pass(Span::from_millis(1000 * wait - 1));
        assert_eq!(told.said(), [] as [&str; 0], "{wait} s are not over");
        told.bench.pass(Span::MILLI);
        assert_eq!(told.said(), [OUT], "after {wait} s");
    }
}

#[test]
fn close_that_filled_in_part_asks_for_the_rest() {
    let mut told = entered();
    told.bench.trade(btc(), price("90"));
    told.said();
    told.fill(Side::Sell, "0.4");
    told.ends(OrderState::Cancelled, "0.4");
    told.bench.pass(Span::SECOND);
    assert_eq!(told.said(), ["leaver Sell 0.6 at market: out"]);
}

#[test]
fn close_is_over_once_nothing_is_held() {
    let mut told = entered();
    told.bench.trade(btc(), price("90"));
    told.said();
    told.ends(OrderState::Filled, "1");
    told.bench.pass(Span::SECOND);
    assert_eq!(told.said(), [] as [&str; 0], "the end is told, its fill is on the way");
    told.fill(Side::Sell, "1");
    told.bench.pass(Span::from_secs(3600));
    assert_eq!(told.said(), [] as [&str; 0]);
    let id = strategy("leaver");
    let holding = told.bench.host().ledger().holding(id, btc());
    assert_eq!(holding.map(portfolio::Holding::net), Some(net("0")));
    assert!(told.bench.strategy(id).open_orders().is_empty());
}

#[test]
fn close_of_a_rest_too_small_to_sell_is_given_up() {
    let mut told = entered();
    told.bench.trade(btc(), price("90"));
    told.said();
    told.fill(Side::Sell, "0.9999");
    told.ends(OrderState::Cancelled, "0.9999");
    told.bench.pass(Span::from_secs(3600));
    assert_eq!(told.said(), [] as [&str; 0]);
}

#[test]
fn guards_of_entries_that_came_to_nothing_are_let_go() {
    let mut bench = Bench::unanswered(vec![puppet::<Leaver>()]);
    for entry in 0..1_000 {
        bench.trade(btc(), price("100"));
        let intents = bench.intents();
        assert_eq!(intents.len(), 2, "entry {entry}: {:?}", in_words(&intents));
        let (corr, id) = (intents[0].corr.unwrap(), placed(&intents)[0]);
        let mut told = Told { bench, corr, id };
        match entry % 3 {
            0 => told.refused(),
            1 => told.ends(OrderState::Rejected, "0"),
            _ => told.ends(OrderState::Expired, "0"),
        }
        bench = told.bench;
    }
    // Nobody removes a guard that is not there.
    bench.trade(btc(), price("90"));
    assert_eq!(in_words(&bench.intents()), [] as [&str; 0]);
}

#[test]
fn guard_of_what_was_filled_stays_whatever_is_refused_later() {
    let mut told = entered();
    told.refused();
    told.bench.trade(btc(), price("90"));
    assert_eq!(told.said(), [UNGUARD, OUT]);
}

#[test]
fn guard_that_is_refused_is_not_removed_again() {
    let mut bench = Bench::unanswered(vec![puppet::<Leaver>()]);
    bench.trade(btc(), price("100"));
    let intents = bench.intents();
    let id = placed(&intents)[0];
    // The answer is to the second intent, which asked for the guard.
    let mut told = Told { bench, corr: intents[1].corr.unwrap(), id };
    told.refused();
    told.corr = intents[0].corr.unwrap();
    told.fill(Side::Buy, "1");
    told.ends(OrderState::Filled, "1");
    told.bench.trade(btc(), price("90"));
    assert_eq!(told.said(), [OUT]);
}
