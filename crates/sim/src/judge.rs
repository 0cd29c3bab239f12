//! The judge: sees everything that is said and done, works out the truth by itself, and objects.
//!
//! It shares no code with the machines it judges. Its truth is what the venue did; its law is that no
//! order exists without an approval, none exists twice, nothing is booked twice or invented, nobody
//! spends what he does not have, and no limit is exceeded.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use contracts::{
    Envelope, Event, Fill, Money, Net, OrderId, OrderSpec, Price, Qty, Side, StrategyId, Ts,
    VenueRef,
};
use kernel::{Digest, ResultHash};
use risk::Limits;

use crate::world::{Happening, Observer};

/// What the judge has seen. Shared, so that it can be asked when all is over.
#[derive(Clone)]
pub struct Judge(Rc<RefCell<Seen>>);

struct Seen {
    limits: Limits,
    cash: BTreeMap<StrategyId, Money>,
    approved: BTreeMap<OrderId, Approved>,
    /// Approved changes, by number.
    amends: BTreeMap<u32, (OrderId, Qty, Option<Price>)>,
    submitted: BTreeSet<OrderId>,
    executed: BTreeMap<VenueRef, Fill>,
    told: BTreeSet<VenueRef>,
    net: BTreeMap<StrategyId, Net>,
    mark: Option<Price>,
    digest: Digest,
    counts: Counts,
}

struct Approved {
    strategy: StrategyId,
    spec: OrderSpec,
    /// The most it was ever allowed to be for.
    most: Qty,
    /// What it is for now, as far as is settled.
    qty: Qty,
    /// Changes that are not settled.
    pending: Vec<(u32, Qty)>,
    filled: Qty,
    /// Nothing more can come of it.
    over: bool,
}

/// How much there was of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Orders that were approved.
    pub approvals: u64,
    /// Intents that were refused.
    pub refusals: u64,
    /// Orders that reached the venue.
    pub submits: u64,
    /// Executions.
    pub executions: u64,
    /// Crashes.
    pub crashes: u64,
    /// Requests that were lost on their way to the venue.
    pub lost: u64,
    /// Orders whose fate was unknown at some time.
    pub unknown: u64,
}

impl Judge {
    /// A judge who knows the limits and the cash that each strategy began with.
    pub fn new(limits: Limits, cash: &[(StrategyId, Money)]) -> Self {
        Self(Rc::new(RefCell::new(Seen {
            limits,
            cash: cash.iter().copied().collect(),
            approved: BTreeMap::new(),
            amends: BTreeMap::new(),
            submitted: BTreeSet::new(),
            executed: BTreeMap::new(),
            told: BTreeSet::new(),
            net: BTreeMap::new(),
            mark: None,
            digest: Digest::default(),
            counts: Counts::default(),
        })))
    }

    /// How much there was of what.
    pub fn counts(&self) -> Counts {
        self.0.borrow().counts
    }

    /// The hash of everything that was decided.
    pub fn hash(&self) -> ResultHash {
        self.0.borrow().digest.result()
    }

    /// What a strategy truly holds and has, by the venue's executions alone.
    pub fn truth(&self, strategy: StrategyId) -> (Net, Money) {
        let seen = self.0.borrow();
        let net = seen.net.get(&strategy).copied().unwrap_or(Net::ZERO);
        (net, seen.cash.get(&strategy).copied().unwrap_or(Money::ZERO))
    }

    /// Executions that happened and were never told.
    pub fn untold(&self) -> usize {
        let seen = self.0.borrow();
        seen.executed.keys().filter(|exec| !seen.told.contains(exec)).count()
    }
}

impl Observer for Judge {
    fn happened(&mut self, _now: Ts, what: Happening<'_>) -> Result<(), String> {
        let mut seen = self.0.borrow_mut();
        match what {
            Happening::Said(_, envelope) => seen.said(envelope),
            Happening::VenueTook(request) => seen.venue_took(&request.event),
            Happening::VenueSaid(report) => seen.venue_said(&report.event),
            Happening::Crashed(..) => {
                seen.counts.crashes += 1;
                Ok(())
            }
            Happening::Lost(_) => {
                seen.counts.lost += 1;
                Ok(())
            }
            Happening::Restarted(_) => Ok(()),
        }
    }
}

impl Seen {
    fn said(&mut self, envelope: &Envelope) -> Result<(), String> {
        self.digest.add(envelope);
        match &envelope.event {
            Event::Approved(approval) => {
                let strategy = envelope.corr.ok_or("an approval for nobody")?.strategy;
                let spec = approval.spec;
                let approved = Approved {
                    strategy,
                    spec,
                    most: spec.qty(),
                    qty: spec.qty(),
                    pending: Vec::new(),
                    filled: Qty::ZERO,
                    over: false,
                };
                if self.approved.insert(approval.id, approved).is_some() {
                    return Err(format!("order {} approved twice", approval.id));
                }
                self.counts.approvals += 1;
                self.limits_hold(strategy, &spec)
            }
            Event::AmendApproved(approval) => {
                let change = (approval.id, approval.spec.qty(), approval.spec.limit());
                self.amends.insert(approval.number, change);
                let known = self.approved.get_mut(&approval.id);
                let known = known.ok_or("a change of an order that was never approved")?;
                known.most = known.most.max(approval.spec.qty());
                known.pending.push((approval.number, approval.spec.qty()));
                Ok(())
            }
            Event::Refused(_) => {
                self.counts.refusals += 1;
                Ok(())
            }
            Event::Mark(mark) => {
                self.mark = mark.value_price().or(self.mark);
                Ok(())
            }
            Event::Order(update) => {
                self.counts.unknown += u64::from(update.state == contracts::OrderState::Unknown);
                if let Some(approved) = self.approved.get_mut(&update.id) {
                    approved.over |= update.state.is_done();
                    if let Some(settled) = update.settles {
                        approved.qty = update.qty;
                        approved.pending.retain(|(number, _)| *number > settled);
                    }
                }
                Ok(())
            }
            Event::Fill(fill) => self.fill_told(fill),
            _ => Ok(()),
        }
    }

