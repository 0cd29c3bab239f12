//! The commands that ask and tell a running system, and what they do where nothing runs.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use contracts::testing::secs;
use contracts::{ClearKill, Event, KillLevel, KillTrigger, StrategyControl, StrategyRun, Trip};
use njord::contracts;
use njord::serving::{ADDRESS_FILE, TOKEN_FILE};
use runtime::{ManualClock, Offered, wall_clock};
use settings::KeyFolder;

use crate::rig::Desk;
use crate::up::{tripped, up, up_in};

#[test]
fn lists_of_a_running_system_are_shown_and_say_that_it_runs() {
    up(|up| {
        let status = up.home.run("status").ends(0).out;
        assert!(status.starts_with("PAPER   gate ARMED   up 1m30s   session 7\n"), "{status}");
        assert!(status.contains(" orders         0      ?     ?  unknown 0\n"), "{status}");
        assert!(status.contains(" USD     1,000.00      ?     ?\n"), "{status}");
        assert!(status.contains("strategies 1 running"), "{status}");
        assert!(status.contains("kill switch clear; never drilled"), "{status}");
        for (line, shown) in [
            ("orders", "no open order\n"),
            ("positions", "no position\n"),
            ("fills", "no fill that is remembered\n"),
        ] {
            assert_eq!(up.home.run(line).ends(0).out, shown);
            let document = up.home.run(&format!("{line} --json")).document();
            assert_eq!(document["result"]["running"], true);
            assert_eq!(document["result"][line]["more"], 0);
        }
        let balance = up.home.run("balance").ends(0).out;
        assert!(balance.contains(" ema_cross  1,000.00"), "{balance}");
    });
}

#[test]
fn why_tells_rule_numbers_limit_and_what_would_have_passed() {
    up(|up| {
        up.refuses_something();
        let said = up.home.run("why a91c").ends(0).out;
        assert_eq!(
            said,
            "REFUSED a91c ema_cross buy 0.5 BTC/USD market\n\
             rule   order_notional 30,603.65 > 10,000.00\n\
             limit  risk.order_notional_max, as it is where nobody sets it, version 7\n\
             passes 0.16337 BTC at most\n\
             reason cross_up\n\
             00:00:50  asked for\n\
             00:00:50  refused: order_notional\n"
        );
        assert_eq!(up.home.run("why --last-refused").ends(0).out, said);
        up.home.run("why ffff").fails(
            1,
            "error: ffff: begins no order that is remembered; older ones are in the journal\n  \
             try: njord orders, or --last-refused\n",
        );
        for hostile in ["xyz", "../../etc", "a91c HTTP/1.1", "A91C"] {
            up.home.words(["why", hostile]).ends(1);
        }
        up.home.run("why").ends(2);
    });
}

#[test]
fn pause_resume_and_flatten_reach_the_process() {
    up(|up| {
        let said = up.home.run("pause ema_cross").ends(0).out;
        assert_eq!(said, "ok   paused   ema_cross\n");
        let came = up.came();
        assert_eq!(
            came[0].event,
            Event::StrategyControl(StrategyControl { run: StrategyRun::Paused })
        );
        assert!(up.home.run("status").out.contains("paused ema_cross"));
        assert_eq!(up.home.run("resume").ends(0).out, "ok   resumed  ema_cross, market_maker\n");
        assert_eq!(up.came().len(), 2);
        up.home
            .run("pause nobody")
            .fails(1, "error: no strategy is called nobody\n  try: ema_cross, market_maker\n");
        up.home.run("flatten").ends(2);
        assert_eq!(up.came(), []);
        up.home.run("flatten --yes").ends(0);
        let trip = Trip { level: KillLevel::Flatten, trigger: KillTrigger::Command };
        assert_eq!(up.came()[0].event, Event::Trip(trip));
        up.home.run("resume").fails(
            1,
            "error: the kill switch is tripped, so nothing that is resumed could act\n  \
             try: njord kill clear\n",
        );
    });
}

#[test]
fn kill_trip_makes_the_file_and_tells_the_process_and_clear_takes_both_back() {
    up_in(Desk::home(), Offered::Taken, wall_clock(), |up| {
        let file = up.home.path("var/kill");
        assert_eq!(up.home.run("kill status --json").document()["result"]["file"]["there"], false);
        let said = up.home.run("kill trip --level flatten").ends(0).out;
        assert_eq!(said, "ok   file     var/kill is there\nok   process  tripped at flatten\n");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let trip = Trip { level: KillLevel::Flatten, trigger: KillTrigger::Command };
        assert_eq!(up.came()[0].event, Event::Trip(trip));
        let shown = up.home.run("kill status").ends(0).out;
        assert!(shown.contains("warn file") && shown.contains("TRIPPED at flatten"), "{shown}");
        let said = up.home.run("kill trip --level entries").ends(0).out;
        assert!(
            said.ends_with("tripped at entries; the file takes it on, and trips at cancel\n"),
            "{said}"
        );
        up.came();
        let said = up.home.run("kill clear").ends(0).out;
        assert_eq!(
            said,
            "ok   file     var/kill is not there\nok   process  cleared, signed by the operator\n"
        );
        assert!(!file.exists());
        let operator = KeyFolder::at(up.home.path("var/keys")).operator().unwrap();
        let operator = operator.public().fingerprint();
        assert_eq!(up.came()[0].event, Event::ClearKill(ClearKill::by(operator)));
    });
}

