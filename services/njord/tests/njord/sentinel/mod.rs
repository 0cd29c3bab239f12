//! A whole run with every secret that there can be, and with everything that could show one: orders, commands, wrong
//! tokens, a Redis that repeats the password, crashes. Nothing of it shows any of them in any form, and every line of
//! its logs holds to the contract.

mod forms;
mod lines;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::panic;
use std::path::Path;
use std::process::{Child, Command};

use runtime::aside;
use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::rig::{Desk, ran, repository};
use forms::Planted;

/// What is given by variables.
const BY_VARIABLE: [(&str, &str); 8] = [
    ("NJORD_KRAKEN_KEY", "pk/9Jw2vLq+Zr7dS0aTgY5uHxC1eBnMf3oXi8"),
    ("NJORD_REDIS_PASSWORD", "hunter \"two\" \\ and, stäple"),
    ("NJORD_METRICS_TOKEN", "metrics-b7e23ec29af22b0b4e41da31"),
    ("NJORD_CONTROLLER_TOKEN", "controller-91fe0c77ab3d42e6885c"),
    ("NJORD_DASHBOARD_TOKEN", "dashboard-4cd60a1f7e0b93d2ea51"),
    ("NJORD_ALERT_WEBHOOK_URL", "https://alerts.example/in/8e1c7f55d0b24a66"),
    ("NJORD_ALERT_WEBHOOK_TOKEN", "webhook-d3a7710c5be94f2890aa"),
    ("NJORD_SMTP_PASS", "smtp-62c1b9e0f4a84d77"),
];
/// What stands in a file that its owner alone can read.
const BY_FILE: [(&str, &str); 2] = [
    ("slack_webhook_url", "https://slack.example/services/T0/B1/5d7a0c9ef2b84163"),
    ("smtp_user", "postmaster-77c04e1b"),
];
/// What stands in the encrypted file of the fixtures.
const BY_AGE: &str = "made-up-secret";

/// Where the secrets are that no variable gives: encrypted, or not.
const ENCRYPTED: &str = "--set secrets.age_file=s.age --set secrets.age_identity=identity";
const PLAIN: &str = "--set secrets.file=s.toml";

/// It trades often, is refused often, and says everything that it does.
const SETTINGS: &str = r#"
[market]
hurry = 60

[telemetry]
level = "debug"
metrics = true

[risk]
symbol_orders_per_minute = 12

[strategies.ema_cross]
symbols = ["BTC/USD"]
params = { pulse = "trades", fast = 5, slow = 15, stake = "150", stop = 15 }

[strategies.market_maker]
symbols = ["ETH/USD"]
params = { refresh = "100ms", requote = 1, rest = "1s" }
"#;

/// A home in which all of it is planted, and what must never be seen.
fn planted() -> (Desk, Vec<Planted>) {
    let desk = Desk::home();
    let fixture = |name: &str| repository().join("crates/settings/tests/fixtures").join(name);
    let put = |name: &str, text: &str| desk.write(&format!("config/{name}"), text);
    fs::copy(fixture("secrets.age"), desk.path("config/s.age")).unwrap();
    let identity = fs::read_to_string(fixture("test.identity")).unwrap();
    put("identity", &identity);
    let lines = BY_FILE.map(|(name, value)| format!("{name} = \"{value}\"\n"));
    put("s.toml", &lines.concat());
    put("paper.toml", SETTINGS);

    let given = BY_VARIABLE.iter().chain(&BY_FILE);
    let mut all: Vec<Planted> = given.map(|(name, value)| Planted::text(name, value)).collect();
    all.push(Planted::text("kraken_secret", BY_AGE));
    all.push(Planted::text("the age identity", identity.lines().last().unwrap()));
    for entry in fs::read_dir(desk.path("var/keys")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "key") {
            let name = path.file_name().unwrap().to_string_lossy();
            all.push(Planted::key(&name, &fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(all.len() > 18, "{} secrets", all.len());
    (desk, all)
}

/// The files in which secrets belong.
fn holds_secrets(desk: &Desk, path: &Path) -> bool {
    let own = ["var/keys", "var/control.token", "config/s.toml", "config/identity"];
    own.iter().any(|place| path.starts_with(desk.path(place)))
}

fn search(place: &str, text: &str, planted: &[Planted]) {
    for secret in planted {
        let form = secret.shown_in(text);
        let line = form.and_then(|form| text.lines().find(|line| line.contains(form)));
        assert_eq!((form, line), (None, None), "{place} shows {}", secret.what);
    }
}

/// Every file below that folder, those in which secrets belong apart; how many there were.
fn search_folder(desk: &Desk, folder: &Path, planted: &[Planted]) -> usize {
    let mut searched = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if holds_secrets(desk, &path) {
            continue;
        }
        if path.is_dir() {
            searched += search_folder(desk, &path, planted);
        } else {
            let name = path.display().to_string();
            let is_packed = path.extension().is_some_and(|kind| kind == "gz");
            assert!(!is_packed, "{name} would have to be opened first");
            search("the name of a file", &name, planted);
            search(&name, &String::from_utf8_lossy(&fs::read(&path).unwrap()), planted);
            searched += 1;
        }
    }
    searched
}

/// A Redis that knows no command, and repeats each with its words, as a real one does with those it does not know.
fn parrot() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}/0", listener.local_addr().unwrap());
    let work = move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = [0; 4_096];
            while let Ok(read @ 1..) = stream.read(&mut bytes) {
                let said = String::from_utf8_lossy(&bytes[..read]).replace("\r\n", " ");
                let answer = format!("-ERR unknown command, with args beginning with: {said}\r\n");
                if stream.write_all(answer.as_bytes()).is_err() {
                    break;
                }
            }
        }
    };
    aside("parrot", work).unwrap();
    url
}

