//! When one line crosses another.

use serde::{Deserialize, Serialize};

use crate::indicator::{Indicator, usable};

/// A crossing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cross {
    /// The first line was below the second and is now above.
    Up,
    /// The first line was above the second and is now below.
    Down,
}

/// Says when the first line crosses the second. Lines that touch and part again on the same side
/// have not crossed; lines that are equal for a while cross when they part on the other side.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CrossDetector {
    /// On which side the first line was last seen, as the crossing that led there.
    side: Option<Cross>,
    ignored: u32,
}

impl CrossDetector {
    /// A detector that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Indicator for CrossDetector {
    /// The two lines.
    type Input = (f64, f64);
    type Value = Cross;

    #[inline]
    fn push(&mut self, (first, second): (f64, f64)) -> Option<Cross> {
        if !(usable(first) && usable(second)) {
            self.ignored = self.ignored.saturating_add(1);
            return None;
        }
        let side = if first > second {
            Cross::Up
        } else if first < second {
            Cross::Down
        } else {
            return None;
        };
        let before = self.side.replace(side)?;
        (before != side).then_some(side)
    }

    /// Two: the first pair of values can only say where the lines stand.
    fn warm_up(&self) -> u32 {
        2
    }

    fn ignored(&self) -> u32 {
        self.ignored
    }

    fn reset(&mut self) {
        *self = Self::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[(f64, f64)], expected: &[Option<Cross>]) {
        let mut detector = CrossDetector::new();
        let got: Vec<_> = lines.iter().map(|pair| detector.push(*pair)).collect();
        assert_eq!(got, expected, "{lines:?}");
    }

    #[test]
    fn cross_only_from_side_to_side() {
        let (up, down) = (Some(Cross::Up), Some(Cross::Down));
        check(&[(1.0, 2.0), (3.0, 2.0), (3.0, 2.0), (1.0, 2.0)], &[None, up, None, down]);
        check(&[(1.0, 2.0), (2.0, 2.0), (1.0, 2.0)], &[None, None, None]);
        check(&[(1.0, 2.0), (2.0, 2.0), (2.0, 2.0), (3.0, 2.0)], &[None, None, None, up]);
        check(&[(2.0, 2.0), (3.0, 2.0), (1.0, 2.0)], &[None, None, down]);
        check(&[(1.0, 2.0), (f64::NAN, 2.0), (3.0, 2.0)], &[None, None, up]);
    }
}
