//! `mcp`: whole sessions over the pipes of the real program, word by word. What it offers looks, and changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};

use crate::rig::{Desk, repository};
use crate::up::up;

/// Every tool, each with something that it can be asked.
fn questions() -> Vec<(&'static str, Value)> {
    vec![
        ("status", json!({})),
        ("positions", json!({ "all": true, "count": 5 })),
        ("orders", json!({ "count": 100 })),
        ("fills", json!({})),
        ("balance", json!({})),
        ("refusals", json!({ "count": 1 })),
        ("why", json!({ "order": "last-refused" })),
        ("strategies", json!({})),
        ("strategy", json!({ "name": "ema_cross" })),
        ("config", json!({ "key": "risk.collar" })),
        ("report", json!({ "of": "settings" })),
        ("search_docs", json!({ "words": "kill switch" })),
        ("read_docs", json!({ "page": "risk" })),
    ]
}

/// A client at the other end of the program's pipes.
struct Session {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    asked: u64,
}

impl Session {
    /// Starts the program; nothing is said yet.
    fn begin(desk: &Desk) -> Self {
        let mut command = desk.command(["mcp"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (to, from) = (child.stdin.take(), child.stdout.take().unwrap());
        Self { child, to, from: BufReader::new(from), asked: 0 }
    }

    /// The same, after both have introduced themselves.
    fn open(desk: &Desk) -> Self {
        let mut session = Self::begin(desk);
        session.hello();
        session
    }

    fn hello(&mut self) -> Value {
        let client = json!({ "name": "test", "version": "1" });
        let about = json!({
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client,
        });
        let said = self.ask("initialize", &about);
        self.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        said
    }

    fn say(&mut self, message: &Value) {
        self.raw(format!("{message}\n").as_bytes());
    }

    /// Sends bytes as they are; whoever has been turned away may not be there to hear them.
    fn raw(&mut self, bytes: &[u8]) {
        let to = self.to.as_mut().unwrap();
        let _ = to.write_all(bytes).and_then(|()| to.flush());
    }

    /// The next message, which must be one.
    #[track_caller]
    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        let message: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| unreachable!("{line:?}"));
        assert_eq!(message["jsonrpc"], "2.0", "{message}");
        message
    }

    /// Asks, and hears the answer to just that.
    #[track_caller]
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        let said = self.hear();
        assert_eq!(said["id"], id, "{said}");
        said
    }

    /// Calls a tool: whether it is an error, its text, and what it says to programs.
    #[track_caller]
    fn call(&mut self, name: &str, arguments: &Value) -> (bool, String, Value) {
        let said = self.ask("tools/call", &json!({ "name": name, "arguments": arguments }));
        let result = &said["result"];
        assert_eq!(result["content"].as_array().map(Vec::len), Some(1), "{said}");
        let text = result["content"][0]["text"].as_str().unwrap().to_owned();
        (result["isError"] == true, text, result["structuredContent"].clone())
    }

    /// Hangs up, and sees how it ends: its exit code, what else it said, its errors.
    fn end(mut self) -> (Option<i32>, String, String) {
        drop(self.to.take());
        let (mut rest, mut errors) = (String::new(), String::new());
        self.from.read_to_string(&mut rest).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (self.child.wait().unwrap().code(), rest, errors)
    }

    #[track_caller]
    fn ends_in_peace(self) {
        assert_eq!(self.end(), (Some(0), String::new(), String::new()));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn mcp_session_from_hello_to_its_end_beside_a_running_system() {
    up(|up| {
        up.refuses_something();
        up.has_an_order();
        // Without the token nobody can tell the process anything; nothing here needs it.
        fs::remove_file(up.home.path("var/control.token")).unwrap();
        let mut session = Session::begin(&up.home);
        let hello = session.hello();
        assert_eq!(hello["result"]["serverInfo"]["name"], "njord", "{hello}");
        assert_eq!(hello["result"]["capabilities"], json!({ "tools": {} }));
        assert!(hello["result"]["instructions"].as_str().is_some_and(|text| text.len() > 40));

        let listed = session.ask("tools/list", &json!({}));
        let tools = listed["result"]["tools"].as_array().unwrap();
        let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        let expected: Vec<&str> = questions().iter().map(|(name, _)| *name).collect();
        assert_eq!(names, expected);
        for tool in tools {
            assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
            assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{tool}");
            assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
            assert!(tool["description"].as_str().is_some_and(|about| about.ends_with('.')));
        }
        for (name, arguments) in questions() {
            let (failed, text, json) = session.call(name, &arguments);
            assert!(!failed && !text.trim().is_empty() && json.is_object(), "{name}: {text}");
        }
        let (_, text, json) = session.call("status", &json!({}));
        assert_eq!(text, up.home.run("status").out);
        assert_eq!(json["running"], true);
        let (_, text, _) = session.call("why", &json!({ "order": "a91c" }));
        assert_eq!(text, up.home.run("why a91c").out);
        let (_, text, json) = session.call("refusals", &json!({}));
        assert!(text.contains("a91c") && text.contains("order_notional 30,603.65 > 10,000.00"));
        assert_eq!(json["refusals"]["shown"].as_array().map(Vec::len), Some(1));
        assert_eq!(session.ask("ping", &json!({}))["result"], json!({}));
        session.ends_in_peace();
        assert_eq!(up.came(), [], "something reached the doors of the process");
    });
}

/// Every file below a folder, with what stands in it and when it was last written.
fn files(folder: &Path, found: &mut BTreeMap<String, (Vec<u8>, std::time::SystemTime)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            let written = fs::metadata(&path).unwrap().modified().unwrap();
            found.insert(path.display().to_string(), (fs::read(&path).unwrap(), written));
        }
    }
}

