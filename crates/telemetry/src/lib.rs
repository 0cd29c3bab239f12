//! What the system tells those who run it: a log, metrics, and whether it is well.
//!
//! [`Log`] takes notices from any thread without waiting; a [`Writer`] makes NDJSON of them, and a
//! [`Screen`] shows them to people. [`Metrics`] counts without a lock. An [`Observer`] at the
//! sequencer does both for everything that passes there. [`Health`] answers from heartbeats.
//! [`http`] serves metrics and health on loopback.
//!
//! Nothing here decides, blocks, fails or brings anything down for those who say something; nothing
//! shows a secret that was registered. Reads no clock and no environment and starts no thread: time
//! is handed in, settings are handed in, and whoever runs the process gives the workers their
//! threads.

mod calendar;
mod health;
pub mod http;
mod level;
mod log;
mod metrics;
mod notice;
mod observer;
mod secrecy;
mod shown_number;
pub mod tables;
mod trace;

pub use health::{CheckState, Condition, Health, HealthSetup, Need, Pulse};
pub use level::{Filter, InvalidFilter, Level};
pub use log::{
    Clock, Component, Env, Folder, InvalidService, Log, LogSetup, OfProcess, Rotation, Said,
    Screen, Service, Style, Terminal, Workers, Writer, open,
};
pub use metrics::{
    Build, BusCount, DiskNumbers, Gate, Kind, Known, LineNumbers, METRICS, Metric, Metrics,
    MetricsFault, SERIES_MAX, Values,
};
pub use notice::{Notice, NoticeKind};
pub use observer::Observer;
pub use secrecy::{HIDDEN, Secrets, Unwatchable};
pub use trace::{RequestId, RequestIds, TraceId};
