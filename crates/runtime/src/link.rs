//! The line to a venue that is another process: its market and reports come in by the doors, our
//! requests go out once their record is safe.
//!
//! The line breaks and comes back by itself, with pauses that grow; one that is silent is no line. While it
//! is down every market is down, and a request is lost: its fate is asked for, as of any other that nobody
//! answered.

use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::{Delivery, Envelope, Event, SealKey, Source, Span, TopicKind, Ts};
use execution::{OrderPort, VenueCommand};
use telemetry::{Clock, LineNumbers};

use crate::brake::Brake;
use crate::carrier::Outlet;
use crate::doors::{Doors, Offered};
use crate::hearers::Hearer;
use crate::stop::Stop;
use crate::teller::Teller;
use crate::wire::{self, Lines};

const CONNECT_MAX: Duration = Duration::from_secs(1);
const WRITE_MAX: Duration = Duration::from_secs(1);
/// A venue gives a sign of life every second; one that is silent for so long is not there.
const SILENCE_MAX: Duration = Duration::from_secs(3);
/// So often we give it one: where there is no room, it lets those go first who give none.
const BEAT_EVERY: Span = Span::from_secs(1);
/// The pauses between attempts: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(2));

/// A line to a venue; as many copies as there are users.
#[derive(Clone)]
pub struct Link(Arc<Line>);

struct Line {
    to: SocketAddr,
    clock: Clock,
    silence_max: Duration,
    stream: Mutex<Option<TcpStream>>,
    ups: AtomicU64,
    heard: AtomicU64,
    sent: AtomicU64,
    lost: AtomicU64,
}

impl Link {
    /// A line to that address; nobody has called yet.
    pub fn new(to: SocketAddr, clock: Clock) -> Self {
        Self::with_silence(to, clock, SILENCE_MAX)
    }

    /// The same; it counts as down when nothing at all is heard for so long.
    pub fn with_silence(to: SocketAddr, clock: Clock, silence_max: Duration) -> Self {
        let [ups, heard, sent, lost] = [(); 4].map(|()| AtomicU64::new(0));
        let stream = Mutex::new(None);
        Self(Arc::new(Line { to, clock, silence_max, stream, ups, heard, sent, lost }))
    }

    /// Requests that went out, and requests that found the line down.
    pub fn sent_and_lost(&self) -> (u64, u64) {
        (self.0.sent.load(Ordering::Relaxed), self.0.lost.load(Ordering::Relaxed))
    }

    /// What has gone over it so far.
    pub fn numbers(&self) -> LineNumbers {
        let (requests, lost) = self.sent_and_lost();
        let answers = self.0.heard.load(Ordering::Relaxed);
        LineNumbers { requests, lost, answers, connects: self.ups() }
    }

    /// How often the line came up.
    pub fn ups(&self) -> u64 {
        self.0.ups.load(Ordering::Relaxed)
    }

    /// Whether it is up.
    pub fn is_up(&self) -> bool {
        self.stream().is_some()
    }

    /// Sends a question, which changes nothing at the venue and carries no seal; whether it went out.
    pub fn ask(&self, question: Event) -> bool {
        self.write(&Envelope::input(Source::ExecutionGateway, (self.0.clock)(), question))
    }

    fn write(&self, request: &Envelope) -> bool {
        let mut stream = self.stream();
        let written = stream.as_mut().is_some_and(|stream| {
            wire::write(stream, request, &mut Vec::with_capacity(512)).is_ok()
        });
        drop(stream);
        if !written {
            // A line on which half a request stands is no line any more.
            self.down();
        }
        written
    }

    /// Keeps the line up, and brings what comes of it, until `stop` is said and the line taken
    /// [`down`](Self::down). Wants a thread of its own.
    pub fn keep(&self, teller: Teller, doors: &Doors, stop: &Stop) {
        self.keep_for(&mut Hearer::of_everything(teller, doors), stop);
    }

    /// The same for somebody who hears of the market from elsewhere.
    pub fn keep_for_reports(&self, doors: &Doors, stop: &Stop) {
        self.keep_for(&mut Hearer::of_reports(doors), stop);
    }

    /// The same for somebody who brings the market, and does not trade.
    pub fn keep_for_market(&self, teller: Teller, doors: &Doors, stop: &Stop) {
        self.keep_for(&mut Hearer::of_the_market(teller, doors), stop);
    }

