//! Why an order is as it is: its story, and what refused it.

use board::{NotFound, What};
use contracts::testing::{money, price, qty, secs, symbol};
use contracts::{
    Bps, Breach, Event, Figures, OrderState, Origin, Place, Protect, ProtectApproval, Qty, Reason,
    Refusal, RefusalDetail, Seal, Side, Source, Span, Ts,
};

use crate::rig::{Desk, corr_of, id_of, limit};

fn breach(found: &str) -> Breach {
    let figures = Figures::Money { found: money(found), allowed: money("10000") };
    Breach { reason: Reason::OrderNotional, figures }
}

/// An order is asked for and refused by two rules.
pub(crate) fn refused(desk: &mut Desk, number: u64) {
    let (id, corr) = (id_of(Origin::Strategy, number), Some(corr_of(Origin::Strategy, number)));
    let spec = limit(Side::Buy, "0.5", "61207.3");
    let place = Place { id, spec, expires: Ts::MAX, why: contracts::Label::new("cross up") };
    desk.say(Source::StrategyEngine, corr, Event::Place(place));
    let refusal = Refusal {
        id: Some(id),
        fault: None,
        symbol: Some(symbol("BTC/USD")),
        breach: breach("30603.65"),
        qty_max: qty("0.16337"),
        limits: 7,
        broken: 2,
    };
    desk.say(Source::RiskEngine, corr, Event::Refused(refusal));
    let also = Breach { reason: Reason::PortfolioGross, ..breach("48803.65") };
    desk.say(Source::RiskEngine, corr, Event::RefusedAlso(RefusalDetail { id, breach: also }));
}

/// The gate lets the guard of that order pass, whatever became of the order: guards only ever lead to reducing ones.
pub(crate) fn granted_a_guard(desk: &mut Desk, number: u64) {
    let protect = Protect {
        entry: id_of(Origin::Strategy, number),
        symbol: symbol("BTC/USD"),
        exit_side: Side::Sell,
        stop: Bps::new(250),
        target: Bps::new(0),
        trail: Bps::new(0),
    };
    let granted = ProtectApproval { protect, seal: Seal::NONE, number: 9 };
    let corr = Some(corr_of(Origin::Strategy, number + 1));
    desk.say(Source::RiskEngine, corr, Event::ProtectApproved(granted));
}

#[test]
fn refusal_shows_rule_numbers_setting_and_what_would_have_passed() {
    let mut desk = Desk::new();
    desk.marks("61207.3");
    desk.now = secs(100) + Span::from_millis(300);
    refused(&mut desk, 1);
    let shown = desk.board.refusals().shown.remove(0);
    assert_eq!(
        (shown.breach, shown.qty_max, shown.broken),
        (breach("30603.65"), qty("0.16337"), 2)
    );
    assert_eq!(shown.also[0].reason, Reason::PortfolioGross);
    assert_eq!(shown.setting, "risk.order_notional_max");
    assert_eq!(shown.set_at.as_deref(), Some("config/paper.toml:41:1"));
    assert_eq!(
        (shown.price, shown.price_age),
        (Some(price("61207.3")), Some(Span::from_millis(300)))
    );
    assert_eq!(shown.spec.map(|spec| spec.qty()), Some(qty("0.5")));
    let why = desk.board.why_last_refused().unwrap();
    assert_eq!(why.refused.as_ref(), Some(&shown));
    assert_eq!(why.order.state, None);
    let whats: Vec<What> = why.moments.iter().map(|moment| moment.what).collect();
    assert_eq!(whats, [What::Asked, What::Refused { reason: Reason::OrderNotional }]);
}

#[test]
fn story_of_a_refused_order_ends_with_the_refusal_whatever_was_granted_for_it() {
    let mut desk = Desk::new();
    refused(&mut desk, 1);
    granted_a_guard(&mut desk, 1);
    let why = desk.board.why_last_refused().unwrap();
    let last = why.moments.last().map(|moment| moment.what);
    assert_eq!(last, Some(What::Refused { reason: Reason::OrderNotional }));
}

#[test]
fn refusals_of_a_day_are_counted_by_the_hour() {
    let mut desk = Desk::new();
    refused(&mut desk, 1);
    desk.now = desk.now + Span::MINUTE.times(60 * 5);
    refused(&mut desk, 2);
    let day = |desk: &Desk, at: Ts| desk.board.status(at).refused.last_day;
    assert_eq!(day(&desk, desk.now), 2);
    assert_eq!(day(&desk, desk.now + Span::MINUTE.times(60 * 20)), 1);
    assert_eq!(day(&desk, desk.now + Span::DAY.times(2)), 0);
}

#[test]
fn why_finds_an_order_by_the_beginning_of_its_id() {
    let mut desk = Desk::new();
    let spec = limit(Side::Buy, "1", "100");
    let id = desk.lives(1, Origin::Strategy, spec);
    let fill = desk.executes(id, Side::Buy, "1", "99");
    desk.fills(1, fill);
    desk.moves((1, Origin::Strategy), spec, OrderState::Filled, "1");
    let why = desk.board.why(&id.short().to_string()).unwrap();
    assert_eq!((why.order.id, why.order.average), (id, Some(price("99"))));
    assert_eq!(why.order.fees, [(contracts::testing::asset("USD"), money("1"))]);
    let last = why.moments.last().map(|moment| moment.what);
    assert!(matches!(last, Some(What::Moved { state: OrderState::Filled, .. })), "{last:?}");
    assert!(desk.board.orders().shown.is_empty());
    assert_eq!(
        desk.board.why(&id.to_string()).unwrap().order.filled,
        Qty::from_pico(1_000_000_000_000).unwrap()
    );
}

#[test]
fn why_says_what_it_does_not_find() {
    let mut desk = Desk::new();
    assert_eq!(desk.board.why_last_refused(), Err(NotFound::NothingRefused));
    for hostile in ["", "xyz", "A91C", "../..", &"a".repeat(33), "é"] {
        assert_eq!(desk.board.why(hostile), Err(NotFound::NotAnId), "{hostile:?}");
    }
    for number in 1..=40 {
        desk.lives(number, Origin::Strategy, limit(Side::Buy, "1", "100"));
    }
    // Forty ids and sixteen digits: some digit begins at least two of them.
    let several = "0123456789abcdef".chars().filter(|digit| {
        matches!(desk.board.why(&digit.to_string()), Err(NotFound::Several { ids }) if ids.len() >= 2)
    });
    assert!(several.count() > 0);
    assert_eq!(desk.board.why(&"0".repeat(32)), Err(NotFound::None));
}
