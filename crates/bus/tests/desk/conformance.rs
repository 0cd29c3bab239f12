//! One suite for every server: in memory, Redis, and each of them with everything going wrong. What holds
//! for one holds for all; the one in memory promises nothing that Redis does not.

use bus::{Alarm, AlarmKind, Bounds, Channel, News, Offered, Position, Refusal, Room};
use contracts::testing::symbol;
use contracts::{Source, Topic, TopicKind};

use crate::lost::{
    durable_journal_that_was_begun_anew_goes_on_behind_what_stands_there,
    durable_journal_that_was_begun_anew_goes_on_behind_whoever_has_read_on_an_empty_server,
};
use crate::rig::{Hearing, LINE_MAX, Reading, Rig, Speaking, alerts, bounds, until};

macro_rules! suite {
    ($($test:ident)*) => {
        suite!(@on memory $($test)*);
        suite!(@on redis $($test)*);
        suite!(@on faulty_memory $($test)*);
        suite!(@on faulty_redis $($test)*);
    };
    (@on $server:ident $($test:ident)*) => {
        mod $server {
            $(#[test]
            fn $test() {
                if let Some(mut rig) = crate::rig::Rig::$server() {
                    super::$test(&mut rig);
                }
            })*
        }
    };
}

suite! {
    durable_every_reader_has_every_message_once_and_in_order
    durable_late_reader_has_everything
    durable_reader_goes_on_where_its_disk_is
    durable_writer_that_was_killed_tells_what_only_its_journal_has
    durable_stream_is_trimmed_only_below_the_slowest
    durable_bound_refuses_new_risk_and_loses_nothing
    durable_server_that_was_killed_with_its_data_loses_nothing
    durable_server_that_comes_back_empty_is_healed
    durable_stream_without_readers_has_all_that_its_journal_has
    durable_two_writers_of_one_source_are_told_apart
    durable_journal_that_was_begun_anew_goes_on_behind_what_stands_there
    durable_journal_that_was_begun_anew_goes_on_behind_whoever_has_read_on_an_empty_server
    lossy_every_message_is_heard_or_told_to_be_missing
    lossy_late_listener_hears_nothing_of_before
    lossy_patterns_hear_every_symbol_and_names_one
    lossy_slow_listener_loses_and_is_told
    lossy_loss_shows_in_silence
}

/// Both ends work until the reader has so many.
#[track_caller]
pub(crate) fn until_read(speaking: &mut Speaking, reading: &mut Reading, count: u64) {
    until("reading", || {
        speaking.turn();
        reading.turn();
        reading.taken.len() as u64 >= count
    });
}

fn durable_every_reader_has_every_message_once_and_in_order(rig: &mut Rig) {
    let mut speaking = Speaking::new(rig, &["one", "two"]);
    let mut readers = [Reading::new(&rig.bus, "one"), Reading::new(&rig.bus, "two")];
    for round in 0..300 {
        speaking.says();
        if round % 7 == 0 {
            speaking.turn();
            readers.iter_mut().for_each(Reading::turn);
        }
    }
    for reading in &mut readers {
        until_read(&mut speaking, reading, 300);
        reading.has_all_up_to(300);
        assert_eq!(reading.alarms, []);
    }
    assert!(rig.length(alerts()) <= 301);
}

fn durable_late_reader_has_everything(rig: &mut Rig) {
    let mut speaking = Speaking::new(rig, &["late"]);
    for _ in 0..100 {
        speaking.says();
        speaking.turn();
    }
    let mut late = Reading::new(&rig.bus, "late");
    until_read(&mut speaking, &mut late, 100);
    late.has_all_up_to(100);
    // Somebody for whom nobody waits has what is still there, and waits for the rest.
    let mut other = Reading::from(&rig.bus, "other", Position::of(&late.taken[98]));
    until_read(&mut speaking, &mut other, 1);
    assert_eq!(other.numbers(), [100]);
}

fn durable_reader_goes_on_where_its_disk_is(rig: &mut Rig) {
    let mut speaking = Speaking::new(rig, &["one"]);
    let mut reading = Reading::new(&rig.bus, "one");
    reading.confirms = false;
    for round in 1..=20 {
        for _ in 0..10 {
            speaking.says();
        }
        until_read(&mut speaking, &mut reading, round * 10);
        // Of what it took, the disk had less: that much comes again, and nothing else.
        reading.restart(&rig.bus, (round % 4) as usize);
        until_read(&mut speaking, &mut reading, round * 10);
    }
    reading.has_all_up_to(200);
}

