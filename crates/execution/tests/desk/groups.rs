//! Protective groups, one scenario each.

use contracts::testing::qty;
use contracts::{
    Bps, Cancel, Event, KillLevel, Label, LimitKey, LimitOutcome, LimitState, LimitValue,
    MarketStatus, Says, Side, Source, Span, VenueReason,
};
use execution::ProtectiveOnKill;

use crate::rig::Desk;

#[test]
fn stop_follows_the_fills_of_its_entry() {
    let mut desk = Desk::new();
    let entry = desk.guarded("1", [200, 0, 0]);
    desk.trade(entry, "0.4", "100");
    assert_eq!(desk.said(), "b sell 0.4 stop 98");
    let stop = desk.newest();
    // The next part trades before the venue has answered: the stop waits for its turn.
    desk.trade(entry, "0.2", "99");
    assert_eq!(desk.said(), "");
    desk.report(stop, Says::Accepted);
    // The average is (0.4 * 100 + 0.2 * 99) / 0.6 = 99.666..; 2 % below is 97.673.., on the tick 97.7.
    assert_eq!(desk.said(), "b to 0.6 stop 97.7");
    desk.amended(stop);
    desk.trade(entry, "0.4", "100");
    assert_eq!(desk.said(), "b to 1 stop 97.9");
    desk.amended(stop);
    desk.report(entry, Says::Filled);
    assert_eq!(desk.said(), "");
    assert_eq!(desk.group().unwrap().exit, Some((stop, qty("1"))));
}

#[test]
fn stop_that_trades_at_the_venue_ends_the_group() {
    let mut desk = Desk::new();
    let (_, stop) = desk.holding("1", [200, 300, 0]);
    desk.trade(stop, "1", "97.9");
    desk.report(stop, Says::Filled);
    assert_eq!((desk.said().as_str(), desk.groups().len()), ("", 0));
}

#[test]
fn stop_that_trades_cancels_the_rest_of_the_entry_and_closes_what_still_comes() {
    let mut desk = Desk::new();
    let entry = desk.guarded("1", [200, 0, 0]);
    desk.trade(entry, "0.4", "100");
    let stop = desk.newest();
    desk.report(stop, Says::Accepted);
    desk.said();
    desk.trade(stop, "0.4", "98");
    desk.report(stop, Says::Filled);
    assert_eq!(desk.said(), "cancel a");
    desk.trade(entry, "0.2", "98");
    desk.pass(Span::SECOND);
    assert_eq!(desk.said(), "c sell 0.2 at 97");
    desk.report(entry, Says::Cancelled);
    let close = desk.newest();
    desk.trade(close, "0.2", "98");
    desk.report(close, Says::Filled);
    assert_eq!((desk.said().as_str(), desk.groups().len()), ("", 0));
}

#[test]
fn target_is_asked_for_only_when_the_end_of_the_stop_is_told() {
    let mut desk = Desk::new();
    let (_, stop) = desk.holding("1", [200, 300, 0]);
    desk.price("102.9");
    assert_eq!(desk.said(), "");
    desk.price("103");
    assert_eq!(desk.said(), "cancel b");
    // The price comes back; the group is closing all the same.
    desk.price("101");
    assert_eq!(desk.said(), "");
    desk.report(stop, Says::Cancelled);
    assert_eq!(desk.said(), "c sell 1 at 98");
    let close = desk.newest();
    desk.trade(close, "1", "101");
    desk.report(close, Says::Filled);
    assert_eq!((desk.said().as_str(), desk.groups().len()), ("", 0));
}

#[test]
fn stop_that_trades_while_it_is_cancelled_for_the_target_is_the_other_leg_winning() {
    let mut desk = Desk::new();
    let (_, stop) = desk.holding("1", [200, 300, 0]);
    desk.price("103");
    assert_eq!(desk.said(), "cancel b");
    desk.trade(stop, "0.7", "98");
    desk.report(stop, Says::Cancelled);
    desk.pass(Span::SECOND);
    // Only what the stop has left is closed.
    assert_eq!(desk.said(), "c sell 0.3 at 100");
    let close = desk.newest();
    desk.trade(close, "0.3", "103");
    desk.report(close, Says::Filled);
    assert_eq!(desk.groups().len(), 0);
}

