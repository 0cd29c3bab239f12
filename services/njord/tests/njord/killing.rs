//! The kill switch by hand where something else is broken, too: the settings, the disk, whoever should answer.

use std::fs;
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use njord::serving::ADDRESS_FILE;

use crate::rig::{Desk, ran};

#[test]
fn mistake_in_the_settings_keeps_nobody_from_the_kill_switch() {
    let desk = Desk::home();
    desk.write("config/base.toml", "[risk]\nversion = 1\ncolar = 7\n");
    let said = desk.run("kill trip").ends(0).out;
    assert!(said.contains("warn settings") && said.contains("colar"), "{said}");
    assert!(said.contains("ok   file     var/kill is there"), "{said}");
    assert!(desk.path("var/kill").exists());
    desk.run("kill check").ends(2);
    let said = desk.run("kill status").ends(0).out;
    assert!(said.contains("warn settings") && said.contains("warn file"), "{said}");
    // Where nothing trips nobody can say that nothing does: the file may be elsewhere.
    fs::remove_file(desk.path("var/kill")).unwrap();
    assert!(desk.run("kill check").ends(1).err.contains("colar"));
    // What opens again takes settings that are right; what stops does not.
    assert!(desk.run("pause").ends(1).err.contains("nothing runs"));
    assert!(desk.run("resume").ends(1).err.contains("colar"));
}

#[test]
fn settings_that_cannot_be_read_at_all_lead_to_where_things_usually_are() {
    let desk = Desk::home();
    desk.write("config/base.toml", "not toml at all [");
    desk.run("kill trip").ends(0);
    assert!(desk.path("var/kill").exists());
    // A folder that is not there is not made for it: nobody would look there.
    let desk = Desk::empty();
    fs::create_dir(desk.path("config")).unwrap();
    desk.write("config/base.toml", "not toml at all [");
    assert!(desk.run("kill trip").ends(1).err.contains("cannot be made"));
    assert!(!desk.path("var").exists());
    desk.run("kill trip --file other/kill").ends(0);
    assert!(desk.path("other/kill").exists());
}

#[test]
fn kill_trip_does_not_count_a_file_that_nobody_reads() {
    let desk = Desk::home();
    let said = desk.run("kill trip --set kill.sources=[]").ends(1).err;
    assert!(said.contains("kill.sources does not name it"), "{said}");
    let said = desk.run("config check --set kill.sources=[]").ends(0).out;
    assert!(said.contains("kill.sources is empty"), "{said}");
    assert_eq!(
        desk.run("kill trip --level entries --json").document()["result"]["level"],
        "cancel"
    );
}

#[test]
fn kill_trip_needs_no_room_on_the_disk() {
    let desk = Desk::home();
    let mut command = Command::new("sh");
    let full = "trap '' XFSZ; ulimit -f 0; exec \"$0\" kill trip";
    command.args(["-c", full, env!("CARGO_BIN_EXE_njord")]).current_dir(desk.path("")).env_clear();
    let said = ran(command).ends(0).out;
    assert!(said.contains("ok   file     var/kill is there"), "{said}");
    assert_eq!(fs::metadata(desk.path("var/kill")).unwrap().len(), 0);
    desk.run("kill check").ends(2);
}

#[test]
fn kill_status_tells_nothing_ever_ran_from_what_cannot_be_asked() {
    let desk = Desk::home();
    let said = desk.run("kill status").ends(0).out;
    assert!(said.contains("ok   latch    nothing has run here yet"), "{said}");
    // Somebody listens where the process should, and is not it.
    let _runs = desk.somebody_runs();
    let strange = TcpListener::bind("127.0.0.1:0").unwrap();
    desk.write(&format!("var/{ADDRESS_FILE}"), &strange.local_addr().unwrap().to_string());
    thread::scope(|threads| {
        threads.spawn(|| drop(strange.accept().unwrap()));
        let said = desk.run("kill status").ends(1).out;
        assert!(said.contains("FAIL latch    cannot be read: "), "{said}");
    });
}

#[test]
fn whoever_runs_and_cannot_be_found_is_not_taken_for_nobody() {
    let (desk, _) = Desk::with_journal();
    let runs = desk.somebody_runs();
    for line in ["status", "pause", "kill clear"] {
        let said = desk.run(line).ends(1).err;
        assert!(said.contains("somebody runs there") && said.contains("njord kill trip"), "{said}");
    }
    let said = desk.run("kill trip").ends(0).out;
    assert!(said.contains("it could not be told") && said.contains("it finds the file"), "{said}");
    // Whoever answers at an address that a crash has left is somebody else.
    drop(runs);
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    desk.write(&format!("var/{ADDRESS_FILE}"), &other.local_addr().unwrap().to_string());
    assert!(desk.run("status").ends(0).out.contains("not running; as of "));
}

#[test]
fn kill_clear_where_nothing_runs_takes_the_file_if_that_is_all_that_trips() {
    let desk = Desk::home();
    desk.run("kill trip").ends(0);
    let said = desk.run("kill clear").ends(0).out;
    assert!(said.contains("nothing runs, and the latch of what last ran is clear"), "{said}");
    desk.run("kill check").ends(0);
    // Unreadable is not clear: then the file stays.
    let (desk, _) = Desk::with_journal();
    desk.run("kill trip").ends(0);
    fs::remove_file(desk.path("var/keys/journal.key")).unwrap();
    desk.run("kill clear").ends(1);
    assert!(desk.path("var/kill").exists());
}
