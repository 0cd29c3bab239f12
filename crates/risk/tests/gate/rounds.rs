//! What comes with time: rounds of marks, the portfolio, closing everything until it is closed.

use contracts::testing::{price, qty, secs, symbol};
use contracts::{
    Approval, ClearKill, Event, FeedState, KillLevel, KillState, KillTrigger, Mark, OrderState,
    Price, Qty, Side, Source, Span, Trade, TradeId, Ts,
};
use risk::Verdict;

use crate::rig::{BTC, Rig, config, limit, wide};

fn trade(at: &str) -> Event {
    let (price, qty) = (price(at), qty("1"));
    Event::Trade(Trade {
        symbol: symbol(BTC),
        price,
        qty,
        taker: Side::Buy,
        id: TradeId::new(1),
        at: Ts::ZERO,
    })
}

fn marks(rig: &Rig) -> Vec<(Ts, Option<Price>)> {
    let mark = |mark: &Mark| mark.last;
    let said = rig.heard.iter().filter_map(|said| match said.event {
        Event::Mark(ref told) => Some((said.ts, mark(told))),
        _ => None,
    });
    said.collect()
}

#[test]
fn marks_come_at_the_next_tenth_of_a_second_and_only_of_what_changed() {
    let mut rig = Rig::new(wide());
    rig.pass(Span::from_millis(30));
    rig.heard.clear();
    rig.say(Source::MdIngest, None, trade("101"));
    rig.pass(Span::from_millis(20));
    rig.say(Source::MdIngest, None, trade("102"));
    rig.pass(Span::from_millis(49));
    assert_eq!(marks(&rig), []);
    rig.pass(Span::from_millis(1));
    assert_eq!(marks(&rig), [(rig.now, Some(price("102")))]);
    rig.pass(Span::SECOND);
    assert_eq!(marks(&rig).len(), 1);
    // One that an intent asked for is not told again, and what comes after it is.
    rig.say(Source::MdIngest, None, trade("103"));
    rig.approved("a", limit(Side::Buy, "0.1", "99"));
    rig.pass(Span::from_millis(100));
    assert_eq!(marks(&rig).len(), 2);
    rig.say(Source::MdIngest, None, trade("104"));
    rig.approved("a", limit(Side::Buy, "0.1", "99"));
    rig.say(Source::MdIngest, None, trade("105"));
    rig.pass(Span::from_millis(100));
    let lasts: Vec<_> = marks(&rig).into_iter().filter_map(|(_, last)| last).collect();
    assert_eq!(lasts, ["102", "103", "104", "105"].map(price));
}

#[test]
fn market_that_only_ever_failed_has_no_price() {
    let mut rig = Rig::new(wide());
    rig.heard.clear();
    rig.feed(FeedState::Down);
    rig.pass(Span::from_millis(100));
    let told = rig.heard.iter().find_map(|said| match said.event {
        Event::Mark(mark) => Some((mark.state, mark.last)),
        _ => None,
    });
    assert_eq!(told, Some((FeedState::Down, Some(price("100")))));
}

#[test]
fn portfolio_is_told_once_a_second_while_anything_moves() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    rig.heard.clear();
    for step in 0..20 {
        rig.price(if step % 2 == 0 { "101" } else { "102" });
    }
    let told = |said: &&contracts::Envelope| matches!(said.event, Event::Portfolio(_));
    assert_eq!(rig.heard.iter().filter(told).count(), 2);
    rig.heard.clear();
    rig.pass(Span::MINUTE);
    assert_eq!(rig.heard.iter().filter(told).count(), 0);
}

fn closing(rig: &Rig) -> Vec<(Approval, Ts)> {
    let said = rig.heard.iter().filter_map(|said| match said.event {
        Event::Approved(approval) => Some((approval, said.ts)),
        _ => None,
    });
    said.collect()
}