#[test]
fn target_without_stop_closes_at_once() {
    let mut desk = Desk::new();
    let entry = desk.guarded("1", [0, 300, 0]);
    desk.trade(entry, "1", "100");
    desk.report(entry, Says::Filled);
    assert_eq!(desk.said(), "");
    desk.price("104");
    assert_eq!(desk.said(), "b sell 1 at 100.9");
}

#[test]
fn trailing_stop_moves_in_favour_by_steps_and_never_back() {
    let mut desk = Desk::new();
    let (_, stop) = desk.holding("1", [0, 0, 100]);
    desk.pass(Span::SECOND);
    desk.price("100.1"); // 99.099, on the tick 99.1: less than a step of 15 basis points
    assert_eq!(desk.said(), "");
    desk.price("100.2");
    assert_eq!(desk.said(), "b to 1 stop 99.2");
    desk.amended(stop);
    desk.price("102");
    // Not sooner than a second after the last move.
    assert_eq!(desk.said(), "");
    desk.pass(Span::SECOND);
    assert_eq!(desk.said(), "b to 1 stop 101");
    desk.amended(stop);
    desk.pass(Span::SECOND);
    desk.price("101.5");
    desk.price("101.1");
    desk.pass(Span::SECOND);
    assert_eq!(desk.said(), "");
}

#[test]
fn nearer_of_fixed_and_trailing_stop_holds() {
    let mut desk = Desk::new();
    let (_, stop) = desk.holding("1", [100, 0, 300]);
    desk.pass(Span::SECOND);
    desk.price("101"); // trailing 97.97, fixed 99
    assert_eq!(desk.said(), "");
    desk.price("104"); // trailing 100.88
    assert_eq!(desk.said(), "b to 1 stop 100.9");
    desk.amended(stop);
}

#[test]
fn short_entry_is_guarded_by_a_stop_that_buys_with_a_worst_price() {
    let mut desk = Desk::with(ProtectiveOnKill::Cancel, false);
    let entry = desk.order(Side::Sell, "1", "100");
    desk.protect(entry, Side::Buy, [200, 300, 100]);
    desk.report(entry, Says::Accepted);
    desk.trade(entry, "1", "100");
    desk.report(entry, Says::Filled);
    assert_eq!(desk.said(), "a sell 1 at 100; b buy 1 stop 101 to 102");
    let stop = desk.newest();
    desk.report(stop, Says::Accepted);
    desk.pass(Span::SECOND);
    desk.price("98");
    assert_eq!(desk.said(), "b to 1 stop 98.9 to 99.8");
    desk.amended(stop);
    desk.price("97");
    assert_eq!(desk.said(), "cancel b");
    desk.report(stop, Says::Cancelled);
    assert_eq!(desk.said(), "c buy 1 at 99.9");
}

#[test]
fn stop_that_buys_asks_for_no_worse_price_than_the_collar_that_holds_now() {
    let mut desk = Desk::with(ProtectiveOnKill::Cancel, false);
    let entry = desk.order(Side::Sell, "1", "100");
    desk.protect(entry, Side::Buy, [200, 0, 0]);
    desk.report(entry, Says::Accepted);
    desk.trade(entry, "0.4", "100");
    assert_eq!(desk.said(), "a sell 1 at 100; b buy 0.4 stop 102 to 103");
    let stop = desk.newest();
    desk.report(stop, Says::Accepted);
    // Tightened while it rests: the next change of it fits, or the rest would be left without a stop.
    desk.collar_is(50);
    desk.trade(entry, "0.6", "100");
    assert_eq!(desk.said(), "b to 1 stop 102 to 102.5");
    desk.amended(stop);
    // Nobody but the gate says what holds, and a restart forgets nothing of it.
    desk.restart();
    let (limit, value) = (LimitKey::Collar, LimitValue::Bps { most: Bps::new(9_000) });
    let (symbol, outcome) = (None, LimitOutcome::InForce);
    let forged = LimitState { version: 9, limit, value, symbol, outcome };
    desk.say(Source::StrategyEngine, None, Event::LimitState(forged));
    desk.protect(entry, Side::Buy, [300, 0, 0]);
    assert_eq!(desk.said(), "b to 1 stop 103 to 103.5");
}

