//! The demo, with its real processes and its real crash.

use crate::rig::Desk;

/// What was decided in two minutes of the demo's market, on every machine. Changes with what decides.
const HASH: &str = "0ec838e1e07e681328a7f900aa19094e";

#[test]
fn demo_loses_nothing_in_a_real_crash_and_has_the_same_hash_everywhere() {
    let desk = Desk::empty();
    let demo = desk.run("demo --json").ends(0).document();
    let result = &demo["result"];
    assert_eq!(result["hash"], HASH);
    assert!(result["executions"].as_u64().unwrap() >= 8, "{result}");
    assert!(result["refusals"].as_u64().unwrap() >= 1, "{result}");
    let end = result["crash"]["end"].as_str().unwrap();
    assert!(["filled", "cancelled", "rejected", "expired"].contains(&end), "{result}");
    desk.run("audit verify runs/demo/home/var/journal --keys runs/demo/home/var/keys").ends(0);
    desk.run("audit verify runs/demo/home/var/venue --keys runs/demo/home/var/keys").ends(0);
    let page = desk.read("runs/demo/report.html");
    assert!(page.contains(HASH) && !page.contains("http"), "{page}");
    // Once more in the same folder, in the place of the first.
    desk.run("demo --json").ends(0);
}
