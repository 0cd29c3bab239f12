//! What stands in the lines: ours, the venue's, and the difference between them.

use board::{Board, NotKnown, Standing, Status, Stock};
use contracts::testing::{money, net, price, qty, secs, strategy, symbol};
use contracts::{
    Alert, AlertCode, BooksCompared, Bps, Event, KillLevel, KillPoll, KillReading, KillState,
    KillTrigger, LimitKey, LimitOutcome, LimitState, LimitValue, Money, Net, OrderState, Origin,
    Portfolio, Position, Protect, ProtectApproval, Says, Seal, Side, Source, Span, StrategyControl,
    StrategyRun,
};

use crate::rig::{Desk, config, corr_of, ema, id_of, limit, stop};
use crate::stories::{granted_a_guard, refused};

fn position(amount: &str, cost: &str, average: &str) -> Position {
    Position {
        symbol: symbol("BTC/USD"),
        net: net(amount),
        cost: money(cost),
        realised: money("3"),
        fees: money("1"),
        average: Some(price(average)),
    }
}

/// A desk that has bought half a coin, and everybody knows.
fn bought() -> Desk {
    let mut desk = Desk::new();
    desk.marks("100");
    let spec = limit(Side::Buy, "1", "100");
    let id = desk.lives(1, Origin::Strategy, spec);
    let fill = desk.executes(id, Side::Buy, "0.5", "100");
    desk.fills(1, fill);
    desk.moves((1, Origin::Strategy), spec, OrderState::PartiallyFilled, "0.5");
    let told = Event::Position(position("0.5", "50", "100"));
    desk.say(Source::RiskEngine, Some(corr_of(Origin::Strategy, 1)), told);
    desk
}

#[test]
fn status_ours_and_the_venues_agree_when_everybody_knows() {
    let status = bought().board.status(secs(101));
    let line = &status.positions.shown[0];
    assert_eq!((line.ours, line.venue, line.diff), (net("0.5"), Some(net("0.5")), Some(Net::ZERO)));
    assert_eq!((status.cash.ours, status.cash.diff), (Some(money("949")), Some(Money::ZERO)));
    let orders = status.orders;
    assert_eq!((orders.ours, orders.venue, orders.diff, orders.unknown), (1, Some(1), Some(0), 0));
}

#[test]
fn status_an_execution_that_we_were_not_told_of_shows_as_a_difference() {
    let mut desk = bought();
    let fill = desk.executes(id_of(Origin::Strategy, 1), Side::Buy, "0.25", "100");
    let status = desk.board.status(secs(101));
    assert_eq!(status.positions.shown[0].diff, Some(net("-0.25")));
    assert_eq!(status.cash.diff, Some(money("26")));
    // The same execution told again, even by somebody who does not number, changes nothing.
    let again = contracts::Envelope::input(Source::Venue, desk.now, Event::Executed(fill));
    desk.board.hear(&again);
    assert_eq!(desk.board.status(secs(101)).cash.diff, Some(money("26")));
}

#[test]
fn status_an_order_that_ended_at_the_venue_and_not_with_us_shows_as_a_difference() {
    let mut desk = bought();
    desk.reports(id_of(Origin::Strategy, 1), Says::Cancelled);
    let orders = desk.board.status(secs(101)).orders;
    assert_eq!((orders.ours, orders.venue, orders.diff), (1, Some(0), Some(1)));
    // A late word from before does not revive it.
    desk.reports(id_of(Origin::Strategy, 1), Says::Accepted);
    assert_eq!(desk.board.status(secs(101)).orders.venue, Some(0));
}

#[test]
fn fill_told_again_after_a_restart_is_counted_once() {
    let mut desk = bought();
    let fill = desk.executes(id_of(Origin::Strategy, 1), Side::Buy, "0.25", "100");
    let said = desk.fills(1, fill);
    let before = desk.board.status(secs(101));
    desk.board.hear(&said);
    assert_eq!(desk.board.status(secs(101)), before);
    assert_eq!(before.counts.fills, 2);
}

