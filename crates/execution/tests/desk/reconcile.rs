//! Reconciliation: what was missed is found, what does not fit is said, and twice is as good as once.

use std::collections::BTreeSet;

use contracts::testing::{asset, money, net, price, qty, symbol};
use contracts::{
    Amend, Envelope, Event, Fill, Label, Money, Net, OrderId, Qty, Says, Side, Source, Span,
    TradeId, Ts, VenueReason, VenueRef,
};
use execution::reconcile::{
    Break, LocalBalance, LocalView, Repair, VenueOrder, VenueSnapshot, VenueTrade, Watermark, plan,
};
use proptest::prelude::*;

use crate::rig::{BTC, Desk, Known};

impl Desk {
    /// What the venue would show now.
    pub(crate) fn snapshot(&self) -> VenueSnapshot {
        let order = |(place, known): (usize, &Known)| VenueOrder {
            id: Some(known.id),
            venue_ref: VenueRef::numbered(b'O', place as u64),
            symbol: known.spec.symbol(),
            side: known.spec.side(),
            qty: known.spec.qty(),
            filled: known.filled,
            limit: known.spec.limit(),
            end: known.end.map(|says| (says, VenueReason::None)),
        };
        let trade =
            |(number, fill): (u64, &Fill)| VenueTrade { number: TradeId::new(number), fill: *fill };
        VenueSnapshot {
            at: self.now,
            since: Ts::ZERO,
            orders: self.known.iter().enumerate().map(order).collect(),
            trades: (1..).zip(&self.fills).map(trade).collect(),
            balances: Vec::new(),
            positions: Vec::new(),
        }
    }

    pub(crate) fn plan(&self) -> Vec<Repair> {
        plan(&self.gateway().local_view(), &self.snapshot())
    }

    pub(crate) fn apply(&mut self, repairs: &[Repair]) {
        for event in repairs.iter().filter_map(Repair::event) {
            self.say(Source::Venue, None, event);
        }
    }

    /// Every execution that was told, none of them twice.
    fn told(&self) -> BTreeSet<VenueRef> {
        let mut told = BTreeSet::new();
        for envelope in &self.heard {
            if let Event::Fill(fill) = envelope.event {
                assert!(told.insert(fill.exec), "{} was told twice", fill.exec);
            }
        }
        told
    }
}

fn words(repairs: &[Repair]) -> Vec<String> {
    let word = |repair: &Repair| match repair {
        Repair::Executed(fill) => format!("{} {}", fill.exec, fill.qty),
        Repair::Report(report) => format!("{:?} {}", report.says, report.filled),
        Repair::Break(found) => format!("{found:?}").split(' ').next().unwrap().to_owned(),
    };
    repairs.iter().map(word).collect()
}

pub(crate) fn breaks(repairs: &[Repair]) -> Vec<Break> {
    repairs
        .iter()
        .filter_map(|repair| match repair {
            Repair::Break(found) => Some(*found),
            _ => None,
        })
        .collect()
}

/// An order that the venue has accepted, and a venue that nobody hears from now on.
pub(crate) fn deaf() -> (Desk, OrderId) {
    let mut desk = Desk::new();
    let order = desk.order(Side::Buy, "1", "100");
    desk.report(order, Says::Accepted);
    desk.deaf = true;
    (desk, order)
}

#[test]
fn nothing_missed_nothing_planned() {
    let (desk, _) = deaf();
    assert_eq!(desk.plan(), []);
    assert_eq!(plan(&LocalView::default(), &VenueSnapshot::default()), []);
}

#[test]
fn missed_executions_and_the_end_are_found_and_booked_once() {
    let (mut desk, order) = deaf();
    desk.trade(order, "0.4", "100");
    desk.trade(order, "0.6", "99");
    desk.report(order, Says::Filled);
    let repairs = desk.plan();
    assert_eq!(words(&repairs), ["T1 0.4", "T2 0.6", "Filled 1"]);
    desk.apply(&repairs);
    desk.apply(&repairs);
    assert_eq!(desk.told().len(), 2);
    assert_eq!((desk.gateway().open_orders(), desk.plan()), (0, Vec::new()));
}

