//! A Redis of one's own: on a free port of loopback, in a folder of its own, gone with the test.

use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bus::{Bus as _, FaultKind, RedisBus, RedisSetup};
use runtime::Stop;
use tempfile::TempDir;

/// Whether somebody has said that there is no Redis here. That is said loudly, and fails elsewhere.
#[expect(clippy::disallowed_methods, reason = "how a tier is left out, and by nothing else")]
#[expect(clippy::print_stderr, reason = "what was left out is said")]
pub(crate) fn is_skipped() -> bool {
    let skipped = std::env::var("REDIS_SKIP").is_ok_and(|value| value == "1");
    if skipped {
        eprintln!("NOT RUN: REDIS_SKIP=1, so this has been shown for nothing that is Redis");
    }
    skipped
}

/// A place for a Redis, and the one that runs there.
pub(crate) struct Redis {
    folder: TempDir,
    port: u16,
    options: Vec<String>,
    process: Option<Child>,
}

impl Redis {
    /// A place where none runs yet; it will have those options.
    pub(crate) fn not_yet(options: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let options = options.iter().map(ToString::to_string).collect();
        Self { folder: TempDir::new().unwrap(), port, options, process: None }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// The bus on it.
    pub(crate) fn bus(&self) -> RedisBus {
        let (connect_timeout, answer_timeout) =
            (Duration::from_millis(500), Duration::from_secs(5));
        let setup = RedisSetup { url: self.url(), login: None, connect_timeout, answer_timeout };
        RedisBus::new(&setup).unwrap()
    }

    /// A word to it.
    pub(crate) fn cli(&self, words: &[&str]) {
        let port = self.port.to_string();
        let said = Command::new("redis-cli").args(["-p", &port]).args(words).output().unwrap();
        assert!(said.status.success(), "{said:?}");
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Starts it with nothing in it.
    pub(crate) fn start_empty(&mut self) {
        let data = self.folder.path().join("appendonlydir");
        if data.exists() {
            fs::remove_dir_all(data).unwrap();
        }
        self.start();
    }

    /// Starts it with what it had.
    pub(crate) fn start(&mut self) {
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--loglevel", "warning"])
            .args(["--appendonly", "yes", "--appendfsync", "always"])
            .args(["--port", &self.port.to_string()])
            .arg("--dir")
            .arg(self.folder.path())
            .args(&self.options)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let hint = "no redis-server here; try: apt-get install --no-install-recommends redis-server, \
                    or REDIS_SKIP=1 to leave out what needs it";
        assert!(process.is_ok(), "{hint}: {process:?}");
        self.process = process.ok();
        let nobody_says_stop = Stop::default();
        let is_up = (0..1_000).any(|_| {
            let fault = self.bus().writer().err();
            let up = fault.is_none_or(|fault| fault.kind == FaultKind::NotAllowed);
            up || nobody_says_stop.wait(Duration::from_millis(10))
        });
        assert!(is_up, "redis-server did not come up at port {}", self.port);
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
