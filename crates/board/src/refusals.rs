//! What was refused lately: by which rule, with which numbers, and what would have passed.

use std::collections::{BTreeMap, VecDeque};

use contracts::{
    Breach, Cause, Corr, DecodeFault, Envelope, Label, LimitKey, Mark, OrderId, OrderSpec, Price,
    Qty, Refusal, RefusalDetail, Span, Symbol, Ts,
};
use serde::{Deserialize, Serialize};

/// How many refusals are kept.
pub const REFUSALS_MAX: usize = 200;
/// A refusal names its first rule and at most so many others.
const ALSO_MAX: usize = 40;
const HOUR: Span = Span::MINUTE.times(60);
/// A day in hours, and the one that is under way.
const HOURS: i64 = 24;

/// A refusal, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalShown {
    /// When.
    pub at: Ts,
    /// The order it is about; absent where not even that could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<OrderId>,
    /// Who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corr: Option<Corr>,
    /// What was asked for, where it was a new order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<OrderSpec>,
    /// Why it was asked for, in the word of whoever asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Label>,
    /// The pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<Symbol>,
    /// The rule that refused, with the two numbers it compared.
    pub breach: Breach,
    /// Further rules that it broke.
    pub also: Vec<Breach>,
    /// How many rules it broke.
    pub broken: u8,
    /// The largest quantity of the same order that the first rule would have let pass.
    pub qty_max: Qty,
    /// The version of the limits.
    pub limits: u32,
    /// Where the limit stands in the settings; empty for rules that have none.
    pub setting: String,
    /// Where that was set; absent where nobody set it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_at: Option<String>,
    /// The price by which it was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// How old that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_age: Option<Span>,
    /// Why the intent could not be read, where that is the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<DecodeFault>,
    /// The message that was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
}

/// What is known beside the refusal itself.
pub(crate) struct Scene {
    pub(crate) asked: Option<(OrderSpec, Label)>,
    pub(crate) mark: Option<Mark>,
}

/// The refusals of late.
#[derive(Clone, Debug)]
pub(crate) struct Refusals {
    limits_at: BTreeMap<LimitKey, String>,
    last: VecDeque<RefusalShown>,
    /// How many in each hour, by the number of the hour.
    hours: VecDeque<(i64, u64)>,
    pub(crate) total: u64,
}

impl Refusals {
    pub(crate) fn new(limits_at: BTreeMap<LimitKey, String>) -> Self {
        Self { limits_at, last: VecDeque::new(), hours: VecDeque::new(), total: 0 }
    }

    pub(crate) fn refused(&mut self, envelope: &Envelope, refusal: &Refusal, scene: &Scene) {
        let at = envelope.ts;
        self.count(at);
        let reason = refusal.breach.reason;
        let set_at = reason.limit().and_then(|limit| self.limits_at.get(&limit)).cloned();
        if self.last.len() >= REFUSALS_MAX {
            self.last.pop_front();
        }
        self.last.push_back(RefusalShown {
            at,
            id: refusal.id,
            corr: envelope.corr,
            spec: scene.asked.map(|(spec, _)| spec),
            why: scene.asked.map(|(_, why)| why).filter(|why| *why != Label::NONE),
            symbol: refusal.symbol,
            breach: refusal.breach,
            also: Vec::new(),
            broken: refusal.broken,
            qty_max: refusal.qty_max,
            limits: refusal.limits,
            setting: reason.setting().to_owned(),
            set_at,
            price: scene.mark.as_ref().and_then(Mark::value_price),
            price_age: scene.mark.map(|mark| at.since(mark.seen)),
            fault: refusal.fault,
            cause: envelope.cause,
        });
    }

    pub(crate) fn also(&mut self, detail: &RefusalDetail) {
        let about = |shown: &&mut RefusalShown| shown.id == Some(detail.id);
        if let Some(shown) = self.last.iter_mut().rev().find(about)
            && shown.also.len() < ALSO_MAX
        {
            shown.also.push(detail.breach);
        }
    }

    fn count(&mut self, at: Ts) {
        self.total += 1;
        let hour = at.nanos() / HOUR.nanos();
        match self.hours.back_mut() {
            Some((last, count)) if *last >= hour => *count += 1,
            _ => self.hours.push_back((hour, 1)),
        }
        while self.hours.len() as i64 > HOURS {
            self.hours.pop_front();
        }
    }

    /// How many in the last twenty-four hours, in full hours.
    pub(crate) fn last_day(&self, now: Ts) -> u64 {
        let from = now.nanos() / HOUR.nanos() - HOURS;
        self.hours.iter().filter(|(hour, _)| *hour > from).map(|(_, count)| count).sum()
    }

    /// The latest first.
    pub(crate) fn latest(&self) -> impl Iterator<Item = &RefusalShown> {
        self.last.iter().rev()
    }

    pub(crate) fn let_go(&self) -> u64 {
        self.total - self.last.len() as u64
    }
}
