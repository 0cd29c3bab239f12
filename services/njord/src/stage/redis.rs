//! A Redis of one's own: on a free port of loopback, in a folder of the stage, gone with it.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use runtime::Stop;

use super::cannot;
use crate::failure::Failure;

/// How long it may take to answer.
const PATIENCE: u32 = 500;
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A Redis that runs.
pub(crate) struct Redis {
    port: u16,
    folder: PathBuf,
    child: Child,
}

impl Redis {
    /// A Redis that keeps what it was told, in that folder.
    pub(crate) fn start(folder: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(|error| cannot("cannot be made", folder, &error))?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
        let port = port.map_err(|error| cannot("no port is free", folder, &error))?.port();
        let folder = folder.to_owned();
        let child = run(port, &folder)?;
        Ok(Self { port, folder, child })
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// SIGKILL, and another one in its place: with what it had on its disk, or with nothing.
    pub(crate) fn kill(&mut self, keeps_data: bool) -> Result<(), Failure> {
        self.end();
        if !keeps_data {
            let data = self.folder.join("appendonlydir");
            match fs::remove_dir_all(&data) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(cannot("cannot be cleared away", &data, &error));
                }
                _ => {}
            }
        }
        self.child = run(self.port, &self.folder)?;
        Ok(())
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.end();
    }
}

fn run(port: u16, folder: &Path) -> Result<Child, Failure> {
    let mut command = Command::new("redis-server");
    command
        .args(["--bind", "127.0.0.1", "--save", "", "--loglevel", "warning"])
        .args(["--appendonly", "yes", "--appendfsync", "everysec", "--port", &port.to_string()])
        .arg("--dir")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let child = command.spawn().map_err(|error| {
        Failure::new("stage", "redis-server", format!("cannot be started: {error}"))
            .advice("Redis, version 7 or newer: apt-get install redis-server, brew install redis")
    })?;
    let nobody_says_stop = Stop::default();
    for _ in 0..PATIENCE {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(child);
        }
        nobody_says_stop.wait(LOOK_EVERY);
    }
    Err(Failure::new("stage", "redis-server", format!("does not answer at port {port}")))
}
