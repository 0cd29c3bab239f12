//! Signals, and what is asked for because of them.

use contracts::testing::{net, price, qty, strategy};
use contracts::{
    AlertCode, Breach, Corr, Envelope, Event, Feed, FeedState, Figures, Fill, IntentSeq, Label,
    Liquidity, Money, Net, OrderId, OrderState, OrderUpdate, Origin, Place, Price, Qty, Reason,
    Refusal, Signal, Source, Span, StrategyControl, StrategyRun, Timeframe, Ts, VenueReason,
    VenueRef,
};
use serde_json::{Value, json};
use strategy::testing::Bench;

use crate::{btc, in_cents, instance, line};

const NAME: &str = "follow_signals";

fn signal(target: &str, until: Ts) -> Signal {
    let (strategy, target) = (strategy(NAME), net(target));
    Signal {
        strategy,
        symbol: btc(),
        target,
        limit: None,
        expires: until,
        why: Label::new("model"),
    }
}

/// A bench whose orders are filled at 100.
fn filled(params: &Value) -> Bench {
    let mut bench = Bench::new(vec![instance(NAME, params)]);
    bench.trade(btc(), price("100"));
    bench
}

/// A bench whose orders only the test answers.
fn unanswered(params: &Value) -> Bench {
    Bench::unanswered(vec![instance(NAME, params)])
}

fn wants(bench: &mut Bench, signal: Signal) {
    bench.take(Envelope::input(Source::External, bench.now(), Event::Signal(signal)));
}

/// A signal for that position, which counts for two minutes.
fn want(bench: &mut Bench, target: &str) {
    let until = bench.now() + Span::MINUTE.times(2);
    wants(bench, signal(target, until));
}

fn position(bench: &Bench) -> Net {
    let held = bench.host().ledger().holding(strategy(NAME), btc());
    let Some(held) = held else { return Net::ZERO };
    held.net()
}

/// What was asked for, each in a few words.
fn asked(bench: &mut Bench) -> Vec<String> {
    let words = |intent: &Envelope| match &intent.event {
        Event::Place(Place { spec, why, .. }) => {
            let at = spec.limit().map_or("market".to_owned(), |limit| limit.to_string());
            format!("{:?} {} at {at}: {why}", spec.side(), spec.qty())
        }
        Event::Cancel(cancel) => format!("cancel: {}", cancel.why),
        other => format!("{other:?}"),
    };
    bench.intents().iter().map(words).collect()
}

fn none() -> Vec<String> {
    Vec::new()
}

/// The order that is open, with whose it is.
fn open(bench: &Bench) -> (OrderId, Corr) {
    let view = bench.strategy(strategy(NAME));
    let orders = view.open_orders();
    assert_eq!(orders.len(), 1, "{orders:?}");
    let intent = IntentSeq::new(view.intents());
    (orders[0].id, Corr::new(strategy(NAME), Origin::Strategy, intent))
}

/// What becomes of the open order.
fn answer(bench: &mut Bench, state: OrderState) {
    let ((id, corr), now) = (open(bench), bench.strategy(strategy(NAME)).open_orders()[0].clone());
    let update = OrderUpdate {
        id,
        symbol: btc(),
        qty: now.qty,
        filled: if state == OrderState::Filled { now.qty } else { now.filled },
        limit: now.limit,
        venue_ref: None,
        settles: None,
        state,
        reason: VenueReason::None,
    };
    bench.answer(Source::ExecutionGateway, corr, Event::Order(update));
}

fn fills(bench: &mut Bench, part: Qty) {
    let ((id, corr), order) =
        (open(bench), bench.strategy(strategy(NAME)).open_orders()[0].clone());
    let fill = Fill {
        id,
        exec: VenueRef::numbered(b'T', bench.journal().len() as u64),
        symbol: btc(),
        qty: part,
        price: price("100"),
        fee: Money::ZERO,
        fee_asset: btc().quote(),
        at: bench.now(),
        side: order.side,
        liquidity: Liquidity::Taker,
    };
    bench.answer(Source::ExecutionGateway, corr, Event::Fill(fill));
}

fn refuse(bench: &mut Bench) {
    let (id, corr) = open(bench);
    let refusal = Refusal {
        id: Some(id),
        fault: None,
        symbol: Some(btc()),
        breach: Breach { reason: Reason::OrderNotional, figures: Figures::None },
        qty_max: Qty::ZERO,
        limits: 1,
        broken: 1,
    };
    bench.answer(Source::RiskEngine, corr, Event::Refused(refusal));
}

