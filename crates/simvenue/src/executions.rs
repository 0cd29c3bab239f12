//! The last executions, so that a query can be answered with all of an order's.

use std::collections::VecDeque;

use contracts::{Fill, OrderId};
use serde::{Deserialize, Serialize};

/// A ring of executions, numbered without gaps.
#[derive(Clone, Debug)]
pub(crate) struct Executions {
    ring: VecDeque<Fill>,
    max: usize,
    /// The number of the next execution; the first is 1.
    next: u64,
}

/// The ring as a snapshot holds it.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredExecutions {
    next: u64,
    ring: VecDeque<Fill>,
}

impl Executions {
    pub(crate) fn new(max: u32) -> Self {
        let max = (max as usize).max(1);
        Self { ring: VecDeque::with_capacity(max), max, next: 1 }
    }

    /// The number that the next execution will have.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Keeps the next execution, and forgets the oldest beyond the bound.
    pub(crate) fn push(&mut self, fill: Fill) {
        if self.ring.len() >= self.max {
            self.ring.pop_front();
        }
        self.ring.push_back(fill);
        self.next += 1;
    }

    /// The executions of an order that are still remembered, from the one numbered `first` on.
    pub(crate) fn of(&self, id: OrderId, first: u64) -> impl Iterator<Item = &Fill> {
        let skipped = first.saturating_sub(self.oldest()).min(self.ring.len() as u64);
        self.ring.range(skipped as usize..).filter(move |fill| fill.id == id)
    }

    /// Those that are still remembered, each with its number.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (u64, &Fill)> {
        (self.oldest()..).zip(&self.ring)
    }

    /// Whether there were more than are remembered.
    pub(crate) fn has_forgotten(&self) -> bool {
        self.oldest() > 1
    }

    fn oldest(&self) -> u64 {
        self.next - self.ring.len() as u64
    }

    pub(crate) fn stored(&self) -> StoredExecutions {
        StoredExecutions { next: self.next, ring: self.ring.clone() }
    }

    /// Takes back what [`Executions::stored`] gave; `false` where it contradicts itself or the bound.
    #[must_use]
    pub(crate) fn restore(&mut self, stored: StoredExecutions) -> bool {
        let length = stored.ring.len();
        self.next = stored.next;
        self.ring.clear();
        self.ring.extend(stored.ring);
        length <= self.max && (length as u64) < self.next
    }
}