#[test]
fn other_levels_move_the_stop_at_once_and_none_removes_the_group() {
    let mut desk = Desk::new();
    let (entry, stop) = desk.holding("1", [200, 0, 0]);
    desk.protect(entry, Side::Sell, [400, 0, 0]);
    assert_eq!(desk.said(), "b to 1 stop 96");
    desk.amended(stop);
    desk.protect(entry, Side::Sell, [0, 500, 0]);
    assert_eq!(desk.said(), "cancel b");
    desk.report(stop, Says::Cancelled);
    assert_eq!((desk.said().as_str(), desk.groups().len()), ("", 1));
    desk.protect(entry, Side::Sell, [0, 0, 0]);
    assert_eq!((desk.said().as_str(), desk.groups().len()), ("", 0));
}

#[test]
fn removed_group_waits_for_its_exit_and_comes_back_with_what_is_left() {
    let mut desk = Desk::new();
    let (entry, stop) = desk.holding("1", [200, 0, 0]);
    desk.protect(entry, Side::Sell, [0, 0, 0]);
    assert_eq!(desk.said(), "cancel b");
    assert!(desk.group().unwrap().removed);
    desk.trade(stop, "0.3", "98");
    desk.report(stop, Says::Cancelled);
    assert_eq!((desk.said().as_str(), desk.groups().len()), ("", 0));
    desk.protect(entry, Side::Sell, [200, 0, 0]);
    assert_eq!(desk.said(), "c sell 0.7 stop 98");
}

#[test]
fn guard_asked_for_late_knows_what_has_traded() {
    let mut desk = Desk::new();
    let entry = desk.order(Side::Buy, "1", "100");
    desk.report(entry, Says::Accepted);
    desk.trade(entry, "1", "100");
    desk.report(entry, Says::Filled);
    desk.said();
    desk.protect(entry, Side::Sell, [200, 0, 0]);
    assert_eq!(desk.said(), "b sell 1 stop 98");
}

#[test]
fn guard_that_fits_no_order_is_said_and_one_of_a_refused_order_is_not() {
    let mut desk = Desk::new();
    let entry = desk.order(Side::Buy, "1", "100");
    desk.said();
    let stranger = contracts::OrderId::from_bits(1).unwrap();
    desk.protect(stranger, Side::Sell, [200, 0, 0]);
    assert_eq!(desk.said(), "GuardWithoutOrder");
    desk.protect(entry, Side::Buy, [200, 0, 0]);
    assert_eq!(desk.said(), "GuardWithoutOrder");
    let refused = desk.order(Side::Sell, "5", "100");
    desk.protect(refused, Side::Buy, [200, 0, 0]);
    assert_eq!((desk.said().as_str(), desk.groups().len()), ("refused Inventory", 0));
}

#[test]
fn what_the_strategy_sells_itself_is_not_guarded_any_more() {
    let mut desk = Desk::new();
    // Two groups without a stop at the venue, so that the inventory is free.
    let first = desk.guarded("1", [0, 900, 0]);
    desk.trade(first, "1", "100");
    desk.report(first, Says::Filled);
    let second = desk.guarded("0.5", [0, 900, 0]);
    desk.trade(second, "0.5", "100");
    desk.report(second, Says::Filled);
    let sale = desk.order(Side::Sell, "1.2", "100");
    desk.report(sale, Says::Accepted);
    desk.trade(sale, "1.2", "100");
    desk.report(sale, Says::Filled);
    // The oldest loses first: nothing is left of it, and a part of the second.
    let held: Vec<_> = desk.groups().iter().map(|group| (group.entry, group.held)).collect();
    assert_eq!(held, [(second, qty("0.3"))]);
}