/// For the golden file: what is asked for when closes are these and every fifth minute somebody wants something.
pub(crate) fn asked_on_signals(params: &Value, closes: &[i64]) -> Vec<String> {
    let mut bench = Bench::new(vec![instance(NAME, params)]);
    let (mut random, mut lines) = (kernel::Seeded::new(7), Vec::new());
    for (bar, cents) in closes.iter().enumerate() {
        bench.bar(btc(), Timeframe::M1, in_cents(*cents));
        bench.trade(btc(), in_cents(*cents));
        if bar % 5 == 0 {
            let target = Net::from_pico(i128::from(random.below(30)) * 100_000_000_000);
            let limit = (random.below(3) == 0).then(|| in_cents(*cents - 50));
            let until = bench.now() + Span::MINUTE.times(3);
            wants(&mut bench, Signal { target, limit, ..signal("0", until) });
        }
        lines.extend(bench.intents().iter().map(|intent| line(bar, intent)));
    }
    assert!(bench.strategy(strategy(NAME)).fault().is_none());
    lines
}

#[test]
fn position_follows_the_signals_and_what_is_said_twice_does_nothing() {
    let mut bench = filled(&json!({ "most": "2" }));
    want(&mut bench, "1.5");
    assert_eq!(asked(&mut bench), ["Buy 1.5 at market: model"]);
    for _ in 0..3 {
        bench.pass(Span::SECOND);
        want(&mut bench, "1.5");
    }
    assert_eq!((asked(&mut bench), position(&bench)), (none(), net("1.5")));
    want(&mut bench, "0.5");
    bench.pass(Span::SECOND);
    want(&mut bench, "2");
    bench.pass(Span::SECOND);
    want(&mut bench, "0");
    assert_eq!(
        asked(&mut bench),
        ["Sell 1 at market: model", "Buy 1.5 at market: model", "Sell 2 at market: model"]
    );
    assert_eq!(position(&bench), Net::ZERO);
}

#[test]
fn signals_for_more_than_it_may_want_or_below_zero_are_left_aside() {
    let mut bench = filled(&json!({ "most": "2" }));
    want(&mut bench, "1");
    bench.said();
    for target in ["2.000000000001", "-0.1", "170141183460469231731687303.715884105727"] {
        want(&mut bench, target);
        let said = bench.said();
        let told = |said: &Envelope| match said.event {
            Event::Alert(alert) => Some(alert.code),
            _ => None,
        };
        let told: Vec<_> = said.iter().map(told).collect();
        assert_eq!(told, [Some(AlertCode::SignalUnheeded)], "{target}");
    }
    bench.pass(Span::MINUTE);
    assert_eq!((asked(&mut bench), position(&bench)), (none(), net("1")));
}

#[test]
fn one_order_is_open_at_a_time_and_one_that_leads_elsewhere_is_cancelled_first() {
    let mut bench = unanswered(&json!({ "most": "2" }));
    want(&mut bench, "1");
    assert_eq!(asked(&mut bench), ["Buy 1 at market: model"]);
    // Nobody has answered: nothing is known of it, and nothing is done.
    bench.pass(Span::SECOND);
    want(&mut bench, "2");
    assert_eq!(asked(&mut bench), none());
    answer(&mut bench, OrderState::New);
    assert_eq!(asked(&mut bench), ["cancel: wanted_no_more"]);
    want(&mut bench, "1.5");
    fills(&mut bench, qty("0.25"));
    assert_eq!(asked(&mut bench), none());
    bench.pass(Span::SECOND);
    answer(&mut bench, OrderState::Cancelled);
    assert_eq!(asked(&mut bench), ["Buy 1.25 at market: model"]);
}

#[test]
fn orders_of_unknown_fate_are_waited_for() {
    let mut bench = unanswered(&json!({ "most": "2" }));
    want(&mut bench, "1");
    answer(&mut bench, OrderState::Unknown);
    asked(&mut bench);
    for target in ["2", "0"] {
        bench.pass(Span::from_secs(50));
        want(&mut bench, target);
    }
    bench.pass(Span::MINUTE);
    assert_eq!(asked(&mut bench), none());
}

