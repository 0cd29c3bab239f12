//! A service as a process of its own on the bus, with nothing in it that runs by itself: it takes what it is
//! given, says what follows from it, and hears what is there.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bus::{
    Bounds, Bus, Channel, Confirmed, Listener, ListenerSetup, Mouth, News, Offered, Plan, Position,
    Reader, ReaderName, ReaderSetup, Recent, Room, Speaker, SpeakerSetup, Stream, speak,
};
use contracts::{Delivery, Envelope, Event, Source, Ts, Wake};
use kernel::{Collected, Tap};
use launch::{Rank, ServiceSpec};
use remote::{hears, readers, reads, speaks_as, writes};
use telemetry::Clock;

use super::house::{Crew, House};
use super::order::{Place, Places};

/// How long a server is waited for at once, and how often before it is given up.
const PATIENCE: Duration = Duration::from_millis(20);
const ROUNDS_MAX: usize = 500;
/// Messages of each stream that a process still knows.
const KEPT: usize = 4_096;

/// A service, and its ways to the others.
pub(super) struct Process {
    pub(super) name: &'static str,
    crew: Crew,
    /// For each machine the last place of what it has heard since the input.
    heard: Vec<Option<Place>>,
    speaks_as: &'static [Source],
    ways: Ways,
}

struct Ways {
    mouth: Mouth,
    speaker: Speaker,
    /// What it has said, instead of a journal.
    kept: Arc<Mutex<Recent>>,
    reads: Vec<Stream>,
    reader: Reader,
    confirmed: Confirmed,
    hears: Vec<Channel>,
    listener: Listener,
}

/// What came of an input: what was said, what of it has gone to the others, and how often a machine heard
/// something before what stands before it.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) said: Vec<(Place, Envelope)>,
    pub(super) aloud: Vec<Envelope>,
    pub(super) overtaken: usize,
}

