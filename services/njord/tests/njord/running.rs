//! Commands that run until somebody ends them.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use crate::rig::{Desk, Ran};

/// A program that runs, and has said its first lines.
pub(crate) struct Running {
    process: Child,
    /// The line that it was waited for.
    pub(crate) said: String,
}

impl Running {
    /// Starts it, and waits for a line that begins like that.
    pub(crate) fn begin(desk: &Desk, line: &str, until: &str) -> Self {
        Self::command(desk.command(line.split_whitespace()), until)
    }

    /// The same for a command that is put together.
    pub(crate) fn command(mut command: Command, until: &str) -> Self {
        command.stderr(Stdio::null());
        Self::heard(command, until)
    }

    /// The same where its errors go somewhere.
    fn heard(mut command: Command, until: &str) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.as_mut().unwrap());
        let said = out.lines().map(Result::unwrap).find(|line| line.starts_with(until));
        assert!(said.is_some(), "it ended before it said {until:?}");
        Self { process: child, said: said.unwrap_or_default() }
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// How it ends when it is asked to.
    pub(crate) fn ends(mut self) -> Option<i32> {
        self.signal("-INT");
        self.process.wait().unwrap().code()
    }

    /// `kill -9`.
    pub(crate) fn dies(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.dies();
    }
}

#[test]
fn up_ends_in_peace_and_goes_on_at_the_next_start() {
    let desk = Desk::home();
    assert_eq!(Running::begin(&desk, "up -q --set ports.up=0", "end ").ends(), Some(0));
    desk.run("audit verify").ends(0);
    let again =
        Running::begin(&desk, "up -q --set ports.up=0", "njord up: paper, session 1, start 2;");
    drop(again);
    // Killed, not ended: what the disk has is whole all the same.
    assert_eq!(
        Running::begin(&desk, "up -q --set ports.up=0", "njord up: paper, session 1, start 3;")
            .ends(),
        Some(0)
    );
    desk.run("audit verify").ends(0);
}

#[test]
fn up_whose_page_does_not_come_back_names_it_and_ends_at_the_deadline() {
    let desk = Desk::home();
    let mut up = desk.command("up -q --set ports.up=0".split(' '));
    up.stderr(File::create(desk.path("said")).unwrap());
    let running = Running::heard(up, "end ");
    // Whoever opens a pipe for reading waits for somebody who writes into it.
    let made = Command::new("mkfifo").arg(desk.path("var/drill.json")).status().unwrap();
    assert!(made.success());
    desk.run("status").ends(1);
    assert_eq!(running.ends(), Some(4));
    let said = desk.read("said");
    assert!(said.starts_with("error: page did not end in time\n  try: the same command"), "{said}");
    // What the disk has is whole, and the next start goes on from there.
    std::fs::remove_file(desk.path("var/drill.json")).unwrap();
    desk.run("audit verify").ends(0);
}

/// It runs until it has an order open, and is asked to end then; its last words.
fn last_words(desk: &Desk, line: &str) -> String {
    let mut up = desk.command(line.split(' '));
    up.stdout(File::create(desk.path("said")).unwrap()).stderr(Stdio::null());
    let running = Running { process: up.spawn().unwrap(), said: String::new() };
    // Before it runs, the orders of the one before it are shown.
    let is_open = || {
        let said = desk.run("orders --json");
        said.code == 0
            && said.document()["result"]["running"] == true
            && said.out.contains("\"buy\"")
    };
    assert!((0..3_000).any(|_| is_open()), "nothing was ever open: {:?}", desk.run("orders"));
    assert_eq!(running.ends(), Some(0));
    desk.read("said")
}

