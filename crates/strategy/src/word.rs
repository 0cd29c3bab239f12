//! Who has the word: for whoever has to say which strategy does not come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use contracts::StrategyId;

/// Names the strategy that has the word at the moment, to whoever holds a copy. It decides nothing and is
/// no part of any state; a name read while the word passes on may be wrong, one read while nothing moves is
/// right.
#[derive(Clone, Debug, Default)]
pub struct Word(Arc<[AtomicU64; 2]>);

impl Word {
    pub(crate) fn goes_to(&self, id: StrategyId) {
        let (low, high) = id.bytes().split_at(8);
        for (half, bytes) in self.0.iter().zip([low, high]) {
            let bytes = bytes.try_into().unwrap_or([0; 8]);
            half.store(u64::from_le_bytes(bytes), Ordering::Relaxed);
        }
    }

    pub(crate) fn comes_back(&self) {
        self.0[0].store(0, Ordering::Relaxed);
    }

    /// Who has it, if anybody has.
    pub fn who(&self) -> Option<StrategyId> {
        let halves = self.0.each_ref().map(|half| half.load(Ordering::Relaxed).to_le_bytes());
        let name: Vec<u8> = halves.concat().into_iter().take_while(|byte| *byte != 0).collect();
        std::str::from_utf8(&name).ok().and_then(|name| StrategyId::new(name).ok())
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::strategy;

    use super::*;

    #[test]
    fn word_names_whoever_has_it_and_nobody_between() {
        let word = Word::default();
        assert_eq!(word.who(), None);
        for name in ["a", "eight_ch", "sixteen_letters_"] {
            word.goes_to(strategy(name));
            assert_eq!(word.clone().who(), Some(strategy(name)));
        }
        word.comes_back();
        assert_eq!(word.who(), None);
    }
}
