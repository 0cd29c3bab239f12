//! What a strategy moves on: every trade, or the bars of one length.

use contracts::Timeframe;
use serde::{Deserialize, Serialize};

/// What a strategy moves on. A parameter of this kind lets one strategy work on trades or on bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pulse {
    /// Every trade.
    Trades,
    /// Every closed bar of that length.
    Bars(Timeframe),
}

impl Pulse {
    /// The name, as people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trades => "trades",
            Self::Bars(timeframe) => timeframe.name(),
        }
    }

    /// The pulse of that name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "trades" => Some(Self::Trades),
            _ => Timeframe::parse(name).map(Self::Bars),
        }
    }
}