#[test]
fn up_that_ends_in_peace_says_what_stays_open_as_text_and_for_programs() {
    let desk = Desk::home();
    let quotes = "[market]\nhurry = 60\n[strategies.ema_cross]\nenabled = false\n\
                  [strategies.market_maker]\nsymbols = [\"ETH/USD\"]\n";
    desk.write("quotes.toml", quotes);
    let up = "up -q --set ports.up=0 --config quotes.toml";
    let text = last_words(&desk, up);
    let (_, left) = text.split_once("all of it is on the disk\nopen   ").unwrap();
    assert!(left.contains(" orders stay at the venue, 0 of them protective\n"), "{text}");
    assert!(left.contains(" market_maker buy ") && left.contains(" ETH/USD at "), "{text}");
    let said = last_words(&desk, &format!("{up} --json"));
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let left = &said["result"]["left"];
    assert!(left["open"].as_u64().unwrap() > 0 && left["protective"] == 0, "{said}");
    assert_eq!(left["orders"]["shown"][0]["symbol"], "ETH/USD", "{said}");
    assert!(left["positions"].is_array(), "{said}");
}

#[test]
fn up_twice_on_one_state_folder_is_refused_and_says_who_has_it() {
    let desk = Desk::home();
    let first = Running::begin(&desk, "up -q --set ports.up=0", "end ");
    let second = desk.run("up -q --set ports.up=0").ends(1);
    let holder = format!("is in use by process {} (", first.process.id());
    assert!(second.err.contains(&holder), "{}", second.err);
    assert!(second.err.contains("stop that process, or choose another folder"), "{}", second.err);
    // With a journal of its own it would take the place where commands find the first.
    let third = desk.run("up -q --set ports.up=0 --set journal.dir=other").ends(1);
    assert!(third.err.contains("another process keeps its state there"), "{}", third.err);
    shows(&desk, "gate ARMED");
    assert_eq!(first.ends(), Some(0));
}

#[test]
fn up_to_get_out_begins_tripped_and_stays_so() {
    let desk = Desk::home();
    let up = "up -q --set ports.up=0";
    assert_eq!(Running::begin(&desk, up, "end ").ends(), Some(0));
    let running = Running::begin(&desk, &format!("{up} --get-out"), "end ");
    shows(&desk, "gate TRIPPED");
    assert_eq!(running.ends(), Some(0));
    let running = Running::begin(&desk, up, "end ");
    shows(&desk, "kill switch TRIPPED at cancel by service");
    assert_eq!(running.ends(), Some(0));
}

#[test]
fn status_of_a_running_process_shows_a_drill_that_ended_just_now() {
    let desk = Desk::home();
    let running = Running::begin(&desk, "up -q --set ports.up=0", "end ");
    shows(&desk, "never drilled");
    // Nothing was ever ordered, and what the venue has is known all the same: its books were compared with ours.
    let cash = || {
        let status = desk.run("status --json").ends(0).document();
        status["result"]["status"]["cash"].clone()
    };
    let shown = (0..200).any(|_| cash()["venue"].is_string() && cash()["diff"] == "0");
    assert!(shown, "{}", cash());
    let drill = r#"{"at":"1700000000000000000","passed":7,"of":8}"#;
    std::fs::write(desk.path("var/drill.json"), drill).unwrap();
    shows(&desk, " ago 7/8");
    // The books of both were compared by then, and nothing was missing.
    shows(&desk, " ago: equal");
    assert_eq!(running.ends(), Some(0));
}

#[test]
fn up_at_a_port_that_is_taken_says_which_and_begins_all_the_same_afterwards() {
    let desk = Desk::home();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let ran = desk.run(&format!("up -q --set ports.up={port}")).ends(1);
    assert!(ran.err.contains(&format!("127.0.0.1:{port}: cannot be listened on")), "{}", ran.err);
    assert!(ran.err.contains("or another port: ports.up = 0"), "{}", ran.err);
    assert_eq!(Running::begin(&desk, "up -q --set ports.up=0", "end ").ends(), Some(0));
    desk.run("audit verify").ends(0);
}

#[test]
fn up_with_a_key_that_others_can_read_says_so_and_touches_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::home();
    for key in ["journal.key", "source-risk-engine.key"] {
        let path = desk.path("var/keys").join(key);
        let mode = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(0o644);
        let ran = desk.run("up -q --set ports.up=0").ends(1);
        assert!(ran.err.contains(key) && ran.err.contains("try: "), "{}", ran.err);
        assert!(!desk.path("var/journal").exists());
        mode(0o600);
    }
}

