//! The law at the moment of an approval: what may be approved, by the truth and not by anybody's books.
//!
//! The gate knows less than the judge and has to be the more careful for it. So whatever it approves
//! as shrinking a position truly shrinks one, and everything else has to keep every limit. What it can
//! only know if it was told counts from the moment at which it was.

use contracts::{
    Approval, Bps, Corr, FeedState, Instrument, Lifetime, LimitKey, LimitValue, MarketStatus,
    Money, OrderId, OrderSpec, OutOfRange, Price, Rounding, SetLimit, Side, Span, StrategyId,
    Symbol, Ts,
};
use risk::Limits;

use super::known::Known;
use super::orders::Orders;
use super::pace::Pace;
use super::prices::Quote;
use super::scene::Scene;
use super::truth::Truth;

/// The limits, and what the law itself remembers.
pub(super) struct Law {
    pub(super) limits: Limits,
    /// Nobody sells what it does not have.
    spot: bool,
    pace: Pace,
    /// When the file of the kill switch was last read and said go on.
    clear_at: Option<Ts>,
}

/// A source of the kill switch that was not heard for a second stops everything; clocks may differ by
/// half a second in each direction.
const SILENCE_MAX: Span = Span::from_millis(2_000);

/// An approval, as the law looks at it.
#[derive(Clone, Copy)]
pub(super) struct Granted {
    /// When the judge hears of it.
    pub(super) heard: Ts,
    /// When it was decided, by the clock of whoever decided.
    pub(super) decided: Ts,
    pub(super) corr: Corr,
    pub(super) id: OrderId,
    pub(super) spec: OrderSpec,
    pub(super) valid_until: Ts,
    /// The version of the limits that it was judged by.
    pub(super) limits: u32,
    /// A change of an order that was counted before.
    pub(super) change: bool,
}

impl Granted {
    /// An order that was not there before.
    pub(super) fn new(heard: Ts, decided: Ts, corr: Corr, approval: &Approval) -> Self {
        let Approval { id, spec, valid_until, limits, .. } = *approval;
        Self { heard, decided, corr, id, spec, valid_until, limits, change: false }
    }
}

/// Everything that the law looks at.
#[derive(Clone, Copy)]
pub(super) struct Evidence<'a> {
    pub(super) truth: &'a Truth,
    pub(super) orders: &'a Orders,
    pub(super) known: &'a Known,
}

impl Law {
    pub(super) fn new(limits: Limits, spot: bool) -> Self {
        Self { limits, spot, pace: Pace::default(), clear_at: None }
    }

    pub(super) fn polled_clear(&mut self, now: Ts) {
        self.clear_at = Some(now);
    }

    /// After an execution: nobody has sold what it did not have, or spent it.
    pub(super) fn allows_balance(
        &self,
        truth: &Truth,
        strategy: StrategyId,
        symbol: Symbol,
    ) -> Result<(), String> {
        if !self.spot {
            return Ok(());
        }
        let (net, cash) = (truth.books.net(strategy, symbol), truth.books.cash(strategy));
        if net < contracts::Net::ZERO {
            return Err(format!("{strategy} sold {symbol} that it does not have: {net:?}"));
        }
        if cash.is_negative() {
            return Err(format!("{strategy} spent what it does not have: {cash:?}"));
        }
        Ok(())
    }

    /// The gate has been told of another limit. What is tighter holds; what is looser, where an operator stands by
    /// it.
    pub(super) fn limit_changes(&mut self, change: &SetLimit) {
        let SetLimit { version, limit, value, operator, .. } = *change;
        if version <= self.limits.version {
            return;
        }
        let signed = operator.is_some();
        let limits = &mut self.limits;
        let holds = match (limit, value) {
            (LimitKey::OrderNotionalMax, LimitValue::Money { most }) => {
                takes(&mut limits.order_notional_max, most, signed)
            }
            (LimitKey::SymbolGrossMax, LimitValue::Money { most }) => {
                takes(&mut limits.symbol_gross_max, most, signed)
            }
            (LimitKey::StrategyGrossMax, LimitValue::Money { most }) => {
                takes(&mut limits.strategy_gross_max, most, signed)
            }
            (LimitKey::PortfolioGrossMax, LimitValue::Money { most }) => {
                takes(&mut limits.portfolio_gross_max, most, signed)
            }
            (LimitKey::PortfolioNetMax, LimitValue::Money { most }) => {
                takes(&mut limits.portfolio_net_max, most, signed)
            }
            (LimitKey::OpenOrdersMax, LimitValue::Count { most }) => {
                takes(&mut limits.open_orders_max, most, signed)
            }
            (LimitKey::Collar, LimitValue::Bps { most }) => takes(&mut limits.collar, most, signed),
            (LimitKey::PriceAgeMax, LimitValue::Span { most }) => {
                takes(&mut limits.price_age_max, most, signed)
            }
            (LimitKey::LiveCap, LimitValue::Money { most }) => {
                let mut cap = limits.live_cap.unwrap_or(Money::MAX);
                let holds = takes(&mut cap, most, signed);
                limits.live_cap = (cap < Money::MAX).then_some(cap);
                holds
            }
            (LimitKey::LiveCap, LimitValue::Off) if signed || limits.live_cap.is_none() => {
                limits.live_cap = None;
                true
            }
            _ => false,
        };
        if holds {
            self.limits.version = version;
        }
    }

