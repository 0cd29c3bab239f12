//! The orders that are guarded or may be, found by id, symbol, timer and exit; and what each strategy
//! holds, so that no group guards what somebody else has sold.

use std::collections::{BTreeMap, VecDeque};

use contracts::{Net, OrderId, OutOfRange, Qty, Side, StrategyId, Symbol, SymbolMap};
use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::guard::Guard;

/// The entries.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Entries {
    all: BTreeMap<OrderId, Entry>,
    numbered: u64,
    /// Those that are complete, the oldest first; forgotten when there are too many.
    finished: VecDeque<OrderId>,
    /// What each strategy holds of each instrument, by the fills that were heard.
    nets: SymbolMap<Vec<(StrategyId, Net)>>,
    /// Guarded entries of an instrument, the oldest first.
    #[serde(skip)]
    guarded: SymbolMap<Vec<(u64, OrderId)>>,
    #[serde(skip)]
    by_timer: BTreeMap<u32, OrderId>,
    #[serde(skip)]
    by_exit: BTreeMap<OrderId, OrderId>,
}

impl Entries {
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn get(&self, id: OrderId) -> Option<&Entry> {
        self.all.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: OrderId) -> Option<&mut Entry> {
        self.all.get_mut(&id)
    }

    pub(crate) fn guarded(&self) -> impl Iterator<Item = &Entry> {
        self.guarded.iter().flat_map(|(_, held)| held).filter_map(|(_, id)| self.all.get(id))
    }

    pub(crate) fn of_timer(&self, timer: u32) -> Option<OrderId> {
        self.by_timer.get(&timer).copied()
    }

    pub(crate) fn of_exit(&self, exit: OrderId) -> Option<OrderId> {
        self.by_exit.get(&exit).copied()
    }

    /// Follows another order.
    pub(crate) fn add(&mut self, id: OrderId, strategy: StrategyId, symbol: Symbol, side: Side) {
        self.numbered += 1;
        let number = self.numbered;
        self.all.entry(id).or_insert_with(|| Entry::new(id, number, strategy, symbol, side));
    }

    /// An entry is complete: it is remembered for a while.
    pub(crate) fn complete(&mut self, id: OrderId, kept: usize) {
        self.finished.push_back(id);
        while self.finished.len() > kept {
            let Some(oldest) = self.finished.pop_front() else { break };
            // One that is guarded comes here again when its guard is gone.
            if self.all.get(&oldest).is_some_and(|entry| entry.guard.is_none()) {
                self.all.remove(&oldest);
            }
        }
    }

    /// How many guards a strategy has.
    pub(crate) fn guards_of(&self, strategy: StrategyId) -> usize {
        self.guarded().filter(|entry| entry.strategy == strategy).count()
    }

    /// Whether a guard of that symbol finds room.
    pub(crate) fn has_room(&self, symbol: Symbol) -> bool {
        self.guarded.get(symbol).is_some() || !self.guarded.is_full()
    }

    /// Guards an entry.
    pub(crate) fn guard(&mut self, id: OrderId, guard: Guard) {
        let Some(entry) = self.all.get_mut(&id) else { return };
        self.by_timer.insert(guard.timer, id);
        entry.guard = Some(Box::new(guard));
        let key = (entry.number, id);
        let held = self.guarded.get_or_insert_with(entry.symbol, Vec::new);
        if let Err(place) = held.binary_search(&key) {
            held.insert(place, key);
        }
    }

    /// The guard of an entry is over.
    pub(crate) fn unguard(&mut self, id: OrderId, kept: usize) -> Option<u32> {
        let entry = self.all.get_mut(&id)?;
        let timer = entry.guard.take()?.timer;
        let (symbol, complete) = (entry.symbol, entry.is_complete());
        self.by_timer.remove(&timer);
        if let Some(held) = self.guarded.get_mut(symbol) {
            held.retain(|(_, held)| *held != id);
        }
        if complete {
            self.complete(id, kept);
        }
        Some(timer)
    }

