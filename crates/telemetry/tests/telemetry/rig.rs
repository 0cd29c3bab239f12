//! A log in a folder of its own, with a clock that the test moves and no thread but the test's.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use contracts::testing::{strategy, symbol};
use contracts::{RunId, Span, Ts};
use serde_json::Value;
use telemetry::{
    Build, Clock, Env, Filter, Folder, Gate, Known, Level, Log, LogSetup, Metrics, Rotation,
    Secrets, Service, Style, Terminal, Workers,
};

/// 2026-11-21T10:32:26.104Z.
pub(crate) const START: Ts = Ts::from_nanos(1_795_257_146_104_000_000);
pub(crate) const RUN: RunId = RunId::new(7);

/// A folder that is gone when the test is.
pub(crate) struct Place(pub(crate) PathBuf);

impl Place {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("telemetry-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    /// The names in it, sorted; the lock is left out.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).map(|entries| entries.flatten().collect::<Vec<_>>());
        let names = entries.unwrap_or_default().into_iter();
        let mut names: Vec<_> = names.map(|e| e.file_name().into_string().unwrap()).collect();
        names.retain(|name| !name.ends_with(".lock"));
        names.sort();
        names
    }

    pub(crate) fn text(&self, name: &str) -> String {
        let bytes = fs::read(self.0.join(name)).unwrap_or_default();
        if name.ends_with(".gz") {
            let mut text = String::new();
            flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
            return text;
        }
        String::from_utf8(bytes).unwrap()
    }

    /// Every line of the open log.
    pub(crate) fn lines(&self) -> Vec<Value> {
        lines(&self.text("njord.jsonl"))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn lines(text: &str) -> Vec<Value> {
    assert!(text.is_empty() || text.ends_with('\n'), "a torn line: {text}");
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// Keeps what was written to it.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) struct Rig {
    pub(crate) place: Place,
    pub(crate) log: Log,
    pub(crate) workers: Workers,
    pub(crate) metrics: Metrics,
    pub(crate) secrets: Secrets,
    pub(crate) screen: Kept,
    pub(crate) last_resort: Kept,
    pub(crate) now: Arc<AtomicI64>,
}

/// What a test wants different.
#[derive(Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) rotation: Rotation,
    pub(crate) filter: &'static str,
    pub(crate) style: Style,
    pub(crate) bound: usize,
    pub(crate) gate: Gate,
}

impl Default for Wish {
    fn default() -> Self {
        let (filter, style, bound) = ("debug", Style::Plain, 1_000);
        Self { rotation: Rotation::DEVELOPMENT, filter, style, bound, gate: Gate::On }
    }
}

pub(crate) fn metrics(gate: Gate) -> Metrics {
    let known = Known::new(&[strategy("mm"), strategy("ema_cross")], &[symbol("BTC/USD")]);
    let version = "1.2.3".to_owned();
    let build = Build { version, env: Env::Dev, mode: "paper".to_owned(), started: START };
    Metrics::new(gate, known, &build).unwrap()
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self::with(Wish::default())
    }

    pub(crate) fn with(wish: Wish) -> Self {
        Self::at(Place::new(), START, wish)
    }

    pub(crate) fn at(place: Place, start: Ts, wish: Wish) -> Self {
        let (screen, last_resort) = (Kept::default(), Kept::default());
        let now = Arc::new(AtomicI64::new(start.nanos()));
        let mut setup = LogSetup::new(Service::new("njord").unwrap(), Env::Dev, RUN);
        setup.filter = Filter::parse(wish.filter).unwrap();
        setup.folder = Some(Folder { path: place.0.clone(), rotation: wish.rotation });
        setup.terminal = Some(Terminal {
            out: Box::new(screen.clone()),
            style: wish.style,
            filter: Filter::from(Level::Debug),
        });
        setup.last_resort = Box::new(last_resort.clone());
        setup.bound = wish.bound;
        let (metrics, secrets) = (metrics(wish.gate), Secrets::default());
        let (log, workers) = telemetry::open(setup, clock(&now), &secrets, &metrics);
        Self { place, log, workers, metrics, secrets, screen, last_resort, now }
    }

    pub(crate) fn wait(&self, span: Span) {
        self.now.fetch_add(span.nanos(), Ordering::Relaxed);
    }

    pub(crate) fn clock(&self) -> Clock {
        clock(&self.now)
    }

    /// Everything that was said is written.
    pub(crate) fn drain(&mut self) {
        self.workers.writer.drain();
        self.workers.screen.as_mut().unwrap().drain();
    }

    pub(crate) fn lines(&mut self) -> Vec<Value> {
        self.drain();
        self.place.lines()
    }

    pub(crate) fn screen(&mut self) -> String {
        self.drain();
        self.screen.text()
    }

    /// The value of a series, as a scrape shows it.
    pub(crate) fn number(&self, series: &str) -> Option<f64> {
        number(&self.metrics, &self.secrets, series)
    }

    /// The process ends without a word; the folder stays.
    pub(crate) fn crash(self) -> Place {
        self.place
    }
}

pub(crate) fn number(metrics: &Metrics, secrets: &Secrets, series: &str) -> Option<f64> {
    let text = metrics.text(secrets).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
    Some(line.parse().unwrap())
}

fn clock(now: &Arc<AtomicI64>) -> Clock {
    let now = Arc::clone(now);
    Arc::new(move || Ts::from_nanos(now.load(Ordering::Relaxed)))
}
