//! Ids that are remembered for a while, the oldest forgotten first.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

/// The ids.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "Id: Ord + Deserialize<'de>"))]
pub(crate) struct Remembered<Id: Ord> {
    in_order: VecDeque<Id>,
    #[serde(skip)]
    sorted: BTreeSet<Id>,
}

impl<Id: Ord> Default for Remembered<Id> {
    fn default() -> Self {
        Self { in_order: VecDeque::new(), sorted: BTreeSet::new() }
    }
}

impl<Id: Ord + Copy> Remembered<Id> {
    pub(crate) fn contains(&self, id: Id) -> bool {
        self.sorted.contains(&id)
    }

    /// Remembers an id, and no more than `kept` in all; whether it was not remembered before.
    pub(crate) fn add(&mut self, id: Id, kept: usize) -> bool {
        let is_new = self.sorted.insert(id);
        if is_new {
            self.in_order.push_back(id);
        }
        while self.in_order.len() > kept {
            if let Some(oldest) = self.in_order.pop_front() {
                self.sorted.remove(&oldest);
            }
        }
        is_new
    }

    /// Makes the sorted form anew after reading.
    pub(crate) fn connect(&mut self) {
        self.sorted = self.in_order.iter().copied().collect();
    }
}