#[test]
fn order_of_unknown_fate_that_the_venue_shows_is_known_again() {
    let mut desk = Desk::new();
    desk.deaf = true;
    let order = desk.order(Side::Buy, "1", "100");
    assert_eq!(words(&desk.plan()), ["Working 0"]);
    desk.pass(Span::from_secs(3));
    let repairs = desk.plan();
    assert_eq!(words(&repairs), ["Working 0"]);
    desk.apply(&repairs);
    assert_eq!(desk.plan(), []);
    let view = desk.gateway().local_view();
    assert_eq!((view.orders[0].id, view.orders[0].unknown), (order, false));
}

#[test]
fn order_that_is_shown_twice_stands_as_it_was_seen_last() {
    let (mut desk, id) = deaf();
    let open = desk.snapshot();
    desk.trade(id, "0.5", "100");
    let traded = desk.snapshot();
    desk.report(id, Says::Cancelled);
    let ended = desk.snapshot();
    let planned = |pictures: [&VenueSnapshot; 2]| {
        let orders = pictures.iter().flat_map(|snapshot| snapshot.orders.clone()).collect();
        words(&plan(&desk.gateway().local_view(), &VenueSnapshot { orders, ..open.clone() }))
    };
    // The trade itself is not shown yet: what is known is that it must come.
    assert_eq!([planned([&open, &traded]), planned([&traded, &open])], [["Working 0.5"]; 2]);
    assert_eq!([planned([&traded, &ended]), planned([&ended, &traded])], [["Cancelled 0.5"]; 2]);
    // What ends no order is no end.
    let mut snapshot = open.clone();
    snapshot.orders[0].end = Some((Says::Amended, VenueReason::None));
    assert_eq!(plan(&desk.gateway().local_view(), &snapshot), []);
    let mut unknown = desk.gateway().local_view();
    unknown.orders[0].unknown = true;
    assert_eq!(words(&plan(&unknown, &open)), ["Working 0"]);
}

#[test]
fn order_that_is_not_shown_never_lived_only_when_it_cannot_arrive_any_more() {
    let mut desk = Desk::new();
    let sent = desk.now;
    desk.order(Side::Buy, "1", "100");
    desk.known.clear();
    // The deadline is five seconds after the order was sent, the grace is one more.
    desk.pass(Span::from_secs(6));
    assert_eq!(desk.plan(), []);
    desk.pass(Span::from_nanos(1));
    // Ends are shown from a moment on, which by the venue's clock may be a second off.
    let shown_since = |since| {
        plan(&desk.gateway().local_view(), &VenueSnapshot { since, ..desk.snapshot() }).len()
    };
    let last = sent - Span::SECOND;
    assert_eq!([shown_since(last), shown_since(last + Span::from_nanos(1))], [1, 0]);
    let repairs = desk.plan();
    assert_eq!(words(&repairs), ["NotFound 0"]);
    desk.apply(&repairs);
    assert_eq!(desk.gateway().open_orders(), 0);
}

#[test]
fn order_that_lived_and_is_not_shown_is_a_break() {
    let (mut desk, id) = deaf();
    desk.known.clear();
    assert_eq!(desk.plan(), []);
    desk.pass(Span::from_secs(7));
    let missing = Break::MissingOrder { id, symbol: symbol(BTC) };
    assert_eq!(breaks(&desk.plan()), [missing]);
}

#[test]
fn order_that_is_refused_there_and_lived_here_is_a_break() {
    let (mut desk, id) = deaf();
    desk.report(id, Says::Rejected);
    let missing = Break::MissingOrder { id, symbol: symbol(BTC) };
    assert_eq!(desk.plan(), [Repair::Break(missing)]);
}

#[test]
fn order_that_is_not_shown_but_has_traded_is_never_said_to_have_not_lived() {
    let mut desk = Desk::new();
    desk.deaf = true;
    let id = desk.order(Side::Buy, "1", "100");
    desk.trade(id, "1", "100");
    desk.known.clear();
    desk.pass(Span::from_secs(7));
    let missing = Break::MissingOrder { id, symbol: symbol(BTC) };
    let repairs = desk.plan();
    assert_eq!((words(&repairs)[0].as_str(), breaks(&repairs)), ("T1 1", vec![missing]));
    desk.apply(&repairs);
    assert_eq!(desk.plan(), [Repair::Break(missing)]);
}

