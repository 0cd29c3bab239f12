//! The shadow of the gate: works every decision out from what was told, from scratch and each time
//! anew. It keeps no sums, shares no code with the gate, and is as plain as it can be.
#![allow(clippy::unwrap_used, reason = "a bench for tests")]

use std::collections::BTreeMap;

use contracts::{
    Bps, Fill, Instrument, KillReading, Lifetime, Money, Net, OrderId, OrderKind, OrderSpec,
    OrderState, OrderUpdate, Price, Qty, Reason, Rounding, Side, Span, StrategyId, Symbol, Ts,
};
use risk::Limits;

use crate::world::book;

/// What the gate has been told, as it was told.
pub(crate) struct Shadow {
    pub(crate) limits: Limits,
    /// Whether only owned cash and inventory may be used.
    pub(crate) spot: bool,
    pub(crate) instruments: BTreeMap<Symbol, Instrument>,
    /// The marks that the gate said it judges by; bid, ask and last are one price here.
    pub(crate) marks: BTreeMap<Symbol, (Price, Ts, bool)>,
    pub(crate) orders: BTreeMap<OrderId, Told>,
    pub(crate) net: BTreeMap<(StrategyId, Symbol), Net>,
    pub(crate) cash: BTreeMap<StrategyId, Money>,
    pub(crate) paused: Vec<StrategyId>,
    pub(crate) tripped: bool,
    /// What the kill source said last and when, where there is one.
    pub(crate) source: Option<(KillReading, Ts)>,
    pub(crate) day: i64,
    pub(crate) baseline: Money,
    pub(crate) highest: Money,
    pub(crate) capped: Option<i64>,
}

/// An approved order, as far as its end has been told.
pub(crate) struct Told {
    pub(crate) who: StrategyId,
    pub(crate) spec: OrderSpec,
    pub(crate) booked: Qty,
    pub(crate) end: Option<Qty>,
    pub(crate) unknown: bool,
    /// The market has reached its trigger.
    pub(crate) awake: bool,
    pub(crate) pending: Vec<(u32, OrderSpec)>,
}

/// What is asked.
#[derive(Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) now: Ts,
    pub(crate) who: StrategyId,
    pub(crate) spec: OrderSpec,
    pub(crate) expires: Ts,
    /// The order that is to be changed.
    pub(crate) amends: Option<OrderId>,
}

impl Told {
    fn specs(&self) -> Vec<OrderSpec> {
        self.pending.iter().map(|(_, spec)| *spec).chain([self.spec]).collect()
    }

    pub(crate) fn open(&self) -> Qty {
        let most = self.specs().into_iter().map(|spec| spec.qty()).max().unwrap();
        self.end.unwrap_or(most).saturating_minus(self.booked)
    }

    /// The market has traded at those prices.
    pub(crate) fn reached(&mut self, low: Price, high: Price) {
        self.awake |= self.spec.trigger().is_some_and(|at| wakes(self.spec.side(), at, low, high));
    }

    fn worst(&self) -> Price {
        let limits = self.specs().into_iter().map(|spec| spec.limit().unwrap());
        match self.spec.side() {
            Side::Buy => limits.max().unwrap(),
            Side::Sell => limits.min().unwrap(),
        }
    }
}

/// A stop that buys wakes when the price has risen to its trigger, one that sells when it has fallen.
fn wakes(side: Side, trigger: Price, low: Price, high: Price) -> bool {
    if side == Side::Buy { trigger <= high } else { trigger >= low }
}

impl Shadow {
    pub(crate) fn equity(&self) -> Money {
        let held = self.net.iter().map(|((_, symbol), net)| {
            let (price, ..) = self.marks[symbol];
            price.value(*net).unwrap()
        });
        held.chain(self.cash.values().copied()).sum()
    }

    pub(crate) fn turn_day(&mut self, now: Ts) {
        if now.day() > self.day {
            (self.day, self.baseline) = (now.day(), self.equity());
        }
    }

