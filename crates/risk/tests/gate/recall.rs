//! A gate whose chain was broken: what it decided last it has forgotten, and the others have not.

use contracts::testing::{price, qty, symbol};
use contracts::{
    AlertCode, Approval, Bps, ClearKill, Corr, Event, KillLevel, KillTrigger, Label, Lifetime,
    OrderId, OrderKind, OrderSpec, OrderState, Origin, Place, Protect, Reason, RosterControl,
    RosterStep, Seal, Side, Source, Span, Trip, Ts,
};

use risk::Limits;

use crate::rig::{Answer, BTC, RUN, Rig, limit, wide};

/// More grants than any past that is forgotten has made.
const FORGOTTEN: u32 = 1_000_000;
/// Until then whoever knows of the past has told of it.
const TOLD_WITHIN: Span = Span::MINUTE;
/// Until then nothing but cancels passes.
const MOSTLY_TOLD_WITHIN: Span = Span::from_secs(10);

/// So many orders of a forgotten past are remembered, and so many changes of one.
const ORDERS_MAX: u64 = 16_384;
const CHANGES_MAX: u64 = 256;

/// What is said of a bound that was reached.
fn bounds_told(rig: &Rig) -> usize {
    let said = |event: &Event| matches!(event, Event::Alert(alert) if alert.code == AlertCode::BoundReached);
    rig.heard.iter().filter(|heard| said(&heard.event)).count()
}

/// The level of the kill switch, as it was said last.
fn level(rig: &Rig) -> Option<KillLevel> {
    let said = rig.heard.iter().rev().find_map(|heard| match heard.event {
        Event::KillState(state) => Some(state.level),
        _ => None,
    });
    said.flatten()
}

/// A moment less.
fn before(span: Span) -> Span {
    Span::from_nanos(span.nanos() - 1)
}

impl Rig {
    /// It is told that something is lost to it, and that therefore the switch is tripped.
    fn forgets(&mut self, from: Source, level: KillLevel) {
        let step = RosterStep::Forget;
        self.say(from, None, Event::Roster(RosterControl { step }));
        let trip = Trip { level, trigger: KillTrigger::Audit };
        self.say(from, None, Event::Trip(trip));
    }

    /// It holds something, and forgets; the switch is cleared, and most of the past has been told by then.
    fn that_forgot() -> Self {
        let mut rig = Self::new(wide());
        rig.hold("a", "2", "100");
        rig.forgets(Source::Runtime, KillLevel::Cancel);
        rig.clears();
        rig.pass(MOSTLY_TOLD_WITHIN);
        rig.price("100");
        rig
    }

    /// Whoever asked for that before tells it once more; how the gateway knows it, if it was granted.
    fn is_told_again(&mut self, spec: OrderSpec) -> Approval {
        let corr = self.corr("a");
        self.is_told_again_as(corr, spec)
    }

    fn is_told_again_as(&mut self, corr: Corr, spec: OrderSpec) -> Approval {
        self.late = Span::MINUTE.times(5);
        assert_eq!(self.place_as(corr, spec).reasons(), [Reason::Duplicate]);
        self.late = Span::ZERO;
        Self::known_as(corr, spec)
    }

    fn known_as(corr: Corr, spec: OrderSpec) -> Approval {
        let id = OrderId::derive(RUN, corr.strategy, corr.origin, corr.intent);
        Approval { id, spec, valid_until: Ts::MAX, seal: Seal::NONE, number: 1, limits: 1 }
    }

    /// Whether two, which is all that is held, may be sold; and nothing is changed by the question.
    fn lets_out(&mut self) -> bool {
        match self.place("a", limit(Side::Sell, "2", "100").reduce_only()) {
            Answer::Approved(approval) => {
                self.update(&approval, OrderState::Rejected, "0");
                true
            }
            refused => {
                assert!(refused.reasons().contains(&Reason::NotReducing));
                false
            }
        }
    }

