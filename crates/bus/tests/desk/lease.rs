//! A lease on every server: nobody uses an account while somebody else may.

use std::sync::Arc;

use bus::{Bus, Keeper, Lease, LeaseSetup, LeaseStanding};
use contracts::{Span, Ts};
use telemetry::Clock;

use crate::rig::{Rig, clock, until};

const TERM: Span = Span::from_millis(300);

fn keeper(bus: &Arc<dyn Bus>, who: &str, above: u64, clock: &Clock) -> (Keeper, Lease) {
    Keeper::new(LeaseSetup {
        bus: Arc::clone(bus),
        what: "account".to_owned(),
        who: who.to_owned(),
        term: TERM,
        above,
        clock: Arc::clone(clock),
        seed: 1,
    })
}

/// Every kind of server.
pub(crate) fn servers() -> impl Iterator<Item = Rig> {
    let servers = [Rig::memory(), Rig::redis(), Rig::faulty_memory(), Rig::faulty_redis()];
    servers.into_iter().flatten()
}

/// Two want it all the time, the server is killed with and without its data, and nothing is ever used by both.
#[test]
fn lease_is_never_used_by_two_whatever_becomes_of_the_server() {
    for mut rig in servers() {
        let clock = clock();
        let (mut one, lease_one) = keeper(&rig.bus, "one", 0, &clock);
        let (mut two, lease_two) = keeper(&rig.bus, "two", 0, &clock);
        let (mut used, mut last_token) = ([0, 0], 0);
        for round in 0..6 {
            // In the third one of them is stopped, and loses it.
            let is_stopped = round == 2;
            until("somebody uses it", || {
                if !is_stopped {
                    one.turn();
                }
                two.turn();
                let now = clock();
                let tokens = [lease_one.holds(now), lease_two.holds(now)];
                assert!(tokens[0].is_none() || tokens[1].is_none(), "both: {tokens:?}");
                for (place, token) in tokens.iter().enumerate() {
                    used[place] += u32::from(token.is_some());
                }
                let token = tokens[0].or(tokens[1]);
                // As long as the server forgets nothing, they only grow.
                if let Some(token) = token.filter(|_| round < 4) {
                    assert!(token >= last_token, "{token} after {last_token}");
                    last_token = token;
                }
                if is_stopped { tokens[1].is_some() } else { token.is_some() }
            });
            rig.run_again(round < 3);
            // Right behind it, where one that forgets would lend it twice.
            for _ in 0..20 {
                two.turn();
                one.turn();
                let now = clock();
                assert!(lease_one.holds(now).is_none() || lease_two.holds(now).is_none(), "both");
            }
        }
        assert!(used[0] > 0 && used[1] > 0, "{used:?}");
    }
}

#[test]
fn lease_that_is_given_back_goes_to_the_next_with_a_higher_token() {
    for rig in servers() {
        rig.calms_down();
        let clock = clock();
        let (mut one, lease_one) = keeper(&rig.bus, "one", 41, &clock);
        until("it is ours", || {
            one.turn();
            lease_one.holds(clock()).is_some()
        });
        assert_eq!(lease_one.holds(clock()), Some(42), "above what the journal knows");
        let (mut two, lease_two) = keeper(&rig.bus, "two", 0, &clock);
        assert_eq!(two.turn().0, LeaseStanding::Theirs);
        one.give_back();
        assert_eq!(lease_one.holds(clock()), None);
        until("it is theirs", || {
            two.turn();
            lease_two.holds(clock()).is_some()
        });
        assert_eq!(lease_two.holds(clock()), Some(43));
    }
}

#[test]
fn lease_ends_by_the_clock_of_its_holder_where_nobody_answers() {
    let mut rig = Rig::memory().unwrap();
    let turned = Arc::new(std::sync::atomic::AtomicI64::new(1));
    let shown = Arc::clone(&turned);
    let clock: Clock =
        Arc::new(move || Ts::from_nanos(shown.load(std::sync::atomic::Ordering::SeqCst)));
    let turn = |span: Span| turned.fetch_add(span.nanos(), std::sync::atomic::Ordering::SeqCst);
    let (mut one, lease) = keeper(&rig.bus, "one", 0, &clock);
    one.turn();
    assert_eq!(lease.holds(clock()), None, "a whole term has to pass before it is used");
    for _ in 0..4 {
        turn(Span::from_millis(100));
        one.turn();
    }
    assert_eq!(lease.holds(clock()), Some(1));
    rig.kill();
    turn(Span::from_millis(299));
    assert!(matches!(one.turn().0, LeaseStanding::Away(_)));
    assert_eq!(lease.holds(clock()), Some(1));
    turn(Span::from_millis(1));
    assert_eq!(lease.holds(clock()), None);
}
