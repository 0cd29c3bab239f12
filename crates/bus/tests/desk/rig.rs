//! Servers to run the suite on, and those who speak, read and listen there.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bus::{
    Alarm, Bounds, Bus, Channel, Confirmed, Faults, FaultyBus, History as _, Listener,
    ListenerSetup, MemoryBus, Mouth, News, Offered, Plan, Position, Reader, ReaderName,
    ReaderSetup, Recent, Signer, SourceKey, Speaker, SpeakerSetup, Stream, Verifier, speak,
};
use contracts::testing::{price, qty, symbol};
use contracts::{
    Alert, AlertCode, Envelope, Epoch, Event, Gap, OrderId, Seq, Side, Source, Span, Topic,
    TopicKind, Trade, TradeId, Ts,
};
use telemetry::Clock;

use crate::server::{Server, is_skipped};

/// The clock of the machine.
#[expect(clippy::disallowed_methods, reason = "a server of its own process has the same clock")]
pub(crate) fn clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Ts::from_nanos(since.as_nanos() as i64)
    })
}

/// Lets another process work.
pub(crate) fn pause(patience: Duration) {
    let (nothing, never) = (Mutex::new(()), Condvar::new());
    let held = nothing.lock().unwrap();
    drop(never.wait_timeout_while(held, patience, |()| true).unwrap());
}

/// Does it again and again until it says that it is done.
#[track_caller]
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = clock()();
    while !done() {
        assert!(clock()().since(began) < Span::from_secs(25), "not in time: {what}");
    }
}

/// Bounds with which nothing takes long.
pub(crate) fn bounds() -> Bounds {
    Bounds { every: Span::from_millis(20), batch: 16, ..Bounds::default() }
}

/// A server, and what can be done to it.
pub(crate) struct Rig {
    pub(crate) bus: Arc<dyn Bus>,
    memory: Option<MemoryBus>,
    pub(crate) redis: Option<Server>,
    faulty: Option<FaultyBus>,
}

/// How much may wait on the line of a listener before it is dropped.
pub(crate) const LINE_MAX: usize = 256;

impl Rig {
    #[expect(clippy::unnecessary_wraps, reason = "a Redis may be left out, and the suite is one")]
    pub(crate) fn memory() -> Option<Self> {
        let memory = MemoryBus::with_room_for(clock(), LINE_MAX);
        let bus = Arc::new(memory.clone());
        Some(Self { bus, memory: Some(memory), redis: None, faulty: None })
    }

    pub(crate) fn redis() -> Option<Self> {
        if is_skipped() {
            return None;
        }
        // As little room on the line of a listener as the one in memory has.
        let limit = "pubsub 64kb 32kb 1";
        let options = ["--appendonly", "yes", "--appendfsync", "always"];
        let server =
            Server::with(&[&options[..], &["--client-output-buffer-limit", limit]].concat());
        let bus = Arc::new(server.bus());
        Some(Self { bus, memory: None, redis: Some(server), faulty: None })
    }

    fn with_faults(self) -> Self {
        let faulty = FaultyBus::new(Arc::clone(&self.bus), Faults::all(30_000), 7);
        Self { bus: Arc::new(faulty.clone()), faulty: Some(faulty), ..self }
    }

    pub(crate) fn faulty_memory() -> Option<Self> {
        Self::memory().map(Self::with_faults)
    }

    pub(crate) fn faulty_redis() -> Option<Self> {
        Self::redis().map(Self::with_faults)
    }

    pub(crate) fn is_faulty(&self) -> bool {
        self.faulty.is_some()
    }

    /// Nothing goes wrong from now on.
    pub(crate) fn calms_down(&self) {
        if let Some(faulty) = &self.faulty {
            faulty.set(Faults::NONE);
        }
    }

    /// Nothing gets through, or all does.
    pub(crate) fn part(&self, is_parted: bool) -> bool {
        self.faulty.as_ref().is_some_and(|faulty| {
            faulty.part(is_parted);
            true
        })
    }