impl Process {
    /// That service, at the how-manieth start; it has its way to the others when this returns.
    pub(super) fn begin(
        (name, services, epoch): (&'static str, &[ServiceSpec], u32),
        house: &House,
        (bus, clock): (&Arc<dyn Bus>, &Clock),
    ) -> Self {
        let crew = house.crew(services, epoch);
        let (speaks_as, reads, hears) =
            (speaks_as(name), reads(name), hears(name, crew.interests()));
        let kept = Arc::new(Mutex::new(Recent::new(KEPT)));
        let (mouth, speaker) = speak(SpeakerSetup {
            bus: Arc::clone(bus),
            plans: speaks_as.iter().flat_map(|source| writes(*source)).map(plan).collect(),
            signer: house.signer(speaks_as),
            history: Box::new(Arc::clone(&kept)),
            bounds: Bounds::default(),
            clock: clock.clone(),
            seed: 1,
        });
        let sources: Vec<Source> = reads.iter().map(|stream| stream.source()).collect();
        let reader = Reader::new(ReaderSetup {
            bus: Arc::clone(bus),
            name: ReaderName::new(name).unwrap(),
            from: reads.iter().map(|stream| (*stream, Position::START)).collect(),
            verifier: house.verifier(&sources),
            bounds: Bounds::default(),
            clock: clock.clone(),
            seed: 2,
        });
        let listener = Listener::new(ListenerSetup {
            bus: Arc::clone(bus),
            channels: hears.clone(),
            verifier: house.verifier(&[Source::MdIngest, Source::RiskEngine]),
            bounds: Bounds::default(),
            clock: clock.clone(),
            seed: 3,
        });
        let (heard, confirmed) = (vec![None; crew.ranks.len()], reader.confirmed());
        let ways = Ways { mouth, speaker, kept, reads, reader, confirmed, hears, listener };
        let mut process = Self { name, crew, heard, speaks_as, ways };
        process.connect();
        process
    }

    fn connect(&mut self) {
        self.ways.speaker.turn();
        assert_eq!(
            self.ways.mouth.room(),
            Room::Plenty,
            "{}: {:?}",
            self.name,
            self.ways.mouth.trouble()
        );
        assert_eq!(self.ways.listener.next(Duration::ZERO), News::Nothing, "{}", self.name);
        if !self.ways.reads.is_empty() {
            assert_eq!(self.ways.reader.next(Duration::ZERO), News::Back, "{}", self.name);
        }
    }

    /// Whether that machine is in it.
    pub(super) fn has(&self, rank: Rank) -> bool {
        self.crew.ranks.contains(&rank)
    }

    /// Whether that enters here: who speaks as its source brings it to the others, and what only the process
    /// itself can see enters wherever somebody listens to it.
    pub(super) fn lets_in(&self, input: &Envelope) -> bool {
        match input.src {
            Source::Runtime => self.crew.interests().covers(&input.topic()),
            source => self.speaks_as.contains(&source),
        }
    }

    /// When its earliest timer wants to fire.
    pub(super) fn next_wake(&self) -> Option<Ts> {
        self.crew.sequencer.next_wake()
    }

    /// Everything of the input before is over.
    pub(super) fn begin_input(&mut self) {
        self.heard.fill(None);
    }

    /// Fires its earliest timer, if it is that one.
    pub(super) fn wake(
        &mut self,
        (at, rank, timer): (Ts, Rank, u32),
        places: &mut Places,
    ) -> Option<Taken> {
        let mut tap = (Entered::default(), Collected::default());
        let fired = self.crew.sequencer.wake(at, &mut tap).unwrap();
        let (Entered(entered), Collected(said)) = tap;
        let entered = entered.filter(|_| fired)?;
        let Event::Wake(Wake { machine, timer: fired }) = entered.event else { return None };
        places.begin(&entered);
        let taken = self.say(&said, places);
        let is_that_one = (self.crew.ranks[usize::from(machine)], fired) == (rank, timer);
        is_that_one.then_some(taken)
    }

    /// Takes something from outside that nobody else tells it.
    pub(super) fn enter(&mut self, input: Envelope, places: &mut Places) -> Taken {
        let mut tap = (Entered::default(), Collected::default());
        self.crew.sequencer.take(input.ts, input, &mut tap).unwrap();
        let (Entered(entered), Collected(said)) = tap;
        let entered = entered.unwrap();
        places.begin(&entered);
        self.hear_itself(&entered, places);
        // Whoever brings a market, or an operator's word, says aloud what it took.
        let speaks = self.speaks_as.contains(&entered.src);
        if speaks {
            self.publish(&entered);
        }
        let mut taken = self.say(&said, places);
        taken.aloud.extend(speaks.then_some(entered));
        taken
    }

    /// Takes what another process has said.
    pub(super) fn take(&mut self, now: Ts, told: Envelope, places: &mut Places) -> Taken {
        if let Some(stream) = Stream::of(&told) {
            self.ways.confirmed.up_to(stream, Position::of(&told));
        }
        let overtaken = self.hear_itself(&told, places);
        let mut said = Collected::default();
        self.crew.sequencer.take(now, told, &mut said).unwrap();
        let taken = self.say(&said.0, places);
        Taken { overtaken: taken.overtaken + overtaken, ..taken }
    }

    fn say(&mut self, said: &[Envelope], places: &mut Places) -> Taken {
        let mut taken = Taken::default();
        for said in said {
            let place = places.note(said);
            taken.overtaken += self.hear_itself(said, places);
            self.publish(said);
            taken.said.push((place, *said));
            taken.aloud.push(*said);
        }
        self.ways.speaker.turn();
        taken
    }

    /// Notes what its machines hear; how many of them have heard something before it that stands behind it.
    fn hear_itself(&mut self, heard: &Envelope, places: &Places) -> usize {
        let (topic, place) = (heard.topic(), Some(places.of(heard)));
        let mut overtaken = 0;
        for (last, listens) in self.heard.iter_mut().zip(&self.crew.listens) {
            if listens.covers(&topic) {
                overtaken += usize::from(*last > place);
                *last = last.take().max(place.clone());
            }
        }
        overtaken
    }

    /// As the shell does it: what is durable is kept before it is said.
    fn publish(&self, said: &Envelope) {
        self.ways.kept.lock().unwrap().keep(said);
        assert_eq!(self.ways.mouth.publish(said), Offered::Taken, "{}: {said:?}", self.name);
    }

    /// Hears what it has to hear of these, all of which others have said.
    pub(super) fn hear(&mut self, said: &[Envelope]) -> Vec<Envelope> {
        let is_read = |said: &&Envelope| {
            Stream::of(said).is_some_and(|stream| self.ways.reads.contains(&stream))
        };
        let is_heard = |said: &&Envelope| {
            let topic = said.topic();
            topic.kind().delivery() == Delivery::Lossy
                && self.ways.hears.iter().any(|channel| channel.covers(&topic))
        };
        let (durable, lossy) =
            (said.iter().filter(is_read).count(), said.iter().filter(is_heard).count());
        let (reader, listener) = (&mut self.ways.reader, &mut self.ways.listener);
        let mut heard = hear_of(self.name, durable, || reader.next(PATIENCE));
        heard.extend(hear_of(self.name, lossy, || listener.next(PATIENCE)));
        heard
    }
}

/// A stream, kept for those who have to read it.
fn plan(stream: Stream) -> Plan {
    let names = readers(stream).iter().map(|name| ReaderName::new(name).unwrap());
    Plan { stream, readers: names.collect() }
}

/// So many messages, and no other news.
fn hear_of(name: &str, count: usize, mut next: impl FnMut() -> News) -> Vec<Envelope> {
    let mut heard = Vec::with_capacity(count);
    for _ in 0..count + ROUNDS_MAX {
        if heard.len() == count {
            return heard;
        }
        match next() {
            News::Said(said) => heard.push(said),
            News::Nothing => {}
            other => unreachable!("{name}: {other:?}"),
        }
    }
    unreachable!("{name}: {} of {count} messages came", heard.len());
}

/// The input as it was numbered.
#[derive(Default)]
struct Entered(Option<Envelope>);

impl Tap for Entered {
    fn input(&mut self, input: &Envelope) {
        self.0 = Some(*input);
    }
}