fn durable_writer_that_was_killed_tells_what_only_its_journal_has(rig: &mut Rig) {
    let mut speaking = Speaking::new(rig, &["one"]);
    let mut reading = Reading::new(&rig.bus, "one");
    for round in 1..=10 {
        for _ in 0..20 {
            speaking.says();
        }
        speaking.turn();
        // On the disk, and killed before anybody was told.
        for _ in 0..5 {
            speaking.writes();
        }
        speaking.restart(rig, &["one"]);
        speaking.says();
        until_read(&mut speaking, &mut reading, round * 26);
    }
    reading.has_all_up_to(260);
    assert_eq!(reading.alarms, []);
}

fn durable_stream_is_trimmed_only_below_the_slowest(rig: &mut Rig) {
    let mut speaking = Speaking::new(rig, &["fast", "slow"]);
    let mut fast = Reading::new(&rig.bus, "fast");
    let mut slow = Reading::new(&rig.bus, "slow");
    slow.confirms = false;
    for _ in 0..200 {
        speaking.says();
    }
    until_read(&mut speaking, &mut fast, 200);
    until_read(&mut speaking, &mut slow, 200);
    for _ in 0..20 {
        speaking.mouth.nudge();
        speaking.turn();
        fast.turn();
    }
    assert_eq!(rig.length(alerts()), 200, "somebody has confirmed nothing yet");
    for (confirmed, left) in [(100, 101), (150, 51), (200, 1)] {
        slow.confirms_up_to(confirmed);
        until("trimming", || {
            speaking.mouth.nudge();
            speaking.turn();
            fast.turn();
            slow.turn();
            rig.length(alerts()) <= left
        });
        assert_eq!(rig.length(alerts()), left, "what the slowest has is the first that is kept");
    }
}

fn durable_bound_refuses_new_risk_and_loses_nothing(rig: &mut Rig) {
    let small = Bounds { entries_max: 40, reserve: 10, queue: 64, ..bounds() };
    let mut speaking = Speaking::with(rig, &["one"], small);
    until("the way is open", || {
        speaking.turn();
        speaking.mouth.room() == Room::Plenty
    });
    let mut refused = None;
    for said in 1..=200 {
        let offered = speaking.says();
        // Nobody waits, however long nobody reads.
        until("carried", || {
            speaking.turn();
            rig.length(alerts()) >= 50.min(said)
        });
        if let Offered::Refused(why) = offered
            && why != Refusal::Away
        {
            refused = refused.or(Some((said, why)));
        }
        if said >= 41 {
            assert!(!speaking.mouth.room().allows_new_risk(), "{said}");
        } else if !rig.is_faulty() && said < 40 {
            assert_eq!(speaking.mouth.room(), Room::Plenty, "{said}");
        }
    }
    assert_eq!(rig.length(alerts()), 50, "the bound and its reserve");
    if !rig.is_faulty() {
        assert_eq!(refused, Some((52, Refusal::Full)), "51 was taken before it was known");
    }
    let mut reading = Reading::new(&rig.bus, "one");
    until_read(&mut speaking, &mut reading, 200);
    reading.has_all_up_to(200);
    until("room again", || {
        speaking.turn();
        reading.turn();
        speaking.mouth.room() == Room::Plenty
    });
}

/// The server is killed again and again in the middle of everything.
fn killed_server(rig: &mut Rig, keeps_data: bool) {
    let mut speaking = Speaking::new(rig, &["one", "two"]);
    let mut one = Reading::new(&rig.bus, "one");
    let mut two = Reading::new(&rig.bus, "two");
    for round in 0..6 {
        for _ in 0..20 {
            speaking.says();
            speaking.turn();
        }
        one.turn();
        if round % 2 == 0 {
            two.turn();
        }
        rig.kill();
        for _ in 0..10 {
            speaking.says();
            speaking.turn();
        }
        assert!(!speaking.mouth.room().allows_new_risk(), "nobody is told");
        one.turn();
        if round % 3 == 1 {
            speaking.restart(rig, &["one", "two"]);
        }
        rig.run_again(keeps_data);
    }
    for reading in [&mut one, &mut two] {
        until_read(&mut speaking, reading, 180);
        reading.has_all_up_to(180);
        // What was away for long may be missed, and nothing else is wrong.
        let missed = |alarm: &Alarm| alarm.kind == AlarmKind::Hole;
        assert!(reading.alarms.iter().all(missed), "{:?}", reading.alarms);
    }
}

