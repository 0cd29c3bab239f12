//! How fast the bus is: messages a second of each class, and how long one hop and three hops take, in memory
//! and over a private Redis on loopback; beside a bare relay of the same messages over the same Redis.
//!
//! Nothing is synced to a disk here, and the bare relay signs, checks, numbers and keeps nothing. Run it with
//! `cargo bench -p bus`; without redis-server it says so and measures what is in memory.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints what it measured")]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]
#![allow(clippy::disallowed_methods, reason = "what takes time is measured with a clock")]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bus::{
    Bounds, Bus, Channel, Listener, ListenerSetup, MemoryBus, Message, Mouth, News, Offered, Plan,
    Position, Reader, ReaderName, ReaderSetup, Recent, RedisBus, RedisSetup, Room, Signer,
    SourceKey, Speaker, SpeakerSetup, Stream, speak,
};
use contracts::testing::{price, qty, symbol};
use contracts::{
    Alert, AlertCode, Envelope, Epoch, Event, OrderId, Seq, Side, Source, TopicKind, Trade,
    TradeId, Ts, codec,
};
use telemetry::Clock;

const MESSAGES: u64 = 200_000;
const ROUND_TRIPS: usize = 5_000;
/// Who speaks on each of the three hops.
const HOPS: [Source; 3] = [Source::StrategyEngine, Source::RiskEngine, Source::ExecutionGateway];

fn clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Ts::from_nanos(since.as_nanos() as i64)
    })
}

fn stream(source: Source) -> Stream {
    Stream::new(TopicKind::Alerts, source).unwrap()
}

fn keys() -> Signer {
    Signer::new(Source::ALL.map(|source| (source, SourceKey::new([source as u8 + 1; 32]))))
}

fn name() -> ReaderName {
    ReaderName::new("next").unwrap()
}

fn durable(source: Source, seq: u64) -> Envelope {
    let order = OrderId::from_bits(u128::from(seq));
    let alert = Event::Alert(Alert { code: AlertCode::ForeignOrder, symbol: None, order });
    let said = Envelope::input(source, clock()(), alert);
    Envelope { epoch: Epoch(1), seq: Seq::new(seq), ..said }
}

fn lossy(seq: u64) -> Envelope {
    let trade = Trade {
        symbol: symbol("BTC/USD"),
        price: price("65432.1"),
        qty: qty("0.00012345"),
        id: TradeId::new(seq),
        at: clock()(),
        taker: Side::Sell,
    };
    let said = Envelope::input(Source::MdIngest, clock()(), Event::Trade(trade));
    Envelope { epoch: Epoch(1), seq: Seq::new(seq), ..said }
}

/// Somebody who speaks as one source, on a thread of their own.
struct Voice {
    mouth: Mouth,
    journal: Arc<Mutex<Recent>>,
    source: Source,
    seq: u64,
}

impl Voice {
    fn new(bus: &Arc<dyn Bus>, source: Source) -> (Self, Speaker) {
        let journal = Arc::new(Mutex::new(Recent::new(400_000)));
        let (mouth, speaker) = speak(SpeakerSetup {
            bus: Arc::clone(bus),
            plans: vec![Plan { stream: stream(source), readers: vec![name()] }],
            signer: keys(),
            history: Box::new(Arc::clone(&journal)),
            bounds: Bounds::default(),
            clock: clock(),
            seed: 1,
        });
        (Self { mouth, journal, source, seq: 0 }, speaker)
    }

    fn says(&mut self) -> Offered {
        self.seq += 1;
        let said = durable(self.source, self.seq);
        self.journal.lock().unwrap().keep(&said);
        self.mouth.publish(&said)
    }

    fn is_ready(&self) {
        while self.mouth.room() != Room::Plenty {
            thread::yield_now();
        }
    }
}

fn reader(bus: &Arc<dyn Bus>, source: Source) -> Reader {
    Reader::new(ReaderSetup {
        bus: Arc::clone(bus),
        name: name(),
        from: vec![(stream(source), Position::START)],
        verifier: keys().verifier(),
        bounds: Bounds::default(),
        clock: clock(),
        seed: 1,
    })
}