    fn fill_told(&mut self, fill: &Fill) -> Result<(), String> {
        match self.executed.get(&fill.exec) {
            Some(truth) if truth == fill => {}
            Some(_) => return Err(format!("execution {} was told differently", fill.exec)),
            None => return Err(format!("execution {} was invented", fill.exec)),
        }
        if self.told.insert(fill.exec) {
            Ok(())
        } else {
            Err(format!("execution {} was told twice", fill.exec))
        }
    }

    fn venue_took(&mut self, request: &Event) -> Result<(), String> {
        match request {
            Event::Submit(submit) => {
                let approved = self.approved.get(&submit.id);
                let approved = approved.ok_or(format!("order {} without approval", submit.id))?;
                if approved.spec != submit.spec {
                    return Err(format!("order {} is not the approved one", submit.id));
                }
                self.counts.submits += 1;
                if self.submitted.insert(submit.id) {
                    Ok(())
                } else {
                    Err(format!("order {} was sent twice", submit.id))
                }
            }
            Event::AmendOrder(amend) => match self.amends.get(&amend.number) {
                Some((id, qty, limit))
                    if (*id, *qty, *limit) == (amend.id, amend.qty, amend.limit) =>
                {
                    Ok(())
                }
                _ => Err(format!("change {} of {} without approval", amend.number, amend.id)),
            },
            _ => Ok(()),
        }
    }

    fn venue_said(&mut self, report: &Event) -> Result<(), String> {
        let Event::Executed(fill) = report else { return Ok(()) };
        if self.executed.insert(fill.exec, *fill).is_some() {
            return Ok(());
        }
        self.counts.executions += 1;
        let approved = self.approved.get_mut(&fill.id);
        let approved = approved.ok_or(format!("execution of {} without approval", fill.id))?;
        let filled = approved.filled.plus(fill.qty).map_err(|error| error.to_string())?;
        if filled > approved.most {
            return Err(format!("order {} traded {filled} of {}", fill.id, approved.most));
        }
        approved.filled = filled;
        let strategy = approved.strategy;
        let cost = fill.price.cost(fill.qty).map_err(|error| error.to_string())?;
        let net = self.net.entry(strategy).or_default();
        *net += Net::of(fill.side, fill.qty);
        let cash = self.cash.entry(strategy).or_default();
        match fill.side {
            Side::Buy => *cash -= cost,
            Side::Sell => *cash += cost,
        }
        *cash -= fill.fee;
        if *net < Net::ZERO {
            return Err(format!("{strategy} sold what it does not have: {net:?} by {}", fill.id));
        }
        if cash.is_negative() {
            return Err(format!("{strategy} spent what it does not have: {cash:?} by {}", fill.id));
        }
        Ok(())
    }

    /// By the truth (what the venue did, and what it may still do) the limits hold with the new order.
    fn limits_hold(&self, strategy: StrategyId, spec: &OrderSpec) -> Result<(), String> {
        let Some(mark) = self.mark.filter(|_| spec.side() == Side::Buy) else { return Ok(()) };
        let (own, all) = (self.gross(Some(strategy), mark)?, self.gross(None, mark)?);
        let limits = &self.limits;
        let most = limits.portfolio_gross_max.min(limits.symbol_gross_max);
        if own > limits.strategy_gross_max || all > most {
            return Err(format!("{strategy} approved to {own:?}, all to {all:?} at {mark}"));
        }
        Ok(())
    }

    fn gross(&self, strategy: Option<StrategyId>, mark: Price) -> Result<Money, String> {
        let own = |held: &StrategyId| strategy.is_none_or(|strategy| strategy == *held);
        let mut long = Qty::ZERO;
        for (_, net) in self.net.iter().filter(|(held, _)| own(held)) {
            long = long.plus(net.size()).map_err(|error| error.to_string())?;
        }
        let open = self.approved.values().filter(|order| own(&order.strategy) && !order.over);
        for order in open.filter(|order| order.spec.side() == Side::Buy) {
            let pending = order.pending.iter().map(|(_, qty)| *qty);
            let qty = pending.fold(order.qty, Qty::max);
            let rest = qty.saturating_minus(order.filled);
            long = long.plus(rest).map_err(|error| error.to_string())?;
        }
        mark.cost(long).map_err(|error| error.to_string())
    }
}
