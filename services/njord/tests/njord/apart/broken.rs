//! Somebody changes a byte in the journal of one of several services: it begins tripped and says so to the others,
//! it is heard where it spoke before, and once the operator stands by it trading goes on.

use std::fs;

use serde_json::Value;

use super::{Apart, SERVICES, WITH, all_up, until};
use crate::redis::is_skipped;
use crate::running::{Running, break_the_chain, segments};

/// A service whose journal is changed while it is away, in the middle of what it has written since its last
/// snapshot: it forgets the half of that, and the others do not.
fn check(name: &str) {
    if is_skipped() {
        return;
    }
    let place = SERVICES.iter().position(|service| *service == name).unwrap();
    let mut apart = Apart::begin("");
    let fills = |status: &Value| status["status"]["counts"]["fills"].as_u64().unwrap();
    until(&apart.desk, "executions", |status| fills(status) >= 6);
    apart.services[place].dies();
    let last = segments(&apart.desk, &format!("var/{name}/journal")).pop().unwrap();
    break_the_chain(&last, fs::metadata(&last).unwrap().len() as usize / 2);
    let begins = |more: &str, until: &str| {
        Running::begin(&apart.desk, &format!("service {name} -q {WITH} {more}"), until)
    };
    apart.services[place] = begins("", "break  the chain breaks at record ");
    let desk = &apart.desk;
    let is_still = |status: &Value| {
        let status = &status["status"];
        status["kill"]["level"] == "cancel" && status["orders"]["ours"] == 0
    };
    until(desk, "everybody has heard it", |status| all_up(status) && is_still(status));
    // A start later it is as it was, until somebody stands by it.
    apart.services[place].dies();
    apart.services[place] = begins("", "       every start begins tripped until ");
    until(desk, "tripped again", |status| all_up(status) && is_still(status));
    apart.services[place].dies();
    apart.services[place] = begins("--accept-break", "       accepted, and written down");
    let status = until(desk, "all up", |status| all_up(status) && is_still(status));
    assert_eq!(status["status"]["orders"]["diff"], 0, "{status}");
    let ran = desk.run(&format!("kill clear {WITH}"));
    assert_eq!(ran.code, 0, "{} {}", ran.err, desk.run(&format!("kill status {WITH}")).out);
    let before = fills(&status);
    let status = until(desk, "executions again", |status| fills(status) > before + 2);
    assert!(all_up(&status), "{status}");
    apart.end();
}

#[test]
fn gateway_with_a_broken_chain_is_heard_where_it_spoke_before() {
    check("execution-gateway");
}

#[test]
fn gate_with_a_broken_chain_is_heard_where_it_spoke_before() {
    check("risk-engine");
}

#[test]
fn strategies_with_a_broken_chain_trip_the_switch_of_everybody() {
    check("strategy-engine");
}
