//! Four services and an operator on a Redis with the shipped users, each with a password of its own: what those may
//! do is enough for everything that services say to each other.

use std::fs;

use super::{SERVICES, WITH, all_up, desk, until};
use crate::redis::{Redis, is_skipped};
use crate::rig::repository;
use crate::running::Running;

/// Where a program is given its password.
const VARIABLE: &str = "NJORD_REDIS_PASSWORD";

fn password(user: &str) -> String {
    format!("{user}-password-of-mine")
}

/// The shipped users, with a password for each.
fn users() -> String {
    let shipped = fs::read_to_string(repository().join("deploy/redis/users.acl")).unwrap();
    let with_password = |line: &str| match line.split(' ').nth(1).unwrap() {
        "default" => format!("{line}\n"),
        user => format!("{line} >{}\n", password(user)),
    };
    shipped.lines().map(with_password).collect()
}

#[test]
fn services_apart_trade_and_hear_the_operator_as_the_shipped_users_of_redis() {
    if is_skipped() {
        return;
    }
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("users.acl");
    fs::write(&file, users()).unwrap();
    let mut redis = Redis::not_yet(&["--aclfile", &file.display().to_string()]);
    redis.start();
    let desk = desk(&redis);
    let venue = Running::begin(&desk, &format!("venue {WITH}"), "njord venue: ");
    let services = SERVICES.map(|service| {
        let words = format!("service {service} -q {WITH}");
        let mut command = desk.command(words.split_whitespace());
        command.env(VARIABLE, password(service));
        Running::command(command, &format!("{service}: paper"))
    });
    until(&desk, "all up", all_up);
    let fills = |status: &serde_json::Value| status["status"]["counts"]["fills"].as_u64().unwrap();
    until(&desk, "executions", |status| fills(status) >= 2);
    // Somebody else's password is none, and is said to nobody.
    let ran = desk.run_with((VARIABLE, &password("observer")), &format!("pause {WITH}")).ends(1);
    assert!(ran.err.contains("redis_password") && !ran.err.contains("of-mine"), "{}", ran.err);
    let operator = password("operator");
    for word in ["pause", "resume", "kill trip"] {
        let ran = desk.run_with((VARIABLE, &operator), &format!("{word} {WITH}")).ends(0);
        assert!(!ran.out.contains("of-mine"), "{}", ran.out);
    }
    until(&desk, "tripped, and nothing open", |status| {
        let status = &status["status"];
        status["kill"]["level"] == "cancel" && status["orders"]["ours"] == 0
    });
    for service in services.into_iter().chain([venue]) {
        assert_eq!(service.ends(), Some(0));
    }
}
