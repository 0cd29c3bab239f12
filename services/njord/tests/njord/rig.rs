//! What the tests share: a folder, the program in it, and journals to look at.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use njord::serving::LOCK_FILE;
use serde_json::Value;
use tempfile::TempDir;

/// How the program ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// What it said, where it was to end like that.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    /// It ended like that, and said exactly this as an error and nothing else.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, error: &str) {
        assert_eq!((self.code, self.out.as_str(), self.err.as_str()), (code, "", error));
    }

    /// The one document that it said.
    #[track_caller]
    pub(crate) fn document(&self) -> Value {
        let (said, silent) =
            if self.out.is_empty() { (&self.err, &self.out) } else { (&self.out, &self.err) };
        assert!(silent.is_empty(), "{self:?}");
        assert_eq!(said.lines().count(), 1, "{self:?}");
        let document: Value = serde_json::from_str(said).unwrap();
        assert_eq!(document["exit"], self.code, "{self:?}");
        document
    }
}

/// A folder with the program in it.
pub(crate) struct Desk {
    folder: TempDir,
}

impl Desk {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A folder where `init` was.
    pub(crate) fn home() -> Self {
        let desk = Self::empty();
        desk.run("init").ends(0);
        desk
    }

    /// A home with a journal in it, and the key of that journal. Gives its last record, as an anchor.
    pub(crate) fn with_journal() -> (Self, String) {
        let desk = Self::home();
        let corpus = repository().join("crates/journal/tests/corpus/format-1/live");
        let live = desk.path("var/journal/live");
        fs::create_dir_all(&live).unwrap();
        for entry in fs::read_dir(corpus).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, live.join(path.file_name().unwrap())).unwrap();
        }
        let key = format!("njord-key v1 journal {}\n", "07".repeat(32));
        desk.write("var/keys/journal.key", &key);
        let base = desk.read("config/base.toml");
        assert!(base.contains("session = 1\n"), "{base}");
        desk.write("config/base.toml", &base.replace("session = 1\n", "session = 7\n"));
        let report = desk.run("audit verify --json").document();
        let last = report["result"]["report"]["last"].as_str().unwrap().to_owned();
        (desk, last)
    }

    /// Somebody seems to run here, for as long as what is given back lives.
    pub(crate) fn somebody_runs(&self) -> fs::File {
        let lock = fs::File::create(self.path("var").join(LOCK_FILE)).unwrap();
        lock.lock().unwrap();
        lock
    }

    /// The last segment of its journal.
    pub(crate) fn last_segment(&self) -> String {
        let live = fs::read_dir(self.path("var/journal/live")).unwrap();
        let names = live.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        format!("var/journal/live/{}", names.max().unwrap())
    }

    /// What the gate has answered to changes of a limit, in the order of that journal.
    pub(crate) fn answers(&self, journal: &str, limit: &str) -> Vec<String> {
        let live = fs::read_dir(self.path(journal).join("live")).unwrap();
        let mut segments: Vec<PathBuf> = live.map(|entry| entry.unwrap().path()).collect();
        segments.sort();
        let text: String = segments.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        let about = format!("\"limit\":\"{limit}\"");
        let answers = text.lines().filter(|line| line.contains("limit_state"));
        let outcome = |line: &str| {
            let outcome = line.split("\"outcome\":\"").nth(1).unwrap();
            outcome.split('"').next().unwrap().to_owned()
        };
        answers.filter(|line| line.contains(&about)).map(outcome).collect()
    }

    /// A path in the folder.
    pub(crate) fn path(&self, within: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(within)
    }

    /// A file in the folder.
    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    /// Puts a file there, for its owner alone.
    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).unwrap();
        fs::set_permissions(self.path(file), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The program, about to run with those words.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_njord"));
        command.arg0("njord").args(words).current_dir(self.folder.path()).env_clear();
        command
    }

    /// Runs the words of a line.
    pub(crate) fn run(&self, line: &str) -> Ran {
        self.words(line.split_whitespace())
    }

    /// Runs words that a line cannot hold.
    pub(crate) fn words<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Ran {
        ran(self.command(words))
    }

    /// Runs with an environment.
    pub(crate) fn run_with(&self, variable: (&str, &str), line: &str) -> Ran {
        let mut command = self.command(line.split_whitespace());
        command.env(variable.0, variable.1);
        ran(command)
    }
}

/// The program, which is given that on its standard input.
pub(crate) fn given(mut command: Command, input: &str) -> Ran {
    let piped = |command: &mut Command| {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    };
    let mut child = piped(&mut command).unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    said(child.wait_with_output().unwrap())
}

/// Runs it to its end.
pub(crate) fn ran(mut command: Command) -> Ran {
    said(command.output().unwrap())
}

fn said(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}