fn durable_server_that_was_killed_with_its_data_loses_nothing(rig: &mut Rig) {
    killed_server(rig, true);
}

fn durable_server_that_comes_back_empty_is_healed(rig: &mut Rig) {
    killed_server(rig, false);
}

/// Nobody has to read it, so nobody says how far they are: the server is killed and comes back empty, is not
/// there when a start begins, and keeps what it has while the process is killed.
fn durable_stream_without_readers_has_all_that_its_journal_has(rig: &mut Rig) {
    rig.kill();
    let mut speaking = Speaking::new(rig, &[]);
    let says = |speaking: &mut Speaking| {
        for _ in 0..20 {
            speaking.says();
            speaking.turn();
        }
    };
    says(&mut speaking);
    for keeps_data in [false, false, true] {
        rig.run_again(keeps_data);
        says(&mut speaking);
        until("all of it is told", || {
            speaking.turn();
            speaking.mouth.room() == Room::Plenty
        });
        rig.kill();
        says(&mut speaking);
    }
    speaking.restart(rig, &[]);
    says(&mut speaking);
    rig.run_again(true);
    let mut reading = Reading::new(&rig.bus, "somebody");
    until_read(&mut speaking, &mut reading, 160);
    reading.has_all_up_to(160);
    // Without its data too: what an earlier start could not tell anybody is in the journal of this one.
    rig.run_again(false);
    until("all of it is told again", || {
        speaking.mouth.nudge();
        speaking.turn();
        rig.length(alerts()) == 160
    });
    let mut reading = Reading::new(&rig.bus, "another");
    until_read(&mut speaking, &mut reading, 160);
    reading.has_all_up_to(160);
}

fn durable_two_writers_of_one_source_are_told_apart(rig: &mut Rig) {
    let mut first = Speaking::new(rig, &["one"]);
    let mut reading = Reading::new(&rig.bus, "one");
    first.says();
    until_read(&mut first, &mut reading, 1);
    // A second one, with a journal of its own and a later epoch.
    let mut second = Speaking::new(rig, &["one"]);
    second.restart(rig, &["one"]);
    second.journal.lock().unwrap().keep(&first.journal_first());
    second.numbers = 1;
    second.says();
    until_read(&mut second, &mut reading, 2);
    // The first one has said more in the meantime, and finds that somebody else speaks.
    until("the first is told", || {
        first.says();
        first.turn();
        first.mouth.room() == Room::Fenced
    });
    assert_eq!(first.says(), Offered::Refused(Refusal::Fenced));
    let alarms: Vec<_> = std::iter::from_fn(|| first.mouth.alarm()).collect();
    assert!(alarms.iter().any(|alarm| alarm.kind == AlarmKind::Fenced), "{alarms:?}");
    assert_eq!(reading.numbers(), [1, 2]);
}

fn lossy_every_message_is_heard_or_told_to_be_missing(rig: &mut Rig) {
    let mut speaking = Speaking::new(rig, &[]);
    let channel = Channel::Topic(Topic::Trades(symbol("BTC/USD")));
    let mut hearing = Hearing::new(&rig.bus, &[channel]);
    until("somebody listens", || {
        speaking.trades("BTC/USD");
        speaking.turn();
        hearing.turn();
        !hearing.heard.is_empty()
    });
    let mut last = 0;
    for _ in 0..500 {
        last = speaking.trades("BTC/USD").seq.get();
        speaking.turn();
        hearing.turn();
    }
    rig.calms_down();
    until("accounted for", || {
        speaking.mouth.nudge();
        speaking.turn();
        hearing.turn();
        hearing.accounts_up_to(last)
    });
    let in_order: Vec<_> = hearing.heard.iter().map(|said| said.seq).collect();
    assert!(in_order.is_sorted());
    assert_eq!(hearing.gaps.is_empty(), !rig.is_faulty(), "{:?}", hearing.gaps);
    let least = if rig.is_faulty() { 20 } else { 500 };
    assert!(hearing.heard.len() >= least, "{} heard", hearing.heard.len());
    assert_eq!(hearing.alarms, []);
}

