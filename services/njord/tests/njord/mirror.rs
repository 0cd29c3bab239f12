//! `njord up --bus`: one process that says everything on Redis too. Whatever becomes of that Redis, the process
//! trades on, and afterwards the streams are what its journal says that it said.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use bus::{Bus as _, Channel, Message, RawId, Signer, Stream};
use contracts::{Delivery, RunId, Source, TopicKind, codec};
use journal::files::RealFiles;
use journal::{Entry, JournalKey, Reader};
use njord::contracts;
use settings::{KeyFolder, Mode};

use crate::redis::{Redis, is_skipped};
use crate::rig::Desk;
use crate::running::Running;

/// A market in a hurry, and a strategy without patience.
pub(crate) const FAST: &str = r#"
[market]
hurry = 60

[risk]
symbol_orders_per_minute = 600
strategy_orders_per_minute = 600
daily_loss_cap = 2000
daily_loss_kill = 3000
drawdown_kill = 4000

[strategies.ema_cross]
symbols = ["BTC/USD"]
params = { pulse = "trades", fast = 5, slow = 15, stake = "150", stop = 15 }
"#;
/// How it is started; where the bus is comes behind it.
const UP: &str = "up -q --set ports.up=0 --config fast.toml --bus ";

fn desk() -> Desk {
    let desk = Desk::home();
    desk.write("fast.toml", FAST);
    desk
}

/// Asks again and again, until that is the answer.
#[track_caller]
fn until(desk: &Desk, line: &str, what: &str) {
    let shown = || desk.run(line).out.contains(what);
    assert!((0..3_000).any(|_| shown()), "{what}: {:?}", desk.run(line));
}

fn fills(desk: &Desk) -> u64 {
    let status = desk.run("status --json").ends(0).document();
    status["result"]["status"]["counts"]["fills"].as_u64().unwrap()
}

/// It trades: there are more executions than there were.
#[track_caller]
fn trades_on(desk: &Desk) {
    let before = fills(desk);
    assert!((0..3_000).any(|_| fills(desk) > before), "no execution after {before}");
}

/// What each stream holds on that Redis: the messages, each of them with the code of its source.
fn on_the_bus(desk: &Desk, redis: &Redis) -> BTreeMap<Stream, Vec<Vec<u8>>> {
    let keys = KeyFolder::at(desk.path("var/keys"));
    let key = |source| remote::source_key(&keys, RunId::new(1), Mode::Paper, source).unwrap();
    let verifier = Signer::new(Source::ALL.map(|source| (source, key(source)))).verifier();
    let mut reader = redis.bus().reader().unwrap();
    let mut found = BTreeMap::new();
    for stream in Source::ALL.into_iter().flat_map(|source| {
        TopicKind::ALL.into_iter().filter_map(move |kind| Stream::new(kind, source))
    }) {
        let (mut after, mut texts): (RawId, Vec<Vec<u8>>) = (RawId::default(), Vec::new());
        loop {
            let entries = reader.fetch(&[(stream, after)], 500, Duration::ZERO).unwrap();
            let Some((_, last)) = entries.last() else { break };
            after = last.id;
            for (_, entry) in entries {
                assert!(verifier.check(stream, &entry).is_some(), "{stream}: {entry:?}");
                texts.push(entry.text);
            }
        }
        if !texts.is_empty() {
            found.insert(stream, texts);
        }
    }
    found
}

/// What the journal says that was said on each stream.
fn in_the_journal(desk: &Desk) -> BTreeMap<Stream, Vec<Vec<u8>>> {
    let key = JournalKey::new(*KeyFolder::at(desk.path("var/keys")).journal().unwrap().expose());
    let reader = Reader::open(Arc::new(RealFiles), &desk.path("var/journal"), &key).unwrap();
    let mut said: BTreeMap<Stream, Vec<Vec<u8>>> = BTreeMap::new();
    let read = reader.read(1, |record| {
        if let Entry::Output(envelope) = &record.entry
            && let Some(stream) = Stream::of(envelope)
        {
            let mut text = Vec::new();
            codec::write(envelope, &mut text);
            said.entry(stream).or_default().push(text);
        }
        Ok(())
    });
    read.unwrap();
    said
}

