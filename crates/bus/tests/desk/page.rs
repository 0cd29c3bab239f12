//! The page about the bus, held to the code: every topic with its class and a message of it, which every server
//! gives back as it was said, and the subscribers that it shows, run as they stand there against the shipped Redis.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bus::{
    Bus as _, Message, News, Plan, Position, Reader, ReaderSetup, Recent, SpeakerSetup, Stream,
    speak,
};
use contracts::{Delivery, Envelope, TopicKind, codec};
use serde_json::Value;

use crate::rig::{Rig, bounds, clock, keys, name, until, verifier};
use crate::server::Server;
use crate::shipped::{ADMIN, server};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page() -> String {
    fs::read_to_string(repository().join("docs/bus.md")).unwrap()
}

/// What stands in the first block of that language that holds those words.
fn block(language: &str, holds: &str) -> String {
    let page = page();
    let mut blocks = page.split("```").skip(1).step_by(2);
    let found = blocks.find(|block| block.starts_with(language) && block.contains(holds));
    found.unwrap().split_once('\n').unwrap().1.to_owned()
}

/// A message of each topic, as a line and as what it says.
fn examples() -> Vec<(String, Envelope)> {
    let lines = block("ndjson", "\"topic\"");
    lines.lines().map(|line| (line.to_owned(), codec::read(line.as_bytes()).unwrap())).collect()
}

#[test]
fn page_has_every_topic_with_its_class_and_a_message_of_it() {
    let page = page();
    let examples = examples();
    assert_eq!(examples.len(), TopicKind::ALL.len());
    for (kind, (line, example)) in TopicKind::ALL.into_iter().zip(&examples) {
        let row = page.lines().find(|row| {
            let rest = row.strip_prefix(&format!("| `{}", kind.prefix()));
            rest.is_some_and(|rest| rest.starts_with(['`', '.']))
        });
        let row = row.unwrap_or_else(|| panic!("{} has no row", kind.prefix()));
        let class = if kind.delivery() == Delivery::Durable { "durable" } else { "lossy" };
        assert!(row.contains(&format!("| {class} |")), "{row}");
        assert_eq!(example.topic().kind(), kind);
        assert_eq!(codec::to_line(example), *line, "as this build writes it");
    }
}

/// Every message that the page shows of a durable topic: with whom it is about, what it follows from, and parts
/// within parts.
#[test]
fn durable_message_comes_back_as_it_was_said() {
    let rigs = [Rig::memory(), Rig::redis(), Rig::faulty_memory(), Rig::faulty_redis()];
    for rig in rigs.into_iter().flatten() {
        let said: BTreeMap<Stream, (String, Envelope)> = examples()
            .into_iter()
            .filter_map(|(line, said)| Some((Stream::of(&said)?, (line, said))))
            .collect();
        let whole = |(_, said): &(String, Envelope)| said.corr.is_some() && said.cause.is_some();
        assert!(said.len() > 9 && said.values().filter(|said| whole(said)).count() > 4);
        let mut journal = Recent::new(1);
        for (_, said) in said.values() {
            journal.keep(said);
        }
        let plan = |stream: &Stream| Plan { stream: *stream, readers: vec![name("one")] };
        let (_mouth, mut speaker) = speak(SpeakerSetup {
            bus: Arc::clone(&rig.bus),
            plans: said.keys().map(plan).collect(),
            signer: keys(),
            history: Box::new(journal),
            bounds: bounds(),
            clock: clock(),
            seed: 1,
        });
        let mut reader = Reader::new(ReaderSetup {
            bus: Arc::clone(&rig.bus),
            name: name("one"),
            from: said.keys().map(|stream| (*stream, Position::START)).collect(),
            verifier: verifier(),
            bounds: bounds(),
            clock: clock(),
            seed: 3,
        });
        let mut read = BTreeMap::new();
        until("reading", || {
            speaker.turn();
            if let News::Said(said) = reader.next(Duration::ZERO) {
                read.insert(Stream::of(&said).unwrap(), (codec::to_line(&said), said));
            }
            read.len() == said.len()
        });
        assert_eq!(read, said);
    }
}

/// A subscriber of somebody else, gone with the test.
struct Subscriber(Child);

impl Drop for Subscriber {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Subscriber {
    /// Waits until it listens, tells it every example, and gives back that many of its lines.
    fn hears(mut self, server: &Server, lines: usize) -> Vec<String> {
        until("it listens", || {
            let patterns = server.cli(ADMIN, &["PUBSUB", "NUMPAT"]).unwrap();
            let channels = server.cli(ADMIN, &["PUBSUB", "CHANNELS"]).unwrap();
            patterns != "0" || channels.lines().count() == 3
        });
        let tell = |(text, example): (String, Envelope)| Message {
            channel: example.topic().to_string(),
            text: text.into_bytes(),
        };
        let messages: Vec<Message> = examples().into_iter().map(tell).collect();
        let bus = server.bus_as(Some(("admin", "admin-password")));
        bus.writer().unwrap().tell(&messages).unwrap();
        let said = BufReader::new(self.0.stdout.take().unwrap());
        said.lines().take(lines).map(Result::unwrap).collect()
    }
}

#[test]
fn page_shell_subscriber_hears_messages_that_fit_their_schemas() {
    let Some(server) = server() else { return };
    let command = block("sh example", "SUBSCRIBE").replace("6379", &server.port().to_string());
    let words: Vec<&str> = command.split_whitespace().collect();
    let process = Command::new(words[0])
        .args(&words[1..])
        .env("REDISCLI_AUTH", "observer-password")
        .stdout(Stdio::piped())
        .spawn();
    // Three lines for each of three subscriptions, then three for each message.
    let lines = Subscriber(process.unwrap()).hears(&server, 9 + 9);
    let mut heard = BTreeSet::new();
    for message in lines[9..].chunks(3) {
        let value: Value = serde_json::from_str(&message[2]).unwrap();
        let name = value["type"].as_str().unwrap();
        let schema = repository().join(format!("crates/contracts/schemas/{name}.json"));
        let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
        let schema = jsonschema::draft202012::new(&schema).unwrap();
        assert!(schema.is_valid(&value), "{value}");
        heard.insert(message[1].clone());
    }
    let expected: BTreeSet<String> = words[words.len() - 3..].iter().map(|w| (*w).into()).collect();
    assert_eq!(heard, expected);
}

#[test]
fn page_python_subscriber_reads_every_message_by_its_type() {
    let Some(server) = server() else { return };
    let script = server.folder().join("subscribe.py");
    fs::write(&script, block("python", "PSUBSCRIBE")).unwrap();
    let process = Command::new("python3")
        .arg("-B")
        .arg(&script)
        .args([&server.port().to_string(), "*"])
        .env("REDIS_PASSWORD", "observer-password")
        .env("PYTHONPATH", repository().join("crates/contracts/types"))
        .stdout(Stdio::piped())
        .spawn();
    let examples = examples();
    let lines = Subscriber(process.unwrap()).hears(&server, examples.len());
    for (line, (_, example)) in lines.iter().zip(&examples) {
        let head = format!("{} {} ", example.topic(), example.seq);
        assert!(line.starts_with(&head), "{line}");
    }
}
