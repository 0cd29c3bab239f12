//! Clearing the kill switch of services apart: what the operator signs, and who believes it.
//!
//! The code of the source `operator` is a shared key: whoever reads the operator's words could make it. So a
//! word that clears carries the signature of the operator's own key besides, over the session and the moment,
//! and each service that heeds it checks that for itself.

use contracts::{ClearKill, RunId, Signed, Ts};
use settings::{OperatorKey, OperatorPublic};

use super::word::HEEDED_FOR;

/// A word that clears, signed for that session and moment.
pub fn sign_clear(key: &OperatorKey, session: RunId, at: Ts) -> ClearKill {
    let signature = key.sign(&message(session, at));
    ClearKill {
        signed: Some(Signed { at, signature }),
        ..ClearKill::by(key.public().fingerprint())
    }
}

/// What the operator signs: good for nothing else, and for no other moment.
fn message(session: RunId, at: Ts) -> Vec<u8> {
    format!("njord clear kill switch of services v1\nsession {session}\nat {at}\n").into_bytes()
}

/// Who may clear.
pub(super) struct Clearing {
    operator: OperatorPublic,
    session: RunId,
    /// For which moment the last one was signed that was heeded.
    last: Option<Ts>,
}

impl Clearing {
    pub(super) fn new(operator: OperatorPublic, session: RunId) -> Self {
        Self { operator, session, last: None }
    }

    /// Whether the operator has signed it, a moment ago and not for a word that was heeded before.
    pub(super) fn heeds(&mut self, clear: &ClearKill, now: Ts) -> bool {
        let Some(Signed { at, signature }) = clear.signed else { return false };
        let is_young = now.since(at).max(at.since(now)) <= HEEDED_FOR;
        let is_new = self.last.is_none_or(|last| at > last);
        let is_ours = clear.operator == self.operator.fingerprint();
        if !(is_young && is_new && is_ours) {
            return false;
        }
        let signed = self.operator.signed(&message(self.session, at), &signature);
        if signed {
            self.last = Some(at);
        }
        signed
    }
}

#[cfg(test)]
mod tests {
    use contracts::Signature;
    use contracts::testing::secs;
    use runtime::entropy;
    use settings::{Init, KeyFolder, init};

    use super::*;

    fn operator() -> OperatorKey {
        let home = tempfile::tempdir().unwrap();
        let wanted = Init { home: home.path().to_owned(), keys: None, keep_existing: false };
        init(&wanted, &mut |bytes| entropy(bytes)).unwrap();
        KeyFolder::at(home.path().join("var/keys")).operator().unwrap()
    }

    #[test]
    fn clear_is_heeded_once_from_the_operator_for_this_session_and_this_moment() {
        let (key, other, session) = (operator(), operator(), RunId::new(3));
        let good = sign_clear(&key, session, secs(100));
        let signed = good.signed.unwrap();
        let mut forged = *signed.signature.bytes();
        forged[63] ^= 1;
        let forged = Signed { signature: Signature::new(forged), ..signed };
        let mut clearing = Clearing::new(key.public(), session);
        for (wrong, now) in [
            (ClearKill::by(good.operator), 100),
            (good, 111),
            (good, 89),
            (sign_clear(&key, RunId::new(4), secs(100)), 100),
            (sign_clear(&other, session, secs(100)), 100),
            (ClearKill { operator: good.operator, ..sign_clear(&other, session, secs(100)) }, 100),
            (ClearKill { operator: 1, ..good }, 100),
            (ClearKill { signed: Some(forged), ..good }, 100),
            (ClearKill { signed: Some(Signed { at: secs(101), ..signed }), ..good }, 100),
        ] {
            assert!(!clearing.heeds(&wrong, secs(now)), "{wrong:?} at {now}");
        }
        assert!(clearing.heeds(&good, secs(110)));
        assert!(!clearing.heeds(&good, secs(110)), "it was heeded");
        assert!(!clearing.heeds(&sign_clear(&key, session, secs(99)), secs(100)));
        assert!(clearing.heeds(&sign_clear(&key, session, secs(105)), secs(110)));
    }
}
