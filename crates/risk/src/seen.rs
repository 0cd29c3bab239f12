//! Which intents have been seen: a high-water mark per speaker, kept across midnight and restart.

use contracts::{Corr, Event, IntentSeq, Origin, Price, SealKey, StrategyId};
use serde::{Deserialize, Serialize};

/// How many of the latest intents of each speaker are remembered by content.
const REMEMBERED: usize = 64;
/// The most speakers (a strategy and an origin) of one session.
const SPEAKERS_MAX: usize = 1_024;

/// What is known about an intent before it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Novelty {
    /// Never seen.
    New,
    /// Seen, with the same content as far as that is remembered.
    Repeated,
    /// Its number was seen with other content: somebody is not who he says.
    Conflicting,
    /// There are too many speakers to take on another.
    TooManySpeakers,
}

/// The high-water marks, sorted by speaker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    speakers: Vec<Speaker>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Speaker {
    strategy: StrategyId,
    origin: Origin,
    highest: IntentSeq,
    /// The latest intents with a hash of their content; the place is the number's remainder.
    latest: Vec<(IntentSeq, u64)>,
}

impl Seen {
    /// Looks an intent up and remembers it.
    pub(crate) fn note(&mut self, corr: &Corr, intent: &Event) -> Novelty {
        let content = content_hash(corr, intent);
        let Some(speaker) = self.speaker(corr) else { return Novelty::TooManySpeakers };
        let slot = (corr.intent.get() % REMEMBERED as u64) as usize;
        if corr.intent > speaker.highest {
            speaker.highest = corr.intent;
            speaker.latest[slot] = (corr.intent, content);
            return Novelty::New;
        }
        match speaker.latest[slot] {
            (seq, held) if seq == corr.intent && seq.get() > 0 && held != content => {
                Novelty::Conflicting
            }
            _ => Novelty::Repeated,
        }
    }

    fn speaker(&mut self, corr: &Corr) -> Option<&mut Speaker> {
        let key = (corr.strategy, corr.origin);
        let found = self.speakers.binary_search_by_key(&key, |held| (held.strategy, held.origin));
        let index = match found {
            Ok(index) => index,
            Err(_) if self.speakers.len() >= SPEAKERS_MAX => return None,
            Err(index) => {
                let (strategy, origin) = key;
                let latest = vec![(IntentSeq::new(0), 0); REMEMBERED];
                let highest = IntentSeq::new(0);
                self.speakers.insert(index, Speaker { strategy, origin, highest, latest });
                index
            }
        };
        self.speakers.get_mut(index)
    }
}

/// A hash over everything that an intent asks for.
fn content_hash(corr: &Corr, intent: &Event) -> u64 {
    // Not a secret: this only tells one content from another.
    let key = SealKey::new(*b"intent-content-1");
    let start = corr.seal_into(key.begin());
    let price = |price: Option<Price>| price.map_or(0, Price::pico);
    let hashed = match intent {
        Event::Place(place) => place
            .spec
            .seal_into(start.word(1).wide(place.id.bits()))
            .word(place.expires.nanos() as u64),
        Event::Cancel(cancel) => start.word(2).wide(cancel.target.bits()),
        Event::Amend(amend) => start
            .word(3)
            .wide(amend.target.bits())
            .wide(amend.qty.pico())
            .wide(price(amend.limit))
            .wide(price(amend.trigger)),
        Event::Protect(protect) => protect.seal_into(start.word(4)),
        _ => start,
    };
    hashed.finish().number()
}

#[cfg(test)]
mod tests {
    use contracts::testing::strategy;
    use contracts::{Cancel, Label, OrderId};

    use super::*;

    fn intent(strategy_name: &str, number: u64, target: u128) -> (Corr, Event) {
        let corr = Corr::new(strategy(strategy_name), Origin::Strategy, IntentSeq::new(number));
        let target = OrderId::from_bits(target).unwrap();
        (corr, Event::Cancel(Cancel { target, why: Label::NONE }))
    }

    #[test]
    fn seen_old_numbers_are_repeats_and_other_content_conflicts() {
        let mut seen = Seen::default();
        let mut note = |(corr, event): (Corr, Event)| seen.note(&corr, &event);
        assert_eq!(note(intent("a", 1, 7)), Novelty::New);
        assert_eq!(note(intent("a", 1, 7)), Novelty::Repeated);
        assert_eq!(note(intent("a", 1, 8)), Novelty::Conflicting);
        assert_eq!(note(intent("b", 1, 8)), Novelty::New);
        assert_eq!(note(intent("a", 193, 7)), Novelty::New);
        // Too long ago to know the content, but never new again.
        assert_eq!(note(intent("a", 1, 8)), Novelty::Repeated);
        assert_eq!(note(intent("a", 0, 8)), Novelty::Repeated);
    }
}