#[test]
fn stop_shrinks_at_once_with_what_it_guards() {
    let mut desk = Desk::with(ProtectiveOnKill::Cancel, false);
    let (entry, stop) = desk.holding("1", [200, 0, 0]);
    desk.protect(entry, Side::Sell, [300, 0, 0]);
    assert_eq!(desk.said(), "b to 1 stop 97");
    // Nobody knows whether the change was made: it is asked for again, but not at once.
    desk.amend_refused(stop, VenueReason::TooLate);
    assert_eq!(desk.said(), "");
    let sale = desk.order(Side::Sell, "0.4", "100");
    desk.trade(sale, "0.4", "100");
    // The gate does not take the smaller stop for one that reduces, so it goes and another one comes.
    assert_eq!(desk.said(), "c sell 0.4 at 100; refused NotReducing; cancel b");
    desk.report(stop, Says::Cancelled);
    assert_eq!(desk.said(), "d sell 0.6 stop 97");
    let stop = desk.newest();
    desk.report(stop, Says::Accepted);
    let sale = desk.order(Side::Sell, "0.6", "100");
    desk.trade(sale, "0.6", "100");
    assert_eq!(desk.said(), "e sell 0.6 at 100; cancel d");
    desk.report(stop, Says::Cancelled);
    assert_eq!((desk.said().as_str(), desk.groups().len()), ("", 0));
}

#[test]
fn change_of_unknown_outcome_is_asked_for_again() {
    let mut desk = Desk::new();
    let (entry, stop) = desk.holding("1", [200, 0, 0]);
    desk.protect(entry, Side::Sell, [300, 0, 0]);
    desk.amend_refused(stop, VenueReason::TooLate);
    desk.said();
    desk.pass(Span::SECOND);
    assert_eq!(desk.said(), "b to 1 stop 97");
}

#[test]
fn stop_the_venue_does_not_take_is_watched_here() {
    let mut desk = Desk::new();
    let entry = desk.guarded("1", [200, 0, 0]);
    desk.trade(entry, "1", "100");
    desk.report(entry, Says::Filled);
    assert_eq!(desk.said(), "b sell 1 stop 98");
    desk.report(desk.newest(), Says::Rejected);
    assert_eq!(desk.said(), "");
    desk.price("98.1");
    assert_eq!(desk.said(), "");
    desk.price("98");
    assert_eq!(desk.said(), "c sell 1 at 95.1");
}

#[test]
fn stop_that_is_never_taken_is_tried_again_slowly_and_a_person_is_told_once() {
    let mut desk = Desk::new();
    let entry = desk.guarded("1", [200, 0, 0]);
    desk.trade(entry, "1", "100");
    desk.report(entry, Says::Filled);
    desk.said();
    let mut story = Vec::new();
    for _ in 0..9 {
        desk.report(desk.newest(), Says::Rejected);
        let told = desk.said();
        let mut waited = 0;
        while desk.said().is_empty() {
            desk.price("100");
            desk.pass(Span::from_millis(150));
            waited += 250;
            assert!(waited < 100_000, "it gave up");
        }
        story.push((told, waited));
    }
    let told: Vec<&str> = story.iter().map(|(told, _)| told.as_str()).collect();
    assert_eq!(told, ["", "", "blocked", "", "", "", "", "", ""]);
    let waits: Vec<i32> = story.iter().map(|(_, waited)| *waited).collect();
    assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
}

#[test]
fn stop_reached_that_does_not_trade_is_replaced_by_a_close() {
    let mut desk = Desk::new();
    let (_, stop) = desk.holding("1", [200, 0, 0]);
    desk.price("97");
    assert_eq!(desk.said(), "");
    desk.pass(Span::SECOND);
    desk.price("98.5"); // a wick: the price is back
    desk.pass(Span::from_secs(3));
    assert_eq!(desk.said(), "");
    desk.price("97");
    desk.pass(Span::from_secs(2));
    assert_eq!(desk.said(), "cancel b");
    desk.report(stop, Says::Cancelled);
    assert_eq!(desk.said(), "c sell 1 at 94.1");
}

