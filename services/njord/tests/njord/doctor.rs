//! `doctor`: what it finds, and what it makes of it. Ports are any free ones, so that nobody is in the way.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use crate::rig::Desk;

const DOCTOR: &str = "doctor --set ports.up=0";

#[test]
fn doctor_in_a_fresh_home_is_ready() {
    let desk = Desk::home();
    let said = desk.run(DOCTOR).ends(0).out;
    assert!(
        said.contains(
            "ok   keys     all 11 that it takes to run are in var/keys, for this user alone\n"
        ),
        "{said}"
    );
    assert!(said.contains("ok   disk     ") && said.contains("fdatasync p99"), "{said}");
    assert!(said.ends_with("paper READY\n") && !said.contains("FAIL"), "{said}");
    assert_eq!(fs::read_dir(desk.path("var")).unwrap().count(), 1, "it leaves nothing behind");
}

#[test]
fn doctor_without_keys_is_not_ready() {
    let said = Desk::empty().run(DOCTOR).ends(3).out;
    assert!(said.contains("try: njord init, which makes them\n"), "{said}");
    assert!(said.ends_with("paper NOT READY: 1 thing has to be mended first\n"), "{said}");
    let desk = Desk::home();
    fs::remove_file(desk.path("var/keys/journal.key")).unwrap();
    let said = desk.run(DOCTOR).ends(3).out;
    assert!(said.contains("FAIL keys     1 of 11 are missing in var/keys"), "{said}");
    fs::remove_dir_all(desk.path("var")).unwrap();
    let said = desk.run(DOCTOR).ends(3).out;
    assert!(said.contains("try: njord init --keep, which makes them\n"), "{said}");
}

#[test]
fn doctor_says_when_others_can_read_a_key() {
    let desk = Desk::home();
    let key = desk.path("var/keys/journal.key");
    fs::set_permissions(key, fs::Permissions::from_mode(0o644)).unwrap();
    let said = desk.run(DOCTOR).ends(3).out;
    assert!(said.contains("FAIL keys     var/keys/journal.key: "), "{said}");
}

#[test]
fn doctor_says_when_others_can_open_the_folder_of_the_keys() {
    let desk = Desk::home();
    fs::set_permissions(desk.path("var/keys"), fs::Permissions::from_mode(0o755)).unwrap();
    let said = desk.run(DOCTOR).ends(3).out;
    assert!(
        said.contains("FAIL keys     var/keys: others can open it: its mode is 0755"),
        "{said}"
    );
    assert!(said.contains("try: chmod 700 var/keys\n"), "{said}");
}

#[test]
fn doctor_says_everything_that_is_wrong_with_settings() {
    let said = Desk::home().run("doctor --set risk.colar=1 --set market.seed=x").ends(3).out;
    assert_eq!(said.matches("FAIL config   --set ").count(), 2, "{said}");
    assert!(said.ends_with("\nNOT READY: 2 things have to be mended first\n"), "{said}");
    let said = Desk::home().run("doctor --set strategies.ema_cross.class=ema").ends(3).out;
    assert!(said.contains("FAIL roster   "), "{said}");
}

#[test]
fn doctor_says_when_a_port_is_taken() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let said = Desk::home().run(&format!("doctor --set ports.up={port}")).ends(3).out;
    let line =
        format!("FAIL ports    127.0.0.1:{port} is taken by somebody; try: another ports.up");
    assert!(said.contains(&line), "{said}");
}

#[test]
fn doctor_says_when_the_kill_switch_is_tripped() {
    let desk = Desk::home();
    desk.write("var/kill", "");
    let said = desk.run(DOCTOR).ends(0).out;
    let line = "warn kill     var/kill is there: the kill switch is tripped; \
                try: njord kill clear, once you know why it is there and it runs\n";
    assert!(said.contains(line), "{said}");
}

#[test]
fn doctor_forecasts_from_a_journal_and_doubts_a_clock_behind_it() {
    let (desk, _) = Desk::with_journal();
    let said = desk.run(DOCTOR).out;
    assert!(!said.contains("no journal yet"), "{said}");
    let segment = &desk.last_segment();
    let text = desk.read(segment);
    // Its head, opened in the last second of the century, with a checksum that fits.
    let (head, rest) = text.split_once('\n').unwrap();
    let (before, at) = head.split_once("\"at\":\"").unwrap();
    let (_, after) = at.split_once('"').unwrap();
    let head = format!("{before}\"at\":\"4102444799000000000\"{after}");
    let (covered, _) = head.rsplit_once("\",\"crc\":\"").unwrap();
    let crc = crc32fast::hash(covered.as_bytes());
    desk.write(segment, &format!("{covered}\",\"crc\":\"{crc:08x}\"}}\n{rest}"));
    let said = desk.run(DOCTOR).out;
    assert!(said.contains("FAIL clock    "), "{said}");
}