#[test]
fn up_with_settings_that_cannot_be_says_where_and_what_to_try() {
    let desk = Desk::home();
    for (setting, what) in [
        ("run.venu=\"apart\"", "venue"),
        ("risk.order_notional_max=-1", "risk.order_notional_max"),
        ("execution.reconcile_every=\"1ms\"", "execution.reconcile_every"),
        ("strategies.nobody.symbols=[\"BTC/USD\"]", "nobody"),
        ("strategies.ema_cross.params={ speed = 3 }", "speed"),
        ("market.symbols=[\"BTCUSD\"]", "market.symbols"),
        ("ports.up=70000", "ports.up"),
        ("kill.level=\"gently\"", "kill.level"),
    ] {
        let ran = desk.words(["up", "-q", "--set", setting]);
        assert!(ran.code != 0, "{setting} was taken");
        assert!(ran.err.contains(what) && ran.err.contains("try: "), "{setting}: {}", ran.err);
        assert!(!desk.path("var/journal").exists(), "{setting}");
    }
}

/// The segments of the journal in that folder, the first one first.
pub(crate) fn segments(desk: &Desk, journal: &str) -> Vec<std::path::PathBuf> {
    let live = desk.path(journal).join("live");
    let all = std::fs::read_dir(live).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> =
        all.filter(|path| path.extension().is_some_and(|it| it == "ndjson")).collect();
    all.sort();
    all
}

/// Changes one byte of the line of that segment which begins behind that place.
pub(crate) fn break_the_chain(segment: &std::path::Path, behind: usize) {
    let mut text = std::fs::read(segment).unwrap();
    let line = behind + text[behind..].iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let place = line + text[line..].iter().position(u8::is_ascii_digit).unwrap();
    text[place] = if text[place] == b'7' { b'8' } else { b'7' };
    std::fs::write(segment, text).unwrap();
}

#[test]
fn chain_that_is_broken_before_the_last_snapshot_trips_every_start() {
    let desk = Desk::home();
    let up = "up -q --set ports.up=0";
    for _ in 0..2 {
        assert_eq!(Running::begin(&desk, up, "end ").ends(), Some(0));
    }
    let segments = segments(&desk, "var/journal");
    assert!(segments.len() > 1, "{segments:?}");
    break_the_chain(&segments[0], 0);
    for _ in 0..2 {
        let begun = Running::begin(&desk, up, "end ");
        shows(&desk, "kill switch TRIPPED at cancel by audit");
        desk.run("kill clear").ends(0);
        assert_eq!(begun.ends(), Some(0));
    }
    assert!(desk.read("logs/njord-up.jsonl").contains("before the last snapshot; tripped"));
}

#[test]
fn broken_chain_begins_every_start_tripped_until_the_operator_accepts_it() {
    let desk = Desk::home();
    let up = "up -q --set ports.up=0";
    // Killed, once enough stands behind the snapshot of the last segment to say that it was synced: without that, and
    // after an end in peace, what is changed could be a torn tail.
    let lives = Running::begin(&desk, up, "end ");
    shows(&desk, " ago: equal");
    let lines = || {
        let last = segments(&desk, "var/journal").pop().unwrap();
        std::fs::read_to_string(last).unwrap().lines().count()
    };
    let enough = lines() + 20;
    assert!((0..10_000).any(|_| desk.run("status").code == 0 && lines() >= enough), "{}", lines());
    drop(lives);
    break_the_chain(segments(&desk, "var/journal").last().unwrap(), 0);
    let begun = Running::begin(&desk, up, "break  the chain breaks at record ");
    shows(&desk, "kill switch TRIPPED at cancel by audit");
    desk.run("kill clear").ends(0);
    assert_eq!(begun.ends(), Some(0));
    let again = Running::begin(&desk, up, "break  a chain that broke before");
    shows(&desk, "kill switch TRIPPED at cancel by audit");
    assert_eq!(again.ends(), Some(0));
    // Nobody accepts it without the key.
    let key = desk.path("var/keys/operator.key");
    std::fs::rename(&key, desk.path("operator.key")).unwrap();
    desk.run(&format!("{up} --accept-break")).ends(1);
    std::fs::rename(desk.path("operator.key"), &key).unwrap();
    let accepts =
        Running::begin(&desk, &format!("{up} --accept-break"), "       accepted, and written down");
    desk.run("kill clear").ends(0);
    shows(&desk, "gate ARMED");
    assert_eq!(accepts.ends(), Some(0));
    let peace = Running::begin(&desk, up, "end ");
    shows(&desk, "gate ARMED");
    assert_eq!(peace.ends(), Some(0));
}

