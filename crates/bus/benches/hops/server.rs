//! A private Redis, with the limits that are shipped.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bus::{Bus, RedisBus, RedisSetup};

/// What is shipped.
const SHIPPED: &str = include_str!("../../../../deploy/redis/redis.conf");
/// Settings of it that are about one place, about users or about a disk.
const ELSEWHERE: [&str; 6] = ["bind", "port", "dir", "aclfile", "appendonly", "appendfsync"];

pub(crate) struct Server {
    process: Child,
    port: u16,
    /// It goes when the server has gone.
    _folder: tempfile::TempDir,
}

impl Server {
    /// A server that answers; nothing where there is no redis-server.
    pub(crate) fn start() -> Option<Self> {
        let folder = tempfile::TempDir::new().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let here = |line: &&str| !ELSEWHERE.iter().any(|name| line.split(' ').next() == Some(name));
        let limits: Vec<&str> = SHIPPED.lines().filter(here).collect();
        let settings = format!("bind 127.0.0.1\nport {port}\n{}\n", limits.join("\n"));
        fs::write(folder.path().join("redis.conf"), settings).unwrap();
        let process = Command::new("redis-server")
            .arg("redis.conf")
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .ok()?;
        let server = Self { process, port, _folder: folder };
        while server.bus().writer().is_err() {
            thread::yield_now();
        }
        Some(server)
    }

    pub(crate) fn bus(&self) -> Arc<dyn Bus> {
        let setup = RedisSetup {
            url: format!("redis://127.0.0.1:{}/0", self.port),
            login: None,
            connect_timeout: Duration::from_secs(2),
            answer_timeout: Duration::from_secs(5),
        };
        Arc::new(RedisBus::new(&setup).unwrap())
    }

    /// What it answers to that.
    pub(crate) fn asked(&self, command: &str) -> String {
        let mut line = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        line.write_all(format!("{command}\r\nQUIT\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        answer
    }

    /// It begins with nothing: what readers of before had confirmed counts no more.
    pub(crate) fn forgets(&self) {
        self.asked("FLUSHALL");
    }

    /// How many bytes it holds, as it says itself.
    pub(crate) fn holds(&self) -> u64 {
        let answer = self.asked("INFO memory");
        let used = answer.lines().find_map(|line| line.strip_prefix("used_memory:"));
        used.unwrap().trim().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
