//! Who said it: a code on every durable message, made with a key of its source.
//!
//! The code is HMAC-SHA256 over the stream, the message before it, its own position and its canonical
//! text. Whoever can write to the server and has no key can therefore say nothing that is believed, and
//! can neither take a message out of the middle nor put an old one in again without it showing. Whoever
//! can check such a code could also make it: the keys are shared ones.
//!
//! Heads carry a code too, for whoever goes by them: that a source lives, and how far a topic is.

use std::collections::BTreeMap;
use std::fmt;

use contracts::{Envelope, Event, Head, Seal, Source};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::line::{Entry, Found};
use crate::place::{Position, Stream};

/// The key of a source. Never shown.
#[derive(Clone)]
pub struct SourceKey(Zeroizing<[u8; 32]>);

impl SourceKey {
    /// The key of those bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn begin(&self, stream: Stream, before: Position, position: Position) -> Hmac<Sha256> {
        // Every part but the last ends in a line end, which none of them holds.
        let head = format!("njord bus v1\n{stream}\n{before}\n{position}\n");
        Hmac::<Sha256>::new((&*self.block()).into()).chain_update(head)
    }

    fn head(&self, said: &Envelope, head: &Head) -> Hmac<Sha256> {
        let (number, at) = (said.seq, said.ts);
        let Head { of, epoch, seq, .. } = *head;
        let (source, position) = (head.source.name(), Position { epoch, seq });
        // The place among the heads, too, so that none can be said again as if it were new.
        let text = format!("njord head v1\n{source}\n{of}\n{position}\n{at}\n{number}\n");
        Hmac::<Sha256>::new((&*self.block()).into()).chain_update(text)
    }

    fn block(&self) -> Zeroizing<[u8; 64]> {
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(&*self.0);
        block
    }

    fn code(&self, stream: Stream, before: Position, position: Position, text: &[u8]) -> Mac {
        let code = self.begin(stream, before, position).chain_update(text).finalize();
        Mac(code.into_bytes().into())
    }
}

impl fmt::Debug for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SourceKey([redacted])")
    }
}

/// The code of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mac(pub [u8; 32]);

