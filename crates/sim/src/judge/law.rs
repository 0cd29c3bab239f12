//! The law at the moment of an approval: what may be approved, by the truth and not by anybody's books.
//!
//! The gate knows less than the judge and has to be the more careful for it. So whatever it approves
//! as shrinking a position truly shrinks one, and everything else has to keep every limit.

use std::collections::BTreeMap;

use contracts::{
    Bps, Corr, FeedState, KillLevel, Mark, Money, Net, OrderSpec, OutOfRange, Qty, Rounding, Side,
    Span, StrategyId, Symbol, Ts,
};
use risk::Limits;

use super::orders::Orders;
use super::truth::Truth;

/// What the law looks at beside orders and money.
pub(super) struct Law {
    limits: Limits,
    /// Nobody sells what it does not have.
    spot: bool,
    /// What the gateway tells, the gate has heard before it decides again.
    at_once: bool,
    /// When orders were approved that were more than a way out.
    by_strategy: BTreeMap<StrategyId, Vec<Ts>>,
    by_symbol: BTreeMap<Symbol, Vec<Ts>>,
    tripped: Option<KillLevel>,
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
    pub(super) spec: OrderSpec,
    /// A change of an order that was counted before.
    pub(super) change: bool,
}

/// What is held, and what it may still become.
#[derive(Clone, Copy)]
struct Stake {
    net: Net,
    buys: Qty,
    sells: Qty,
}

impl Stake {
    fn extremes(&self) -> Result<(Net, Net), OutOfRange> {
        Ok((self.net.plus(self.buys.into())?, self.net.plus(-Net::from(self.sells))?))
    }

    /// The larger of its two extremes.
    fn gross(&self) -> Result<Qty, OutOfRange> {
        let (long, short) = self.extremes()?;
        Ok(long.size().max(short.size()))
    }

    /// Whether everything open on that side can at most bring it to nothing.
    fn shrinks_by(&self, side: Side) -> bool {
        let open = match side {
            Side::Buy => self.buys,
            Side::Sell => self.sells,
        };
        // What has traded by now, though nobody knows it yet, moves nothing any more.
        open.is_zero() || (self.net.side() == Some(side.opposite()) && open <= self.net.size())
    }
}

impl Law {
    pub(super) fn new(limits: Limits, spot: bool, at_once: bool) -> Self {
        let (by_strategy, by_symbol) = (BTreeMap::new(), BTreeMap::new());
        Self { limits, spot, at_once, by_strategy, by_symbol, tripped: None, clear_at: None }
    }

    /// The gate has said where its kill switch stands.
    pub(super) fn switched(&mut self, level: Option<KillLevel>) {
        self.tripped = level;
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
        let (net, cash) = (truth.net(strategy, symbol), truth.cash(strategy));
        if net < Net::ZERO {
            return Err(format!("{strategy} sold {symbol} that it does not have: {net:?}"));
        }
        if cash.is_negative() {
            return Err(format!("{strategy} spent what it does not have: {cash:?}"));
        }
        Ok(())
    }

    /// An approval is judged; what it grants is open already.
    pub(super) fn allows(
        &mut self,
        truth: &Truth,
        orders: &Orders,
        granted: &Granted,
    ) -> Result<(), String> {
        let (strategy, spec) = (granted.corr.strategy, &granted.spec);
        let (symbol, side) = (spec.symbol(), spec.side());
        let scene = Scene { now: granted.heard, truth, orders };
        let own = scene.stake(symbol, Some(strategy)).map_err(text)?;
        let all = scene.stake(symbol, None).map_err(text)?;
        if self.spot && side == Side::Sell && Net::from(own.sells) > own.net {
            let (sells, net) = (own.sells, own.net);
            return Err(format!("{strategy} offers {sells} of {symbol} and has {net:?}"));
        }
        let mark = truth.mark(symbol).ok_or(format!("{symbol} has no price"))?;
        self.collar(spec, mark)?;
        let shrinks = own.shrinks_by(side) && all.shrinks_by(side);
        if spec.is_reduce_only() && !shrinks {
            return Err(format!("{strategy} was to shrink {symbol}, and does not"));
        }
        if shrinks {
            return Ok(());
        }
        self.keeps_every_limit(&scene, granted, mark).map_err(|what| {
            let (net, open) = (own.net, (own.buys, own.sells));
            format!("{what}; {strategy} has {net:?} of {symbol}, open {open:?}, by {spec:?}")
        })
    }

    fn keeps_every_limit(
        &mut self,
        scene: &Scene<'_>,
        granted: &Granted,
        mark: &Mark,
    ) -> Result<(), String> {
        self.switch_is_clear(granted.decided)?;
        self.price(granted.decided, mark)?;
        self.fates_are_known(scene.orders, granted.spec.symbol())?;
        self.size(&granted.spec)?;
        self.exposure(scene, granted.corr.strategy, granted.spec.symbol())?;
        self.pace(scene.orders, granted)?;
        self.day(scene.truth)
    }

    fn switch_is_clear(&self, now: Ts) -> Result<(), String> {
        if let Some(level) = self.tripped {
            return Err(format!("the kill switch is tripped at {level:?}"));
        }
        match self.clear_at {
            Some(at) if now.since(at) <= SILENCE_MAX => Ok(()),
            _ => Err("nobody knows whether the kill switch is tripped".into()),
        }
    }

