//! Lines that break in quiet ways: nobody closes anything, nobody says anything.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use contracts::codec;
use contracts::testing::{instrument, secs, symbol};
use contracts::{Envelope, Event, FeedState, OrderId, QueryOrder, Source};
use journal::testing::FaultyDisk;
use runtime::{
    DoorLimits, Doors, Exchange, Lane, Link, ManualClock, Next, ProcessConfig, Stop, Teller,
};
use telemetry::Clock;

use crate::rig::trade;
use crate::trading::{AtTheEnd, DEPTH, desk, seat, wait_until};

#[test]
fn line_that_is_silent_is_down_and_called_again() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let clock = ManualClock::at(secs(1_000)).handle();
    let address = listener.local_addr().unwrap();
    let link = Link::with_silence(address, clock, Duration::from_millis(50));
    let (doors, inbox) = Doors::open(DoorLimits::default());
    let stop = Stop::default();
    thread::scope(|threads| {
        let keeping = threads.spawn(|| link.keep(Teller::new(doors.clone(), DEPTH), &doors, &stop));
        let (mut venue, _) = listener.accept().unwrap();
        let rules = Event::Instrument(instrument(symbol("BTC/USD")));
        for event in [rules, trade(1).event] {
            let mut line = Vec::new();
            codec::write(&Envelope::input(Source::MdIngest, secs(1), event), &mut line);
            line.push(b'\n');
            venue.write_all(&line).unwrap();
        }
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
        assert!(said.take(4).any(|event| is_down(&event)));
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
        let keeping = threads.spawn(|| link.keep(Teller::new(doors.clone(), DEPTH), &doors, &stop));
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

/// A venue for as long as `act` takes, at which nothing ever happens.
fn quiet_venue(act: impl FnOnce(SocketAddr)) {
    quiet_venue_with(&ManualClock::at(secs(1_000)).handle(), |exchange| exchange, act);
}

/// The same with that clock, and with whatever else it is to have.
pub(crate) fn quiet_venue_with(
    clock: &Clock,
    with: impl FnOnce(Exchange) -> Exchange,
    act: impl FnOnce(SocketAddr),
) {
    let disk = FaultyDisk::new();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Stop::default();
    let exchange = Exchange::new(Doors::open(DoorLimits::default()), DEPTH, stop.clone());
    let (exchange, ended) = (with(exchange), stop.clone());
    let seat = seat(disk.files(), clock(), vec![Box::new(desk().venue())]);
    thread::scope(|threads| {
        let serving =
            threads.spawn(|| exchange.serve(&listener, seat, ProcessConfig::new(clock.clone())));
        let _ends = AtTheEnd(&ended);
        act(address);
        stop.say();
        let (ended, _) = serving.join().unwrap().unwrap();
        assert_eq!(ended, runtime::Ended::InPeace);
    });
}

/// Asks about an order that there is not, and waits for the answer.
pub(crate) fn is_answered(mut caller: &TcpStream, number: u128) {
    let id = OrderId::from_bits(number).unwrap();
    let asked = Event::QueryOrder(QueryOrder { id });
    let mut line = Vec::new();
    codec::write(&Envelope::input(Source::ExecutionGateway, secs(1_000), asked), &mut line);
    line.push(b'\n');
    caller.write_all(&line).unwrap();
    let mut said = BufReader::new(caller).lines().map(Result::unwrap);
    assert!(said.any(|line| line.contains(&id.to_string()) && line.contains("not_found")));
}

#[test]
fn venue_passes_over_nonsense_and_answers_what_follows_it() {
    quiet_venue(|address| {
        let mut caller = TcpStream::connect(address).unwrap();
        let nonsense: [&[u8]; 7] = [
            b"\n\n\n",
            b"GET / HTTP/1.1\r\nHost: venue\r\n\r\n",
            b"{}\n",
            b"{\"v\":99,\"type\":\"submit\"}\n",
            b"\xff\xfe\x00\x01\n",
            b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
            b"{\"v\":1,\"src\":\"venue\"}\n",
        ];
        for (number, line) in nonsense.into_iter().enumerate() {
            caller.write_all(line).unwrap();
            is_answered(&caller, number as u128 + 1);
        }
    });
}

#[test]
fn venue_hangs_up_on_a_line_without_end_and_goes_on_for_the_others() {
    quiet_venue(|address| {
        let other = TcpStream::connect(address).unwrap();
        let mut endless = TcpStream::connect(address).unwrap();
        // So much that no buffer on the way could hold it: it ends with the venue, not with us.
        let much = vec![b'x'; 1 << 20];
        let hung_up = (0..256).any(|_| endless.write_all(&much).is_err());
        assert!(hung_up, "the venue has taken 256 MiB without a line end");
        is_answered(&other, 1);
        // One that says half a line and no more holds up nobody either.
        let mut half = TcpStream::connect(address).unwrap();
        half.write_all(b"{\"v\":1,").unwrap();
        is_answered(&other, 2);
    });
}

#[test]
fn line_to_a_venue_that_talks_without_end_is_broken_and_called_again() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let clock = ManualClock::at(secs(1_000)).handle();
    let link = Link::new(listener.local_addr().unwrap(), clock);
    let (doors, inbox) = Doors::open(DoorLimits::default());
    let stop = Stop::default();
    thread::scope(|threads| {
        let keeping = threads.spawn(|| link.keep(Teller::new(doors.clone(), DEPTH), &doors, &stop));
        let (mut venue, _) = listener.accept().unwrap();
        let much = vec![b'{'; 1 << 20];
        assert!((0..256).any(|_| venue.write_all(&much).is_err()), "it was heard to the end");
        // What was never said never came in, and the line is whole again.
        let (mut again, _) = listener.accept().unwrap();
        let mut line = Vec::new();
        codec::write(&trade(1), &mut line);
        line.push(b'\n');
        again.write_all(&line).unwrap();
        let next = inbox.next(secs(1), Duration::from_secs(5));
        let Next::Input(Lane::Market, first) = next else { panic!("{next:?}") };
        assert_eq!(first.event, trade(1).event);
        stop.say();
        link.down();
        keeping.join().unwrap();
        // Only signs of life have come from us, and now the end.
        let mut heard = String::new();
        let _ = again.read_to_string(&mut heard);
        assert_eq!(heard.trim(), "");
    });
}
