//! Everything the judge has seen, and where each thing goes: to the orders, the money, or the law.

use contracts::{
    Approval, Envelope, Event, Fill, KillReading, KillState, KillTrigger, Money, Net, OrderState,
    Origin, Side, Source, StrategyId, Symbol, Ts,
};
use kernel::{Digest, ResultHash};

use super::law::{Granted, Law};
use super::orders::Orders;
use super::truth::Truth;
use super::{Account, Counts};

pub(super) struct Seen {
    pub(super) orders: Orders,
    pub(super) truth: Truth,
    pub(super) counts: Counts,
    law: Law,
    digest: Digest,
}

impl Seen {
    pub(super) fn new(law: Law, cash: &[(StrategyId, Money)]) -> Self {
        Self {
            orders: Orders::default(),
            truth: Truth::new(cash),
            counts: Counts::default(),
            law,
            digest: Digest::default(),
        }
    }

    pub(super) fn hash(&self) -> ResultHash {
        self.digest.result()
    }

    pub(super) fn has_sold(&self, strategy: StrategyId, symbol: Symbol) -> bool {
        let own = self.orders.of(strategy);
        let mut sales = own.filter(|o| (o.spec.symbol(), o.spec.side()) == (symbol, Side::Sell));
        sales.any(|order| !order.filled.is_zero())
    }

    pub(super) fn accounts(&self) -> Vec<Account> {
        self.truth.start().map(|(strategy, start)| self.account(strategy, start)).collect()
    }

    fn account(&self, strategy: StrategyId, start: Money) -> Account {
        let cash = self.truth.cash(strategy);
        let own = self.truth.nets().filter(|((owner, _), _)| *owner == strategy);
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
            worth: self.truth.worth(strategy).unwrap_or(cash),
        }
    }

    /// A process says something.
    pub(super) fn said(&mut self, now: Ts, envelope: &Envelope) -> Result<(), String> {
        self.digest.add(envelope);
        match &envelope.event {
            Event::Approved(approval) => return self.approved(now, envelope, approval),
            Event::AmendApproved(approval) => return self.change_approved(now, envelope, approval),
            Event::Refused(_) => self.counts.refusals += 1,
            Event::Mark(mark) => self.truth.marked(mark),
            // Everything here is honest, so whoever doubts the books has miscounted.
            Event::KillState(KillState {
                level: Some(_), trigger: KillTrigger::Reconcile, ..
            }) => {
                return Err(format!("{:?} doubts the books", envelope.src));
            }
            Event::KillState(state) if envelope.src == Source::RiskEngine => {
                self.law.switched(state.level);
            }
            Event::Order(update) => {
                self.counts.unknown += u64::from(update.state == OrderState::Unknown);
                self.orders.told(update);
            }
            Event::Fill(fill) => return self.truth.told(fill),
            request => self.orders.requested(request),
        }
        Ok(())
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
        let (decided, spec) = (envelope.ts, approval.spec);
        self.judged(&Granted { heard: now, decided, corr, spec, change: false })
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
        let (decided, spec) = (envelope.ts, approval.spec);
        self.judged(&Granted { heard: now, decided, corr, spec, change: true })
    }

    fn judged(&mut self, granted: &Granted) -> Result<(), String> {
        self.law.allows(&self.truth, &self.orders, granted)
    }

    /// The file of the kill switch was read.
    pub(super) fn polled(&mut self, now: Ts, reading: KillReading) {
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
