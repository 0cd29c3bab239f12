//! Opens a file that was encrypted with age (format version 1) for an X25519 recipient, binary or armoured.
//!
//! Reads only; people encrypt with the program `age`. Passphrases, plug-ins and SSH keys are not taken:
//! a service has nobody who could type.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::keys::hmac;
use super::value::same;

const VERSION: &[u8] = b"age-encryption.org/v1\n";
const ARMOUR_BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
const ARMOUR_END: &str = "-----END AGE ENCRYPTED FILE-----";
const X25519_LABEL: &[u8] = b"age-encryption.org/v1/X25519";
/// A chunk of the payload with its tag.
const CHUNK: usize = (64 << 10) + TAG;
const TAG: usize = 16;
/// More recipients, or more identities, are no file of one operator.
const MANY: usize = 64;

/// Why a file cannot be opened. Says nothing about what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AgeError {
    #[error("is no file that age made")]
    NotAge,
    #[error("is encrypted for other identities than this one")]
    OtherRecipient,
    #[error("is encrypted with a passphrase, which a service cannot type")]
    Passphrase,
    #[error("was changed or cut off after it was encrypted")]
    Damaged,
    #[error("holds no age identity (AGE-SECRET-KEY-1...)")]
    NoIdentity,
    #[error("holds an age identity that is miswritten")]
    BadIdentity,
    #[error("is itself encrypted, and a service cannot type the passphrase")]
    LockedIdentity,
}

impl AgeError {
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::Damaged => "a fresh copy of the file",
            _ => {
                "age -r RECIPIENT -o secrets.toml.age secrets.toml, with the recipient of secrets.age_identity"
            }
        }
    }
}

type Result<T> = std::result::Result<T, AgeError>;

/// A private key that files are encrypted for.
pub(crate) struct Identity(StaticSecret);

impl Identity {
    /// Every identity of a file as `age-keygen` writes it.
    pub(crate) fn read_all(bytes: &[u8]) -> Result<Vec<Self>> {
        if bytes.starts_with(VERSION) || bytes.starts_with(ARMOUR_BEGIN.as_bytes()) {
            return Err(AgeError::LockedIdentity);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| AgeError::NoIdentity)?;
        let lines =
            text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let identities: Vec<Self> = lines.take(MANY).map(Self::read).collect::<Result<_>>()?;
        if identities.is_empty() { Err(AgeError::NoIdentity) } else { Ok(identities) }
    }

    fn read(line: &str) -> Result<Self> {
        if !line.starts_with("AGE-SECRET-KEY-1") {
            return Err(AgeError::NoIdentity);
        }
        let (prefix, bytes) = bech32::decode(line).map_err(|_| AgeError::BadIdentity)?;
        let bytes = Zeroizing::new(bytes);
        let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| AgeError::BadIdentity)?;
        if prefix.to_lowercase() != "age-secret-key-" {
            return Err(AgeError::BadIdentity);
        }
        Ok(Self(StaticSecret::from(*Zeroizing::new(key))))
    }

    /// The key of the file, if this stanza was made for us.
    fn unwrap(&self, stanza: &Stanza) -> Option<Zeroizing<Vec<u8>>> {
        let [kind, share] = stanza.words.as_slice() else { return None };
        let share: [u8; 32] = STANDARD_NO_PAD.decode(share).ok()?.try_into().ok()?;
        if *kind != "X25519" || stanza.body.len() != 32 {
            return None;
        }
        let shared = self.0.diffie_hellman(&PublicKey::from(share));
        if !shared.was_contributory() {
            return None;
        }
        let salt = [share, PublicKey::from(&self.0).to_bytes()].concat();
        let key = derive(&salt, shared.as_bytes(), X25519_LABEL);
        let opened = cipher(&key).decrypt(&Nonce::default(), stanza.body.as_slice()).ok()?;
        Some(Zeroizing::new(opened))
    }
}

/// One wrapped key of the header.
struct Stanza<'a> {
    words: Vec<&'a str>,
    body: Vec<u8>,
}

/// What stands before the payload.
struct Header<'a> {
    stanzas: Vec<Stanza<'a>>,
    /// The bytes that the code below covers.
    covered: &'a [u8],
    code: Vec<u8>,
    payload: &'a [u8],
}

