//! The story of a trial, for people.

use contracts::Ts;
use sim::{Account, Counts, Happening, Observer, Outcome};

use crate::story::{Teller, cents, words};

/// Watches a trial and tells what happens there.
#[derive(Default)]
pub(super) struct Watching {
    began: Option<Ts>,
    teller: Teller,
}

impl Observer for Watching {
    fn happened(&mut self, now: Ts, what: Happening<'_>) -> Result<(), String> {
        let at = now.since(*self.began.get_or_insert(now));
        match what {
            Happening::Said(process, said) => self.teller.said(at, process, said),
            Happening::Crashed(who, when) => {
                self.teller.say(at, "CRASH", who, &words(&format!("{when:?}")));
            }
            Happening::Restarted(who) => {
                self.teller.say(at, "back", who, "recovered from its journal");
            }
            Happening::Forgot { who, records, .. } => {
                let text = format!("its chain was broken: {} records are forgotten", records.len());
                self.teller.say(at, "broken", who, &text);
            }
            Happening::Lost(request) => {
                let text = format!("{} never reached the venue", request.event.name());
                self.teller.say(at, "lost", "network", &text);
            }
            Happening::HeldBack(request) => {
                let text = format!("{} was held back at the door", request.event.name());
                self.teller.say(at, "held", "brake", &text);
            }
            Happening::Heard(..)
            | Happening::VenueTook(_)
            | Happening::VenueSaid(_)
            | Happening::Polled(_)
            | Happening::Trouble(_) => {}
        }
        Ok(())
    }
}

/// What the story begins with.
pub(super) fn beginning(seed: u64) -> String {
    format!(
        "njord: four strategies on a synthetic market, an hour of virtual time, three processes,\n\
         every fault on the menu (seed {seed}). The first of each kind of thing is told.\n\n"
    )
}

/// What it all came to. `typed` is how the program was called.
pub(super) fn end(seed: u64, outcome: &Outcome, typed: &str) -> String {
    let Counts { approvals, refusals, submits, executions, crashes, lost, unknown } =
        outcome.counts;
    let results: String = outcome.accounts.iter().map(result).collect();
    let (hash, next) = (outcome.hash, seed.wrapping_add(1));
    format!(
        "
 strategy           orders  executions      start          now      change
{results} (made to trade often, at the venue's full fees: this is a test, not a way to make money)

 gate       {approvals} orders approved, {refusals} intents refused
 venue      {submits} orders arrived, {executions} executions
 faults     {crashes} crashes, {lost} requests lost, {unknown} times an order's fate was unknown
 books      equal to what the venue did, to the last digit
 journals   every one replays to the same outputs and the same state
 hash       {hash}, the same for seed {seed} on every machine

 next       another market, other faults     {typed} sim {next}
            a thousand worlds, no story      {typed} sim --count 1000
            a strategy of your own           {typed} init mybot
"
    )
}

fn result(account: &Account) -> String {
    let Account { strategy, approvals, executions, start, worth, .. } = account;
    let change = *worth - *start;
    let [start, worth, change] = [*start, *worth, change].map(cents);
    format!(" {strategy:<16}{approvals:>9}{executions:>12}{start:>11}{worth:>13}{change:>12}\n")
}