#[test]
fn foreign_order_and_foreign_trade_are_breaks() {
    let (mut desk, order) = deaf();
    desk.trade(order, "1", "100");
    let mut snapshot = desk.snapshot();
    snapshot.orders[0].id = None;
    snapshot.trades[0].fill.id = OrderId::from_bits(9).unwrap();
    let found = breaks(&plan(&desk.gateway().local_view(), &snapshot));
    let symbol = symbol(BTC);
    let venue_ref = VenueRef::numbered(b'O', 0);
    let exec = VenueRef::numbered(b'T', 1);
    let expected =
        [Break::ForeignOrder { venue_ref, symbol }, Break::ForeignTrade { exec, symbol }];
    assert_eq!(found, expected);
    // One that has ended is nobody's business; what it has traded is.
    snapshot.orders[0].end = Some((Says::Filled, VenueReason::None));
    assert_eq!(breaks(&plan(&desk.gateway().local_view(), &snapshot)), expected[1..]);
}

#[test]
fn watermark_counts_numbers_as_numbers() {
    let (mut desk, order) = deaf();
    desk.trade(order, "1", "100");
    let mut snapshot = desk.snapshot();
    snapshot.trades[0].fill.id = OrderId::from_bits(9).unwrap();
    let at = desk.now;
    let mut found = |number: u64, mark: Option<u64>| {
        snapshot.trades[0].number = TradeId::new(number);
        let watermark = mark.map(|number| Watermark { at, number: TradeId::new(number) });
        let local = LocalView { watermark, ..desk.gateway().local_view() };
        breaks(&plan(&local, &snapshot)).len()
    };
    assert_eq!(found(1_000, Some(999)), 1);
    assert_eq!(found(999, Some(1_000)), 0);
    assert_eq!(found(999, Some(999)), 0);
    assert_eq!(found(999, None), 1);
    assert!(VenueRef::numbered(b'T', 999) < VenueRef::numbered(b'T', 1_000));
}

#[test]
fn trade_below_the_watermark_of_an_open_order_is_booked_all_the_same() {
    let (mut desk, order) = deaf();
    desk.trade(order, "1", "100");
    let watermark = Some(Watermark { at: Ts::MAX, number: TradeId::new(u64::MAX) });
    let local = LocalView { watermark, ..desk.gateway().local_view() };
    assert_eq!(words(&plan(&local, &desk.snapshot()))[0], "T1 1");
}

#[test]
fn order_that_is_over_here_and_open_there_is_a_break() {
    let mut desk = Desk::new();
    let id = desk.order(Side::Buy, "1", "100");
    desk.report(id, Says::Cancelled);
    assert_eq!(desk.plan(), []);
    let revived = Break::RevivedOrder { id, symbol: symbol(BTC) };
    // What ends no order is no end.
    for end in [None, Some(Says::Amended)] {
        desk.known_mut(id).end = end;
        assert_eq!(breaks(&desk.plan()), [revived]);
    }
}

#[test]
fn order_for_another_quantity_or_price_is_a_break_unless_a_change_is_under_way() {
    let (mut desk, id) = deaf();
    let (sent, ours) = (desk.now, desk.known_mut(id).spec);
    desk.pass(Span::from_secs(7));
    let found = |desk: &mut Desk, amount: &str, limit: &str, since: i64, change_until| {
        desk.known_mut(id).spec = ours.amended(qty(amount), Some(price(limit)), None).unwrap();
        let mut local = desk.gateway().local_view();
        local.orders[0].change_until = change_until;
        breaks(&plan(
            &local,
            &VenueSnapshot { at: sent + Span::from_secs(since), ..desk.snapshot() },
        ))
    };
    let terms = |amount| Break::Terms { id, ours: qty("1"), venue: qty(amount) };
    assert_eq!(found(&mut desk, "2", "100", 7, None), [terms("2")]);
    assert_eq!(found(&mut desk, "1", "101", 7, None), [terms("1")]);
    assert_eq!(found(&mut desk, "1", "100", 7, None), []);
    assert_eq!(found(&mut desk, "2", "100", 7, Some(Ts::MAX)), []);
    // What the venue shows may be older than what we know.
    assert_eq!(found(&mut desk, "2", "100", 6, None), []);
}

#[test]
fn our_id_on_another_pair_or_side_says_nothing_about_our_order() {
    let (mut desk, id) = deaf();
    desk.report(id, Says::Cancelled);
    let (ours, venue) = (qty("1"), qty("1"));
    let mut snapshot = desk.snapshot();
    let mut found = |name: &str, side| {
        snapshot.orders[0].symbol = symbol(name);
        snapshot.orders[0].side = side;
        plan(&desk.gateway().local_view(), &snapshot)
    };
    let terms = [Repair::Break(Break::Terms { id, ours, venue })];
    assert_eq!(found(BTC, Side::Sell), terms);
    assert_eq!(found("ETH/USD", Side::Buy), terms);
    assert_eq!(words(&found(BTC, Side::Buy)), ["Cancelled 0"]);
}

