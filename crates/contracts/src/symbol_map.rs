//! State per symbol: constant-time lookup, one order of iteration on every machine.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::symbol::Symbol;

/// A small open-addressed table. Iteration is by symbol, alphabetically; entries are never removed,
/// because the set of symbols of a session only grows.
#[derive(Clone, Debug)]
pub struct SymbolMap<T> {
    /// Sorted by symbol.
    entries: Vec<(Symbol, T)>,
    /// Indices into `entries` plus one; zero is empty. The length is a power of two.
    slots: Vec<u16>,
}

impl<T> Default for SymbolMap<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), slots: vec![0; 8] }
    }
}

impl<T> SymbolMap<T> {
    /// The most symbols that one map holds.
    pub const CAPACITY: usize = 8_192;

    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many symbols have state.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no symbol has state.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether another symbol would go beyond [`Self::CAPACITY`].
    pub fn is_full(&self) -> bool {
        self.entries.len() >= Self::CAPACITY
    }

    /// The state of `symbol`.
    #[inline]
    pub fn get(&self, symbol: Symbol) -> Option<&T> {
        let index = self.position(symbol)?;
        Some(&self.entries[index].1)
    }

    /// The state of `symbol`, to change it.
    #[inline]
    pub fn get_mut(&mut self, symbol: Symbol) -> Option<&mut T> {
        let index = self.position(symbol)?;
        Some(&mut self.entries[index].1)
    }

    /// The state of `symbol`, made by `make` where there is none yet.
    ///
    /// # Panics
    /// Beyond [`Self::CAPACITY`] symbols; check [`Self::is_full`] where symbols come from strangers.
    #[inline]
    pub fn get_or_insert_with(&mut self, symbol: Symbol, make: impl FnOnce() -> T) -> &mut T {
        let index = match self.position(symbol) {
            Some(index) => index,
            None => self.insert_new(symbol, make()),
        };
        &mut self.entries[index].1
    }

    /// The same where symbols come from strangers: nothing beyond [`Self::CAPACITY`].
    #[inline]
    pub fn get_or_insert_if_room(
        &mut self,
        symbol: Symbol,
        make: impl FnOnce() -> T,
    ) -> Option<&mut T> {
        let index = match self.position(symbol) {
            Some(index) => index,
            None if self.is_full() => return None,
            None => self.insert_new(symbol, make()),
        };
        Some(&mut self.entries[index].1)
    }

    /// Sets the state of `symbol`.
    #[inline]
    pub fn insert(&mut self, symbol: Symbol, state: T) {
        match self.position(symbol) {
            Some(index) => self.entries[index].1 = state,
            None => {
                self.insert_new(symbol, state);
            }
        }
    }

    /// Every symbol with its state, alphabetically.
    pub fn iter(&self) -> impl Iterator<Item = (Symbol, &T)> {
        self.entries.iter().map(|(symbol, state)| (*symbol, state))
    }

    /// Every symbol with its state, alphabetically, to change it.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Symbol, &mut T)> {
        self.entries.iter_mut().map(|(symbol, state)| (*symbol, state))
    }

    #[inline]
    fn position(&self, symbol: Symbol) -> Option<usize> {
        // One symbol is the common case of a backtest, and then there is nothing to hash.
        if let [(only, _)] = self.entries.as_slice() {
            return (*only == symbol).then_some(0);
        }
        let mask = self.slots.len() - 1;
        let mut slot = symbol.mixed() as usize >> 32 & mask;
        loop {
            let index = usize::from(self.slots[slot]).checked_sub(1)?;
            if self.entries[index].0 == symbol {
                return Some(index);
            }
            slot = (slot + 1) & mask;
        }
    }

    #[cold]
    fn insert_new(&mut self, symbol: Symbol, state: T) -> usize {
        assert!(!self.is_full(), "more symbols than a session may have");
        let index = self.entries.partition_point(|(held, _)| *held < symbol);
        self.entries.insert(index, (symbol, state));
        self.rebuild();
        index
    }

    /// Lays the slots anew; symbols arrive rarely, so this need not be fast.
    fn rebuild(&mut self) {
        let size = (self.entries.len() * 4).next_power_of_two().max(8);
        self.slots.clear();
        self.slots.resize(size, 0);
        for (index, (symbol, _)) in self.entries.iter().enumerate() {
            let mut slot = symbol.mixed() as usize >> 32 & (size - 1);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (size - 1);
            }
            self.slots[slot] = index as u16 + 1;
        }
    }
}

impl<T: PartialEq> PartialEq for SymbolMap<T> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<T: Eq> Eq for SymbolMap<T> {}

impl<T> FromIterator<(Symbol, T)> for SymbolMap<T> {
    fn from_iter<I: IntoIterator<Item = (Symbol, T)>>(entries: I) -> Self {
        let mut map = Self::new();
        for (symbol, state) in entries {
            map.insert(symbol, state);
        }
        map
    }
}

impl<T: Serialize> Serialize for SymbolMap<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(self.entries.iter().map(|(symbol, state)| (symbol, state)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for SymbolMap<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let entries = std::collections::BTreeMap::<Symbol, T>::deserialize(d)?;
        if entries.len() > Self::CAPACITY {
            return Err(serde::de::Error::custom("more symbols than a session may have"));
        }
        Ok(entries.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn symbol_map_behaves_like_a_tree(
            operations in prop::collection::vec((0_u16..300, any::<u32>()), 0..400),
        ) {
            let (mut map, mut twin) = (SymbolMap::new(), BTreeMap::new());
            for (number, value) in operations {
                let symbol = Symbol::new(&format!("A{number}/USD")).unwrap();
                map.insert(symbol, value);
                twin.insert(symbol, value);
            }
            prop_assert!(map.iter().map(|(s, v)| (s, *v)).eq(twin.iter().map(|(s, v)| (*s, *v))));
            for number in 0..300 {
                let symbol = Symbol::new(&format!("A{number}/USD")).unwrap();
                prop_assert_eq!(map.get(symbol), twin.get(&symbol));
            }
        }
    }
}
