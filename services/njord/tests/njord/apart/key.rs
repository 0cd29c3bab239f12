//! The kill switch that is a key in Redis.

use serde_json::Value;

use super::{Apart, WITH, all_up, until};
use crate::redis::is_skipped;

fn level(status: &Value) -> &Value {
    &status["status"]["kill"]["level"]
}

#[test]
fn services_apart_stop_at_the_key_and_go_on_when_the_operator_clears_it() {
    if is_skipped() {
        return;
    }
    let mut apart = Apart::begin("[kill]\nsources = [\"file\", \"key\"]");
    let desk = &apart.desk;
    let fills = |status: &Value| status["status"]["counts"]["fills"].as_u64().unwrap();
    until(desk, "executions", |status| fills(status) >= 2);
    apart.redis.cli(&["SET", "njord:kill", "0"]);
    assert_eq!(level(&until(desk, "all up", all_up)), &Value::Null);
    apart.redis.cli(&["SET", "njord:kill", "1"]);
    let status = until(desk, "tripped, and nothing open", |status| {
        level(status) == "cancel" && status["status"]["orders"]["ours"] == 0
    });
    assert_eq!(status["status"]["orders"]["diff"], 0, "{status}");
    // While it says stop nobody can go on; a latch does not go by itself either.
    desk.run(&format!("kill clear {WITH}")).ends(1);
    apart.redis.cli(&["DEL", "njord:kill"]);
    assert_eq!(level(&until(desk, "all up", all_up)), "cancel");
    desk.run(&format!("kill clear {WITH}")).ends(0);
    let before = fills(&until(desk, "clear", |status| level(status).is_null()));
    until(desk, "executions", |status| fills(status) > before);
    // Nobody can read it: that is no leave to go on.
    apart.redis.kill();
    until(desk, "tripped without anybody", |status| !level(status).is_null());
    apart.redis.start();
    until(desk, "all up", all_up);
    apart.end();
}

#[test]
fn one_process_refuses_a_key_that_it_would_not_read() {
    let desk = crate::rig::Desk::home();
    let key = "[kill]\nsources = [\"key\"]\n[ports]\nup = 0\n";
    for (bus, about) in [("redis", "this is one process"), ("mirror", "kill.sources: `key`")] {
        desk.write("key.toml", &format!("[bus]\nkind = \"{bus}\"\n{key}"));
        let ran = desk.run("up -q --config key.toml").ends(1);
        assert!(ran.err.contains(about), "{}", ran.err);
    }
}
