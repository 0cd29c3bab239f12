//! Runs worlds by their seeds: `seeds --count 1000`, `seeds --seed 17`, `seeds --from 5000 --count 10`;
//! `seeds --seed 17 --order 5c3e` tells everything about an order, `seeds --count 1000 --all` goes on
//! after a broken promise, `seeds --seed 17 --shrink` looks for the fewest faults that still break it,
//! `seeds --count 40 --hashes` says of each what it was and what was decided in it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::rc::Rc;

use contracts::{Event, Reason, Ts};
use sim::{Counts, Happening, Observer, Outcome, Trial, Trouble};

/// Prints what an investigator wants to see first, and everything about one order if told which.
struct Witness {
    order: Option<String>,
    refused: Refused,
}

/// How often which strategy, or its guard, was refused for what reason.
type Refused = Rc<RefCell<BTreeMap<(String, Reason), u32>>>;

impl Witness {
    fn follows(&self, event: &Event) -> bool {
        self.order.as_ref().is_some_and(|order| format!("{event:?}").contains(order))
    }
}

impl Observer for Witness {
    fn happened(&mut self, now: Ts, what: Happening<'_>) -> Result<(), String> {
        match what {
            Happening::Said(who, said) => match said.event {
                Event::Trip(_) | Event::KillState(_) | Event::Alert(_) => {
                    println!("{now} {who} {:?}", said.event);
                }
                Event::Refused(no) => {
                    let whose =
                        said.corr.map(|corr| format!("{} {:?}", corr.strategy, corr.origin));
                    let key = (whose.unwrap_or_default(), no.breach.reason);
                    *self.refused.borrow_mut().entry(key).or_default() += 1;
                    if self.follows(&said.event) {
                        println!("{now} {who} {:?}", said.event);
                    }
                }
                event if self.follows(&event) => println!("{now} {who} {event:?}"),
                _ => {}
            },
            Happening::VenueTook(said) | Happening::VenueSaid(said)
                if self.follows(&said.event) =>
            {
                println!("{now} venue {:?}", said.event);
            }
            Happening::Heard(who, taken) if self.follows(&taken.event) => {
                println!("{now} {who} took {:?}", taken.event);
            }
            Happening::Trouble(trouble) if !trouble.is_common() => println!("{now} {trouble:?}"),
            Happening::Crashed(who, at) => println!("{now} {who} crashed {at:?}"),
            Happening::Restarted(who) => println!("{now} {who} is back"),
            _ => {}
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1)?.parse::<u64>().ok()
    };
    let text = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).cloned()
    };
    let (from, count) = match number("--seed") {
        Some(seed) => (seed, 1),
        None => (number("--from").unwrap_or(1), number("--count").unwrap_or(100)),
    };
    let goes_on = arguments.iter().any(|argument| argument == "--all");
    let hashes = arguments.iter().any(|argument| argument == "--hashes");
    let (mut total, mut broken, mut menu) = (Counts::default(), 0, Menu::default());
    for seed in from..from + count {
        let refused = Refused::default();
        let watchers: Vec<Box<dyn Observer>> = if count == 1 {
            vec![Box::new(Witness { order: text("--order"), refused: Rc::clone(&refused) })]
        } else {
            Vec::new()
        };
        match Trial::of_seed(seed).run(watchers) {
            Ok(outcome) => {
                add(&mut total, &outcome.counts);
                menu.add(&outcome);
                if hashes {
                    print_hash(seed, &outcome);
                }
                if count == 1 {
                    for ((whose, reason), times) in refused.borrow().iter() {
                        println!("{whose}: {times} times {reason:?}");
                    }
                    for account in &outcome.accounts {
                        println!("{account:?}");
                    }
                    println!("seed {seed}: {:?}\nhash {}", outcome.counts, outcome.hash);
                }
            }
            Err(violation) => {
                eprintln!("seed {seed} broke a promise {violation}");
                eprintln!("again: cargo run --release -p sim --example seeds -- --seed {seed}");
                if arguments.iter().any(|argument| argument == "--shrink") {
                    print_smallest(&Trial::of_seed(seed));
                }
                broken += 1;
                if !goes_on {
                    return ExitCode::FAILURE;
                }
            }
        }
        if count > 1 && (seed - from + 1).is_multiple_of(1_000) {
            println!("{} worlds, {broken} of them broke a promise", seed - from + 1);
        }
    }
    println!("{count} worlds, {broken} of them broke a promise: {total:?}\n{menu:?}");
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints what a world was, and the hash of everything that was decided in it.
fn print_hash(seed: u64, outcome: &Outcome) {
    let Trial { layout, trades_for, spot, .. } = Trial::of_seed(seed);
    let market = if spot { "spot" } else { "margin" };
    let (seconds, hash) = (trades_for.millis() / 1_000, outcome.hash);
    println!("seed {seed}: {layout:?}, {market}, {seconds} s, hash {hash}");
}

/// Prints the smallest trial that still breaks the same promise.
fn print_smallest(trial: &Trial) {
    if let Some((smallest, violation)) = trial.shrunk(|_, _, machine| machine) {
        let menu: Vec<&str> = smallest.faults.served().collect();
        let Trial { layout, trades_for, mischief, .. } = smallest;
        println!("smallest: {menu:?}, {layout:?}, {} ms, mischief {mischief}", trades_for.millis());
        println!("smallest: {violation}");
    }
}

/// What went wrong, and which rules were broken, in all worlds together.
#[derive(Debug, Default)]
struct Menu {
    troubles: BTreeMap<Trouble, u64>,
    rules: BTreeMap<Reason, u64>,
}

impl Menu {
    fn add(&mut self, outcome: &Outcome) {
        for (trouble, count) in &outcome.troubles {
            *self.troubles.entry(*trouble).or_default() += count;
        }
        for (rule, count) in &outcome.broken {
            *self.rules.entry(*rule).or_default() += count;
        }
    }
}

fn add(total: &mut Counts, counts: &Counts) {
    total.approvals += counts.approvals;
    total.refusals += counts.refusals;
    total.submits += counts.submits;
    total.executions += counts.executions;
    total.crashes += counts.crashes;
    total.lost += counts.lost;
    total.unknown += counts.unknown;
}
