//! What is held while somebody does not read: everything has its bound, and is flat once that is reached.

use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use bus::{Bus, Listener, News, Offered, Stream};
use contracts::TopicKind;

use crate::figures::megabytes;
use crate::messages::party;
use crate::parties::{Voice, listener};
use crate::server::Server;

const PARTS: u64 = 7;
const PART: u64 = 50_000;
/// What waits in the process is on the server after that, or has no room there.
const SETTLES: Duration = Duration::from_millis(1_200);

/// A reader that has to read an intent and never does.
pub(crate) fn at_a_stream(bus: &Arc<dyn Bus>, server: &Server) {
    let kind = TopicKind::Intent;
    let stream = Stream::new(kind, party(kind).0).unwrap();
    let (mut voice, speaker) = Voice::new(bus, kind, stream.source(), 1);
    println!("  {} and nobody reads:", stream.channel());
    println!(
        "       said   refused of the last {PART}   on the stream   new risk    Redis   this process"
    );
    thread::scope(|threads| {
        threads.spawn(|| speaker.run());
        voice.is_ready();
        for part in 0..=PARTS {
            let all = if part == 0 { 0 } else { PART };
            let refused = (0..all).filter(|_| voice.says_the_next() != Offered::Taken).count();
            thread::park_timeout(SETTLES);
            let length = server.asked(&format!("XLEN {stream}"));
            let length: u64 = length.lines().next().unwrap()[1..].trim().parse().unwrap();
            let may = if voice.mouth.room().allows_new_risk() { "taken" } else { "refused" };
            println!(
                "  {:>9} {refused:>29} {length:>15} {may:>10} {:>5.1} MB {:>11.1} MB",
                part * PART,
                megabytes(server.holds()),
                megabytes(resident()),
            );
        }
        voice.mouth.close();
    });
    bus.writer().unwrap().clear(stream).unwrap();
}

/// A listener that has stopped to read its line.
pub(crate) fn on_a_line(bus: &Arc<dyn Bus>, server: &Server) {
    let kind = TopicKind::Trades;
    let (mut voice, speaker) = Voice::new(bus, kind, party(kind).0, 0);
    let mut stopped = listener(bus, kind);
    println!("  {} and a listener that does not take what comes on its line:", kind.prefix());
    println!("       said   lines that listen   waiting for them    Redis   this process");
    thread::scope(|threads| {
        threads.spawn(|| speaker.run());
        voice.is_ready();
        for part in 0..=PARTS {
            for _ in 0..if part == 0 { 0 } else { PART } {
                if voice.says_the_next() != Offered::Taken {
                    thread::park_timeout(Duration::from_millis(1));
                }
            }
            thread::park_timeout(SETTLES / 4);
            let (lines, waiting) = lines(server);
            println!(
                "  {:>9} {lines:>19} {:>15.1} MB {:>5.1} MB {:>11.1} MB",
                part * PART,
                megabytes(waiting),
                megabytes(server.holds()),
                megabytes(resident()),
            );
        }
        wakes(&mut stopped, &mut voice);
        voice.mouth.close();
    });
}

/// How many lines listen, and how much waits for them on the server.
fn lines(server: &Server) -> (usize, u64) {
    let answer = server.asked("CLIENT LIST TYPE pubsub");
    let waiting = |line: &str| {
        let of = line.split(' ').find_map(|part| part.strip_prefix("omem="));
        of.and_then(|bytes| bytes.parse::<u64>().ok())
    };
    let waiting: Vec<u64> = answer.lines().filter_map(waiting).collect();
    (waiting.len(), waiting.iter().sum())
}

/// It takes what comes again: what it is told.
fn wakes(listener: &mut Listener, voice: &mut Voice) {
    let began = Instant::now();
    let mut heard = 0;
    while began.elapsed() < Duration::from_secs(10) {
        match listener.next(Duration::from_millis(50)) {
            News::Said(_) => heard += 1,
            News::Away(_) => println!("  it wakes: {heard} had reached it, then the line is gone"),
            News::Back => {
                println!("  the line is back");
                voice.says_the_next();
            }
            News::Gap(gap) => {
                println!("  a gap from message {} on is told", gap.expected);
                return;
            }
            _ => {}
        }
    }
    println!("  NOTHING is told of what was lost");
}

/// How many bytes this process holds.
fn resident() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    let resident: u64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    resident * 4_096
}
