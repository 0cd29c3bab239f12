//! One strategy that is to run.

use contracts::{Money, Symbol};

use super::modes::Memory;
use crate::catalogue::{Params, section};

section! {
    /// The strategies that are to run, each as `[strategies.NAME]`: lower case letters, digits and `_`, at
    /// most sixteen. Their parameters are checked by the class itself; `njord strategy explain CLASS` lists them.
    pub struct StrategyEntry: "strategies", Decides {
        /// The class of the strategy; the name itself where nothing is said.
        class: Option<String> = None, Any, "";
        /// Whether it is to run at all.
        enabled: bool = true, Any, "";
        /// What it trades: at least one, and each among `market.symbols`.
        symbols: Vec<Symbol> = Vec::new(), Any, "";
        /// How much of the account it may use; nothing means that only the limits of the gate hold.
        allocation: Option<Money> = None, Above(Some(Money::ZERO)), "account currency";
        /// What it remembers from before a restart: its own state, or nothing of it. Orders and books are
        /// always kept.
        state: Memory = Memory::Keep, Any, "";
        /// Its parameters.
        params: Params = Params::default(), Any, "";
    }
}