    pub(crate) fn moved(&mut self) {
        self.highest = self.highest.max(self.equity());
    }

    pub(crate) fn watch(&mut self) {
        let loss = self.baseline - self.equity();
        if loss > self.limits.daily_loss_cap {
            self.capped = Some(self.day);
        }
        self.tripped |= loss > self.limits.daily_loss_kill
            || self.highest - self.equity() > self.limits.drawdown_kill;
    }

    /// A part of an order has traded.
    pub(crate) fn fill(&mut self, who: StrategyId, fill: &Fill) {
        book(&mut self.net, &mut self.cash, who, fill);
        if let Some(told) = self.orders.get_mut(&fill.id) {
            told.booked = told.booked.plus(fill.qty).unwrap();
        }
        self.forget_finished();
        self.moved();
        self.watch();
    }

    /// An order stands like this.
    pub(crate) fn update(&mut self, update: &OrderUpdate) {
        if let Some(told) = self.orders.get_mut(&update.id) {
            told.spec = told.spec.amended(update.qty, update.limit, None).unwrap();
            told.unknown = update.state == OrderState::Unknown;
            told.pending.retain(|(number, _)| update.settles != Some(*number));
            if update.state.is_done() {
                (told.end, told.pending) = (Some(update.filled), Vec::new());
            }
        }
        self.forget_finished();
    }

    fn forget_finished(&mut self) {
        self.orders.retain(|_, told| told.end.is_none_or(|end| told.booked < end));
    }

    /// The order as it must be approved, or every reason why it must not.
    pub(crate) fn judge(&self, wish: &Wish) -> Result<OrderSpec, Vec<Reason>> {
        let (mark, ..) = self.marks[&wish.spec.symbol()];
        let spec = self.bounded(wish.spec, mark);
        let reducing = self.is_reducing(wish, spec);
        let mut broken = self.always(wish, spec, reducing);
        let limits = self.limits(wish, spec);
        // What only its shrinking excuses from a limit is approved as an order that only reduces.
        let spec = if limits.is_empty() || !reducing { spec } else { spec.reduce_only() };
        broken.extend(limits.into_iter().filter(|_| !reducing));
        broken.sort();
        if broken.is_empty() { Ok(spec) } else { Err(broken) }
    }

    /// The limits that hold for whatever does more than shrink.
    fn limits(&self, wish: &Wish, spec: OrderSpec) -> Vec<Reason> {
        let (mark, seen, live) = self.marks[&spec.symbol()];
        let mut broken = self.exposed(wish, spec);
        let mut more = |reason, is_broken: bool| broken.extend(is_broken.then_some(reason));
        let symbol = spec.symbol();
        let of_symbol = || self.orders.values().filter(|told| told.spec.symbol() == symbol);
        more(Reason::StrategyPaused, self.paused.contains(&wish.who));
        more(Reason::DailyLoss, self.capped == Some(wish.now.day()));
        more(Reason::StalePrice, wish.now.since(seen) > self.limits.price_age_max);
        more(Reason::FeedUnsafe, !live);
        more(Reason::OrderUnknown, of_symbol().any(|told| told.unknown));
        let notional = judged(spec, mark).cost(spec.qty()).unwrap();
        more(Reason::OrderNotional, notional > self.limits.order_notional_max);
        more(Reason::Balance, self.overspends(wish, spec));
        broken
    }

