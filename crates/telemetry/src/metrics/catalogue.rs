//! Every metric there is: name, type, labels with the sets their values are from, help and buckets.
//!
//! The registry, the documentation, and whatever checks dashboards and alert rules are made from
//! this one list. A metric whose source is not in the code does not stand here.

use contracts::{
    AlertCode, DecodeFault, FeedState, KillTrigger, OrderState, Reason, Side, StrategyId, Symbol,
    TopicKind,
};
use prometheus::Registry;
use serde::Serialize;

use super::grid::{Count, Grid, Label, Level, Spread, Sum, single};
use crate::notice::Notice;

/// What kind of metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, from zero at the start of the process.
    Counter,
    /// What is now.
    Gauge,
    /// How values are spread.
    Histogram,
}

impl Kind {
    /// The name, as Prometheus writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// What is known of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Its labels, and where their values come from.
    pub labels: &'static [(&'static str, Values)],
    /// What it says.
    pub help: &'static str,
    /// The upper bounds of a histogram's buckets.
    pub buckets: &'static [f64],
}

impl Metric {
    pub(crate) fn label_names(&self) -> Vec<&'static str> {
        self.labels.iter().map(|(name, _)| *name).collect()
    }
}

/// The names that this process was told of when it began. Whatever is not among them is `other`.
#[derive(Clone, Debug, Default)]
pub struct Known {
    strategies: Vec<StrategyId>,
    symbols: Vec<Symbol>,
}

/// More strategies than this share one series.
const STRATEGIES_MAX: usize = 64;
/// More pairs than this share one series.
const SYMBOLS_MAX: usize = 512;

impl Known {
    /// Those strategies and those pairs.
    pub fn new(strategies: &[StrategyId], symbols: &[Symbol]) -> Self {
        let (mut strategies, mut symbols) = (strategies.to_vec(), symbols.to_vec());
        strategies.sort_unstable();
        strategies.dedup();
        strategies.truncate(STRATEGIES_MAX);
        symbols.sort_unstable();
        symbols.dedup();
        symbols.truncate(SYMBOLS_MAX);
        Self { strategies, symbols }
    }

    /// A strategy as a label.
    pub(crate) fn strategy(&self, name: StrategyId) -> Named {
        match self.strategies.binary_search(&name) {
            Ok(place) => Named { place, text: NamedText::Strategy(name) },
            Err(_) => self.no_strategy(),
        }
    }

    /// What belongs to no strategy that is known.
    pub(crate) fn no_strategy(&self) -> Named {
        Named { place: self.strategies.len(), text: NamedText::Other }
    }

    /// A pair as a label.
    pub(crate) fn symbol(&self, name: Symbol) -> Named {
        match self.symbols.binary_search(&name) {
            Ok(place) => Named { place, text: NamedText::Symbol(name) },
            Err(_) => Named { place: self.symbols.len(), text: NamedText::Other },
        }
    }
}

/// A name, and its place among the known ones; what is not known shares the place behind them.
pub(crate) struct Named {
    place: usize,
    text: NamedText,
}

impl Named {
    /// Whether it has a series of its own.
    pub(crate) fn is_known(&self) -> bool {
        !matches!(self.text, NamedText::Other)
    }
}

enum NamedText {
    Other,
    Strategy(StrategyId),
    Symbol(Symbol),
}

impl Label for Named {
    fn place(&self) -> Option<usize> {
        Some(self.place)
    }
    fn text(&self) -> String {
        match self.text {
            NamedText::Other => super::grid::OTHER.to_owned(),
            NamedText::Strategy(name) => name.to_string(),
            NamedText::Symbol(name) => name.to_string(),
        }
    }
}

/// A word of the vocabulary as it stands on the wire.
fn word<T: Serialize>(value: &T) -> String {
    let quoted = serde_json::to_string(value).unwrap_or_default();
    quoted.trim_matches('"').to_owned()
}

