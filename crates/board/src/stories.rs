//! The stories of orders: all that are alive, and the latest of those that are over.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use contracts::{OrderId, Ts};

use crate::story::Story;

/// How many stories are kept. The gate allows fewer open orders than that.
pub const STORIES_MAX: usize = 4_096;
/// How many of the oldest are looked at for one that is over.
const LOOKED_AT: usize = 64;
/// How many ids of stories that were let go are remembered, so that a late word does not revive them.
const GONE_MAX: usize = 16_384;

/// The stories, and in what order they began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stories {
    held: BTreeMap<OrderId, Story>,
    order: VecDeque<OrderId>,
    gone: BTreeSet<OrderId>,
    gone_order: VecDeque<OrderId>,
    pub(crate) let_go: u64,
    /// Orders that were let go although they may still trade: there were too many.
    pub(crate) open_let_go: u64,
}

impl Stories {
    pub(crate) fn get(&self, id: OrderId) -> Option<&Story> {
        self.held.get(&id)
    }

    /// The story of that order, begun now where there is none; none where it was let go.
    pub(crate) fn of(&mut self, id: OrderId, at: Ts) -> Option<&mut Story> {
        if !self.held.contains_key(&id) {
            if self.gone.contains(&id) {
                return None;
            }
            if self.held.len() >= STORIES_MAX {
                self.make_room();
            }
            self.held.insert(id, Story::new(id, at));
            self.order.push_back(id);
        }
        self.held.get_mut(&id)
    }

    fn make_room(&mut self) {
        for _ in 0..LOOKED_AT {
            let Some(oldest) = self.order.pop_front() else { return };
            if !self.held.get(&oldest).is_some_and(Story::is_alive) {
                return self.forget(oldest);
            }
            self.order.push_back(oldest);
        }
        if let Some(oldest) = self.order.pop_front() {
            self.open_let_go += 1;
            self.forget(oldest);
        }
    }

    fn forget(&mut self, id: OrderId) {
        self.let_go += 1;
        self.held.remove(&id);
        if self.gone_order.len() >= GONE_MAX
            && let Some(oldest) = self.gone_order.pop_front()
        {
            self.gone.remove(&oldest);
        }
        if self.gone.insert(id) {
            self.gone_order.push_back(id);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Story> {
        self.held.values()
    }
}
