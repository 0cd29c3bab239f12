//! What surrounds the machines: journal, logs, bus, and where secrets are.

use std::path::PathBuf;

use contracts::Span;
use serde_json::{Value, json};

use super::modes::{BusKind, LogFormat, LogLevel};
use crate::catalogue::{Bytes, RawValue, Setting, Wrong, section};
use crate::problem::ProblemKind;

section! {
    /// The journal: the record that everything can be rebuilt from.
    pub struct Journal: "journal", Serves {
        /// Where it is; below `run.state` unless absolute.
        dir: PathBuf = PathBuf::from("journal"), Any, "";
        /// A segment that has grown to this is closed and the next one begun.
        segment_bytes: Bytes = Bytes::mib(64), Within(Bytes::mib(1), Bytes::mib(4_096)), "";
        /// Records that are synced together at most. What has come while the disk was busy is synced next; nothing
        /// waits for more to come.
        group_records_max: u32 = 1_024, Within(1, 1_048_576), "records";
        /// How long market data may wait for the disk; it can be lost for so long, and nothing else can.
        lazy_window: Span = Span::SECOND, Within(Span::ZERO, Span::MINUTE), "";
        /// Space that is kept free for cancels on a full disk.
        reserve: Bytes = Bytes::mib(16), Within(Bytes::mib(1), Bytes::mib(1_024)), "";
        /// Whether closed segments are compressed after a day.
        compress: bool = true, Any, "";
        /// Closed segments older than this are moved to the archive. Nothing is ever deleted.
        archive_after: Span = Span::DAY.times(90), AtLeast(Span::DAY), "";
        /// Where the archive is; below `run.state` unless absolute.
        archive: PathBuf = PathBuf::from("journal-archive"), Any, "";
        /// With less free space than this nothing is sent that could open or enlarge a position.
        disk_free_min: Bytes = Bytes::mib(512), AtLeast(Bytes::mib(1)), "";
    }
}

section! {
    /// Logs and numbers. Numbers are served to nobody unless somebody says so.
    pub struct Telemetry: "telemetry", Serves {
        /// Where log files are; below the home of the configuration unless absolute. Where nothing is said:
        /// `logs` in `dev`, what systemd says (`LOGS_DIRECTORY`) or the user's state folder elsewhere.
        log_dir: Option<PathBuf> = None, Any, "";
        /// How much is logged: `error`, `warn`, `info`, `debug` or `trace`.
        level: LogLevel = LogLevel::Info, Any, "";
        /// How lines look on standard error: `auto`, `human` or `json`. Files are always NDJSON.
        format: LogFormat = LogFormat::Auto, Any, "";
        /// A log file that has grown to this is closed. Where nothing is said: 10MiB in `dev`, 100MiB elsewhere.
        file_bytes_max: Option<Bytes> = None, Within(Some(Bytes::mib(1)), Some(Bytes::mib(4_096))), "";
        /// Closed log files of one component that are kept. Where nothing is said: 4 in `dev`, 299 elsewhere.
        files_kept: Option<u32> = None, Within(Some(1), Some(10_000)), "files";
        /// How long closed log files are kept. Where nothing is said: 7d in `dev`, 30d elsewhere.
        keep: Option<Span> = None, Within(Some(Span::DAY), Some(Span::DAY.times(3_660))), "";
        /// Whether metrics are served.
        metrics: bool = false, Any, "";
    }
}

section! {
    /// How processes talk. One process needs no bus.
    pub struct Bus: "bus", Serves {
        /// `none`; `redis` between processes; or `mirror`: one process, and what it says is said on Redis too.
        kind: BusKind = BusKind::None, Any, "";
        /// The server. A password never stands in it: it is the secret `redis_password`.
        url: BusUrl = BusUrl::loopback(), Any, "";
        /// How long connecting may take before the next attempt.
        connect_timeout: Span = Span::from_secs(2), Within(Span::from_millis(10), Span::MINUTE), "";
        /// The most entries of one stream that no reader has confirmed; at it new risk is refused.
        stream_entries_max: u32 = 100_000, Within(1_000, 10_000_000), "entries";
    }
}

section! {
    /// Where keys and secrets are; never what they are. Every secret can also be an environment variable,
    /// which holds against the files.
    pub struct SecretSources: "secrets", Serves {
        /// The folder of the key files; below `run.state` unless absolute. Only its owner may open it.
        keys: PathBuf = PathBuf::from("keys"), Any, "";
        /// A file of secrets, `name = "value"`, readable by its owner alone; relative to the configuration.
        file: Option<PathBuf> = None, Any, "";
        /// The same, encrypted with age for an X25519 recipient; relative to the configuration.
        age_file: Option<PathBuf> = None, Any, "";
        /// The age identity that decrypts `age_file`, readable by its owner alone; relative to the configuration.
        age_identity: Option<PathBuf> = None, Any, "";
    }
}

/// The address of a server, without any password.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BusUrl(String);

impl BusUrl {
    fn loopback() -> Self {
        Self("redis://127.0.0.1:6379/0".to_owned())
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The value is never repeated in a message: somebody may have put a password into it.
impl Setting for BusUrl {
    const KIND: &'static str = "an address such as \"redis://127.0.0.1:6379/0\"";
    fn read(raw: &RawValue<'_>) -> Result<Self, Wrong> {
        let wrong = |what| Wrong::of(ProblemKind::WrongType, what).advice(Self::KIND);
        let text = raw.0.text().ok_or_else(|| wrong("is no text"))?;
        if text.contains('@') {
            return Err(Wrong::of(
                ProblemKind::Misplaced,
                "an address with a user or a password in it",
            )
            .advice("the address alone, and the password as the secret redis_password"));
        }
        let known = ["redis://", "rediss://", "redis+unix://"];
        let rest = known.iter().find_map(|scheme| text.strip_prefix(scheme));
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"?#\"'\\<>".contains(&byte);
        match rest {
            Some(rest) if !rest.is_empty() && text.len() <= 256 && rest.bytes().all(plain) => {
                Ok(Self(text))
            }
            Some(_) => Err(wrong("is no address")),
            None => Err(wrong("begins with neither redis:// nor rediss:// nor redis+unix://")),
        }
    }
    fn show(&self) -> Value {
        json!(self.0)
    }
    fn schema() -> Value {
        let pattern = "^(redis|rediss|redis[+]unix)://[^@?#\"'\\\\<> ]{1,240}$";
        json!({ "type": "string", "pattern": pattern })
    }
}
