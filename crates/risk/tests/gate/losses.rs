//! Losses that trip the kill switch, and what whoever clears it has accepted.

use contracts::{ClearKill, Event, KillLevel, Money, Reason, Side, Source, Span};
use risk::{Limits, Verdict};

use crate::rig::{Rig, limit, wide};

#[test]
fn whoever_clears_a_loss_has_accepted_it_and_another_one_trips_again() {
    let mut rig = Rig::new(Limits {
        daily_loss_cap: Money::from_units(10),
        daily_loss_kill: Money::from_units(20),
        ..wide()
    });
    rig.hold("a", "1", "100");
    let clear = |rig: &mut Rig| {
        rig.say(Source::Operator, None, Event::ClearKill(ClearKill::by(1)));
    };
    // Clearing a trip of another kind forgives no loss, however close that is to what trips.
    rig.price("80");
    rig.trip(KillLevel::Cancel);
    clear(&mut rig);
    rig.price("79.99");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Cancel));
    clear(&mut rig);
    rig.restart();
    for price in ["79.98", "59.99"] {
        rig.price(price);
        assert_eq!(rig.gate().verdict(rig.now), Verdict::Clear, "{price}");
        // The cap holds all the same.
        assert_eq!(rig.place("a", limit(Side::Buy, "0.1", "50")).reasons(), [Reason::DailyLoss]);
    }
    rig.price("59.98");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Cancel));
    clear(&mut rig);
    // What is won back is accepted no more: the next loss counts from the best since then.
    rig.price("70");
    rig.price("50");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Clear);
    rig.price("49.99");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Cancel));
    clear(&mut rig);
    rig.price("110");
    rig.price("80");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Clear);
    rig.price("79.99");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Cancel));
    clear(&mut rig);
    // A new day has a loss of its own, from nothing.
    rig.pass(Span::from_nanos(Span::DAY.nanos() - rig.now.nanos()));
    rig.price("59.99");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Clear);
    rig.price("59.98");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Cancel));
}

#[test]
fn drawdown_trips() {
    let mut rig = Rig::new(Limits { drawdown_kill: Money::from_units(30), ..wide() });
    rig.hold("a", "1", "100");
    rig.price("150");
    rig.price("120");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Clear);
    rig.price("119.99");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Cancel));
    // Whoever clears it has accepted that fall; another one trips again.
    rig.say(Source::Operator, None, Event::ClearKill(ClearKill::by(1)));
    rig.price("89.99");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Clear);
    rig.price("89.98");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Cancel));
}

#[test]
fn clearing_a_trip_of_another_kind_forgives_no_fall() {
    let mut rig = Rig::new(Limits { drawdown_kill: Money::from_units(30), ..wide() });
    rig.hold("a", "1", "100");
    rig.price("150");
    rig.price("120");
    rig.trip(KillLevel::Cancel);
    rig.say(Source::Operator, None, Event::ClearKill(ClearKill::by(1)));
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Clear);
    rig.price("119.99");
    assert_eq!(rig.gate().verdict(rig.now), Verdict::Tripped(KillLevel::Cancel));
}
