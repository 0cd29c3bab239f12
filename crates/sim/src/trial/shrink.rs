//! Makes a trial that breaks a promise smaller: fewer kinds of faults, less time, no mischief, as long as
//! it still breaks the same promise. What is left is where to look.

use contracts::Span;

use super::{Tamper, Trial};
use crate::faults::Faults;
use crate::world::Violation;

/// A shorter trial says nothing more.
const SHORTEST: Span = Span::SECOND;

impl Trial {
    /// The smallest trial found that breaks the same promise as this one, and how; `None` where this one
    /// breaks none.
    pub fn shrunk(&self, tamper: Tamper) -> Option<(Self, Violation)> {
        let first = self.run_with(Vec::new(), tamper).err()?;
        let what = first.what.clone();
        let mut smallest = (self.clone(), first);
        // Again and again: what could not be left out at first may have been needed by what is gone since.
        let mut before = None;
        while before.as_ref() != Some(&smallest.0) {
            before = Some(smallest.0.clone());
            for smaller in steps() {
                let mut trial = smallest.0.clone();
                smaller(&mut trial);
                if trial != smallest.0 {
                    let broken = trial.run_with(Vec::new(), tamper).err();
                    let same = broken.filter(|broken| promise(&broken.what) == promise(&what));
                    smallest = same.map_or(smallest, |broken| (trial, broken));
                }
            }
        }
        Some(smallest)
    }
}

/// Each of them makes a trial smaller.
fn steps() -> impl Iterator<Item = Box<dyn Fn(&mut Trial)>> {
    let faults = Faults::MENU.iter().map(|(_, without)| {
        let step: Box<dyn Fn(&mut Trial)> = Box::new(|trial| without(&mut trial.faults));
        step
    });
    let calm: Box<dyn Fn(&mut Trial)> = Box::new(|trial| trial.mischief = false);
    let halves = (0..10).map(|_| {
        let step: Box<dyn Fn(&mut Trial)> = Box::new(|trial| {
            let half = Span::from_nanos(trial.trades_for.nanos() / 2);
            trial.trades_for = half.max(SHORTEST.min(trial.trades_for));
        });
        step
    });
    faults.chain([calm]).chain(halves)
}

/// What a violation is about, without whom and how much: its first plain words.
fn promise(what: &str) -> Vec<&str> {
    let is_plain = |word: &&str| word.chars().all(char::is_alphabetic);
    what.split_whitespace().filter(is_plain).take(4).collect()
}

#[cfg(test)]
mod tests {
    use super::promise;

    #[test]
    fn promise_is_the_same_whoever_breaks_it() {
        let told = |id, qty| format!("order {id} was told to be over, and is None with {qty}");
        assert_eq!(promise(&told("a7fb2c", "0")), promise(&told("6f9b0c", "0.5")));
        assert_ne!(promise("order 6f9b0c was sent twice"), promise(&told("6f9b0c", "0.5")));
    }
}