#[track_caller]
fn bus_is_the_journal(desk: &Desk, redis: &Redis) {
    let (told, said) = (on_the_bus(desk, redis), in_the_journal(desk));
    let streams: BTreeSet<&Stream> = told.keys().chain(said.keys()).collect();
    for stream in streams {
        let none = Vec::new();
        let of = |all: &BTreeMap<Stream, Vec<Vec<u8>>>| -> Vec<String> {
            let texts = all.get(stream).unwrap_or(&none);
            texts.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect()
        };
        let (told, said) = (of(&told), of(&said));
        let place = told.iter().zip(&said).position(|(told, said)| told != said);
        let place = place.unwrap_or(told.len().min(said.len()));
        assert!(
            told == said,
            "{stream}, {} of {}: {:?} and {:?}",
            told.len(),
            said.len(),
            told.get(place),
            said.get(place)
        );
    }
    for stream in ["fills.new:execution-gateway", "risk.decision:risk-engine"] {
        assert!(told.keys().any(|told| told.to_string() == stream), "nothing on {stream}");
    }
}

/// Hears every channel until it is told to end, and has heard a head: those come every second.
fn hear(redis: &Redis, is_over: &AtomicBool) -> Vec<Message> {
    let channels: Vec<Channel> = TopicKind::ALL.into_iter().map(Channel::Kind).collect();
    let mut hearing = redis.bus().listener(&channels).unwrap();
    let (mut heard, mut has_head): (Vec<Message>, bool) = (Vec::new(), false);
    while !(is_over.load(Ordering::Acquire) && has_head) && heard.len() < 1_000_000 {
        let message = hearing.hear(Duration::from_millis(50)).unwrap();
        has_head |= message.as_ref().is_some_and(|message| message.channel == "telemetry.head");
        heard.extend(message);
    }
    heard
}

/// Each is a message as the contracts have it, on the channel of its topic, and what may be lost comes too.
#[track_caller]
fn every_message_is_valid(heard: &[Message]) {
    let mut kinds = BTreeSet::new();
    for Message { channel, text } in heard {
        let said = codec::read(text).unwrap();
        assert_eq!(&said.topic().to_string(), channel);
        let mut again = Vec::new();
        codec::write(&said, &mut again);
        assert_eq!(&again, text);
        kinds.insert(said.topic().kind());
    }
    for kind in [TopicKind::Trades, TopicKind::Mark, TopicKind::Heads, TopicKind::Fills] {
        assert!(kinds.contains(&kind), "nothing of {} was heard: {kinds:?}", kind.prefix());
    }
    let durable = kinds.iter().filter(|kind| kind.delivery() == Delivery::Durable).count();
    assert!(durable >= 5, "{kinds:?}");
}

