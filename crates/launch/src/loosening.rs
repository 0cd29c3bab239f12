//! Limits that the settings have loosened come into force where the operator signs for them: for those settings,
//! for that session, and now.

use contracts::{RunId, Signature, Span, Ts};
use serde::{Deserialize, Serialize};
use settings::{Loaded, OperatorKey, OperatorPublic};

/// How old a signature may be, and how far two clocks may be apart.
const SIGNED_WITHIN: Span = Span::MINUTE;

/// The operator's signature under loosened limits.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loosening {
    at: Ts,
    signature: Signature,
}

impl Loosening {
    /// Signs for those settings.
    pub fn sign(loaded: &Loaded, key: &OperatorKey, at: Ts) -> Self {
        Self { at, signature: key.sign(&message(loaded, at)) }
    }

    /// The fingerprint of the operator's key, where it signed for those settings a moment ago.
    pub fn operator(&self, loaded: &Loaded, public: &OperatorPublic, now: Ts) -> Option<u32> {
        let apart = now.since(self.at).max(self.at.since(now));
        let signed = public.signed(&message(loaded, self.at), &self.signature);
        (signed && apart <= SIGNED_WITHIN).then(|| public.fingerprint())
    }
}

/// What the operator signs: the purpose, the session, the settings and the time, so that it is good for nothing
/// else.
fn message(loaded: &Loaded, at: Ts) -> Vec<u8> {
    let session = RunId::new(loaded.settings().run.session);
    // What decides: folders and ports differ between services that have the same limits.
    let settings = loaded.decision_hash();
    format!("njord loosen limits v1\nsession {session}\nsettings {settings}\nat {at}\n")
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;
    use runtime::entropy;
    use settings::{Init, KeyFolder, Sources, init, load};

    use super::*;

    #[test]
    fn signature_is_good_for_those_settings_that_session_and_that_moment() {
        let home = tempfile::tempdir().unwrap();
        let wanted = Init { home: home.path().to_owned(), keys: None, keep_existing: false };
        init(&wanted, &mut |bytes| entropy(bytes)).unwrap();
        let with = |flags: &[&str]| {
            load(&Sources::in_home(home.path()).with_flags(flags.iter().copied())).unwrap()
        };
        let loaded = with(&["risk.collar=200"]);
        let key = KeyFolder::at(&loaded.places().keys).operator().unwrap();
        let signed = Loosening::sign(&loaded, &key, secs(1_000));
        let of = |loaded: &Loaded, now| signed.operator(loaded, &key.public(), secs(now));
        assert_eq!(of(&loaded, 1_060), Some(key.public().fingerprint()));
        assert_eq!(of(&with(&["risk.collar=200", "ports.up=0"]), 940), of(&loaded, 1_000));
        assert_eq!((of(&loaded, 1_061), of(&loaded, 939)), (None, None));
        for other in [&["risk.collar=201"][..], &["risk.collar=200", "run.session=7"]] {
            assert_eq!(of(&with(other), 1_000), None);
        }
        let text = serde_json::to_string(&signed).unwrap();
        let forged: Loosening = serde_json::from_str(&text.replace("1000", "1001")).unwrap();
        assert_eq!(forged.operator(&loaded, &key.public(), secs(1_001)), None);
    }
}
