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
    /// Somebody wants every position closed at once; asked each second.
    pub flatten_ppm: u32,
    /// For how long, at most.
    pub flatten_max: Span,
    /// Somebody pauses a strategy; asked each second.
    pub pause_ppm: u32,
    /// For how long, at most.
    pub pause_max: Span,
    /// Somebody tightens a limit, or would loosen one; asked each second.
    pub limits_ppm: u32,
    /// For how long, at most.
    pub limits_max: Span,
    /// The venue takes no orders of a market, or only some; asked each second.
    pub closed_ppm: u32,
    /// For how long, at most.
    pub closed_max: Span,
    /// A process's disk is full; asked each second.
    pub disk_full_ppm: u32,
    /// How long, at most.
    pub disk_full_max: Span,
    /// Something holds the door to the venue shut for what could open a position; asked each second.
    pub hold_ppm: u32,
    /// For how long, at most.
    pub hold_max: Span,
    /// Somebody changes the journal of a process that is away: it forgets what stands behind; asked at each start.
    pub forget_ppm: u32,
}

/// Something on the menu, by its name, with what takes it off.
pub type Item = (&'static str, fn(&mut Faults));

/// Something that went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// A message between processes was lost.
    MessageLost,
    /// A message between processes came twice.
    MessageTwice,
    /// A process did not hear something of a market.
    MarketUnheard,
    /// A request was lost on its way to the venue.
    RequestLost,
    /// A word of the venue was lost.
    ReportLost,
    /// A word of the venue came twice.
    ReportTwice,
    /// A process crashed.
    Crashed(Crash),
    /// Two were cut off from each other.
    Partition,
    /// The feed of a market broke.
    FeedBroke,
    /// A clock jumped.
    ClockJumped,
    /// Nobody read the file of the kill switch.
    SwitchUnread,
    /// The file of the kill switch could not be read.
    SwitchUnreadable,
    /// The file of the kill switch lay there.
    SwitchTripped,
    /// Everything was to be closed.
    Flattened,
    /// A strategy was paused.
    Paused,
    /// A limit was changed, or somebody wanted to.
    LimitChanged,
    /// A market took no orders, or not all.
    MarketClosed,
    /// A disk was full.
    DiskFull,
    /// What the disk had in reserve was gone too, and the process ended.
    ReserveGone,
    /// A request was held back at the door to the venue.
    HeldBack,
    /// A chain was broken, and what stood behind the break is forgotten.
    ChainBroke,
    /// A day ended.
    Midnight,
    /// A strategy broke its contract.
    StrategyBroke,
    /// The loss of a day tripped the kill switch.
    DayKilled,
    /// A fall from the highest equity did.
    FallKilled,
}

impl Trouble {
    /// Whether it happens to single messages, again and again.
    pub fn is_common(self) -> bool {
        matches!(
            self,
            Self::MessageLost
                | Self::MessageTwice
                | Self::MarketUnheard
                | Self::RequestLost
                | Self::ReportLost
                | Self::ReportTwice
        )
    }