fn lossy_late_listener_hears_nothing_of_before(rig: &mut Rig) {
    rig.calms_down();
    let mut speaking = Speaking::new(rig, &[]);
    speaking.turn();
    for _ in 0..10 {
        speaking.trades("BTC/USD");
        speaking.turn();
    }
    let mut hearing = Hearing::new(&rig.bus, &[Channel::Kind(TopicKind::Trades)]);
    let said = speaking.trades("BTC/USD");
    until("heard", || {
        speaking.turn();
        hearing.turn();
        !hearing.heard.is_empty()
    });
    assert_eq!((hearing.heard, hearing.gaps), (vec![said], vec![]));
}

fn lossy_patterns_hear_every_symbol_and_names_one(rig: &mut Rig) {
    rig.calms_down();
    let mut speaking = Speaking::new(rig, &["one"]);
    speaking.turn();
    let mut all = Hearing::new(&rig.bus, &[Channel::Kind(TopicKind::Trades)]);
    let one = Channel::Topic(Topic::Trades(symbol("ETH/USD")));
    let mut one = Hearing::new(&rig.bus, &[one]);
    let mut durable = Hearing::new(&rig.bus, &[Channel::Kind(TopicKind::Alerts)]);
    let btc = speaking.trades("BTC/USD");
    let eth = speaking.trades("ETH/USD");
    let alert = speaking.writes();
    speaking.mouth.publish(&alert);
    until("heard", || {
        speaking.turn();
        all.turn();
        one.turn();
        durable.turn();
        all.heard.len() == 2 && one.heard.len() == 1 && durable.heard.len() == 1
    });
    assert_eq!(all.heard, [btc, eth]);
    assert_eq!(one.heard, [eth]);
    assert_eq!(durable.heard, [alert]);
}

fn lossy_slow_listener_loses_and_is_told(rig: &mut Rig) {
    rig.calms_down();
    let mut speaking = Speaking::new(rig, &[]);
    speaking.turn();
    let mut slow = Hearing::new(&rig.bus, &[Channel::Kind(TopicKind::Trades)]);
    speaking.trades("BTC/USD");
    speaking.turn();
    slow.turn();
    // Far more than its line holds, wherever it is held. Nobody waits for it.
    let mut last = 0;
    for _ in 0..60 * LINE_MAX {
        last = speaking.trades("BTC/USD").seq.get();
        speaking.turn();
    }
    until("told", || {
        speaking.mouth.nudge();
        speaking.turn();
        slow.turn();
        slow.accounts_up_to(last)
    });
    assert!(slow.away > 0 && !slow.gaps.is_empty(), "{} heard", slow.heard.len());
}

fn lossy_loss_shows_in_silence(rig: &mut Rig) {
    rig.calms_down();
    let mut speaking = Speaking::new(rig, &[]);
    speaking.turn();
    let mut hearing = Hearing::new(&rig.bus, &[Channel::Kind(TopicKind::Trades)]);
    speaking.trades("BTC/USD");
    until("heard", || {
        speaking.turn();
        hearing.turn();
        hearing.heard.len() == 1
    });
    // Said while the server was away, and nothing after it.
    rig.kill();
    speaking.turn();
    speaking.mouth.nudge();
    speaking.turn();
    speaking.trades("BTC/USD");
    rig.run_again(true);
    until("told", || {
        speaking.turn();
        hearing.turn();
        !hearing.gaps.is_empty()
    });
    assert_eq!((hearing.gaps[0].expected.get(), hearing.gaps[0].got.get()), (2, 2));
    assert_eq!(hearing.heard.len(), 1);
}

#[test]
fn partition_heals_and_no_new_risk_meanwhile() {
    for rig in [Rig::faulty_memory(), Rig::faulty_redis()].into_iter().flatten() {
        let mut speaking = Speaking::new(&rig, &["one"]);
        let mut reading = Reading::new(&rig.bus, "one");
        for round in 1..=5 {
            rig.part(true);
            for _ in 0..20 {
                speaking.says();
                speaking.turn();
                reading.turn();
            }
            assert!(!speaking.mouth.room().allows_new_risk());
            rig.part(false);
            until_read(&mut speaking, &mut reading, round * 20);
        }
        reading.has_all_up_to(100);
    }
}

#[test]
fn queue_that_is_full_refuses_and_says_so_until_the_journal_has_been_asked() {
    let rig = Rig::memory().unwrap();
    let mut speaking = Speaking::with(&rig, &["one"], Bounds { queue: 4, ..bounds() });
    speaking.turn();
    let offered: Vec<Offered> = (0..6).map(|_| speaking.says()).collect();
    let full = Offered::Refused(Refusal::Full);
    let taken = Offered::Taken;
    assert_eq!(offered, [taken, taken, taken, taken, full, full]);
    assert_eq!(speaking.mouth.room(), Room::Full);
    speaking.turn();
    assert_eq!((speaking.mouth.room(), rig.length(alerts())), (Room::Plenty, 6));
}

