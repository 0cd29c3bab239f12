//! How long a market event takes, how long from a tick to the decision about the order it leads to, and
//! how much memory it all needs: `pace --events 100000000`.
//!
//! Two runs of the same walk: one that is only timed as a whole, and one that looks at the clock for
//! every event.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]
#![allow(clippy::disallowed_methods, reason = "it measures time, from outside")]

use std::error::Error;
use std::fs;
use std::time::{Duration, Instant};

use contracts::{Envelope, Event, Span};
use kernel::Tap;
use sim::Treadmill;

const EVERY: Span = Span::from_millis(50);
/// How many events are timed one by one.
const TIMED: u64 = 20_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let events = match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => 100_000_000,
        (Some("--events"), Some(number)) => number.parse()?,
        _ => return Err("usage: pace [--events 100000000]".into()),
    };
    endurance(events)?;
    latency(events.min(TIMED))
}

/// The memory and the speed after ever more events.
fn endurance(events: u64) -> Result<(), Box<dyn Error>> {
    let mut treadmill = Treadmill::new(EVERY)?;
    let mut fills = Fills::default();
    println!("      events     orders executions   ns/event   resident kB");
    let mut done = 0;
    for part in 1..=10 {
        let until = events / 10 * part;
        let start = Instant::now();
        treadmill.run(until - done, &mut fills)?;
        let per_event = start.elapsed().as_nanos() / u128::from((until - done).max(1));
        done = until;
        let (orders, fills, resident) = (treadmill.intents(), fills.0, resident()?);
        println!("{done:>12} {orders:>10} {fills:>10} {per_event:>10} {resident:>13}");
    }
    Ok(())
}

/// Counts executions.
#[derive(Default)]
struct Fills(u64);

impl Tap for Fills {
    fn output(&mut self, said: &Envelope) {
        self.0 += u64::from(matches!(said.event, Event::Fill(_)));
    }
}

/// How much memory the process holds, in kilobytes.
fn resident() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("this system does not say how much memory a process holds")?.parse()?)
}

/// Notes when the decision about an order was known, and when its request was ready to be sent.
struct Clock {
    tick: Instant,
    decided: Vec<Duration>,
    ready: Vec<Duration>,
}

impl Tap for Clock {
    fn output(&mut self, said: &Envelope) {
        match said.event {
            Event::Approved(_) | Event::Refused(_) => self.decided.push(self.tick.elapsed()),
            Event::Submit(_) => self.ready.push(self.tick.elapsed()),
            _ => {}
        }
    }
}

fn latency(events: u64) -> Result<(), Box<dyn Error>> {
    let mut treadmill = Treadmill::new(EVERY)?;
    let mut clock = Clock { tick: Instant::now(), decided: Vec::new(), ready: Vec::new() };
    for _ in 0..events {
        clock.tick = Instant::now();
        treadmill.step(&mut clock)?;
    }
    println!("\n                          count       p50       p99     p99.9       max");
    print("tick to decision", &mut clock.decided);
    print("tick to request ready", &mut clock.ready);
    Ok(())
}

fn print(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |per_mille: usize| {
        let place = times.len() * per_mille / 1_000;
        let time = times.get(place.min(times.len().saturating_sub(1))).copied();
        format!("{:>6.2} us", time.unwrap_or_default().as_secs_f64() * 1e6)
    };
    let (count, figures) = (times.len(), [500, 990, 999, 1_000].map(at).join(" "));
    println!("{what:<22} {count:>8} {figures}");
}
