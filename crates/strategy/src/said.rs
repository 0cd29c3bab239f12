//! What a strategy says during one call. It goes out when the call has ended well, and not at all when
//! it has not: a strategy that breaks in the middle leaves nothing half said.

use contracts::Event;

/// The most intents of one call: enough to cancel every order, remove every guard, and ask for as much
/// again.
pub const INTENTS_PER_CALL_MAX: usize = 3 * crate::orders::ORDERS_MAX;

/// The intents of one call.
#[derive(Debug)]
pub(crate) struct Said {
    intents: Vec<Event>,
    /// Whether the strategy has asked for more than it may.
    pub(crate) too_much: bool,
    /// Whether it has set or taken back a timer.
    pub(crate) timers_moved: bool,
}

impl Said {
    pub(crate) fn new() -> Self {
        let intents = Vec::with_capacity(INTENTS_PER_CALL_MAX);
        Self { intents, too_much: false, timers_moved: false }
    }

    /// Whether there is nothing to look at.
    #[inline]
    pub(crate) fn is_nothing(&self) -> bool {
        self.intents.is_empty() && !self.too_much && !self.timers_moved
    }

    pub(crate) fn len(&self) -> usize {
        self.intents.len()
    }

    /// Whether so many more may be said; otherwise the strategy has broken its bound.
    pub(crate) fn has_room(&mut self, count: usize) -> bool {
        self.too_much |= self.intents.len() + count > INTENTS_PER_CALL_MAX;
        !self.too_much
    }

    pub(crate) fn push(&mut self, intent: Event) {
        self.intents.push(intent);
    }

    pub(crate) fn intents(&self) -> &[Event] {
        &self.intents
    }

    pub(crate) fn clear(&mut self) {
        self.intents.clear();
        (self.too_much, self.timers_moved) = (false, false);
    }
}