#[test]
fn kill_check_says_one_word_and_ends_with_what_scripts_ask_for() {
    let desk = Desk::home();
    assert_eq!(desk.run("kill check").ends(0).out, "CLEAR\n", "nothing ever ran");
    desk.run("kill trip").ends(0);
    assert_eq!(desk.run("kill check").ends(2).out, "TRIPPED\n");
    assert_eq!(desk.run("kill check --json").document()["result"]["tripped"], true);
    up_in(desk, Offered::Taken, wall_clock(), |up| {
        fs::remove_file(up.home.path("var/kill")).unwrap();
        assert_eq!(up.home.run("kill check").ends(0).out, "CLEAR\n");
        // The file is gone, and the latch is not.
        up.board.hear(&tripped());
        assert_eq!(up.home.run("kill check").ends(2).out, "TRIPPED\n");
        up.home.run("kill clear").ends(0);
        assert_eq!(up.home.run("kill check").ends(0).out, "CLEAR\n");
    });
    // A journal that nobody can read is no word that all is clear.
    let (desk, _) = Desk::with_journal();
    fs::remove_file(desk.path("var/keys/journal.key")).unwrap();
    desk.run("kill check").ends(1);
}

#[test]
fn kill_clear_without_the_operators_key_takes_nothing_away() {
    up_in(Desk::home(), Offered::Taken, wall_clock(), |up| {
        up.home.run("kill trip").ends(0);
        up.came();
        fs::remove_file(up.home.path("var/keys/operator.key")).unwrap();
        let said = up.home.run("kill clear").ends(1);
        assert!(said.err.contains("operator.key"), "{said:?}");
        assert!(up.home.path("var/kill").exists());
        assert_eq!(up.came(), []);
    });
}

#[test]
fn kill_trip_works_where_nothing_runs_and_where_the_process_is_gone_or_strange() {
    let desk = Desk::home();
    let nobody = "ok   file     var/kill is there\n\
                  ok   process  nothing runs; what starts later begins tripped at cancel\n";
    assert_eq!(desk.run("kill trip").ends(0).out, nobody);
    assert_eq!(desk.run("kill trip").ends(0).out, nobody, "a second time");
    // What a crash left on the doorstep leads nowhere.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    desk.write(&format!("var/{ADDRESS_FILE}"), &gone.to_string());
    desk.write(&format!("var/{TOKEN_FILE}"), &"ab".repeat(32));
    assert_eq!(desk.run("kill trip").ends(0).out, nobody);
    // Somebody else's program may listen there; a far address is never called.
    let _runs = desk.somebody_runs();
    desk.write(&format!("var/{ADDRESS_FILE}"), "192.0.2.1:7800");
    let far = desk.run("kill trip").ends(0).out;
    assert!(far.contains("ok   file") && far.contains("not on this machine"), "{far}");
    let status = desk.run("status").ends(1);
    assert!(status.err.contains("not on this machine"), "{status:?}");
}

#[test]
fn kill_trip_that_can_do_nothing_says_so() {
    let desk = Desk::home();
    desk.write("plain", "a file, and no folder");
    let said = desk.run("kill trip --file plain/kill").ends(1);
    assert!(said.err.contains("cannot be made") && said.err.contains("try: "), "{said:?}");
}

#[test]
fn commands_where_nothing_runs_read_the_journal_and_leave_it_alone() {
    let (desk, _) = Desk::with_journal();
    let before = listing(&desk);
    for line in ["status", "orders", "positions --all", "fills", "balance"] {
        let said = desk.run(line).ends(0).out;
        assert!(said.contains("not running; as of 2026-11-21 "), "{line}: {said}");
        let document = desk.run(&format!("{line} --json")).document();
        assert_eq!(document["result"]["running"], false, "{line}");
        assert!(document["result"]["as_of"].is_string(), "{line}");
    }
    assert_eq!(listing(&desk), before);
    desk.run("pause")
        .fails(1, "error: var: nothing runs that keeps its state there\n  try: njord up\n");
}

/// Every file of the journal with its length.
fn listing(desk: &Desk) -> Vec<(String, u64)> {
    let entries = fs::read_dir(desk.path("var/journal/live")).unwrap().map(Result::unwrap);
    let mut files: Vec<(String, u64)> = entries
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().len()))
        .collect();
    files.sort();
    assert!(fs::metadata(desk.path("var/journal/lock")).is_err(), "somebody took the lock");
    files
}

#[test]
fn commands_where_nothing_ever_ran_say_what_to_try() {
    let desk = Desk::home();
    let said = desk.run("status").ends(1);
    assert!(said.err.contains("no journal") && said.err.contains("try: njord up"), "{said:?}");
    assert!(desk.run("kill status").ends(0).out.contains("nothing has run here yet"));
}

#[test]
fn status_of_a_process_that_goes_down_while_it_is_told_is_an_error_that_says_so() {
    let clock = ManualClock::at(secs(100)).handle();
    up_in(Desk::home(), Offered::Closed, clock, |up| {
        let said = up.home.run("pause").ends(1);
        assert!(said.err.contains("going down"), "{said:?}");
    });
}