#[test]
fn fills_that_come_behind_the_end_of_an_order_are_not_asked_for_again() {
    let mut bench = unanswered(&json!({ "most": "2" }));
    want(&mut bench, "1");
    asked(&mut bench);
    answer(&mut bench, OrderState::Filled);
    bench.pass(Span::from_secs(20));
    want(&mut bench, "1");
    assert_eq!(asked(&mut bench), none());
    fills(&mut bench, qty("1"));
    bench.pass(Span::from_secs(20));
    assert_eq!((asked(&mut bench), position(&bench)), (none(), net("1")));
}

#[test]
fn refusals_are_rested_after_and_tried_again_while_the_signal_counts() {
    let mut bench = unanswered(&json!({ "most": "2", "rest": "30s" }));
    want(&mut bench, "1");
    asked(&mut bench);
    refuse(&mut bench);
    want(&mut bench, "2");
    bench.pass(Span::from_millis(29_999));
    assert_eq!(asked(&mut bench), none());
    bench.pass(Span::MILLI);
    assert_eq!(asked(&mut bench), ["Buy 2 at market: model"]);
    for _ in 0..3 {
        refuse(&mut bench);
        bench.pass(Span::from_secs(30));
    }
    assert_eq!(asked(&mut bench).len(), 2, "the last refusal came when the signal was over");
}

#[test]
fn what_ends_by_itself_is_asked_for_again_no_faster_than_the_pace() {
    let mut bench = unanswered(&json!({ "most": "2", "pace": "2s" }));
    want(&mut bench, "1");
    for _ in 0..3 {
        answer(&mut bench, OrderState::Rejected);
        bench.pass(Span::from_millis(1_999));
        assert_eq!(asked(&mut bench).len(), 1);
        bench.pass(Span::MILLI);
    }
}

#[test]
fn signals_run_out_and_what_still_stands_is_cancelled() {
    let mut bench = unanswered(&json!({ "most": "2", "patience": "1h", "counts": "60s" }));
    want(&mut bench, "1");
    answer(&mut bench, OrderState::New);
    asked(&mut bench);
    bench.pass(Span::from_millis(59_999));
    assert_eq!(asked(&mut bench), none());
    // It said two minutes of itself, and counts for one at most.
    bench.pass(Span::MILLI);
    assert_eq!(asked(&mut bench), ["cancel: wanted_no_more"]);
    answer(&mut bench, OrderState::Cancelled);
    bench.pass(Span::MINUTE.times(5));
    assert_eq!(asked(&mut bench), none());
}

#[test]
fn silence_keeps_the_position_or_closes_it() {
    for (closes, left) in [(false, net("1")), (true, Net::ZERO)] {
        let mut bench = filled(&json!({ "most": "2", "close_on_silence": closes }));
        want(&mut bench, "1");
        bench.pass(Span::from_secs(119));
        assert_eq!(position(&bench), net("1"));
        bench.pass(Span::SECOND);
        assert_eq!(position(&bench), left, "{closes}");
    }
}

#[test]
fn limits_of_a_signal_hold_and_another_one_counts_at_once() {
    let mut bench = filled(&json!({ "most": "2", "patience": "10s" }));
    let until = bench.now() + Span::MINUTE.times(2);
    let mut at = |limit: &str| {
        wants(&mut bench, Signal { limit: Some(price(limit)), ..signal("1", until) });
        // Where it stands it would stand again.
        bench.pass(Span::from_secs(30));
        asked(&mut bench)
    };
    assert_eq!(at("99"), ["Buy 1 at 99: model"]);
    assert_eq!(at("98"), ["cancel: wanted_no_more", "Buy 1 at 98: model"]);
    bench.trade(btc(), price("98"));
    assert_eq!(position(&bench), net("1"));
}

#[test]
fn passive_orders_go_after_the_market_when_their_patience_ends() {
    let params = json!({ "most": "2", "passive": true, "patience": "10s" });
    let mut bench = Bench::new(vec![instance(NAME, &params)]);
    crate::market_maker::book(&mut bench, "99", "101");
    want(&mut bench, "1");
    bench.pass(Span::from_secs(25));
    assert_eq!(asked(&mut bench), ["Buy 1 at 99: model"]);
    crate::market_maker::book(&mut bench, "100", "102");
    bench.pass(Span::from_secs(11));
    assert_eq!(asked(&mut bench), ["cancel: not_filled", "Buy 1 at 100: model"]);
}

