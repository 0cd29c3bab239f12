//! Somebody who can do everything on the Redis of four running services and has no key: nothing durable that they
//! say is taken, no sign of life, an alarm names it, and the services trade on. Then somebody who has stolen a key that services share.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use bus::{Appended, Bus, End, Entry, Found, Message, Position, Signer, SourceKey, Stream};
use contracts::{ClearKill, Envelope, Event, RunId, Source, TopicKind, codec};
use njord::contracts;
use remote::source_key;
use runtime::{Stop, wall_clock};
use serde_json::Value;
use settings::{KeyFolder, Mode};

use super::{Apart, SERVICES, WITH, all_up, begin, until};
use crate::redis::{Redis, is_skipped};
use crate::rig::{Desk, repository};

/// The order that the examples of the page about the bus are about. None of ours is called so.
const NOBODYS_ORDER: &str = "0000000000000001000000000000a91c";

/// So long nobody sounds that alarm before an attack.
const QUIET: Duration = Duration::from_millis(400);

/// A key that somebody made up.
pub(crate) fn made_up() -> SourceKey {
    SourceKey::new([9; 32])
}

/// Somebody says that at the end of a stream, with that key.
pub(crate) fn forges(
    redis: &Redis,
    kind: TopicKind,
    event: Event,
    (src, key): (Source, SourceKey),
) {
    let stream = Stream::new(kind, src).unwrap();
    let signer = Signer::new([(src, key)]);
    appends(redis, stream, |end| {
        let said = Envelope::input(src, wall_clock()(), event);
        let said = Envelope { epoch: end.epoch, seq: end.seq.next(), ..said };
        let text = codec::to_line(&said).into_bytes();
        signer.sign(stream, end, Position::of(&said), text).unwrap()
    });
}

/// Appends what fits behind the last entry, as soon as nobody else does so at the same moment.
fn appends(redis: &Redis, stream: Stream, entry: impl Fn(Position) -> Entry) {
    let bus: Arc<dyn Bus> = Arc::new(redis.bus());
    let mut line = bus.writer().unwrap();
    let appended = (0..1_000).any(|_| {
        let end = match line.look(stream, &[]).unwrap().end {
            End::At(found) => found.id.position().unwrap(),
            End::Nothing | End::Strange => return false,
        };
        matches!(line.append(stream, end, &[entry(end)], 999_999).unwrap(), Appended::Taken { .. })
    });
    assert!(appended, "{stream}");
}

/// The last entry of a stream.
fn last(redis: &Redis, stream: Stream) -> Found {
    let bus: Arc<dyn Bus> = Arc::new(redis.bus());
    let end = bus.writer().unwrap().look(stream, &[]).unwrap().end;
    let End::At(found) = end else { unreachable!("{stream}: {end:?}") };
    found
}

/// An old entry, as it was, behind the last one.
fn says_again(redis: &Redis, stream: Stream, old: &Found) {
    appends(redis, stream, |end| Entry {
        position: Position { seq: end.seq.next(), ..end },
        before: old.before.unwrap(),
        text: old.text.clone(),
        mac: old.mac.unwrap(),
    });
}

fn publishes(redis: &Redis, said: &Envelope) {
    let bus: Arc<dyn Bus> = Arc::new(redis.bus());
    let text = codec::to_line(said).into_bytes();
    bus.writer().unwrap().tell(&[Message { channel: said.topic().to_string(), text }]).unwrap();
}

/// The message of that type which the page about the bus shows.
fn example(kind: &str) -> Envelope {
    let page = fs::read_to_string(repository().join("docs/bus.md")).unwrap();
    let line = page.lines().find(|line| line.contains(&format!("\"type\":\"{kind}\""))).unwrap();
    codec::read(line.as_bytes()).unwrap()
}

/// How often the journals of the services have those letters.
fn written(desk: &Desk, letters: &str) -> usize {
    let in_journal = |service: &&str| {
        let live = fs::read_dir(desk.path(format!("var/{service}/journal/live"))).unwrap();
        let segments = live.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
        segments.map(|text| text.matches(letters).count()).sum::<usize>()
    };
    SERVICES.iter().map(in_journal).sum()
}

/// Does that, and waits until one of the services has sounded that alarm.
#[track_caller]
pub(crate) fn alarms(desk: &Desk, code: &str, attack: impl FnOnce()) {
    alarms_of(1, desk, code, attack);
}

/// The same of so many services.
#[track_caller]
fn alarms_of(services: usize, desk: &Desk, code: &str, attack: impl FnOnce()) {
    let code = format!("\"code\":\"{code}\"");
    // Whoever hears of the attack before this one a little later is not to count for this one.
    let mut before = written(desk, &code);
    while Stop::default().wait(QUIET) || written(desk, &code) > before {
        before = written(desk, &code);
    }
    attack();
    until(desk, &code, |_| written(desk, &code) >= before + services);
}

/// Each of those streams is named in the log of somebody who reads it.
#[track_caller]
fn are_named(desk: &Desk, streams: &[&str]) {
    until(desk, "the logs name what was forged", |_| {
        let logs = SERVICES.map(|service| desk.read(&format!("logs/{service}.jsonl"))).concat();
        streams.iter().all(|stream| logs.contains(&format!("forged at {stream} ")))
    });
}

