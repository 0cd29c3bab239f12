//! A Redis of one's own: on a free port of loopback, in a folder of its own, gone with the test.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bus::{Bus as _, Login, Password, RedisBus, RedisSetup};
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

/// A running Redis, or one that was killed.
pub(crate) struct Server {
    folder: TempDir,
    port: u16,
    file: Option<String>,
    options: Vec<String>,
    process: Option<Child>,
}

impl Server {
    /// A Redis that keeps what it was told on disk, and forgets it only when its folder is emptied.
    pub(crate) fn start() -> Self {
        Self::with(&["--appendonly", "yes", "--appendfsync", "always"])
    }

    /// A Redis with those options.
    pub(crate) fn with(options: &[&str]) -> Self {
        Self::in_folder(None, options, TempDir::new().unwrap())
    }

    /// A Redis with that file of settings, and those options against it.
    pub(crate) fn with_file(file: &str, options: &[&str], folder: TempDir) -> Self {
        Self::in_folder(Some(file), options, folder)
    }

    fn in_folder(file: Option<&str>, options: &[&str], folder: TempDir) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let options = options.iter().map(ToString::to_string).collect();
        let file = file.map(ToOwned::to_owned);
        let mut server = Self { folder, port, file, options, process: None };
        server.run();
        server
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Starts it again, with what it had on disk or with nothing.
    pub(crate) fn run_again(&mut self, keeps_data: bool) {
        self.kill();
        if !keeps_data {
            let data = self.folder.path().join("appendonlydir");
            if data.exists() {
                std::fs::remove_dir_all(data).unwrap();
            }
        }
        self.run();
    }

    fn run(&mut self) {
        let process = Command::new("redis-server")
            .args(&self.file)
            .args(["--bind", "127.0.0.1", "--save", "", "--loglevel", "warning"])
            .args(["--port", &self.port.to_string()])
            .arg("--dir")
            .arg(self.folder.path())
            .args(&self.options)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let hint = "no redis-server here; try: apt-get install --no-install-recommends redis-server, \
                    or REDIS_SKIP=1 to leave out what needs it";
        self.process = Some(process.expect(hint));
        let is_up = (0..1_000).any(|_| {
            let up = self.cli(&[], &["PING"]).is_ok_and(|said| !said.contains("LOADING"));
            if !up {
                crate::rig::pause(Duration::from_millis(10));
            }
            up
        });
        assert!(is_up, "redis-server did not come up at port {}", self.port);
    }

    /// What `redis-cli` says to that command; the words of an error too.
    pub(crate) fn cli(&self, options: &[&str], command: &[&str]) -> Result<String, String> {
        let port = self.port.to_string();
        let mut cli = Command::new("redis-cli");
        let output = cli.args(["-p", &port]).args(options).args(command).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        if output.status.success() && !said.contains("Could not connect") {
            Ok(said)
        } else {
            Err(format!("{said}{}", String::from_utf8_lossy(&output.stderr)))
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The bus on it.
    pub(crate) fn bus(&self) -> RedisBus {
        self.bus_as(None)
    }

    /// The bus on it, for that user.
    pub(crate) fn bus_as(&self, login: Option<(&str, &str)>) -> RedisBus {
        let login = login.map(|(user, password)| Login {
            user: user.to_owned(),
            password: Password::new(password),
        });
        let setup = RedisSetup {
            url: format!("redis://127.0.0.1:{}/0", self.port),
            login,
            connect_timeout: Duration::from_millis(500),
            answer_timeout: Duration::from_secs(2),
        };
        RedisBus::new(&setup).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

#[test]
fn redis_server_starts_answers_and_comes_back() {
    if is_skipped() {
        return;
    }
    let mut server = Server::start();
    assert!(server.bus().writer().is_ok());
    server.kill();
    let fault = server.bus().writer().err().unwrap();
    assert!(fault.to_string().contains("look whether Redis runs there"), "{fault}");
    server.run_again(false);
    assert!(server.bus().writer().is_ok());
}