    /// Whether more may be bought.
    fn lets_in(&mut self) -> bool {
        match self.place("a", limit(Side::Buy, "1", "90")) {
            Answer::Approved(approval) => {
                self.update(&approval, OrderState::Rejected, "0");
                true
            }
            refused => {
                assert_eq!(refused.reasons(), [Reason::OrderUnknown]);
                false
            }
        }
    }

    /// Whatever there was to tell has been told.
    fn remembers(&mut self) {
        self.pass(TOLD_WITHIN);
        self.price("100");
    }

    fn clears(&mut self) {
        self.say(Source::Operator, None, Event::ClearKill(ClearKill::by(1)));
    }

    /// Whether an order is granted that was asked for so long ago.
    fn grants_what_is_so_late(&mut self, late: Span) -> bool {
        self.late = late;
        let answer = self.place("a", limit(Side::Buy, "1", "100"));
        self.late = Span::ZERO;
        match answer {
            Answer::Approved(_) => true,
            refused => {
                assert_eq!(refused.reasons(), [Reason::Duplicate]);
                false
            }
        }
    }
}

#[test]
fn number_that_a_forgotten_past_may_have_given_is_given_to_nobody() {
    let mut rig = Rig::new(wide());
    let first = rig.approved("a", limit(Side::Buy, "1", "100")).number;
    rig.forgets(Source::Runtime, KillLevel::Cancel);
    rig.clears();
    rig.pass(TOLD_WITHIN);
    rig.price("100");
    let next = rig.approved("a", limit(Side::Buy, "1", "100")).number;
    assert!(next > first + FORGOTTEN, "{first}, then {next}");
    // Only its own process tells it so.
    rig.forgets(Source::ExecutionGateway, KillLevel::Cancel);
    rig.clears();
    assert_eq!(rig.approved("a", limit(Side::Buy, "1", "100")).number, next + 1);
    // Orders that close everything are called by numbers of their own.
    rig.hold("b", "1", "100");
    rig.forgets(Source::Runtime, KillLevel::Flatten);
    let asked = |rig: &Rig| rig.heard.iter().any(|said| matches!(said.event, Event::Place(_)));
    rig.pass(before(MOSTLY_TOLD_WITHIN));
    assert!(!asked(&rig), "it would be refused");
    rig.pass(Span::from_nanos(1));
    rig.pass(Span::from_secs(2));
    let said = &rig.heard;
    let closing = said.iter().rev().find_map(|said| match said.event {
        Event::Place(Place { .. }) => said.corr,
        _ => None,
    });
    let Some(Corr { origin: Origin::Flatten, intent, .. }) = closing else { panic!("{closing:?}") };
    assert!(intent.get() > u64::from(next + FORGOTTEN), "{intent:?}");
}

#[test]
fn intent_of_a_forgotten_past_is_not_granted_once_more() {
    let mut rig = Rig::new(wide());
    let bought = rig.approved("a", limit(Side::Buy, "1", "100"));
    rig.forgets(Source::Runtime, KillLevel::Cancel);
    rig.clears();
    rig.restart();
    rig.pass(TOLD_WITHIN);
    rig.price("100");
    // Clocks of two processes may be apart by a second.
    assert!(rig.grants_what_is_so_late(Span::from_millis(58_900)));
    assert!(rig.grants_what_is_so_late(Span::ZERO));
    assert!(!rig.grants_what_is_so_late(Span::from_millis(59_100)));
    assert!(!rig.grants_what_is_so_late(Span::from_secs(61)));
    rig.late = Span::from_secs(61);
    let change = rig.amend("a", bought.id, qty("2"), None);
    assert_eq!(change.reasons(), [Reason::Duplicate]);
    let (symbol, exit_side, stop, none) = (symbol(BTC), Side::Sell, Bps::new(100), Bps::new(0));
    let guard = Protect { entry: bought.id, symbol, exit_side, stop, target: none, trail: none };
    let corr = rig.corr("a");
    assert_eq!(rig.ask(corr, Event::Protect(guard)).reasons(), [Reason::Duplicate]);
    // To cancel twice does no harm, and not at all may.
    assert_eq!(rig.cancel("a", bought.id), Answer::Cancel);
}