fn listener(bus: &Arc<dyn Bus>) -> Listener {
    let mut listener = Listener::new(ListenerSetup {
        bus: Arc::clone(bus),
        channels: vec![Channel::Kind(TopicKind::Trades)],
        verifier: keys().verifier(),
        bounds: Bounds::default(),
        clock: clock(),
        seed: 1,
    });
    listener.next(Duration::from_millis(1));
    listener
}

fn a_second(count: u64, took: Duration) -> String {
    format!("{:>9.0} a second", count as f64 / took.as_secs_f64())
}

fn spread(mut took: Vec<Duration>) -> String {
    took.sort_unstable();
    let at = |part: usize| took[(took.len() * part / 1_000).min(took.len() - 1)].as_nanos() as f64;
    let micros = |part| at(part) / 1_000.0;
    format!("p50 {:>6.1} us   p99 {:>6.1} us", micros(500), micros(990))
}

/// Durable messages from one thread through the bus to another, as fast as they go.
fn durable_throughput(what: &str, bus: &Arc<dyn Bus>) {
    let (mut voice, speaker) = Voice::new(bus, Source::Operator);
    let mut reader = reader(bus, Source::Operator);
    let confirmed = reader.confirmed();
    thread::scope(|threads| {
        threads.spawn(|| speaker.run());
        voice.is_ready();
        let began = Instant::now();
        let reading = threads.spawn(move || {
            let mut last = 0;
            while last < MESSAGES {
                if let News::Said(said) = reader.next(Duration::from_millis(10)) {
                    last = said.seq.get();
                    confirmed.up_to(stream(Source::Operator), Position::of(&said));
                }
            }
        });
        let mut refused_at = None;
        for said in 1..=MESSAGES {
            if voice.says() != Offered::Taken {
                refused_at = refused_at.or(Some(said));
            }
        }
        reading.join().unwrap();
        println!("{what}: durable     {}", a_second(MESSAGES, began.elapsed()));
        match refused_at {
            Some(at) => println!("{what}: first refused at message {at}; none was lost"),
            None => println!("{what}: none of {MESSAGES} was refused"),
        }
        voice.mouth.close();
    });
}

/// Messages that may be lost, as fast as they are taken.
fn lossy_throughput(what: &str, bus: &Arc<dyn Bus>) {
    let (voice, speaker) = Voice::new(bus, Source::MdIngest);
    let mut listener = listener(bus);
    let is_over = AtomicBool::new(false);
    thread::scope(|threads| {
        threads.spawn(|| speaker.run());
        voice.is_ready();
        let began = Instant::now();
        let is_over = &is_over;
        let hearing = threads.spawn(move || {
            let (mut heard, mut at) = (0_u64, Instant::now());
            while !is_over.load(Ordering::Acquire) || at.elapsed() < Duration::from_millis(300) {
                if let News::Said(_) = listener.next(Duration::from_millis(10)) {
                    (heard, at) = (heard + 1, Instant::now());
                }
            }
            (heard, at)
        });
        for seq in 1..=MESSAGES {
            // Somebody who can wait for room does; the market would lose it here.
            while voice.mouth.publish(&lossy(seq)) != Offered::Taken {
                thread::yield_now();
            }
        }
        is_over.store(true, Ordering::Release);
        let (heard, last) = hearing.join().unwrap();
        let lost = MESSAGES - heard.min(MESSAGES);
        println!("{what}: lossy       {}, {lost} lost", a_second(heard, last - began));
        voice.mouth.close();
    });
}