#[test]
fn up_without_keys_says_how_to_get_some() {
    let desk = Desk::empty();
    let error = "error: var/keys: there are no keys, so nothing can be sealed or signed\n  \
                 try: njord init\n";
    desk.run("up").fails(1, error);
}

#[test]
fn up_refuses_what_is_not_in_this_build() {
    let desk = Desk::home();
    let ran = desk.run("up --set run.mode=live --set market.source=kraken").ends(1);
    assert_eq!(ran.err.matches("is not in this build\n  try: ").count(), 2, "{}", ran.err);
    let ran =
        desk.run("up --set market.symbols=[\"XMR/USD\"] --set strategies.ema_cross.enabled=false");
    let expected =
        "XMR/USD is not in the synthetic market\n  try: BTC/USD, ETH/USD, SOL/USD, DOGE/USD";
    assert!(ran.ends(1).err.contains(expected));
}

#[test]
fn venue_at_a_port_that_is_taken_says_which() {
    let desk = Desk::home();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let ran = desk.run(&format!("venue --set ports.venue={port}")).ends(1);
    assert!(ran.err.contains(&format!("127.0.0.1:{port} cannot be listened on")), "{}", ran.err);
}

#[test]
fn venue_apart_outlives_whoever_trades_there() {
    let desk = Desk::home();
    let apart = "--set run.venue=apart --set ports.venue=0";
    let venue =
        Running::begin(&desk, &format!("venue {apart}"), "njord venue: BTC/USD, ETH/USD at ");
    assert_eq!(venue.ends(), Some(0));
    desk.run("audit verify var/venue").ends(0);
}

#[test]
fn process_that_is_told_to_end_twice_within_a_moment_ends_in_order() {
    let desk = Desk::home();
    let mut command = desk.command("up -q --set ports.up=0".split(' '));
    command.stderr(Stdio::null()).stdout(Stdio::piped());
    let mut running = command.spawn().unwrap();
    let mut out = BufReader::new(running.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("page ") {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "it ended before it listened");
    }
    // As `timeout` does it: one to the process, one to its group.
    let id = running.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id, &id]).status().unwrap().success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(0), "{rest}");
    assert!(rest.contains("ended in peace"), "{rest}");
}

/// The status shows that, as soon as the disk has it.
fn shows(desk: &Desk, what: &str) {
    let shown = (0..200).any(|_| desk.run("status").out.contains(what));
    assert!(shown, "the status never showed {what:?}");
}

#[test]
fn up_is_asked_told_tripped_cleared_and_remembers_it_over_a_kill() {
    let desk = Desk::home();
    let up = "up -q --set ports.up=0 --set market.hurry=60";
    let running = Running::begin(&desk, up, "end ");
    let status = desk.run("status --json").ends(0).document();
    assert_eq!(status["result"]["status"]["about"]["mode"], "paper", "{status}");
    desk.run("pause ema_cross").ends(0);
    desk.run("kill trip").ends(0);
    shows(&desk, "gate TRIPPED");
    // Killed while it is tripped: the file goes, the latch stays.
    running.signal("-KILL");
    drop(running);
    let clear = desk.run("kill clear").ends(1);
    assert!(
        clear.err.contains("tripped at cancel, and nothing runs that could clear it"),
        "{clear:?}"
    );
    assert!(desk.path("var/kill").exists(), "it was taken away all the same");
    std::fs::remove_file(desk.path("var/kill")).unwrap();
    let running = Running::begin(&desk, up, "end ");
    shows(&desk, "gate TRIPPED");
    desk.run("kill clear").ends(0);
    shows(&desk, "gate ARMED");
    assert_eq!(running.ends(), Some(0));
    // Nothing runs: the same from the journal.
    let offline = desk.run("status").ends(0).out;
    assert!(offline.contains("gate ARMED"), "{offline}");
    assert!(!desk.path("var/control.token").exists());
}

