//! A gate whose chain was broken: what it decided last it has forgotten, and the others have not.

use contracts::testing::{qty, symbol};
use contracts::{
    Bps, ClearKill, Corr, Event, KillLevel, KillTrigger, Origin, Place, Protect, Reason, Side,
    Source, Span, Trip,
};

use crate::rig::{Answer, BTC, Rig, limit, wide};

/// More grants than any past that is forgotten has made.
const FORGOTTEN: u32 = 1_000_000;

impl Rig {
    fn forgets(&mut self, from: Source, level: KillLevel) {
        let trip = Trip { level, trigger: KillTrigger::Audit };
        self.say(from, None, Event::Trip(trip));
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
    rig.pass(Span::from_secs(5));
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
    rig.pass(Span::from_secs(3));
    rig.price("100");
    // Clocks of two processes may be apart by a second.
    assert!(!rig.grants_what_is_so_late(Span::from_secs(4)));
    assert!(!rig.grants_what_is_so_late(Span::from_millis(2_100)));
    assert!(rig.grants_what_is_so_late(Span::from_millis(1_900)));
    assert!(rig.grants_what_is_so_late(Span::ZERO));
    rig.late = Span::from_secs(4);
    let change = rig.amend("a", bought.id, qty("2"), None);
    assert_eq!(change.reasons(), [Reason::Duplicate]);
    let (symbol, exit_side, stop, none) = (symbol(BTC), Side::Sell, Bps::new(100), Bps::new(0));
    let guard = Protect { entry: bought.id, symbol, exit_side, stop, target: none, trail: none };
    let corr = rig.corr("a");
    assert_eq!(rig.ask(corr, Event::Protect(guard)).reasons(), [Reason::Duplicate]);
    // To cancel twice does no harm, and not at all may.
    assert_eq!(rig.cancel("a", bought.id), Answer::Cancel);
}
