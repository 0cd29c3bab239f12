//! What is owned, and what it has brought.

use crate::num::{Money, Net, Price};
use crate::symbol::Symbol;
use crate::wire::wire;

wire! {
    /// A strategy's position in one instrument after it changed.
    pub struct Position {
        /// The pair.
        pub symbol: Symbol,
        /// Long above zero, short below.
        pub net: Net,
        /// What the open position cost.
        pub cost: Money,
        /// Profit and loss of what was closed, before fees.
        pub realised: Money,
        /// Fees paid so far, in quote currency.
        pub fees: Money,
        /// The average entry price; absent when flat.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub average: Option<Price>,
    }
}

wire! {
    /// A whole account at one moment, in quote currency.
    pub struct Portfolio {
        /// Cash plus the value of all positions.
        pub equity: Money,
        /// Cash.
        pub cash: Money,
        /// Profit and loss of what was closed, before fees.
        pub realised: Money,
        /// Profit and loss of what is open.
        pub unrealised: Money,
        /// Fees paid so far.
        pub fees: Money,
        /// The change of equity since 00:00 UTC.
        pub day: Money,
    }
}