#[test]
fn change_whose_answer_was_lost_is_settled_by_what_is_shown_later_than_its_deadline() {
    let (mut desk, id) = deaf();
    let asked = desk.now;
    let (qty, limit) = (qty("0.5"), Some(price("99")));
    let amend = Amend { target: id, qty, limit, trigger: None, why: Label::NONE };
    desk.ask(|_| Event::Amend(amend));
    desk.amended(id);
    let planned = |desk: &Desk, at: Ts| {
        plan(&desk.gateway().local_view(), &VenueSnapshot { at, ..desk.snapshot() })
    };
    let deadline = asked + Span::from_secs(5);
    assert_eq!(planned(&desk, deadline), []);
    let repairs = planned(&desk, deadline + Span::from_nanos(1));
    assert_eq!(words(&repairs), ["Working 0"]);
    desk.apply(&repairs);
    let order = desk.gateway().local_view().orders[0].clone();
    assert_eq!((order.spec.qty(), order.spec.limit()), (qty, limit));
    assert_eq!((order.change_until, planned(&desk, Ts::MAX)), (None, Vec::new()));
}

#[test]
fn more_booked_than_the_end_says_is_a_break() {
    let mut desk = Desk::new();
    let id = desk.order(Side::Buy, "1", "100");
    desk.trade(id, "0.5", "100");
    desk.known_mut(id).filled = qty("0.3");
    desk.known_mut(id).end = Some(Says::Cancelled);
    let total = |ours| Break::Total { id, ours: qty(ours), venue: qty("0.3") };
    assert_eq!(desk.plan(), [Repair::Break(total("0.5"))]);
    // What was missed is booked all the same, and counts.
    desk.deaf = true;
    desk.trade(id, "0.25", "100");
    desk.known_mut(id).filled = qty("0.3");
    let repairs = desk.plan();
    assert_eq!(words(&repairs), ["T2 0.25", "Total"]);
    assert_eq!(breaks(&repairs), [total("0.75")]);
    desk.apply(&repairs);
    assert_eq!(desk.plan(), [Repair::Break(total("0.75"))]);
}

#[test]
fn executions_that_make_no_sense_are_not_booked() {
    let (mut desk, order) = deaf();
    desk.trade(order, "1", "100");
    let exec = desk.fills[0].exec;
    let found = |desk: &Desk, bend: fn(&mut Fill)| {
        let mut snapshot = desk.snapshot();
        snapshot.orders.clear();
        bend(&mut snapshot.trades[0].fill);
        plan(&desk.gateway().local_view(), &snapshot)
    };
    let nonsense = [Repair::Break(Break::Nonsense { exec })];
    assert_eq!(found(&desk, |fill| fill.side = Side::Sell), nonsense);
    assert_eq!(found(&desk, |fill| fill.symbol = symbol("ETH/USD")), nonsense);
    assert_eq!(found(&desk, |fill| fill.qty = Qty::ZERO), nonsense);
    let huge: fn(&mut Fill) = |fill| fill.qty = Qty::from_pico(i128::MAX as u128).unwrap();
    assert_eq!(found(&desk, huge), nonsense);
    // The same id with two contents: neither is believed.
    let mut snapshot = desk.snapshot();
    snapshot.orders.clear();
    snapshot.trades.push(snapshot.trades[0]);
    assert_eq!(words(&plan(&desk.gateway().local_view(), &snapshot)), ["T1 1"]);
    snapshot.trades[1].fill.price = price("101");
    assert_eq!(plan(&desk.gateway().local_view(), &snapshot), nonsense);
}