#[test]
fn nothing_but_cancels_passes_until_most_is_told_and_nothing_new_until_all_is() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "2", "100");
    let open = rig.approved("a", limit(Side::Buy, "1", "90"));
    rig.forgets(Source::Runtime, KillLevel::Cancel);
    rig.clears();
    let out = limit(Side::Sell, "2", "100").reduce_only();
    rig.pass(before(MOSTLY_TOLD_WITHIN));
    rig.quote_now("100");
    assert_eq!(rig.place("a", out).reasons(), [Reason::OrderUnknown]);
    assert_eq!(rig.cancel("a", open.id), Answer::Cancel);
    rig.pass(Span::from_nanos(1));
    assert!(rig.lets_out() && !rig.lets_in());
    rig.pass(before(Span::from_secs(50)));
    rig.quote_now("100");
    assert!(rig.lets_out() && !rig.lets_in());
    rig.pass(Span::from_nanos(1));
    assert!(rig.lets_out() && rig.lets_in());
}

#[test]
fn what_was_asked_in_a_forgotten_past_claims_what_it_would_until_it_must_have_been_told() {
    let mut rig = Rig::that_forgot();
    assert!(rig.lets_out());
    let asked = rig.is_told_again(limit(Side::Sell, "1", "110"));
    assert!(!rig.lets_out() && rig.gate().open_orders() == 1);
    // It may have been refused: nobody changes it, and anybody may cancel it.
    assert_eq!(rig.amend("a", asked.id, qty("2"), None).reasons(), [Reason::UnknownOrder]);
    assert_eq!(rig.cancel("a", asked.id), Answer::Cancel);
    rig.restart();
    assert!(!rig.lets_out());
    rig.remembers();
    assert!(rig.lets_out() && rig.lets_in() && rig.gate().open_orders() == 0);
}

#[test]
fn order_of_a_forgotten_past_is_open_until_the_gateway_says_otherwise() {
    let mut rig = Rig::that_forgot();
    let asked = rig.is_told_again(limit(Side::Sell, "2", "110"));
    rig.fill("a", &asked, "0.5", "110");
    rig.remembers();
    // So it was granted, and how it stands nobody has told.
    assert!(!rig.lets_in() && rig.gate().open_orders() == 1);
    rig.update(&asked, OrderState::PartiallyFilled, "0.5");
    assert!(!rig.lets_out() && rig.lets_in());
    rig.update(&asked, OrderState::Cancelled, "0.5");
    assert_eq!(rig.gate().open_orders(), 0);
    let out = limit(Side::Sell, "1.5", "100").reduce_only();
    assert!(matches!(rig.place("a", out), Answer::Approved(_)));
}

#[test]
fn gateway_may_tell_of_an_order_before_whoever_asked_for_it_does() {
    let spec = limit(Side::Sell, "2", "110");
    for (filled, is_over) in [("0.5", false), ("0.5", true)] {
        let mut rig = Rig::that_forgot();
        let corr = rig.corr("a");
        let known = Rig::known_as(corr, spec);
        rig.fill("a", &known, filled, "110");
        let state = if is_over { OrderState::Cancelled } else { OrderState::PartiallyFilled };
        rig.update(&known, state, filled);
        rig.is_told_again_as(corr, spec);
        assert_eq!(rig.gate().open_orders(), usize::from(!is_over));
        rig.remembers();
        assert!(rig.lets_in());
        assert_eq!(rig.gate().open_orders(), usize::from(!is_over));
    }
}

#[test]
fn order_for_which_nobody_asked_holds_its_instrument_back_until_it_is_over() {
    let mut rig = Rig::that_forgot();
    let corr = rig.corr("a");
    let stranger = Rig::known_as(corr, limit(Side::Sell, "1", "110"));
    rig.update(&stranger, OrderState::New, "0");
    rig.remembers();
    rig.restart();
    assert!(rig.gate().open_orders() == 0);
    // Nobody knows on which side it is, so not even a way out passes, and a cancel does.
    let out = limit(Side::Sell, "1", "100").reduce_only();
    assert_eq!(rig.place("a", out).reasons(), [Reason::OrderUnknown]);
    assert!(!rig.lets_in());
    assert_eq!(rig.cancel("a", stranger.id), Answer::Cancel);
    // What of it has traded may have been known before, and is not told again.
    rig.update(&stranger, OrderState::Cancelled, "1");
    assert!(rig.lets_out() && rig.lets_in());
    // Who was away tells later.
    let late = Rig::known_as(rig.corr("a"), limit(Side::Sell, "1", "110"));
    rig.update(&late, OrderState::New, "0");
    assert!(!rig.lets_in());
    rig.update(&late, OrderState::Filled, "1");
    assert!(rig.lets_in());
}