#[test]
fn up_on_a_bus_trades_on_whatever_becomes_of_it_and_the_streams_are_its_journal() {
    if is_skipped() {
        return;
    }
    let (desk, mut redis) = (desk(), Redis::not_yet(&[]));
    let up = format!("{UP}{}", redis.url());
    // Nobody is there: that is said, and it trades.
    let running = Running::begin(&desk, &up, "bus    NOT YET on redis://127.0.0.1:");
    trades_on(&desk);
    until(&desk, "status", "BEHIND for ");
    redis.start();
    until(&desk, "status", "has everything durable");
    let is_over = AtomicBool::new(false);
    let heard = thread::scope(|threads| {
        let hearing = threads.spawn(|| hear(&redis, &is_over));
        trades_on(&desk);
        trades_on(&desk);
        is_over.store(true, Ordering::Release);
        hearing.join().unwrap()
    });
    every_message_is_valid(&heard);
    // It is killed, and comes back with nothing.
    redis.kill();
    until(&desk, "status", "BEHIND for ");
    trades_on(&desk);
    redis.start_empty();
    until(&desk, "status", "has everything durable");
    assert_eq!(running.ends(), Some(0));
    bus_is_the_journal(&desk, &redis);
    // The next start goes on behind that, and is killed while nobody is there.
    let running = Running::begin(&desk, &up, "bus    everything is said on redis://");
    trades_on(&desk);
    redis.kill();
    trades_on(&desk);
    drop(running);
    redis.start();
    let running = Running::begin(&desk, &up, "bus    everything is said on redis://");
    trades_on(&desk);
    assert_eq!(running.ends(), Some(0));
    bus_is_the_journal(&desk, &redis);
    desk.run("audit verify").ends(0);
    let log = desk.read("logs/njord-up.jsonl");
    assert!(log.contains("the bus is behind: nobody answers there"), "{log}");
    assert!(log.contains("everything durable stands on the bus"), "{log}");
}

#[test]
fn up_says_what_an_earlier_start_could_not_say_to_anybody() {
    if is_skipped() {
        return;
    }
    let (desk, mut redis) = (desk(), Redis::not_yet(&[]));
    let up = format!("{UP}{}", redis.url());
    let running = Running::begin(&desk, &up, "bus    NOT YET on redis://127.0.0.1:");
    trades_on(&desk);
    assert_eq!(running.ends(), Some(0));
    redis.start();
    let running = Running::begin(&desk, &up, "bus    everything is said on redis://");
    trades_on(&desk);
    assert_eq!(running.ends(), Some(0));
    bus_is_the_journal(&desk, &redis);
}

#[test]
fn up_on_a_bus_with_a_wrong_password_says_so_and_works_all_the_same() {
    if is_skipped() {
        return;
    }
    let users = "--user up on >right-password-of-mine allchannels ~* +@all --user default off";
    let mut redis = Redis::not_yet(&users.split(' ').collect::<Vec<_>>());
    redis.start();
    let desk = desk();
    let with = |password: &str, words: &str| -> Command {
        let mut command = desk.command(format!("{words}{}", redis.url()).split_whitespace());
        command.env("NJORD_REDIS_PASSWORD", password);
        command
    };
    let running = Running::command(with("wrong-password-of-mine", UP), "bus    NOT YET on ");
    until(&desk, "status", "Password authentication failed");
    until(&desk, "status", "the secret redis_password");
    let mirror =
        desk.run("status --json").document()["result"]["status"]["about"]["mirror"].clone();
    assert_eq!(mirror["standing"], "behind");
    assert!(!desk.run("status").out.contains("password-of-mine"));
    assert_eq!(running.ends(), Some(0));
    assert!(!desk.read("logs/njord-up.jsonl").contains("password-of-mine"));
    let running =
        Running::command(with("right-password-of-mine", UP), "bus    everything is said on ");
    until(&desk, "status", "has everything durable");
    assert_eq!(running.ends(), Some(0));
}

#[test]
fn up_on_a_bus_that_is_none_is_refused_before_anything_is_touched() {
    let desk = desk();
    for (url, what) in [
        ("rediss://127.0.0.1:6379/0", "the address of the bus"),
        (concat!("redis://somebody:", "secret", "@127.0.0.1/0"), "a user or a password in it"),
        ("http://127.0.0.1/", "bus.url"),
        ("6379", "bus.url"),
    ] {
        let ran = desk.run(&format!("{UP}{url}")).ends(1);
        assert!(ran.err.contains(what) && ran.err.contains("try: "), "{url}: {}", ran.err);
        assert!(!ran.err.contains("secret@"), "{}", ran.err);
        assert!(!desk.path("var/journal").exists(), "{url}");
    }
    let ran = desk.run("service risk-engine --set bus.kind=mirror").ends(1);
    assert!(ran.err.contains("bus.kind = \"mirror\""), "{}", ran.err);
}
