//! The story of a trial, for people: the first of each kind of thing in full, the rest as numbers.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{
    Corr, Envelope, Event, Figures, Fill, Money, OrderId, OrderSpec, OrderState, Origin, Refusal,
    Rounding, Side, Span, Ts, VenueReason,
};
use sim::{Account, Counts, Happening, Observer, Outcome};

use crate::output::tell;

/// How often the same kind of thing is told.
const TOLD_MAX: u32 = 5;

/// Prints what happens, until it has told enough of its kind.
#[derive(Default)]
pub(super) struct Teller {
    began: Option<Ts>,
    told: BTreeMap<&'static str, u32>,
    doubted: BTreeSet<OrderId>,
}

impl Teller {
    fn say(&mut self, at: Span, kind: &'static str, who: &str, text: &str) {
        let told = self.told.entry(kind).or_default();
        *told += 1;
        if *told <= TOLD_MAX {
            let (minutes, millis) = (at.millis() / 60_000, at.millis() % 60_000);
            let (seconds, tenths) = (millis / 1_000, millis % 1_000 / 100);
            let line =
                format!(" {minutes:>2}:{seconds:02}.{tenths}  {kind:<9}  {who:<18} {text}\n");
            tell(&line);
        }
    }

    fn said(&mut self, at: Span, by_whom: &str, said: &Envelope) {
        let who = said.corr.map(name).unwrap_or_default();
        match &said.event {
            Event::Approved(approval) => {
                let kind = if who.ends_with("guard") { "guard" } else { "order" };
                self.say(at, kind, &who, &order(approval.id, &approval.spec));
            }
            Event::Refused(no) => self.say(at, "REFUSED", &who, &refusal(no)),
            Event::Fill(fill) => self.say(at, "fill", &who, &filled(fill)),
            Event::Order(told) if told.state == OrderState::Unknown => {
                self.doubted.insert(told.id);
                let text = format!("{} no answer; the venue is asked", told.id.short());
                self.say(at, "unknown", &who, &text);
            }
            Event::Order(told) if self.doubted.remove(&told.id) => {
                let text = match told.reason {
                    VenueReason::UnknownOrder => "it never reached the venue".to_owned(),
                    _ => format!("the venue says: {}", words(&format!("{:?}", told.state))),
                };
                let text = format!("{} {text}", told.id.short());
                self.say(at, "resolved", &who, &text);
            }
            Event::KillState(now) => {
                let by = words(&format!("{:?}", now.trigger));
                match now.level {
                    Some(level) => {
                        let level = words(&format!("{level:?}"));
                        self.say(at, "KILL", by_whom, &format!("level {level}, by {by}"));
                    }
                    None => self.say(at, "cleared", by_whom, &format!("it was tripped by {by}")),
                }
            }
            _ => {}
        }
    }
}

impl Observer for Teller {
    fn happened(&mut self, now: Ts, what: Happening<'_>) -> Result<(), String> {
        let at = now.since(*self.began.get_or_insert(now));
        match what {
            Happening::Said(process, said) => self.said(at, process, said),
            Happening::Crashed(who, when) => {
                self.say(at, "CRASH", who, &words(&format!("{when:?}")));
            }
            Happening::Restarted(who) => self.say(at, "back", who, "recovered from its journal"),
            Happening::Lost(request) => {
                let text = format!("{} never reached the venue", request.event.name());
                self.say(at, "lost", "network", &text);
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

fn name(corr: Corr) -> String {
    match corr.origin {
        Origin::Protector => format!("{}'s guard", corr.strategy),
        Origin::Flatten => format!("closing {}", corr.strategy),
        _ => corr.strategy.to_string(),
    }
}

fn order(id: OrderId, spec: &OrderSpec) -> String {
    let (qty, symbol) = (spec.qty(), spec.symbol());
    let verb = verb(spec.side());
    let limit = spec.limit().map(|limit| format!(", limit {limit}")).unwrap_or_default();
    let trigger = spec.trigger().map(|at| format!(", once it trades at {at}")).unwrap_or_default();
    format!("{} {verb} {qty} {symbol}{limit}{trigger}", id.short())
}

fn filled(fill: &Fill) -> String {
    let (verb, qty, price, fee) = (verb(fill.side), fill.qty, fill.price, fill.fee);
    format!("{} {verb} {qty} {} at {price}, fee {fee}", fill.id.short(), fill.symbol)
}

const fn verb(side: Side) -> &'static str {
    match side {
        Side::Buy => "buys",
        Side::Sell => "sells",
    }
}

/// Which rule said no, with its numbers and where its limit stands.
fn refusal(no: &Refusal) -> String {
    let reason = words(&format!("{:?}", no.breach.reason));
    let numbers = match &no.breach.figures {
        Figures::None => String::new(),
        Figures::Money { found, allowed } => against(found, allowed),
        Figures::Qty { found, allowed } => against(found, allowed),
        Figures::Price { found, allowed } => against(found, allowed),
        Figures::Span { found, allowed } => {
            against(format!("{} ms", found.millis()), format!("{} ms", allowed.millis()))
        }
        Figures::Bps { found, allowed } => against(found.get(), allowed.get()),
        Figures::Count { found, allowed } => against(found, allowed),
    };
    let setting = no.breach.reason.setting();
    let setting = if setting.is_empty() { String::new() } else { format!(" ({setting})") };
    let fault = no.fault.map(|fault| words(&format!(" {fault:?}"))).unwrap_or_default();
    let id = no.id.map_or_else(|| "an intent".to_owned(), |id| id.short().to_string());
    format!("{id} {reason}{fault}{numbers}{setting}")
}

fn against(found: impl std::fmt::Display, allowed: impl std::fmt::Display) -> String {
    format!(": {found}, allowed {allowed}")
}

/// A name of the code as words.
fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
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

/// An amount of money as people read a column of them.
fn cents(amount: Money) -> String {
    let rounded = amount.round_to(2, Rounding::HalfEven).unwrap_or(amount).to_string();
    let decimals = rounded.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let point = if decimals == 0 { "." } else { "" };
    format!("{rounded}{point}{}", "0".repeat(2_usize.saturating_sub(decimals)))
}
