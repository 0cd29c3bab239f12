//! Callers: each has a thread that reads what it asks, and one that writes what it is told.

use std::io::{BufWriter, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::{self, Scope};
use std::time::Duration;

use contracts::{Envelope, Source, TopicKind};
use telemetry::Clock;

use super::hall::Hall;
use crate::doors::{Doors, Offered};
use crate::stop::Stop;
use crate::wire::{self, Lines};

/// How often somebody who waits looks whether all is over.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Who hears nothing else hears a sign of life so often.
const BEAT_EVERY: Duration = Duration::from_secs(1);
/// A caller who takes nothing for so long is gone.
const WRITE_MAX: Duration = Duration::from_secs(2);

/// What a caller is served with.
#[derive(Clone, Copy)]
pub(super) struct Service<'a> {
    pub(super) hall: &'a Hall,
    pub(super) doors: &'a Doors,
    pub(super) clock: &'a Clock,
    pub(super) stop: &'a Stop,
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
        }
    });
}

fn serve<'scope>(threads: &'scope Scope<'scope, '_>, stream: TcpStream, service: Service<'scope>) {
    let Service { hall, doors, clock, stop } = service;
    let ready = stream
        .set_nonblocking(false)
        .and_then(|()| stream.set_nodelay(true))
        .and_then(|()| stream.set_write_timeout(Some(WRITE_MAX)))
        .and_then(|()| stream.try_clone());
    let Ok(asks) = ready else { return };
    let Some((place, told)) = hall.enter(clock()) else { return };
    threads.spawn(move || {
        hear(&asks, doors, clock);
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

/// Requests go to the venue, which looks at their seal; anything else is not heard.
fn hear(stream: &TcpStream, doors: &Doors, clock: &Clock) {
    let mut lines = Lines::new(stream);
    while let Ok(Some(line)) = lines.next() {
        let Ok(asked) = line else { continue };
        if asked.topic().kind() == TopicKind::VenueRequest {
            let request = Envelope::input(Source::ExecutionGateway, clock(), asked.event);
            if doors.report(request) == Offered::Closed {
                return;
            }
        }
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
