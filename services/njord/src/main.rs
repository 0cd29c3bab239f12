//! `njord`: for now one command, which lets a desk trade in a world where everything goes wrong, and
//! prints the story.
//!
//! The bundled strategies trade a synthetic market through the real gate, the real gateway and a
//! simulated venue, spread over three processes on virtual time. Disks lose what was not synced, the
//! network loses, doubles and reorders, feeds break, processes die in the middle of an order. At the end
//! the books are compared with what the venue really did, and every journal is replayed.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]

mod story;

use std::process::ExitCode;

use contracts::Span;
use sim::{Faults, Layout, Trial};

const USAGE: &str = "\
njord: a trading desk in a world where everything goes wrong

usage: njord [SEED]      a seed is a whole number; the same seed tells the same story

more worlds, without the story:
  cargo run --release -p sim --example seeds -- --count 1000
";

fn main() -> ExitCode {
    let argument = std::env::args().nth(1);
    let seed = match argument.as_deref() {
        None => 7,
        Some("-h" | "--help") => {
            story::print(USAGE);
            return ExitCode::SUCCESS;
        }
        Some(text) => {
            let Ok(seed) = text.parse() else {
                eprintln!("not a seed: {text:?}\ntry: njord 17, or njord --help");
                return ExitCode::from(2);
            };
            seed
        }
    };
    tell(seed)
}

fn tell(seed: u64) -> ExitCode {
    let trial = Trial {
        seed,
        layout: Layout::Distributed,
        faults: faults(),
        trades_for: Span::MINUTE.times(60),
        spot: true,
        mischief: false,
    };
    story::print(&format!(
        "njord: four strategies on a synthetic market, an hour of virtual time, three processes,\n\
         every fault on the menu (seed {seed}). The first of each kind of thing is told.\n\n"
    ));
    match trial.run(vec![Box::new(story::Teller::default())]) {
        Ok(outcome) => {
            story::end(seed, &outcome);
            ExitCode::SUCCESS
        }
        Err(violation) => {
            eprintln!("\na promise was broken {violation}");
            eprintln!("again: njord {seed}; please report it with this seed");
            ExitCode::FAILURE
        }
    }
}

/// Every fault there is, each often enough to be met in an hour.
fn faults() -> Faults {
    Faults {
        drop_ppm: 10_000,
        duplicate_ppm: 10_000,
        delay_max: Span::from_millis(50),
        venue_drop_ppm: 20_000,
        venue_delay_max: Span::from_millis(300),
        crash_ppm: 60,
        down_max: Span::from_secs(4),
        partition_ppm: 2_000,
        partition_max: Span::from_secs(5),
        feed_break_ppm: 2_000,
        feed_break_max: Span::from_secs(5),
        clock_jump_ppm: 2_000,
        clock_skew_max: Span::from_millis(200),
        disk_full_ppm: 1_000,
        poll_silence_ppm: 500,
        poll_silence_max: Span::from_secs(3),
        kill_ppm: 1_000,
        kill_max: Span::from_secs(5),
        disk_full_max: Span::from_secs(3),
    }
}