#[test]
fn mcp_changes_nothing_whatever_is_asked() {
    let (desk, _) = Desk::with_journal();
    let all = |desk: &Desk| {
        let mut found = BTreeMap::new();
        files(&desk.path(""), &mut found);
        found
    };
    let before = all(&desk);
    let mut session = Session::open(&desk);
    for (name, arguments) in questions() {
        session.call(name, &arguments);
    }
    for of in ["journal", "drill"] {
        let (failed, text, _) = session.call("report", &json!({ "of": of }));
        assert!(!failed, "{text}");
    }
    let (_, text, json) = session.call("status", &json!({}));
    assert!(text.contains("not running; as of 2026-11-21 "), "{text}");
    assert_eq!(json["running"], false);
    // What would trade, and how else somebody might try to reach it.
    for name in ["kill", "kill trip", "pause", "flatten", "reload", "up", "init", "place_order"] {
        let said = session.ask("tools/call", &json!({ "name": name, "arguments": {} }));
        let message = said["error"]["message"].as_str().unwrap();
        assert!(message.contains("try: status, positions, orders"), "{said}");
    }
    session.ends_in_peace();
    assert!(before == all(&desk), "a file was made, changed or taken away");
}

#[test]
fn mcp_code_knows_no_way_to_tell_a_process_anything() {
    let folder = repository().join("services/njord/src/commands/mcp");
    let mut code = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        code += &fs::read_to_string(entry.unwrap().path()).unwrap();
    }
    assert!(code.contains("fn call(") && code.len() > 10_000, "this is not the code that is meant");
    for forbidden in
        [".tell(", "tell_running", "Doorstep::token", "control.token", "api/control", "operator()"]
    {
        assert!(!code.contains(forbidden), "{forbidden} stands in it");
    }
}

