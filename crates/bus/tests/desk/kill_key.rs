//! The kill switch that is a key on the server.

use bus::KillKey;

use crate::lease::servers;

const KEY: &str = "njord:kill";

#[test]
fn kill_key_says_stop_says_nothing_or_is_strange_on_every_server() {
    for rig in servers() {
        rig.calms_down();
        let mut line = rig.bus.writer().unwrap();
        assert_eq!(line.kill_key(KEY).unwrap(), KillKey::Clear);
        for (value, says) in [
            (Some("1"), KillKey::Stop),
            (Some("0"), KillKey::Clear),
            (Some("off"), KillKey::Strange),
            (Some(""), KillKey::Strange),
            (None, KillKey::Clear),
        ] {
            rig.set_key(KEY, value);
            assert_eq!(line.kill_key(KEY).unwrap(), says, "{value:?}");
        }
    }
}

#[test]
fn kill_key_of_a_server_that_is_gone_says_nothing() {
    for mut rig in servers() {
        rig.calms_down();
        let mut line = rig.bus.writer().unwrap();
        rig.set_key(KEY, Some("1"));
        rig.kill();
        assert!(line.kill_key(KEY).is_err());
    }
}