    fn always(&self, wish: &Wish, spec: OrderSpec, reducing: bool) -> Vec<Reason> {
        let mut broken = Vec::new();
        let mut rule = |reason, is_broken: bool| broken.extend(is_broken.then_some(reason));
        let instrument = &self.instruments[&spec.symbol()];
        let (mark, ..) = self.marks[&spec.symbol()];
        rule(Reason::Expired, wish.now > wish.expires);
        let way_out = reducing && spec.is_reduce_only();
        rule(Reason::KillSwitch, self.tripped && !way_out);
        rule(Reason::KillSwitchUnknown, !self.tripped && self.unread(wish.now) && !way_out);
        rule(Reason::SelfCross, !way_out && self.crosses(wish, spec));
        rule(Reason::NotReducing, spec.is_reduce_only() && !reducing);
        let on_tick =
            |price: Option<Price>| price.is_none_or(|p| p.is_multiple_of(instrument.tick));
        rule(Reason::Tick, !on_tick(spec.limit()) || !on_tick(spec.trigger()));
        let open = self.orders.len() + usize::from(wish.amends.is_none());
        rule(Reason::OpenOrders, open > self.limits.open_orders_max as usize && !reducing);
        rule(Reason::Lot, !spec.qty().is_multiple_of(instrument.lot));
        rule(Reason::QtyMin, spec.qty() < instrument.qty_min);
        let notional = judged(spec, mark).cost(spec.qty()).unwrap();
        rule(Reason::CostMin, notional < instrument.cost_min);
        let edge = self.edge(spec.trigger().unwrap_or(mark), spec);
        let limit = spec.limit().unwrap();
        let beyond = if spec.side() == Side::Buy { limit > edge } else { limit < edge };
        rule(Reason::PriceCollar, beyond);
        if self.spot && spec.side() == Side::Sell {
            let (own, _, sells) = self.stake(Some(wish.who), spec.symbol(), wish, spec);
            rule(Reason::Inventory, Net::from(sells) > own.max(Net::ZERO));
        }
        broken
    }

    /// Whether nobody knows what the kill source says.
    fn unread(&self, now: Ts) -> bool {
        self.source.is_some_and(|(reading, at)| {
            reading != KillReading::Clear || now.since(at) > Span::SECOND
        })
    }

    /// Position, purchases and sales of a strategy or of all, with the order in.
    fn stake(
        &self,
        who: Option<StrategyId>,
        symbol: Symbol,
        wish: &Wish,
        spec: OrderSpec,
    ) -> (Net, Qty, Qty) {
        let own = |of: StrategyId| who.is_none_or(|who| who == of);
        let held = self.net.iter().filter(|((of, at), _)| own(*of) && *at == symbol);
        let net = held.fold(Net::ZERO, |sum, (_, net)| sum + *net);
        let (mut buys, mut sells) = (Qty::ZERO, Qty::ZERO);
        let mut add = |side, open| {
            let sum = if side == Side::Buy { &mut buys } else { &mut sells };
            *sum = sum.plus(open).unwrap();
        };
        for (id, told) in &self.orders {
            if own(told.who) && told.spec.symbol() == symbol {
                let after = spec.qty().saturating_minus(told.booked);
                let changed = wish.amends == Some(*id);
                add(told.spec.side(), if changed { told.open().max(after) } else { told.open() });
            }
        }
        if wish.amends.is_none() && own(wish.who) && spec.symbol() == symbol {
            add(spec.side(), spec.qty());
        }
        (net, buys, sells)
    }

    fn is_reducing(&self, wish: &Wish, spec: OrderSpec) -> bool {
        [Some(wish.who), None].into_iter().all(|who| {
            let (net, buys, sells) = self.stake(who, spec.symbol(), wish, spec);
            match spec.side() {
                Side::Buy => net < Net::ZERO && buys <= net.size(),
                Side::Sell => net > Net::ZERO && sells <= net.size(),
            }
        })
    }

