//! Everything the judge has seen, and where each thing goes: to the orders, the money, or the law.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{
    Alert, AlertCode, Approval, Cause, Corr, Envelope, Event, Fill, IntentSeq, KillReading,
    KillState, KillTrigger, Money, Net, OrderId, OrderState, Origin, Reason, Side, Source,
    StrategyId, StrategyRun, Symbol, Ts,
};
use kernel::{Digest, Record, ResultHash};

use super::cancels::Cancels;
use super::collars::Collars;
use super::known::Known;
use super::law::{Evidence, Granted, Law};
use super::orders::Orders;
use super::truth::Truth;
use super::{Account, Counts};
use crate::desk::Desk;
use crate::faults::Trouble;

pub(super) struct Seen {
    pub(super) orders: Orders,
    pub(super) truth: Truth,
    pub(super) counts: Counts,
    /// How often what went wrong.
    pub(super) troubles: BTreeMap<Trouble, u64>,
    /// How often an intent broke which rule.
    pub(super) broken: BTreeMap<Reason, u64>,
    desk: Desk,
    known: Known,
    /// What the process of the gate has taken and said, and not forgotten: what there is to know follows from it.
    past: Vec<Record>,
    /// What it has granted and forgotten: what it owes of the last thing that it still knows, it says just so once more.
    granted: Vec<Event>,
    /// Where each refusal was said: one that is said once more is no other.
    refused: BTreeSet<Cause>,
    law: Law,
    cancels: Cancels,
    collars: Collars,
    /// Strategies that are quarantined, each with the last intent that it may have said.
    silenced: BTreeMap<StrategyId, IntentSeq>,
    /// Whoever has forgotten, until it takes something: it says what it owes from before the break, and what it would
    /// ask the venue for among that is not sent.
    begins: Option<String>,
    digest: Digest,
}

impl Seen {
    pub(super) fn new(desk: &Desk, gate_in: &'static str) -> Self {
        Self {
            orders: Orders::default(),
            truth: Truth::new(&desk.cash),
            counts: Counts::default(),
            troubles: BTreeMap::new(),
            broken: BTreeMap::new(),
            desk: desk.clone(),
            known: Known::new(gate_in, desk),
            past: Vec::new(),
            granted: Vec::new(),
            refused: BTreeSet::new(),
            law: Law::new(desk.limits.clone(), desk.spot),
            cancels: Cancels::new(desk),
            collars: Collars::new(desk.limits.collar),
            silenced: BTreeMap::new(),
            begins: None,
            digest: Digest::default(),
        }
    }

    pub(super) fn hash(&self) -> ResultHash {
        self.digest.result()
    }

    pub(super) fn has_traded(&self, strategy: StrategyId, symbol: Symbol, side: Side) -> bool {
        let own = self.orders.of(strategy);
        let mut such = own.filter(|o| (o.spec.symbol(), o.spec.side()) == (symbol, side));
        such.any(|order| !order.filled.is_zero())
    }

    pub(super) fn accounts(&self) -> Vec<Account> {
        self.truth.books.start().map(|(strategy, start)| self.account(strategy, start)).collect()
    }

    fn account(&self, strategy: StrategyId, start: Money) -> Account {
        let books = &self.truth.books;
        let cash = books.cash(strategy);
        let own = books.nets().filter(|((owner, _), _)| *owner == strategy);
        Account {
            strategy,
            approvals: self.orders.of(strategy).count() as u64,
            executions: self.orders.of(strategy).map(|order| order.executions).sum(),
            start,
            cash,
            held: own
                .filter(|(_, net)| *net != Net::ZERO)
                .map(|((_, symbol), net)| (symbol, net))
                .collect(),
            worth: books.worth(strategy, &self.known.prices).unwrap_or(cash),
        }
    }

    /// Something went wrong.
    pub(super) fn trouble(&mut self, what: Trouble) {
        *self.troubles.entry(what).or_default() += 1;
    }

    /// A process has taken something.
    pub(super) fn heard(&mut self, by: &str, taken: &Envelope) -> Result<(), String> {
        self.begins.take_if(|begins| begins == by);
        self.cancels.hears(&taken.event)?;
        self.collars.hears(by, taken);
        if !self.known.is_in(by) {
            return Ok(());
        }
        self.past.push(Record::Input(*taken));
        self.gate_takes(taken)
    }

