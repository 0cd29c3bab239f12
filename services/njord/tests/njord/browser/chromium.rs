//! A headless Chromium of one's own, told what to do over its debugging pipe: no port, no driver, no library.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Nothing that is asked of it takes longer, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_mins(1);
/// It reads what it is told from 3 and writes what it says to 4. Root has no sandbox to be in.
const START: &str = r#"
[ "$(id -u)" != 0 ] || set -- "$@" --no-sandbox
for name in chromium chromium-browser google-chrome google-chrome-stable; do
  if command -v "$name" >/dev/null; then exec "$name" "$@" 3<&0 4<&0 </dev/null; fi
done
echo "there is no Chromium on this machine; try: scripts/test.sh, which installs it" >&2
exit 127"#;
/// It keeps to itself, and no name but that of this machine leads anywhere.
const FLAGS: [&str; 11] = [
    "--headless",
    "--remote-debugging-pipe",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
];

/// A running browser with one page open.
pub(crate) struct Chromium {
    line: BufReader<UnixStream>,
    process: Child,
    folder: TempDir,
    asked: u64,
    page: Option<String>,
    heard: Vec<Value>,
}

impl Chromium {
    /// Starts it, with an empty page.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (ours, its) = UnixStream::pair().unwrap();
        ours.set_read_timeout(Some(PATIENCE)).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", START, "sh"]).args(FLAGS);
        command.arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
        command.stdin(Stdio::from(OwnedFd::from(its))).stdout(Stdio::null()).stderr(log);
        let process = command.env("HOME", folder.path()).spawn().unwrap();
        // Its end of the line is its own, so that its end is heard.
        drop(command);
        let line = BufReader::new(ours);
        let mut started = Self { line, process, folder, asked: 0, page: None, heard: Vec::new() };
        let target = started.ask("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let page = started.ask("Target.attachToTarget", &attach);
        started.page = page["sessionId"].as_str().map(ToOwned::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            started.ask(&format!("{domain}.enable"), &json!({}));
        }
        started
    }

    /// Asks something, and remembers what it says of itself before it answers.
    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.asked += 1;
        let mut asked = json!({ "id": self.asked, "method": method, "params": parameters });
        if let Some(page) = &self.page {
            asked["sessionId"] = json!(page);
        }
        let told = self.line.get_mut().write_all(format!("{asked}\0").as_bytes());
        assert!(told.is_ok(), "{method}: {told:?}; {}", self.log());
        loop {
            let said = self.hears(method);
            if said["id"] != self.asked {
                self.heard.push(said);
                continue;
            }
            assert!(said["error"].is_null(), "{method}: {}", said["error"]);
            return said["result"].clone();
        }
    }

    #[track_caller]
    fn hears(&mut self, method: &str) -> Value {
        let mut said = Vec::new();
        let read = self.line.read_until(0, &mut said);
        assert!(read.as_ref().is_ok_and(|read| *read > 0), "{method}: {read:?}; {}", self.log());
        serde_json::from_slice(&said[..said.len() - 1]).unwrap()
    }

    /// What it has said of itself under that name so far.
    pub(crate) fn heard(&self, method: &str) -> impl Iterator<Item = &Value> {
        let of = move |said: &&Value| said["method"] == method;
        self.heard.iter().filter(of).map(|said| &said["params"])
    }

    /// What an expression comes to in the page, or what the promise that it is comes to.
    #[track_caller]
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let parameters =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let said = self.ask("Runtime.evaluate", &parameters);
        assert!(said["exceptionDetails"].is_null(), "{expression}: {said}");
        said["result"]["value"].clone()
    }

    /// A picture of the page as it is seen, kept for whoever wants to look.
    pub(crate) fn picture(&mut self, name: &str) {
        let said = self.ask("Page.captureScreenshot", &json!({ "format": "png" }));
        let picture = STANDARD.decode(said["data"].as_str().unwrap()).unwrap();
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("page");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }

    /// What it wrote while it started and ran.
    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Told to close it takes its other processes along; it ends, too, when nobody is at the pipe.
        let close = json!({ "id": 0, "method": "Browser.close" });
        let _ = self.line.get_mut().write_all(format!("{close}\0").as_bytes());
        while self.line.read_until(0, &mut Vec::new()).is_ok_and(|read| read > 0) {}
        let _ = self.line.get_ref().shutdown(Shutdown::Both);
        let _ = self.process.kill();
        let _ = self.process.wait();
        // What it started may still write there, until it has noticed.
        let gone = |folder: &Path| std::fs::remove_dir_all(folder).is_ok() || !folder.exists();
        let _ = (0..100_000).any(|_| gone(&self.folder.path().join("profile")));
    }
}
