//! The story of a world, for people: the first of each kind of thing in full, the rest as numbers.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{Event, Figures, OrderId, OrderSpec, OrderState, StrategyId, Ts};
use sim::{Happening, Observer, Outcome};

/// How often the same kind of thing is told.
const TOLD_MAX: u32 = 4;

/// Prints what happens, until it has told enough of its kind.
#[derive(Default)]
pub(crate) struct Teller {
    began: Option<Ts>,
    told: BTreeMap<&'static str, u32>,
    doubted: BTreeSet<OrderId>,
}

impl Observer for Teller {
    fn happened(&mut self, now: Ts, what: Happening<'_>) -> Result<(), String> {
        let began = *self.began.get_or_insert(now);
        let at = now.since(began);
        let mut say = |kind: &'static str, text: String| {
            let told = self.told.entry(kind).or_default();
            *told += 1;
            if *told <= TOLD_MAX {
                let seconds = at.millis() / 1_000;
                println!("{seconds:>4}.{:01}s  {kind:<10} {text}", at.millis() % 1_000 / 100);
            }
        };
        match what {
            Happening::Said(_, said) => match said.event {
                Event::Accepted(accepted) => {
                    let who = said.corr.map(|corr| corr.strategy);
                    say("order", order(who, accepted.id, &accepted.spec));
                }
                Event::Refused(no) => {
                    let rule = no.breach.reason.setting();
                    let rule = if rule.is_empty() { "no setting" } else { rule };
                    let reason = format!("{:?}", no.breach.reason);
                    let numbers = numbers(&no.breach.figures);
                    say("REFUSED", format!("{} {reason}: {numbers} ({rule})", no.id.short()));
                }
                Event::Fill(fill) => {
                    let side = fill.side.name();
                    let (qty, price, fee) = (fill.qty, fill.price, fill.fee);
                    say("fill", format!("{} {side} {qty} at {price}, fee {fee}", fill.id.short()));
                }
                Event::Order(told) if told.state == OrderState::Unknown => {
                    self.doubted.insert(told.id);
                    say("unknown", format!("{} no answer; asking the venue", told.id.short()));
                }
                Event::Order(told) if self.doubted.remove(&told.id) => {
                    say(
                        "resolved",
                        format!("{} the venue says: {:?}", told.id.short(), told.state),
                    );
                }
                Event::Trip(trip) => say("KILL", format!("{:?} by {:?}", trip.level, trip.trigger)),
                _ => {}
            },
            Happening::Crashed(who, when) => say("KILL -9", format!("{who}, {when:?}")),
            Happening::Restarted(who) => say("recovered", format!("{who}, from its journal")),
            Happening::Lost(request) => {
                say("lost", format!("{} on its way to the venue", request.event.name()));
            }
            Happening::VenueTook(_) | Happening::VenueSaid(_) => {}
        }
        Ok(())
    }
}

fn order(who: Option<StrategyId>, id: OrderId, spec: &OrderSpec) -> String {
    let who = who.map(|who| who.to_string()).unwrap_or_default();
    let price = spec.limit().map(|limit| format!(" at {limit}")).unwrap_or_default();
    let (side, qty, symbol) = (spec.side().name(), spec.qty(), spec.symbol());
    format!("{} {who} {side} {qty} {symbol}{price}", id.short())
}

fn numbers(figures: &Figures) -> String {
    match figures {
        Figures::None => "nothing to compare".to_owned(),
        Figures::Money { found, allowed } => format!("{found} against {allowed}"),
        Figures::Qty { found, allowed } => format!("{found} against {allowed}"),
        Figures::Price { found, allowed } => format!("{found} against {allowed}"),
        Figures::Span { found, allowed } => {
            format!("{} ms against {} ms", found.millis(), allowed.millis())
        }
        Figures::Bps { found, allowed } => format!("{} bps against {}", found.get(), allowed.get()),
        Figures::Count { found, allowed } => format!("{found} against {allowed}"),
    }
}

/// What it all came to.
pub(crate) fn end(outcome: &Outcome) {
    let counts = outcome.counts;
    println!("\n orders     {} approved, {} intents refused", counts.approvals, counts.refusals);
    println!(" venue      {} orders arrived, {} executions", counts.submits, counts.executions);
    println!(
        " faults     {} crashes, {} requests lost, {} times a fate was unknown",
        counts.crashes, counts.lost, counts.unknown
    );
    println!(" books      equal to what the venue did, to the last digit");
    println!(" journals   every one replays to the same outputs and the same state");
    println!(" hash       {}", outcome.hash);
    println!("\n next       njord 17 | cargo run --release -p sim --example seeds -- --count 1000");
}
