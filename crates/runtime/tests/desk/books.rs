//! Our books beside the venue's: a trader and a venue that is another process, and a line between them that
//! says less than it should.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use contracts::testing::{asset, money, secs};
use contracts::{
    AlertCode, BooksCompared, Envelope, Event, KillLevel, KillTrigger, Money, Source, Span,
    Statement, StatementBalance, Trip, Ts,
};
use journal::Limits;
use journal::testing::FaultyDisk;
use kernel::Tap;
use risk::Gate;
use runtime::{Comparing, DoorLimits, Doors, Ended, ManualClock, Outlet, ProcessConfig, Stop};
use simvenue::SimVenue;
use telemetry::Clock;

use crate::rig;
use crate::trading::{
    Beside, Told, Venue, at_a_venue, desk, fast_clock, machines, nets, seat, trade_on, traded,
    wait_until,
};

/// What is heard of comparisons at the sequencer of a trader.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<Event>>>);

impl Tap for Heard {
    fn input(&mut self, envelope: &Envelope) {
        let ours = envelope.src == Source::Runtime;
        let wanted = match envelope.event {
            Event::BooksCompared(_) | Event::Alert(_) | Event::Trip(_) => ours,
            Event::Statement(_) => true,
            _ => false,
        };
        if wanted {
            self.0.lock().unwrap().push(envelope.event);
        }
    }
}

impl Heard {
    fn compared(&self) -> Vec<BooksCompared> {
        let heard = self.0.lock().unwrap();
        let notes = heard.iter().filter_map(|event| match event {
            Event::BooksCompared(note) => Some(*note),
            _ => None,
        });
        notes.collect()
    }

    fn statements(&self) -> Vec<Statement> {
        let heard = self.0.lock().unwrap();
        let heads = heard.iter().filter_map(|event| match event {
            Event::Statement(head) => Some(*head),
            _ => None,
        });
        heads.collect()
    }

    fn trips(&self) -> Vec<KillTrigger> {
        let heard = self.0.lock().unwrap();
        let trips = heard.iter().filter_map(|event| match event {
            Event::Trip(Trip { trigger, .. }) => Some(*trigger),
            _ => None,
        });
        trips.collect()
    }

    fn alerts(&self) -> Vec<AlertCode> {
        let heard = self.0.lock().unwrap();
        let alerts = heard.iter().filter_map(|event| match event {
            Event::Alert(alert) => Some(alert.code),
            _ => None,
        });
        alerts.collect()
    }

    fn ears(&self) -> Vec<Box<dyn Tap + Send>> {
        vec![Box::new(self.clone())]
    }
}

/// Which lines get lost.
type Loses = fn(&str) -> bool;

/// A line on which some of what the venue says is lost.
struct Lossy {
    address: SocketAddr,
    loses: Arc<Mutex<Loses>>,
    stop: Stop,
}

impl Lossy {
    fn between<R>(venue: SocketAddr, loses: Loses, act: impl FnOnce(&Self) -> R) -> R {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let line = Self { address, loses: Arc::new(Mutex::new(loses)), stop: Stop::default() };
        thread::scope(|threads| {
            let (loses, stop) = (&line.loses, &line.stop);
            threads.spawn(move || {
                while let Ok((trader, _)) = listener.accept() {
                    if stop.is_said() {
                        return;
                    }
                    let venue = TcpStream::connect(venue).unwrap();
                    let (to, from) = (trader.try_clone().unwrap(), venue.try_clone().unwrap());
                    threads.spawn(move || asks(&trader, &venue));
                    threads.spawn(move || tells(&from, &to, loses));
                }
            });
            let done = act(&line);
            line.stop.say();
            drop(TcpStream::connect(address));
            done
        })
    }

    fn loses(&self, loses: Loses) {
        *self.loses.lock().unwrap() = loses;
    }
}

fn asks(mut trader: &TcpStream, mut venue: &TcpStream) {
    let _ = std::io::copy(&mut trader, &mut venue);
    let _ = venue.shutdown(Shutdown::Both);
}

fn tells(venue: &TcpStream, mut trader: &TcpStream, loses: &Mutex<Loses>) {
    let mut lines = BufReader::new(venue);
    let mut line = String::new();
    while lines.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
        let lost = loses.lock().unwrap()(&line);
        if !lost && trader.write_all(line.as_bytes()).is_err() {
            break;
        }
        line.clear();
    }
    let _ = trader.shutdown(Shutdown::Both);
}

fn nothing(_: &str) -> bool {
    false
}

fn everything(_: &str) -> bool {
    true
}