    fn gate_takes(&mut self, taken: &Envelope) -> Result<(), String> {
        self.known.takes(taken, &self.law.limits)?;
        if let Event::SetLimit(change) = &taken.event {
            self.law.limit_changes(change);
        }
        self.gate_learns(&taken.event)
    }

    fn gate_says(&mut self, said: &Envelope) -> Result<(), String> {
        if let (Event::KillState(state), Source::RiskEngine) = (&said.event, said.src) {
            self.known.switched(state.level);
        }
        self.known.says(said)?;
        self.gate_learns(&said.event)
    }

    /// The gate has heard of an execution, from wherever.
    fn gate_learns(&mut self, event: &Event) -> Result<(), String> {
        let Event::Fill(fill) = event else { return Ok(()) };
        let order = self.orders.get(fill.id).ok_or("a fill of an order that was never approved")?;
        self.known.executed(order.strategy, fill).map_err(|error| error.to_string())
    }

    /// A process says something.
    pub(super) fn said(&mut self, now: Ts, by: &str, said: &Envelope) -> Result<(), String> {
        self.digest.add(said);
        self.cancels.hears(&said.event)?;
        if self.begins.as_deref() != Some(by) {
            self.cancels.allows(&said.event, &self.orders)?;
        }
        self.collars.hears(by, said);
        self.collars.allows(by, said)?;
        match &said.event {
            Event::Refused(no) => {
                let is_new = self.refused.insert(said.as_cause());
                self.counts.refusals += u64::from(is_new);
                *self.broken.entry(no.breach.reason).or_default() += 1;
            }
            Event::RefusedAlso(no) => *self.broken.entry(no.breach.reason).or_default() += 1,
            // Everything here is honest, so whoever doubts the books has miscounted.
            Event::KillState(KillState {
                level: Some(_), trigger: KillTrigger::Reconcile, ..
            }) => {
                return Err(format!("{:?} doubts the books", said.src));
            }
            Event::KillState(state) if said.src == Source::RiskEngine => {
                match (state.level, state.trigger) {
                    (Some(_), KillTrigger::DailyLoss) => self.trouble(Trouble::DayKilled),
                    (Some(_), KillTrigger::Drawdown) => self.trouble(Trouble::FallKilled),
                    _ => {}
                }
            }
            Event::Alert(Alert { code: AlertCode::ConflictingId, order: Some(id), .. }) => {
                self.is_no_guard(*id)?;
            }
            Event::StrategyControl(control) => self.silence(said.corr, control.run),
            Event::Order(update) => {
                self.counts.unknown += u64::from(update.state == OrderState::Unknown);
                self.orders.told(now, update)?;
            }
            Event::Fill(fill) => self.truth.told(fill)?,
            Event::Place(place) => self.orders.wanted(place),
            request => self.orders.requested(said.ts, request)?,
        }
        if self.known.is_in(by) {
            self.past.push(Record::Output(*said));
            self.gate_says(said)?;
        }
        match &said.event {
            event if self.granted.contains(event) => Ok(()),
            Event::Approved(approval) => self.approved(now, said, approval),
            Event::AmendApproved(approval) => self.change_approved(now, said, approval),
            Event::Position(position) => self.known.holds(said.corr, position),
            _ => Ok(()),
        }
    }

    /// A process has forgotten that. What it told it may tell once more; what is true stays true.
    pub(super) fn forgotten(
        &mut self,
        process: &str,
        tells_of_orders: bool,
        records: &[Record],
    ) -> Result<(), String> {
        self.begins = Some(process.to_owned());
        self.collars.forgotten(process, records);
        self.forget_silence(records);
        if self.known.is_in(process) {
            self.gate_forgets(records)?;
        }
        if !tells_of_orders {
            return Ok(());
        }
        for record in records {
            if let Record::Output(Envelope { event: Event::Fill(fill), .. }) = record {
                self.truth.untell(fill);
            }
        }
        self.orders.forgotten();
        Ok(())
    }

    /// Whoever quarantined a strategy and does not know it any more lets it go on. The gate has heard of it, and grants it
    /// nothing before an operator lets it.
    fn forget_silence(&mut self, records: &[Record]) {
        for record in records {
            if let Record::Output(Envelope { event: Event::StrategyControl(said), corr, .. }) =
                record
                && let (Some(corr), StrategyRun::Quarantined) = (corr, said.run)
            {
                self.silenced.remove(&corr.strategy);
            }
        }
    }