    /// The server is killed.
    pub(crate) fn kill(&mut self) {
        if let Some(memory) = &self.memory {
            memory.stop();
        }
        if let Some(redis) = &mut self.redis {
            redis.kill();
        }
    }

    /// The server is started again, with what it had or with nothing.
    pub(crate) fn run_again(&mut self, keeps_data: bool) {
        if let Some(memory) = &self.memory {
            memory.stop();
            memory.start(keeps_data);
        }
        if let Some(redis) = &mut self.redis {
            redis.run_again(keeps_data);
        }
    }

    /// Somebody sets a key, or takes it away.
    pub(crate) fn set_key(&self, key: &str, value: Option<&str>) {
        if let Some(memory) = &self.memory {
            memory.set_key(key, value.map(str::as_bytes));
        }
        if let Some(redis) = &self.redis {
            let words: Vec<&str> = match value {
                Some(value) => vec!["SET", key, value],
                None => vec!["DEL", key],
            };
            redis.cli(&[], &words).unwrap();
        }
    }

    /// How many entries a stream has.
    pub(crate) fn length(&self, stream: Stream) -> usize {
        match (&self.memory, &self.redis) {
            (Some(memory), _) => memory.length(stream),
            (_, Some(redis)) => {
                redis.cli(&[], &["XLEN", &stream.to_string()]).unwrap().parse().unwrap()
            }
            _ => unreachable!(),
        }
    }
}

/// The stream of the tests.
pub(crate) fn alerts() -> Stream {
    Stream::new(TopicKind::Alerts, Source::RiskEngine).unwrap()
}

pub(crate) fn name(name: &str) -> ReaderName {
    ReaderName::new(name).unwrap()
}

/// Keys of every source, each with its own.
pub(crate) fn keys() -> Signer {
    Signer::new(Source::ALL.map(|source| (source, SourceKey::new([source as u8 + 1; 32]))))
}

pub(crate) fn verifier() -> Verifier {
    keys().verifier()
}

/// The durable message of that number.
pub(crate) fn durable(epoch: u32, seq: u64, number: u64) -> Envelope {
    let order = OrderId::from_bits(u128::from(number));
    let alert = Event::Alert(Alert { code: AlertCode::ForeignOrder, symbol: None, order });
    let said = Envelope::input(Source::RiskEngine, clock()(), alert);
    Envelope { epoch: Epoch(epoch), seq: Seq::new(seq), ..said }
}

/// The number of a durable message.
pub(crate) fn number(said: &Envelope) -> u64 {
    match said.event {
        Event::Alert(alert) => alert.order.unwrap().bits() as u64,
        other => panic!("{other:?}"),
    }
}

/// A trade that may be lost.
pub(crate) fn trade(pair: &str, epoch: u32, seq: u64) -> Envelope {
    let trade = Trade {
        symbol: symbol(pair),
        price: price("65432.1"),
        qty: qty("0.00012345"),
        id: TradeId::new(u64::MAX - seq),
        at: Ts::from_nanos(1_767_225_600_123_456_789),
        taker: Side::Sell,
    };
    let said = Envelope::input(Source::MdIngest, clock()(), Event::Trade(trade));
    Envelope { epoch: Epoch(epoch), seq: Seq::new(seq), ..said }
}

/// A process that speaks: its journal outlives it.
pub(crate) struct Speaking {
    pub(crate) mouth: Mouth,
    pub(crate) speaker: Speaker,
    pub(crate) journal: Arc<Mutex<Recent>>,
    epoch: u32,
    seq: u64,
    seqs: BTreeMap<Topic, u64>,
    pub(crate) numbers: u64,
}

impl Speaking {
    pub(crate) fn new(rig: &Rig, readers: &[&str]) -> Self {
        Self::with(rig, readers, bounds())
    }