fn every_report(line: &str) -> bool {
    line.contains("\"type\":\"executed\"") || line.contains("\"type\":\"report\"")
}

fn every_statement(line: &str) -> bool {
    line.contains("\"type\":\"statement")
}

fn often() -> Comparing {
    Comparing::new(Span::from_secs(2), true)
}

#[test]
fn books_that_agree_are_compared_again_and_again_and_nothing_comes_of_it() {
    let (clock, disk, heard) = (fast_clock(), FaultyDisk::new(), Heard::default());
    let ((ended, trader), venue) = at_a_venue(&clock, |venue| {
        let seat = seat(disk.files(), clock(), machines(&desk()));
        // Half a second apart: a machine with much to do answers late, and that would be said.
        let books = Comparing::new(Span::from_secs(10), true);
        let beside = Beside { books: Some(books), ears: heard.ears(), ..Beside::default() };
        trade_on(seat, venue.address, &clock, beside, |doors, _, told| {
            wait_until(|| told.fills() >= 3 && heard.compared().len() >= 4);
            wait_until(|| heard.compared().last().is_some_and(|note| note.settled.is_some()));
            comes_to_rest(venue, doors, &clock, told);
        })
    });
    assert_eq!(ended, Ended::InPeace);
    assert!(heard.compared().iter().all(|note| note.open == 0), "{:?}", heard.compared());
    assert_eq!((heard.alerts(), heard.trips()), (vec![], vec![]));
    let shown: &SimVenue = venue.machine().unwrap();
    let gate: &Gate = trader.machine().unwrap();
    assert_eq!(nets(gate), traded(shown));
    // The next start knows how far it was, and asks for no more than that.
    let settled = heard.compared().last().unwrap().settled.unwrap();
    let again = Heard::default();
    at_a_venue(&clock, |venue| {
        let seat = seat(disk.files(), clock(), machines(&desk()));
        let beside = Beside { books: Some(often()), ears: again.ears(), ..Beside::default() };
        trade_on(seat, venue.address, &clock, beside, |_, _, _| {
            wait_until(|| !again.statements().is_empty());
        })
    });
    let since = again.statements()[0].since;
    assert!(since > Ts::ZERO && since <= settled, "{since:?} of {settled:?}");
}

#[test]
fn executions_whose_reports_are_lost_are_booked_once_from_statements() {
    let (clock, disk, heard) = (fast_clock(), FaultyDisk::new(), Heard::default());
    let ((ended, trader), venue) = at_a_venue(&clock, |venue| {
        Lossy::between(venue.address, every_report, |line| {
            let seat = seat(disk.files(), clock(), machines(&desk()));
            let beside = Beside { books: Some(often()), ears: heard.ears(), ..Beside::default() };
            trade_on(seat, line.address, &clock, beside, |doors, _, told| {
                wait_until(|| told.fills() >= 3);
                // From here on everything is told, and told twice.
                line.loses(nothing);
                let fills = told.fills();
                wait_until(|| told.fills() > fills);
                let compared = heard.compared().len();
                wait_until(|| heard.compared().len() > compared + 1);
                comes_to_rest(venue, doors, &clock, told);
            })
        })
    });
    assert_eq!(ended, Ended::InPeace);
    assert!(heard.compared().iter().any(|note| note.repaired > 0));
    assert_eq!(heard.trips(), []);
    let (gate, shown): (&Gate, &SimVenue) = (trader.machine().unwrap(), venue.machine().unwrap());
    assert_eq!(nets(gate), traded(shown));
    gate.ledger().audit().unwrap();
    // Replayed from its journal it comes to the same.
    let again = seat(disk.files(), clock(), machines(&desk())).sequencer;
    assert_eq!(nets(again.machine().unwrap()), nets(gate));
}

#[test]
fn nothing_new_is_sent_before_the_first_statement() {
    let (clock, disk) = (fast_clock(), FaultyDisk::new());
    at_a_venue(&clock, |venue| {
        Lossy::between(venue.address, every_statement, |line| {
            let seat = seat(disk.files(), clock(), machines(&desk()));
            let beside = Beside { books: Some(often()), ..Beside::default() };
            trade_on(seat, line.address, &clock, beside, |_, _, told| {
                wait_until(|| told.unknown_and_halted().1 >= 3);
                assert_eq!((told.fills(), venue.shown.open()), (0, 0));
                line.loses(nothing);
                wait_until(|| told.fills() >= 1);
            })
        })
    });
}

/// Everything is cancelled, and no order is left.
fn comes_to_rest(venue: &Venue, doors: &Doors, clock: &Clock, told: &Told) {
    venue.stands_still();
    let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Command };
    doors.control(Envelope::input(Source::Operator, clock(), Event::Trip(trip)));
    wait_until(|| told.is_at_rest());
}

