//! From a market event to the order at the venue, one at a time: the strategies hear a trade and say an intent,
//! the gate reads that and says a decision, the gateway reads that and says the request, which the end reads.
//!
//! Two ends are measured of every trip. The gateway has the decision after three passes through the server: the
//! trade, which may be lost, and two that may not be. Then the order can go to the venue, which is where services
//! apart end. Whoever reads the request on its stream has it after a fourth pass. Each of ours is numbered, signed,
//! appended, read and checked. The relay passes on the same four texts and does nothing else, and has the same two
//! ends. Both are measured in rounds that take turns, so that whatever else goes on meets both.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use bus::{Bus, Confirmed, Listener, Mouth, News, Position, Reader, Stream};
use contracts::{Envelope, TopicKind};

use crate::disk::{Disk, Kept};
use crate::figures::Spread;
use crate::messages::party;
use crate::parties::{Voice, listener, names, reader};
use crate::relay::Relay;

/// What is said on the way, in order.
pub(crate) const PASSES: [TopicKind; 4] =
    [TopicKind::Trades, TopicKind::Intent, TopicKind::Decision, TopicKind::VenueRequest];
/// Who makes the last of them.
pub(crate) const GATEWAY: usize = 3;
/// What is said on a hop alone.
const ALONE: TopicKind = TopicKind::Fills;
/// How long somebody waits before they look whether it is over.
pub(crate) const PATIENCE: Duration = Duration::from_millis(200);

/// Rounds that count; one before them warms up.
const ROUNDS: usize = 40;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Four texts passed on, and nothing else.
    Relay,
    /// One durable message, from who says it to who reads it.
    OneHop,
    /// The way, with no disk behind it.
    ThreeHops,
    /// The same; each service writes its journal before it says something, and does not wait for the disk.
    Written,
    /// The same, and waits for the disk.
    Synced,
}

impl Lane {
    pub(crate) const ALL: [Self; 5] =
        [Self::Relay, Self::OneHop, Self::ThreeHops, Self::Written, Self::Synced];

    const fn name(self) -> &'static str {
        match self {
            Self::Relay => "bare relay",
            Self::OneHop => "one durable hop",
            Self::ThreeHops => "hops, no journal",
            Self::Written => "hops, journals, sync off",
            Self::Synced => "hops, journals, sync on",
        }
    }

    /// How often in one round: as often as what it is compared with.
    const fn trips(self) -> usize {
        match self {
            Self::Relay | Self::OneHop | Self::ThreeHops => 200,
            Self::Written | Self::Synced => 40,
        }
    }
}

/// When the gateway had the decision, told by its thread to whoever measures.
#[derive(Clone)]
pub(crate) struct Midway {
    base: Instant,
    at: Arc<AtomicU64>,
}

impl Midway {
    fn new() -> Self {
        Self { base: Instant::now(), at: Arc::default() }
    }

    /// It is now.
    pub(crate) fn reached(&self) {
        self.at.store(self.base.elapsed().as_nanos() as u64, Ordering::Release);
    }

    fn after(&self, began: Instant) -> Duration {
        let at = self.base + Duration::from_nanos(self.at.load(Ordering::Acquire));
        at.duration_since(began)
    }
}

/// What was measured on a lane: until the gateway had the decision, and until the end.
#[derive(Default)]
struct Took {
    midway: Vec<Duration>,
    all: Vec<Duration>,
}

/// Measures those in turns and says how they compare.
pub(crate) fn compare(bus: &Arc<dyn Bus>, lanes: &[Lane]) {
    let (is_over, midway) = (AtomicBool::new(false), Midway::new());
    let folder = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut took: Vec<Took> = lanes.iter().map(|_| Took::default()).collect();
    thread::scope(|threads| {
        let mut relay = Relay::new(bus, threads, &is_over, &midway);
        let mut ours = Ours::new(bus, threads, &is_over, &midway, folder.path());
        for round in 0..=ROUNDS {
            for place in 0..lanes.len() {
                // Whoever comes first in one round comes last in the next.
                let place = (place + round) % lanes.len();
                let lane = lanes[place];
                ours.switches_to(lane);
                for _ in 0..lane.trips() {
                    let began = Instant::now();
                    match lane {
                        Lane::Relay => relay.trip(),
                        Lane::OneHop => ours.hop(),
                        _ => ours.trip(),
                    }
                    let all = began.elapsed();
                    if round > 0 {
                        took[place].all.push(all);
                        if lane != Lane::OneHop {
                            took[place].midway.push(midway.after(began));
                        }
                    }
                }
            }
        }
        is_over.store(true, Ordering::Release);
        ours.mouths.iter().for_each(Mouth::close);
    });
    // Whoever measures next begins with nothing.
    let mut line = bus.writer().unwrap();
    for kind in PASSES.into_iter().chain([ALONE]) {
        if let Some(stream) = Stream::new(kind, party(kind).0) {
            line.clear(stream).unwrap();
        }
    }
    show(lanes, &took);
}

