//! Many worlds, one after the other, until one of them breaks a promise.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use kernel::Digest;
use runtime::side_by_side;
use serde_json::json;
use sim::{Counts, Trial};

use super::{Context, broken_promise, counts_json};
use crate::failure::Failure;
use crate::output::{Answer, progress};

pub(super) fn run(
    from: u64,
    count: u64,
    threads: NonZeroUsize,
    context: &Context<'_>,
) -> Result<Answer, Failure> {
    let typed = &context.program.typed;
    let end = from.checked_add(count).ok_or_else(|| {
        Failure::new("usage", "--count", "there are no so many seeds from that one on")
            .advice("a smaller seed")
    })?;
    let (mut total, mut hashes, mut broken) = (Counts::default(), Digest::default(), None);
    let world = |seed| Trial::of_seed(seed).run(Vec::new());
    side_by_side(threads, from..end, world, |seed, outcome| match outcome {
        Ok(outcome) => {
            progress(&format!("world {} of {count}", seed - from + 1));
            add(&mut total, &outcome.counts);
            hashes.add_result(outcome.hash);
            ControlFlow::Continue(())
        }
        Err(violation) => {
            broken = Some((seed, violation));
            ControlFlow::Break(())
        }
    });
    progress("");
    if let Some((seed, violation)) = broken {
        let advice = format!("{typed} sim {seed} --count 1, and report it");
        return Err(broken_promise(seed, &violation.to_string()).advice(advice));
    }
    let Counts { approvals, refusals, submits, executions, crashes, lost, unknown } = total;
    let hash = hashes.result().to_string();
    let worlds = if count == 1 {
        format!("1 world (seed {from})")
    } else {
        format!("{count} worlds (seeds {from} to {})", end - 1)
    };
    let text = format!(
        "{worlds}, no promise broken
 gate       {approvals} orders approved, {refusals} intents refused
 venue      {submits} orders arrived, {executions} executions
 faults     {crashes} crashes, {lost} requests lost, {unknown} times an order's fate was unknown
 hash       {hash}
"
    );
    Ok(Answer::done(
        text,
        json!({ "from": from, "to": end - 1, "counts": counts_json(&total), "hash": hash }),
    ))
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
