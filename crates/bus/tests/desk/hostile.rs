//! Somebody who can do everything on the server and has no key: nothing that they do is believed, nothing
//! that was said is lost or taken twice, and somebody is told.

use std::time::Duration;

use bus::{AlarmKind, Channel};
use contracts::{DecodeFault, Source, TopicKind, codec};

use crate::rig::{Hearing, Reading, Rig, Speaking, alerts, clock, durable, trade, until};

/// What is known to somebody hostile: everything on the server, and how to ask for it.
struct Scene {
    rig: Rig,
    speaking: Speaking,
    reading: Reading,
}

impl Scene {
    fn cli(&self, command: &[&str]) -> String {
        self.rig.redis.as_ref().unwrap().cli(&[], command).unwrap()
    }

    /// The fields of an entry, as they stand there.
    fn fields(&self, id: &str) -> Vec<String> {
        let stream = alerts().to_string();
        let said = self.cli(&["XRANGE", &stream, id, id]);
        said.lines().skip(1).map(ToOwned::to_owned).collect()
    }

    fn add(&self, id: &str, fields: &[String]) -> String {
        let stream = alerts().to_string();
        let fields = fields.iter().map(String::as_str);
        self.cli(&["XADD", &stream, id].into_iter().chain(fields).collect::<Vec<_>>())
    }

    fn until_read(&mut self, count: u64) {
        until("reading", || {
            self.speaking.turn();
            self.reading.turn();
            self.reading.taken.len() as u64 >= count
        });
    }

    /// Everybody is told, whoever it was that noticed.
    fn kinds(&mut self) -> Vec<AlarmKind> {
        let told = std::iter::from_fn(|| self.speaking.mouth.alarm());
        let told: Vec<AlarmKind> = told.map(|alarm| alarm.kind).collect();
        told.into_iter().chain(self.reading.alarms.iter().map(|alarm| alarm.kind)).collect()
    }
}

/// Ten messages are read, the attack happens, and ten more are said. The reader has twenty, each once.
#[track_caller]
fn check(expected: Option<AlarmKind>, attack: impl FnOnce(&mut Scene)) {
    let Some(rig) = Rig::redis() else { return };
    let (speaking, reading) = (Speaking::new(&rig, &["one"]), Reading::new(&rig.bus, "one"));
    let mut scene = Scene { rig, speaking, reading };
    for _ in 0..10 {
        scene.speaking.says();
    }
    scene.until_read(10);
    attack(&mut scene);
    if let Some(expected) = expected {
        until(expected.name(), || {
            scene.reading.turn();
            scene.speaking.turn();
            scene.kinds().contains(&expected)
        });
    }
    for _ in 0..10 {
        scene.speaking.says();
    }
    scene.until_read(20);
    // And it stays so: whatever is still there is met again.
    for _ in 0..20 {
        scene.reading.turn();
        scene.speaking.mouth.nudge();
        scene.speaking.turn();
    }
    scene.reading.has_all_up_to(20);
}

/// A message that reads like one of ours, with a code or with none.
fn forged(epoch: u32, seq: u64, mac: Option<String>) -> Vec<String> {
    let text = codec::to_line(&durable(epoch, seq, 666));
    let mut fields = vec!["before".into(), format!("{epoch}-{}", seq - 1), "text".into(), text];
    fields.extend(mac.into_iter().flat_map(|mac| ["mac".to_owned(), mac]));
    fields
}

#[test]
fn forged_message_in_the_place_of_the_next_is_not_taken_and_the_next_is() {
    check(Some(AlarmKind::Forged), |scene| {
        assert_eq!(scene.add("1-11", &forged(1, 11, None)), "1-11");
    });
    check(Some(AlarmKind::Forged), |scene| {
        scene.add("1-11", &forged(1, 11, Some("ab".repeat(32))));
    });
    // The code of another message.
    check(Some(AlarmKind::Forged), |scene| {
        let fields = scene.fields("1-10");
        let mac = fields.iter().position(|field| field == "mac").unwrap();
        scene.add("1-11", &forged(1, 11, Some(fields[mac + 1].clone())));
    });
}

#[test]
fn forged_message_behind_all_that_will_ever_be_said_stops_nothing() {
    check(Some(AlarmKind::Forged), |scene| {
        let last = format!("{}-{}", u64::MAX, u64::MAX);
        scene.add(&last, &forged(7, 1, None));
    });
    check(Some(AlarmKind::Forged), |scene| {
        scene.add("4294967295-1", &["a".to_owned(), "b".to_owned()]);
    });
    check(Some(AlarmKind::Forged), |scene| {
        scene.add("1-99", &["text".to_owned(), "x".repeat(70_000)]);
    });
}