#[test]
fn up_with_a_strategy_more_and_other_kill_sources_gives_it_money_and_polls_those() {
    let desk = Desk::home();
    let up = "up -q --set ports.up=0";
    assert_eq!(Running::begin(&desk, up, "end ").ends(), Some(0));
    let more = "--set strategies.market_maker.symbols=[\"ETH/USD\"] --set kill.sources=[]";
    let running = Running::begin(&desk, &format!("{up} {more}"), "end ");
    let status = desk.run("status --json").ends(0).document();
    let strategies = status["result"]["status"]["strategies"].as_array().unwrap();
    let newcomer = strategies.iter().find(|one| one["strategy"] == "market_maker").unwrap();
    assert_eq!(newcomer["cash"], "9000", "{status}");
    shows(&desk, "gate ARMED");
    assert_eq!(running.ends(), Some(0));
    // All of the money is given out: the next one gets none, and that is said.
    let third = format!("{up} {more} --set strategies.rsi_tema_bb.symbols=[\"BTC/USD\"]");
    let funds = |running: Running| {
        let status = desk.run("status --json").ends(0).document()["result"]["status"].clone();
        assert_eq!(running.ends(), Some(0));
        let strategies = status["strategies"].as_array().unwrap();
        let poor = strategies.iter().find(|one| one["strategy"] == "rsi_tema_bb").cloned();
        let cash = poor.map_or(serde_json::Value::Null, |poor| poor["cash"].clone());
        (cash, status["cash"]["ours"].clone())
    };
    let (cash, all) = funds(Running::begin(&desk, &third, "end "));
    assert!(cash.is_null() || cash == "0", "{cash}");
    assert_eq!(all, "10000");
    let log = std::fs::read_to_string(desk.path("logs/njord-up.jsonl")).unwrap();
    assert!(log.contains("rsi_tema_bb has no cash"), "{log}");
    // More funds are paid in at the venue, and there is something for it.
    let raised = format!("{third} --set venue.funds={{USD=\"12000\"}}");
    let (cash, all) = funds(Running::begin(&desk, &raised, "end "));
    assert_eq!((cash, all), ("2000".into(), "12000".into()));
}