    fn keep_for(&self, who: &mut Hearer<'_>, stop: &Stop) {
        let mut pause = PAUSES.0;
        while !stop.is_said() {
            if let Ok(stream) = TcpStream::connect_timeout(&self.0.to, CONNECT_MAX)
                && let Some(reads) = self.up(stream, stop)
            {
                // Whoever is turned away at the door, or called somebody else, waits longer each time.
                if self.listen(&reads, who, stop) {
                    pause = PAUSES.0;
                }
                self.down();
                who.lost_the_line();
            }
            stop.wait(pause);
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    fn up(&self, stream: TcpStream, stop: &Stop) -> Option<TcpStream> {
        stream.set_nodelay(true).ok()?;
        stream.set_write_timeout(Some(WRITE_MAX)).ok()?;
        stream.set_read_timeout(Some(self.0.silence_max)).ok()?;
        let reads = stream.try_clone().ok()?;
        let mut held = self.stream();
        // Whoever says stop takes the line down after that: it finds this one, or we find the word.
        if stop.is_said() {
            return None;
        }
        *held = Some(stream);
        self.0.ups.fetch_add(1, Ordering::Relaxed);
        Some(reads)
    }

    /// Takes the line down; it comes back by itself unless it is to stop.
    pub fn down(&self) {
        if let Some(stream) = self.stream().take() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn stream(&self) -> MutexGuard<'_, Option<TcpStream>> {
        self.0.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A sign of life, where the last one is a while ago, or the clock was turned.
    fn beat(&self, last: &mut Option<Ts>, now: Ts) {
        if last.is_none_or(|last| now < last || now.since(last) >= BEAT_EVERY) {
            *last = Some(now);
            if let Some(stream) = self.stream().as_mut() {
                // A line that takes nothing any more is found out by whoever reads it, or sends something.
                let _ = wire::beat(stream);
            }
        }
    }

    /// Brings everything that comes; whether anything came that could be read.
    fn listen(&self, reads: &TcpStream, who: &mut Hearer<'_>, stop: &Stop) -> bool {
        let (mut lines, mut has_heard, mut beaten) = (Lines::new(reads), false, None);
        self.beat(&mut beaten, (self.0.clock)());
        while let Ok(Some(line)) = lines.next() {
            let now = (self.0.clock)();
            self.beat(&mut beaten, now);
            has_heard |= line.is_ok();
            let Ok(Some(said)) = line else { continue };
            let topic = said.topic();
            match (topic.kind(), topic.delivery()) {
                (TopicKind::VenueReport, _) => {
                    self.0.heard.fetch_add(1, Ordering::Relaxed);
                    if who.report(Envelope::input(Source::Venue, now, said.event)) != Offered::Taken
                    {
                        break;
                    }
                }
                (kind, Delivery::Lossy) if kind.is_of_a_market() => {
                    who.market(now, &Envelope::input(Source::MdIngest, now, said.event));
                }
                // A venue says nothing else; whoever does is not believed.
                _ => {}
            }
            if stop.is_said() {
                break;
            }
        }
        has_heard
    }
}

impl OrderPort for Link {
    fn send(&mut self, command: VenueCommand) {
        let now = (self.0.clock)();
        let request = Envelope::input(Source::ExecutionGateway, now, *command.request());
        let counted = if self.write(&request) { &self.0.sent } else { &self.0.lost };
        counted.fetch_add(1, Ordering::Relaxed);
    }
}

/// Carries requests to a port, past the brake.
pub struct ToVenue<P> {
    port: P,
    key: SealKey,
    brake: Brake,
}

impl<P: OrderPort> ToVenue<P> {
    /// To that port, with the gateway's key.
    pub fn new(port: P, key: SealKey, brake: Brake) -> Self {
        Self { port, key, brake }
    }
}

impl<P: OrderPort + Send> Outlet for ToVenue<P> {
    fn carry(&mut self, said: &Envelope) {
        if said.topic().kind() != TopicKind::VenueRequest || self.brake.holds(&said.event) {
            return;
        }
        if let Ok(command) = VenueCommand::open(said, &self.key) {
            self.port.send(command);
        }
    }
}
