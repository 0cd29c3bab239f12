//! Four services as processes of their own, with a Redis between them, asked as one: which of them are up, and
//! what all of them together have.

mod broken;
pub(crate) mod hostile;
mod key;
mod lost;
mod reload;
mod users;

use std::fmt::Write as _;
use std::net::TcpListener;

use serde_json::Value;

use crate::mirror::FAST;
use crate::redis::{Redis, is_skipped};
use crate::rig::Desk;
use crate::running::Running;

pub(crate) const SERVICES: [&str; 4] =
    ["md-ingest", "strategy-engine", "risk-engine", "execution-gateway"];
/// Where the settings of all of them are.
pub(crate) const WITH: &str = "--config apart.toml";

/// A home whose services are apart, at ports that nobody else has.
fn desk(redis: &Redis) -> Desk {
    desk_with(redis, FAST)
}

/// The same with those settings besides.
pub(crate) fn desk_with(redis: &Redis, settings: &str) -> Desk {
    let desk = Desk::home();
    let venue = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut text = format!(
        "{settings}\n[run]\nvenue = \"apart\"\n[bus]\nkind = \"redis\"\nurl = \"{}\"\n[ports]\nup = 0\nvenue = {venue}\n",
        redis.url()
    );
    for service in SERVICES {
        let _ = writeln!(text, "{} = 0", service.replace('-', "_"));
    }
    desk.write("apart.toml", &text);
    desk
}

pub(crate) fn begin(desk: &Desk, service: &str) -> Running {
    Running::begin(desk, &format!("service {service} -q {WITH}"), &format!("{service}: paper"))
}

pub(crate) fn ask(desk: &Desk, command: &str) -> Value {
    desk.run(&format!("{command} {WITH} --json")).ends(0).document()["result"].clone()
}

/// Asks again and again, until that holds.
#[track_caller]
pub(crate) fn until(desk: &Desk, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let found = (0..1_500).map(|_| ask(desk, "status")).find(|status| holds(status));
    assert!(found.is_some(), "{what}: {}", ask(desk, "status"));
    found.unwrap()
}

fn standing(status: &Value, service: &str) -> String {
    let services = status["services"].as_array().unwrap();
    let line = services.iter().find(|line| line["service"] == service).unwrap();
    line["standing"].as_str().unwrap().to_owned()
}

pub(crate) fn all_up(status: &Value) -> bool {
    SERVICES.iter().all(|service| standing(status, service) == "up")
}

/// The four services and their venue, at work.
struct Apart {
    desk: Desk,
    services: [Running; 4],
    venue: Running,
    /// The settings that they began with.
    began_with: String,
    redis: Redis,
}

impl Apart {
    /// With those settings besides.
    fn begin(more: &str) -> Self {
        let mut redis = Redis::not_yet(&[]);
        redis.start();
        let desk = desk(&redis);
        let text = desk.read("apart.toml");
        desk.write("apart.toml", &format!("{text}{more}\n"));
        let venue = Running::begin(&desk, &format!("venue {WITH}"), "njord venue: ");
        let services = SERVICES.map(|service| begin(&desk, service));
        until(&desk, "all up", all_up);
        let began_with = desk.read("apart.toml");
        Self { desk, services, venue, began_with, redis }
    }

    fn end(self) {
        for service in self.services.into_iter().chain([self.venue]) {
            assert_eq!(service.ends(), Some(0));
        }
    }
}

#[test]
fn services_apart_are_asked_as_one_and_each_is_named() {
    if is_skipped() {
        return;
    }
    let mut redis = Redis::not_yet(&[]);
    redis.start();
    let desk = desk(&redis);
    let ran = desk.run(&format!("status {WITH}")).ends(1);
    assert!(ran.err.contains("njord service NAME for each of the four"), "{}", ran.err);
    let venue = Running::begin(&desk, &format!("venue {WITH}"), "njord venue: ");
    let [market, strategies, gate, gateway] = SERVICES.map(|service| begin(&desk, service));
    until(&desk, "all up", all_up);
    let status = until(&desk, "executions", |status| {
        status["status"]["counts"]["fills"].as_u64().unwrap() >= 4
    });
    assert_eq!((&status["running"], &status["as_of"]), (&Value::Bool(true), &Value::Null));
    for line in status["services"].as_array().unwrap() {
        assert!(line["record"].as_u64().unwrap() > 1, "{line}");
        assert!(line["since"].is_string() && line["as_of"].is_string(), "{line}");
    }
    for (command, name) in [("orders", "orders"), ("positions", "positions"), ("fills", "fills")] {
        let said = ask(&desk, command);
        assert_eq!(said["running"], true, "{command}: {said}");
        assert!(said[name]["shown"].is_array(), "{command}: {said}");
    }
    assert!(ask(&desk, "fills")["fills"]["shown"].as_array().unwrap().len() >= 4);
    // One of them dies, and says nothing any more.
    drop(gate);
    let status =
        until(&desk, "the gate is down", |status| standing(status, "risk-engine") == "down");
    assert_eq!(status["running"], true, "{status}");
    let text = desk.run(&format!("status {WITH}")).ends(0).out;
    assert!(text.contains(" risk-engine        DOWN; record "), "{text}");
    until(&desk, "whoever relies on it says so", |status| {
        standing(status, "execution-gateway") == "not_ready"
    });
    let gate = begin(&desk, "risk-engine");
    until(&desk, "all up again", all_up);
    // The switch is tripped; nothing is open, and both ledgers agree.
    desk.run(&format!("kill trip {WITH}")).ends(0);
    let status = until(&desk, "tripped, and nothing open", |status| {
        let status = &status["status"];
        status["kill"]["level"] == "cancel" && status["orders"]["ours"] == 0
    });
    assert_eq!(status["status"]["orders"]["diff"], 0, "{status}");
    for line in status["status"]["positions"]["shown"].as_array().unwrap() {
        assert_eq!(line["diff"], "0", "{line}");
    }
    for service in [market, strategies, gate, gateway, venue] {
        assert_eq!(service.ends(), Some(0));
    }
    let status = ask(&desk, "status");
    assert!(SERVICES.iter().all(|service| standing(&status, service) == "down"), "{status}");
    assert!(status["running"] == false && status["as_of"].is_string(), "{status}");
    assert!(desk.run(&format!("status {WITH}")).out.contains("not running; as of "));
    for service in SERVICES {
        desk.run(&format!("replay --service {service} {WITH}")).ends(0);
    }
}