#[test]
fn close_that_finds_nobody_is_asked_for_again() {
    let mut desk = Desk::new();
    let entry = desk.guarded("1", [0, 300, 0]);
    desk.trade(entry, "1", "100");
    desk.report(entry, Says::Filled);
    desk.price("103");
    assert_eq!(desk.said(), "b sell 1 at 100");
    desk.trade(desk.newest(), "0.4", "103");
    desk.report(desk.newest(), Says::Cancelled);
    assert_eq!(desk.said(), "");
    desk.pass(Span::SECOND);
    assert_eq!(desk.said(), "c sell 0.6 at 100");
    desk.report(desk.newest(), Says::Cancelled);
    desk.pass(Span::SECOND);
    assert_eq!(desk.said(), "d sell 0.6 at 100");
}

#[test]
fn close_without_an_end_is_not_doubled_but_a_person_is_told() {
    let mut desk = Desk::new();
    let entry = desk.guarded("1", [0, 300, 0]);
    desk.trade(entry, "1", "100");
    desk.report(entry, Says::Filled);
    desk.price("103");
    assert_eq!(desk.said(), "b sell 1 at 100");
    for _ in 0..40 {
        desk.pass(Span::SECOND);
    }
    assert_eq!(desk.said(), "blocked");
}

#[test]
fn amend_the_venue_refuses_becomes_cancel_and_new() {
    let mut desk = Desk::new();
    let (entry, stop) = desk.holding("1", [200, 0, 0]);
    desk.protect(entry, Side::Sell, [300, 0, 0]);
    assert_eq!(desk.said(), "b to 1 stop 97");
    desk.amend_refused(stop, VenueReason::Invalid);
    assert_eq!(desk.said(), "cancel b");
    desk.report(stop, Says::Cancelled);
    assert_eq!(desk.said(), "c sell 1 stop 97");
}

#[test]
fn closed_market_holds_the_close_back_and_a_person_is_told() {
    let mut desk = Desk::new();
    let entry = desk.guarded("1", [0, 300, 0]);
    desk.trade(entry, "1", "100");
    desk.report(entry, Says::Filled);
    desk.market_is(MarketStatus::CancelOnly);
    desk.price("103");
    assert_eq!(desk.said(), "refused MarketClosed");
    desk.pass(Span::SECOND);
    desk.pass(Span::SECOND);
    assert_eq!(desk.said(), "refused MarketClosed; refused MarketClosed; blocked");
    desk.market_is(MarketStatus::Online);
    desk.pass(Span::from_secs(10));
    assert_eq!(desk.said(), "e sell 1 at 100");
}

#[test]
fn close_asks_for_what_the_gate_lets_pass() {
    let mut desk = Desk::new();
    let entry = desk.guarded("1", [0, 300, 0]);
    desk.trade(entry, "1", "100");
    desk.report(entry, Says::Filled);
    let sale = desk.order(Side::Sell, "0.4", "110");
    desk.report(sale, Says::Accepted);
    desk.said();
    desk.price("103");
    assert_eq!(desk.said(), "refused NotReducing");
    desk.pass(Span::SECOND);
    assert_eq!(desk.said(), "d sell 0.6 at 100");
}

#[test]
fn dust_is_given_up_and_said() {
    let mut desk = Desk::new();
    let (_, stop) = desk.holding("1", [200, 0, 0]);
    desk.trade(stop, "0.96", "98");
    desk.report(stop, Says::Cancelled);
    assert_eq!((desk.said().as_str(), desk.groups().len()), ("blocked", 0));
}

#[test]
fn stop_cancelled_by_somebody_else_comes_back() {
    let mut desk = Desk::new();
    let (_, stop) = desk.holding("1", [200, 0, 0]);
    desk.ask(|_| Event::Cancel(Cancel { target: stop, why: Label::NONE }));
    assert_eq!(desk.said(), "cancel b");
    desk.report(stop, Says::Cancelled);
    assert_eq!(desk.said(), "");
    desk.pass(Span::SECOND);
    assert_eq!(desk.said(), "c sell 1 stop 98");
}

