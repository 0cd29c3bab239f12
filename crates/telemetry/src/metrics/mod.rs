//! Numbers about the running system, for Prometheus.
//!
//! Counting never waits and takes no lock; with the gate off nothing is counted and nothing shown.
//! Which metrics there are stands in one catalogue, and every one of them has its source in this
//! crate or in a method of [`Metrics`].

mod catalogue;
mod grid;
mod observe;
mod outside;

use std::fmt;
use std::sync::Arc;

use contracts::{Span, Ts};
use prometheus::{Registry, TextEncoder};

use crate::level::Level;
use crate::log::Env;
use crate::notice::Notice;
use crate::secrecy::Secrets;
use crate::shown_number::seconds;
use catalogue::{AllSeries, FixedText, LogLevel};

pub use catalogue::{BusCount, Kind, Known, METRICS, Metric, Values};
pub(crate) use catalogue::{LossReason, PathKind, StatusClass};
pub use grid::SERIES_MAX;
pub use outside::{DiskNumbers, LineNumbers};

/// Whether metrics are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Nothing is counted or shown.
    Off,
    /// They are.
    On,
}

/// What runs; shown as labels of one metric.
#[derive(Clone, Debug)]
pub struct Build {
    /// The version of the program.
    pub version: String,
    /// Where it runs.
    pub env: Env,
    /// Whether it plays back, trades on paper, or trades.
    pub mode: String,
    /// When the process began.
    pub started: Ts,
}

/// The catalogue does not hold together; a test makes sure that it does.
#[derive(Debug, thiserror::Error)]
#[error("the metrics could not be set up: {0}; please report this with the version you run")]
pub struct MetricsFault(#[from] prometheus::Error);

/// All metrics of a process. Clones share them.
#[derive(Clone)]
pub struct Metrics {
    gate: Gate,
    inner: Arc<Inner>,
}

struct Inner {
    registry: Registry,
    known: Known,
    series: AllSeries,
}

impl Metrics {
    /// The metrics, with series for these names.
    pub fn new(gate: Gate, known: Known, build: &Build) -> Result<Self, MetricsFault> {
        let registry = Registry::new();
        let series = AllSeries::register(&known, &registry)?;
        let labels = [&build.version, build.env.name(), &build.mode];
        let labels = labels.map(|text| FixedText(text.to_owned()));
        series.build.get(labels.each_ref().map(|label| label as _)).set(1.0);
        series.started_at.set(seconds(build.started.since(Ts::ZERO)));
        Ok(Self { gate, inner: Arc::new(Inner { registry, known, series }) })
    }

    /// Whether anything is counted and shown.
    pub fn gate(&self) -> Gate {
        self.gate
    }

    fn counting(&self) -> Option<&AllSeries> {
        (self.gate == Gate::On).then_some(&self.inner.series)
    }

    /// The sequencer took that long for one input and all that followed from it.
    pub fn step_took(&self, span: Span) {
        if let Some(series) = self.counting() {
            series.step.observe(seconds(span));
        }
    }

    /// Somebody on the bus has counted so many more.
    pub fn bus_counted(&self, what: BusCount, more: u64) {
        if let Some(series) = self.counting() {
            series.bus.get([&what]).inc_by(more);
        }
    }

    /// How it stands with the way of what is said, as the gauge says it.
    pub fn bus_room(&self, room: u8) {
        if let Some(series) = self.counting() {
            series.bus_room.set(f64::from(room));
        }
    }

    pub(crate) fn noticed(&self, notice: &Notice) {
        if let Some(series) = self.counting() {
            series.notices.get([notice]).inc();
        }
    }

    pub(crate) fn log_line(&self, level: Level) {
        let label = match level {
            Level::Debug => LogLevel::Debug,
            Level::Info => LogLevel::Info,
            Level::Warn => LogLevel::Warn,
            Level::Error => LogLevel::Error,
        };
        if let Some(series) = self.counting() {
            series.log_lines.get([&label]).inc();
        }
    }

    pub(crate) fn log_lost(&self, lines: u64, reason: LossReason) {
        if let Some(series) = self.counting() {
            series.log_lost.get([&reason]).inc_by(lines);
        }
    }

    pub(crate) fn answered(&self, path: PathKind, status: StatusClass) {
        if let Some(series) = self.counting() {
            series.http.get([&path, &status]).inc();
        }
    }

    /// Everything in Prometheus' text format 0.0.4, without any secret.
    pub fn text(&self, secrets: &Secrets) -> Result<String, MetricsFault> {
        let Some(series) = self.counting() else { return Ok(String::new()) };
        if let Some(bytes) = resident_bytes() {
            series.resident.set(bytes);
        }
        let text = TextEncoder::new().encode_to_string(&self.inner.registry.gather())?;
        Ok(secrets.cleaned(&text))
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("gate", &self.gate).finish_non_exhaustive()
    }
}

/// What the system says the process holds; only Linux says it in a file.
fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok().map(|kilo| kilo * 1_024.0)
}
