//! Clearing the kill switch: what the operator signs, and why it cannot be used again.
//!
//! Somebody who wants to clear asks for a question first. The signature is over that question, the session
//! and the time, so that one that was overheard, or kept from another day, clears nothing.

use std::sync::{Mutex, PoisonError};

use contracts::{RunId, Span, Ts};

/// So many questions stand open at a time; the oldest gives way.
const OPEN_MAX: usize = 8;
/// How long an answer may take, and how far two clocks may be apart.
const ANSWER_WITHIN: Span = Span::MINUTE;

/// What the operator signs to clear the kill switch of a session.
pub fn clearing_message(session: RunId, question: &str, at: Ts) -> Vec<u8> {
    format!("njord clear kill switch v1\nsession {session}\nquestion {question}\nat {at}\n")
        .into_bytes()
}

/// The questions that were asked and not answered yet.
#[derive(Debug, Default)]
pub(super) struct Questions(Mutex<Vec<(String, Ts)>>);

impl Questions {
    pub(super) fn ask(&self, question: String, now: Ts) -> String {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= OPEN_MAX {
            open.remove(0);
        }
        open.push((question.clone(), now));
        question
    }

    /// Whether that question stands open and is answered in time. It does not stand open any more.
    pub(super) fn answered(&self, question: &str, at: Ts, now: Ts) -> bool {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(place) = open.iter().position(|(held, _)| held == question) else { return false };
        let (_, asked) = open.remove(place);
        let apart = now.since(at).max(at.since(now));
        now.since(asked) <= ANSWER_WITHIN && apart <= ANSWER_WITHIN
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;

    use super::*;

    #[test]
    fn question_is_answered_once_in_time_and_by_a_clock_that_fits() {
        let questions = Questions::default();
        let ask = |text: &str| questions.ask(text.to_owned(), secs(1_000));
        ask("a");
        assert!(!questions.answered("b", secs(1_000), secs(1_000)));
        assert!(questions.answered("a", secs(1_000), secs(1_010)));
        assert!(!questions.answered("a", secs(1_000), secs(1_010)));
        ask("late");
        assert!(!questions.answered("late", secs(1_061), secs(1_061)));
        for clock in [900, 1_100] {
            ask("other clock");
            assert!(!questions.answered("other clock", secs(clock), secs(1_001)));
        }
        for number in 0..=OPEN_MAX {
            ask(&number.to_string());
        }
        assert!(!questions.answered("0", secs(1_000), secs(1_000)));
        assert!(questions.answered("1", secs(1_000), secs(1_000)));
    }

    #[test]
    fn message_differs_in_everything_that_it_is_about() {
        let base = clearing_message(RunId::new(1), "q", secs(1));
        assert_ne!(base, clearing_message(RunId::new(2), "q", secs(1)));
        assert_ne!(base, clearing_message(RunId::new(1), "r", secs(1)));
        assert_ne!(base, clearing_message(RunId::new(1), "q", secs(2)));
    }
}
