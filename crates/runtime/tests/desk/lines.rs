//! Lines that break in quiet ways: nobody closes anything, nobody says anything.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use contracts::codec;
use contracts::testing::secs;
use contracts::{Event, FeedState};
use journal::testing::FaultyDisk;
use runtime::{DoorLimits, Doors, Exchange, Lane, Link, ManualClock, Next, ProcessConfig, Stop};

use crate::rig::trade;
use crate::trading::{DEPTH, desk, seat, wait_until};

#[test]
fn line_that_is_silent_is_down_and_called_again() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let clock = ManualClock::at(secs(1_000)).handle();
    let address = listener.local_addr().unwrap();
    let link = Link::with_silence(address, clock, Duration::from_millis(50));
    let (doors, inbox) = Doors::open(DoorLimits::default());
    let stop = Stop::default();
    thread::scope(|threads| {
        let keeping = threads.spawn(|| link.keep(&doors, &stop));
        let (mut venue, _) = listener.accept().unwrap();
        let mut line = Vec::new();
        codec::write(&trade(1), &mut line);
        line.push(b'\n');
        venue.write_all(&line).unwrap();
        // Not a word any more, and the socket is as open as ever: it calls again.
        let (again, _) = listener.accept().unwrap();
        let long = Duration::from_secs(5);
        assert!(matches!(inbox.next(secs(1), long), Next::Input(Lane::Market | Lane::Loss, _)));
        let said = std::iter::from_fn(|| match inbox.next(secs(1), long) {
            Next::Input(_, envelope) => Some(envelope.event),
            Next::Nothing | Next::Closed => None,
        });
        let is_down =
            |event: &Event| matches!(event, Event::Feed(feed) if feed.state == FeedState::Down);
        assert!(said.take(3).any(|event| is_down(&event)));
        stop.say();
        link.down();
        keeping.join().unwrap();
        drop((venue, again));
    });
}

#[test]
fn line_that_is_to_stop_stops_even_where_nobody_takes_it_down() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let clock = ManualClock::at(secs(1_000)).handle();
    let address = listener.local_addr().unwrap();
    let link = Link::with_silence(address, clock, Duration::from_millis(50));
    let (doors, _inbox) = Doors::open(DoorLimits::default());
    let stop = Stop::default();
    thread::scope(|threads| {
        let keeping = threads.spawn(|| link.keep(&doors, &stop));
        let venue = listener.accept().unwrap();
        stop.say();
        keeping.join().unwrap();
        drop(venue);
    });
}

#[test]
fn venue_frees_the_seat_of_a_caller_who_is_gone_and_gives_signs_of_life_to_the_others() {
    let (disk, clock) = (FaultyDisk::new(), ManualClock::at(secs(1_000)).handle());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Stop::default();
    let exchange = Exchange::new(Doors::open(DoorLimits::default()), DEPTH, stop.clone());
    let ticker = exchange.ticker();
    let seat = seat(disk.files(), clock(), vec![Box::new(desk().venue())]);
    thread::scope(|threads| {
        let serving =
            threads.spawn(|| exchange.serve(&listener, seat, ProcessConfig::new(clock.clone())));
        let stays = TcpStream::connect(address).unwrap();
        // Nothing ever happens at this venue: only the socket says that they are gone.
        for _ in 0..40 {
            let gone = TcpStream::connect(address).unwrap();
            wait_until(|| ticker.listeners() == 2);
            drop(gone);
            wait_until(|| ticker.listeners() == 1);
        }
        let mut sign = String::new();
        BufReader::new(&stays).read_line(&mut sign).unwrap();
        assert_eq!(sign, "\n");
        stop.say();
        serving.join().unwrap().unwrap();
    });
}