#[test]
fn reader_is_told_that_the_line_is_gone_and_back() {
    let mut rig = Rig::memory().unwrap();
    let mut reading = Reading::new(&rig.bus, "one");
    assert_eq!(reading.reader.next(std::time::Duration::from_millis(1)), News::Back);
    rig.kill();
    let mut news = Vec::new();
    until("away and back", || {
        news.push(reading.reader.next(std::time::Duration::from_millis(1)));
        if news.len() == 5 {
            rig.run_again(true);
        }
        news.contains(&News::Back)
    });
    let away = news.iter().filter(|news| matches!(news, News::Away(_))).count();
    assert_eq!(away, 1, "it is said once: {news:?}");
}

#[test]
fn reader_is_whole_only_when_it_was_given_all_that_waits() {
    let rig = Rig::memory().unwrap();
    let mut speaking = Speaking::new(&rig, &["one"]);
    // Its stream is kept for it from its first sign of life on.
    Reading::new(&rig.bus, "one").turn();
    // Two batches and a half, said while it is away.
    for _ in 0..40 {
        speaking.says();
        speaking.turn();
    }
    let mut reading = Reading::new(&rig.bus, "one");
    let mut given = 0;
    until("everything", || match reading.reader.next(std::time::Duration::ZERO) {
        News::Said(_) => {
            given += 1;
            false
        }
        news => news == News::Back,
    });
    assert_eq!(given, 40);
}

#[test]
fn sign_of_life_comes_behind_what_an_empty_server_has_lost() {
    let mut rig = Rig::memory().unwrap();
    let mut speaking = Speaking::new(&rig, &["one"]);
    Reading::new(&rig.bus, "one").turn();
    let mut hearing = Hearing::new(&rig.bus, &[Channel::Kind(TopicKind::Trades)]);
    speaking.turn();
    // Of a topic that may lose something, a head is said whatever becomes of streams.
    speaking.trades("BTC/USD");
    speaking.says();
    let lives = |hearing: &Hearing| {
        let of = |source| hearing.listener.heard_from(source);
        (of(Source::MdIngest).is_some(), of(Source::RiskEngine).is_some())
    };
    until("signs of life", || {
        speaking.mouth.nudge();
        speaking.turn();
        hearing.turn();
        lives(&hearing) == (true, true)
    });
    rig.run_again(false);
    until("it is there again, and empty", || {
        hearing.turn();
        hearing.away == 1 && hearing.listener.next(std::time::Duration::ZERO) == News::Nothing
    });
    assert_eq!((lives(&hearing), rig.length(alerts())), ((false, false), 0));
    let channels = [TopicKind::Alerts, TopicKind::Heads].map(Channel::Kind);
    let mut line = rig.bus.listener(&channels).unwrap();
    let mut told = Vec::new();
    until("a sign of life", || {
        speaking.turn();
        hearing.turn();
        told.extend(line.hear(std::time::Duration::ZERO).unwrap().map(|told| told.channel));
        lives(&hearing) == (true, true)
    });
    assert_eq!(told.first().map(String::as_str), Some("alerts.fired"), "{told:?}");
}

#[test]
fn reader_is_not_whole_while_something_is_missing() {
    let rig = Rig::memory().unwrap();
    let mut speaking = Speaking::new(&rig, &["one"]);
    let mut reading = Reading::new(&rig.bus, "one");
    assert_eq!(reading.reader.next(std::time::Duration::ZERO), News::Back);
    for _ in 0..3 {
        speaking.says();
    }
    speaking.turn();
    // Somebody takes the first of them away.
    rig.bus.writer().unwrap().trim(alerts(), bus::Keep::Last(2)).unwrap();
    let mut news = Vec::new();
    until("a hole", || {
        news.push(reading.reader.next(std::time::Duration::ZERO));
        matches!(news.last(), Some(News::Away(why)) if why.contains("was the last"))
    });
    assert!(!news.iter().any(|news| matches!(news, News::Said(_))), "{news:?}");
    let mut said = 0;
    until("all of it again", || {
        speaking.turn();
        let news = reading.reader.next(std::time::Duration::ZERO);
        said += u64::from(matches!(news, News::Said(_)));
        news == News::Back
    });
    assert_eq!(said, 3);
}