    pub(crate) fn with(rig: &Rig, readers: &[&str], bounds: Bounds) -> Self {
        let journal = Arc::new(Mutex::new(Recent::new(1_000_000)));
        let (mouth, speaker) = Self::process(rig, readers, bounds, &journal, 1);
        let (seqs, numbers) = (BTreeMap::new(), 0);
        Self { mouth, speaker, journal, epoch: 1, seq: 0, seqs, numbers }
    }

    fn process(
        rig: &Rig,
        readers: &[&str],
        bounds: Bounds,
        journal: &Arc<Mutex<Recent>>,
        seed: u64,
    ) -> (Mouth, Speaker) {
        let readers = readers.iter().map(|reader| name(reader)).collect();
        speak(SpeakerSetup {
            bus: Arc::clone(&rig.bus),
            plans: vec![Plan { stream: alerts(), readers }],
            signer: keys(),
            history: Box::new(Arc::clone(journal)),
            bounds,
            clock: clock(),
            seed,
        })
    }

    /// The process is killed and started again: a new epoch, and the journal it had.
    pub(crate) fn restart(&mut self, rig: &Rig, readers: &[&str]) {
        let seed = u64::from(self.epoch) + 1;
        (self.mouth, self.speaker) = Self::process(rig, readers, bounds(), &self.journal, seed);
        (self.epoch, self.seq) = (self.epoch + 1, 0);
        self.seqs.clear();
    }

    /// The journal is lost, or its chain broken, and another one begun; the next start knows nothing else.
    pub(crate) fn loses_its_journal(&mut self) {
        let began = Epoch(self.epoch + 1);
        self.journal = Arc::new(Mutex::new(Recent::begun(began, 1_000_000)));
    }

    /// Whoever carries goes to a thread of their own; what is said goes there.
    pub(crate) fn takes_its_speaker(&mut self, rig: &Rig) -> Speaker {
        let (mouth, speaker) = Self::process(rig, &["one"], bounds(), &self.journal, 1);
        self.mouth = mouth;
        speaker
    }

    /// Says the next durable message: it is in the journal first.
    pub(crate) fn says(&mut self) -> Offered {
        let said = self.writes();
        self.mouth.publish(&said)
    }

    /// Writes the next durable message into the journal, and tells nobody.
    pub(crate) fn writes(&mut self) -> Envelope {
        self.seq += 1;
        self.numbers += 1;
        let said = durable(self.epoch, self.seq, self.numbers);
        self.journal.lock().unwrap().keep(&said);
        said
    }

    /// Tells of a trade.
    pub(crate) fn trades(&mut self, pair: &str) -> Envelope {
        let seq = self.seqs.entry(Topic::Trades(symbol(pair))).or_default();
        *seq += 1;
        let said = trade(pair, self.epoch, *seq);
        self.mouth.publish(&said);
        said
    }

    pub(crate) fn turn(&mut self) {
        self.speaker.turn();
    }

    /// The first message in its journal.
    pub(crate) fn journal_first(&self) -> Envelope {
        let tail = self.journal.lock().unwrap().after(alerts(), Position::START, 1);
        tail.unwrap().said[0]
    }
}

/// A process that reads, with its disk: what it has taken, and how far that is confirmed.
pub(crate) struct Reading {
    pub(crate) reader: Reader,
    confirmed: Confirmed,
    name: ReaderName,
    pub(crate) taken: Vec<Envelope>,
    pub(crate) alarms: Vec<Alarm>,
    pub(crate) confirms: bool,
}

impl Reading {
    pub(crate) fn new(bus: &Arc<dyn Bus>, as_name: &str) -> Self {
        Self::from(bus, as_name, Position::START)
    }

    pub(crate) fn from(bus: &Arc<dyn Bus>, as_name: &str, position: Position) -> Self {
        let name = name(as_name);
        let (reader, confirmed) = Self::process(bus, &name, position);
        Self { reader, confirmed, name, taken: Vec::new(), alarms: Vec::new(), confirms: true }
    }