#[test]
fn replayed_message_has_no_second_effect() {
    check(Some(AlarmKind::Replayed), |scene| {
        let fields = scene.fields("1-10");
        scene.add("1-11", &fields);
    });
    // In its own place it is refused by Redis itself.
    check(None, |scene| {
        let fields = scene.fields("1-10");
        let said = scene.add("1-10", &fields);
        assert!(said.contains("equal or smaller"), "{said}");
    });
}

#[test]
fn message_of_an_epoch_that_is_over_is_told_apart() {
    let Some(rig) = Rig::redis() else { return };
    let (speaking, reading) = (Speaking::new(&rig, &["one"]), Reading::new(&rig.bus, "one"));
    let mut scene = Scene { rig, speaking, reading };
    scene.speaking.says();
    scene.until_read(1);
    let old = scene.fields("1-1");
    scene.speaking.restart(&scene.rig, &["one"]);
    scene.speaking.says();
    scene.until_read(2);
    scene.add("2-2", &old);
    until("told", || {
        scene.reading.turn();
        scene.kinds().contains(&AlarmKind::OldEpoch)
    });
    scene.speaking.says();
    scene.until_read(3);
    scene.reading.has_all_up_to(3);
}

#[test]
fn message_of_another_source_is_not_taken() {
    check(Some(AlarmKind::WrongSource), |scene| {
        let mut fields = forged(1, 11, Some("ab".repeat(32)));
        fields[3] = fields[3].replace("risk-engine", "strategy-engine");
        scene.add("1-11", &fields);
    });
}

#[test]
fn message_taken_out_of_the_middle_comes_back() {
    let Some(rig) = Rig::redis() else { return };
    let (speaking, reading) = (Speaking::new(&rig, &["one"]), Reading::new(&rig.bus, "one"));
    let mut scene = Scene { rig, speaking, reading };
    for _ in 0..10 {
        scene.speaking.says();
    }
    scene.speaking.turn();
    scene.cli(&["XDEL", &alerts().to_string(), "1-5"]);
    scene.until_read(10);
    scene.reading.has_all_up_to(10);
}

#[test]
fn stream_that_is_destroyed_is_written_anew() {
    let stream = alerts().to_string();
    for command in [
        &["DEL", &stream][..],
        &["XTRIM", &stream, "MAXLEN", "0"],
        &["XDEL", &stream, "1-10"],
        &["SET", &stream, "nothing"],
        &["XSETID", &stream, "99-99"],
        &["HSET", &format!("position:{stream}"), "one", "99-99"],
        &["HSET", &format!("position:{stream}"), "one", "nonsense"],
        &["DEL", &format!("position:{stream}")],
        &["FLUSHALL"],
        &["SCRIPT", "FLUSH"],
    ] {
        check(None, |scene| {
            scene.cli(command);
        });
    }
}

#[test]
fn reader_that_is_behind_loses_nothing_to_a_false_position() {
    let Some(rig) = Rig::redis() else { return };
    let (speaking, reading) = (Speaking::new(&rig, &["one"]), Reading::new(&rig.bus, "one"));
    let mut scene = Scene { rig, speaking, reading };
    for _ in 0..10 {
        scene.speaking.says();
        scene.speaking.turn();
    }
    // In the name of a reader that has read nothing yet: everything is trimmed.
    scene.cli(&["HSET", &format!("position:{}", alerts()), "one", "1-10"]);
    until("trimmed", || {
        scene.speaking.mouth.nudge();
        scene.speaking.turn();
        scene.rig.length(alerts()) == 1
    });
    scene.until_read(10);
    scene.reading.has_all_up_to(10);
}

/// What may be lost is not signed. It is not believed in a wrong place, and nonsense harms nobody.
#[test]
fn nonsense_on_a_channel_is_said_and_left_aside() {
    let Some(rig) = Rig::redis() else { return };
    let mut speaking = Speaking::new(&rig, &[]);
    speaking.turn();
    let mut hearing = Hearing::new(&rig.bus, &[Channel::Kind(TopicKind::Trades)]);
    let line = codec::to_line(&durable(1, 1, 1));
    let newer = line.replace("{\"v\":1", "{\"v\":2");
    for text in ["nonsense", "[1,2]", &line, &newer] {
        rig.redis.as_ref().unwrap().cli(&[], &["PUBLISH", "md.trades.BTC-USD", text]).unwrap();
    }
    let said = speaking.trades("BTC/USD");
    until("heard", || {
        speaking.turn();
        hearing.turn();
        !hearing.heard.is_empty()
    });
    assert_eq!(hearing.heard, [said]);
    let kinds: Vec<AlarmKind> = hearing.alarms.iter().map(|alarm| alarm.kind).collect();
    let unreadable = AlarmKind::Unreadable;
    assert_eq!(
        kinds,
        [
            unreadable(DecodeFault::NotJson),
            unreadable(DecodeFault::Field),
            AlarmKind::WrongSource,
            unreadable(DecodeFault::UnknownVersion)
        ]
    );
}

