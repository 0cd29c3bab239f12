//! The shipped `redis.conf` and `users.acl`: Redis starts with them, on loopback alone; each service can do its
//! own work and nobody else's, and without a password nobody can do anything.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bus::{
    Bus, Channel, FaultKind, Keeper, LeaseSetup, LeaseStanding, Listener, ListenerSetup, News,
    Plan, Position, Reader, ReaderSetup, Recent, Speaker, SpeakerSetup, Stream, speak,
};
use contracts::{Delivery, Source, Span, TopicKind};

use crate::rig::{alerts, bounds, clock, durable, keys, name, trade, until, verifier};
use crate::server::{Server, is_skipped};

/// Which sources speak in which service.
const SERVICES: &[(&str, &[Source])] = &[
    ("md-ingest", &[Source::MdIngest]),
    ("strategy-engine", &[Source::StrategyEngine]),
    ("risk-engine", &[Source::RiskEngine]),
    ("execution-gateway", &[Source::ExecutionGateway, Source::Venue, Source::Protector]),
    ("operator", &[Source::Operator]),
    (
        "up",
        &[
            Source::MdIngest,
            Source::StrategyEngine,
            Source::RiskEngine,
            Source::ExecutionGateway,
            Source::Venue,
            Source::Protector,
        ],
    ),
];

fn shipped(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/redis").join(file)
}

/// Somebody who may do everything, and is not shipped.
pub(crate) const ADMIN: &[&str] =
    &["--user", "admin", "--pass", "admin-password", "--no-auth-warning"];

/// A Redis with the shipped files, and a password for each user, and for one who may do everything besides:
/// `NAME-password`.
pub(crate) fn server() -> Option<Server> {
    if is_skipped() {
        return None;
    }
    let folder = tempfile::TempDir::new().unwrap();
    let users = fs::read_to_string(shipped("users.acl")).unwrap();
    let with_password = |line: &str| {
        let user = line.split(' ').nth(1).unwrap();
        if user == "default" { line.to_owned() } else { format!("{line} >{user}-password") }
    };
    let admin = "user admin on resetpass ~* &* +@all";
    let users: Vec<String> = users.lines().chain([admin]).map(with_password).collect();
    fs::write(folder.path().join("users.acl"), users.join("\n") + "\n").unwrap();
    // The port of the test holds against that of the file; its folders have to be there.
    let here = folder.path().display().to_string();
    let conf = fs::read_to_string(shipped("redis.conf")).unwrap();
    let conf = conf.replace("/var/lib/njord/redis", &here).replace("/etc/njord/redis", &here);
    let file = folder.path().join("redis.conf");
    fs::write(&file, conf).unwrap();
    Some(Server::with_file(&file.display().to_string(), &[], folder))
}

fn bus_of(server: &Server, user: &str) -> Arc<dyn Bus> {
    Arc::new(server.bus_as(Some((user, &format!("{user}-password")))))
}

/// A journal with one message in it.
fn journal() -> Recent {
    let mut journal = Recent::new(8);
    journal.keep(&durable(1, 1, 1));
    journal
}

fn speaker(bus: &Arc<dyn Bus>, stream: Stream) -> (bus::Mouth, Speaker) {
    speak(SpeakerSetup {
        bus: Arc::clone(bus),
        plans: vec![Plan { stream, readers: vec![name("reader")] }],
        signer: keys(),
        history: Box::new(journal()),
        bounds: bounds(),
        clock: clock(),
        seed: 1,
    })
}

#[test]
fn shipped_redis_listens_on_loopback_and_asks_for_a_password() {
    let Some(server) = server() else { return };
    let fault = server.bus().writer().err().unwrap();
    assert_eq!(fault.kind, FaultKind::NotAllowed, "{fault}");
    let wrong = server.bus_as(Some(("risk-engine", "wrong-password-of-mine")));
    let fault = wrong.writer().err().unwrap();
    assert_eq!(fault.kind, FaultKind::NotAllowed, "{fault}");
    let said = format!("{fault} {fault:?}");
    assert!(!said.contains("wrong-password-of-mine"), "{said}");
    assert!(said.contains("secret redis_password"), "{said}");
    let conf = fs::read_to_string(shipped("redis.conf")).unwrap();
    let binds: Vec<&str> = conf.lines().filter(|line| line.starts_with("bind")).collect();
    assert_eq!(binds, ["bind 127.0.0.1"]);
    for line in fs::read_to_string(shipped("users.acl")).unwrap().lines() {
        let is_open = line.split(' ').any(|word| {
            matches!(word, "nopass" | "+@all" | "allkeys" | "~*") || word.starts_with(['>', '#'])
        });
        assert!(!is_open, "a password or everything is shipped: {line}");
    }
}