/// Opens a file with the first identity that fits.
pub(crate) fn decrypt(file: &[u8], identities: &[Identity]) -> Result<Zeroizing<Vec<u8>>> {
    let binary;
    let file = if file.starts_with(ARMOUR_BEGIN.as_bytes()) {
        binary = without_armour(file)?;
        binary.as_slice()
    } else {
        file
    };
    let header = Header::parse(file)?;
    if header.stanzas.iter().any(|stanza| stanza.words.first() == Some(&"scrypt")) {
        return Err(AgeError::Passphrase);
    }
    let mut pairs = identities.iter().flat_map(|one| header.stanzas.iter().map(move |s| (one, s)));
    let key = pairs.find_map(|(one, stanza)| one.unwrap(stanza));
    let key = key.ok_or(AgeError::OtherRecipient)?;
    header.check(&key)?;
    open_payload(&key, header.payload)
}

fn without_armour(file: &[u8]) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(file).map_err(|_| AgeError::NotAge)?.trim_end();
    let inner = text.strip_prefix(ARMOUR_BEGIN).and_then(|rest| rest.strip_suffix(ARMOUR_END));
    let joined: String = inner.ok_or(AgeError::Damaged)?.split_ascii_whitespace().collect();
    STANDARD.decode(joined).map_err(|_| AgeError::Damaged)
}

impl<'a> Header<'a> {
    fn parse(file: &'a [u8]) -> Result<Self> {
        let mut rest = file.strip_prefix(VERSION).ok_or(AgeError::NotAge)?;
        let mut stanzas = Vec::new();
        loop {
            let line = take_line(&mut rest)?;
            if let Some(code) = line.strip_prefix("--- ") {
                let code = STANDARD_NO_PAD.decode(code).map_err(|_| AgeError::Damaged)?;
                let after_dashes = file.len() - rest.len() - line.len() - 1 + "---".len();
                return Ok(Self { stanzas, covered: &file[..after_dashes], code, payload: rest });
            }
            let words = line.strip_prefix("-> ").ok_or(AgeError::Damaged)?;
            if stanzas.len() == MANY {
                return Err(AgeError::Damaged);
            }
            let mut body = String::new();
            loop {
                let line = take_line(&mut rest)?;
                body.push_str(line);
                if line.len() < 64 {
                    break;
                }
            }
            let body = STANDARD_NO_PAD.decode(body).map_err(|_| AgeError::Damaged)?;
            stanzas.push(Stanza { words: words.split(' ').collect(), body });
        }
    }

    fn check(&self, key: &[u8]) -> Result<()> {
        let mac_key = derive(&[], key, b"header");
        let holds = same(&hmac(&mac_key, self.covered), &self.code);
        if holds { Ok(()) } else { Err(AgeError::Damaged) }
    }
}

/// The next line of the header, which is text.
fn take_line<'a>(rest: &mut &'a [u8]) -> Result<&'a str> {
    let end = rest.iter().position(|&byte| byte == b'\n').ok_or(AgeError::Damaged)?;
    let (line, after) = rest.split_at(end);
    *rest = &after[1..];
    std::str::from_utf8(line).map_err(|_| AgeError::Damaged)
}

fn open_payload(key: &[u8], payload: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let (salt, chunks) = payload.split_at_checked(16).ok_or(AgeError::Damaged)?;
    let cipher = cipher(&derive(salt, key, b"payload"));
    // As large as it can become, so that no half of it is left behind in memory by growing.
    let mut opened = Zeroizing::new(Vec::with_capacity(chunks.len()));
    let count = chunks.len().div_ceil(CHUNK).max(1);
    for index in 0..count {
        let chunk = &chunks[index * CHUNK..chunks.len().min((index + 1) * CHUNK)];
        let last = index + 1 == count;
        // Eleven bytes of counter, one that marks the last chunk: nothing can be cut off or swapped.
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&(index as u64).to_be_bytes());
        nonce[11] = u8::from(last);
        let plain = cipher.decrypt(&Nonce::from(nonce), chunk).map_err(|_| AgeError::Damaged)?;
        let plain = Zeroizing::new(plain);
        if last && plain.is_empty() && index > 0 {
            return Err(AgeError::Damaged);
        }
        opened.extend_from_slice(&plain);
    }
    Ok(opened)
}

fn derive(salt: &[u8], secret: &[u8], label: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    let expanded = Hkdf::<Sha256>::new(Some(salt), secret).expand(label, key.as_mut());
    assert!(expanded.is_ok(), "32 bytes are within what one expansion gives");
    key
}

