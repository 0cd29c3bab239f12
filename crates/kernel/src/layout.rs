//! Layouts: in which version a state was written, and the way from each older version to the one of this build.
//!
//! A version is never told apart from the steps that lead to it: whoever changes a layout writes the step from
//! the one before, and the version follows. A state therefore always comes with an answer to what became of it,
//! if only that nobody can know.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::state::StateError;

/// From what one version wrote to what the next one would have written. Where that cannot be known, it says
/// so: a state that is guessed is worse than none.
pub type Step = fn(&[u8]) -> Result<Vec<u8>, StateError>;

/// The layout of a state.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    steps: &'static [Step],
}

impl Layout {
    /// One that has never changed.
    pub const FIRST: Self = Self { steps: &[] };

    /// The one to which these steps lead from the first, one version each.
    pub const fn after(steps: &'static [Step]) -> Self {
        Self { steps }
    }

    /// Its version: one more than there are steps.
    pub const fn version(self) -> u32 {
        self.steps.len() as u32 + 1
    }

    /// A state of version `found` in this layout.
    pub fn raise(self, found: u32, state: &[u8]) -> Result<Cow<'_, [u8]>, StateError> {
        let known = self.version();
        if found == 0 || found > known {
            return Err(StateError::Unknown { found, known });
        }
        let mut state = Cow::Borrowed(state);
        for (from, step) in (found..).zip(&self.steps[found as usize - 1..]) {
            let raised = step(&state).map_err(|why| StateError::NoWay {
                found,
                from,
                known,
                why: Box::new(why),
            })?;
            state = Cow::Owned(raised);
        }
        Ok(state)
    }
}

/// In which version a part of a state was written. Stands beside the state, not in it: the hash of a state is
/// the same in every build that writes it alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartLayout {
    /// What the part is called: the sequencer, or in whose name a machine speaks.
    pub of: String,
    /// The version of its layout.
    pub version: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    const THIRD: Layout = Layout::after(&[
        |state| Ok([state, b"a"].concat()),
        |state| match state {
            b"lost" => Err(StateError::Contradiction("it never said which")),
            _ => Ok([state, b"b"].concat()),
        },
    ]);

    #[test]
    fn layout_raises_each_version_by_the_steps_behind_it() {
        assert_eq!((Layout::FIRST.version(), THIRD.version()), (1, 3));
        for (found, raised) in [(1, "xab"), (2, "xb"), (3, "x")] {
            assert_eq!(THIRD.raise(found, b"x").unwrap(), raised.as_bytes(), "{found}");
        }
        assert_eq!(Layout::FIRST.raise(1, b"x").unwrap(), &b"x"[..]);
    }

    #[test]
    fn layout_refuses_versions_that_it_does_not_know_and_says_which_step_has_no_way() {
        for found in [0, 4, u32::MAX] {
            let why = THIRD.raise(found, b"x").unwrap_err();
            assert!(matches!(why, StateError::Unknown { known: 3, .. }), "{why}");
            assert!(why.to_string().contains(&format!("version {found}")), "{why}");
        }
        let why = THIRD.raise(2, b"lost").unwrap_err().to_string();
        assert!(why.contains("version 2") && why.contains("it never said which"), "{why}");
    }
}