#[test]
fn positions_show_value_stop_and_guard() {
    let mut desk = bought();
    desk.marks("110");
    let far = stop(Side::Sell, "0.2", "90");
    let near = stop(Side::Sell, "0.3", "95");
    desk.lives(1, Origin::Protector, far);
    desk.lives(2, Origin::Protector, near);
    let protect = Protect {
        entry: id_of(Origin::Strategy, 1),
        symbol: symbol("BTC/USD"),
        exit_side: Side::Sell,
        stop: Bps::new(500),
        target: Bps::new(0),
        trail: Bps::new(0),
    };
    let granted = ProtectApproval { protect, seal: Seal::NONE, number: 9 };
    let corr = Some(corr_of(Origin::Strategy, 2));
    desk.say(Source::RiskEngine, corr, Event::ProtectApproved(granted));
    let shown = desk.board.positions().shown.remove(0);
    assert_eq!((shown.value, shown.unrealised), (Some(money("55")), Some(money("5"))));
    let nearest = shown.stop.unwrap();
    assert_eq!((nearest.trigger, nearest.qty, nearest.at_venue), (price("95"), qty("0.3"), true));
    assert_eq!((shown.stops, shown.guard.map(|guard| guard.stop)), (2, Some(Bps::new(500))));
    let status = desk.board.status(secs(101));
    let line = &status.positions.shown[0];
    assert_eq!((line.stop.unwrap().trigger, line.stops), (price("95"), 2));
    // One that is over guards nothing.
    desk.moves((2, Origin::Protector), near, OrderState::Cancelled, "0");
    let stop = desk.board.positions().shown.remove(0).stop.unwrap();
    assert_eq!(stop.trigger, price("90"));
}

#[test]
fn guard_of_a_refused_entry_is_not_shown_with_what_is_held_already() {
    let mut desk = bought();
    refused(&mut desk, 5);
    granted_a_guard(&mut desk, 5);
    assert_eq!(desk.board.positions().shown.remove(0).guard, None);
    granted_a_guard(&mut desk, 1);
    assert!(desk.board.positions().shown.remove(0).guard.is_some());
}

#[test]
fn today_is_the_gates_figure_of_this_day_beside_the_limits_in_force() {
    let mut desk = bought();
    let told = Portfolio {
        equity: money("1000"),
        cash: money("949"),
        realised: money("0"),
        unrealised: money("1"),
        fees: money("1"),
        day: money("-21.4"),
    };
    desk.say(Source::RiskEngine, None, Event::Portfolio(told));
    let today = |desk: &Desk, at| desk.board.status(at).today;
    let shown = today(&desk, secs(101)).unwrap();
    assert_eq!((shown.result, shown.cap), (money("-21.4"), Some(money("50"))));
    let state = LimitState {
        version: 2,
        limit: LimitKey::DailyLossCap,
        value: LimitValue::Money { most: money("20") },
        symbol: None,
        outcome: LimitOutcome::InForce,
    };
    desk.say(Source::RiskEngine, None, Event::LimitState(state));
    assert_eq!(today(&desk, secs(101)).unwrap().cap, Some(money("20")));
    // Yesterday's result is not today's.
    assert_eq!(today(&desk, secs(100) + Span::DAY), None);
}