#[test]
fn flatten_asks_again_every_two_seconds_for_what_is_left() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    rig.heard.clear();
    rig.trip(KillLevel::Flatten);
    let first = closing(&rig)[0].0;
    assert_eq!((first.spec.qty(), first.valid_until), (qty("1"), rig.now + Span::from_secs(2)));
    rig.heard.clear();
    // It is still open: nothing more is wanted.
    rig.pass(Span::from_secs(2));
    assert_eq!(closing(&rig), []);
    rig.fill("a", &first, "0.4", "100");
    rig.update(&first, OrderState::Cancelled, "0.4");
    rig.heard.clear();
    rig.pass(Span::from_nanos(1_999_999_999));
    assert_eq!(closing(&rig), []);
    rig.pass(Span::from_nanos(1));
    let second = closing(&rig)[0].0;
    assert_eq!(second.spec.qty(), qty("0.6"));
    assert_ne!(second.id, first.id);
    // The venue takes no less than 0.001 of it, in lots of 0.0001.
    rig.fill("a", &second, "0.599", "100");
    rig.update(&second, OrderState::Cancelled, "0.599");
    // Nor for less than half a dollar.
    rig.price("500");
    rig.heard.clear();
    rig.pass(Span::from_secs(2));
    let asked = |rig: &Rig| {
        let asks = rig.heard.iter().filter_map(|said| match said.event {
            Event::Place(place) => Some(place.spec.qty()),
            _ => None,
        });
        asks.collect::<Vec<_>>()
    };
    assert_eq!(asked(&rig), [qty("0.001")]);
    rig.fill("a", &second, "0.00005", "100");
    rig.heard.clear();
    rig.pass(Span::MINUTE);
    assert_eq!(asked(&rig), []);
}

#[test]
fn flatten_ends_with_the_trip_and_is_not_begun_by_a_lower_level() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    rig.heard.clear();
    rig.trip(KillLevel::Cancel);
    rig.pass(Span::from_secs(4));
    assert_eq!(closing(&rig), []);
    rig.trip(KillLevel::Flatten);
    let first = closing(&rig)[0].0;
    rig.update(&first, OrderState::Rejected, "0");
    rig.say(Source::Operator, None, Event::ClearKill(ClearKill::by(1)));
    rig.heard.clear();
    rig.pass(Span::MINUTE);
    assert_eq!(closing(&rig), []);
}

#[test]
fn flatten_follows_from_a_loss_where_the_settings_say_so() {
    let limits = risk::Limits { drawdown_kill: contracts::Money::from_units(30), ..wide() };
    let kill = risk::LatchRules { level: KillLevel::Flatten, ..risk::LatchRules::none() };
    let mut rig = Rig::with(risk::GateConfig { kill, ..config(limits) });
    rig.hold("a", "1", "100");
    rig.heard.clear();
    rig.price("69.99");
    assert_eq!(closing(&rig).len(), 1);
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Flatten));
}

#[test]
fn other_latch_is_followed_and_not_answered() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "1", "100");
    rig.heard.clear();
    let state = |level| KillState { level, trigger: KillTrigger::File, since: secs(1) };
    rig.say(Source::ExecutionGateway, None, Event::KillState(state(Some(KillLevel::Flatten))));
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Flatten));
    assert!(rig.heard.iter().all(|said| !matches!(said.event, Event::KillState(_))));
    assert_eq!(closing(&rig).len(), 1);
    // It cannot clear this one.
    rig.say(Source::ExecutionGateway, None, Event::KillState(state(None)));
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Flatten));
}

#[test]
fn approval_waits_no_longer_than_the_limits_say_and_is_numbered() {
    let mut rig = Rig::new(wide());
    let first = rig.approved("a", limit(Side::Buy, "0.1", "99"));
    assert_eq!(first.valid_until, rig.now + Span::from_secs(5));
    let cancel = |rig: &mut Rig| {
        rig.cancel("a", first.id);
        match rig.heard.last().unwrap().event {
            Event::CancelApproved(approval) => approval.number,
            other => panic!("{other:?}"),
        }
    };
    let (second, third) = (cancel(&mut rig), cancel(&mut rig));
    let last = rig.approved("a", limit(Side::Buy, "0.1", "99")).number;
    assert_eq!([first.number, second, third, last], [1, 2, 3, 4]);
    assert_eq!(Qty::ZERO, rig.gate().ledger().net(symbol(BTC)).size());
}
