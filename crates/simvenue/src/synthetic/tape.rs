//! What truly happens in one market: the fair price, the mood, and the orders that come.
//!
//! Nothing here depends on what is shown of it, so the trades are the same whatever else is said. An
//! order that will come is known before it does; until then the fair price walks towards where the
//! order will find it, as a random walk that is pinned at both ends does.

use contracts::Side;
use kernel::Seeded;
use serde::{Deserialize, Serialize};

use super::batch::{Batch, Said};
use super::draw::{bell, exponential, heavy, scaled, scaled_signed, shock};
use super::law::Law;
use super::market::NEVER;
use super::mood::{BEAT_LOG2, GAP_BITS, Mood, Tempo};
use super::sweep::{Sweep, Taken, Taker};

/// One move is at most a sixteenth of the price, in units of 2^-48.
const MOVE_MAX: i64 = 1 << 44;
/// After a silence at most so many beats are made up for.
const BEATS_MAX: u64 = 64;
/// No wait between two orders is that long: 44 times the longest mean of 40 minutes.
const WAIT_MAX: u64 = 1 << 37;
/// There will never be that many trades.
const TRADES_MAX: u64 = 1 << 62;
/// How far out of 2^16 each thing leans the side of the next order.
const EVEN: i64 = 1 << 15;
const LEAN_MOVE: i64 = 6_000;
const LEAN_HABIT: i64 = 7_000;
/// The root of two, in units of 2^-16.
const ROOT_2: u64 = 92_682;

/// The course of one market.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Tape {
    stream: Seeded,
    pub(super) mood: Mood,
    pub(super) tempo: Tempo,
    /// The fair price, in parts of a tick, and since when it is that.
    pub(super) fair: u64,
    fair_at: u64,
    /// When the mood is looked at anew.
    pub(super) pulse_at: u64,
    pub(super) order: Coming,
    /// The last common beat that has been heard.
    beat: u64,
    habit: Side,
    trades: u64,
    /// Where the last trade was.
    pub(super) last: Option<u64>,
    /// What the order that has come takes; only of interest within its step.
    #[serde(skip)]
    pub(super) sweep: Sweep,
}

/// An order on its way.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Coming {
    pub(super) at: u64,
    /// The fair price it will find, and whether chance drove it up there.
    fair: u64,
    up: bool,
}

impl Tape {
    pub(super) fn new(law: &Law, stream: Seeded, start: u64) -> Self {
        let fair = law.fair_start;
        let mood = Mood::new(&law.climate, fair);
        let mut tape = Self {
            stream,
            tempo: mood.tempo(&law.climate, fair),
            mood,
            fair,
            fair_at: start,
            pulse_at: start + law.climate.pulse,
            order: Coming { at: start, fair, up: true },
            beat: start >> BEAT_LOG2,
            habit: Side::Buy,
            trades: 0,
            last: None,
            sweep: Sweep::default(),
        };
        tape.await_order(law);
        tape
    }

    /// Whether a saved tape is one that can be continued.
    pub(super) fn fits(&self, law: &Law) -> bool {
        law.reaches(self.fair)
            && law.reaches(self.order.fair)
            && self.mood.fits(&law.climate, &self.tempo)
            && self.fair_at <= self.order.at
            && self.order.at - self.fair_at < WAIT_MAX
            && self.pulse_at.max(self.order.at) < 2 * NEVER
            && self.beat <= self.order.at >> BEAT_LOG2
            && self.trades < TRADES_MAX
            && self.last.is_none_or(|tick| tick > 0)
    }

    /// Looks at the mood anew.
    pub(super) fn pulse(&mut self, law: &Law) {
        self.pulse_at += law.climate.pulse;
        // Not the fair price of now, which may have walked a part of the way, if a book is shown.
        let fair = self.order.fair;
        self.tempo = self.mood.pulse(&law.climate, &mut self.stream, fair);
    }

    /// The order that was on its way is here; says the best prices that it meets.
    #[inline]
    pub(super) fn meet_order(&mut self, law: &Law) -> (u64, u64) {
        (self.fair, self.fair_at) = (self.order.fair, self.order.at);
        let word = self.stream.next_u64();
        let part = |index: u32| word >> (16 * index) & 0xFFFF;
        let (bid, ask) = Law::touch(self.fair, self.tempo.spread, part(1));
        // Looked up, because no branch predictor sees the side coming either.
        let buys = usize::from((part(0) as i64) < self.lean());
        let (side, touch) = ([Side::Sell, Side::Buy][buys], [bid, ask][buys]);
        self.habit = side;
        let taker = Taker {
            side,
            lots: scaled(law.order, heavy(&mut self.stream), 16).max(law.order_min),
            touch,
            share: part(2),
            split: part(3),
        };
        self.sweep.set(taker, law, self.tempo.depth, &mut self.stream);
        (bid, ask)
    }