/// A command in that home, with every secret in its environment.
fn command(desk: &Desk, line: &str) -> Command {
    let mut command = desk.command(line.split_whitespace());
    command.envs(BY_VARIABLE);
    command
}

/// `njord up`, whose words go into a file of the home.
struct Up<'a> {
    desk: &'a Desk,
    process: Child,
}

impl<'a> Up<'a> {
    fn begin(desk: &'a Desk, name: &str, more: &str) -> Self {
        let _ = fs::remove_file(desk.path("var/control.address"));
        let mut up = command(desk, &format!("up --set ports.up=0 {more}"));
        let file = |kind| fs::File::create(desk.path(format!("{name}.{kind}"))).unwrap();
        let process = up.stdout(file("out")).stderr(file("err")).spawn().unwrap();
        let begun = Self { desk, process };
        let address = desk.path("var/control.address");
        begun.waits("it answers", || ran(command(desk, "status")).code == 0 && address.exists());
        begun
    }

    fn waits(&self, what: &str, mut until: impl FnMut() -> bool) {
        let came = (0..3_000).any(|_| until());
        assert!(came, "never: {what}; {:?}", ran(command(self.desk, "status")));
    }

    fn count(&self, what: &str) -> u64 {
        let said = ran(command(self.desk, "status --json")).ends(0).document();
        said["result"]["status"]["counts"][what].as_u64().unwrap()
    }

    fn token(&self) -> Planted {
        Planted::text("the control token", self.desk.read("var/control.token").trim())
    }

