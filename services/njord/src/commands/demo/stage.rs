//! The stage of the demo: a home of its own, and the real processes in it.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use contracts::{Envelope, codec};
use runtime::{aside, entropy};
use rustix::process::{Pid, Signal, kill_process};
use settings::{Environment, Init, Loaded, Sources, init, load};

use crate::failure::Failure;

/// What the demo is run with.
const SETTINGS: &str = include_str!("demo.toml");
/// How many messages may wait to be told.
const UNTOLD_MAX: usize = 65_536;

/// Where a demo plays.
pub(super) struct Stage {
    program: PathBuf,
    home: PathBuf,
    flags: Vec<String>,
}

/// A process that trades, or the venue.
pub(super) struct Actor {
    child: Child,
    events: Receiver<Envelope>,
}

fn cannot(doing: &str, at: &Path, error: &std::io::Error) -> Failure {
    Failure::new("demo", at.display().to_string(), format!("{doing}: {error}"))
        .advice("a folder that this user may write to")
}

impl Stage {
    /// A fresh home in that folder, in the place of an earlier demo's, with those flags for everybody.
    pub(super) fn set(folder: &Path, flags: &[String]) -> Result<Self, Failure> {
        let home = folder.join("home");
        let program = std::env::current_exe()
            .map_err(|error| cannot("this program cannot be found again", folder, &error))?;
        if home.exists() {
            fs::remove_dir_all(&home)
                .map_err(|error| cannot("the last demo cannot be cleared away", &home, &error))?;
        }
        fs::create_dir_all(&home).map_err(|error| cannot("cannot be made", &home, &error))?;
        let wanted = Init { home: home.clone(), keys: None, keep_existing: false };
        init(&wanted, &mut |bytes| entropy(bytes))?;
        let file = home.join("demo.toml");
        fs::write(&file, SETTINGS).map_err(|error| cannot("cannot be written", &file, &error))?;
        // Asked for and given back: whoever takes it in between makes the venue say so.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
        let port = port.map_err(|error| cannot("no port is free", folder, &error))?.port();
        let own = [format!("ports.venue={port}"), "ports.up=0".to_owned()];
        Ok(Self { program, home, flags: own.into_iter().chain(flags.iter().cloned()).collect() })
    }

    /// Its settings, as its processes have them.
    pub(super) fn settings(&self) -> Result<Loaded, Failure> {
        let sources = Sources::in_home(&self.home)
            .with_file(self.home.join("demo.toml"))
            .with_environment(Environment::default())
            .with_flags(self.flags.iter().cloned());
        Ok(load(&sources)?)
    }

    /// The venue, once it is open.
    pub(super) fn venue(&self) -> Result<Actor, Failure> {
        let mut actor = self.begin(&["venue"], |out| {
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
    pub(super) fn trader(&self) -> Result<Actor, Failure> {
        self.begin(&["up", "--quiet", "--events"], |_| {})
    }

    fn begin(
        &self,
        words: &[&str],
        first: fn(&mut BufReader<ChildStdout>),
    ) -> Result<Actor, Failure> {
        let mut line: Vec<OsString> = words.iter().map(OsString::from).collect();
        line.extend(["--home".into(), self.home.clone().into()]);
        line.extend(["--config".into(), self.home.join("demo.toml").into()]);
        for flag in &self.flags {
            line.extend(["--set".into(), flag.into()]);
        }
        let began = Command::new(&self.program)
            .args(line)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
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
    /// The next thing it says, if it says one in time.
    pub(super) fn next(&self, at_most: Duration) -> Option<Envelope> {
        self.events.recv_timeout(at_most).ok()
    }

    /// Its number.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: it is gone between one instruction and the next. What it had said until then is given back.
    pub(super) fn kill(mut self) -> Vec<Envelope> {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.events.iter().collect()
    }

    /// Asks it to end, and waits for that. What it said until then is given back.
    pub(super) fn end(mut self) -> Result<Vec<Envelope>, Failure> {
        let _ = kill_process(Pid::from_child(&self.child), Signal::INT);
        let status = self.child.wait();
        if status.is_ok_and(|status| status.success()) {
            return Ok(self.events.iter().collect());
        }
        Err(self.failure("it did not end in peace"))
    }

    /// What it said before it ended against our will.
    fn failure(&mut self, what: &str) -> Failure {
        let mut said = String::new();
        if let Some(err) = &mut self.child.stderr {
            let _ = err.take(4_096).read_to_string(&mut said);
        }
        let said = said.trim();
        Failure::new("demo", format!("process {}", self.child.id()), format!("{what}: {said}"))
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
