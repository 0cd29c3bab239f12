//! A stage: a home of its own, and real processes in it, which are this program once more.

mod redis;
mod relay;

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use contracts::{Envelope, codec};
use runtime::{aside, entropy};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use settings::{Environment, Init, Loaded, Sources, init, load};

use crate::failure::Failure;

pub(crate) use redis::Redis;
pub(crate) use relay::Relay;

/// What the demo is run with.
const DEMO: &str = include_str!("../commands/demo/demo.toml");
/// What its settings are called.
const FILE: &str = "stage.toml";
/// How many messages may wait to be told.
const UNTOLD_MAX: usize = 65_536;

/// Where it plays.
pub(crate) struct Stage {
    program: PathBuf,
    home: PathBuf,
    flags: Vec<String>,
    /// Its processes know the strategy that hangs.
    drills: bool,
}

/// A process that trades, or the venue.
pub(crate) struct Actor {
    child: Child,
    events: Receiver<Envelope>,
}

fn cannot(doing: &str, at: &Path, error: &std::io::Error) -> Failure {
    Failure::new("stage", at.display().to_string(), format!("{doing}: {error}"))
        .advice("a folder that this user may write to")
}

impl Stage {
    /// The stage of the demo.
    pub(crate) fn set(folder: &Path, flags: &[String]) -> Result<Self, Failure> {
        Self::with(folder, DEMO, flags)
    }

    /// A fresh home in that folder, in the place of what was played there last, with those settings and those
    /// flags for everybody.
    pub(crate) fn with(folder: &Path, settings: &str, flags: &[String]) -> Result<Self, Failure> {
        let home = folder.join("home");
        let program = std::env::current_exe()
            .map_err(|error| cannot("this program cannot be found again", folder, &error))?;
        if home.exists() {
            fs::remove_dir_all(&home).map_err(|error| {
                cannot("what was played there last cannot be cleared away", &home, &error)
            })?;
        }
        fs::create_dir_all(&home).map_err(|error| cannot("cannot be made", &home, &error))?;
        let wanted = Init { home: home.clone(), keys: None, keep_existing: false };
        init(&wanted, &mut |bytes| entropy(bytes))?;
        let file = home.join(FILE);
        fs::write(&file, settings).map_err(|error| cannot("cannot be written", &file, &error))?;
        // Asked for and given back: whoever takes it in between makes the venue say so.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
        let port = port.map_err(|error| cannot("no port is free", folder, &error))?.port();
        let any = ["up", "md_ingest", "strategy_engine", "risk_engine", "execution_gateway"]
            .map(|service| format!("ports.{service}=0"));
        let own = [format!("ports.venue={port}")].into_iter().chain(any);
        let flags = own.chain(flags.iter().cloned()).collect();
        Ok(Self { program, home, flags, drills: false })
    }

    /// The same; its processes know the strategy that hangs, and a disk that can be made read-only.
    pub(crate) fn drilling(self) -> Self {
        Self { drills: true, ..self }
    }

    /// Its settings, as its processes have them.
    pub(crate) fn settings(&self) -> Result<Loaded, Failure> {
        let sources = Sources::in_home(&self.home)
            .with_file(self.home.join(FILE))
            .with_environment(Environment::default())
            .with_flags(self.flags.iter().cloned());
        Ok(load(&sources)?)
    }

    /// The venue, once it is open.
    pub(crate) fn venue(&self) -> Result<Actor, Failure> {
        let mut actor = self.begin(&mut self.command(&["venue"]), |out| {
            // Its first line says that it listens.
            let mut first = String::new();
            let _ = out.read_line(&mut first);
        })?;
        if let Ok(Some(_)) = actor.child.try_wait() {
            return Err(actor.failure("the venue ended as soon as it began"));
        }
        Ok(actor)
    }

    /// A process that trades.
    pub(crate) fn trader(&self) -> Result<Actor, Failure> {
        self.begin(&mut self.command(&["up", "--quiet", "--events"]), |_| {})
    }

    /// One service as a process of its own, with flags that only it has.
    pub(crate) fn service(&self, name: &str, own: &[String]) -> Result<Actor, Failure> {
        // The last word on a key is the one that counts.
        let own = own.iter().flat_map(|flag| ["--set", flag]);
        self.begin(self.command(&["service", name, "--quiet", "--events"]).args(own), |_| {})
    }

    /// Runs a command to its end: whether it was done, and the document that it said.
    pub(crate) fn ask(&self, words: &[&str]) -> Result<(bool, Value), Failure> {
        let output = self
            .command(words)
            .arg("--json")
            .output()
            .map_err(|error| cannot("cannot be started", &self.program, &error))?;
        let said = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
        let document = serde_json::from_slice(said).map_err(|error| {
            Failure::new(
                "stage",
                "",
                format!("{} says what is no document: {error}", words.join(" ")),
            )
        })?;
        Ok((output.status.success(), document))
    }

