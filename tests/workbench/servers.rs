//! The look at the servers for agents, on servers made for it.

use std::process::Command;
use std::time::Duration;

use workbench::servers::{Outcome, look};

use crate::rig::Scratch;

/// A server in a few lines: says hello, and has two tools.
const SERVER: &str = r#"
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    about = {"protocolVersion": asked.get("params", {}).get("protocolVersion"),
             "capabilities": {"tools": {}}, "serverInfo": {"name": "small", "version": "1"}}
    tools = [{"name": name, "description": "", "inputSchema": {"type": "object"}} for name in TOOLS]
    said = about if asked["method"] == "initialize" else {"tools": tools}
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": said}), flush=True)
"#;

/// Where this machine has its Python.
fn python() -> String {
    let said = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    String::from_utf8(said.unwrap().stdout).unwrap().trim().to_owned()
}

#[test]
fn servers_are_started_and_listed_and_what_is_missing_is_said_with_what_to_do() {
    let house = Scratch::empty();
    let named = r#"{"mcpServers": {
        "broken": {"command": "python3", "args": ["-c", "raise SystemExit(3)"]},
        "empty": {"command": "python3", "args": ["small.py"], "env": {"HAS": ""}},
        "far": {"command": "false", "args": ["--from", "git+https://host.invalid/far"]},
        "gone": {"command": "no-such-program"},
        "left": {"command": "ck", "args": ["--serve"]},
        "ours": {"command": "cargo", "args": ["run", "-q", "-p", "ours", "--", "small.py"], "env": {"HAS": "a"}},
        "small": {"command": "python3", "args": ["small.py"], "env": {"HAS": "one two"}}
    }}"#;
    let page = "| `gone` | dances (`no-such-program`) | the moon | walk |\n";
    let small = SERVER.replace("TOOLS", "__import__('os').environ['HAS'].split()");
    house.put(".mcp.json", named).put("docs/WORKFLOWS.md", page).put("small.py", &small);
    let programs = house.path().join("built");
    std::fs::create_dir(&programs).unwrap();
    std::os::unix::fs::symlink(python(), programs.join("ours")).unwrap();
    let looked = look(&house.repository(), Some(&programs), Duration::from_mins(1)).unwrap();
    let of = |name: &str| looked.iter().find(|(of, _)| of == name).unwrap().1.clone();
    assert_eq!(of("small"), Outcome::Tools(vec!["one".to_owned(), "two".to_owned()]));
    assert_eq!(
        of("gone"),
        Outcome::Missing(
            "no `no-such-program` here; installed by the moon; without it: walk".to_owned()
        )
    );
    assert!(matches!(of("left"), Outcome::Missing(why) if why.contains("downloads a model")));
    assert!(matches!(of("far"), Outcome::Missing(why) if why.starts_with("cannot be fetched")));
    assert!(matches!(of("broken"), Outcome::Fails(_)), "{:?}", of("broken"));
    assert_eq!(of("ours"), Outcome::Tools(vec!["a".to_owned()]), "no cargo built it");
    assert_eq!(of("empty"), Outcome::Fails("has no tools".to_owned()));
}

#[test]
fn servers_that_say_nothing_are_not_waited_for() {
    let house = Scratch::empty();
    let named = r#"{"mcpServers": {"silent": {"command": "sleep", "args": ["600"]}}}"#;
    house.put(".mcp.json", named);
    let looked = look(&house.repository(), None, Duration::from_millis(200)).unwrap();
    assert!(
        matches!(&looked[0].1, Outcome::Fails(why) if why.contains("has said nothing")),
        "{looked:?}"
    );
}
