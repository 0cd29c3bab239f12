//! Every service begins as its unit of systemd says, with the configuration that is shipped, and needs nobody else
//! for that: no Redis, no venue, no other service. It says how it is, and ends when it is asked to.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test crate")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use cargo_metadata::MetadataCommand;
use settings::{Init, init};

/// Where units expect programs, and their configuration.
const PROGRAMS: &str = "/usr/local/bin/";
const HOME: &str = "/etc/njord";
/// How long anything may take.
const LOOKS: u32 = 3_000;
const LOOK_EVERY: Duration = Duration::from_millis(20);

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The services: everybody under `services` but the program that runs all of them.
fn services() -> Vec<String> {
    let entries = fs::read_dir(repository().join("services")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != "njord").collect();
    names.sort();
    names
}

/// Builds their programs; where they are.
fn build(services: &[String]) -> PathBuf {
    let packages = services.iter().flat_map(|name| ["-p", name]);
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--bins"])
        .args(packages)
        .current_dir(repository())
        .status();
    assert!(built.unwrap().success());
    let mut command = MetadataCommand::new();
    let metadata = command.manifest_path(repository().join("Cargo.toml")).no_deps().exec();
    metadata.unwrap().target_directory.join("debug").into_std_path_buf()
}

/// The shipped configuration, with fresh keys.
fn home(folder: &Path) {
    let config = folder.join("config");
    fs::create_dir(&config).unwrap();
    for entry in fs::read_dir(repository().join("config")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), config.join(entry.file_name())).unwrap();
    }
    let wanted = Init { home: folder.to_owned(), keys: None, keep_existing: true };
    let chance = |bytes: &mut [u8]| fs::File::open("/dev/urandom")?.read_exact(bytes);
    init(&wanted, &mut { chance }).unwrap();
}

/// The words of the unit, with programs and configuration of this test.
fn words(service: &str, programs: &Path, home: &Path) -> Vec<String> {
    let unit = repository().join(format!("deploy/systemd/{service}.service"));
    let unit = fs::read_to_string(unit).unwrap();
    let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let here = |word: &str| {
        let word = word.replace(PROGRAMS, &format!("{}/", programs.display()));
        word.replace(HOME, &home.display().to_string())
    };
    line.split(' ').map(here).collect()
}

/// A service that was begun, and is gone with the test.
struct Begun(Child);

impl Begun {
    fn as_its_unit_says(service: &str, programs: &Path, home: &Path) -> Self {
        let words = words(service, programs, home);
        let port = format!("NJORD__PORTS__{}", service.replace('-', "_").to_uppercase());
        let child = Command::new(&words[0])
            .args(&words[1..])
            .env_clear()
            .envs([("NJORD__BUS__KIND", "redis"), ("NJORD__BUS__URL", "redis://127.0.0.1:1/0")])
            .env(port, "0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        Self(child.unwrap())
    }

    /// What it answers to that, once it has left word where it answers.
    fn answer(&mut self, home: &Path, service: &str, path: &str) -> String {
        let word = home.join("var").join(service).join("health.address");
        for _ in 0..LOOKS {
            if let Some(status) = self.0.try_wait().unwrap() {
                let mut said = String::new();
                self.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
                panic!("{service} ended with {status}: {said}");
            }
            let address = fs::read_to_string(&word).unwrap_or_default();
            if let Some(answer) = address.split(' ').next().and_then(|at| get(at, path)) {
                return answer;
            }
            thread::park_timeout(LOOK_EVERY);
        }
        panic!("{service} has not answered in time");
    }

    /// How it ends when it is asked to.
    fn ends(mut self) -> Option<i32> {
        let asked = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        assert!(asked.unwrap().success());
        self.0.wait().unwrap().code()
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn get(address: &str, path: &str) -> Option<String> {
    let mut line = TcpStream::connect(address).ok()?;
    let ask = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    line.write_all(ask.as_bytes()).ok()?;
    let mut said = String::new();
    line.read_to_string(&mut said).ok()?;
    (!said.is_empty()).then_some(said)
}

/// The addresses at which a process listens, as the kernel writes them.
fn listens_at(process: u32) -> Vec<String> {
    let links = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let links = links.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    let sockets: Vec<String> = links
        .filter_map(|link| {
            let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
            Some(inode.to_owned())
        })
        .collect();
    let mut listeners = Vec::new();
    for table in ["tcp", "tcp6"] {
        let lines = fs::read_to_string(format!("/proc/{process}/net/{table}")).unwrap_or_default();
        for line in lines.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            // 0A is LISTEN.
            if fields[3] == "0A" && sockets.iter().any(|inode| inode == fields[9]) {
                listeners.push(fields[1].to_owned());
            }
        }
    }
    listeners
}

/// `127.0.0.1` or `::1`.
fn is_loopback(address: &str) -> bool {
    let host = address.split(':').next().unwrap();
    host == "0100007F" || host == "00000000000000000000000001000000"
}

#[test]
fn every_service_begins_as_its_unit_says_with_the_shipped_configuration() {
    let services = services();
    assert_eq!(services.len(), 4, "{services:?}");
    let programs = build(&services);
    let folder = tempfile::tempdir().unwrap();
    home(folder.path());
    let begin = |service: &String| Begun::as_its_unit_says(service, &programs, folder.path());
    let begun: Vec<(&String, Begun)> = services.iter().map(|name| (name, begin(name))).collect();
    for (service, mut process) in begun {
        let health = process.answer(folder.path(), service, "/health");
        assert!(health.starts_with("HTTP/1.1 200"), "{service}: {health}");
        // Nobody is there to whom it could say anything: it lives, and is not ready.
        let ready = process.answer(folder.path(), service, "/ready");
        assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("bus"), "{service}: {ready}");
        let listeners = listens_at(process.0.id());
        assert!(!listeners.is_empty(), "{service}: it answers, so it listens");
        assert!(listeners.iter().all(|at| is_loopback(at)), "{service}: {listeners:?}");
        assert_eq!(process.ends(), Some(0), "{service}");
    }
}
