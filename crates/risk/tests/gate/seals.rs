//! The seal: over every field of every grant and of its correlation.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench for tests")]

use contracts::testing::{price, qty, strategy, symbol};
use contracts::{
    Amend, Approval, Bps, Cancel, CancelApproval, Corr, Envelope, Event, ExecutionId, IntentSeq,
    Label, Lifetime, OrderId, OrderKind, OrderSpec, Origin, Protect, ProtectApproval, Seal,
    SealKey, Side, Source, Span, Ts,
};
use risk::{Granted, Unverified};

use crate::rig::{BTC, KEY, Rig, limit, wide};

fn order(bits: u128) -> OrderId {
    OrderId::from_bits(bits).unwrap()
}

/// One grant of each kind, as the gate says them.
fn grants() -> Vec<Envelope> {
    let mut rig = Rig::new(wide());
    let placed = rig.approved("a", limit(Side::Buy, "0.1", "99"));
    let guard = Protect {
        entry: placed.id,
        symbol: symbol(BTC),
        exit_side: Side::Sell,
        stop: Bps::new(100),
        target: Bps::new(200),
        trail: Bps::new(0),
    };
    let amend =
        Amend { target: placed.id, qty: qty("0.2"), limit: None, trigger: None, why: Label::NONE };
    let cancel = Cancel { target: placed.id, why: Label::NONE };
    for event in [Event::Protect(guard), Event::Amend(amend), Event::Cancel(cancel)] {
        let corr = Corr { parent: Some(order(3)), ..rig.corr("a") };
        rig.say(Source::StrategyEngine, Some(corr), event);
    }
    let grants = |said: &&Envelope| {
        matches!(
            said.event,
            Event::Approved(_)
                | Event::AmendApproved(_)
                | Event::CancelApproved(_)
                | Event::ProtectApproved(_)
        )
    };
    rig.heard.iter().filter(grants).copied().collect()
}

/// The same order with one field changed, for each of its fields.
fn other_specs(spec: OrderSpec) -> Vec<OrderSpec> {
    let Lifetime::UntilCancelled = spec.lifetime() else { panic!("{spec:?}") };
    let (name, side, size, at) = (spec.symbol(), spec.side(), spec.qty(), spec.limit().unwrap());
    let build = |name, side, size, kind, lifetime| {
        OrderSpec::new(name, side, size, kind, lifetime).unwrap()
    };
    let (kind, rests) = (OrderKind::Limit(at), Lifetime::UntilCancelled);
    let stop = OrderKind::StopLimit { trigger: price("98"), limit: at };
    let until = |at| build(name, side, size, kind, Lifetime::Until(at));
    vec![
        build(symbol("ETH/USD"), side, size, kind, rests),
        build(name, side.opposite(), size, kind, rests),
        build(name, side, qty("0.3"), kind, rests),
        build(name, side, size, OrderKind::Limit(price("98")), rests),
        build(name, side, size, stop, rests),
        build(name, side, size, kind, Lifetime::PostOnly),
        until(Ts::MAX),
        until(Ts::MAX - Span::from_nanos(1)),
        spec.reduce_only(),
    ]
}

fn other_approvals(approval: Approval) -> Vec<Approval> {
    let mut others = vec![
        Approval { id: order(9), ..approval },
        Approval { valid_until: Ts::MAX, ..approval },
        Approval { number: approval.number + 1, ..approval },
        Approval { limits: approval.limits + 1, ..approval },
        Approval { seal: Seal::NONE, ..approval },
    ];
    others.extend(other_specs(approval.spec).into_iter().map(|spec| Approval { spec, ..approval }));
    others
}

fn other_guards(approval: ProtectApproval) -> Vec<ProtectApproval> {
    let ProtectApproval { protect, number, .. } = approval;
    let guards = [
        Protect { entry: order(9), ..protect },
        Protect { symbol: symbol("ETH/USD"), ..protect },
        Protect { exit_side: Side::Buy, ..protect },
        Protect { stop: Bps::new(0), ..protect },
        Protect { target: Bps::new(0), ..protect },
        Protect { trail: Bps::new(1), ..protect },
    ];
    let mut others = vec![
        ProtectApproval { number: number + 1, ..approval },
        ProtectApproval { seal: Seal::NONE, ..approval },
    ];
    others.extend(guards.into_iter().map(|protect| ProtectApproval { protect, ..approval }));
    others
}

