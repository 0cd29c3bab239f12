//! Callers: each has a thread that reads what it asks, and one that writes what it is told.

use std::io::{self, BufWriter, Read as _, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::{self, Scope};
use std::time::Duration;

use contracts::codec::MESSAGE_BYTES_MAX;
use contracts::{DeadLetter, DecodeFault, Envelope, Source, TopicKind};
use telemetry::Clock;

use super::complaints::Complaints;
use super::hall::{Entered, Hall, LISTENERS_MAX, Place};
use crate::doors::{Doors, Offered};
use crate::stop::Stop;
use crate::wire::{self, Lines};

/// How often somebody who waits looks whether all is over.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Who hears nothing else hears a sign of life so often.
const BEAT_EVERY: Duration = Duration::from_secs(1);
/// A caller who takes nothing for so long is gone.
const WRITE_MAX: Duration = Duration::from_secs(2);

/// So much of a line without end is read after it was said to be one.
const PASSED_OVER_MAX: u64 = 1024 * 1024;
/// Nothing more comes of it where nothing has come for so long.
const PASSED_OVER_AFTER: Duration = Duration::from_millis(100);

/// What a caller is served with.
#[derive(Clone, Copy)]
pub(super) struct Service<'a> {
    pub(super) hall: &'a Hall,
    pub(super) doors: &'a Doors,
    pub(super) clock: &'a Clock,
    pub(super) stop: &'a Stop,
    pub(super) complaints: &'a Complaints,
}

/// Answers whoever calls, until it is over.
pub(super) fn answer(listener: &TcpListener, service: Service<'_>) {
    thread::scope(|threads| {
        while !service.stop.is_said() {
            match listener.accept() {
                Ok((stream, _)) => serve(threads, stream, service),
                // Nobody calls, or the system is short of something that will come back.
                Err(_) => drop(service.stop.wait(LOOK_EVERY)),
            }
            service.complaints.say_now_and_then((service.clock)());
        }
    });
    service.complaints.say();
}

fn serve<'scope>(threads: &'scope Scope<'scope, '_>, stream: TcpStream, service: Service<'scope>) {
    let Service { hall, clock, stop, complaints, .. } = service;
    let ready = stream
        .set_nonblocking(false)
        .and_then(|()| stream.set_nodelay(true))
        .and_then(|()| stream.set_write_timeout(Some(WRITE_MAX)))
        .and_then(|()| stream.try_clone());
    let Ok(asks) = ready else { return };
    let (place, told) = match hall.enter(clock()) {
        Entered::Placed { place, told, let_go } => {
            complaints.note(|noted| noted.let_go += u64::from(let_go));
            (place, told)
        }
        Entered::Full => {
            complaints.note(|noted| noted.turned_away += 1);
            return turn_away(&stream);
        }
        Entered::Closed => return,
    };
    threads.spawn(move || {
        hear(&asks, place, service);
        let _ = asks.shutdown(Shutdown::Both);
        // On a silent market nobody would notice otherwise that nobody is there.
        hall.leave(place);
    });
    threads.spawn(move || {
        tell(&stream, &told, stop);
        let _ = stream.shutdown(Shutdown::Both);
        hall.leave(place);
    });
}

/// A line for whoever looks at the socket; a trader reads no message in it, and calls again.
fn turn_away(mut stream: &TcpStream) {
    let what = format!("{LISTENERS_MAX} callers are here already, and there is no room for more");
    let _ = writeln!(
        stream,
        r#"{{"error":{{"at":"njord venue","what":"{what}","try":"end one of them, and call again"}}}}"#
    );
    let _ = stream.shutdown(Shutdown::Both);
}

/// Requests go to the venue, which looks at their seal. Other messages are not heard, and what is no message is
/// answered so.
fn hear(stream: &TcpStream, place: Place, service: Service<'_>) {
    let Service { hall, doors, clock, complaints, .. } = service;
    let unreadable = |letter: DeadLetter| {
        complaints.note(|noted| noted.unreadable(letter));
        hall.answer(place, letter, clock());
    };
    let mut lines = Lines::new(stream);
    loop {
        match lines.next() {
            Ok(Some(Ok(said))) => {
                hall.lives(place, clock());
                let Some(asked) = said else { continue };
                if asked.topic().kind() == TopicKind::VenueRequest {
                    let request = Envelope::input(Source::ExecutionGateway, clock(), asked.event);
                    if doors.report(request) == Offered::Closed {
                        return;
                    }
                }
            }
            Ok(Some(Err(letter))) => unreadable(letter),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                unreadable(wire::dead_letter(DecodeFault::NotJson, MESSAGE_BYTES_MAX));
                return pass_over(stream);
            }
            Ok(None) | Err(_) => return,
        }
    }
}

/// Reads on for a while, in which the answer goes out: a connection that is closed over something unread is
/// reset, and the answer with it.
fn pass_over(stream: &TcpStream) {
    if stream.set_read_timeout(Some(PASSED_OVER_AFTER)).is_ok() {
        let _ = io::copy(&mut stream.take(PASSED_OVER_MAX), &mut io::sink());
    }
}

fn tell(stream: &TcpStream, told: &Receiver<Envelope>, stop: &Stop) {
    let (mut stream, mut line) = (BufWriter::new(stream), Vec::new());
    let mut silent = Duration::ZERO;
    loop {
        let next = told.try_recv().or_else(|_| {
            // Nothing more at the moment: what is gathered goes out now.
            stream.flush().map_err(|_| RecvTimeoutError::Disconnected)?;
            told.recv_timeout(LOOK_EVERY)
        });
        let written = match next {
            Ok(said) => {
                silent = Duration::ZERO;
                wire::write(&mut stream, &said, &mut line).is_ok()
            }
            Err(RecvTimeoutError::Timeout) => {
                silent += LOOK_EVERY;
                !stop.is_said() && (silent < BEAT_EVERY || beat(&mut stream, &mut silent))
            }
            Err(RecvTimeoutError::Disconnected) => false,
        };
        if !written {
            return;
        }
    }
}

fn beat(stream: &mut impl Write, silent: &mut Duration) -> bool {
    *silent = Duration::ZERO;
    wire::beat(stream).is_ok()
}
