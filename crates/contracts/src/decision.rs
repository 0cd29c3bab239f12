//! What the gate answers: approvals, which the gateway acts on, and refusals, which say why.

use crate::control::DecodeFault;
use crate::ids::OrderId;
use crate::intent::Protect;
use crate::limit::LimitKey;
use crate::num::{Bps, Money, Price, Qty};
use crate::order::OrderSpec;
use crate::seal::Seal;
use crate::symbol::Symbol;
use crate::time::{Span, Ts};
use crate::wire::wire;

wire! {
    /// The gate lets this order, or this change of an order, pass: once, until `valid_until`.
    ///
    /// As plain data it has no power: the gateway acts only on what `risk::verify` has made of it.
    pub struct Approval {
        /// The order.
        pub id: OrderId,
        /// The order exactly as it may be sent.
        pub spec: OrderSpec,
        /// After this moment it must not be sent any more.
        pub valid_until: Ts,
        /// The gate's tag over all of this.
        pub seal: Seal,
        /// The number of this approval; each is used once.
        pub number: u32,
        /// The version of the limits it was judged by.
        pub limits: u32,
    }
}

wire! {
    /// The gate passes a cancel on. Cancels are never refused.
    pub struct CancelApproval {
        /// The order.
        pub target: OrderId,
        /// The gate's tag.
        pub seal: Seal,
        /// The number of this approval; each is used once.
        pub number: u32,
    }
}

wire! {
    /// The gate passes a guard on. What the guard sends when it triggers are intents of their own.
    pub struct ProtectApproval {
        /// The guard.
        #[serde(flatten)]
        pub protect: Protect,
        /// The gate's tag; absent in what was written before guards had one, which nobody acts on.
        #[serde(default)]
        pub seal: Seal,
        /// The number of this approval; a later guard of the same order has a higher one.
        #[serde(default)]
        pub number: u32,
    }
}

wire! {
    /// The gate refuses an intent, for this reason and with these numbers.
    pub struct Refusal {
        /// The order that was asked for, or that the intent was about; absent where not even that could
        /// be read. The input itself is named by the cause of the message.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub id: Option<OrderId>,
        /// Why the intent could not be read, where that is the reason.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub fault: Option<DecodeFault>,
        /// The pair, where the intent named one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub symbol: Option<Symbol>,
        /// What was found, and what would have been allowed.
        pub breach: Breach,
        /// The largest quantity of the same order, in whole lots, that this rule would have let pass; zero where no
        /// smaller order would do.
        pub qty_max: Qty,
        /// The version of the limits it was judged by.
        pub limits: u32,
        /// How many rules refused; the others follow as [`RefusalDetail`].
        pub broken: u8,
    }
}

wire! {
    /// A further rule that the same intent broke.
    pub struct RefusalDetail {
        /// The order that was asked for.
        pub id: OrderId,
        /// What was found, and what would have been allowed.
        pub breach: Breach,
    }
}

wire! {
    /// A broken rule with the two numbers that were compared.
    pub struct Breach {
        /// Which rule.
        pub reason: Reason,
        /// What was found, and what is allowed.
        pub figures: Figures,
    }
}

wire! {
    /// What an intent would have led to, and what the rule allows, in the unit of the rule.
    pub enum Figures {
        /// Nothing to compare.
        None,
        /// Amounts of quote currency.
        Money {
            /// What it would have led to.
            found: Money,
            /// What the rule allows.
            allowed: Money,
        },
        /// Quantities of base currency.
        Qty {
            /// What it would have led to.
            found: Qty,
            /// What the rule allows.
            allowed: Qty,
        },
        /// Prices.
        Price {
            /// What it would have led to.
            found: Price,
            /// What the rule allows.
            allowed: Price,
        },
        /// Lengths of time.
        Span {
            /// What was found.
            found: Span,
            /// What the rule allows.
            allowed: Span,
        },
        /// Relative distances.
        Bps {
            /// What was found.
            found: Bps,
            /// What the rule allows.
            allowed: Bps,
        },
        /// Counts.
        Count {
            /// What it would have led to.
            found: u32,
            /// What the rule allows.
            allowed: u32,
        },
    }
}

