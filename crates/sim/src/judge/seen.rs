//! What the judge has seen, and the law by which it objects.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{
    AmendOrder, Approval, Corr, Envelope, Event, Fill, Money, Net, OrderId, OrderSpec, OrderUpdate,
    Origin, OutOfRange, Price, Qty, Side, StrategyId, Submit, Symbol, VenueRef,
};
use kernel::{Digest, ResultHash};
use risk::Limits;

use super::{Account, Counts};

/// Everything that happened so far, by order and execution.
pub(super) struct Seen {
    limits: Limits,
    start: BTreeMap<StrategyId, Money>,
    cash: BTreeMap<StrategyId, Money>,
    approved: BTreeMap<OrderId, Approved>,
    /// Those of which more may come.
    open: BTreeSet<OrderId>,
    /// Approved changes, by number.
    amends: BTreeMap<u32, (OrderId, OrderSpec)>,
    submitted: BTreeSet<OrderId>,
    executed: BTreeMap<VenueRef, Fill>,
    told: BTreeSet<VenueRef>,
    net: BTreeMap<(StrategyId, Symbol), Net>,
    marks: BTreeMap<Symbol, Price>,
    digest: Digest,
    pub(super) counts: Counts,
}

/// An order that was approved.
struct Approved {
    strategy: StrategyId,
    origin: Origin,
    spec: OrderSpec,
    /// The most it was ever allowed to be for.
    most: Qty,
    /// What it is for now, as far as is settled.
    qty: Qty,
    /// Changes that are not settled.
    pending: Vec<(u32, Qty)>,
    filled: Qty,
    executions: u64,
}

impl Approved {
    /// The most that may still trade of it.
    fn rest(&self) -> Qty {
        let most = self.pending.iter().fold(self.qty, |most, (_, qty)| most.max(*qty));
        most.saturating_minus(self.filled)
    }
}

impl Seen {
    pub(super) fn new(limits: Limits, cash: &[(StrategyId, Money)]) -> Self {
        Self {
            limits,
            start: cash.iter().copied().collect(),
            cash: cash.iter().copied().collect(),
            approved: BTreeMap::new(),
            open: BTreeSet::new(),
            amends: BTreeMap::new(),
            submitted: BTreeSet::new(),
            executed: BTreeMap::new(),
            told: BTreeSet::new(),
            net: BTreeMap::new(),
            marks: BTreeMap::new(),
            digest: Digest::default(),
            counts: Counts::default(),
        }
    }

    pub(super) fn hash(&self) -> ResultHash {
        self.digest.result()
    }

    pub(super) fn net(&self, strategy: StrategyId, symbol: Symbol) -> Net {
        self.net.get(&(strategy, symbol)).copied().unwrap_or(Net::ZERO)
    }

    pub(super) fn cash(&self, strategy: StrategyId) -> Money {
        self.cash.get(&strategy).copied().unwrap_or(Money::ZERO)
    }

    pub(super) fn is_exit(&self, id: OrderId) -> bool {
        self.approved.get(&id).is_some_and(|order| order.origin == Origin::Protector)
    }

    pub(super) fn filled(&self, id: OrderId) -> Qty {
        self.approved.get(&id).map_or(Qty::ZERO, |order| order.filled)
    }

    pub(super) fn has_sold(&self, strategy: StrategyId, symbol: Symbol) -> bool {
        let own = self.approved.values().filter(|order| order.strategy == strategy);
        let mut sales = own.filter(|o| (o.spec.symbol(), o.spec.side()) == (symbol, Side::Sell));
        sales.any(|order| !order.filled.is_zero())
    }

    pub(super) fn untold(&self) -> usize {
        self.executed.keys().filter(|exec| !self.told.contains(exec)).count()
    }

    pub(super) fn accounts(&self) -> Vec<Account> {
        self.start.iter().map(|(strategy, start)| self.account(*strategy, *start)).collect()
    }