/// What a service has counted on the bus.
fn counted(desk: &Desk, service: &str, what: &str) -> u64 {
    let word = desk.read(&format!("var/{service}/health.address"));
    let address = word.split(' ').next().unwrap();
    let mut line = TcpStream::connect(address).unwrap();
    write!(line, "GET /metrics HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut said = String::new();
    line.read_to_string(&mut said).unwrap();
    let begins = format!("njord_bus_total{{what=\"{what}\"}} ");
    let number = said.lines().find_map(|line| line.strip_prefix(&begins));
    number.unwrap_or_else(|| unreachable!("{what}: {said}")).parse().unwrap()
}

fn fills(status: &Value) -> u64 {
    status["status"]["counts"]["fills"].as_u64().unwrap()
}

fn is_tripped(status: &Value) -> bool {
    !status["status"]["kill"]["level"].is_null()
}

/// Fills, decisions, intents, a clear, a head and a market that are made up, old ones said again, and old starts.
#[test]
fn whoever_has_no_key_gets_nowhere_with_running_services() {
    if is_skipped() {
        return;
    }
    let mut apart = Apart::begin("[telemetry]\nmetrics = true\n");
    let desk = &apart.desk;
    until(desk, "executions", |status| fills(status) >= 2);
    let redis = &apart.redis;
    for (kind, name) in [
        (TopicKind::Fills, "fill"),
        (TopicKind::Decision, "approved"),
        (TopicKind::OrdersUpdate, "order"),
        (TopicKind::Intent, "place"),
    ] {
        let said = example(name);
        alarms(desk, "forged_seal", || forges(redis, kind, said.event, (said.src, made_up())));
    }
    are_named(desk, &["fills.new:execution-gateway", "risk.decision:risk-engine"]);
    for what in ["read", "heard", "alarms", "appended"] {
        until(desk, what, |_| counted(desk, "risk-engine", what) > 0);
    }
    let decisions = Stream::new(TopicKind::Decision, Source::RiskEngine).unwrap();
    let old = last(redis, decisions);
    alarms(desk, "conflicting_id", || says_again(redis, decisions, &old));
    let head = example("head");
    let of_market = Envelope { src: Source::MdIngest, ts: wall_clock()(), ..head };
    alarms(desk, "forged_seal", || publishes(redis, &of_market));
    let trade = example("trade");
    let far = Envelope { epoch: contracts::Epoch(u32::MAX), ts: wall_clock()(), ..trade };
    alarms(desk, "forged_seal", || publishes(redis, &far));

    // What the gate said before it was started again is no word of this start.
    apart.services[2].dies();
    apart.services[2] = begin(desk, "risk-engine");
    let before = fills(&until(desk, "all up", all_up));
    let anew = fills(&until(desk, "executions", |status| fills(status) > before + 1));
    alarms(desk, "conflicting_id", || says_again(redis, decisions, &old));

    // The switch stays where it is.
    desk.run(&format!("kill trip {WITH}")).ends(0);
    until(desk, "tripped", is_tripped);
    let operator = KeyFolder::at(desk.path("var/keys")).operator().unwrap().public().fingerprint();
    let clear = Event::ClearKill(ClearKill::by(operator));
    alarms(desk, "forged_seal", || {
        forges(redis, TopicKind::ControlKill, clear, (Source::Operator, made_up()));
    });
    assert!(is_tripped(&until(desk, "all up", all_up)));
    // The genuine word takes the place of the forged one.
    desk.run(&format!("kill clear {WITH}")).ends(0);
    until(desk, "executions", |status| !is_tripped(status) && fills(status) > anew + 1);
    assert_eq!(written(desk, NOBODYS_ORDER), 0, "something forged was taken");

    // Both ledgers agree.
    desk.run(&format!("kill trip {WITH}")).ends(0);
    let status = until(desk, "tripped, and nothing open", |status| {
        is_tripped(status) && status["status"]["orders"]["ours"] == 0
    });
    assert_eq!(status["status"]["orders"]["diff"], 0, "{status}");
    for line in status["status"]["positions"]["shown"].as_array().unwrap() {
        assert_eq!(line["diff"], "0", "{line}");
    }
    stolen_key_clears_nothing(desk, redis, operator);
    apart.end();
}

/// The key of the source `operator` is in the folder of every service that hears the operator. It is not the
/// operator's own, and without that nothing is cleared.
fn stolen_key_clears_nothing(desk: &Desk, redis: &Redis, operator: u32) {
    let keys = KeyFolder::at(desk.path("var/keys"));
    let key = || source_key(&keys, RunId::new(1), Mode::Paper, Source::Operator).unwrap();
    let stream = Stream::new(TopicKind::ControlKill, Source::Operator).unwrap();
    let trip = last(redis, stream);
    assert!(String::from_utf8(trip.text).unwrap().contains("\"type\":\"trip\""));
    let signed = signed_before(desk);
    for clear in [ClearKill::by(operator), signed] {
        let stolen = (Source::Operator, key());
        // The gate and the gateway have a switch each.
        alarms_of(2, desk, "forged_seal", || {
            forges(redis, TopicKind::ControlKill, Event::ClearKill(clear), stolen);
        });
        assert!(is_tripped(&until(desk, "all up", all_up)), "{clear:?}");
    }
}

/// The word with which the operator has cleared before, signature and all.
fn signed_before(desk: &Desk) -> ClearKill {
    let live = fs::read_dir(desk.path("var/operator/journal/live")).unwrap();
    let texts = live.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let text: String = texts.collect();
    let body = text.rsplit("\"type\":\"clear_kill\",\"body\":").next().unwrap();
    let end = body.find("}}").unwrap() + 2;
    let clear: ClearKill = serde_json::from_str(&body[..end]).unwrap();
    assert!(clear.signed.is_some());
    clear
}
