//! What a board is told before it hears anything: what process it watches, and with what it began.

use std::collections::BTreeMap;

use contracts::{
    Asset, KillState, LimitKey, Money, Position, RunId, Source, StrategyId, StrategyRun, Ts,
};
use serde::{Deserialize, Serialize};

/// Which process this is, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// `paper`, `live`, or what else it calls itself.
    pub mode: String,
    /// The session, kept across restarts.
    pub session: RunId,
    /// The build.
    pub build: String,
    /// When the process began.
    pub started: Ts,
    /// The hash of its settings.
    #[serde(default)]
    pub settings: String,
    /// When and how well the kill switch was last proved to work; absent: not that anybody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<Drill>,
    /// How what is said stands on a bus; absent where it is said on none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<Mirror>,
}

/// A bus on which a process that needs none says everything too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mirror {
    /// Its address.
    pub at: String,
    /// How much of what is durable stands there.
    pub standing: Mirrored,
    /// Since when.
    pub since: Ts,
    /// Why not all of it does, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// How much of what is durable stands on a bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mirrored {
    /// All of it.
    Whole,
    /// Something waits in the journal.
    Behind,
    /// Somebody else has spoken there as this process: nothing more is said.
    Fenced,
}

/// A drill of the kill switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drill {
    /// When.
    pub at: Ts,
    /// How many of its checks passed.
    pub passed: u32,
    /// How many there were.
    pub of: u32,
}

/// What a board is built from.
#[derive(Clone, Debug)]
pub struct BoardConfig {
    /// Which process it watches.
    pub about: About,
    /// The currency of the account.
    pub currency: Asset,
    /// The strategies that are on the roster now.
    pub roster: Vec<StrategyId>,
    /// The cash that each strategy started with, at the very first start.
    pub cash: Vec<(StrategyId, Money)>,
    /// The day's loss beyond which only reducing orders pass, as the settings have it.
    pub daily_loss_cap: Option<Money>,
    /// The day's loss beyond which the kill switch trips, as the settings have it.
    pub daily_loss_kill: Option<Money>,
    /// Where each limit was set, such as `config/paper.toml:41:1`; absent where nobody set it.
    pub limits_at: BTreeMap<LimitKey, String>,
}

/// How things stand at a quiet moment; with it a board that began late knows the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stock {
    /// Every position.
    pub positions: Vec<(StrategyId, Position)>,
    /// Every strategy's cash in the currency of the account.
    pub cash: Vec<(StrategyId, Money)>,
    /// The last move of each latch of the kill switch that has ever moved.
    pub latches: Vec<(Source, KillState)>,
    /// Whether each strategy that the gate knows runs.
    pub runs: Vec<(StrategyId, StrategyRun)>,
}
