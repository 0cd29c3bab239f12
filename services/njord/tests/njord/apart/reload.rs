//! Services apart go on with other settings.

use std::net::TcpListener;

use serde_json::Value;

use super::{Apart, SERVICES, WITH, all_up, until};
use crate::redis::is_skipped;
use crate::rig::Ran;

impl Apart {
    /// The settings are other ones from now on.
    fn change(&self, from: &str, to: &str) {
        let text = self.began_with.replacen(from, to, 1);
        assert_ne!(text, self.began_with);
        self.desk.write("apart.toml", &text);
    }

    fn reload(&self, more: &str, code: i32) -> Ran {
        self.desk.run(&format!("reload {more} {WITH}")).ends(code)
    }
}

#[test]
fn services_apart_go_on_with_other_settings_and_loosen_for_the_operator_alone() {
    if is_skipped() {
        return;
    }
    let apart = Apart::begin("");
    let answers = || apart.desk.answers("var/risk-engine/journal", "collar");
    let (tightened, loosened) = ("in_force", "needs_operator");
    for (bps, more, expected) in [
        (200, "", &[tightened][..]),
        (250, "", &[tightened, loosened]),
        (250, "--loosen", &[tightened, loosened, "in_force"]),
    ] {
        apart.change("[risk]\n", &format!("[risk]\ncollar = {bps}\n"));
        let said = apart.reload(more, 0);
        for service in SERVICES {
            assert!(said.out.contains(&format!("ok   {service}")), "{}", said.out);
        }
        until(&apart.desk, "the gate's answer", |_| answers().len() >= expected.len());
        assert_eq!(answers(), expected);
    }
    let status = until(&apart.desk, "all up again", all_up);
    let fills = |status: &Value| status["status"]["counts"]["fills"].as_u64().unwrap();
    let before = fills(&status);
    until(&apart.desk, "executions with other settings", |status| fills(status) > before);
    apart.end();
}

#[test]
fn services_apart_refuse_other_settings_one_by_one_and_go_on() {
    if is_skipped() {
        return;
    }
    let apart = Apart::begin("");
    // What makes no sense rings for nobody; what holds for as long as they run is refused by each.
    apart.change("[risk]\n", "[risk]\ncolar = 1\n");
    assert!(apart.reload("", 1).err.contains("risk.colar"));
    apart.change("[run]\n", "[run]\nsession = 2\n");
    let said = apart.reload("", 1).out;
    assert_eq!(
        said.matches("refused, and goes on as before: 1 holds for as long").count(),
        4,
        "{said}"
    );
    // A port that is taken: it goes on with the settings before.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    apart.change("risk_engine = 0", &format!("risk_engine = {port}"));
    let said = apart.reload("", 1).out;
    assert!(said.contains("FAIL risk-engine") && said.contains("cannot be listened on"), "{said}");
    assert_eq!(said.matches("ok   ").count(), 3, "{said}");
    apart.desk.write("apart.toml", &apart.began_with);
    apart.services[2].signal("-HUP");
    until(&apart.desk, "all up after all that", all_up);
    let [market, strategies, gate, gateway] = apart.services;
    assert_eq!(gate.ends(), Some(0));
    let said = apart.desk.run(&format!("reload {WITH}")).ends(1).out;
    assert!(said.contains("FAIL risk-engine") && said.contains("does not run"), "{said}");
    for service in [market, strategies, gateway, apart.venue] {
        assert_eq!(service.ends(), Some(0));
    }
}
