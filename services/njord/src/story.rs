//! What happens while a system trades, as a story for people: the first of each kind of thing in full, the
//! rest as numbers.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{
    Corr, Envelope, Event, Figures, Fill, Money, OrderId, OrderSpec, OrderState, Origin, Refusal,
    Rounding, Side, Span, VenueReason,
};

use crate::output::{Hush, tell};

/// How often the same kind of thing is told.
const TOLD_MAX: u32 = 5;

/// Prints what happens, until it has told enough of its kind.
#[derive(Default)]
pub(crate) struct Teller {
    hush: Hush,
    told: BTreeMap<&'static str, u32>,
    doubted: BTreeSet<OrderId>,
}

impl Teller {
    /// One who tells, or does not.
    pub(crate) fn hushed(hush: Hush) -> Self {
        Self { hush, ..Self::default() }
    }

    /// Tells a thing of that kind, unless enough of its kind have been told.
    pub(crate) fn say(&mut self, at: Span, kind: &'static str, who: &str, text: &str) {
        let told = self.told.entry(kind).or_default();
        *told += 1;
        if *told <= TOLD_MAX && !self.hush.is_hushed() {
            let (minutes, millis) = (at.millis() / 60_000, at.millis() % 60_000);
            let (seconds, tenths) = (millis / 1_000, millis % 1_000 / 100);
            let line =
                format!(" {minutes:>2}:{seconds:02}.{tenths}  {kind:<9}  {who:<18} {text}\n");
            tell(&line);
        }
    }

    /// A process has said something.
    pub(crate) fn said(&mut self, at: Span, by_whom: &str, said: &Envelope) {
        let who = said.corr.map(name).unwrap_or_default();
        match &said.event {
            Event::Approved(approval) => {
                let kind = if who.ends_with("guard") { "guard" } else { "order" };
                self.say(at, kind, &who, &order(approval.id, &approval.spec));
            }
            Event::Refused(no) => self.say(at, "REFUSED", &who, &refusal(no)),
            Event::Fill(fill) => self.say(at, "fill", &who, &filled(fill)),
            Event::Order(told) if told.state == OrderState::Unknown => {
                let is_news = self.doubted.insert(told.id);
                if is_news {
                    let text = format!("{} no answer; the venue is asked", told.id.short());
                    self.say(at, "unknown", &who, &text);
                }
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
pub(crate) fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// An amount of money as people read a column of them.
pub(crate) fn cents(amount: Money) -> String {
    let rounded = amount.round_to(2, Rounding::HalfEven).unwrap_or(amount).to_string();
    let decimals = rounded.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let point = if decimals == 0 { "." } else { "" };
    format!("{rounded}{point}{}", "0".repeat(2_usize.saturating_sub(decimals)))
}
