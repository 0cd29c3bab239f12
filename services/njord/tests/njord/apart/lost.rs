//! The whole state of one of several services is gone: it does not begin as if it were new, and begins anew behind what
//! it has said only to get out. What it knew it learns from the others and from the venue.

use std::fs;

use serde_json::Value;

use super::{Apart, SERVICES, WITH, all_up, until};
use crate::redis::is_skipped;
use crate::running::Running;

/// A service that loses everything, and whether trading goes on once the switch is cleared; the gate would wait for a
/// minute, for what it may have granted.
fn check(name: &str, goes_on: bool) {
    if is_skipped() {
        return;
    }
    let place = SERVICES.iter().position(|service| *service == name).unwrap();
    let mut apart = Apart::begin("");
    let fills = |status: &Value| status["status"]["counts"]["fills"].as_u64().unwrap();
    until(&apart.desk, "executions", |status| fills(status) >= 6);
    apart.services[place].dies();
    let state = apart.desk.path(format!("var/{name}"));
    fs::remove_dir_all(&state).unwrap();
    let begin = format!("service {name} -q {WITH}");
    for _ in 0..2 {
        let ran = apart.desk.run(&begin).ends(1);
        let why = "has spoken on the bus up to its start 1, and there is no journal of it in";
        assert!(ran.err.contains(why) && ran.err.contains("--get-out"), "{}", ran.err);
    }
    let ready = format!("{name}: paper");
    apart.services[place] = Running::begin(&apart.desk, &format!("{begin} --get-out"), &ready);
    let desk = &apart.desk;
    let is_still = |status: &Value| {
        let status = &status["status"];
        let positions = status["positions"]["shown"].as_array().unwrap();
        let are_equal = positions.iter().all(|line| line["diff"] == "0");
        status["kill"]["level"] == "cancel" && status["orders"]["ours"] == 0 && are_equal
    };
    let status = until(desk, "all is cancelled", |status| all_up(status) && is_still(status));
    assert_eq!(status["status"]["orders"]["diff"], 0, "{status}");
    // The next start is one like any other.
    apart.services[place].dies();
    apart.services[place] = super::begin(&apart.desk, name);
    let desk = &apart.desk;
    let status = until(desk, "all up again", |status| all_up(status) && is_still(status));
    let ran = desk.run(&format!("kill clear {WITH}"));
    assert_eq!(ran.code, 0, "{} {}", ran.err, desk.run(&format!("kill status {WITH}")).out);
    if goes_on {
        let before = fills(&status);
        until(desk, "executions again", |status| fills(status) > before + 2);
    }
    apart.end();
}

#[test]
fn gateway_that_has_lost_everything_begins_anew_only_to_get_out() {
    check("execution-gateway", true);
}

#[test]
fn gate_that_has_lost_everything_begins_anew_only_to_get_out() {
    check("risk-engine", false);
}

#[test]
fn strategies_that_have_lost_everything_begin_anew_only_to_get_out() {
    check("strategy-engine", true);
}