#[test]
fn kill_switch_highest_latch_counts_and_sources_are_shown() {
    let mut desk = Desk::new();
    let state =
        |level, trigger, at| Event::KillState(KillState { level, trigger, since: secs(at) });
    let kill = |desk: &Desk| desk.board.status(secs(200)).kill;
    assert_eq!((kill(&desk).level, kill(&desk).since), (None, None));
    let cancel = state(Some(KillLevel::Cancel), KillTrigger::Command, 110);
    desk.say(Source::RiskEngine, None, cancel);
    let flatten = state(Some(KillLevel::Flatten), KillTrigger::File, 111);
    desk.say(Source::ExecutionGateway, None, flatten);
    assert_eq!((kill(&desk).level, kill(&desk).since), (Some(KillLevel::Flatten), Some(secs(111))));
    desk.say(Source::ExecutionGateway, None, state(None, KillTrigger::Command, 120));
    assert_eq!(kill(&desk).level, Some(KillLevel::Cancel));
    desk.say(Source::RiskEngine, None, state(None, KillTrigger::Command, 121));
    assert_eq!((kill(&desk).level, kill(&desk).since), (None, Some(secs(121))));
    let poll = KillPoll { trigger: KillTrigger::File, reading: KillReading::Clear };
    desk.say(Source::Runtime, None, Event::KillPoll(poll));
    assert_eq!(kill(&desk).sources[0].reading, KillReading::Clear);
}

#[test]
fn strategies_pauses_and_feeds_and_alerts_are_shown() {
    let mut desk = bought();
    let pause = Event::StrategyControl(StrategyControl { run: StrategyRun::Paused });
    desk.say(Source::Operator, Some(corr_of(Origin::Operator, 0)), pause);
    let (code, order) = (AlertCode::ReconcileMismatch, None);
    let alert = Alert { code, symbol: Some(symbol("BTC/USD")), order };
    desk.say(Source::ExecutionGateway, None, Event::Alert(alert));
    let status = desk.board.status(secs(103));
    let line = &status.strategies[0];
    assert_eq!((line.strategy, line.run, line.open_orders), (ema(), StrategyRun::Paused, 1));
    assert_eq!((line.holds, line.approved, line.fills), (1, 1, 1));
    assert_eq!(status.compared.mismatches, 1);
    assert_eq!(status.alerts[0].code, code);
    let stalest = status.feeds.stalest.unwrap();
    assert_eq!((stalest.symbol, stalest.age), (symbol("BTC/USD"), Span::from_secs(3)));
    assert_eq!((status.feeds.known, status.feeds.live), (1, 1));
}

#[test]
fn stock_taken_for_a_board_that_began_late_makes_it_whole() {
    let mut desk = Desk::of(Board::midway(config()));
    let before = desk.board.status(secs(101)).not_known;
    assert!(before.contains(&NotKnown::Cash) && before.contains(&NotKnown::KillSwitch));
    let (level, trigger) = (Some(KillLevel::Cancel), KillTrigger::DailyLoss);
    let tripped = KillState { level, trigger, since: secs(3) };
    desk.board.take_stock(&Stock {
        positions: vec![(ema(), position("0.5", "50", "100"))],
        cash: vec![(ema(), money("949"))],
        latches: vec![(Source::RiskEngine, tripped)],
        runs: vec![(ema(), StrategyRun::Paused)],
    });
    let spec = limit(Side::Sell, "0.5", "120");
    let id = desk.lives(2, Origin::Strategy, spec);
    let fill = desk.executes(id, Side::Sell, "0.5", "120");
    desk.fills(2, fill);
    let told = Event::Position(position("0", "0", "100"));
    desk.say(Source::RiskEngine, Some(corr_of(Origin::Strategy, 2)), told);
    let status = desk.board.status(secs(101));
    assert_eq!((status.cash.ours, status.cash.diff), (Some(money("1008")), Some(Money::ZERO)));
    assert!(status.positions.shown.is_empty(), "{:?}", status.positions);
    assert!(!status.not_known.contains(&NotKnown::Cash));
    assert!(!status.not_known.contains(&NotKnown::KillSwitch));
    assert_eq!((status.kill.level, status.kill.since), (level, Some(secs(3))));
    let paused = status.strategies.iter().find(|line| line.strategy == ema()).unwrap();
    assert_eq!(paused.run, StrategyRun::Paused);
    assert!(status.not_known.contains(&NotKnown::OrdersFromBefore));
    let since = status.known_since.expect("it began to listen in the middle");
    assert!(since <= status.heard.unwrap(), "{since}");
    assert_eq!(bought().board.status(secs(101)).known_since, None);
}