    fn account(&self, strategy: StrategyId, start: Money) -> Account {
        let orders = || self.approved.values().filter(move |order| order.strategy == strategy);
        let held: Vec<(Symbol, Net)> = self
            .net
            .iter()
            .filter(|((owner, _), net)| *owner == strategy && **net != Net::ZERO)
            .map(|((_, symbol), net)| (*symbol, *net))
            .collect();
        let cash = self.cash(strategy);
        let worth = held.iter().try_fold(cash, |sum, (symbol, net)| {
            let value = self.marks.get(symbol).and_then(|mark| mark.value(*net).ok());
            sum.plus(value.unwrap_or(Money::ZERO))
        });
        Account {
            strategy,
            approvals: orders().count() as u64,
            executions: orders().map(|order| order.executions).sum(),
            start,
            cash,
            held,
            worth: worth.unwrap_or(cash),
        }
    }

    // ── what processes say ───────────────────────────────────────────────────────────────────────

    pub(super) fn said(&mut self, envelope: &Envelope) -> Result<(), String> {
        self.digest.add(envelope);
        match &envelope.event {
            Event::Approved(approval) => self.approved(envelope.corr, approval),
            Event::AmendApproved(approval) => self.change_approved(approval),
            Event::Refused(_) => {
                self.counts.refusals += 1;
                Ok(())
            }
            Event::Mark(mark) => {
                if let Some(price) = mark.value_price() {
                    self.marks.insert(mark.symbol, price);
                }
                Ok(())
            }
            Event::Order(update) => {
                self.told_of(update);
                Ok(())
            }
            Event::Fill(fill) => self.fill_told(fill),
            _ => Ok(()),
        }
    }

    fn approved(&mut self, corr: Option<Corr>, approval: &Approval) -> Result<(), String> {
        let Corr { strategy, origin, .. } = corr.ok_or("an approval for nobody")?;
        let spec = approval.spec;
        let order = Approved {
            strategy,
            origin,
            spec,
            most: spec.qty(),
            qty: spec.qty(),
            pending: Vec::new(),
            filled: Qty::ZERO,
            executions: 0,
        };
        if self.approved.insert(approval.id, order).is_some() {
            return Err(format!("order {} approved twice", approval.id));
        }
        self.open.insert(approval.id);
        self.counts.approvals += 1;
        if origin == Origin::Protector && !spec.is_reduce_only() {
            return Err(format!("exit order {} may do more than reduce", approval.id));
        }
        self.limits_hold(strategy, &spec)
    }

    fn change_approved(&mut self, approval: &Approval) -> Result<(), String> {
        let (id, spec, number) = (approval.id, approval.spec, approval.number);
        self.amends.insert(number, (id, spec));
        let known = self.approved.get_mut(&id);
        let known = known.ok_or("a change of an order that was never approved")?;
        known.most = known.most.max(spec.qty());
        known.pending.push((number, spec.qty()));
        let strategy = known.strategy;
        self.limits_hold(strategy, &spec)
    }

