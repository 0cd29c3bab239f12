//! Log and metrics of a process, as its settings want them.

use std::io::{self, IsTerminal as _};
use std::thread::JoinHandle;
use std::time::Duration;

use contracts::{RunId, StrategyId, Ts};
use runtime::aside;
use settings::{Env, Loaded, LogFormat, LogLevel, SecretName, Secrets};
use telemetry::http::{Endpoint, Token};
use telemetry::{
    Build, Clock, Filter, Folder, Gate, Health, Known, Level, Log, LogSetup, Metrics, Observer,
    OfProcess, Rotation, Service, Style, Terminal,
};

/// How long the last lines have to be written.
const LAST_LINES: Duration = Duration::from_secs(1);

/// A process that tells what it does.
pub struct Telling {
    /// Where it says so.
    pub log: Log,
    /// Where it counts.
    pub metrics: Metrics,
    /// What must appear nowhere.
    pub hidden: telemetry::Secrets,
    writers: Vec<JoinHandle<()>>,
    of_process: Option<OfProcess>,
}

/// Why nothing can be told.
#[derive(Debug, thiserror::Error)]
#[error("telemetry: {0}")]
pub struct NotTelling(String);

/// Which program tells it.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    /// It names the files of the log.
    pub name: &'a str,
    /// The version of its package.
    pub version: &'a str,
}

impl Telling {
    /// Begins.
    pub fn begin(
        loaded: &Loaded,
        who: Program<'_>,
        secrets: &Secrets,
        clock: &Clock,
        look: TerminalLook,
    ) -> Result<Self, NotTelling> {
        let settings = loaded.settings();
        let strange = |what: String| NotTelling(what);
        let known: Vec<StrategyId> = settings.strategies.keys().copied().collect();
        let known = Known::new(&known, &settings.market.symbols);
        let gate = if settings.telemetry.metrics { Gate::On } else { Gate::Off };
        let metrics = Metrics::new(gate, known, &build(loaded, who.version, clock()))
            .map_err(|fault| strange(fault.to_string()))?;
        let hidden = telemetry::Secrets::default();
        for secret in SecretName::ALL.iter().filter_map(|name| secrets.get(*name)) {
            // What is too short to be searched for is no secret that anybody issues.
            let _ = hidden.register(secret.expose());
        }
        let service = Service::new(who.name).map_err(|wrong| strange(wrong.to_string()))?;
        let run = RunId::new(settings.run.session);
        let setup = LogSetup {
            filter: Filter::from(level(settings.telemetry.level)),
            folder: Some(folder(loaded)),
            terminal: look.terminal(settings.telemetry.format, level(settings.telemetry.level)),
            ..LogSetup::new(service, env(settings.run.env), run)
        };
        let (log, workers) = telemetry::open(setup, clock.clone(), &hidden, &metrics);
        let no_thread = |error: io::Error| strange(format!("the log has no thread: {error}"));
        let writer = aside("log", move || workers.writer.run()).map_err(no_thread)?;
        let mut writers = vec![writer];
        if let Some(screen) = workers.screen {
            writers.push(aside("screen", move || screen.run()).map_err(no_thread)?);
        }
        let of_process = Some(log.of_process());
        Ok(Self { log, metrics, hidden, writers, of_process })
    }

    /// What health and numbers are answered from.
    pub fn endpoint(
        &self,
        health: Health,
        secrets: &Secrets,
        clock: &Clock,
    ) -> Result<Endpoint, NotTelling> {
        Ok(Endpoint {
            metrics: self.metrics.clone(),
            health,
            secrets: self.hidden.clone(),
            token: metrics_token(secrets)?,
            log: self.log.clone(),
            clock: clock.clone(),
        })
    }

    /// Who listens at the sequencer, to tell what passes there.
    pub fn observer(&self) -> Observer {
        Observer::new(&self.metrics, &self.log)
    }
}

/// The token that opens the numbers, where one was given.
pub fn metrics_token(secrets: &Secrets) -> Result<Option<Token>, NotTelling> {
    let name = SecretName::MetricsToken;
    let token = secrets.get(name).map(|secret| Token::new(secret.expose())).transpose();
    token.map_err(|wrong| NotTelling(format!("the secret {}: {wrong}", name.key())))
}

/// However it ends, what is left to be written is, and the log is free for whoever comes next.
impl Drop for Telling {
    fn drop(&mut self) {
        self.of_process = None;
        self.log.flush(LAST_LINES);
        self.log.close();
        for writer in self.writers.drain(..) {
            let _ = writer.join();
        }
    }
}

/// What a terminal is shown.
#[derive(Clone, Copy, Debug)]
pub struct TerminalLook {
    /// Whether somebody asked for no colours.
    pub no_color: bool,
    /// Whether somebody asked for nothing at all.
    pub quiet: bool,
}

impl TerminalLook {
    fn terminal(self, format: LogFormat, level: Level) -> Option<Terminal> {
        let is_terminal = io::stderr().is_terminal();
        let style = match format {
            LogFormat::Json => Style::Json,
            LogFormat::Auto if !is_terminal => Style::Json,
            LogFormat::Auto | LogFormat::Human if is_terminal && !self.no_color => Style::Coloured,
            LogFormat::Auto | LogFormat::Human => Style::Plain,
        };
        let out = Box::new(io::stderr());
        (!self.quiet).then(|| Terminal { out, style, filter: Filter::from(level) })
    }
}

fn build(loaded: &Loaded, version: &str, started: Ts) -> Build {
    let run = &loaded.settings().run;
    Build {
        version: version.to_owned(),
        env: env(run.env),
        mode: run.mode.name().to_owned(),
        started,
    }
}

fn env(env: Env) -> telemetry::Env {
    match env {
        Env::Dev => telemetry::Env::Dev,
        Env::Staging => telemetry::Env::Staging,
        Env::Prod => telemetry::Env::Prod,
    }
}

fn level(level: LogLevel) -> Level {
    match level {
        LogLevel::Error => Level::Error,
        LogLevel::Warn => Level::Warn,
        LogLevel::Info => Level::Info,
        LogLevel::Debug | LogLevel::Trace => Level::Debug,
    }
}

fn folder(loaded: &Loaded) -> Folder {
    let (settings, said) = (loaded.settings(), &loaded.settings().telemetry);
    let usual = match settings.run.env {
        Env::Dev => Rotation::DEVELOPMENT,
        Env::Staging | Env::Prod => Rotation::PRODUCTION,
    };
    let rotation = Rotation {
        bytes_max: said.file_bytes_max.map_or(usual.bytes_max, settings::Bytes::get),
        files_max: said.files_kept.map_or(usual.files_max, |kept| kept.saturating_add(1)),
        age_max: said.keep.unwrap_or(usual.age_max),
        ..usual
    };
    Folder { path: loaded.places().logs.clone(), rotation }
}