#[test]
fn gate_that_never_forgot_minds_no_strangers() {
    let mut rig = Rig::new(wide());
    rig.price("100");
    let stranger = Rig::known_as(rig.corr("a"), limit(Side::Sell, "1", "110"));
    rig.update(&stranger, OrderState::New, "0");
    assert!(rig.lets_in());
}

#[test]
fn whoever_was_away_for_long_tells_of_the_past_all_the_same() {
    let mut rig = Rig::that_forgot();
    rig.remembers();
    assert!(rig.lets_in());
    rig.is_told_again(limit(Side::Sell, "2", "110"));
    assert!(!rig.lets_in() && !rig.lets_out());
    // A minute after the last that was told, and not after the first.
    rig.pass(Span::from_secs(50));
    let last = rig.is_told_again(limit(Side::Buy, "1", "80"));
    rig.update(&last, OrderState::New, "0");
    rig.pass(Span::from_secs(50));
    rig.price("100");
    assert!(!rig.lets_in() && !rig.lets_out());
    rig.pass(Span::from_secs(10));
    rig.price("100");
    assert!(rig.lets_in() && rig.lets_out());
}

#[test]
fn what_was_asked_without_a_worst_price_is_claimed_with_the_one_it_was_granted() {
    let stop = OrderKind::Stop { trigger: price("120") };
    for (kind, granted) in [
        (OrderKind::Market, OrderKind::Limit(price("102"))),
        (stop, OrderKind::StopLimit { trigger: price("120"), limit: price("121") }),
    ] {
        let order = |kind, amount| {
            let lifetime = Lifetime::UntilCancelled;
            OrderSpec::new(symbol(BTC), Side::Buy, qty(amount), kind, lifetime).unwrap()
        };
        let mut rig = Rig::that_forgot();
        let asked = rig.is_told_again(order(kind, "1"));
        let granted = Approval { spec: order(granted, "1"), ..asked };
        rig.update(&granted, OrderState::New, "0");
        rig.remembers();
        // A change follows it as it was granted, and the gate with it.
        let change = rig.amend("a", asked.id, qty("2"), None);
        let Answer::Approved(change) = change else { panic!("{kind:?}: {change:?}") };
        assert_eq!((change.spec.qty(), change.spec.limit()), (qty("2"), granted.spec.limit()));
        rig.update_settling(&change, OrderState::New, "0", Some(change.number));
        rig.update(&change, OrderState::Cancelled, "0");
        assert_eq!(rig.gate().open_orders(), 0);
    }
}

#[test]
fn what_had_no_rules_when_it_was_told_again_holds_its_instrument_back() {
    let mut rig = Rig::that_forgot();
    let elsewhere = |name| {
        let kind = OrderKind::Limit(price("9"));
        OrderSpec::new(symbol(name), Side::Buy, qty("1"), kind, Lifetime::UntilCancelled).unwrap()
    };
    rig.is_told_again(elsewhere("ADA/USD"));
    let known = rig.is_told_again(elsewhere("SOL/USD"));
    rig.update(&known, OrderState::New, "0");
    let asks = |rig: &mut Rig, name| rig.place("a", elsewhere(name)).reasons();
    assert_eq!(asks(&mut rig, "ADA/USD"), [Reason::OrderUnknown]);
    rig.remembers();
    assert_eq!(asks(&mut rig, "ADA/USD"), [Reason::UnknownSymbol]);
    assert_eq!(asks(&mut rig, "SOL/USD"), [Reason::OrderUnknown]);
    rig.update(&known, OrderState::Cancelled, "0");
    assert_eq!(asks(&mut rig, "SOL/USD"), [Reason::UnknownSymbol]);
}