/// A statement of that moment that shows nothing but so much cash.
fn shows(doors: &Doors, at: Ts, cash: Option<Money>) {
    let (number, since) = (1, Ts::ZERO);
    let lines = u32::from(cash.is_some());
    let amount = |amount| StatementBalance { asset: asset("USD"), amount };
    let line = cash.map(|cash| Event::StatementBalance(amount(cash)));
    let head = Event::Statement(Statement { number, at, since, lines });
    for event in [head].into_iter().chain(line) {
        doors.report(Envelope::input(Source::Venue, at, event));
    }
}

#[test]
fn an_order_that_the_venue_forgot_is_said_and_then_trips_the_switch() {
    let (clock, disk, heard) = (fast_clock(), FaultyDisk::new(), Heard::default());
    at_a_venue(&clock, |venue| {
        let seat = seat(disk.files(), clock(), machines(&desk()));
        let beside = Beside { ears: heard.ears(), ..Beside::default() };
        Lossy::between(venue.address, nothing, |line| {
            trade_on(seat, line.address, &clock, beside, |doors, _, told| {
                wait_until(|| told.fills() >= 1 && told.rests());
                // From here on no word comes any more, so what is open stays so here.
                line.loses(everything);
                for round in 1..=3 {
                    shows(doors, clock() + Span::MINUTE, None);
                    wait_until(|| heard.compared().len() >= round);
                }
                wait_until(|| told.is_tripped());
            })
        })
    });
    assert!(heard.compared().iter().all(|note| note.open > 0));
    assert_eq!(heard.trips(), [KillTrigger::Reconcile]);
    assert!(heard.alerts().contains(&AlertCode::ReconcileMismatch));
}

#[test]
fn money_that_no_fill_explains_is_said_and_then_trips_the_switch() {
    let (disk, heard) = (FaultyDisk::new(), Heard::default());
    let seat = seat(disk.files(), secs(1_000), machines(&desk()));
    let (doors, inbox) = Doors::open(DoorLimits::default());
    for (at, cash) in [(1_000, "2000"), (1_001, "2000"), (1_002, "1999.99"), (1_003, "1999.99")] {
        shows(&doors, secs(at), Some(money(cash)));
    }
    shows(&doors, secs(1_004), Some(money("1999.99")));
    doors.close();
    let clock = ManualClock::at(secs(1_010));
    let config = ProcessConfig { ears: heard.ears(), ..ProcessConfig::new(clock.handle()) };
    assert_eq!(runtime::run(seat, inbox, config).0, Ended::InPeace);
    let open: Vec<u32> = heard.compared().iter().map(|note| note.open).collect();
    assert_eq!(open, [0, 0, 1, 1, 1]);
    assert_eq!(heard.alerts(), [AlertCode::ReconcileMismatch]);
    assert_eq!(heard.trips(), [KillTrigger::Reconcile]);
}

#[test]
fn a_venue_that_shows_nothing_is_said_once_and_holds_what_is_new() {
    let (disk, heard) = (FaultyDisk::new(), Heard::default());
    let seat = rig::seat(&disk, Limits::default()).unwrap();
    let (doors, inbox) = Doors::open(DoorLimits::default());
    let clock = ManualClock::at(secs(1_000));
    let books = Comparing::new(Span::from_secs(10), false);
    let usual = ProcessConfig::new(clock.handle());
    let idle = Duration::from_millis(1);
    let basket = rig::Basket::default();
    let outlets: Vec<Box<dyn Outlet>> = vec![Box::new(basket.clone())];
    let (ears, held) = (heard.ears(), Some(books.clone()));
    let config = ProcessConfig { books: held, outlets, ears, idle, ..usual };
    thread::scope(|threads| {
        let working = threads.spawn(|| runtime::run(seat, inbox, config));
        rig::bring(&doors, [1]);
        wait_until(|| basket.asked().len() == 1);
        // Not before three comparisons were missed.
        clock.turn_to(secs(1_030));
        rig::bring(&doors, [2]);
        wait_until(|| basket.asked().len() == 2);
        assert!(!books.holds().is_stop());
        clock.turn_to(secs(1_031));
        wait_until(|| books.holds().is_stop() && !heard.alerts().is_empty());
        clock.turn_to(secs(1_090));
        rig::bring(&doors, 3..=4);
        doors.close();
        assert_eq!(working.join().unwrap().0, Ended::InPeace);
    });
    assert_eq!(heard.alerts(), [AlertCode::NotCompared]);
    assert_eq!(heard.trips(), []);
}