    /// Says the trades of the order that has come: one for each resting order it met.
    #[inline]
    pub(super) fn say_trades(&mut self, batch: &mut Batch) {
        let taker = self.sweep.taker;
        for &Taken { tick, lots, first } in self.sweep.taken() {
            self.trades += 1;
            batch.say(Said::Trade { id: self.trades, tick, lots: first, taker });
            if lots > first {
                self.trades += 1;
                batch.say(Said::Trade { id: self.trades, tick, lots: lots - first, taker });
            }
            self.last = Some(tick);
        }
    }

    /// The order is over: a jump happens if one was due, and the next order sets out. Says whether there
    /// was a jump.
    #[inline]
    pub(super) fn end_order(&mut self, law: &Law) -> bool {
        let jumped = self.mood.jump != 0;
        if jumped {
            self.fair = law.moved(self.fair, self.mood.jump);
            self.tempo = self.mood.jolt(&law.climate, self.fair);
        }
        if self.sweep.scare > 0 {
            self.tempo = self.mood.startle(&law.climate, self.sweep.scare, self.fair);
        }
        self.await_order(law);
        jumped
    }

    /// Moves the fair price to where it is at `now`, before the order that is on its way.
    pub(super) fn walk(&mut self, law: &Law, now: u64, word: u64) {
        let left = (self.order.at - self.fair_at).max(1);
        let passed = now.saturating_sub(self.fair_at).min(left);
        let part = (passed << 16) / left;
        let way = self.order.fair as i64 - self.fair as i64;
        let fair = self.fair.saturating_add_signed(scaled_signed(part, way, 16));
        // The variance of a walk pinned at both ends, in ordinary waits, in units of 2^-16.
        let waits = ((left << (16 + GAP_BITS)) / self.tempo.gap).min(1 << 24);
        let spread = scaled(waits, (part * ((1 << 16) - part)) >> 16, 16);
        let deviation = scaled(scaled(self.tempo.shock, ROOT_2, 16), (spread << 16).isqrt(), 16);
        let noise = scaled_signed(deviation, bell(word), 0).clamp(-MOVE_MAX, MOVE_MAX);
        (self.fair, self.fair_at) = (law.moved(fair, noise), now);
    }

    /// Draws the order that comes next.
    fn await_order(&mut self, law: &Law) {
        let at = later(self.fair_at, self.tempo.gap, &mut self.stream);
        let (size, up) = shock(self.stream.next_u64());
        let own = signed(scaled(self.tempo.shock, size, 16), up);
        let chance = own + self.common(law, at);
        self.mood.feel(chance);
        let by = (chance + self.tempo.drift).clamp(-MOVE_MAX, MOVE_MAX);
        self.order = Coming { at, fair: law.moved(self.fair, by), up: chance > 0 };
    }

    /// What all symbols went through together since the last order.
    fn common(&mut self, law: &Law, at: u64) -> i64 {
        let beat = at >> BEAT_LOG2;
        let mut sum = 0;
        for heard in (self.beat + 1).max((beat + 1).saturating_sub(BEATS_MAX))..=beat {
            let (size, up) = shock(Seeded::new(law.common ^ heard).next_u64());
            sum += signed(scaled(self.tempo.beat, size, 16), up);
        }
        self.beat = beat;
        sum
    }

    /// Out of 2^16, how often the next order buys.
    fn lean(&self) -> i64 {
        let habit = i64::from(self.habit == Side::Buy) * 2 - 1;
        let moved = i64::from(self.order.up) * 2 - 1;
        EVEN + self.tempo.lean + moved * LEAN_MOVE + habit * LEAN_HABIT
    }
}

/// After a wait that is `mean` times an exponential draw, and at least one tick of the venue's clock.
#[inline]
pub(super) fn later(at: u64, mean: u64, stream: &mut Seeded) -> u64 {
    at + scaled(mean, exponential(stream), 32 + GAP_BITS).max(1)
}

fn signed(size: u64, up: bool) -> i64 {
    // A product, because which way is a coin toss that no branch predictor sees coming.
    size as i64 * (i64::from(up) * 2 - 1)
}
