//! How a log begins: where it goes, in which form, and with which bounds.

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use contracts::RunId;

use super::file::{Folder, LogFile};
use super::human::Style;
use super::json::Frame;
use super::keeper::Keeper;
use super::lane::Lane;
use super::screen::{self, Screen};
use super::writer::{Lost, Shown, Writer};
use super::{Clock, Log, SCOPE, Shared};
use crate::level::{Filter, Level};
use crate::metrics::Metrics;
use crate::notice::Notice;
use crate::secrecy::Secrets;
use crate::trace::RequestIds;

/// Where a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Env {
    /// A developer's machine.
    Dev,
    /// A rehearsal.
    Staging,
    /// For good.
    Prod,
}

impl Env {
    /// The name, as log lines write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Staging => "staging",
            Self::Prod => "prod",
        }
    }
}

/// Who says something: a service, or a part of one after a dot, such as `risk-engine.gate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component(&'static str);

impl Component {
    /// The component of that name; a name with other characters than lower-case letters, digits,
    /// `-` and `.` does not compile where it is a constant.
    pub const fn new(name: &'static str) -> Self {
        assert!(is_name(name.as_bytes()), "lower-case letters, digits, '-' and '.', at most 48");
        Self(name)
    }

    /// The name.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

const NAME_MAX: usize = 48;

const fn is_name(name: &[u8]) -> bool {
    let mut at = 0;
    while at < name.len() {
        let byte = name[at];
        let inner = byte == b'-' || byte == b'.';
        if !(byte.is_ascii_lowercase() || byte.is_ascii_digit() || inner && at > 0) {
            return false;
        }
        at += 1;
    }
    !name.is_empty() && name.len() <= NAME_MAX
}

/// The name of a process: it names the file of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service(String);

/// A name that cannot be the name of a file everywhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot name a service; try lower-case letters, digits and '-', at most {NAME_MAX}")]
pub struct InvalidService(String);

impl Service {
    /// The service of that name.
    pub fn new(name: &str) -> Result<Self, InvalidService> {
        if !is_name(name.as_bytes()) || name.contains('.') {
            return Err(InvalidService(name.chars().take(NAME_MAX + 1).collect()));
        }
        Ok(Self(name.to_owned()))
    }
}

/// The form for people.
pub struct Terminal {
    /// Where it is written; usually standard error, so that results stay alone on standard output.
    pub out: Box<dyn Write + Send>,
    /// With or without colours.
    pub style: Style,
    /// Which of the lines are shown.
    pub filter: Filter,
}

/// Everything that a log is told when it begins.
pub struct LogSetup {
    /// Who writes.
    pub service: Service,
    /// Where it runs.
    pub env: Env,
    /// The session; traces are derived from it.
    pub run: RunId,
    /// Which lines are kept.
    pub filter: Filter,
    /// Where files go; absent where no file is wanted.
    pub folder: Option<Folder>,
    /// The form for people; absent where nobody looks.
    pub terminal: Option<Terminal>,
    /// Where it is said that nothing can be said: standard error.
    pub last_resort: Box<dyn Write + Send>,
    /// How many lines may wait to be written.
    pub bound: usize,
}

impl LogSetup {
    /// A log without file and terminal, at level INFO, with room for 8192 lines on their way.
    pub fn new(service: Service, env: Env, run: RunId) -> Self {
        Self {
            service,
            env,
            run,
            filter: Filter::from(Level::Info),
            folder: None,
            terminal: None,
            last_resort: Box::new(std::io::stderr()),
            bound: 8_192,
        }
    }
}

impl fmt::Debug for LogSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogSetup")
            .field("service", &self.service)
            .field("env", &self.env)
            .field("filter", &self.filter)
            .field("folder", &self.folder)
            .field("terminal", &self.terminal.is_some())
            .finish_non_exhaustive()
    }
}

/// What needs a thread each.
pub struct Workers {
    /// Writes the files.
    pub writer: Writer,
    /// Writes to the terminal.
    pub screen: Option<Screen>,
}

/// Begins a log. Never fails: what cannot be written is counted and said on the last resort.
pub fn open(setup: LogSetup, clock: Clock, secrets: &Secrets, metrics: &Metrics) -> (Log, Workers) {
    let pid = std::process::id();
    let lane = setup.terminal.is_some().then(|| Arc::new(Lane::new(screen::BOUND)));
    let shared = Arc::new(Shared {
        lane: Lane::new(setup.bound),
        screen: lane.clone(),
        frame: Frame { service: setup.service.0.clone(), env: setup.env.name(), pid },
        filter: setup.filter,
        run: setup.run,
        clock,
        secrets: secrets.clone(),
        metrics: metrics.clone(),
        requests: RequestIds::default(),
    });
    let log = Log { shared: Arc::clone(&shared), component: SCOPE };
    let (shown, screen) = match (setup.terminal, lane) {
        (Some(terminal), Some(lane)) => {
            let shown =
                Shown { lane: Arc::clone(&lane), filter: terminal.filter, style: terminal.style };
            let screen = Screen { lane, out: terminal.out, metrics: metrics.clone() };
            (Some(shown), Some(screen))
        }
        _ => (None, None),
    };
    let mut writer = Writer {
        shared,
        file: None,
        keeper: None,
        shown,
        last_resort: setup.last_resort,
        batch: Vec::new(),
        lines: 0,
        lost: Lost::default(),
        failing: false,
        keeper_failing: false,
    };
    if let Some(folder) = setup.folder {
        claim(&mut writer, &log, folder, &setup.service.0);
    }
    (log, Workers { writer, screen })
}

/// Takes the files of the service's name, or others where another process has them.
fn claim(writer: &mut Writer, log: &Log, folder: Folder, service: &str) {
    let pid = writer.shared.frame.pid;
    let mut file = LogFile::new(folder.clone(), service);
    match file.claim(pid) {
        Ok(true) => {}
        Ok(false) => log.tell(Notice::LogShared { pid }),
        Err(error) => writer.complain(&format!(
            "the folder {} for logs cannot be used: {error}; try: another folder (LOG_DIR)",
            folder.path.display()
        )),
    }
    writer.keeper = Some(Keeper::new(folder, file.base()));
    writer.file = Some(file);
}