    /// All of it, every moment of a crash by itself.
    pub fn all() -> impl Iterator<Item = Self> {
        let others = [
            Self::MessageLost,
            Self::MessageTwice,
            Self::MarketUnheard,
            Self::RequestLost,
            Self::ReportLost,
            Self::ReportTwice,
            Self::Partition,
            Self::FeedBroke,
            Self::ClockJumped,
            Self::SwitchUnread,
            Self::SwitchUnreadable,
            Self::SwitchTripped,
            Self::Flattened,
            Self::Paused,
            Self::LimitChanged,
            Self::MarketClosed,
            Self::DiskFull,
            Self::ReserveGone,
            Self::HeldBack,
            Self::ChainBroke,
            Self::Midnight,
            Self::StrategyBroke,
            Self::DayKilled,
            Self::FallKilled,
        ];
        others.into_iter().chain(Crash::ALL.map(Self::Crashed))
    }
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
    /// Everything on the menu.
    pub const MENU: &'static [Item] = &[
        ("messages lost", |faults| faults.drop_ppm = 0),
        ("messages twice", |faults| faults.duplicate_ppm = 0),
        ("messages late", |faults| faults.delay_max = Span::MILLI),
        ("requests lost", |faults| faults.venue_drop_ppm = 0),
        ("requests late", |faults| faults.venue_delay_max = Span::from_millis(20)),
        ("crashes", |faults| faults.crash_ppm = 0),
        ("partitions", |faults| faults.partition_ppm = 0),
        ("broken feeds", |faults| faults.feed_break_ppm = 0),
        ("clock jumps", |faults| faults.clock_jump_ppm = 0),
        ("a silent kill switch", |faults| faults.poll_silence_ppm = 0),
        ("a tripped kill switch", |faults| faults.kill_ppm = 0),
        ("everything closed", |faults| faults.flatten_ppm = 0),
        ("pauses", |faults| faults.pause_ppm = 0),
        ("changed limits", |faults| faults.limits_ppm = 0),
        ("closed markets", |faults| faults.closed_ppm = 0),
        ("full disks", |faults| faults.disk_full_ppm = 0),
        ("a shut door", |faults| faults.hold_ppm = 0),
        ("broken chains", |faults| faults.forget_ppm = 0),
    ];

    /// What of the menu is served.
    pub fn served(&self) -> impl Iterator<Item = &'static str> {
        let is_served = |without: fn(&mut Self)| {
            let mut rest = self.clone();
            without(&mut rest);
            rest != *self
        };
        Self::MENU.iter().filter(move |(_, without)| is_served(*without)).map(|(name, _)| *name)
    }

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
            flatten_ppm: 0,
            flatten_max: Span::SECOND,
            pause_ppm: 0,
            pause_max: Span::SECOND,
            limits_ppm: 0,
            limits_max: Span::SECOND,
            closed_ppm: 0,
            closed_max: Span::SECOND,
            disk_full_ppm: 0,
            disk_full_max: Span::SECOND,
            hold_ppm: 0,
            hold_max: Span::SECOND,
            forget_ppm: 0,
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
            disk_full_ppm: upto(15_000),
            delay_max: Span::from_millis(i64::from(upto(500)) + 1),
            venue_delay_max: Span::from_millis(i64::from(upto(3_000)) + 1),
            down_max: Span::from_millis(i64::from(upto(8_000)) + 1),
            partition_max: Span::from_millis(i64::from(upto(10_000)) + 1),
            feed_break_max: Span::from_millis(i64::from(upto(5_000)) + 1),
            clock_skew_max: Span::from_millis(i64::from(upto(500))),
            poll_silence_max: Span::from_millis(i64::from(upto(4_000)) + 1),
            kill_max: Span::from_millis(i64::from(upto(8_000)) + 1),
            disk_full_max: Span::from_millis(i64::from(upto(5_000)) + 1),
            flatten_ppm: upto(4_000),
            flatten_max: Span::from_millis(i64::from(upto(8_000)) + 1),
            pause_ppm: upto(20_000),
            pause_max: Span::from_millis(i64::from(upto(8_000)) + 1),
            closed_ppm: upto(8_000),
            closed_max: Span::from_millis(i64::from(upto(5_000)) + 1),
            limits_ppm: upto(40_000),
            limits_max: Span::from_millis(i64::from(upto(20_000)) + 1),
            hold_ppm: 0,
            hold_max: Span::SECOND,
            forget_ppm: 0,
        }
    }

    /// Whether taking an input is cut short, and where.
    pub(crate) fn crash(&self, dice: &mut Seeded) -> Option<Crash> {
        dice.chance_ppm(self.crash_ppm).then(|| dice.pick(&Crash::ALL).copied()).flatten()
    }
}
