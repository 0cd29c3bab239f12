//! How many messages a second each topic takes: said without a pause until the first is refused or lost, and how
//! many come through after that.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bus::{Bus, News, Offered, Position, Stream};
use contracts::{Source, TopicKind};

use crate::figures::a_second;
use crate::messages::party;
use crate::parties::{Voice, listener, names, reader};

/// Fewer than a stream takes, so that what is met first is how fast it goes.
const DURABLE: u64 = 80_000;
const LOSSY: u64 = 200_000;
/// After a loss the market holds its breath: whoever turns without a pause takes the time of everybody else.
const BREATH: Duration = Duration::from_millis(1);

/// What was measured of a topic.
struct Rate {
    /// The first message that was refused or lost, and how many a second were said up to it.
    first: Option<(u64, f64)>,
    /// How many a second came through, from the first said to the last read.
    sustained: f64,
    lost: u64,
}

/// Measures each of those topics.
pub(crate) fn table(bus: &Arc<dyn Bus>, kinds: &[TopicKind]) {
    println!(
        "  topic              readers   said a second up to     the first   came through     lost"
    );
    println!("                             the first not taken     not taken       a second");
    for kind in kinds {
        let (source, readers) = party(*kind);
        let rate = match Stream::new(*kind, source) {
            Some(stream) => durable(bus, stream, readers),
            None => lossy(bus, *kind, source),
        };
        let Rate { first, sustained, lost } = rate;
        let (at, until) = first.map_or(("none".to_owned(), String::new()), |(at, until)| {
            (at.to_string(), format!("{until:.0}"))
        });
        let name = kind.prefix();
        println!("  {name:18} {readers:>7} {until:>21} {at:>13} {sustained:>14.0} {lost:>8}");
    }
}

/// Where nobody has to read it, somebody reads along, for whom nothing is kept.
fn durable(bus: &Arc<dyn Bus>, stream: Stream, readers: usize) -> Rate {
    let (mut voice, speaker) = Voice::new(bus, stream.kind(), stream.source(), readers);
    let mut first = None;
    let mut took = Duration::ZERO;
    thread::scope(|threads| {
        threads.spawn(|| speaker.run());
        voice.is_ready();
        let began = Instant::now();
        let reading: Vec<_> = names(readers.max(1))
            .into_iter()
            .map(|name| {
                let mut reader = reader(bus, stream, name);
                threads.spawn(move || {
                    let confirmed = reader.confirmed();
                    let mut last = 0;
                    while last < DURABLE {
                        if let News::Said(said) = reader.next(Duration::from_millis(10)) {
                            last = said.seq.get();
                            confirmed.up_to(stream, Position::of(&said));
                        }
                    }
                })
            })
            .collect();
        for number in 1..=DURABLE {
            if voice.says_the_next() != Offered::Taken {
                first = first.or_else(|| Some((number, a_second(number - 1, began.elapsed()))));
            }
        }
        for reading in reading {
            reading.join().unwrap();
        }
        took = began.elapsed();
        voice.mouth.close();
    });
    bus.writer().unwrap().clear(stream).unwrap();
    Rate { first, sustained: a_second(DURABLE, took), lost: 0 }
}

fn lossy(bus: &Arc<dyn Bus>, kind: TopicKind, source: Source) -> Rate {
    let (mut voice, speaker) = Voice::new(bus, kind, source, 0);
    let mut listener = listener(bus, kind);
    let is_over = AtomicBool::new(false);
    let mut first = None;
    let mut heard = Heard::default();
    thread::scope(|threads| {
        threads.spawn(|| speaker.run());
        voice.is_ready();
        let began = Instant::now();
        let is_over = &is_over;
        let hearing = threads.spawn(move || {
            let (mut heard, mut at) = (Heard::default(), Instant::now());
            while !is_over.load(Ordering::Acquire) || at.elapsed() < Duration::from_millis(300) {
                match listener.next(Duration::from_millis(10)) {
                    News::Said(_) => {
                        at = Instant::now();
                        heard = Heard { count: heard.count + 1, took: began.elapsed(), ..heard };
                    }
                    News::Gap(gap) => {
                        let (number, took) = (gap.expected.get(), began.elapsed());
                        let missed = || (number, a_second(number - 1, took));
                        heard.missed = heard.missed.or_else(|| Some(missed()));
                    }
                    _ => {}
                }
            }
            heard
        });
        for number in 1..=LOSSY {
            if voice.says_the_next() != Offered::Taken {
                first = first.or_else(|| Some((number, a_second(number - 1, began.elapsed()))));
                thread::park_timeout(BREATH);
            }
        }
        is_over.store(true, Ordering::Release);
        heard = hearing.join().unwrap();
        voice.mouth.close();
    });
    // What did not leave the process, or what a listener that fell behind missed, whichever was first.
    let first = match (first, heard.missed) {
        (Some(unsaid), Some(missed)) if missed.0 < unsaid.0 => Some(missed),
        (None, missed) => missed,
        (first, _) => first,
    };
    let sustained = a_second(heard.count, heard.took);
    Rate { first, sustained, lost: LOSSY.saturating_sub(heard.count) }
}

/// What came through of what may be lost.
#[derive(Clone, Copy, Default)]
struct Heard {
    count: u64,
    took: Duration,
    /// The first that was missing, and how many a second had come through.
    missed: Option<(u64, f64)>,
}