/// Declares the sets that label values come from, and which words of the vocabulary are in them.
macro_rules! values {
    ($($(#[$doc:meta])* $set:ident = $said:literal, $size:expr $(, $word:ty)?;)*) => {
        /// Where the values of a label come from; every set is closed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Values { $($(#[$doc])* $set,)* }

        impl Values {
            /// The set in words.
            pub const fn said(self) -> &'static str {
                match self { $(Self::$set => $said,)* }
            }

            fn size(self, known: &Known) -> usize {
                let size: fn(&Known) -> usize = match self { $(Self::$set => $size,)* };
                size(known)
            }
        }

        $($(impl Label for $word {
            fn place(&self) -> Option<usize> {
                Some(*self as usize)
            }
            fn text(&self) -> String {
                word(self)
            }
        })?)*
    };
}

values! {
    /// Strategies of the settings.
    Strategies = "strategies of the settings, or `other`", |known| known.strategies.len() + 1;
    /// Pairs of the settings.
    Symbols = "pairs of the settings, or `other`", |known| known.symbols.len() + 1;
    /// Kinds of topics.
    Topics = "topics without their pair", |_| TopicKind::ALL.len();
    /// In or out.
    Directions = "`in`, `out`", |_| 2, Direction;
    /// Kinds of intents.
    Intents = "`place`, `cancel`, `amend`, `protect`", |_| 4, IntentKind;
    /// Rules of the gate.
    Reasons = "rules of the gate", |_| Reason::OutOfRange as usize + 1, Reason;
    /// Buy or sell.
    Sides = "`buy`, `sell`", |_| 2, Side;
    /// States of orders.
    OrderStates = "states of an order", |_| OrderState::Expired as usize + 1, OrderState;
    /// What trips the kill switch.
    KillTriggers = "what can trip the kill switch",
        |_| KillTrigger::Service as usize + 1, KillTrigger;
    /// Why a message cannot be read.
    DecodeFaults = "why a message could not be read",
        |_| DecodeFault::WrongTopic as usize + 1, DecodeFault;
    /// Alerts of the core.
    AlertCodes = "alerts of the core", |_| AlertCode::SignalUnheeded as usize + 1, AlertCode;
    /// Notices of the catalogue below.
    Notices = "notices, listed below", |_| Notice::KINDS.len();
    /// Levels of the log.
    LogLevels = "`debug`, `info`, `warn`, `error`", |_| 4, LogLevel;
    /// Why log lines are lost.
    LossReasons = "`queue_full`, `write_failed`, `terminal`", |_| 3, LossReason;
    /// Paths of the endpoint.
    Paths = "`metrics`, `health`, `ready`, `elsewhere`", |_| 4, PathKind;
    /// Hundreds of the status.
    StatusClasses = "`ok`, `refused`, `failed`", |_| 3, StatusClass;
    /// What is counted on the bus.
    BusCounts = "what somebody on the bus counted", |_| BusCount::Rewritten as usize + 1, BusCount;
    /// Text fixed when the process begins.
    Fixed = "fixed when the process begins", |_| 1;
}

impl Label for TopicKind {
    fn place(&self) -> Option<usize> {
        Some(*self as usize)
    }
    fn text(&self) -> String {
        self.prefix().to_owned()
    }
}

impl Label for Notice {
    fn place(&self) -> Option<usize> {
        Some(Notice::place(self))
    }
    fn text(&self) -> String {
        self.name().to_owned()
    }
}

/// A text that is fixed when the process begins.
pub(crate) struct FixedText(pub(crate) String);

impl Label for FixedText {
    fn place(&self) -> Option<usize> {
        Some(0)
    }
    fn text(&self) -> String {
        self.0.clone()
    }
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident),* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($variant),* }
    )*};
}

words! {
    /// Where a message goes, seen from the sequencer.
    Direction { In, Out }
    /// What is asked for.
    IntentKind { Place, Cancel, Amend, Protect }
    /// How much a line matters.
    LogLevel { Debug, Info, Warn, Error }
    /// Why a line was lost.
    LossReason { QueueFull, WriteFailed, Terminal }
    /// What was asked of the endpoint.
    PathKind { Metrics, Health, Ready, Elsewhere }
    /// How it was answered.
    StatusClass { Ok, Refused, Failed }
}

/// What those who speak, read and listen on the bus count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BusCount {
    /// Messages that may be lost, told.
    Told,
    /// Messages that may be lost and did not reach the server.
    Lost,
    /// Durable messages appended.
    Appended,
    /// Durable messages that were taken from the journal.
    FromJournal,
    /// Durable messages that were refused when they were said.
    Refused,
    /// Messages read from streams.
    Read,
    /// Messages heard on channels.
    Heard,
    /// Messages that came again and were left out.
    Repeats,
    /// Gaps in what may be lost.
    Gaps,
    /// Alarms.
    Alarms,
    /// Lines that broke, or could not be made.
    Broken,
    /// Streams that were written anew.
    Rewritten,
}