    /// An approval is judged; what it grants is open already.
    pub(super) fn allows(&mut self, seen: Evidence<'_>, granted: &Granted) -> Result<(), String> {
        let (strategy, spec) = (granted.corr.strategy, &granted.spec);
        let (symbol, side) = (spec.symbol(), spec.side());
        let (books, orders, prices) = (&seen.truth.books, seen.orders, &seen.known.prices);
        if granted.limits != self.limits.version {
            let (by, ours) = (granted.limits, self.limits.version);
            return Err(format!("{} was judged by limits {by} where {ours} hold", granted.id));
        }
        let scene = Scene { now: granted.heard, books, orders, prices };
        let own = scene.stake(symbol, Some(strategy)).map_err(text)?;
        let all = scene.stake(symbol, None).map_err(text)?;
        if self.spot && side == Side::Sell && contracts::Net::from(own.sells) > own.net {
            let (sells, net) = (own.sells, own.net);
            return Err(format!("{strategy} offers {sells} of {symbol} and has {net:?}"));
        }
        let quote = prices.judged_by(symbol, granted.decided)?;
        let touch = quote.touch(side, granted.decided, self.limits.price_age_max);
        let rules = seen.known.rules.get(&symbol).ok_or(format!("{symbol} has no rules"))?;
        obeys(spec, rules, touch)?;
        self.collar(spec, touch)?;
        self.lasts(granted)?;
        let shrinks = own.shrinks_by(side) && all.shrinks_by(side);
        if spec.is_reduce_only() && !shrinks {
            return Err(format!("{strategy} was to shrink {symbol}, and does not"));
        }
        let may_rest = spec.trigger().is_none() && !spec.is_reduce_only();
        if let Some(other) = orders.met_by(granted.heard, granted.id, spec).filter(|_| may_rest) {
            return Err(format!(
                "{} would trade with {other}, which is ours: {spec:?}",
                granted.id
            ));
        }
        if shrinks {
            return Ok(());
        }
        self.keeps_every_limit(seen, &scene, granted, quote).map_err(|what| {
            let (net, open) = (own.net, (own.buys, own.sells));
            format!("{what}; {strategy} has {net:?} of {symbol}, open {open:?}, by {spec:?}")
        })
    }

    fn keeps_every_limit(
        &mut self,
        seen: Evidence<'_>,
        scene: &Scene<'_>,
        granted: &Granted,
        quote: &Quote,
    ) -> Result<(), String> {
        let Granted { decided, corr, ref spec, .. } = *granted;
        let (known, strategy, symbol) = (seen.known, corr.strategy, spec.symbol());
        self.switch_is_clear(known, decided)?;
        if known.is_paused(strategy) {
            return Err(format!("{strategy} is paused"));
        }
        self.price(quote, spec, decided)?;
        if let Some(id) = known.of_unknown_fate(symbol) {
            return Err(format!("nobody knows what became of {id}"));
        }
        self.size(spec)?;
        self.exposure(scene, strategy, symbol)?;
        let (open, most) = (seen.orders.open(granted.heard).count(), self.limits.open_orders_max);
        if !granted.change && open > most as usize {
            return Err(format!("{open} orders are open"));
        }
        self.pace.keeps(decided, strategy, symbol, &self.limits)?;
        known.day_allows(decided, &self.limits)
    }

    fn switch_is_clear(&self, known: &Known, now: Ts) -> Result<(), String> {
        if let Some(level) = known.tripped() {
            return Err(format!("the kill switch is tripped at {level:?}"));
        }
        match self.clear_at {
            Some(at) if now.since(at) <= SILENCE_MAX => Ok(()),
            _ => Err("nobody knows whether the kill switch is tripped".into()),
        }
    }

    /// An approval holds when it is given, and not for longer than any may.
    fn lasts(&self, granted: &Granted) -> Result<(), String> {
        let Granted { id, decided, valid_until, .. } = *granted;
        if valid_until < decided {
            return Err(format!("{id} was approved when nobody wanted it any more"));
        }
        if valid_until > decided + self.limits.approval_ttl {
            return Err(format!("{id} was approved for longer than any may"));
        }
        Ok(())
    }

