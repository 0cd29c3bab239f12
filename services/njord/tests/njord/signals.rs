//! Signals of programs outside: to four services that are processes of their own, with a Redis between them, and to
//! one process that has everything.

use std::fs;
use std::process::Command;

use contracts::{Event, Label, Net, Signal, Source, Span, TopicKind};
use njord::contracts;
use runtime::wall_clock;
use serde_json::Value;

use crate::apart::hostile::{alarms, forges, made_up};
use crate::apart::{WITH, all_up, ask, begin, desk_with, until};
use crate::redis::{Redis, is_skipped};
use crate::rig::{Desk, Ran, given, repository};
use crate::running::Running;

/// A strategy that follows signals, and one that does not. Nothing else trades.
const FOLLOWS: &str = r#"
[market]
hurry = 60

[risk]
symbol_orders_per_minute = 600
strategy_orders_per_minute = 600

[strategies.follow_signals]
symbols = ["BTC/USD"]
params = { most = "0.01", pace = "100ms", rest = "1s", patience = "1s" }

[strategies.ema_cross]
symbols = ["BTC/USD"]
params = { pulse = "1d" }
"#;

fn wants(desk: &Desk, target: &str, with: &str) -> Ran {
    desk.run(&format!("signal follow_signals BTC/USD {target} --for 10m {with}"))
}

/// What the strategy holds.
fn held(desk: &Desk, with: &str) -> String {
    let said = desk.run(&format!("positions --all {with} --json")).ends(0).document();
    let lines = said["result"]["positions"]["shown"].as_array().unwrap().clone();
    let mut lines = lines.iter().filter(|line| line["strategy"] == "follow_signals");
    lines.next().map_or("0".to_owned(), |line| line["net"].as_str().unwrap().to_owned())
}

#[track_caller]
fn comes_to(desk: &Desk, target: &str, with: &str) {
    let came = (0..3_000).any(|_| held(desk, with) == target);
    assert!(came, "{target}: {}", desk.run(&format!("status {with}")).out);
}

/// The ids of all orders that there were, and how many of them were refused.
fn orders(desk: &Desk, with: &str) -> (u64, u64) {
    let said = desk.run(&format!("status {with} --json")).ends(0).document();
    let counts = &said["result"]["status"]["counts"];
    (counts["intents"].as_u64().unwrap(), counts["refused"].as_u64().unwrap())
}

fn lines(lines: &[&str]) -> String {
    lines.join("\n") + "\n"
}

/// Somebody who can write to Redis, and has no key, wants something.
fn forged() -> Event {
    Event::Signal(Signal {
        strategy: "follow_signals".parse().unwrap(),
        symbol: "BTC/USD".parse().unwrap(),
        target: "0.009".parse::<Net>().unwrap(),
        limit: None,
        expires: wall_clock()() + Span::MINUTE,
        why: Label::NONE,
    })
}

/// What is said twice, too much, to nobody, or means nothing, each of which is answered; and what is forged.
fn says_what_has_no_effect(desk: &Desk, redis: &Redis) {
    let input = lines(&[
        r#"{"strategy":"follow_signals","symbol":"BTC/USD","target":"0","why":"again"}"#,
        r#"{"strategy":"follow_signals","symbol":"BTC/USD","target":"1000"}"#,
        r#"{"strategy":"ema_cross","symbol":"BTC/USD","target":"0.001"}"#,
        r#"{"strategy":"nobody","symbol":"BTC/USD","target":"0.001"}"#,
        "",
        r#"{"strategy":"follow_signals","symbol":"BTC/USD","target":0.001}"#,
        r#"{"strategy":"follow_signals","symbol":"BTC/USD","target":"0.001","for":"0s"}"#,
        r#"{"strategy":"follow_signals","symbol":"BTC/USD","target":"0.001","leverage":100}"#,
        "buy!",
    ]);
    let said = given(desk.command(format!("signal {WITH}").split(' ')), &input).ends(1);
    let said: Vec<&str> = said.out.lines().collect();
    let starts = ["ok ", "ok ", "ok ", "FAIL", "FAIL", "FAIL", "FAIL", "FAIL"];
    assert_eq!(said.len(), starts.len(), "{said:#?}");
    for (line, start) in said.iter().zip(starts) {
        assert!(line.starts_with(start), "{said:#?}");
    }
    assert!(said[3].contains("line 4: no strategy is called nobody"), "{said:#?}");
    let alerts = until(desk, "people are told of both that nobody heeds", |status| {
        status["status"]["counts"]["alerts"].as_u64().unwrap() >= 2
    });
    assert!(alerts.to_string().contains("signal_unheeded"), "{alerts}");
    alarms(desk, "forged_seal", || {
        forges(redis, TopicKind::Signal, forged(), (Source::External, made_up()));
    });
    // The next genuine one takes the place of the forged.
    wants(desk, "0", WITH).ends(0);
}