/// From a tenth of a millisecond to ten seconds.
const DELAYS: &[f64] =
    &[0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// From a microsecond to a tenth of a second.
const STEPS: &[f64] = &[
    0.000_001,
    0.000_002_5,
    0.000_005,
    0.000_01,
    0.000_025,
    0.000_05,
    0.000_1,
    0.000_25,
    0.001,
    0.01,
    0.1,
];

/// From a kilobyte to sixteen megabytes.
const GROUPS: &[f64] = &[1024.0, 4096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0, 16_777_216.0];

/// Declares the metrics: their descriptions, the list of all, and the struct that holds their
/// series.
macro_rules! metrics {
    (
        $($kind:ident $series:ident $buckets:ident $field:ident
            [$($label:literal: $set:ident),*] = $name:literal, $help:literal;)*
        =
        $($one_kind:ident $one_series:ident $one_buckets:ident $one:ident
            = $one_name:literal, $one_help:literal;)*
    ) => {
        /// Every metric, in the order in which they are documented.
        pub const METRICS: &[Metric] = &[
            $(Metric {
                name: $name,
                kind: Kind::$kind,
                labels: &[$(($label, Values::$set)),*],
                help: $help,
                buckets: $buckets,
            },)*
            $(Metric {
                name: $one_name,
                kind: Kind::$one_kind,
                labels: &[],
                help: $one_help,
                buckets: $one_buckets,
            },)*
        ];

        /// All series, found without a lock.
        pub(crate) struct AllSeries {
            $(pub(crate) $field: Grid<$series, { [$($label),*].len() }>,)*
            $(pub(crate) $one: $one_series,)*
        }

        impl AllSeries {
            pub(crate) fn register(known: &Known, registry: &Registry) -> prometheus::Result<Self> {
                let mut metrics = METRICS.iter();
                let mut next = || metrics.next().ok_or_else(|| {
                    prometheus::Error::Msg("fewer metrics than fields".to_owned())
                });
                Ok(Self {
                    $($field: Grid::new(next()?, [$(Values::$set.size(known)),*], registry)?,)*
                    $($one: single(next()?, registry)?,)*
                })
            }
        }
    };
}

const NONE: &[f64] = &[];

metrics! {
    Counter Count NONE events ["topic": Topics, "direction": Directions] =
        "njord_events_total", "Messages that passed the sequencer.";
    Counter Count NONE intents ["strategy_id": Strategies, "kind": Intents] =
        "njord_intents_total", "What strategies, guards and operators asked for.";
    Counter Count NONE intents_allowed ["strategy_id": Strategies] =
        "njord_intents_allowed_total", "Intents that the gate let pass.";
    Counter Count NONE rejections ["reason": Reasons] =
        "njord_risk_rejections_total",
        "Intents that the gate refused, by the first rule they broke.";
    Counter Count NONE orders ["strategy_id": Strategies, "symbol": Symbols, "side": Sides] =
        "njord_orders_total", "Approved orders that the gateway took.";
    Counter Count NONE order_states ["state": OrderStates] =
        "njord_order_updates_total", "Changes of orders, by the state they led to.";
    Counter Count NONE fills ["strategy_id": Strategies, "symbol": Symbols, "side": Sides] =
        "njord_fills_total", "Executions, each counted once.";
    Counter Sum NONE turnover ["strategy_id": Strategies, "symbol": Symbols] =
        "njord_turnover_quote_total", "Price times quantity of all fills, in the quote currency.";
    Gauge Level NONE position ["strategy_id": Strategies, "symbol": Symbols] =
        "njord_position_size", "What is held, in the base currency; negative is short.";
    Gauge Level NONE realised ["strategy_id": Strategies, "symbol": Symbols] =
        "njord_strategy_realised_quote", "Realised result before fees, in the quote currency.";
    Gauge Level NONE strategy_state ["strategy_id": Strategies] =
        "njord_strategy_state", "0 running, 1 paused, 2 quarantined.";
    Gauge Level NONE feed_state ["symbol": Symbols] =
        "njord_feed_state", "0 live, 1 gap, 2 stale, 3 down.";
    Counter Count NONE kill_trips ["trigger": KillTriggers] =
        "njord_killswitch_trips_total", "Times that the latch of the kill switch tripped or rose.";
    Counter Count NONE gaps ["topic": Topics] =
        "njord_gaps_total", "Gaps in streams of messages.";
    Counter Count NONE dead_letters ["fault": DecodeFaults] =
        "njord_dead_letters_total", "Messages that could not be read.";
    Counter Count NONE alerts ["code": AlertCodes] =
        "njord_alerts_total", "Alerts that the core raised.";
    Counter Count NONE notices ["notice": Notices] =
        "njord_notices_total", "Notices, whether or not their level is logged.";
    Counter Count NONE log_lines ["level": LogLevels] =
        "njord_log_lines_total", "Lines of the log.";
    Counter Count NONE log_lost ["reason": LossReasons] =
        "njord_log_lines_lost_total", "Lines of the log that were lost.";
    Counter Count NONE http ["path": Paths, "status": StatusClasses] =
        "njord_http_requests_total", "Calls of the endpoint for metrics and health.";
    Counter Count NONE bus ["what": BusCounts] =
        "njord_bus_total", "What happened on the bus, seen from this process.";
    Gauge Level NONE build ["version": Fixed, "env": Fixed, "mode": Fixed] =
        "njord_build_info", "Always 1; what runs stands in the labels.";
    =
    Gauge Level NONE kill_level =
        "njord_killswitch_active",
        "0 clear, 1 entries stopped, 2 orders cancelled too, 3 positions closed too.";
    Gauge Level NONE equity =
        "njord_portfolio_equity_quote", "What everything is worth at the last marks.";
    Gauge Level NONE day_result =
        "njord_portfolio_daily_pnl_quote", "Change of the equity since 00:00 UTC.";
    Gauge Level NONE unrealised =
        "njord_portfolio_unrealised_quote", "Result of open positions at the last marks.";
    Gauge Level NONE fees =
        "njord_portfolio_fees_quote", "Fees paid.";
    Histogram Spread DELAYS market_delay =
        "njord_market_data_delay_seconds", "From the venue's time of a trade to its receipt.";
    Histogram Spread DELAYS fill_delay =
        "njord_fill_report_delay_seconds",
        "From the venue's time of an execution to our booking of it.";
    Histogram Spread STEPS step =
        "njord_step_duration_seconds",
        "How long the sequencer takes for one input and all that follows from it.";
    Gauge Level NONE bus_room =
        "njord_bus_room",
        "0 what is said finds its way, 1 a stream is full, 2 the server is away, 3 somebody else speaks as us.";
    Counter Count NONE journal_appends =
        "njord_journal_appends_total", "Writes to the journal.";
    Counter Count NONE journal_bytes =
        "njord_journal_bytes_total", "Bytes written to the journal.";
    Histogram Spread DELAYS journal_sync =
        "njord_journal_sync_duration_seconds",
        "How long the disk takes to make what was written safe.";
    Histogram Spread GROUPS journal_group =
        "njord_journal_group_bytes", "How much of the journal one sync makes safe.";
    Gauge Level NONE journal_segments =
        "njord_journal_segments", "Segments of the journal that stand in its folder.";
    Gauge Level NONE disk_free =
        "njord_disk_free_bytes", "Room on the disk of the journal.";
    Gauge Level NONE disk_days =
        "njord_disk_forecast_days",
        "For how many days that lasts at the pace since the start; infinite while nobody can say.";
    Counter Count NONE venue_requests =
        "njord_venue_requests_total", "Requests that went out to a venue apart.";
    Counter Count NONE venue_lost =
        "njord_venue_requests_lost_total", "Requests that found the line to the venue down.";
    Counter Count NONE venue_answers =
        "njord_venue_answers_total", "Reports and lines of statements that came over that line.";
    Counter Count NONE venue_connects =
        "njord_venue_connects_total", "Times that the line to the venue came up.";
    Histogram Spread DELAYS venue_answer =
        "njord_venue_statement_seconds",
        "From a question for a statement of the account to its comparison with our books.";
    Gauge Level NONE started_at =
        "njord_start_time_seconds", "When the process began, in seconds since 1970.";
    Gauge Level NONE resident =
        "njord_process_resident_bytes", "Memory that the process holds, where the system tells.";
}

const _: () = {
    // The gauge says these numbers; the vocabulary must not move under it.
    assert!(FeedState::Live as usize == 0 && FeedState::Down as usize == 3);
};