#[test]
fn mcp_arguments_that_do_not_fit_are_answered_with_what_would() {
    let desk = Desk::home();
    let mut session = Session::open(&desk);
    let long = "x".repeat(100_000);
    for (name, arguments, said) in [
        ("why", json!({}), "error: why: needs `order`"),
        ("why", json!({ "order": "../../etc/passwd" }), "is not how an id begins"),
        ("why", json!({ "order": "a HTTP/1.1\r\n\r\n" }), "a text of 1 to 200 signs on one line"),
        ("why", json!({ "order": long }), "a text of 1 to 200 signs on one line"),
        ("orders", json!({ "count": 0 }), "try: a whole number from 1 to 100"),
        ("orders", json!({ "count": 1e300 }), "try: a whole number from 1 to 100"),
        ("orders", json!({ "limit": 5 }), "takes nothing of the name `limit`"),
        ("status", json!({ "home": "/" }), "try: it takes nothing"),
        ("strategy", json!({ "name": "ema_cros" }), "try: "),
        ("config", json!({ "key": "risk.colar" }), "try: `risk.collar`"),
        ("report", json!({ "of": "everything" }), "try: journal or drill or settings"),
        ("report", json!({ "of": "journal" }), "there is no journal to verify"),
        ("read_docs", json!({ "page": "../SECURITY" }), "try: README.md"),
        ("status", json!({}), "try: njord up"),
    ] {
        let (failed, text, json) = session.call(name, &arguments);
        assert!(failed && text.contains(said) && text.contains("try: "), "{name}: {text}");
        assert!(text.len() < 2_000, "{name}: {}", text.len());
        assert!(json["errors"].as_array().is_some_and(|errors| !errors.is_empty()), "{json}");
    }
    desk.write("config/base.toml", "not toml at all [");
    let (failed, text, _) = session.call("config", &json!({}));
    assert!(failed && text.contains("config/base.toml"), "{text}");
    let (failed, ..) = session.call("strategies", &json!({}));
    assert!(!failed, "what needs no settings is still answered");
    session.ends_in_peace();
}

#[test]
fn mcp_goes_on_after_messages_that_mean_nothing() {
    let desk = Desk::home();
    let mut session = Session::open(&desk);
    for nonsense in ["", "hello", "{", "\u{0}", "nul", "\"", "[[[[", "{\"jsonrpc\":"] {
        session.raw(format!("{nonsense}\n").as_bytes());
    }
    session.raw(b"\xff\xfe\xfd\n");
    session.raw(format!("{}\n", "[".repeat(100_000)).as_bytes());
    session.asked = 7_000;
    let mut answered = 0;
    session.say(&json!({ "jsonrpc": "2.0", "id": 7_001, "method": "ping" }));
    loop {
        // What is no message may be answered as such, and by nothing else.
        let said = session.hear();
        if said["id"] == 7_001 {
            assert_eq!(said["result"], json!({}), "{said}");
            break;
        }
        assert!(said["error"].is_object() && answered < 20, "{said}");
        answered += 1;
    }
    session.asked = 7_001;
    for method in ["resources/list", "prompts/list", "tools/dance", "njord/kill", ""] {
        let said = session.ask(method, &json!({}));
        let empty = said["result"].as_object().is_some_and(|result| {
            result.values().all(|value| value.as_array().is_some_and(Vec::is_empty))
        });
        assert!(empty || said["error"]["code"].is_i64(), "{method}: {said}");
    }
    session.ends_in_peace();
}

#[test]
fn mcp_line_without_an_end_is_not_kept() {
    let desk = Desk::home();
    let mut session = Session::open(&desk);
    session.raw(&vec![b'x'; 3 << 20]);
    let (code, rest, errors) = session.end();
    assert_eq!((code, rest.as_str()), (Some(1), ""));
    assert!(errors.starts_with("error: standard input: ") && errors.contains("try: "), "{errors}");
}

#[test]
fn mcp_answers_what_was_asked_before_its_client_hung_up() {
    let desk = Desk::home();
    let mut session = Session::open(&desk);
    for id in 1..=50 {
        let params = json!({ "name": "strategies", "arguments": {} });
        session
            .say(&json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }));
    }
    let (code, rest, errors) = session.end();
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    let mut ids: Vec<u64> = rest
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_u64().unwrap())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=50).collect::<Vec<u64>>());
}

#[test]
fn mcp_without_a_client_ends_at_once_and_without_a_reader_without_a_panic() {
    let desk = Desk::home();
    Session::begin(&desk).ends_in_peace();
    let mut session = Session::open(&desk);
    drop(std::mem::replace(&mut session.from, nobody()));
    for id in 1..=50 {
        session.say(&json!({ "jsonrpc": "2.0", "id": id, "method": "tools/list" }));
    }
    let (_, _, errors) = session.end();
    assert!(!errors.contains("panic"), "{errors}");
}

/// The pipe of somebody who says nothing.
fn nobody() -> BufReader<ChildStdout> {
    let mut child = std::process::Command::new("true").stdout(Stdio::piped()).spawn().unwrap();
    child.wait().unwrap();
    BufReader::new(child.stdout.take().unwrap())
}