impl Mac {
    /// Reads 64 hexadecimal digits in lower case.
    pub fn from_hex(digits: &[u8]) -> Option<Self> {
        let mut bytes = [0; 32];
        contracts::read_hex(digits, &mut bytes)?;
        Some(Self(bytes))
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The keys of those sources that this process speaks as.
#[derive(Clone, Debug, Default)]
pub struct Signer(BTreeMap<Source, SourceKey>);

impl Signer {
    /// Those keys.
    pub fn new(keys: impl IntoIterator<Item = (Source, SourceKey)>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// An entry with its code; nothing where there is no key for its source.
    pub fn sign(
        &self,
        stream: Stream,
        before: Position,
        position: Position,
        text: Vec<u8>,
    ) -> Option<Entry> {
        let mac = self.0.get(&stream.source())?.code(stream, before, position, &text);
        Some(Entry { position, before, text, mac })
    }

    /// A head with its code, where there is a key for its source.
    pub fn sign_head(&self, said: Envelope) -> Envelope {
        let Event::Head(head) = said.event else { return said };
        let Some(key) = self.0.get(&said.src) else { return said };
        let code: [u8; 32] = key.head(&said, &head).finalize().into_bytes().into();
        let seal = code.first_chunk().map_or(Seal::NONE, |first| Seal::cut_from(*first));
        Envelope { event: Event::Head(Head { seal, ..head }), ..said }
    }

    /// The same keys, to check with.
    pub fn verifier(&self) -> Verifier {
        Verifier(self.0.clone())
    }
}

/// The keys of those sources whose messages this process reads.
#[derive(Clone, Debug, Default)]
pub struct Verifier(BTreeMap<Source, SourceKey>);

/// Where an entry stands that its source has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Genuine {
    /// Its own place.
    pub position: Position,
    /// The place before it.
    pub before: Position,
}

impl Verifier {
    /// Those keys.
    pub fn new(keys: impl IntoIterator<Item = (Source, SourceKey)>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// Whether anything of that source can be checked.
    pub fn knows(&self, source: Source) -> bool {
        self.0.contains_key(&source)
    }

    /// Whether its source has said that head, then and of itself.
    pub fn check_head(&self, said: &Envelope) -> bool {
        let Event::Head(head) = said.event else { return false };
        let is_of_itself = head.source == said.src && head.epoch == said.epoch;
        let key = self.0.get(&said.src).filter(|_| is_of_itself);
        // In a time that does not tell where it differs.
        key.is_some_and(|key| {
            key.head(said, &head).verify_truncated_left(&head.seal.bytes()).is_ok()
        })
    }

    /// Where an entry stands if its source has written it, there and nowhere else.
    pub fn check(&self, stream: Stream, found: &Found) -> Option<Genuine> {
        let Found { id, before, text, mac } = found;
        let (position, before, mac) = (id.position()?, (*before)?, (*mac)?);
        let key = self.0.get(&stream.source())?;
        let hmac = key.begin(stream, before, position).chain_update(text);
        // In a time that does not tell where it differs.
        hmac.verify_slice(&mac.0).ok()?;
        Some(Genuine { position, before })
    }
}

#[cfg(test)]
mod tests {
    use contracts::TopicKind;

    use super::*;
    use crate::place::RawId;

    fn stream(source: Source) -> Stream {
        Stream::new(TopicKind::Fills, source).unwrap()
    }

    fn keys() -> Signer {
        Signer::new([
            (Source::ExecutionGateway, SourceKey::new([1; 32])),
            (Source::Venue, SourceKey::new([2; 32])),
        ])
    }

    #[test]
    fn code_known_answer() {
        // python3: hmac.new(bytes([1]*32), b"njord bus v1\nfills.new:execution-gateway\n1-1\n1-2\n{}",
        //                   "sha256").hexdigest()
        let (of, at) = (stream(Source::ExecutionGateway), Position::new);
        let entry = keys().sign(of, at(1, 1), at(1, 2), b"{}".to_vec()).unwrap();
        let digits = "17d3cb674ed2c33b4982142f48e3aaee296d91fb006c4c0e2cce88e47c662226";
        assert_eq!(entry.mac.to_string(), digits);
        assert_eq!(Mac::from_hex(digits.as_bytes()), Some(entry.mac));
        assert_eq!(Mac::from_hex(digits.to_uppercase().as_bytes()), None);
    }

    #[test]
    fn code_fits_its_own_place_text_and_source_alone() {
        let (of, at) = (stream(Source::ExecutionGateway), Position::new);
        let entry = keys().sign(of, at(1, 1), at(1, 2), b"{}".to_vec()).unwrap();
        let found = Found::from(&entry);
        let verifier = keys().verifier();
        let check = |stream, found: &Found| verifier.check(stream, found);
        let genuine = Genuine { position: at(1, 2), before: at(1, 1) };
        assert_eq!(check(of, &found), Some(genuine));
        assert_eq!(check(stream(Source::Venue), &found), None);
        assert_eq!(check(stream(Source::RiskEngine), &found), None, "a source without a key");
        for wrong in [
            Found { id: RawId(1, 3), ..found.clone() },
            Found { id: RawId(u64::MAX, 2), ..found.clone() },
            Found { before: Some(at(0, 0)), ..found.clone() },
            Found { before: None, ..found.clone() },
            Found { text: b"{ }".to_vec(), ..found.clone() },
            Found { mac: None, ..found.clone() },
            Found { mac: Some(Mac([0; 32])), ..found.clone() },
        ] {
            assert_eq!(check(of, &wrong), None, "{wrong:?}");
        }
        assert_eq!(format!("{:?}", SourceKey::new([7; 32])), "SourceKey([redacted])");
    }
}
