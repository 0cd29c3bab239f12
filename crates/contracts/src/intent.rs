//! What strategies, protective orders and people may say: intents. None of them is an order yet.

use crate::ids::{Label, OrderId};
use crate::num::{Bps, Price, Qty};
use crate::order::{OrderSpec, Side};
use crate::symbol::Symbol;
use crate::time::Ts;
use crate::wire::wire;

wire! {
    /// Please place this order.
    pub struct Place {
        /// The order's id, derived from who asks and the number of the intent.
        pub id: OrderId,
        /// What is wanted.
        pub spec: OrderSpec,
        /// After this moment nobody wants it any more.
        pub expires: Ts,
        /// Why, in a word.
        #[serde(skip_serializing_if = "label_is_none", default)]
        pub why: Label,
    }
}

wire! {
    /// Please cancel that order. Never refused.
    pub struct Cancel {
        /// The order.
        pub target: OrderId,
        /// Why, in a word.
        #[serde(skip_serializing_if = "label_is_none", default)]
        pub why: Label,
    }
}

wire! {
    /// Please change that order in place.
    pub struct Amend {
        /// The order.
        pub target: OrderId,
        /// The whole quantity it is for from now on, what has already traded included.
        pub qty: Qty,
        /// The new limit price; absent leaves it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub limit: Option<Price>,
        /// The new trigger price; absent leaves it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub trigger: Option<Price>,
        /// Why, in a word.
        #[serde(skip_serializing_if = "label_is_none", default)]
        pub why: Label,
    }
}

wire! {
    /// Please guard what that order buys or sells: whichever of stop, target and trailing stop is
    /// reached first closes it, and the others go away. One with no levels removes the guard.
    pub struct Protect {
        /// The entry order whose fills are guarded. Also the name of the group.
        pub entry: OrderId,
        /// The pair.
        pub symbol: Symbol,
        /// The side of the orders that close: opposite to the entry.
        pub exit_side: Side,
        /// Close when the price has gone this far against the average entry price; zero: no stop.
        #[serde(default)]
        pub stop: Bps,
        /// Close when the price has gone this far in favour; zero: no target.
        #[serde(default)]
        pub target: Bps,
        /// Close when the price has come back this far from its best; zero: no trailing stop.
        #[serde(default)]
        pub trail: Bps,
    }
}

impl Protect {
    /// Writes every field into a seal or hash, in a fixed order and of fixed length.
    pub fn seal_into(&self, seal: crate::SealWriter) -> crate::SealWriter {
        let Self { entry, symbol, exit_side, stop, target, trail } = *self;
        let word = |bps: Bps| u64::from(bps.get().cast_unsigned());
        seal.wide(entry.bits())
            .bytes(symbol.padded())
            .bytes(&[exit_side as u8])
            .word(word(stop))
            .word(word(target))
            .word(word(trail))
    }
}

/// For serde: an absent word is not written.
pub(crate) fn label_is_none(label: &Label) -> bool {
    *label == Label::NONE
}