wire! {
    /// Why the gate says no. Each reason belongs to one rule, each rule to one file of `risk`.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Reason {
        /// The intent could not be read, or its id does not belong to it.
        Malformed,
        /// Whoever sent it may not ask in that name.
        WrongSource,
        /// The same intent came before.
        Duplicate,
        /// Nobody wants it any more.
        Expired,
        /// The kill switch is tripped.
        KillSwitch,
        /// Whether the kill switch is tripped cannot be known.
        KillSwitchUnknown,
        /// This strategy is paused.
        StrategyPaused,
        /// No such instrument.
        UnknownSymbol,
        /// The instrument does not take such orders now.
        MarketClosed,
        /// The price is not on a tick.
        Tick,
        /// The quantity is not in whole lots.
        Lot,
        /// Below the venue's smallest quantity.
        QtyMin,
        /// Below the venue's smallest cost.
        CostMin,
        /// An amend or cancel of an order that this strategy does not have.
        UnknownOrder,
        /// An order of this instrument has an unknown fate; nothing new until it is known.
        OrderUnknown,
        /// There is no price to judge by.
        NoPrice,
        /// The last price is too old.
        StalePrice,
        /// The market data has a gap, is stale or down.
        FeedUnsafe,
        /// The limit price is too far from the market.
        PriceCollar,
        /// The order is too large, in money.
        OrderNotional,
        /// The order is too large, in base currency.
        OrderQty,
        /// The hard cap on every live order.
        LiveCap,
        /// Too much of this instrument.
        SymbolGross,
        /// Too much in this strategy's hands.
        StrategyGross,
        /// Too much altogether.
        PortfolioGross,
        /// Too much in one direction.
        PortfolioNet,
        /// Too many open orders.
        OpenOrders,
        /// Too many orders for this instrument in a minute.
        SymbolRate,
        /// Too many orders of this strategy in a minute.
        StrategyRate,
        /// Not enough free cash.
        Balance,
        /// Not enough free inventory to sell.
        Inventory,
        /// It could trade with an own order.
        SelfCross,
        /// The day's loss has reached the cap; only reducing orders pass until 00:00 UTC.
        DailyLoss,
        /// It says that it only reduces, but it would not.
        NotReducing,
        /// A number left the range of exact arithmetic.
        OutOfRange,
    }
}

impl Reason {
    /// Every reason, in the order of declaration.
    pub const ALL: [Self; 35] = [
        Self::Malformed,
        Self::WrongSource,
        Self::Duplicate,
        Self::Expired,
        Self::KillSwitch,
        Self::KillSwitchUnknown,
        Self::StrategyPaused,
        Self::UnknownSymbol,
        Self::MarketClosed,
        Self::Tick,
        Self::Lot,
        Self::QtyMin,
        Self::CostMin,
        Self::UnknownOrder,
        Self::OrderUnknown,
        Self::NoPrice,
        Self::StalePrice,
        Self::FeedUnsafe,
        Self::PriceCollar,
        Self::OrderNotional,
        Self::OrderQty,
        Self::LiveCap,
        Self::SymbolGross,
        Self::StrategyGross,
        Self::PortfolioGross,
        Self::PortfolioNet,
        Self::OpenOrders,
        Self::SymbolRate,
        Self::StrategyRate,
        Self::Balance,
        Self::Inventory,
        Self::SelfCross,
        Self::DailyLoss,
        Self::NotReducing,
        Self::OutOfRange,
    ];

    /// The limit that decided, for reasons that have one.
    pub const fn limit(self) -> Option<LimitKey> {
        Some(match self {
            Self::StalePrice => LimitKey::PriceAgeMax,
            Self::PriceCollar => LimitKey::Collar,
            Self::OrderNotional => LimitKey::OrderNotionalMax,
            Self::OrderQty => LimitKey::OrderQtyMax,
            Self::LiveCap => LimitKey::LiveCap,
            Self::SymbolGross => LimitKey::SymbolGrossMax,
            Self::StrategyGross => LimitKey::StrategyGrossMax,
            Self::PortfolioGross => LimitKey::PortfolioGrossMax,
            Self::PortfolioNet => LimitKey::PortfolioNetMax,
            Self::OpenOrders => LimitKey::OpenOrdersMax,
            Self::SymbolRate => LimitKey::SymbolOrdersPerMinute,
            Self::StrategyRate => LimitKey::StrategyOrdersPerMinute,
            Self::DailyLoss => LimitKey::DailyLossCap,
            // Beside the price, the highest fee is held back.
            Self::Balance => LimitKey::FeeMax,
            _ => return None,
        })
    }

    /// Where that limit stands in the settings; empty for rules that have no limit to set.
    pub const fn setting(self) -> &'static str {
        match self.limit() {
            Some(limit) => limit.setting(),
            None => "",
        }
    }
}