fn cipher(key: &[u8; 32]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(key.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made by the program `age` 1.1.1 and `age-keygen`; see the folder's identity files.
    const SECRETS: &[u8] = include_bytes!("../../tests/fixtures/secrets.age");
    const ARMOURED: &[u8] = include_bytes!("../../tests/fixtures/armoured.age");
    const EMPTY: &[u8] = include_bytes!("../../tests/fixtures/empty.age");
    const ONE_CHUNK: &[u8] = include_bytes!("../../tests/fixtures/one_chunk.age");
    const TWO_CHUNKS: &[u8] = include_bytes!("../../tests/fixtures/two_chunks.age");
    const PASSPHRASE: &[u8] = include_bytes!("../../tests/fixtures/passphrase.age");
    const IDENTITY: &[u8] = include_bytes!("../../tests/fixtures/test.identity");
    const OTHER: &[u8] = include_bytes!("../../tests/fixtures/other.identity");

    const PLAIN: &str = "kraken_key = \"made-up-key\"\nkraken_secret = \"made-up-secret\"\n";

    fn open(file: &[u8], identity: &[u8]) -> Result<Vec<u8>> {
        decrypt(file, &Identity::read_all(identity)?).map(|plain| plain.to_vec())
    }

    #[test]
    fn age_files_of_the_program_open() {
        assert_eq!(open(SECRETS, IDENTITY).unwrap(), PLAIN.as_bytes());
        assert_eq!(open(ARMOURED, IDENTITY).unwrap(), PLAIN.as_bytes());
        assert_eq!(open(ARMOURED, OTHER).unwrap(), PLAIN.as_bytes());
        assert_eq!(open(EMPTY, IDENTITY).unwrap(), b"");
        assert_eq!(open(ONE_CHUNK, IDENTITY).unwrap(), vec![b'#'; 65_536]);
        let two = open(TWO_CHUNKS, IDENTITY).unwrap();
        assert_eq!((two.len(), two.ends_with(b"#\nx")), (65_538, true));
    }

    #[test]
    fn age_second_identity_of_a_file_opens_too() {
        let both = [OTHER, IDENTITY].concat();
        assert_eq!(open(SECRETS, &both).unwrap(), PLAIN.as_bytes());
    }

    #[test]
    fn age_wrong_key_passphrase_and_rubbish_each_say_what_they_are() {
        assert_eq!(open(SECRETS, OTHER), Err(AgeError::OtherRecipient));
        assert_eq!(open(PASSPHRASE, IDENTITY), Err(AgeError::Passphrase));
        assert_eq!(open(b"kraken_key = 1", IDENTITY), Err(AgeError::NotAge));
        assert_eq!(open(b"", IDENTITY), Err(AgeError::NotAge));
        assert_eq!(open(SECRETS, b"# nothing\n"), Err(AgeError::NoIdentity));
        assert_eq!(open(SECRETS, b"AGE-PLUGIN-YUBIKEY-1X\n"), Err(AgeError::NoIdentity));
        assert_eq!(open(SECRETS, SECRETS), Err(AgeError::LockedIdentity));
        let slip = String::from_utf8(IDENTITY.to_vec()).unwrap().replace("-1D", "-1E");
        assert_eq!(open(SECRETS, slip.as_bytes()), Err(AgeError::BadIdentity));
    }

    #[test]
    fn age_every_flipped_bit_is_found() {
        for index in 0..SECRETS.len() {
            for bit in 0..8 {
                let mut changed = SECRETS.to_vec();
                changed[index] ^= 1 << bit;
                assert!(open(&changed, IDENTITY).is_err(), "byte {index}, bit {bit}");
            }
        }
    }

    #[test]
    fn age_every_cut_and_every_addition_is_found() {
        for length in 0..SECRETS.len() {
            assert!(open(&SECRETS[..length], IDENTITY).is_err(), "{length}");
        }
        assert_eq!(open(&[SECRETS, b"x"].concat(), IDENTITY), Err(AgeError::Damaged));
        // At the border of a chunk, where only the mark of the last one tells.
        let cut = TWO_CHUNKS.len() - 2 - TAG;
        assert_eq!(open(&TWO_CHUNKS[..cut], IDENTITY), Err(AgeError::Damaged));
        assert_eq!(open(&ARMOURED[..ARMOURED.len() - 10], IDENTITY), Err(AgeError::Damaged));
    }

    #[test]
    fn age_header_without_end_is_bounded() {
        let stanza = b"-> X25519 AAAA\nAAAA\n";
        let many = [VERSION, &stanza.repeat(10_000)].concat();
        assert_eq!(open(&many, IDENTITY), Err(AgeError::Damaged));
    }
}