    fn collar(&self, spec: &OrderSpec, touch: Option<Price>) -> Result<(), String> {
        let (Some(limit), Some(from)) = (spec.limit(), spec.trigger().or(touch)) else {
            return Ok(());
        };
        let beyond = match spec.side() {
            Side::Buy => {
                from.shifted(self.limits.collar, Rounding::Floor).is_some_and(|edge| limit > edge)
            }
            Side::Sell => {
                from.shifted(self.inwards(), Rounding::Ceil).is_some_and(|edge| limit < edge)
            }
        };
        if beyond {
            return Err(format!("a price of {limit} is beyond the collar around {from}"));
        }
        Ok(())
    }

    fn inwards(&self) -> Bps {
        Bps::new(-self.limits.collar.get())
    }

    fn price(&self, quote: &Quote, spec: &OrderSpec, now: Ts) -> Result<(), String> {
        let (symbol, state) = (spec.symbol(), quote.state);
        let age = quote.age(spec.side(), now).ok_or(format!("{symbol} has no price"))?;
        if age > self.limits.price_age_max {
            return Err(format!("a price of {symbol} is {} ms old", age.millis()));
        }
        if state != FeedState::Live {
            return Err(format!("{symbol} is not seen well: {state:?}"));
        }
        Ok(())
    }

    fn size(&self, spec: &OrderSpec) -> Result<(), String> {
        let worst = spec.limit().or(spec.trigger()).ok_or("an order without a worst price")?;
        // An immediate purchase is measured where it trades, which is within the collar; all that may rest, and
        // what a live order may cost at all, at the worst price.
        let near = spec.lifetime() == Lifetime::Immediate && spec.side() == Side::Buy;
        let price = if near { worst.shifted(self.inwards(), Rounding::Floor) } else { Some(worst) };
        let most = price.map(|price| (price, self.limits.order_notional_max));
        let live = self.limits.live_cap.map(|cap| (worst, cap));
        for (price, most) in most.into_iter().chain(live) {
            let notional = price.cost(spec.qty()).map_err(text)?;
            if notional > most {
                return Err(format!("one order for {notional:?} of {most:?}"));
            }
        }
        let most = self.limits.order_qty_max.get(spec.symbol());
        match most.filter(|most| spec.qty() > **most) {
            Some(most) => Err(format!("one order for {} of {most}", spec.qty())),
            None => Ok(()),
        }
    }

    fn exposure(&self, scene: &Scene<'_>, who: StrategyId, what: Symbol) -> Result<(), String> {
        let limits = &self.limits;
        let figures = [
            ("the strategy", scene.gross(|owner, _| owner == who), limits.strategy_gross_max),
            ("the instrument", scene.gross(|_, traded| traded == what), limits.symbol_gross_max),
            ("everybody", scene.gross(|_, _| true), limits.portfolio_gross_max),
            ("everybody net", scene.net(), limits.portfolio_net_max),
        ];
        for (name, found, most) in figures {
            let found = found.map_err(text)?;
            if found > most {
                return Err(format!("{name} approved to {found:?} of {most:?}: {who} {what}"));
            }
        }
        Ok(())
    }
}

fn takes<T: PartialOrd>(held: &mut T, wanted: T, signed: bool) -> bool {
    let holds = signed || wanted <= *held;
    if holds {
        *held = wanted;
    }
    holds
}

/// Whether the venue would take such an order, by the rules of the market as they were told.
fn obeys(spec: &OrderSpec, rules: &Instrument, touch: Option<Price>) -> Result<(), String> {
    let (symbol, qty) = (spec.symbol(), spec.qty());
    let open = match rules.status {
        MarketStatus::Online => true,
        MarketStatus::PostOnly => spec.lifetime() == Lifetime::PostOnly,
        MarketStatus::CancelOnly | MarketStatus::Maintenance => false,
    };
    let prices = [spec.limit(), spec.trigger()];
    let mut on_tick = prices.iter().flatten().map(|price| price.is_multiple_of(rules.tick));
    // The venue counts it at the first of its own prices, however well it may trade.
    let counted = prices.into_iter().flatten().chain(touch).next();
    let cost = counted.map_or(Ok(rules.cost_min), |price| price.cost(qty)).map_err(text)?;
    let wrong = [
        (!open, "is closed to it"),
        (!on_tick.all(|is| is), "takes no such price"),
        (!qty.is_multiple_of(rules.lot), "takes no such quantity"),
        (qty < rules.qty_min, "takes no so small quantity"),
        (cost < rules.cost_min, "takes no so small order"),
    ];
    match wrong.into_iter().find(|(is_wrong, _)| *is_wrong) {
        Some((_, what)) => Err(format!("{symbol} {what}: {spec:?}")),
        None => Ok(()),
    }
}

fn text(error: OutOfRange) -> String {
    error.to_string()
}