/// Somebody who hears a source and its trades, and somebody hostile who can publish.
struct OnChannels {
    rig: Rig,
    speaking: Speaking,
    hearing: Hearing,
    /// A head, as it passed.
    passed: String,
}

impl OnChannels {
    fn begin() -> Option<Self> {
        let rig = Rig::redis()?;
        let (mut speaking, bus) = (Speaking::new(&rig, &[]), rig.bus.clone());
        let mut beside = bus.listener(&[Channel::Kind(TopicKind::Heads)]).unwrap();
        let hearing = Hearing::new(&bus, &[Channel::Kind(TopicKind::Trades)]);
        speaking.turn();
        speaking.trades("BTC/USD");
        speaking.mouth.nudge();
        speaking.turn();
        let mut hear = || beside.hear(Duration::from_secs(5)).unwrap().unwrap().text;
        let heads = std::iter::repeat_with(|| String::from_utf8(hear()).unwrap());
        let passed = heads.take(9).find(|head| head.contains("\"src\":\"md-ingest\"")).unwrap();
        Some(Self { rig, speaking, hearing, passed })
    }

    fn publish(&self, channel: &str, text: &str) {
        self.rig.redis.as_ref().unwrap().cli(&[], &["PUBLISH", channel, text]).unwrap();
    }

    fn until_alarm(&mut self, kind: AlarmKind) {
        until(kind.name(), || {
            self.hearing.turn();
            self.hearing.alarms.iter().any(|alarm| alarm.kind == kind)
        });
    }
}

#[test]
fn head_that_is_made_up_or_said_again_is_no_sign_of_life() {
    let Some(mut scene) = OnChannels::begin() else { return };
    until("a sign of life", || {
        scene.hearing.turn();
        scene.hearing.listener.heard_from(Source::MdIngest).is_some()
    });
    // Its source says nothing any more.
    let last = scene.hearing.listener.heard_from(Source::MdIngest);
    let now = clock()().nanos().to_string();
    let ts = scene.passed.split("\"ts\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let seal = scene.passed.split("\"seal\":\"").nth(1).unwrap()[..16].to_owned();
    for forged in [
        scene.passed.replace(&ts, &now),
        scene.passed.replace(&seal, "0000000000000000"),
        scene.passed.replace("\"epoch\":1", "\"epoch\":4294967295"),
    ] {
        scene.hearing.alarms.clear();
        scene.publish("telemetry.head", &forged);
        scene.until_alarm(AlarmKind::Forged);
    }
    let before = scene.hearing.listener.counts().totals().repeats;
    scene.publish("telemetry.head", &scene.passed);
    until("the repeat is counted", || {
        scene.hearing.turn();
        scene.hearing.listener.counts().totals().repeats > before
    });
    assert_eq!(scene.hearing.listener.heard_from(Source::MdIngest), last);
}

#[test]
fn message_of_a_far_start_leaves_a_listener_deaf_for_two_heads_and_not_for_good() {
    for (epoch, seq) in [(u32::MAX, 1), (1, u64::MAX)] {
        let Some(mut scene) = OnChannels::begin() else { return };
        let forged = codec::to_line(&trade("BTC/USD", epoch, seq));
        scene.publish("md.trades.BTC-USD", &forged);
        until("the forged one is heard", || {
            scene.hearing.turn();
            scene.hearing.heard.iter().any(|said| said.epoch.0 == epoch && said.seq.get() == seq)
        });
        scene.hearing.gaps.clear();
        for _ in 0..2 {
            scene.speaking.mouth.nudge();
            scene.speaking.turn();
        }
        scene.until_alarm(AlarmKind::Forged);
        assert_eq!(scene.hearing.gaps.len(), 1, "the market is to begin anew");
        let said = scene.speaking.trades("BTC/USD");
        until("the genuine one is heard", || {
            scene.speaking.turn();
            scene.hearing.turn();
            scene.hearing.heard.last() == Some(&said)
        });
    }
}
