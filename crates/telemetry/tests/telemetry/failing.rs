//! Nothing that happens to a log reaches those who say things: full queues, full disks, closed
//! pipes, folders that are none. It is counted, said once, and over when it is over.

use std::fs;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use contracts::{RunId, Span};
use telemetry::{Env, Filter, Gate, Level, LogSetup, Notice, Secrets, Service, Style, Terminal};

use crate::rig::{Place, Rig, START, Wish, metrics, number};

const LONG: Duration = Duration::from_mins(1);

fn say(rig: &Rig, count: u16) {
    for port in 0..count {
        rig.log.tell(Notice::HttpListening { port });
    }
}

#[test]
fn full_queue_loses_lines_counts_them_and_says_so() {
    let mut rig = Rig::with(Wish { bound: 10, ..Wish::default() });
    say(&rig, 25);
    let lines = rig.lines();
    let lost = lines.iter().find(|line| line["context"]["notice"] == "log_lines_lost").unwrap();
    assert_eq!(lost["context"]["lines"], 15);
    assert_eq!(lost["context"]["reason"], "queue_full");
    assert_eq!(lines.len(), 11);
    assert_eq!(rig.number("njord_log_lines_lost_total{reason=\"queue_full\"}"), Some(15.0));
    say(&rig, 1);
    assert_eq!(rig.lines().len(), 12, "and it goes on");
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk_is_said_once_and_the_log_goes_on_when_there_is_room() {
    let place = Place::new();
    fs::create_dir_all(&place.0).unwrap();
    std::os::unix::fs::symlink("/dev/full", place.0.join("njord.jsonl")).unwrap();
    let mut rig = Rig::at(place, START, Wish::default());
    for _ in 0..3 {
        say(&rig, 2);
        rig.drain();
        rig.wait(Span::SECOND);
    }
    let said = rig.last_resort.text();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("njord.jsonl cannot be written: No space left on device"), "{said}");
    assert!(said.contains("try: free some space"), "{said}");
    let series = "njord_log_lines_lost_total{reason=\"write_failed\"}";
    assert_eq!(rig.number(series), Some(6.0));
    assert_eq!(rig.screen().lines().count(), 6, "the terminal is not affected");

    fs::remove_file(rig.place.0.join("njord.jsonl")).unwrap();
    say(&rig, 1);
    rig.drain();
    say(&rig, 1);
    let lines = rig.lines();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1]["context"]["lines"], 6, "{lines:?}");
    assert_eq!(lines[1]["context"]["reason"], "write_failed");
    assert_eq!(rig.number(series), Some(6.0));
    assert_eq!(rig.last_resort.text().lines().count(), 1);
}

#[test]
fn folder_that_cannot_be_is_said_and_costs_only_the_file() {
    let place = Place::new();
    fs::write(&place.0, "a file where the folder should be").unwrap();
    let mut rig = Rig::at(place, START, Wish::default());
    say(&rig, 2);
    assert_eq!(rig.screen().lines().count(), 2);
    let said = rig.last_resort.text();
    assert!(said.contains("for logs cannot be used") && said.contains("try:"), "{said}");
    fs::remove_file(&rig.place.0).unwrap();
    rig.wait(Span::SECOND);
    say(&rig, 1);
    let lines = rig.lines();
    assert_eq!((lines.len(), lines[1]["context"]["lines"].as_u64()), (2, Some(2)));
    assert_eq!(rig.number("njord_log_lines_lost_total{reason=\"write_failed\"}"), Some(2.0));
}

#[test]
fn folder_removed_under_the_log_does_not_stop_it() {
    let mut rig = Rig::new();
    say(&rig, 1);
    rig.drain();
    fs::remove_dir_all(&rig.place.0).unwrap();
    say(&rig, 1);
    rig.drain(); // into the file that has no name any more; it is the system's to keep
    assert_eq!(rig.last_resort.text().lines().count(), 0);
}