#[test]
fn grants_that_hold_for_long_are_waited_for() {
    let approval_ttl = Span::from_secs(90);
    let mut rig = Rig::new(Limits { approval_ttl, ..wide() });
    rig.hold("a", "2", "100");
    rig.forgets(Source::Runtime, KillLevel::Cancel);
    rig.clears();
    rig.pass(before(Span::from_secs(91)));
    rig.quote_now("100");
    let out = limit(Side::Sell, "1", "100").reduce_only();
    assert_eq!(rig.place("a", out).reasons(), [Reason::OrderUnknown]);
    rig.pass(Span::from_nanos(1));
    assert!(rig.lets_out() && rig.lets_in());
}

#[test]
fn change_of_a_forgotten_past_is_claimed_until_it_is_settled_or_must_have_been() {
    let changed = |rig: &mut Rig, id: OrderId, who: &str| {
        rig.late = Span::MINUTE.times(5);
        assert_eq!(rig.amend(who, id, qty("2"), None).reasons(), [Reason::Duplicate]);
        rig.late = Span::ZERO;
    };
    let one_more = |rig: &mut Rig| {
        let out = limit(Side::Sell, "1", "100").reduce_only();
        let answer = rig.place("a", out);
        if let Answer::Approved(approval) = &answer {
            rig.update(approval, OrderState::Rejected, "0");
        }
        matches!(answer, Answer::Approved(_))
    };
    let begun = |rig: &mut Rig| {
        rig.hold("a", "2", "100");
        let open = rig.approved("a", limit(Side::Sell, "1", "110"));
        rig.forgets(Source::Runtime, KillLevel::Cancel);
        rig.clears();
        rig.pass(MOSTLY_TOLD_WITHIN);
        rig.price("100");
        open
    };
    for settles in [Some(7), None] {
        let mut rig = Rig::new(wide());
        let open = begun(&mut rig);
        changed(&mut rig, open.id, "b");
        assert!(one_more(&mut rig), "a change by a stranger claims nothing");
        changed(&mut rig, open.id, "a");
        assert!(!one_more(&mut rig));
        // Another one is settled, which was not this.
        rig.update_settling(&open, OrderState::New, "0", Some(3));
        assert!(!one_more(&mut rig));
        if settles.is_some() {
            let made = Approval { spec: limit(Side::Sell, "2", "110"), ..open };
            rig.update_settling(&made, OrderState::New, "0", settles);
            rig.update_settling(&open, OrderState::New, "0", Some(8));
        } else {
            rig.remembers();
        }
        assert!(one_more(&mut rig), "{settles:?}");
    }
}

#[test]
fn what_was_asked_in_a_past_that_is_known_claims_nothing_more() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "2", "100");
    let corr = rig.corr("a");
    let spec = limit(Side::Sell, "1", "110");
    assert!(matches!(rig.place_as(corr, spec), Answer::Approved(_)));
    rig.update(&Rig::known_as(corr, spec), OrderState::Cancelled, "0");
    rig.forgets(Source::Runtime, KillLevel::Cancel);
    rig.clears();
    rig.pass(MOSTLY_TOLD_WITHIN);
    rig.price("100");
    rig.is_told_again_as(corr, spec);
    assert_eq!(rig.gate().open_orders(), 0);
    assert!(rig.lets_out());
    // An id that is nobody's intent is no order.
    rig.late = Span::MINUTE.times(5);
    let (id, expires, why) = (OrderId::from_bits(9).unwrap(), Ts::MAX, Label::NONE);
    let corr = rig.corr("a");
    rig.ask(corr, Event::Place(Place { id, spec, expires, why }));
    assert_eq!(rig.gate().open_orders(), 0);
}

