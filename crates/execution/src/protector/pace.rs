//! How often a group tries: at once, then less and less often, for ever.

use contracts::{Qty, Ts};
use serde::{Deserialize, Serialize};

use super::config::ProtectorConfig;

/// The pace of a group.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Pace {
    /// Attempts in vain since something last went well.
    attempts: u32,
    /// Nothing is tried before.
    pub(crate) not_before: Ts,
    /// A person was told that nothing goes.
    told: bool,
    /// The most that the gate said would pass.
    pub(crate) most: Option<Qty>,
}

impl Pace {
    /// Nothing was tried yet.
    pub(crate) fn fresh(now: Ts) -> Self {
        Self { attempts: 0, not_before: now, told: false, most: None }
    }

    /// What was in vain is past: something went well.
    pub(crate) fn went_well(&mut self) {
        (self.attempts, self.told) = (0, false);
    }

    /// Nothing can be tried; whether a person should be told.
    pub(crate) fn stuck(&mut self) -> bool {
        !std::mem::replace(&mut self.told, true)
    }

    /// An attempt was in vain; whether a person should be told.
    pub(crate) fn failed(&mut self, now: Ts, config: &ProtectorConfig) -> bool {
        self.attempts = self.attempts.saturating_add(1);
        self.not_before = now + config.pause(self.attempts);
        let tell = self.attempts >= config.alert_after && !self.told;
        self.told |= tell;
        tell
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;
    use contracts::{RunId, SealKey, Span};

    use super::*;

    #[test]
    fn pace_slows_down_tells_once_and_never_stops() {
        let config = ProtectorConfig::new(RunId::new(1), SealKey::new([7; 16]));
        let mut pace = Pace::fresh(secs(0));
        let failed = |pace: &mut Pace| {
            let told = pace.failed(secs(100), &config);
            (pace.not_before.since(secs(100)).millis(), told)
        };
        let first: Vec<_> = (0..4).map(|_| failed(&mut pace)).collect();
        assert_eq!(first, [(500, false), (1_000, false), (2_000, true), (4_000, false)]);
        let later = (0..u32::from(u16::MAX)).map(|_| failed(&mut pace)).last();
        assert_eq!(later, Some((Span::MINUTE.millis(), false)));
        pace.went_well();
        assert_eq!(failed(&mut pace), (500, false));
    }
}
