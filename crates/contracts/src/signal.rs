//! What programs outside say to strategies: signals. None of them is an intent yet.

use crate::ids::{Label, StrategyId};
use crate::intent::label_is_none;
use crate::num::{Net, Price};
use crate::symbol::Symbol;
use crate::time::Ts;
use crate::wire::wire;

wire! {
    /// Which position a program outside wants a strategy to have. A position and not an order: said twice it does
    /// no harm, and the last one counts. Whether and how it is heeded is the strategy's, and the gate judges what
    /// the strategy then asks for.
    pub struct Signal {
        /// The strategy that is to heed it.
        pub strategy: StrategyId,
        /// The pair.
        pub symbol: Symbol,
        /// The position: above zero long, below short, zero is none.
        pub target: Net,
        /// The worst price at which to buy or sell for it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub limit: Option<Price>,
        /// From this moment on it counts no more.
        pub expires: Ts,
        /// Why, in a word.
        #[serde(skip_serializing_if = "label_is_none", default)]
        pub why: Label,
    }
}
