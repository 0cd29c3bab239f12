//! The limits: plain numbers, checked once when they are loaded, carried with a version.

use contracts::{Bps, Money, Ppm, Qty, Span, SymbolMap};
use serde::{Deserialize, Serialize};

/// What the gate allows. Every number is a ceiling: exactly at it passes, one step beyond is refused.
///
/// Orders that provably shrink a position are exempt from the limits on size, exposure, rate and
/// loss: a limit must never hold anybody inside a risk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Rises with each change; every decision names the version it was made by.
    pub version: u32,
    /// The largest single order, in account currency.
    pub order_notional_max: Money,
    /// The largest single order in base currency, for symbols that have one.
    pub order_qty_max: SymbolMap<Qty>,
    /// The most of one instrument, all strategies together, open orders included.
    pub symbol_gross_max: Money,
    /// The most in one strategy's hands, open orders included.
    pub strategy_gross_max: Money,
    /// The most altogether, open orders included.
    pub portfolio_gross_max: Money,
    /// The most in one direction, open orders included.
    pub portfolio_net_max: Money,
    /// The most open orders.
    pub open_orders_max: u32,
    /// Orders a minute for one instrument.
    pub symbol_orders_per_minute: u32,
    /// Orders a minute of one strategy.
    pub strategy_orders_per_minute: u32,
    /// How far from the market a price may be. Market orders are sent as immediate limit orders at
    /// this distance, so that every order has a worst price.
    pub collar: Bps,
    /// How old a price may be.
    pub price_age_max: Span,
    /// A loss since 00:00 UTC beyond this lets only reducing orders pass until the next day.
    pub daily_loss_cap: Money,
    /// A loss since 00:00 UTC beyond this trips the kill switch.
    pub daily_loss_kill: Money,
    /// A fall from the highest equity beyond this trips the kill switch.
    pub drawdown_kill: Money,
    /// The highest fee that an order can cost; what is reserved beside the price.
    pub fee_max: Ppm,
    /// The hard cap on every live order; absent where no real money moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_cap: Option<Money>,
    /// How long an approval may wait to be sent.
    pub approval_ttl: Span,
}

impl Default for Limits {
    /// Small enough for a first day.
    fn default() -> Self {
        let usd = Money::from_units;
        Self {
            version: 1,
            order_notional_max: usd(250),
            order_qty_max: SymbolMap::new(),
            symbol_gross_max: usd(1_000),
            strategy_gross_max: usd(1_000),
            portfolio_gross_max: usd(2_000),
            portfolio_net_max: usd(2_000),
            open_orders_max: 50,
            symbol_orders_per_minute: 30,
            strategy_orders_per_minute: 60,
            collar: Bps::new(300),
            price_age_max: Span::from_secs(10),
            daily_loss_cap: usd(50),
            daily_loss_kill: usd(100),
            drawdown_kill: usd(200),
            fee_max: Ppm::new(8_000),
            live_cap: None,
            approval_ttl: Span::from_secs(5),
        }
    }
}

/// A limit that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("risk.{field} {problem}")]
pub struct InvalidLimit {
    /// The name of the limit in the settings.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl Limits {
    /// The open orders that are tracked at most, reducing ones included; beyond it nothing passes.
    pub const TRACKED_ORDERS_MAX: usize = 4_096;

    /// What no order may cost at its worst price, whatever an approval says. One that goes out at once is judged
    /// by the market's price, and a way out by nothing: so this is over the worst price of the most that there
    /// may be of one instrument.
    pub fn order_ceiling(&self) -> Money {
        let most = self.order_notional_max.max(self.symbol_gross_max);
        let ceiling = (most.yocto() / 10_000).checked_mul(10_000 + i128::from(self.collar.get()));
        let ceiling = ceiling.map_or(Money::MAX, Money::from_yocto);
        self.live_cap.map_or(ceiling, |cap| ceiling.min(cap))
    }

    /// Checks every number; the gate is only built from limits that passed.
    pub fn validate(&self) -> Result<(), InvalidLimit> {
        let within = |field, holds: bool, problem| {
            if holds { Ok(()) } else { Err(InvalidLimit { field, problem }) }
        };
        let positive =
            |field, money: Money| within(field, money > Money::ZERO, "must be above zero");
        positive("order_notional_max", self.order_notional_max)?;
        positive("symbol_gross_max", self.symbol_gross_max)?;
        positive("strategy_gross_max", self.strategy_gross_max)?;
        positive("portfolio_gross_max", self.portfolio_gross_max)?;
        positive("portfolio_net_max", self.portfolio_net_max)?;
        positive("daily_loss_cap", self.daily_loss_cap)?;
        positive("drawdown_kill", self.drawdown_kill)?;
        positive("live_cap", self.live_cap.unwrap_or(Money::MAX))?;
        let above_cap = self.daily_loss_kill > self.daily_loss_cap;
        within("daily_loss_kill", above_cap, "must be above risk.daily_loss_cap")?;
        let collar = (1..10_000).contains(&self.collar.get());
        within("collar", collar, "must be 1 to 9999 basis points")?;
        let fee = (0..=100_000).contains(&self.fee_max.get());
        within("fee_max", fee, "must be 0 to 100000 parts per million")?;
        within("price_age_max", self.price_age_max > Span::ZERO, "must be above zero")?;
        within("approval_ttl", self.approval_ttl > Span::ZERO, "must be above zero")?;
        let orders = self.open_orders_max as usize <= Self::TRACKED_ORDERS_MAX / 2;
        within("open_orders_max", orders, "must be at most 2048")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_have_a_ceiling_over_the_most_of_one_instrument_and_under_the_live_cap() {
        let usd = Money::from_units;
        let ceiling = |order, symbol, live_cap| {
            let (order_notional_max, symbol_gross_max) = (order, symbol);
            let limits =
                Limits { order_notional_max, symbol_gross_max, live_cap, ..Limits::default() };
            limits.order_ceiling()
        };
        assert_eq!(ceiling(usd(250), usd(1_000), None), usd(1_030));
        assert_eq!(ceiling(usd(2_000), usd(1_000), None), usd(2_060));
        assert_eq!(ceiling(usd(250), usd(1_000), Some(usd(10))), usd(10));
        assert_eq!(ceiling(usd(250), usd(1_000), Some(usd(5_000))), usd(1_030));
        assert_eq!(ceiling(usd(250), Money::MAX, None), Money::MAX);
    }
}