#[test]
fn passive_orders_rest_at_their_own_side_and_never_beyond_the_limit() {
    let asks = |limit: Option<Price>| {
        let mut bench = Bench::new(vec![instance(NAME, &json!({ "most": "2", "passive": true }))]);
        want(&mut bench, "1");
        assert_eq!(asked(&mut bench), none(), "no price is known");
        crate::market_maker::book(&mut bench, "99", "101");
        bench.pass(Span::from_secs(30));
        asked(&mut bench);
        bench.pass(Span::from_secs(30));
        let until = bench.now() + Span::MINUTE;
        wants(&mut bench, Signal { limit, ..signal("1.5", until) });
        bench.pass(Span::from_secs(2));
        asked(&mut bench).pop().unwrap()
    };
    assert_eq!(asks(None), "Buy 1.5 at 99: model");
    assert_eq!(asks(Some(price("98"))), "Buy 1.5 at 98: model");
    assert_eq!(asks(Some(price("100"))), "Buy 1.5 at 99: model");
}

#[test]
fn paused_it_leaves_and_does_not_enter() {
    let mut bench = filled(&json!({ "most": "2" }));
    want(&mut bench, "1");
    asked(&mut bench);
    let corr = Corr::new(strategy(NAME), Origin::Operator, IntentSeq::new(0));
    let paused = Event::StrategyControl(StrategyControl { run: StrategyRun::Paused });
    bench.answer(Source::Operator, corr, paused);
    bench.pass(Span::SECOND);
    want(&mut bench, "2");
    bench.pass(Span::from_secs(31));
    assert_eq!(asked(&mut bench), none());
    want(&mut bench, "0.5");
    bench.pass(Span::from_secs(31));
    assert_eq!(asked(&mut bench), ["Sell 0.5 at market: model"]);
}

#[test]
fn unseen_markets_are_not_entered_until_they_are_seen() {
    let mut bench = filled(&json!({ "most": "2" }));
    bench.say(Event::Feed(Feed { symbol: btc(), state: FeedState::Gap }));
    want(&mut bench, "1");
    assert_eq!(asked(&mut bench), none());
    bench.say(Event::Feed(Feed { symbol: btc(), state: FeedState::Live }));
    assert_eq!(asked(&mut bench), ["Buy 1 at market: model"]);
}

/// Whatever moment it is broken off at, it goes on as if nothing had been.
#[test]
fn restart_at_any_moment_doubles_nothing() {
    let params = json!({ "most": "2", "patience": "10s" });
    let play = |broken_off: Option<usize>| {
        let mut bench = unanswered(&params);
        let steps: [&dyn Fn(&mut Bench); 8] = [
            &|bench| want(bench, "1"),
            &|bench| answer(bench, OrderState::New),
            &|bench| fills(bench, qty("0.5")),
            &|bench| bench.pass(Span::from_secs(10)),
            &|bench| answer(bench, OrderState::Cancelled),
            &|bench| bench.pass(Span::from_secs(2)),
            &|bench| want(bench, "1"),
            &|bench| fills(bench, qty("0.5")),
        ];
        for (at, step) in steps.iter().enumerate() {
            step(&mut bench);
            if broken_off == Some(at) {
                bench.restart(vec![instance(NAME, &params)]);
            }
        }
        assert_eq!(position(&bench), net("1"), "{broken_off:?}");
        asked(&mut bench)
    };
    let whole = play(None);
    assert_eq!(whole, ["Buy 1 at market: model", "cancel: not_filled", "Buy 0.5 at market: model"]);
    for at in 0..8 {
        assert_eq!(play(Some(at)), whole, "broken off behind step {at}");
    }
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let registry = strategies::registry().unwrap();
    let begin = |params: Value| {
        let entry = json!({ "id": NAME, "symbols": ["BTC/USD"], "params": params });
        registry.begin(&serde_json::from_value(entry).unwrap()).map(drop).unwrap_err().to_string()
    };
    assert!(begin(json!({ "most": "0" })).contains("most must be above zero"));
    assert!(begin(json!({ "counts": "25h" })).contains("counts"));
    assert!(begin(json!({ "pace": "0ms" })).contains("pace"));
    assert!(begin(json!({ "msot": "1" })).contains("try: `most`"));
}