    /// What the gate has to know is what it would if its process had never taken that, nor said it.
    fn gate_forgets(&mut self, records: &[Record]) -> Result<(), String> {
        let is_message = |record: &&Record| !matches!(record, Record::Began(_));
        let kept = self.past.len().saturating_sub(records.iter().filter(is_message).count());
        self.past.truncate(kept);
        self.granted.extend(records.iter().filter_map(|record| match record {
            Record::Output(Envelope {
                event: event @ (Event::Approved(_) | Event::AmendApproved(_)),
                ..
            }) => Some(*event),
            _ => None,
        }));
        self.known = self.known.anew(&self.desk);
        self.law.limits = self.desk.limits.clone();
        for record in std::mem::take(&mut self.past) {
            match &record {
                Record::Input(taken) => self.gate_takes(taken)?,
                Record::Output(said) => self.gate_says(said)?,
                Record::Began(_) => {}
            }
            self.past.push(record);
        }
        Ok(())
    }

    /// Strategies of mischief give a number to two intents, and guards never do.
    fn is_no_guard(&self, id: OrderId) -> Result<(), String> {
        match self.orders.get(id) {
            Some(order) if order.origin == Origin::Protector => {
                Err(format!("a guard has given the number of {id} twice"))
            }
            _ => Ok(()),
        }
    }

    fn silence(&mut self, corr: Option<Corr>, run: StrategyRun) {
        if let (Some(corr), StrategyRun::Quarantined) = (corr, run) {
            self.trouble(Trouble::StrategyBroke);
            self.silenced.entry(corr.strategy).or_insert(corr.intent);
        }
    }

    fn approved(
        &mut self,
        now: Ts,
        envelope: &Envelope,
        approval: &Approval,
    ) -> Result<(), String> {
        let corr = envelope.corr.ok_or("an approval for nobody")?;
        self.orders.approved(corr, approval)?;
        self.counts.approvals += 1;
        if corr.origin == Origin::Protector && !approval.spec.is_reduce_only() {
            return Err(format!("exit order {} may do more than shrink", approval.id));
        }
        self.judged(&Granted::new(now, envelope.ts, corr, approval))
    }

    fn change_approved(
        &mut self,
        now: Ts,
        envelope: &Envelope,
        approval: &Approval,
    ) -> Result<(), String> {
        let strategy = self.orders.change_approved(approval)?;
        let corr = envelope.corr.filter(|corr| corr.strategy == strategy);
        let corr = corr.ok_or(format!("a change of {} by a stranger", approval.id))?;
        self.judged(&Granted { change: true, ..Granted::new(now, envelope.ts, corr, approval) })
    }

    fn judged(&mut self, granted: &Granted) -> Result<(), String> {
        let Corr { strategy, origin, intent, .. } = granted.corr;
        let last = self.silenced.get(&strategy).filter(|_| origin == Origin::Strategy);
        // What it had begun to close is closed all the same.
        let silent = last.is_some_and(|last| intent > *last) && !granted.spec.is_reduce_only();
        if silent {
            return Err(format!("{strategy} is quarantined, and wants {:?}", granted.spec));
        }
        let Self { truth, orders, known, .. } = self;
        self.law.allows(Evidence { truth, orders, known }, granted)
    }

    /// The file of the kill switch was read.
    pub(super) fn polled(&mut self, now: Ts, reading: KillReading) {
        self.cancels.polled(reading);
        if reading == KillReading::Clear {
            self.law.polled_clear(now);
        }
    }

    /// A request reaches the venue.
    pub(super) fn venue_took(&mut self, now: Ts, request: &Event) -> Result<(), String> {
        match request {
            Event::Submit(submit) => {
                self.counts.submits += 1;
                self.orders.submitted(now, submit)
            }
            Event::AmendOrder(amend) => self.orders.amended(now, amend),
            _ => Ok(()),
        }
    }

    /// The venue says something.
    pub(super) fn venue_said(&mut self, report: &Event) -> Result<(), String> {
        match report {
            Event::Report(report) => self.orders.reported(report),
            Event::Executed(fill) => self.executed(fill),
            _ => Ok(()),
        }
    }

    fn executed(&mut self, fill: &Fill) -> Result<(), String> {
        let order = self.orders.get(fill.id);
        let order = order.ok_or(format!("execution of {} without approval", fill.id))?;
        let strategy = order.strategy;
        let new = self.truth.executed(strategy, fill).map_err(|error| error.to_string())?;
        if !new {
            return Ok(());
        }
        self.counts.executions += 1;
        self.orders.executed(fill)?;
        self.law.allows_balance(&self.truth, strategy, fill.symbol)
    }
}
