//! All purses of a ledger, in one fixed order.

use core::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

use crate::purse::{EMPTY, Owner, Purse};

/// The most purses of one ledger: pairs of a strategy and a currency, and the account's own.
pub const PURSES_MAX: usize = 4_096;

/// Purses sorted by owner. They are never removed, and added only when a strategy meets a currency
/// for the first time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Purses(Vec<(Owner, Purse)>);

impl Purses {
    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Where the purse of `owner` lies.
    #[inline]
    pub(crate) fn find(&self, owner: Owner) -> Option<u16> {
        // The account's own come first, and are asked for with every price.
        if self.0.first().is_some_and(|(first, _)| *first == owner) {
            return Some(0);
        }
        self.0.binary_search_by_key(&owner, |(held, _)| *held).ok().map(|index| index as u16)
    }

    /// The purse of `owner`; an empty one where there is none.
    pub(crate) fn get(&self, owner: Owner) -> &Purse {
        self.find(owner).map_or(&EMPTY, |index| &self[index])
    }

    /// Every purse with its owner.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Owner, Purse)> {
        self.0.iter()
    }

    /// Every purse, to change it.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Purse> {
        self.0.iter_mut().map(|(_, purse)| purse)
    }

    /// Where the purse of `owner` lies, for a holding to keep; nowhere (so that using it would halt)
    /// where there is none.
    pub(crate) fn place(&self, owner: Owner) -> u16 {
        self.find(owner).unwrap_or(u16::MAX)
    }

    /// Sets the purse of `owner`. A new one moves others: their places must be found anew.
    pub(crate) fn set(&mut self, owner: Owner, purse: Purse) {
        match self.0.binary_search_by_key(&owner, |(held, _)| *held) {
            Ok(index) => self.0[index].1 = purse,
            Err(index) => self.0.insert(index, (owner, purse)),
        }
    }
}

impl Index<u16> for Purses {
    type Output = Purse;
    fn index(&self, index: u16) -> &Purse {
        &self.0[usize::from(index)].1
    }
}

impl IndexMut<u16> for Purses {
    fn index_mut(&mut self, index: u16) -> &mut Purse {
        &mut self.0[usize::from(index)].1
    }
}
