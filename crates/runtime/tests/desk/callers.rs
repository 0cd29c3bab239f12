//! Whoever calls at the venue and is no trader: talks nonsense, or only sits there.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use contracts::RunId;
use contracts::testing::secs;
use runtime::ManualClock;
use serde_json::Value;
use telemetry::{
    Build, Clock, Env, Filter, Gate, Known, Level, Log, LogSetup, Metrics, Secrets, Service, Style,
    Terminal,
};

use crate::lines::{is_answered, quiet_venue_with};
use crate::trading::wait_until;

/// A terminal whose lines are kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap().clone();
        // The last line may be half written.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        String::from_utf8(bytes[..whole].to_vec()).unwrap()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A log whose lines are kept; it writes until it is closed.
fn log_of_a_test(clock: &Clock) -> (Log, Kept) {
    let build = Build {
        version: "1.2.3".to_owned(),
        env: Env::Dev,
        mode: "paper".to_owned(),
        started: secs(1),
    };
    let metrics = Metrics::new(Gate::Off, Known::new(&[], &[]), &build).unwrap();
    let kept = Kept::default();
    let mut setup = LogSetup::new(Service::new("venue").unwrap(), Env::Dev, RunId::new(1));
    setup.terminal = Some(Terminal {
        out: Box::new(kept.clone()),
        style: Style::Json,
        filter: Filter::from(Level::Info),
    });
    let (log, workers) = telemetry::open(setup, clock.clone(), &Secrets::default(), &metrics);
    thread::spawn(move || workers.writer.run());
    thread::spawn(move || workers.screen.unwrap().run());
    (log, kept)
}

/// A venue at which nothing happens, with its clock and what it has said in its log so far.
fn venue_with_a_log(act: impl FnOnce(SocketAddr, &ManualClock, &dyn Fn() -> String)) {
    let clock = ManualClock::at(secs(1_000));
    let (log, kept) = log_of_a_test(&clock.handle());
    let told = log.clone();
    quiet_venue_with(
        &clock.handle(),
        |exchange| exchange.telling(told),
        |address| act(address, &clock, &|| kept.text()),
    );
    log.close();
}

/// How many places there are at a venue.
const PLACES: usize = 16;

/// Whether somebody who calls now is answered.
fn is_let_in(address: SocketAddr, number: u128) -> bool {
    let caller = TcpStream::connect(address).unwrap();
    let mut first = String::new();
    // Nothing is told at a quiet venue but a sign of life, or that there is no room.
    BufReader::new(&caller).read_line(&mut first).unwrap();
    if first == "\n" {
        is_answered(&caller, number);
    } else {
        assert!(first.contains("no room for more") && first.contains("\"try\""), "{first:?}");
    }
    first == "\n"
}

#[test]
fn venue_answers_and_counts_what_it_cannot_read_and_says_so_once_a_second() {
    venue_with_a_log(|address, clock, said| {
        let mut caller = TcpStream::connect(address).unwrap();
        caller.write_all("nonsense\n".repeat(500).as_bytes()).unwrap();
        let mut answers = BufReader::new(&caller).lines().map(Result::unwrap);
        let letters = answers.by_ref().filter(|line| line.contains("\"fault\":\"not_json\""));
        assert_eq!(letters.take(500).count(), 500, "each of them is answered");
        let mut endless = TcpStream::connect(address).unwrap();
        endless.write_all(&vec![b'x'; 100 << 10]).unwrap();
        let mut told = BufReader::new(&endless).lines().map(Result::unwrap);
        assert!(told.any(|line| line.contains("\"bytes\":65536")), "it was not told why");
        clock.turn_to(secs(1_001));
        wait_until(|| counted(&said(), "callers_not_read", "lines") == 501);
        let lines = said().lines().filter(|line| line.contains("callers_not_read")).count();
        assert!(lines <= 2, "{}", said());
    });
}

#[test]
fn callers_who_only_sit_there_do_not_keep_out_one_who_trades() {
    venue_with_a_log(|address, clock, said| {
        let sits: Vec<TcpStream> =
            (0..PLACES).map(|_| TcpStream::connect(address).unwrap()).collect();
        // All of them have just come: nobody can know yet that they will not say anything.
        wait_until(|| !is_let_in(address, 1));
        clock.turn_to(secs(1_003));
        let mut trades = Vec::new();
        for number in 0..PLACES as u128 {
            let caller = TcpStream::connect(address).unwrap();
            is_answered(&caller, 100 + number);
            trades.push(caller);
        }
        // Whoever gave a sign of life just now stays, and so nobody gets in any more.
        clock.turn_to(secs(1_006));
        for (caller, number) in trades.iter().zip(200..) {
            is_answered(caller, number);
        }
        wait_until(|| !is_let_in(address, 300));
        for mut caller in sits {
            // It comes to an end: they had to go.
            let _ = caller.read_to_end(&mut Vec::new());
        }
        clock.turn_to(secs(1_007));
        wait_until(|| counted(&said(), "callers_let_go", "callers") >= PLACES as u64);
        wait_until(|| counted(&said(), "callers_turned_away", "callers") >= 2);
    });
}

/// The sum of a field over the lines of that notice.
fn counted(log: &str, notice: &str, field: &str) -> u64 {
    let contexts = log.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["context"].clone()
    });
    let told = contexts.filter(|context| context["notice"] == notice);
    told.map(|context| context[field].as_u64().unwrap()).sum()
}
