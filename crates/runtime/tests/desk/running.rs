//! A process that nothing happens to: it carries what it says, its timers fire, and it stops in peace.

use contracts::testing::secs;
use contracts::{Event, KillTrigger, TopicKind};
use journal::testing::FaultyDisk;
use runtime::{Ended, NoSeat};

use crate::rig::{
    Asker, bring, run, run_after, run_seat, seat, seat_to_get_out, small, trade, trip,
};
use crate::trading::wait_until;

#[test]
fn shell_carries_everything_in_order_and_stops_in_peace() {
    let disk = FaultyDisk::new();
    let numbers = (1..=500).filter(|number| *number != 13);
    let ran = run(&disk, small(), |doors, _| {
        bring(doors, numbers.clone());
    });
    let ran = ran.unwrap();
    assert_eq!(ran.ended, Ended::InPeace);
    assert_eq!(ran.basket.asked(), numbers.map(u128::from).collect::<Vec<_>>());
    assert_eq!((ran.heard, ran.replayed), (499, 0));
    let said = ran.basket.said();
    let numbered = said.iter().filter(|said| said.topic().kind() == TopicKind::VenueRequest);
    assert!(numbered.map(|said| said.seq).is_sorted());
}

#[test]
fn shell_that_stopped_in_peace_has_nothing_to_replay() {
    let disk = FaultyDisk::new();
    let first = run(&disk, small(), |doors, _| bring(doors, [1])).unwrap();
    assert_eq!(first.ended, Ended::InPeace);
    let second = run(&disk, small(), |doors, _| bring(doors, [2])).unwrap();
    assert_eq!((second.heard, second.replayed), (2, 0));
    assert_eq!(second.basket.asked(), [2]);
}

#[test]
fn timers_fire_when_the_clock_says_so() {
    let ran = run(&FaultyDisk::new(), small(), |doors, live| {
        doors.market(trade(1));
        wait_until(|| !live.basket.asked().is_empty());
        live.clock.turn_to(secs(1_001));
        // Taken after the timer: what is due comes first.
        doors.market(trade(2));
    });
    let ran = ran.unwrap();
    assert_eq!((ran.heard, ran.ticks), (2, 1));
}

#[test]
fn machine_that_halts_ends_the_process_after_its_last_words() {
    let disk = FaultyDisk::new();
    let ran = run(&disk, small(), |doors, _| {
        bring(doors, [1, 13, 2]);
    });
    let ran = ran.unwrap();
    assert!(
        matches!(&ran.ended, Ended::Halted(halt) if halt.reason == "thirteen"),
        "{:?}",
        ran.ended
    );
    assert_eq!(ran.basket.asked(), [1]);
    // It halts again where it did: nothing is skipped over, and it says what, where and what to try.
    for _ in 0..2 {
        let why = seat(&disk, small()).err().unwrap();
        let NoSeat::Halted { machine, reason, record } = &why else { panic!("{why}") };
        assert_eq!((machine.as_str(), *reason), ("execution-gateway", "thirteen"));
        assert!(*record > 5, "{why}");
        assert!(why.to_string().contains("start to get out"), "{why}");
    }
}

#[test]
fn start_to_get_out_leaves_out_the_turn_that_halts_and_trips() {
    let disk = FaultyDisk::new();
    run(&disk, small(), |doors, _| bring(doors, [1, 2, 13])).unwrap();
    for start in 0..2 {
        let seat = seat_to_get_out(&disk, small()).unwrap();
        assert_eq!(seat.left_out_from.is_some(), start == 0, "start {start}");
        assert_eq!(seat.must_halt, Some(KillTrigger::Service));
        let asker: &Asker = seat.sequencer.machine().unwrap();
        assert_eq!(asker.heard, 2, "start {start}");
    }
    // It is behind a snapshot now: the usual start goes on as well.
    let ran = run(&disk, small(), |doors, _| bring(doors, [3])).unwrap();
    assert_eq!((ran.ended, ran.heard), (Ended::InPeace, 3));
}

#[test]
fn process_that_gets_out_begins_with_the_kill_switch_tripped() {
    let disk = FaultyDisk::new();
    run(&disk, small(), |doors, _| bring(doors, [1, 13])).unwrap();
    let seat = seat_to_get_out(&disk, small()).unwrap();
    let ran = run_seat(seat, |_, _| {});
    let tripped = ran.basket.said().iter().any(|said| matches!(said.event, Event::Feed(_)));
    assert!(tripped && ran.ended == Ended::InPeace);
}

#[test]
fn second_process_on_one_journal_is_refused_and_told_who_has_it() {
    let disk = FaultyDisk::new();
    let first = seat(&disk, small()).unwrap();
    let second = seat(&disk, small());
    assert!(second.err().is_some_and(|why| why.to_string().contains("in use by a test")));
    drop(first);
    assert!(seat(&disk, small()).is_ok());
}

#[test]
fn controls_pass_a_full_market_lane() {
    // All of it waits before the process takes the first thing.
    let ran = run_after(&FaultyDisk::new(), small(), |doors| {
        bring(doors, 100..40_000);
        doors.control(trip());
    });
    let said = ran.unwrap().basket.said();
    assert!(matches!(said[0].event, Event::Feed(_)), "{:?}", said[0]);
    assert!(said.len() > 1);
}

#[test]
fn clock_that_goes_back_moves_no_time_back_in_the_journal_or_after_it() {
    let disk = FaultyDisk::new();
    let ran = run(&disk, small(), |doors, live| {
        bring(doors, [1]);
        wait_until(|| live.basket.asked().len() == 1);
        live.clock.turn_to(secs(10));
        bring(doors, [2]);
        wait_until(|| live.basket.asked().len() == 2);
        let times: Vec<_> = live.basket.said().iter().map(|said| said.rx).collect();
        assert!(times.is_sorted() && times.iter().all(|at| *at >= secs(1_000)), "{times:?}");
    })
    .unwrap();
    assert_eq!((ran.ended, ran.heard), (Ended::InPeace, 2));
    // The next start is on the clock that went back, and goes on all the same.
    let ran = run(&disk, small(), |doors, live| {
        live.clock.turn_to(secs(10));
        bring(doors, [3]);
        wait_until(|| live.basket.asked().contains(&3));
        let last = live.basket.said().last().map(|said| said.rx);
        assert!(last >= Some(secs(1_000)), "{last:?}");
    })
    .unwrap();
    assert_eq!((ran.ended, ran.heard), (Ended::InPeace, 3));
}