#[test]
fn no_more_of_a_forgotten_past_is_remembered_than_has_room_and_then_nothing_is_risked() {
    let mut rig = Rig::that_forgot();
    for _ in 0..ORDERS_MAX {
        rig.is_told_again(limit(Side::Buy, "0.001", "90"));
    }
    assert!(bounds_told(&rig) == 0 && level(&rig).is_none());
    rig.is_told_again(limit(Side::Buy, "0.001", "90"));
    assert_eq!(rig.gate().open_orders() as u64, ORDERS_MAX);
    assert!(bounds_told(&rig) == 1 && level(&rig) == Some(KillLevel::Cancel));

    // The last of so many strangers finds no room, whether it is told of itself or of what has traded.
    for others in [ORDERS_MAX - 1, ORDERS_MAX] {
        for has_traded in [false, true] {
            let mut rig = Rig::that_forgot();
            for number in 0..=others {
                let stranger = Rig::known_as(rig.corr("a"), limit(Side::Buy, "1", "90"));
                if number == others && has_traded {
                    rig.fill("a", &stranger, "0.001", "90");
                } else {
                    rig.update(&stranger, OrderState::New, "0");
                }
            }
            let is_lost = others == ORDERS_MAX;
            let tripped = is_lost.then_some(KillLevel::Cancel);
            assert_eq!(bounds_told(&rig), usize::from(is_lost), "{others}, {has_traded}");
            assert_eq!(level(&rig), tripped, "{others}, {has_traded}");
        }
    }
}

#[test]
fn no_more_changes_of_an_order_are_remembered_than_have_room_and_then_nothing_is_risked() {
    for (others, is_claimed) in [(CHANGES_MAX - 1, true), (CHANGES_MAX, false)] {
        let mut rig = Rig::new(wide());
        rig.hold("a", "2", "100");
        let open = rig.approved("a", limit(Side::Sell, "1", "110"));
        rig.forgets(Source::Runtime, KillLevel::Cancel);
        rig.clears();
        rig.pass(MOSTLY_TOLD_WITHIN);
        rig.price("100");
        rig.late = Span::MINUTE.times(5);
        for number in 0..=others {
            let amount = if number == others { "2" } else { "1" };
            rig.amend("a", open.id, qty(amount), None);
        }
        rig.late = Span::ZERO;
        assert_eq!(bounds_told(&rig), usize::from(!is_claimed));
        assert_eq!(level(&rig).is_some(), !is_claimed);
        rig.clears();
        let out = rig.place("a", limit(Side::Sell, "1", "100").reduce_only());
        assert_eq!(matches!(out, Answer::Approved(_)), !is_claimed);
    }
}

#[test]
fn chain_that_broke_before_is_nothing_that_is_forgotten_now() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "2", "100");
    let before = rig.approved("a", limit(Side::Sell, "0.5", "110")).number;
    // Every start begins tripped until an operator accepts it; what was decided since is known.
    let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Audit };
    rig.say(Source::Runtime, None, Event::Trip(trip));
    rig.clears();
    rig.quote_now("100");
    let approved = rig.approved("a", limit(Side::Sell, "1", "100").reduce_only());
    assert_eq!(approved.number, before + 1);
}

#[test]
fn change_of_an_order_is_claimed_for_as_long_as_nobody_knows_how_the_order_stands() {
    let mut rig = Rig::new(wide());
    rig.hold("a", "2", "100");
    let open = rig.approved("a", limit(Side::Sell, "1", "110"));
    rig.forgets(Source::Runtime, KillLevel::Cancel);
    rig.clears();
    rig.pass(MOSTLY_TOLD_WITHIN);
    rig.late = Span::MINUTE.times(5);
    rig.amend("a", open.id, qty("2"), None);
    rig.late = Span::ZERO;
    rig.update(&open, OrderState::Unknown, "0");
    rig.remembers();
    rig.restart();
    let out = limit(Side::Sell, "1", "100").reduce_only();
    assert!(rig.place("a", out).reasons().contains(&Reason::NotReducing));
    rig.update(&open, OrderState::Unknown, "0");
    assert!(rig.place("a", out).reasons().contains(&Reason::NotReducing));
    // Known again, and nothing was changed.
    rig.update(&open, OrderState::New, "0");
    assert!(matches!(rig.place("a", out), Answer::Approved(_)));
}