    fn told_of(&mut self, update: &OrderUpdate) {
        self.counts.unknown += u64::from(update.state == contracts::OrderState::Unknown);
        let Some(approved) = self.approved.get_mut(&update.id) else { return };
        if update.state.is_done() {
            self.open.remove(&update.id);
        }
        if let Some(settled) = update.settles {
            approved.qty = update.qty;
            approved.pending.retain(|(number, _)| *number != settled);
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

    // ── what happens at the venue ────────────────────────────────────────────────────────────────

    pub(super) fn venue_took(&mut self, request: &Event) -> Result<(), String> {
        match request {
            Event::Submit(submit) => self.submitted(submit),
            Event::AmendOrder(amend) => self.amended(amend),
            _ => Ok(()),
        }
    }

    fn submitted(&mut self, submit: &Submit) -> Result<(), String> {
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

    fn amended(&self, amend: &AmendOrder) -> Result<(), String> {
        let asked = (amend.id, amend.qty, amend.limit, amend.trigger);
        let granted = self.amends.get(&amend.number);
        let granted = granted.map(|(id, spec)| (*id, spec.qty(), spec.limit(), spec.trigger()));
        if granted == Some(asked) {
            Ok(())
        } else {
            Err(format!("change {} of {} without approval", amend.number, amend.id))
        }
    }

    pub(super) fn venue_said(&mut self, report: &Event) -> Result<(), String> {
        let Event::Executed(fill) = report else { return Ok(()) };
        if self.executed.insert(fill.exec, *fill).is_some() {
            return Ok(());
        }
        self.counts.executions += 1;
        let approved = self.approved.get_mut(&fill.id);
        let approved = approved.ok_or(format!("execution of {} without approval", fill.id))?;
        let filled = approved.filled.plus(fill.qty).map_err(text)?;
        if filled > approved.most {
            return Err(format!("order {} traded {filled} of {}", fill.id, approved.most));
        }
        approved.filled = filled;
        approved.executions += 1;
        let strategy = approved.strategy;
        let cost = fill.price.cost(fill.qty).map_err(text)?;
        let net = self.net.entry((strategy, fill.symbol)).or_default();
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

    // ── limits ───────────────────────────────────────────────────────────────────────────────────

    /// By the truth (what the venue did, and what it may still do) the limits hold with the new order.
    fn limits_hold(&self, strategy: StrategyId, spec: &OrderSpec) -> Result<(), String> {
        let symbol = spec.symbol();
        if spec.side() == Side::Sell {
            return self.inventory_holds(strategy, symbol);
        }
        let gross =
            |whose: Option<StrategyId>, what: Option<Symbol>| self.gross(whose, what).map_err(text);
        let (own, one, all) =
            (gross(Some(strategy), None)?, gross(None, Some(symbol))?, gross(None, None)?);
        let limits = &self.limits;
        if own > limits.strategy_gross_max
            || one > limits.symbol_gross_max
            || all > limits.portfolio_gross_max
        {
            return Err(format!(
                "{strategy} approved to {own:?}, {symbol} to {one:?}, all to {all:?}"
            ));
        }
        Ok(())
    }

    /// A strategy never offers more than it has, whoever asks in its name.
    fn inventory_holds(&self, strategy: StrategyId, symbol: Symbol) -> Result<(), String> {
        let offered = self.rests(Side::Sell, Some(strategy), symbol).map_err(text)?;
        let held = self.net(strategy, symbol);
        if Net::of(Side::Buy, offered) > held {
            return Err(format!("{strategy} offers {offered} of {symbol} and has {held:?}"));
        }
        Ok(())
    }

    fn rests(
        &self,
        side: Side,
        whose: Option<StrategyId>,
        symbol: Symbol,
    ) -> Result<Qty, OutOfRange> {
        let open = self.open.iter().filter_map(|id| self.approved.get(id));
        let ours = open.filter(|order| whose.is_none_or(|whose| whose == order.strategy));
        ours.filter(|order| (order.spec.side(), order.spec.symbol()) == (side, symbol))
            .try_fold(Qty::ZERO, |sum, order| sum.plus(order.rest()))
    }

    fn gross(&self, whose: Option<StrategyId>, what: Option<Symbol>) -> Result<Money, OutOfRange> {
        let symbols =
            self.marks.iter().filter(|(symbol, _)| what.is_none_or(|what| what == **symbol));
        let mut sum = Money::ZERO;
        for (symbol, mark) in symbols {
            let held = self.net.iter().filter(|((owner, traded), _)| {
                traded == symbol && whose.is_none_or(|whose| whose == *owner)
            });
            let bought = self.rests(Side::Buy, whose, *symbol)?;
            let long = held.map(|(_, net)| net.size()).try_fold(bought, Qty::plus)?;
            sum = sum.plus(mark.cost(long)?)?;
        }
        Ok(sum)
    }
}

fn text(error: OutOfRange) -> String {
    error.to_string()
}
