//! The limits of the gate by name, and how one of them is changed while everything runs.

use crate::num::{Bps, Money, Ppm, Qty};
use crate::symbol::Symbol;
use crate::time::Span;
use crate::wire::wire;

wire! {
    /// A limit, by the name it has in the settings.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum LimitKey {
        /// The largest single order, in money.
        OrderNotionalMax,
        /// The largest single order of one instrument, in base currency.
        OrderQtyMax,
        /// The most of one instrument.
        SymbolGrossMax,
        /// The most in one strategy's hands.
        StrategyGrossMax,
        /// The most altogether.
        PortfolioGrossMax,
        /// The most in one direction.
        PortfolioNetMax,
        /// The most open orders.
        OpenOrdersMax,
        /// Orders a minute for one instrument.
        SymbolOrdersPerMinute,
        /// Orders a minute of one strategy.
        StrategyOrdersPerMinute,
        /// How far from the market a price may be.
        Collar,
        /// How old a price may be.
        PriceAgeMax,
        /// The day's loss beyond which only reducing orders pass.
        DailyLossCap,
        /// The day's loss beyond which the kill switch trips.
        DailyLossKill,
        /// The fall beyond which the kill switch trips.
        DrawdownKill,
        /// The highest fee, reserved beside the price; the one limit that is looser when it is lower.
        FeeMax,
        /// The hard cap on every live order.
        LiveCap,
        /// How long an approval may wait to be sent.
        ApprovalTtl,
    }
}

impl LimitKey {
    /// Every limit, in the order in which the settings have them.
    pub const ALL: [Self; 17] = [
        Self::OrderNotionalMax,
        Self::OrderQtyMax,
        Self::SymbolGrossMax,
        Self::StrategyGrossMax,
        Self::PortfolioGrossMax,
        Self::PortfolioNetMax,
        Self::OpenOrdersMax,
        Self::SymbolOrdersPerMinute,
        Self::StrategyOrdersPerMinute,
        Self::Collar,
        Self::PriceAgeMax,
        Self::DailyLossCap,
        Self::DailyLossKill,
        Self::DrawdownKill,
        Self::FeeMax,
        Self::LiveCap,
        Self::ApprovalTtl,
    ];

    /// Where it stands in the settings.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::OrderNotionalMax => "risk.order_notional_max",
            Self::OrderQtyMax => "risk.order_qty_max",
            Self::SymbolGrossMax => "risk.symbol_gross_max",
            Self::StrategyGrossMax => "risk.strategy_gross_max",
            Self::PortfolioGrossMax => "risk.portfolio_gross_max",
            Self::PortfolioNetMax => "risk.portfolio_net_max",
            Self::OpenOrdersMax => "risk.open_orders_max",
            Self::SymbolOrdersPerMinute => "risk.symbol_orders_per_minute",
            Self::StrategyOrdersPerMinute => "risk.strategy_orders_per_minute",
            Self::Collar => "risk.collar",
            Self::PriceAgeMax => "risk.price_age_max",
            Self::DailyLossCap => "risk.daily_loss_cap",
            Self::DailyLossKill => "risk.daily_loss_kill",
            Self::DrawdownKill => "risk.drawdown_kill",
            Self::FeeMax => "risk.fee_max",
            Self::LiveCap => "risk.live_cap",
            Self::ApprovalTtl => "risk.approval_ttl",
        }
    }
}

wire! {
    /// What a limit is set to, in its own unit.
    pub enum LimitValue {
        /// An amount of account currency.
        Money {
            /// The most that passes.
            most: Money,
        },
        /// A quantity of base currency.
        Qty {
            /// The most that passes.
            most: Qty,
        },
        /// A count.
        Count {
            /// The most that passes.
            most: u32,
        },
        /// A relative distance.
        Bps {
            /// The most that passes.
            most: Bps,
        },
        /// A rate.
        Ppm {
            /// The most that is reckoned with.
            most: Ppm,
        },
        /// A length of time.
        Span {
            /// The most that passes.
            most: Span,
        },
        /// There is no such limit; only for those that may be absent.
        Off,
    }
}

wire! {
    /// Put this limit in force. Whoever may speak may tighten one; the shell lets `operator` in only
    /// with that operator's signature, and without it nothing is loosened.
    pub struct SetLimit {
        /// The version of the limits from then on; above the one in force.
        pub version: u32,
        /// Which.
        pub limit: LimitKey,
        /// To what.
        pub value: LimitValue,
        /// The instrument, for limits that each has its own of.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub symbol: Option<Symbol>,
        /// The fingerprint of the operator's key whose signature the shell has checked.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub operator: Option<u32>,
    }
}

wire! {
    /// The gate's answer to a change of a limit.
    pub struct LimitState {
        /// The version of the limits that are in force now.
        pub version: u32,
        /// Which limit the answer is about.
        pub limit: LimitKey,
        /// What is in force now.
        pub value: LimitValue,
        /// The instrument, for limits that each has its own of.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub symbol: Option<Symbol>,
        /// What became of the change.
        pub outcome: LimitOutcome,
    }
}

wire! {
    /// What became of a change of a limit.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum LimitOutcome {
        /// It is in force.
        InForce,
        /// It would loosen the limit, and no operator has signed for that.
        NeedsOperator,
        /// Its version is not above the one in force.
        OldVersion,
        /// The limits would make no sense with it.
        Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_keys_are_written_as_the_settings_name_them() {
        for key in LimitKey::ALL {
            let written = serde_json::to_string(&key).unwrap();
            assert_eq!(format!("\"{}\"", key.setting().trim_start_matches("risk.")), written);
        }
    }
}
