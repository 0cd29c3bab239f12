//! Whether a process lives, sees its markets and stands well with the bus: for its health, and for the numbers.

use bus::{Mouth, Room, Totals};
use contracts::{Envelope, Event, FeedState, Span, Symbol, Ts};
use kernel::Tap;
use telemetry::{HealthSetup, Metrics, Need, Pulse};

/// The kill switch is polled ten times a second: a sequencer that takes nothing for so long does not live.
const SILENT_MAX: Span = Span::from_secs(5);

/// Whether it lives, and whether it sees its markets. Listens at the sequencer.
pub struct Vitals {
    pulse: Pulse,
    market: Need,
    /// Markets that are not to be trusted, or have not been heard of.
    unsafe_feeds: Vec<Symbol>,
}

impl Vitals {
    /// Of a process that has to see those markets.
    pub fn new(health: &mut HealthSetup, symbols: Vec<Symbol>, now: Ts) -> Self {
        let pulse = health.pulse("sequencer", SILENT_MAX, now);
        Self { pulse, market: health.need("market"), unsafe_feeds: symbols }
    }
}

impl Tap for Vitals {
    fn input(&mut self, envelope: &Envelope) {
        self.pulse.beat(envelope.rx);
        let Event::Feed(feed) = envelope.event else { return };
        self.unsafe_feeds.retain(|symbol| *symbol != feed.symbol);
        if feed.state != FeedState::Live {
            self.unsafe_feeds.push(feed.symbol);
        }
        if self.unsafe_feeds.is_empty() {
            self.market.met();
        } else {
            self.market.missing();
        }
    }
}

/// How a process stands with the bus on which it speaks.
pub struct BusVitals {
    mouth: Mouth,
    need: Need,
    metrics: Metrics,
    told: Totals,
}

impl BusVitals {
    /// Of whoever speaks there.
    pub fn new(mouth: Mouth, need: Need, metrics: Metrics) -> Self {
        Self { mouth, need, metrics, told: Totals::default() }
    }

    /// Looks, and tells health and numbers.
    pub fn look(&mut self) -> Room {
        let room = self.mouth.room();
        if room == Room::Plenty {
            self.need.met();
        } else {
            self.need.missing();
        }
        self.mouth.counts().tell(&self.metrics, &mut self.told);
        self.metrics.bus_room(room.gauge());
        room
    }
}