#[test]
fn doctor_of_live_trading_asks_for_both_keys_and_the_secrets() {
    let desk = Desk::home();
    let said = desk.run("doctor --set ports.up=0 --set run.mode=live").ends(3).out;
    assert!(said.contains("FAIL secrets  kraken_key: is nowhere to be found"), "{said}");
    assert!(said.contains("FAIL live     NJORD_ENABLE_LIVE is not set"), "{said}");
    assert!(said.contains("warn operator "), "{said}");
    let mut command = desk.command(["doctor", "--set", "ports.up=0", "--set", "run.mode=live"]);
    command.env("NJORD_ENABLE_LIVE", "1");
    command.env("NJORD_KRAKEN_KEY", "sentinel-key").env("NJORD_KRAKEN_SECRET", "sentinel-secret");
    // Everything that a person can do is done; this build has no way to Kraken all the same.
    let said = crate::rig::ran(command).ends(3).out;
    assert!(said.contains("ok   live     both keys are turned: orders will be real\n"), "{said}");
    assert!(
        said.contains(
            "FAIL run      --set run.mode: run.mode: the way to Kraken is not in this build"
        ),
        "{said}"
    );
    assert!(said.contains("kraken_key, kraken_secret given"), "{said}");
    assert!(!said.contains("sentinel"), "{said}");
}

/// What `up` refuses is nothing that `doctor` calls ready: a line of both, for the same settings.
#[test]
fn doctor_and_up_refuse_the_same() {
    let desk = Desk::home();
    for (flags, about, what) in [
        ("--set run.mode=backtest", "run", "a running process follows the clock on the wall"),
        ("--set market.source=kraken", "run", "the feed of Kraken is not in this build"),
        ("--set market.source=store", "run", "`store` is for backtests"),
        ("--set strategies.ema_cross.allocation=10000.01", "roster", "is more than what is left"),
        (
            "--set market.symbols=[\"BTC/USD\",\"ETH/USD\",\"XMR/USD\"]",
            "config",
            "XMR/USD is not in the synthetic market",
        ),
        ("--set venue.funds.USD=-1", "config", "nobody owns less than nothing"),
        ("--set journal.dir=keys", "config", "var/keys and the place of secrets.keys are one"),
    ] {
        let said = desk.run(&format!("{DOCTOR} {flags}")).ends(3).out;
        assert!(
            said.contains(&format!("FAIL {about:<8} ")) && said.contains(what),
            "{flags}: {said}"
        );
        assert!(
            !said.contains("paper READY") && !said.contains("backtest READY"),
            "{flags}: {said}"
        );
        let said = desk.run(&format!("up --set ports.up=0 {flags}")).ends(1).err;
        assert!(said.contains(what), "{flags}: {said}");
        let said = desk.run(&format!("config check {flags}")).out;
        assert!(said.contains(what), "{flags}: {said}");
    }
    assert!(!desk.path("var/journal").exists(), "somebody began all the same");
}

#[test]
fn doctor_says_where_logs_cannot_be_written_and_numbers_not_be_opened() {
    let desk = Desk::home();
    desk.write("file", "");
    for place in ["file", "file/logs"] {
        let said = desk.run(&format!("{DOCTOR} --set telemetry.log_dir={place}")).ends(3).out;
        assert!(
            said.contains(&format!("FAIL logs     {place} cannot be used for logs: ")),
            "{said}"
        );
    }
    let mut command = desk.command(DOCTOR.split(' '));
    command.env("NJORD_METRICS_TOKEN", "short");
    let said = crate::rig::ran(command).ends(3).out;
    assert!(said.contains("FAIL secrets  ") && said.contains("16 to 256"), "{said}");
    assert!(!said.contains("short"), "{said}");
}

#[test]
fn doctor_says_when_the_journal_is_not_what_was_written() {
    let (desk, _) = Desk::with_journal();
    let said = desk.run(DOCTOR).ends(0).out;
    assert!(said.contains("ok   chain    records 1 to "), "{said}");
    let said = desk.run(&format!("{DOCTOR} --set run.session=8")).ends(3).out;
    assert!(
        said.contains("FAIL chain    var/journal is of session 7, not 8; try: run.session = 7"),
        "{said}"
    );
    let segment = desk.last_segment();
    let text = desk.read(&segment);
    let (head, rest) = text.split_once('\n').unwrap();
    let (record, rest) = rest.split_once('\n').unwrap();
    desk.write(&segment, &format!("{head}\n{}\n{rest}", record.replacen(':', ": ", 1)));
    let said = desk.run(DOCTOR).ends(3).out;
    assert!(said.contains("FAIL chain    var/journal: chain broken at record "), "{said}");
    assert!(
        said.contains(
            "; a start puts it aside as it is, and begins tripped; try: njord audit verify"
        ),
        "{said}"
    );
}