    /// An exit of an entry is asked for.
    pub(crate) fn exit_begins(&mut self, exit: OrderId, entry: OrderId) {
        self.by_exit.insert(exit, entry);
    }

    /// An exit is over.
    pub(crate) fn exit_ends(&mut self, exit: OrderId) {
        self.by_exit.remove(&exit);
    }

    /// Whether anything of that symbol is guarded.
    #[inline]
    pub(crate) fn are_guarded(&self, symbol: Symbol) -> bool {
        self.guarded.get(symbol).is_some_and(|ids| !ids.is_empty())
    }

    /// Puts the guarded entries of an instrument into `found`, the oldest first.
    pub(crate) fn list(&self, symbol: Symbol, found: &mut Vec<OrderId>) {
        found.clear();
        found.extend(self.guarded.get(symbol).into_iter().flatten().map(|(_, id)| *id));
    }

    /// A strategy has traded.
    pub(crate) fn traded(
        &mut self,
        strategy: StrategyId,
        symbol: Symbol,
        change: Net,
    ) -> Result<(), OutOfRange> {
        if self.nets.get(symbol).is_none() && self.nets.is_full() {
            return Err(OutOfRange);
        }
        let held = self.nets.get_or_insert_with(symbol, Vec::new);
        let index = held.binary_search_by_key(&strategy, |(strategy, _)| *strategy);
        let index = index.unwrap_or_else(|index| {
            held.insert(index, (strategy, Net::ZERO));
            index
        });
        held[index].1 = held[index].1.plus(change)?;
        Ok(())
    }

    /// What a strategy holds in the direction that orders of that side build.
    fn inventory(&self, strategy: StrategyId, symbol: Symbol, side: Side) -> Qty {
        let held = self.nets.get(symbol).into_iter().flatten().find(|(held, _)| *held == strategy);
        let net = held.map_or(Net::ZERO, |(_, net)| *net);
        if net.side() == Some(side) { net.size() } else { Qty::ZERO }
    }

    /// Lets go of what groups of that side cannot hold any more, because somebody else has closed it:
    /// the oldest lose it first, as lots are closed. Puts those that lost something into `touched`.
    pub(crate) fn trim(
        &mut self,
        strategy: StrategyId,
        symbol: Symbol,
        side: Side,
        touched: &mut Vec<OrderId>,
    ) {
        touched.clear();
        let ids = self.guarded.get(symbol).map_or(&[][..], Vec::as_slice);
        let own = |entry: &&Entry| entry.strategy == strategy && entry.side == side;
        let held = ids.iter().filter_map(|(_, id)| self.all.get(id)).filter(own);
        let held = held.map(Entry::held).try_fold(Qty::ZERO, Qty::plus);
        let inventory = self.inventory(strategy, symbol, side);
        let Ok(mut excess) = held.map(|held| held.saturating_minus(inventory)) else { return };
        for (_, id) in ids {
            let Some(entry) = self.all.get_mut(id) else { continue };
            if excess.is_zero() || entry.strategy != strategy || entry.side != side {
                continue;
            }
            let gone = entry.held().min(excess);
            if !gone.is_zero() {
                entry.release(gone);
                excess = excess.saturating_minus(gone);
                touched.push(*id);
            }
        }
    }

    /// Makes the indices anew after reading.
    pub(crate) fn connect(&mut self) {
        let (guarded, by_timer, by_exit) =
            (&mut self.guarded, &mut self.by_timer, &mut self.by_exit);
        for entry in self.all.values() {
            let Some(guard) = &entry.guard else { continue };
            by_timer.insert(guard.timer, entry.id);
            if let Some(exit) = &guard.exit {
                by_exit.insert(exit.id, entry.id);
            }
            let key = (entry.number, entry.id);
            let held = guarded.get_or_insert_with(entry.symbol, Vec::new);
            let place = held.binary_search(&key).unwrap_or_else(|place| place);
            held.insert(place, key);
        }
    }
}