#[test]
fn balance_is_compared_after_the_missed_executions_and_within_the_tolerance() {
    let (mut desk, order) = deaf();
    desk.trade(order, "1", "100");
    let mut snapshot = desk.snapshot();
    snapshot.trades[0].fill.fee = money("0.26");
    let tolerance = money("0.01");
    let balance =
        |name, amount| LocalBalance { asset: asset(name), amount: money(amount), tolerance };
    let mut local = desk.gateway().local_view();
    local.balances = vec![balance("USD", "1000"), balance("BTC", "0")];
    let mut found = |usd: &str, btc: &str| {
        snapshot.balances = vec![(asset("USD"), money(usd)), (asset("BTC"), money(btc))];
        snapshot.balances.push((asset("DOGE"), money("5")));
        breaks(&plan(&local, &snapshot))
    };
    assert_eq!(found("899.74", "1"), []);
    assert_eq!(found("899.75", "0.99"), []);
    let of = |name, ours: &str, venue: &str| {
        let (ours, venue) = (money(ours), money(venue));
        Break::Balance { asset: asset(name), ours, venue, tolerance }
    };
    assert_eq!(found("899.7500001", "1"), [of("USD", "899.74", "899.7500001")]);
    assert_eq!(found("899.74", "0"), [of("BTC", "1", "0")]);
    assert_eq!(found("-170000000000000", "1").len(), 1);
    // What cannot be counted is a difference, on either side and on both.
    let max = (asset("USD"), Money::MAX);
    snapshot.balances = vec![max, max];
    local.balances.truncate(1);
    local.balances[0].tolerance = Money::MAX;
    assert_eq!(breaks(&plan(&local, &snapshot)).len(), 1);
    (local.balances[0].amount, snapshot.trades[0].fill.fee) = (Money::MAX, -Money::MAX);
    assert_eq!(breaks(&plan(&local, &snapshot)).len(), 1);
    snapshot.balances.clear();
    assert_eq!(breaks(&plan(&local, &snapshot)).len(), 1);
}

#[test]
fn position_is_compared_after_the_missed_executions() {
    let (mut desk, order) = deaf();
    desk.trade(order, "1", "100");
    let mut snapshot = desk.snapshot();
    let mut local = desk.gateway().local_view();
    local.positions = vec![(symbol(BTC), net("-3"))];
    snapshot.positions = vec![(symbol(BTC), net("-2"))];
    assert_eq!(breaks(&plan(&local, &snapshot)), []);
    snapshot.positions.clear();
    let (ours, venue) = (net("-2"), net("0"));
    let expected = Break::Position { symbol: symbol(BTC), ours, venue };
    assert_eq!(breaks(&plan(&local, &snapshot)), [expected]);
    // Several of one pair add up; what cannot be added is a difference.
    snapshot.positions = vec![(symbol(BTC), net("-1")), (symbol(BTC), net("-1"))];
    assert_eq!(breaks(&plan(&local, &snapshot)), []);
    let max = (symbol(BTC), Net::from_pico(i128::MAX));
    local.positions = vec![max, max];
    snapshot.positions = vec![max, max];
    assert_eq!(breaks(&plan(&local, &snapshot)).len(), 1);
}

// ── orders that are over ─────────────────────────────────────────────────────────────────────────

/// An order that is over to us with 0.4 of 1, and to the venue goes on to trade unheard.
fn over_too_early() -> (Desk, OrderId) {
    let mut desk = Desk::new();
    let id = desk.order(Side::Buy, "1", "100");
    desk.trade(id, "0.4", "100");
    desk.report(id, Says::Cancelled);
    assert_eq!((desk.gateway().open_orders(), desk.plan()), (0, Vec::new()));
    desk.deaf = true;
    desk.said();
    (desk, id)
}

#[test]
fn execution_after_the_end_is_found_booked_once_and_trips() {
    let (mut desk, id) = over_too_early();
    desk.trade(id, "0.25", "100");
    desk.trade(id, "0.35", "100");
    let repairs = desk.plan();
    assert_eq!(words(&repairs), ["T2 0.25", "T3 0.35"]);
    desk.restart();
    desk.apply(&repairs[..1]);
    assert_eq!(words(&desk.plan()), ["T3 0.35"]);
    desk.apply(&repairs);
    desk.apply(&repairs);
    assert_eq!((desk.told().len(), desk.plan()), (3, Vec::new()));
    assert_eq!(desk.said(), "ReconcileMismatch; ReconcileMismatch");
    let trips = |envelope: &&Envelope| matches!(envelope.event, Event::Trip(_));
    assert_eq!(desk.heard.iter().filter(trips).count(), 2);
}

#[test]
fn total_of_an_order_that_is_over_that_no_execution_explains_is_a_break() {
    let (mut desk, id) = over_too_early();
    let total = |venue| Repair::Break(Break::Total { id, ours: qty("0.4"), venue: qty(venue) });
    for venue in ["0.3", "0.5"] {
        desk.known_mut(id).filled = qty(venue);
        assert_eq!(desk.plan(), [total(venue)]);
    }
    // After the executions that explain a part of it.
    desk.trade(id, "0.25", "100");
    let ours = qty("0.65");
    let left = Repair::Break(Break::Total { id, ours, venue: qty("0.75") });
    assert_eq!(desk.plan()[1..], [left]);
    desk.apply(&desk.plan());
    assert_eq!(desk.plan(), [left]);
}