/// A terminal that can be closed, and one that stands still until it is let go.
struct Closed;
impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::from(io::ErrorKind::BrokenPipe))
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Clone, Default)]
struct Stopped(Arc<(Mutex<bool>, Condvar)>, Arc<AtomicBool>);
impl Write for Stopped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.store(true, Ordering::SeqCst);
        let (go, told) = &*self.0;
        drop(told.wait_while(go.lock().unwrap(), |go| !*go).unwrap());
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn with_terminal(out: Box<dyn Write + Send>) -> (Rig, Place) {
    let mut rig = Rig::new();
    let mut setup = LogSetup::new(Service::new("other").unwrap(), Env::Dev, RunId::new(1));
    let (style, filter) = (Style::Plain, Filter::from(Level::Info));
    setup.terminal = Some(Terminal { out, style, filter });
    setup.last_resort = Box::new(rig.last_resort.clone());
    let place = Place::new();
    setup.folder = Some(telemetry::Folder {
        path: place.0.clone(),
        rotation: telemetry::Rotation::DEVELOPMENT,
    });
    let (log, workers) = telemetry::open(setup, rig.clock(), &rig.secrets, &rig.metrics);
    (rig.log, rig.workers) = (log, workers);
    (rig, place)
}

#[test]
fn closed_terminal_costs_only_what_it_would_have_shown() {
    let (mut rig, place) = with_terminal(Box::new(Closed));
    for _ in 0..3 {
        say(&rig, 2);
        rig.drain();
    }
    assert_eq!(place.text("other.jsonl").lines().count(), 6);
    let lost = rig.number("njord_log_lines_lost_total{reason=\"terminal\"}");
    assert_eq!(lost, Some(6.0));
}

#[test]
fn stopped_terminal_holds_up_neither_the_file_nor_the_end() {
    let stopped = Stopped::default();
    let (rig, place) = with_terminal(Box::new(stopped.clone()));
    let (log, workers) = (rig.log.clone(), rig.workers);
    thread::scope(|scope| {
        let writer = scope.spawn(move || workers.writer.run());
        let screen = scope.spawn(move || workers.screen.unwrap().run());
        for port in 0..2_000 {
            log.tell(Notice::HttpListening { port });
            if port % 100 == 0 {
                assert!(!log.flush(Duration::ZERO) || !stopped.1.load(Ordering::SeqCst));
            }
        }
        log.close();
        writer.join().unwrap();
        assert_eq!(place.text("other.jsonl").lines().count(), 2_000);
        *stopped.0.0.lock().unwrap() = true;
        stopped.0.1.notify_all();
        screen.join().unwrap();
    });
}

#[test]
fn log_on_its_threads_writes_everything_before_it_ends() {
    let (rig, place) = with_terminal(Box::new(io::sink()));
    let (log, workers) = (rig.log.clone(), rig.workers);
    thread::scope(|scope| {
        let writer = scope.spawn(move || workers.writer.run());
        let screen = scope.spawn(move || workers.screen.unwrap().run());
        let speakers: Vec<_> = (0..4)
            .map(|speaker| {
                let log = log.clone();
                scope.spawn(move || {
                    for n in 0..1_000 {
                        log.tell(Notice::HttpListening { port: speaker * 1_000 + n });
                    }
                })
            })
            .collect();
        for speaker in speakers {
            speaker.join().unwrap();
        }
        assert!(log.flush(LONG));
        assert_eq!(place.text("other.jsonl").lines().count(), 4_000);
        log.tell(Notice::Stopping {});
        log.close();
        log.tell(Notice::Stopping {});
        writer.join().unwrap();
        screen.join().unwrap();
    });
    // What was said too late is lost, and perhaps the writer was still there to say so.
    let text = place.text("other.jsonl");
    assert_eq!(text.lines().filter(|line| !line.contains("log_lines_lost")).count(), 4_001);
    assert!(!text.contains("too late"));
}

#[test]
fn log_without_writer_fills_up_and_harms_nobody() {
    let (metrics, secrets) = (metrics(Gate::On), Secrets::default());
    let mut setup = LogSetup::new(Service::new("alone").unwrap(), Env::Prod, RunId::new(1));
    setup.bound = 4;
    let rig = Rig::new();
    let (log, workers) = telemetry::open(setup, rig.clock(), &secrets, &metrics);
    drop(workers);
    for port in 0..100 {
        log.tell(Notice::HttpListening { port });
    }
    assert!(!log.flush(Duration::ZERO));
    log.close();
    let said = "njord_notices_total{notice=\"http_listening\"}";
    assert_eq!(number(&metrics, &secrets, said), Some(100.0));
}

#[test]
fn service_names_that_cannot_be_files_are_refused() {
    for bad in ["", "../etc", "a/b", "A", "a.b", "ä", "-a", "a\0", &"a".repeat(49)] {
        let error = Service::new(bad).unwrap_err().to_string();
        assert!(error.contains("try lower-case letters"), "{error}");
    }
    assert!(Service::new("risk-engine").is_ok());
}
