//! Many worlds, one after the other, until one of them breaks a promise.

use serde_json::json;
use sim::{Counts, Trial};

use super::{Context, broken_promise, counts_json};
use crate::failure::Failure;
use crate::output::{Answer, progress};

pub(super) fn run(from: u64, count: u64, context: &Context<'_>) -> Result<Answer, Failure> {
    let typed = &context.program.typed;
    let last = from.checked_add(count - 1).ok_or_else(|| {
        Failure::new("usage", "--count", "there are no so many seeds from that one on")
            .advice("a smaller seed")
    })?;
    let mut total = Counts::default();
    for seed in from..=last {
        progress(&format!("world {} of {count}", seed - from + 1));
        let outcome = Trial::of_seed(seed).run(Vec::new()).map_err(|violation| {
            progress("");
            broken_promise(seed, &violation.to_string())
                .advice(format!("{typed} sim {seed} --count 1, and report it"))
        })?;
        add(&mut total, &outcome.counts);
    }
    progress("");
    let Counts { approvals, refusals, submits, executions, crashes, lost, unknown } = total;
    let worlds = if count == 1 {
        format!("1 world (seed {from})")
    } else {
        format!("{count} worlds (seeds {from} to {last})")
    };
    let text = format!(
        "{worlds}, no promise broken
 gate       {approvals} orders approved, {refusals} intents refused
 venue      {submits} orders arrived, {executions} executions
 faults     {crashes} crashes, {lost} requests lost, {unknown} times an order's fate was unknown
"
    );
    Ok(Answer::done(text, json!({ "from": from, "to": last, "counts": counts_json(&total) })))
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