    /// What it answers to a call with that bearer.
    fn call(&self, line: &str, bearer: &str, body: &str) -> String {
        let address = self.desk.read("var/control.address");
        let mut stream = TcpStream::connect(address.trim()).unwrap();
        let head = format!(
            "{line} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {bearer}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            address.trim(),
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let (mut said, mut bytes) = (Vec::new(), [0; 4_096]);
        // A stream that does not end is read to its first board.
        while let Ok(read @ 1..) = stream.read(&mut bytes) {
            said.extend_from_slice(&bytes[..read]);
            if line.starts_with("GET /events") && said.len() > 1_000 {
                break;
            }
        }
        String::from_utf8_lossy(&said).into_owned()
    }

    /// Everything that it answers, to whoever may ask and to whoever may not; nothing of it shows a secret.
    fn is_asked_everything(&self, planted: &[Planted]) {
        let metrics = BY_VARIABLE[2].1;
        let own = self.desk.read("var/control.token");
        for path in [
            "/",
            "/events",
            "/metrics",
            "/health",
            "/ready",
            "/api/status",
            "/api/orders",
            "/api/positions",
            "/api/fills",
            "/api/refusals",
            "/api/balance",
            "/api/why/last-refused",
            "/nowhere",
        ] {
            for bearer in [metrics, own.trim(), "nobody"] {
                search(path, &self.call(&format!("GET {path}"), bearer, ""), planted);
            }
        }
        let shown = self.call("GET /metrics", metrics, "");
        assert!(shown.contains("njord_notices_total"), "{shown}");
        for (bearer, body) in [
            (metrics, r#"{"do":"pause"}"#),
            (BY_VARIABLE[3].1, r#"{"do":"flatten"}"#),
            (own.trim(), r#"{"do":"explode"}"#),
            (own.trim(), "no json"),
        ] {
            search(body, &self.call("POST /api/control", bearer, body), planted);
        }
    }

    /// Ends it, and how it went.
    fn ends(mut self, signal: &str) -> Option<i32> {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        self.process.wait().unwrap().code()
    }
}

impl Drop for Up<'_> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Commands of people, as text and for programs; nothing that they print shows a secret.
fn run_all(desk: &Desk, lines: &[&str], planted: &[Planted]) {
    for line in lines {
        for form in ["", " --json"] {
            let said = ran(command(desk, &format!("{line}{form}")));
            search(&format!("njord {line}{form}"), &said.out, planted);
            search(&format!("njord {line}{form}, its errors"), &said.err, planted);
        }
    }
}

const COMMANDS: [&str; 20] = [
    "status",
    "orders",
    "positions --all",
    "fills",
    "balance",
    "why --last-refused",
    "pause ema_cross",
    "resume ema_cross",
    "pause nobody",
    "doctor",
    "doctor --set run.mode=live",
    "config check",
    "config check --set secrets.file=s.age",
    "config explain",
    "config explain secrets",
    "config explain secrets.file",
    "config explain bus",
    "config schema",
    "strategy list",
    "reload",
];
/// What ends the trading, and is taken back.
const STOPS: [&str; 6] = [
    "flatten --yes",
    "kill trip",
    "kill status",
    "kill clear",
    "audit verify",
    "replay var/journal",
];

#[test]
fn whole_run_shows_no_secret_and_every_line_of_its_logs_holds_to_the_contract() {
    let (desk, mut planted) = planted();
    let bus = format!("--bus {} {ENCRYPTED}", parrot());

    let up = Up::begin(&desk, "first", &bus);
    planted.push(up.token());
    let mut processes = vec![up.process.id()];
    up.waits("fills and refusals", || up.count("fills") > 2 && up.count("refused") > 0);
    up.is_asked_everything(&planted);
    run_all(&desk, &COMMANDS, &planted);
    // What is given where it does not belong is refused unrepeated, while it runs as well.
    let wrong = format!("config check --set bus.url=redis://:{BY_AGE}@127.0.0.1");
    let shown = [ENCRYPTED, PLAIN].map(|with| format!("config explain {with}"));
    run_all(&desk, &[&wrong, &shown[0], &shown[1]], &planted);
    assert_eq!(up.ends("-KILL"), None);

    let up = Up::begin(&desk, "second", &format!("--set telemetry.format=human {PLAIN}"));
    planted.push(up.token());
    processes.push(up.process.id());
    run_all(&desk, &STOPS[..4], &planted);
    // The disk takes no byte more, and the process cannot go on: it leaves a note.
    let pid = Pid::from_raw(up.process.id().try_into().unwrap());
    prlimit(pid, Resource::Fsize, Rlimit { current: Some(1), maximum: Some(1) }).unwrap();
    up.waits("it cannot go on", || ran(command(&desk, "status")).out.contains("not running"));
    drop(up);
    let notes = search_folder(&desk, desk.path("").as_path(), &planted);
    assert!(notes > 10, "{notes} files");

    let up = Up::begin(&desk, "third", &format!("-q {PLAIN}"));
    planted.push(up.token());
    processes.push(up.process.id());
    assert_eq!(up.ends("-INT"), Some(0));
    run_all(&desk, &STOPS[4..], &planted);

    let searched = search_folder(&desk, desk.path("").as_path(), &planted);
    assert!(searched > 10, "{searched} files");
    let log = lines::of(&desk);
    let said = lines::held_to_the_contract(&log);
    lines::are_of(&said, &processes);
    lines::follow_an_order(&said);
    let kinds = lines::kinds(&said);
    for kind in ["started", "intent_refused", "kill_tripped", "bus_behind"] {
        assert!(kinds.contains(kind), "nobody said {kind}: {kinds:?}");
    }
}

#[test]
fn search_finds_every_form_of_every_secret_wherever_it_lies() {
    let (desk, planted) = planted();
    let all = desk.path("");
    assert!(search_folder(&desk, &all, &planted) > 0);
    for secret in &planted {
        for form in secret.forms() {
            desk.write("var/left-behind", &format!("{{\"some\":\"{form}\"}}\n"));
            let found = panic::catch_unwind(|| search_folder(&desk, &all, &planted));
            assert!(found.is_err(), "{} as {form}", secret.what);
        }
    }
}
