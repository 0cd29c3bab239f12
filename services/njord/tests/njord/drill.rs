//! The drills of the kill switch, each with real processes.

use crate::rig::Desk;

#[test]
fn kill_switch_holds_in_every_drill_and_status_says_when() {
    let desk = Desk::home();
    let drill = desk.run("kill drill --json").ends(0).document();
    let result = &drill["result"];
    let drills = result["drills"].as_array().unwrap();
    assert!(drills.len() == 9 && drills.iter().all(|drill| drill["held"] == true), "{result}");
    assert_eq!(
        (result["passed"].as_u64(), result["kept"].as_bool()),
        (result["of"].as_u64(), Some(true))
    );
    // What has a drill behind it says so, whether it runs or not; here nothing ever ran.
    let kept: serde_json::Value = serde_json::from_str(&desk.read("var/drill.json")).unwrap();
    assert_eq!((&kept["at"], &kept["of"]), (&result["at"], &result["of"]));
}
