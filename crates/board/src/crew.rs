//! The strategies: whether each runs, and what it has been up to.

use std::collections::BTreeMap;

use contracts::{StrategyId, StrategyRun};

/// More strategies than this are no roster.
const STRATEGIES_MAX: usize = 1_024;

/// What is counted of a strategy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) run: StrategyRun,
    pub(crate) approved: u64,
    pub(crate) refused: u64,
    pub(crate) fills: u64,
    /// It has asked for something.
    pub(crate) has_spoken: bool,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crew(BTreeMap<StrategyId, Member>);

impl Crew {
    /// A strategy, to count something of it; none beyond the bound.
    pub(crate) fn member(&mut self, strategy: StrategyId) -> Option<&mut Member> {
        if self.0.len() >= STRATEGIES_MAX && !self.0.contains_key(&strategy) {
            return None;
        }
        let run = StrategyRun::Running;
        let (approved, refused, fills, has_spoken) = (0, 0, 0, false);
        let newcomer = Member { run, approved, refused, fills, has_spoken };
        Some(self.0.entry(strategy).or_insert(newcomer))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (StrategyId, &Member)> {
        self.0.iter().map(|(strategy, member)| (*strategy, member))
    }
}