/// The same grant with one field changed, for each field; for orders also as the other kind.
fn others(grant: Event) -> Vec<Event> {
    let mut others: Vec<Event> = match grant {
        Event::Approved(approval) => {
            other_approvals(approval).into_iter().map(Event::Approved).collect()
        }
        Event::AmendApproved(approval) => {
            other_approvals(approval).into_iter().map(Event::AmendApproved).collect()
        }
        Event::CancelApproved(approval) => [
            CancelApproval { target: order(9), ..approval },
            CancelApproval { number: approval.number + 1, ..approval },
            CancelApproval { seal: Seal::NONE, ..approval },
        ]
        .map(Event::CancelApproved)
        .into(),
        Event::ProtectApproved(approval) => {
            other_guards(approval).into_iter().map(Event::ProtectApproved).collect()
        }
        event => panic!("{event:?} is no grant"),
    };
    others.extend(match grant {
        Event::Approved(approval) => Some(Event::AmendApproved(approval)),
        Event::AmendApproved(approval) => Some(Event::Approved(approval)),
        _ => None,
    });
    others
}

fn other_corrs(corr: Corr) -> [Corr; 7] {
    [
        Corr { strategy: strategy("b"), ..corr },
        Corr { origin: Origin::Operator, ..corr },
        Corr { intent: IntentSeq::new(corr.intent.get() + 1), ..corr },
        Corr { parent: Some(order(4)), ..corr },
        Corr { parent: if corr.parent.is_some() { None } else { Some(order(5)) }, ..corr },
        Corr { execution: ExecutionId::new(1), ..corr },
        Corr { slice: corr.slice + 1, ..corr },
    ]
}

#[test]
fn seal_fits_what_the_gate_said_and_shows_it_unchanged() {
    let grants = grants();
    assert_eq!(grants.len(), 4);
    for grant in grants {
        let corr = grant.corr.unwrap();
        match (risk::verify(&grant, &KEY).unwrap(), grant.event) {
            (Granted::Place(approved), Event::Approved(plain))
            | (Granted::Amend(approved), Event::AmendApproved(plain)) => {
                assert_eq!((approved.id(), approved.spec()), (plain.id, plain.spec));
                assert_eq!(
                    (approved.valid_until(), approved.number()),
                    (plain.valid_until, plain.number)
                );
                assert_eq!(approved.corr(), corr);
            }
            (Granted::Cancel(approved), Event::CancelApproved(plain)) => {
                assert_eq!((approved.target(), approved.corr()), (plain.target, corr));
            }
            (Granted::Protect(approved), Event::ProtectApproved(plain)) => {
                assert_eq!((approved.protect(), approved.corr()), (plain.protect, corr));
                assert_eq!(approved.number(), plain.number);
                assert_eq!(risk::verify_protect(&grant, &KEY), Ok(approved));
            }
            (granted, event) => panic!("{granted:?} of {event:?}"),
        }
    }
}

#[test]
fn seal_of_every_grant_covers_every_field() {
    for grant in grants() {
        for event in others(grant.event) {
            let forged = Envelope { event, ..grant };
            assert_eq!(risk::verify(&forged, &KEY), Err(Unverified::Forged), "{event:?}");
            if let Event::ProtectApproved(_) = event {
                assert_eq!(risk::verify_protect(&forged, &KEY), Err(Unverified::Forged));
            }
        }
        for corr in other_corrs(grant.corr.unwrap()) {
            let forged = Envelope { corr: Some(corr), ..grant };
            assert_eq!(risk::verify(&forged, &KEY), Err(Unverified::Forged), "{corr:?}");
        }
        let nobodys = Envelope { corr: None, ..grant };
        assert_eq!(risk::verify(&nobodys, &KEY), Err(Unverified::NoCorrelation));
        assert_eq!(risk::verify(&grant, &SealKey::new([8; 16])), Err(Unverified::Forged));
    }
}

#[test]
fn guards_are_verified_by_themselves_and_nothing_else_is_one() {
    for grant in grants() {
        let verified = risk::verify_protect(&grant, &KEY);
        if matches!(grant.event, Event::ProtectApproved(_)) {
            let nobodys = Envelope { corr: None, ..grant };
            assert_eq!(risk::verify_protect(&nobodys, &KEY), Err(Unverified::NoCorrelation));
            assert!(verified.is_ok());
        } else {
            assert_eq!(verified, Err(Unverified::NotAGrant));
        }
    }
}