#[test]
fn shipped_users_write_their_own_streams_and_nobody_elses() {
    let Some(server) = server() else { return };
    for (user, sources) in SERVICES {
        let bus = bus_of(&server, user);
        for source in Source::ALL {
            let stream = Stream::new(TopicKind::Alerts, source).unwrap();
            let entry = keys().sign(stream, Position::START, Position::new(1, 1), b"{}".to_vec());
            let mut writer = bus.writer().unwrap();
            let appended = writer.append(stream, Position::START, &[entry.unwrap()], 9);
            assert_eq!(appended.is_ok(), sources.contains(&source), "{user}: {stream}");
            if let Err(fault) = appended {
                assert_eq!(fault.kind, FaultKind::NotAllowed, "{fault}");
            }
        }
    }
    let mut observer = bus_of(&server, "observer").reader().unwrap();
    assert!(observer.place(&name("reader"), &[(alerts(), Position::START)]).is_err());
}

/// Everything that a service does: it speaks, reads, confirms, trims and listens.
#[test]
fn shipped_users_can_do_their_own_work() {
    let Some(server) = server() else { return };
    let risk = bus_of(&server, "risk-engine");
    let (mouth, mut speaker) = speaker(&risk, alerts());
    let gateway = bus_of(&server, "execution-gateway");
    let mut reader = Reader::new(ReaderSetup {
        bus: Arc::clone(&gateway),
        name: name("reader"),
        from: vec![(alerts(), Position::START)],
        verifier: verifier(),
        bounds: bounds(),
        clock: clock(),
        seed: 1,
    });
    speaker.turn();
    until("read, confirmed and trimmed", || {
        mouth.nudge();
        speaker.turn();
        assert_eq!(mouth.trouble(), None);
        match reader.next(Duration::ZERO) {
            News::Away(why) => panic!("{why}"),
            news => matches!(news, News::Said(_)),
        }
    });
    let lossy = TopicKind::ALL.into_iter().filter(|kind| kind.delivery() == Delivery::Lossy);
    let of_market: Vec<Channel> = lossy
        .filter(|kind| kind.prefix().starts_with("md.") || *kind == TopicKind::Heads)
        .map(Channel::Kind)
        .collect();
    for (user, _) in SERVICES {
        let listening = bus_of(&server, user).listener(&of_market);
        assert!(listening.is_ok(), "{user}: {:?}", listening.err());
    }
    let mut listener = Listener::new(ListenerSetup {
        bus: bus_of(&server, "observer"),
        channels: vec![Channel::Kind(TopicKind::Trades)],
        verifier: keys().verifier(),
        bounds: bounds(),
        clock: clock(),
        seed: 1,
    });
    listener.next(Duration::ZERO);
    let ingest = bus_of(&server, "md-ingest");
    let of_ingest = Stream::new(TopicKind::Alerts, Source::MdIngest).unwrap();
    let (mouth, mut speaker) = self::speaker(&ingest, of_ingest);
    speaker.turn();
    mouth.publish(&trade("BTC/USD", 1, 1));
    until("heard", || {
        speaker.turn();
        matches!(listener.next(Duration::from_millis(10)), News::Said(_))
    });
}

#[test]
fn shipped_users_the_gateway_alone_keeps_leases() {
    let Some(server) = server() else { return };
    for (user, _) in SERVICES {
        let (mut keeper, _) = Keeper::new(LeaseSetup {
            bus: bus_of(&server, user),
            what: "account".to_owned(),
            who: (*user).to_owned(),
            term: Span::from_secs(1),
            above: 0,
            clock: clock(),
            seed: 1,
        });
        let (standing, _) = keeper.turn();
        let is_ours = matches!(standing, LeaseStanding::Ours { .. });
        assert_eq!(is_ours, *user == "execution-gateway", "{user}: {standing:?}");
    }
}

/// Programs outside say signals, and nothing else: not even what they say of themselves, and they hear nothing.
#[test]
fn shipped_external_says_signals_and_nothing_else() {
    let Some(server) = server() else { return };
    let bus = bus_of(&server, "external");
    let streams = Source::ALL.into_iter().flat_map(|source| {
        TopicKind::ALL.into_iter().filter_map(move |kind| Stream::new(kind, source))
    });
    for stream in streams {
        let entry = keys().sign(stream, Position::START, Position::new(1, 1), b"{}".to_vec());
        let mut writer = bus.writer().unwrap();
        let appended = writer.append(stream, Position::START, &[entry.unwrap()], 9);
        let is_its_own = (stream.kind(), stream.source()) == (TopicKind::Signal, Source::External);
        assert_eq!(appended.is_ok(), is_its_own, "{stream}");
        assert_eq!(writer.look(stream, &[name("strategy-engine")]).is_ok(), is_its_own, "{stream}");
    }
    let signals = Stream::new(TopicKind::Signal, Source::External).unwrap();
    let mut writer = bus.writer().unwrap();
    assert!(writer.trim(signals, bus::Keep::Last(1)).is_ok());
    let trades = bus::Message { channel: "md.trades.BTC-USD".to_owned(), text: b"{}".to_vec() };
    assert!(writer.tell(&[trades]).is_err());
    assert!(bus.listener(&[Channel::Kind(TopicKind::Trades)]).is_err());
    let placed = bus.reader().unwrap().place(&name("external"), &[(signals, Position::START)]);
    assert!(placed.is_err(), "who reads it is not for them to say");
}
