//! The limits of the gate, as people write them. `risk` checks them once more for itself.

use std::collections::BTreeMap;

use contracts::{Bps, Money, Ppm, Qty, Span, Symbol};

use crate::catalogue::section;

/// A whole number of the account's currency.
const fn usd(units: i32) -> Money {
    Money::from_units(units)
}

section! {
    /// The limits of the gate. Every number is a ceiling: exactly at it passes, one step beyond is refused.
    /// Orders that provably shrink a position are exempt from limits on size, exposure, rate and loss.
    pub struct RiskLimits: "risk", Decides {
        /// Rises with each change; every decision names the version it was made by.
        version: u32 = 1, AtLeast(1), "";
        /// The largest single order.
        order_notional_max: Money = usd(250), Above(Money::ZERO), "account currency";
        /// The largest single order of an instrument, for those that have one.
        order_qty_max: BTreeMap<Symbol, Qty> = BTreeMap::new(), Any, "base currency, by symbol";
        /// The most of one instrument, all strategies together, open orders included.
        symbol_gross_max: Money = usd(1_000), Above(Money::ZERO), "account currency";
        /// The most in one strategy's hands, open orders included.
        strategy_gross_max: Money = usd(1_000), Above(Money::ZERO), "account currency";
        /// The most altogether, open orders included.
        portfolio_gross_max: Money = usd(2_000), Above(Money::ZERO), "account currency";
        /// The most in one direction, open orders included.
        portfolio_net_max: Money = usd(2_000), Above(Money::ZERO), "account currency";
        /// The most open orders.
        open_orders_max: u32 = 50, Within(1, 2_048), "orders";
        /// Orders for one instrument.
        symbol_orders_per_minute: u32 = 30, Within(1, 60_000), "per minute";
        /// Orders of one strategy.
        strategy_orders_per_minute: u32 = 60, Within(1, 60_000), "per minute";
        /// How far from the market a price may be. Market orders are sent as immediate limit orders at this
        /// distance, so that every order has a worst price.
        collar: Bps = Bps::new(300), Within(Bps::new(1), Bps::new(9_999)), "basis points";
        /// How old a price may be.
        price_age_max: Span = Span::from_secs(10), Within(Span::MILLI, Span::MINUTE.times(60)), "";
        /// A loss since 00:00 UTC beyond this lets only reducing orders pass until the next day.
        daily_loss_cap: Money = usd(50), Above(Money::ZERO), "account currency";
        /// A loss since 00:00 UTC beyond this trips the kill switch; above `daily_loss_cap`.
        daily_loss_kill: Money = usd(100), Above(Money::ZERO), "account currency";
        /// A fall from the highest equity beyond this trips the kill switch.
        drawdown_kill: Money = usd(200), Above(Money::ZERO), "account currency";
        /// The highest fee that an order can cost; reserved beside the price.
        fee_max: Ppm = Ppm::new(8_000), Within(Ppm::new(0), Ppm::new(100_000)), "parts per million";
        /// The hard cap on every live order. Beyond 10 it needs the operator's signature in
        /// `live_cap_proof`.
        live_cap: Money = Self::LIVE_CAP, Above(Money::ZERO), "account currency";
        /// The operator's signature over this session and a `live_cap` above 10; only the holder of the
        /// operator's key can make it.
        live_cap_proof: Option<String> = None, Any, "128 hexadecimal digits";
        /// How long an approval may wait to be sent.
        approval_ttl: Span = Span::from_secs(5), Within(Span::MILLI, Span::MINUTE.times(10)), "";
    }
}

impl RiskLimits {
    /// The hard cap on a live order that nobody has signed for a higher one.
    pub const LIVE_CAP: Money = usd(10);
}