    fn collar(&self, spec: &OrderSpec, mark: &Mark) -> Result<(), String> {
        let from = spec.trigger().or(mark.touch(spec.side()));
        let (Some(limit), Some(from)) = (spec.limit(), from) else { return Ok(()) };
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

    fn price(&self, now: Ts, mark: &Mark) -> Result<(), String> {
        let age = now.since(mark.seen);
        if age > self.limits.price_age_max {
            return Err(format!(
                "a price of {} is {} ms old",
                mark.symbol,
                age.nanos() / 1_000_000
            ));
        }
        if mark.state != FeedState::Live {
            return Err(format!("{} is not seen well: {:?}", mark.symbol, mark.state));
        }
        Ok(())
    }

    fn fates_are_known(&self, orders: &Orders, symbol: Symbol) -> Result<(), String> {
        match orders.of_unknown_fate(symbol).filter(|_| self.at_once) {
            Some(id) => Err(format!("nobody knows what became of {id}")),
            None => Ok(()),
        }
    }

    fn size(&self, spec: &OrderSpec) -> Result<(), String> {
        // An immediate order is measured where it trades, which is within the collar.
        let price = spec.limit().or(spec.trigger());
        let price = price.and_then(|price| price.shifted(self.inwards(), Rounding::Floor));
        let price = price.ok_or("an order without a worst price")?;
        let (notional, most) =
            (price.cost(spec.qty()).map_err(text)?, self.limits.order_notional_max);
        if notional > most {
            return Err(format!("one order for {notional:?} of {most:?}"));
        }
        Ok(())
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

    fn pace(&mut self, orders: &Orders, granted: &Granted) -> Result<(), String> {
        let open = orders.open(granted.heard).count();
        let limits = &self.limits;
        if !granted.change && open > limits.open_orders_max as usize {
            return Err(format!("{open} orders are open"));
        }
        let strategy = self.by_strategy.entry(granted.corr.strategy).or_default();
        bursts(strategy, granted.decided, limits.strategy_orders_per_minute)?;
        let symbol = self.by_symbol.entry(granted.spec.symbol()).or_default();
        bursts(symbol, granted.decided, limits.symbol_orders_per_minute)
    }

    fn day(&self, truth: &Truth) -> Result<(), String> {
        let loss = truth.loss().map_err(text)?;
        // Elsewhere the gate may not have heard of the last executions.
        let known = self.at_once && truth.untold() == 0;
        if known && loss > self.limits.daily_loss_cap {
            return Err(format!("more risk after a loss of {loss:?}"));
        }
        Ok(())
    }
}

/// The world at one moment.
struct Scene<'a> {
    now: Ts,
    truth: &'a Truth,
    orders: &'a Orders,
}

impl Scene<'_> {
    fn stake(&self, symbol: Symbol, whose: Option<StrategyId>) -> Result<Stake, OutOfRange> {
        let is = |owner, traded| traded == symbol && whose.is_none_or(|whose| whose == owner);
        let held = self.truth.nets().filter(|((owner, traded), _)| is(*owner, *traded));
        let net = held.map(|(_, net)| net).try_fold(Net::ZERO, Net::plus)?;
        let rests = |side| self.orders.rests(self.now, side, is);
        Ok(Stake { net, buys: rests(Side::Buy)?, sells: rests(Side::Sell)? })
    }

    /// Everything at its larger extreme; nobody is netted against another.
    fn gross(&self, counts: impl Fn(StrategyId, Symbol) -> bool) -> Result<Money, OutOfRange> {
        let mut sum = Money::ZERO;
        for (symbol, price) in self.truth.prices() {
            for (strategy, _) in self.truth.start().filter(|(who, _)| counts(*who, symbol)) {
                sum = sum.plus(price.cost(self.stake(symbol, Some(strategy))?.gross()?)?)?;
            }
        }
        Ok(sum)
    }

    /// The most in one direction.
    fn net(&self) -> Result<Money, OutOfRange> {
        let (mut up, mut down) = (Money::ZERO, Money::ZERO);
        for (symbol, price) in self.truth.prices() {
            let (long, short) = self.stake(symbol, None)?.extremes()?;
            (up, down) = (up.plus(price.value(long)?)?, down.minus(price.value(short)?)?);
        }
        Ok(up.max(down))
    }
}

/// No stretch of time holds more than a minute's worth at once, and what its length adds evenly.
fn bursts(times: &mut Vec<Ts>, now: Ts, per_minute: u32) -> Result<(), String> {
    times.push(now);
    // What is older than this says nothing new.
    let old = times.len().saturating_sub(4 * per_minute as usize);
    times.drain(..old);
    let allowed = |since: Ts| {
        let more = now.since(since).nanos() * i64::from(per_minute) / Span::MINUTE.nanos();
        i64::from(per_minute) + more
    };
    let count = |from: usize| (times.len() - from) as i64;
    match (0..times.len()).find(|from| count(*from) > allowed(times[*from])) {
        None => Ok(()),
        Some(from) => Err(format!("{} orders of {per_minute} a minute", count(from))),
    }
}

fn text(error: OutOfRange) -> String {
    error.to_string()
}