    /// This program with those words, about to run there.
    fn command(&self, words: &[&str]) -> Command {
        let mut line: Vec<OsString> = words.iter().map(OsString::from).collect();
        if self.drills {
            line.push("--drill".into());
        }
        line.extend(["--home".into(), self.home.clone().into()]);
        line.extend(["--config".into(), self.home.join(FILE).into()]);
        for flag in &self.flags {
            line.extend(["--set".into(), flag.into()]);
        }
        let mut command = Command::new(&self.program);
        command.args(line).env_clear().stdin(Stdio::null());
        command
    }

    fn begin(
        &self,
        command: &mut Command,
        first: fn(&mut BufReader<ChildStdout>),
    ) -> Result<Actor, Failure> {
        let began = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child =
            began.map_err(|error| cannot("cannot be started", &self.program, &error))?;
        let (sender, events) = sync_channel(UNTOLD_MAX);
        if let Some(out) = child.stdout.take() {
            let mut out = BufReader::new(out);
            first(&mut out);
            let reading = aside("events", move || {
                for line in out.lines().map_while(Result::ok) {
                    let Ok(said) = codec::read(line.as_bytes()) else { continue };
                    if sender.send(said).is_err() {
                        return;
                    }
                }
            });
            reading.map_err(|error| cannot("has no thread", &self.home, &error))?;
        }
        Ok(Actor { child, events })
    }
}

impl Actor {
    /// The next thing it says, if it says one in time. One that has ended says nothing more, at once.
    pub(crate) fn next(&self, at_most: Duration) -> Option<Envelope> {
        self.events.recv_timeout(at_most).ok()
    }

    /// The next thing it says, if it says one in time; it is a failure that it has ended.
    pub(crate) fn hear(&mut self, at_most: Duration) -> Result<Option<Envelope>, Failure> {
        match self.events.recv_timeout(at_most) {
            Ok(said) => Ok(Some(said)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                let status = self.child.wait();
                let how = status.map_or_else(|error| error.to_string(), |end| end.to_string());
                Err(self.failure(&format!("it ended by itself ({how})")))
            }
        }
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> Result<bool, Failure> {
        let process = format!("process {}", self.child.id());
        let ended = self.child.try_wait().map(|status| status.is_some());
        ended.map_err(|error| Failure::new("stage", process, format!("is out of sight: {error}")))
    }

    /// From now on none of its files can grow beyond so many bytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn writes_at_most(&self, bytes: u64) -> Result<(), Failure> {
        use rustix::process::{Resource, Rlimit, prlimit};
        let limit = Rlimit { current: Some(bytes), maximum: None };
        let set = prlimit(Some(Pid::from_child(&self.child)), Resource::Fsize, limit);
        set.map(drop).map_err(|error| {
            let process = format!("process {}", self.child.id());
            Failure::new("stage", process, format!("takes no limit: {error}"))
        })
    }

    /// From now on none of its files can grow beyond so many bytes.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn writes_at_most(&self, _bytes: u64) -> Result<(), Failure> {
        let process = format!("process {}", self.child.id());
        Err(Failure::new("stage", process, "cannot be limited on this system"))
    }

    /// SIGKILL: it is gone between one instruction and the next. What it had said until then is given back.
    pub(crate) fn kill(mut self) -> Vec<Envelope> {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.events.iter().collect()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), Failure> {
        kill_process(Pid::from_child(&self.child), signal).map_err(|error| {
            let process = format!("process {}", self.child.id());
            Failure::new("stage", process, format!("takes no signal: {error}"))
        })
    }

    /// How much memory it holds, in kilobytes, where the system tells.
    pub(crate) fn resident(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// Asks it to end, and waits for that. What it said until then is given back.
    pub(crate) fn end(mut self) -> Result<Vec<Envelope>, Failure> {
        let _ = kill_process(Pid::from_child(&self.child), Signal::INT);
        let status = self.child.wait();
        if status.is_ok_and(|status| status.success()) {
            return Ok(self.events.iter().collect());
        }
        Err(self.failure("it did not end in peace"))
    }

    /// What it said before it ended against our will.
    pub(crate) fn failure(&mut self, what: &str) -> Failure {
        let mut said = String::new();
        if let Some(err) = &mut self.child.stderr {
            let _ = err.take(4_096).read_to_string(&mut said);
        }
        let said = said.trim();
        Failure::new("stage", format!("process {}", self.child.id()), format!("{what}: {said}"))
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