#[test]
fn status_is_read_back_as_it_was_written() {
    let mut desk = bought();
    desk.lives(1, Origin::Protector, stop(Side::Sell, "0.5", "95"));
    let status = desk.board.status(secs(101));
    let text = serde_json::to_string(&status).unwrap();
    assert!(text.contains(r#""ours":"949""#), "{text}");
    assert_eq!(serde_json::from_str::<Status>(&text).unwrap(), status);
}

#[test]
fn board_without_the_first_cash_knows_positions_and_no_cash() {
    let mut desk = Desk::of(Board::from_first(board::BoardConfig { cash: vec![], ..config() }));
    let id = desk.lives(1, Origin::Strategy, limit(Side::Buy, "1", "100"));
    let fill = desk.executes(id, Side::Buy, "0.5", "100");
    desk.fills(1, fill);
    let told = Event::Position(position("0.5", "50", "100"));
    desk.say(Source::RiskEngine, Some(corr_of(Origin::Strategy, 1)), told);
    let status = desk.board.status(secs(101));
    assert_eq!(status.positions.shown[0].diff, Some(Net::ZERO));
    assert_eq!((status.cash.ours, status.cash.venue), (None, None));
    assert!(status.not_known.contains(&NotKnown::Cash), "{:?}", status.not_known);
    assert!(!status.not_known.contains(&NotKnown::PositionsFromBefore));
}

#[test]
fn strategies_that_left_are_not_running_and_those_that_said_nothing_are_quiet() {
    let both = vec![(ema(), money("500")), (strategy("gone_one"), money("500"))];
    let roster = vec![ema(), strategy("market_maker")];
    let mut desk =
        Desk::of(Board::from_first(board::BoardConfig { cash: both, roster, ..config() }));
    let standings = |desk: &Desk| {
        let lines = desk.board.status(secs(101)).strategies;
        lines.iter().map(|line| (line.strategy, line.standing)).collect::<Vec<_>>()
    };
    let (quiet, left, active) = (Standing::Quiet, Standing::Left, Standing::Active);
    let [maker, gone] = ["market_maker", "gone_one"].map(strategy);
    assert_eq!(standings(&desk), [(ema(), quiet), (gone, left), (maker, quiet)]);
    desk.lives(1, Origin::Strategy, limit(Side::Buy, "1", "100"));
    assert_eq!(standings(&desk), [(ema(), active), (gone, left), (maker, quiet)]);
}

#[test]
fn status_says_when_books_were_compared_and_what_came_of_all_comparisons() {
    let mut desk = Desk::new();
    assert_eq!(desk.board.status(secs(101)).compared.books, None);
    for (repaired, open) in [(2, 0), (0, 1)] {
        let (at, settled, settled_trade) = (secs(99), None, None);
        let note = BooksCompared { at, repaired, open, settled, settled_trade };
        desk.say(Source::Runtime, None, Event::BooksCompared(note));
    }
    let books = desk.board.status(secs(101)).compared.books.unwrap();
    assert_eq!((books.repaired, books.repaired_all, books.open), (0, 2, 1));
}

#[test]
fn status_knows_what_the_venue_has_from_a_statement_that_agrees_before_there_is_any_order() {
    let mut desk = Desk::new();
    let mut compared = |open| {
        let (at, settled, settled_trade) = (secs(99), None, None);
        let note = BooksCompared { at, repaired: 0, open, settled, settled_trade };
        desk.say(Source::Runtime, None, Event::BooksCompared(note));
        let status = desk.board.status(secs(101));
        (status.orders.venue, status.cash.venue, status.compared.venue_heard.is_some())
    };
    // A statement that says something else is no word that can stand there as the venue's.
    assert_eq!(compared(1), (None, None, false));
    let cash = compared(0);
    assert_eq!((cash.0, cash.1.is_some(), cash.2), (Some(0), true, true));
}