fn show(lanes: &[Lane], took: &[Took]) {
    println!("                              to the gateway: 3 passes      to the end: 4 passes");
    println!("                              p50           p99             p50           p99");
    let spreads: Vec<(Option<Spread>, Spread)> = took
        .iter()
        .map(|took| (Spread::of(&took.midway), Spread::of(&took.all).unwrap()))
        .collect();
    for (lane, (midway, all)) in lanes.iter().zip(&spreads) {
        let midway = midway.map_or(String::new(), Spread::text);
        println!("  {:26} {midway:26}    {}  of {}", lane.name(), all.text(), all.of);
    }
    let place = |lane| lanes.iter().position(|held| *held == lane);
    let of = |lane| {
        let (midway, all) = spreads[place(lane)?];
        Some((midway?, all))
    };
    if let (Some(relay), Some(ours)) = (place(Lane::Relay), place(Lane::ThreeHops)) {
        let (relay, ours) = (&took[relay], &took[ours]);
        println!("  times the relay, to the gateway: {}", times(&ours.midway, &relay.midway));
        println!("                   to the end:     {}", times(&ours.all, &relay.all));
    }
    if let (Some(off), Some(on)) = (of(Lane::Written), of(Lane::Synced)) {
        let more = |on: Spread, off: Spread| {
            format!("{:.0} us at p50, {:.0} us at p99", on.p50 - off.p50, on.p99 - off.p99)
        };
        println!("  two syncs add, to the gateway: {}", more(on.0, off.0));
        println!("  three syncs add, to the end:   {}", more(on.1, off.1));
    }
}

/// How many times as long ours takes: of all trips, and of each round on its own, since a machine with other work on it
/// is now quiet and now not.
fn times(ours: &[Duration], relay: &[Duration]) -> String {
    let of_all = (Spread::of(ours).unwrap(), Spread::of(relay).unwrap());
    let (p50, p99) = (of_all.0.p50 / of_all.1.p50, of_all.0.p99 / of_all.1.p99);
    let rounds = |took: &[Duration]| -> Vec<f64> {
        took.chunks(Lane::Relay.trips()).map(|round| Spread::of(round).unwrap().p50).collect()
    };
    let pairs = rounds(ours).into_iter().zip(rounds(relay));
    let mut each: Vec<f64> = pairs.map(|(ours, relay)| ours / relay).collect();
    each.sort_by(f64::total_cmp);
    let (least, middle, most) = (each[0], each[each.len() / 2], each[each.len() - 1]);
    format!("p50 {p50:.2}, p99 {p99:.2}; p50 by rounds {middle:.2}, from {least:.2} to {most:.2}")
}

/// The services, and both ends of the way.
struct Ours {
    disk: Arc<Disk>,
    mouths: Vec<Mouth>,
    market: Voice,
    end: Ear,
    /// Somebody else, for a hop alone.
    other: Voice,
    others_end: Ear,
}

impl Ours {
    fn new<'threads>(
        bus: &Arc<dyn Bus>,
        threads: &'threads Scope<'threads, '_>,
        is_over: &'threads AtomicBool,
        midway: &Midway,
        folder: &Path,
    ) -> Self {
        let (disk, mut mouths) = (Arc::new(Disk::default()), Vec::new());
        let mut speaks = |kind| {
            let (voice, speaker) = Voice::new(bus, kind, party(kind).0, 1);
            threads.spawn(|| speaker.run());
            voice.is_ready();
            mouths.push(voice.mouth.clone());
            voice
        };
        let market = speaks(PASSES[0]);
        for pass in 1..PASSES.len() {
            let mut voice = speaks(PASSES[pass]);
            let mut ear = Ear::new(bus, PASSES[pass - 1]);
            let mut kept = Kept::new(&folder.join(pass.to_string()), &disk);
            let midway = (pass == GATEWAY).then(|| midway.clone());
            threads.spawn(move || {
                while !is_over.load(Ordering::Acquire) {
                    if let Some(heard) = ear.hears() {
                        midway.iter().for_each(Midway::reached);
                        let said = voice.next();
                        kept.takes(&heard, &said);
                        voice.says(&said);
                    }
                }
            });
        }
        let other = speaks(ALONE);
        let (end, others_end) = (Ear::new(bus, PASSES[3]), Ear::new(bus, ALONE));
        Self { disk, mouths, market, end, other, others_end }
    }

    fn switches_to(&self, lane: Lane) {
        let is_written = matches!(lane, Lane::Written | Lane::Synced);
        self.disk.is_written.store(is_written, Ordering::Release);
        self.disk.is_synced.store(lane == Lane::Synced, Ordering::Release);
    }

    /// Once all the way.
    fn trip(&mut self) {
        self.market.says_the_next();
        while self.end.hears().is_none() {}
    }

    fn hop(&mut self) {
        self.other.says_the_next();
        while self.others_end.hears().is_none() {}
    }
}

/// Who waits for what was said, and confirms it where it must not be lost.
enum Ear {
    Hears(Box<Listener>),
    Reads(Box<Reader>, Confirmed),
}

impl Ear {
    fn new(bus: &Arc<dyn Bus>, kind: TopicKind) -> Self {
        match Stream::new(kind, party(kind).0) {
            None => Self::Hears(Box::new(listener(bus, kind))),
            Some(stream) => {
                let reader = reader(bus, stream, names(1).remove(0));
                let confirmed = reader.confirmed();
                Self::Reads(Box::new(reader), confirmed)
            }
        }
    }

    fn hears(&mut self) -> Option<Envelope> {
        let news = match self {
            Self::Hears(listener) => listener.next(PATIENCE),
            Self::Reads(reader, _) => reader.next(PATIENCE),
        };
        let News::Said(said) = news else { return None };
        if let (Self::Reads(_, confirmed), Some(stream)) = (self, Stream::of(&said)) {
            confirmed.up_to(stream, Position::of(&said));
        }
        Some(said)
    }
}