/// One message at a time: from the market through three services, each of which reads, and says something.
fn three_hops(what: &str, bus: &Arc<dyn Bus>) {
    let is_over = AtomicBool::new(false);
    thread::scope(|threads| {
        let is_over = &is_over;
        let (market, speaker) = Voice::new(bus, Source::MdIngest);
        threads.spawn(|| speaker.run());
        market.is_ready();
        let mut mouths = vec![market.mouth.clone()];
        let mut listener = listener(bus);
        let mut voices: Vec<Voice> = Vec::new();
        for source in HOPS {
            let (voice, speaker) = Voice::new(bus, source);
            threads.spawn(|| speaker.run());
            voice.is_ready();
            mouths.push(voice.mouth.clone());
            voices.push(voice);
        }
        let mut last = voices.pop().unwrap();
        let mut second = voices.pop().unwrap();
        let mut first = voices.pop().unwrap();
        let mut after_first = reader(bus, HOPS[0]);
        threads.spawn(move || {
            while !is_over.load(Ordering::Acquire) {
                if let News::Said(_) = listener.next(Duration::from_millis(50)) {
                    first.says();
                }
            }
        });
        threads.spawn(move || {
            while !is_over.load(Ordering::Acquire) {
                if let News::Said(_) = after_first.next(Duration::from_millis(50)) {
                    second.says();
                }
            }
        });
        // The third service is this thread; what it says last is read at the far end.
        let mut after_second = reader(bus, HOPS[1]);
        let mut at_the_end = reader(bus, HOPS[2]);
        let (mut one, mut three) = (Vec::new(), Vec::new());
        for seq in 1..=ROUND_TRIPS as u64 {
            let began = Instant::now();
            market.mouth.publish(&lossy(seq));
            while !matches!(after_second.next(Duration::from_millis(50)), News::Said(_)) {}
            three.push(began.elapsed());
            let began = Instant::now();
            last.says();
            while !matches!(at_the_end.next(Duration::from_millis(50)), News::Said(_)) {}
            one.push(began.elapsed());
        }
        println!("{what}: one hop     {}", spread(one));
        println!("{what}: three hops  {}", spread(three));
        is_over.store(true, Ordering::Release);
        mouths.iter().for_each(Mouth::close);
    });
}

/// The same way with nothing but PUBLISH and SUBSCRIBE.
fn bare_relay(what: &str, bus: &Arc<dyn Bus>) {
    let kinds = [TopicKind::Intent, TopicKind::Decision, TopicKind::OrdersAccepted];
    let text = codec::to_line(&durable(Source::RiskEngine, 1)).into_bytes();
    let is_over = AtomicBool::new(false);
    thread::scope(|threads| {
        let is_over = &is_over;
        for hop in 0..2 {
            let mut ear = bus.listener(&[Channel::Kind(kinds[hop])]).unwrap();
            let mut mouth = bus.writer().unwrap();
            let next = kinds[hop + 1].prefix().to_owned();
            threads.spawn(move || {
                while !is_over.load(Ordering::Acquire) {
                    if let Some(heard) = ear.hear(Duration::from_millis(50)).unwrap() {
                        let channel = next.clone();
                        mouth.tell(&[Message { channel, text: heard.text }]).unwrap();
                    }
                }
            });
        }
        let mut end = bus.listener(&[Channel::Kind(kinds[2])]).unwrap();
        let mut mouth = bus.writer().unwrap();
        let mut took = Vec::new();
        for _ in 0..ROUND_TRIPS {
            let began = Instant::now();
            let channel = kinds[0].prefix().to_owned();
            mouth.tell(&[Message { channel, text: text.clone() }]).unwrap();
            while end.hear(Duration::from_millis(50)).unwrap().is_none() {}
            took.push(began.elapsed());
        }
        println!("{what}: bare relay  {}   (three hops)", spread(took));
        is_over.store(true, Ordering::Release);
    });
}

fn all(what: &str, new: impl Fn() -> Arc<dyn Bus>) {
    durable_throughput(what, &new());
    lossy_throughput(what, &new());
    three_hops(what, &new());
    bare_relay(what, &new());
}

struct Server {
    process: Child,
    /// It goes when the server has gone.
    _folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn redis() -> Option<(Server, Arc<dyn Bus>)> {
    let folder = tempfile::TempDir::new().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let process = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"])
        .arg(port.to_string())
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .ok()?;
    let setup = RedisSetup {
        url: format!("redis://127.0.0.1:{port}/0"),
        login: None,
        connect_timeout: Duration::from_secs(2),
        answer_timeout: Duration::from_secs(5),
    };
    let bus: Arc<dyn Bus> = Arc::new(RedisBus::new(&setup).unwrap());
    while bus.writer().is_err() {
        thread::yield_now();
    }
    Some((Server { process, _folder: folder }, bus))
}

fn main() {
    all("memory", || Arc::new(MemoryBus::with_room_for(clock(), 1_000_000)));
    match redis() {
        Some((_server, bus)) => all("redis ", || Arc::clone(&bus)),
        None => println!("redis : NOT MEASURED, there is no redis-server here"),
    }
}
