//! Group commit on a real disk: how many turns become safe in a second, how many share a sync, and how long
//! one waits: `group [FOLDER] [TURNS]`.
#![allow(clippy::print_stdout, reason = "a command line program")]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]
#![allow(clippy::disallowed_methods, reason = "it measures time, and runs the writer's thread")]

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use contracts::{Alert, AlertCode, Envelope, Event, RunId, Seq, Source, Ts};
use journal::files::RealFiles;
use journal::{
    GroupLimits, Journal, JournalKey, Limits, Place, Purpose, Start, Ticket, group, recover,
};
use kernel::Tap as _;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let turns: u64 = arguments.next().map_or(Ok(20_000), |text| text.parse())?;
    println!("pause between turns   turns/s   turns a sync   wait p50   p99   p99.9");
    for pause in [0, 20, 100, 1000] {
        measure(
            &folder,
            if pause > 100 { turns / 10 } else { turns },
            Duration::from_micros(pause),
        )?;
    }
    let alone = one_by_one(&folder, turns / 10)?;
    println!("one sync for each, without group: {alone:.0} turns/s");
    Ok(())
}

fn open(folder: &std::path::Path) -> Result<(Journal, PathBuf), Box<dyn Error>> {
    let folder = folder.join(format!("njord-group-{}", std::process::id()));
    let place = Place {
        files: Arc::new(RealFiles),
        folder: folder.clone(),
        key: JournalKey::new([7; 32]),
        limits: Limits::default(),
        anchors: Vec::new(),
        holder: format!("pid {}", std::process::id()),
    };
    let start = Start::new(RunId::new(7), "bench", "none", Ts::from_nanos(1));
    Ok((recover(place)?.begin(start, &[])?, folder))
}

/// A durable message: an input and an output, as a decision would be.
fn message(number: u64) -> Envelope {
    let event = Event::Alert(Alert { code: AlertCode::BoundReached, symbol: None, order: None });
    let input = Envelope::input(Source::RiskEngine, Ts::from_nanos(1), event);
    Envelope { seq: Seq::new(number), ..input }
}

fn measure(folder: &std::path::Path, turns: u64, pause: Duration) -> Result<(), Box<dyn Error>> {
    let (journal, made) = open(folder)?;
    let (mut appender, committer) = group(journal, GroupLimits::default());
    let watermark = Arc::clone(appender.watermark());
    let before = watermark.syncs();
    let (tickets, waiting) = sync_channel::<(Ticket, Instant)>(1 << 16);
    let writer = thread::spawn(move || committer.run().map(drop));
    let seen = Arc::clone(&watermark);
    let carrier = thread::spawn(move || {
        let mut waits = Vec::new();
        for (ticket, since) in waiting {
            seen.wait(ticket)?;
            waits.push(since.elapsed());
        }
        Ok::<_, journal::Fault>(waits)
    });
    let began = Instant::now();
    for number in 0..turns {
        let mut turn = appender.turn(Purpose::Anything)?;
        turn.input(&message(2 * number));
        turn.output(&message(2 * number + 1));
        let ticket = turn.commit()?;
        tickets.send((ticket, Instant::now()))?;
        let until = Instant::now() + pause;
        while Instant::now() < until {
            std::hint::spin_loop();
        }
    }
    drop(tickets);
    let mut waits = carrier.join().map_err(|_| "the carrier died")??;
    let rate = turns as f64 / began.elapsed().as_secs_f64();
    drop(appender);
    writer.join().map_err(|_| "the writer died")??;
    waits.sort_unstable();
    let at = |share: usize| waits[(waits.len() - 1) * share / 1000];
    let shared = turns / (watermark.syncs() - before).max(1);
    let (p50, p99, p999) = (at(500), at(990), at(999));
    println!("{pause:>19?} {rate:>9.0} {shared:>14} {p50:>10.1?} {p99:>8.1?} {p999:>8.1?}");
    std::fs::remove_dir_all(made)?;
    Ok(())
}

fn one_by_one(folder: &std::path::Path, turns: u64) -> Result<f64, Box<dyn Error>> {
    let (mut journal, made) = open(folder)?;
    let began = Instant::now();
    for number in 0..turns {
        let mut turn = journal.turn(Purpose::Anything)?;
        turn.input(&message(2 * number));
        turn.output(&message(2 * number + 1));
        turn.commit()?;
    }
    let rate = turns as f64 / began.elapsed().as_secs_f64();
    std::fs::remove_dir_all(made)?;
    Ok(rate)
}