    fn exposed(&self, wish: &Wish, spec: OrderSpec) -> Vec<Reason> {
        let (mut symbol_gross, mut own_gross, mut gross) = (Money::ZERO, Money::ZERO, Money::ZERO);
        let (mut up, mut down) = (Money::ZERO, Money::ZERO);
        for (symbol, (mark, ..)) in &self.marks {
            for who in self.cash.keys() {
                let (net, buys, sells) = self.stake(Some(*who), *symbol, wish, spec);
                let (long, short) = (net + Net::from(buys), net - Net::from(sells));
                let value = mark.cost(long.size().max(short.size())).unwrap();
                gross += value;
                symbol_gross += if *symbol == spec.symbol() { value } else { Money::ZERO };
                own_gross += if *who == wish.who { value } else { Money::ZERO };
                up += mark.value(long).unwrap();
                down += mark.value(short).unwrap();
            }
        }
        let limits = &self.limits;
        let figures = [
            (Reason::SymbolGross, symbol_gross, limits.symbol_gross_max),
            (Reason::StrategyGross, own_gross, limits.strategy_gross_max),
            (Reason::PortfolioGross, gross, limits.portfolio_gross_max),
            (Reason::PortfolioNet, up.abs().max(down.abs()), limits.portfolio_net_max),
        ];
        figures.into_iter().filter(|(_, found, most)| found > most).map(|(r, ..)| r).collect()
    }

    fn overspends(&self, wish: &Wish, spec: OrderSpec) -> bool {
        if !self.spot || spec.side() == Side::Sell {
            return false;
        }
        let cost = |price: Price, qty: Qty| {
            let cost = price.cost(qty).unwrap();
            cost + cost.at_rate(self.limits.fee_max, 12, Rounding::Ceil).unwrap()
        };
        let buys = self
            .orders
            .iter()
            .filter(|(_, told)| told.who == wish.who && told.spec.side() == Side::Buy);
        let mut needed: Money = buys
            .map(|(id, told)| {
                if wish.amends == Some(*id) {
                    let open = told.open().max(spec.qty().saturating_minus(told.booked));
                    return cost(told.worst().max(spec.limit().unwrap()), open);
                }
                cost(told.worst(), told.open())
            })
            .sum();
        if wish.amends.is_none() {
            needed += cost(spec.limit().unwrap(), spec.qty());
        }
        needed > self.cash[&wish.who]
    }

    fn crosses(&self, wish: &Wish, spec: OrderSpec) -> bool {
        let limit = spec.limit().unwrap();
        let others = self.orders.iter().filter(|(id, told)| {
            wish.amends != Some(**id)
                && told.spec.symbol() == spec.symbol()
                && told.spec.side() != spec.side()
                && (told.awake || told.spec.trigger().is_none())
        });
        let (mark, ..) = self.marks[&spec.symbol()];
        let reached = |trigger| wakes(spec.side(), trigger, mark, mark);
        let awake = wish.amends.is_some_and(|id| self.orders[&id].awake);
        (awake || spec.trigger().is_none_or(reached))
            && others.map(|(_, told)| told.worst()).any(|other| match spec.side() {
                Side::Buy => limit >= other,
                Side::Sell => limit <= other,
            })
    }

    /// The worst price that the collar allows from `from`.
    fn edge(&self, from: Price, spec: OrderSpec) -> Price {
        let tick = self.instruments[&spec.symbol()].tick;
        let bps = self.limits.collar.get();
        let (bps, rounding) = match spec.side() {
            Side::Buy => (bps, Rounding::Floor),
            Side::Sell => (-bps, Rounding::Ceil),
        };
        from.shifted(Bps::new(bps), rounding).unwrap().round_to(tick, rounding).unwrap()
    }

    fn bounded(&self, spec: OrderSpec, mark: Price) -> OrderSpec {
        if spec.kind() != OrderKind::Market {
            return spec;
        }
        let kind = OrderKind::Limit(self.edge(mark, spec));
        let bounded =
            OrderSpec::new(spec.symbol(), spec.side(), spec.qty(), kind, Lifetime::Immediate);
        if spec.is_reduce_only() { bounded.unwrap().reduce_only() } else { bounded.unwrap() }
    }
}

/// The price at which the size of an order is judged.
fn judged(spec: OrderSpec, mark: Price) -> Price {
    let limit = spec.limit().unwrap();
    match (spec.side(), spec.lifetime()) {
        (Side::Buy, Lifetime::Immediate) => limit.min(mark),
        (Side::Buy, _) => limit,
        (Side::Sell, _) => limit.max(mark),
    }
}