#[test]
fn reload_goes_on_with_other_settings_in_the_same_process_and_refuses_what_makes_no_sense() {
    let desk = Desk::home();
    let up = "up -q --set ports.up=0 --set market.hurry=60";
    let running = Running::begin(&desk, up, "end ");
    let status = || desk.run("status --json").ends(0).document()["result"]["status"].clone();
    let run_of = |status: &serde_json::Value, name: &str| {
        let strategies = status["strategies"].as_array().unwrap();
        let one = strategies.iter().find(|one| one["strategy"] == name).cloned();
        one.map(|one| one["run"].as_str().unwrap_or_default().to_owned())
    };
    desk.run("pause ema_cross").ends(0);
    let file = desk.path("config/base.toml");
    let before = std::fs::read_to_string(&file).unwrap();
    let with = |more: &str| std::fs::write(&file, format!("{before}\n{more}\n")).unwrap();

    with("[strategies.market_maker]\nsymbols = [\"ETH/USD\"]\n");
    let said = desk.run("reload").ends(0);
    assert!(said.out.starts_with("ok   reloaded  ema_cross, market_maker; settings "), "{said:?}");
    let now = status();
    // What was known is still known, and both hear the market: the one that came prices what it sees.
    assert_eq!(run_of(&now, "ema_cross").as_deref(), Some("paused"), "{now}");
    assert!((0..3_000).any(|_| desk.run("orders").ends(0).out.contains("ETH/USD")), "no quote");
    desk.run("resume ema_cross").ends(0);

    let started = now["about"]["started"].clone();
    with("[strategies.market_maker]\nsymbols = [\"ETH/USD\"]\nparams = { wings = 3 }\n");
    running.signal("-HUP");
    let refused = || desk.read("logs/njord-up.jsonl").contains("settings not reloaded");
    let said = (0..500).any(|_| {
        // Each look takes a moment, and shows that it still answers.
        desk.run("status").ends(0);
        refused()
    });
    assert!(said, "nobody said that the settings make no sense");
    let other = before.replace("session = 1", "session = 2");
    assert_ne!(other, before);
    std::fs::write(&file, other).unwrap();
    let said = desk.run("reload").ends(1);
    assert!(said.err.contains("run.session: 1 holds for as long as the process runs"), "{said:?}");
    with("");
    assert_eq!(status()["about"]["started"], started, "the old settings stay at work");
    running.signal("-HUP");
    // Between two turns nobody answers.
    let answers = || Some(desk.run("status --json")).filter(|said| said.code == 0);
    let began = |said: &Ran| said.document()["result"]["status"]["about"]["started"].clone();
    let again = (0..500).any(|_| answers().is_some_and(|said| began(&said) != started));
    assert!(again, "a signal to hang up changed nothing");
    assert_eq!(running.ends(), Some(0));
}

#[test]
fn reload_loosens_limits_for_the_operator_alone() {
    let desk = Desk::home();
    let file = desk.path("config/base.toml");
    let before = std::fs::read_to_string(&file).unwrap();
    let running = Running::begin(&desk, "up -q --set ports.up=0", "end ");
    std::fs::write(&file, before.replace("\n# collar = 300\n", "\ncollar = 400\n")).unwrap();
    let answers = || desk.answers("var/journal", "collar");
    let comes = |expected: &[&str]| {
        let found = (0..2_000).any(|_| desk.run("status").code == 0 && answers() == expected);
        assert!(found, "{:?}", answers());
    };
    desk.run("reload").ends(0);
    comes(&["needs_operator"]);
    let key = desk.path("var/keys/operator.key");
    let away = desk.path("operator.key");
    std::fs::rename(&key, &away).unwrap();
    desk.run("reload --loosen").ends(1);
    std::fs::rename(&away, &key).unwrap();
    desk.run("reload --loosen").ends(0);
    comes(&["needs_operator", "in_force"]);
    // Whoever signed for those settings has signed for no others.
    std::fs::write(&file, before.replace("\n# collar = 300\n", "\ncollar = 500\n")).unwrap();
    desk.run("reload").ends(0);
    comes(&["needs_operator", "in_force", "needs_operator"]);
    assert_eq!(running.ends(), Some(0));
}

#[test]
fn reload_with_a_port_that_is_taken_goes_on_with_the_settings_before_and_says_so() {
    let desk = Desk::home();
    let file = desk.path("config/base.toml");
    let held = std::fs::read_to_string(&file).unwrap();
    let with_port = |port: u16| {
        let text = held.replace("\n# up = 7800\n", &format!("\nup = {port}\n"));
        assert_ne!(text, held);
        std::fs::write(&file, text).unwrap();
    };
    with_port(0);
    let running = Running::begin(&desk, "up -q", "end ");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    with_port(taken.local_addr().unwrap().port());
    let said = desk.run("reload").ends(1);
    assert!(said.err.contains("it could not begin with them"), "{said:?}");
    shows(&desk, "gate ARMED");
    assert_eq!(running.ends(), Some(0));
    let log = desk.read("logs/njord-up.jsonl");
    assert!(log.contains("settings not reloaded, 1 problems"), "{log}");
}
