//! `njord`: for now one command, which lets a desk trade in a world where everything goes wrong, and
//! prints the story.
//!
//! Two strategies of pure mischief send sensible and senseless intents through the real gate and the
//! real gateway to a venue, spread over three processes on virtual time. Disks lose what was not synced,
//! the network loses, doubles and reorders, processes die in the middle of an order. At the end the books
//! are compared with what the venue really did.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]

mod story;

use std::process::ExitCode;

use contracts::Span;
use sim::{DeskSpec, Faults, Layout};

const USAGE: &str = "\
njord: a trading desk in a world where everything goes wrong

usage: njord [SEED]      a seed is a whole number; the same seed tells the same story

more worlds, without the story:
  cargo run --release -p sim --example seeds -- --count 1000";

fn main() -> ExitCode {
    let argument = std::env::args().nth(1);
    let seed = match argument.as_deref() {
        None => 16,
        Some("-h" | "--help") => {
            println!("{USAGE}");
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
    let faults = Faults { crash_ppm: 2_500, ..DeskSpec::of_seed(seed).faults };
    let trades_for = Span::from_secs(60);
    let spec = DeskSpec { seed, layout: Layout::Distributed, faults, trades_for };
    println!("seed {seed}: a minute of trading in three processes, with every fault on the menu\n");
    let teller = story::Teller::default();
    match sim::run(&spec, vec![Box::new(teller)]) {
        Ok(outcome) => {
            story::end(&outcome);
            ExitCode::SUCCESS
        }
        Err(violation) => {
            eprintln!("\na promise was broken {violation}");
            eprintln!("again: njord {seed}; please report it with this seed");
            ExitCode::FAILURE
        }
    }
}