#[test]
fn kill_at_entries_changes_nothing() {
    let mut desk = Desk::new();
    let (_, stop) = desk.holding("1", [200, 300, 0]);
    desk.trip(KillLevel::Entries);
    assert_eq!(desk.said(), "");
    desk.price("103");
    desk.report(stop, Says::Cancelled);
    assert_eq!(desk.said(), "cancel b; c sell 1 at 100");
}

#[test]
fn kill_at_cancel_keeps_stops_where_the_setting_says_so() {
    let mut desk = Desk::with(ProtectiveOnKill::Keep, true);
    let (entry, stop) = desk.holding("1", [200, 0, 0]);
    let other = desk.order(Side::Buy, "1", "90");
    desk.report(other, Says::Accepted);
    desk.said();
    desk.trip(KillLevel::Cancel);
    assert_eq!(desk.said(), "cancel c");
    desk.report(other, Says::Cancelled);
    desk.protect(entry, Side::Sell, [100, 0, 0]);
    assert_eq!(desk.said(), "b to 1 stop 99");
    desk.amended(stop);
    desk.trip(KillLevel::Flatten);
    assert_eq!(desk.said(), "cancel b; cancel all");
}

#[test]
fn kill_at_cancel_takes_stops_and_the_levels_are_watched_here() {
    let mut desk = Desk::new();
    let (_, stop) = desk.holding("1", [200, 0, 0]);
    desk.trip(KillLevel::Cancel);
    assert_eq!(desk.said(), "cancel b; cancel all");
    desk.report(stop, Says::Cancelled);
    desk.pass(Span::from_secs(5));
    assert_eq!(desk.said(), "");
    desk.price("97.5");
    assert_eq!(desk.said(), "c sell 1 at 94.6");
}

#[test]
fn cleared_kill_switch_brings_the_stops_back() {
    for level in [KillLevel::Cancel, KillLevel::Flatten] {
        let mut desk = Desk::new();
        let (_, stop) = desk.holding("1", [200, 0, 0]);
        desk.trip(level);
        desk.report(stop, Says::Cancelled);
        assert_eq!(desk.said(), "cancel b; cancel all");
        let clear = contracts::ClearKill::by(1);
        desk.say(Source::Operator, None, Event::ClearKill(clear));
        assert_eq!(desk.said(), "c sell 1 stop 98");
    }
}

#[test]
fn kill_at_flatten_leaves_the_closing_to_the_gate() {
    let mut desk = Desk::new();
    let (_, stop) = desk.holding("1", [200, 0, 0]);
    desk.trip(KillLevel::Flatten);
    desk.report(stop, Says::Cancelled);
    desk.said();
    desk.price("95");
    desk.pass(Span::from_secs(2));
    assert_eq!(desk.said(), "c sell 1 at 92.2");
    let close = desk.newest();
    desk.trade(close, "1", "95");
    desk.report(close, Says::Filled);
    assert_eq!((desk.said().as_str(), desk.groups().len()), ("", 0));
}

#[test]
fn restart_asks_nothing_twice_and_goes_on() {
    let mut desk = Desk::new();
    let entry = desk.guarded("1", [200, 300, 100]);
    desk.restart();
    desk.trade(entry, "1", "100");
    assert_eq!(desk.said(), "b sell 1 stop 99");
    desk.restart();
    let stop = desk.newest();
    desk.report(stop, Says::Accepted);
    desk.report(entry, Says::Filled);
    desk.pass(Span::SECOND);
    desk.price("101");
    assert_eq!(desk.said(), "b to 1 stop 100");
    desk.restart();
    desk.amended(stop);
    desk.price("103");
    desk.restart();
    assert_eq!(desk.said(), "cancel b");
    desk.report(stop, Says::Cancelled);
    desk.restart();
    assert_eq!(desk.said(), "c sell 1 at 100");
}