#[test]
fn execution_that_cannot_be_of_an_order_that_is_over_is_nonsense() {
    let (mut desk, id) = over_too_early();
    desk.trade(id, "0.25", "100");
    let exec = desk.fills[1].exec;
    desk.known_mut(id).filled = qty("0.4");
    desk.fills[1].side = Side::Sell;
    assert_eq!(desk.plan(), [Repair::Break(Break::Nonsense { exec })]);
}

// ── properties ───────────────────────────────────────────────────────────────────────────────────

/// Lets a venue trade, end and change orders, half of it unheard.
fn live_through(desk: &mut Desk, story: &[(u8, u16)]) {
    for (what, dice) in story {
        desk.deaf = dice % 2 == 0;
        let open: Vec<OrderId> =
            desk.known.iter().filter(|known| known.end.is_none()).map(|known| known.id).collect();
        let picked = open.get(usize::from(dice / 2) % open.len().max(1)).copied();
        match (what, picked) {
            (0, _) | (_, None) => {
                desk.order(Side::Buy, "1", "100");
            }
            (1, Some(id)) => desk.report(id, Says::Accepted),
            (2 | 3, Some(id)) => {
                desk.trade(id, "0.25", "100");
                let known = *desk.known_mut(id);
                if known.filled == known.spec.qty() {
                    desk.report(id, Says::Filled);
                }
            }
            (4, Some(id)) => desk.report(id, Says::Cancelled),
            (5, Some(id)) => {
                let fresh = !desk.known_mut(id).accepted;
                desk.report(id, if fresh { Says::Rejected } else { Says::Expired });
            }
            (6, Some(_)) => desk.restart(),
            (_, Some(_)) => desk.pass(Span::from_millis(i64::from(*dice) % 4_000)),
        }
    }
    desk.deaf = true;
}

fn mixed<T>(mut list: Vec<T>, seed: u64) -> Vec<T> {
    let mut dice = kernel::Seeded::new(seed);
    for place in (1..list.len()).rev() {
        list.swap(place, dice.below(place as u64 + 1) as usize);
    }
    list
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn plan_is_idempotent_complete_and_blind_to_order(
        story in prop::collection::vec((0_u8..9, any::<u16>()), 1..80),
        late in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        lost in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let mut desk = Desk::new();
        live_through(&mut desk, &story);
        if lost {
            // It never arrives, if the gate lets it go at all.
            let id = desk.order(Side::Buy, "1", "100");
            desk.known.retain(|known| known.id != id);
        }
        // The venue trades what it has said is over.
        let over = |known: &&Known| known.end.is_some_and(|end| end != Says::Rejected);
        let over: Vec<OrderId> = desk.known.iter().filter(over).map(|known| known.id).collect();
        for which in late.iter().filter(|_| !over.is_empty()) {
            desk.trade(*which.get(&over), "0.25", "100");
        }
        desk.pass(Span::from_secs(20));
        let snapshot = desk.snapshot();
        let local = desk.gateway().local_view();
        let repairs = plan(&local, &snapshot);
        let other = VenueSnapshot {
            orders: mixed([snapshot.orders.clone(), snapshot.orders.clone()].concat(), seed),
            trades: mixed([snapshot.trades.clone(), snapshot.trades.clone()].concat(), seed),
            ..snapshot.clone()
        };
        prop_assert_eq!(&plan(&local, &other), &repairs);
        // Half of it, a restart, then all of it: nothing counts twice, nothing stays open.
        desk.apply(&repairs[..repairs.len() / 2]);
        desk.restart();
        desk.apply(&repairs);
        prop_assert_eq!(&desk.plan()[..], &[]);
        let happened: BTreeSet<VenueRef> = desk.fills.iter().map(|fill| fill.exec).collect();
        prop_assert_eq!(desk.told(), happened);
        let open: BTreeSet<OrderId> =
            desk.known.iter().filter(|known| known.end.is_none()).map(|known| known.id).collect();
        let ours: BTreeSet<OrderId> = desk.gateway().orders().map(|(_, id, _)| id).collect();
        prop_assert_eq!(ours, open);
    }
}