#[test]
fn signals_to_services_apart_move_the_position_and_hostile_ones_do_not() {
    if is_skipped() {
        return;
    }
    let mut redis = Redis::not_yet(&[]);
    redis.start();
    let desk = desk_with(&redis, FOLLOWS);
    let none = wants(&desk, "0.002", WITH).ends(1).err;
    assert!(none.contains("no service has ever run on that bus"), "{none}");
    let venue = Running::begin(&desk, &format!("venue {WITH}"), "njord venue: ");
    let mut services = crate::apart::SERVICES.map(|service| begin(&desk, service));
    until(&desk, "all up", all_up);

    // A signal becomes an intent, a decision and an execution, and the position is there; then it is closed.
    let said = wants(&desk, "0.002", WITH).ends(0).out;
    assert_eq!(
        said,
        "ok   signal          follow_signals wants 0.002 of BTC/USD\n\
         ok   strategy-engine has it on its disk\n"
    );
    comes_to(&desk, "0.002", WITH);
    wants(&desk, "0", WITH).ends(0);
    comes_to(&desk, "0", WITH);
    let fills = ask(&desk, "fills")["fills"]["shown"].clone();
    assert!(fills.as_array().unwrap().len() >= 2, "{fills}");
    let whose = |fill: &Value| fill["strategy"] == "follow_signals";
    assert!(fills.as_array().unwrap().iter().all(whose), "{fills}");

    let before = orders(&desk, WITH);
    says_what_has_no_effect(&desk, &redis);
    assert_eq!((orders(&desk, WITH), held(&desk, WITH).as_str()), (before, "0"));

    // Paused it asks for nothing, and behind a tripped switch the gate lets nothing in.
    desk.run(&format!("pause follow_signals {WITH}")).ends(0);
    wants(&desk, "0.002", WITH).ends(0);
    wants(&desk, "0", WITH).ends(0);
    assert_eq!((orders(&desk, WITH), held(&desk, WITH).as_str()), (before, "0"));
    desk.run(&format!("resume follow_signals {WITH}")).ends(0);
    desk.run(&format!("kill trip --level entries {WITH}")).ends(0);
    wants(&desk, "0.0015", WITH).ends(0);
    until(&desk, "the gate refuses", |status| {
        status["status"]["counts"]["refused"].as_u64().unwrap() > before.1
    });
    assert_eq!(held(&desk, WITH), "0");
    desk.run(&format!("kill clear {WITH}")).ends(0);
    comes_to(&desk, "0.0015", WITH);

    // It dies and comes back: what it holds it still holds, and nothing is doubled.
    services[1] = {
        services[1].dies();
        begin(&desk, "strategy-engine")
    };
    until(&desk, "all up again", all_up);
    wants(&desk, "0.0015", WITH).ends(0);
    wants(&desk, "0.0005", WITH).ends(0);
    comes_to(&desk, "0.0005", WITH);
    wants(&desk, "0", WITH).ends(0);
    comes_to(&desk, "0", WITH);
    for service in services.into_iter().chain([venue]) {
        assert_eq!(service.ends(), Some(0));
    }
}

#[test]
fn signals_to_one_process_go_by_its_door() {
    let desk = Desk::home();
    desk.write("one.toml", FOLLOWS);
    let with = "--config one.toml";
    let none = wants(&desk, "0.002", with).ends(1).err;
    assert!(none.contains("nothing runs that keeps its state there"), "{none}");
    let up = Running::begin(&desk, &format!("up -q --set ports.up=0 {with}"), "end ");
    wants(&desk, "0.002", with).ends(0);
    comes_to(&desk, "0.002", with);
    let input = lines(&[
        r#"{"strategy":"nobody","symbol":"BTC/USD","target":"0"}"#,
        r#"{"strategy":"follow_signals","symbol":"BTC/USD","target":"0","for":"5m"}"#,
    ]);
    let said = given(desk.command(format!("signal --json {with}").split(' ')), &input).ends(1);
    let said: Vec<Value> =
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let taken: Vec<&Value> = said.iter().map(|line| &line["taken"]).collect();
    assert_eq!(taken[..2], [&Value::Bool(false), &Value::Bool(true)]);
    assert_eq!((said[2]["result"]["lines"].as_u64(), said[2]["exit"].as_u64()), (Some(2), Some(1)));
    comes_to(&desk, "0", with);
    // The program that the page about the bus shows, as it stands there.
    let page = fs::read_to_string(repository().join("docs/bus.md")).unwrap();
    let script = page.split("```python\n").find(|block| block.contains("model.py")).unwrap();
    desk.write("model.py", script.split("```").next().unwrap());
    let mut model = Command::new("python3");
    model.arg("-B").arg(desk.path("model.py"));
    let signals = given(model, &lines(&["100", "99", "101.5"])).ends(0).out;
    assert_eq!(signals.lines().count(), 3, "{signals}");
    let said = given(desk.command(format!("signal {with}").split(' ')), &signals).ends(0).out;
    assert!(said.lines().all(|line| line.starts_with("ok   signal ")), "{said}");
    comes_to(&desk, "0.002", with);
    assert_eq!(up.ends(), Some(0));
    desk.run("audit verify").ends(0);
}
