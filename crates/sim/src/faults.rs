//! The menu of faults, and how often each is served.

use contracts::Span;
use kernel::Seeded;

/// How often things go wrong, in parts per million of the occasions for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    /// A message between processes is lost.
    pub drop_ppm: u32,
    /// A message between processes (or a report of the venue) comes twice.
    pub duplicate_ppm: u32,
    /// The longest time a message is under way. Different times make them overtake each other.
    pub delay_max: Span,
    /// A request to the venue, or its report, is lost.
    pub venue_drop_ppm: u32,
    /// The longest time a request or a report is under way.
    pub venue_delay_max: Span,
    /// A process crashes at one of the five moments of taking an input.
    pub crash_ppm: u32,
    /// How long a crashed process stays away, at most.
    pub down_max: Span,
    /// Two processes (or the gateway and the venue) are cut off from each other; asked each second.
    pub partition_ppm: u32,
    /// How long, at most.
    pub partition_max: Span,
    /// The feed of a market breaks; asked each second.
    pub feed_break_ppm: u32,
    /// For how long, at most.
    pub feed_break_max: Span,
    /// A process's clock jumps; asked each second.
    pub clock_jump_ppm: u32,
    /// How far a clock may be off, in either direction.
    pub clock_skew_max: Span,
    /// The file of the kill switch cannot be read, or nobody reads it; asked each second.
    pub poll_silence_ppm: u32,
    /// How long, at most.
    pub poll_silence_max: Span,
    /// The file of the kill switch appears; asked each second.
    pub kill_ppm: u32,
    /// How long it stays, at most.
    pub kill_max: Span,
    /// A process's disk is full; asked each second.
    pub disk_full_ppm: u32,
    /// How long, at most.
    pub disk_full_max: Span,
}

/// The five moments at which taking an input can be cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Crash {
    /// Before the input is written.
    BeforeInput,
    /// After the input is written, before anything is decided.
    AfterInput,
    /// After the outputs are written, before the sync.
    BeforeSync,
    /// After the sync, before anybody was told.
    BeforeEffects,
    /// After some were told.
    AmidEffects,
}

impl Crash {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [
        Self::BeforeInput,
        Self::AfterInput,
        Self::BeforeSync,
        Self::BeforeEffects,
        Self::AmidEffects,
    ];
}

impl Faults {
    /// Nothing ever goes wrong.
    pub fn none() -> Self {
        Self {
            drop_ppm: 0,
            duplicate_ppm: 0,
            delay_max: Span::MILLI,
            venue_drop_ppm: 0,
            venue_delay_max: Span::from_millis(20),
            crash_ppm: 0,
            down_max: Span::SECOND,
            partition_ppm: 0,
            partition_max: Span::SECOND,
            feed_break_ppm: 0,
            feed_break_max: Span::SECOND,
            clock_jump_ppm: 0,
            clock_skew_max: Span::ZERO,
            poll_silence_ppm: 0,
            poll_silence_max: Span::SECOND,
            kill_ppm: 0,
            kill_max: Span::SECOND,
            disk_full_ppm: 0,
            disk_full_max: Span::SECOND,
        }
    }

    /// Everything at once, more of one and less of another as the seed wills.
    pub fn all(dice: &mut Seeded) -> Self {
        let mut upto = |ppm: u32| dice.below(u64::from(ppm) + 1) as u32;
        Self {
            drop_ppm: upto(100_000),
            duplicate_ppm: upto(100_000),
            venue_drop_ppm: upto(100_000),
            crash_ppm: upto(5_000),
            partition_ppm: upto(60_000),
            feed_break_ppm: upto(20_000),
            clock_jump_ppm: upto(50_000),
            poll_silence_ppm: upto(20_000),
            kill_ppm: upto(20_000),
            disk_full_ppm: upto(40_000),
            delay_max: Span::from_millis(i64::from(upto(500)) + 1),
            venue_delay_max: Span::from_millis(i64::from(upto(3_000)) + 1),
            down_max: Span::from_millis(i64::from(upto(8_000)) + 1),
            partition_max: Span::from_millis(i64::from(upto(10_000)) + 1),
            feed_break_max: Span::from_millis(i64::from(upto(5_000)) + 1),
            clock_skew_max: Span::from_millis(i64::from(upto(500))),
            poll_silence_max: Span::from_millis(i64::from(upto(4_000)) + 1),
            kill_max: Span::from_millis(i64::from(upto(8_000)) + 1),
            disk_full_max: Span::from_millis(i64::from(upto(5_000)) + 1),
        }
    }

    /// Whether taking an input is cut short, and where.
    pub(crate) fn crash(&self, dice: &mut Seeded) -> Option<Crash> {
        dice.chance_ppm(self.crash_ppm).then(|| dice.pick(&Crash::ALL).copied()).flatten()
    }
}
