//! What truly is: every execution of the venue, what follows from them, and which of them were told.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{Fill, Money, OutOfRange, StrategyId, VenueRef};

use super::books::Books;

/// The truth about money.
pub(super) struct Truth {
    pub(super) books: Books,
    executed: BTreeMap<VenueRef, Fill>,
    told: BTreeSet<VenueRef>,
}

impl Truth {
    pub(super) fn new(cash: &[(StrategyId, Money)]) -> Self {
        Self { books: Books::new(cash), executed: BTreeMap::new(), told: BTreeSet::new() }
    }

    pub(super) fn untold(&self) -> usize {
        self.executed.len() - self.told.len()
    }

    /// Whether that execution is new.
    pub(super) fn executed(
        &mut self,
        strategy: StrategyId,
        fill: &Fill,
    ) -> Result<bool, OutOfRange> {
        if self.executed.insert(fill.exec, *fill).is_some() {
            return Ok(false);
        }
        self.books.count(strategy, fill)?;
        Ok(true)
    }

    /// Who told it has forgotten that.
    pub(super) fn untell(&mut self, fill: &Fill) {
        self.told.remove(&fill.exec);
    }

    /// An execution is told to everybody: as it was, and once.
    pub(super) fn told(&mut self, fill: &Fill) -> Result<(), String> {
        match self.executed.get(&fill.exec) {
            Some(truth) if truth == fill => {}
            Some(_) => return Err(format!("execution {} was told differently", fill.exec)),
            None => return Err(format!("execution {} was invented", fill.exec)),
        }
        if self.told.insert(fill.exec) {
            Ok(())
        } else {
            Err(format!("execution {} was told twice", fill.exec))
        }
    }
}