    fn process(bus: &Arc<dyn Bus>, name: &ReaderName, from: Position) -> (Reader, Confirmed) {
        let reader = Reader::new(ReaderSetup {
            bus: Arc::clone(bus),
            name: name.clone(),
            from: vec![(alerts(), from)],
            verifier: verifier(),
            bounds: bounds(),
            clock: clock(),
            seed: 3,
        });
        let confirmed = reader.confirmed();
        (reader, confirmed)
    }

    /// The process is killed; of what it took last, so much never reached the disk.
    pub(crate) fn restart(&mut self, bus: &Arc<dyn Bus>, forgets: usize) {
        let kept = self.taken.len().saturating_sub(forgets);
        self.taken.truncate(kept);
        let from = self.taken.last().map_or(Position::START, Position::of);
        (self.reader, self.confirmed) = Self::process(bus, &self.name, from);
    }

    /// Takes what is there.
    pub(crate) fn turn(&mut self) {
        loop {
            match self.reader.next(Duration::ZERO) {
                News::Said(said) => {
                    if self.confirms {
                        self.confirmed.up_to(alerts(), Position::of(&said));
                    }
                    self.taken.push(said);
                }
                News::Alarm(alarm) => self.alarms.push(alarm),
                News::Gap(gap) => panic!("a durable stream has no gaps: {gap:?}"),
                News::Away(_) | News::Back => {}
                News::Nothing => return,
            }
        }
    }

    /// So many of them are on its disk.
    pub(crate) fn confirms_up_to(&mut self, count: usize) {
        let last = count.checked_sub(1).and_then(|last| self.taken.get(last));
        self.confirmed.up_to(alerts(), last.map_or(Position::START, Position::of));
    }

    pub(crate) fn numbers(&self) -> Vec<u64> {
        self.taken.iter().map(number).collect()
    }

    /// Each message once, in order, from the first to that one.
    #[track_caller]
    pub(crate) fn has_all_up_to(&self, last: u64) {
        let numbers = self.numbers();
        let wrong = (1..=last).zip(&numbers).find(|(expected, got)| expected != *got);
        assert_eq!((numbers.len() as u64, wrong), (last, None));
    }
}

/// A process that listens.
pub(crate) struct Hearing {
    pub(crate) listener: Listener,
    pub(crate) heard: Vec<Envelope>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) alarms: Vec<Alarm>,
    pub(crate) away: u32,
}

impl Hearing {
    /// Somebody who listens already.
    pub(crate) fn new(bus: &Arc<dyn Bus>, channels: &[Channel]) -> Self {
        let mut hearing = Self {
            listener: Listener::new(ListenerSetup {
                bus: Arc::clone(bus),
                channels: channels.to_vec(),
                verifier: keys().verifier(),
                bounds: bounds(),
                clock: clock(),
                seed: 5,
            }),
            heard: Vec::new(),
            gaps: Vec::new(),
            alarms: Vec::new(),
            away: 0,
        };
        hearing.turn();
        hearing
    }

    /// Hears what is there.
    pub(crate) fn turn(&mut self) {
        loop {
            match self.listener.next(Duration::from_millis(1)) {
                News::Said(said) => self.heard.push(said),
                News::Gap(gap) => self.gaps.push(gap),
                News::Alarm(alarm) => self.alarms.push(alarm),
                News::Away(_) => self.away += 1,
                News::Back => {}
                News::Nothing => return,
            }
        }
    }

    /// Every number from the first that it heard of up to `last` was heard once, or told to be missing once.
    pub(crate) fn accounts_up_to(&self, last: u64) -> bool {
        let mut seen: Vec<u64> = self.heard.iter().map(|said| said.seq.get()).collect();
        for gap in &self.gaps {
            let came = self.heard.iter().any(|said| said.seq == gap.got);
            seen.extend(gap.expected.get()..gap.got.get() + u64::from(!came));
        }
        seen.sort_unstable();
        let (Some(first), Some(end)) = (seen.first(), seen.last()) else { return false };
        *end >= last && seen.iter().copied().eq(*first..=*end)
    }
}
