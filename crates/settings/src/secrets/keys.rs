//! The keys that a system makes for itself: the operator's pair, one for each source of messages, one for
//! the journal. Each lives in a file of its own that says what it is.

use std::fmt;
use std::path::{Path, PathBuf};

use contracts::{SealKey, Signature, Source, read_hex};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::guard::{guard_own_folder, read_guarded};
use super::value::same;
use crate::origin::Origin;
use crate::problem::{Problem, ProblemKind};

/// Fills bytes with what nobody can guess. The caller has the source; nothing here draws by itself.
pub(crate) type Entropy<'a> = &'a mut dyn FnMut(&mut [u8]) -> std::io::Result<()>;

const KEY_BYTES_MAX: u64 = 1_024;

/// Which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyName {
    Operator,
    OperatorPublic,
    Journal,
    Of(Source),
}

impl KeyName {
    /// The secret ones.
    pub(crate) fn secret() -> impl Iterator<Item = Self> {
        [Self::Operator, Self::Journal].into_iter().chain(Source::ALL.map(Self::Of))
    }

    fn label(self) -> String {
        match self {
            Self::Operator => "operator".to_owned(),
            Self::OperatorPublic => "operator-public".to_owned(),
            Self::Journal => "journal".to_owned(),
            Self::Of(source) => format!("source-{}", source.name()),
        }
    }

    /// The file.
    pub(crate) fn file(self) -> String {
        match self {
            Self::OperatorPublic => "operator.pub".to_owned(),
            other => format!("{}.key", other.label()),
        }
    }
}

/// The text of a key file: what it is, and 64 hexadecimal digits.
fn file_text(name: KeyName, bytes: &[u8; 32]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(128));
    text.push_str("njord-key v1 ");
    text.push_str(&name.label());
    text.push(' ');
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    text.push('\n');
    text
}

fn public_text(private: &SigningKey) -> Zeroizing<String> {
    file_text(KeyName::OperatorPublic, &private.verifying_key().to_bytes())
}

/// Reads what `file_text` wrote.
fn parse(name: KeyName, text: &str) -> Result<Zeroizing<[u8; 32]>, String> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let ["njord-key", "v1", label, digits] = words.as_slice() else {
        return Err("is no key file (njord-key v1 NAME DIGITS)".to_owned());
    };
    if *label != name.label() {
        // Only labels of ours are repeated; anything else might be the key itself in the wrong place.
        let ours =
            KeyName::secret().chain([KeyName::OperatorPublic]).any(|key| key.label() == *label);
        let held = if ours { label } else { "something else" };
        return Err(format!("is the key of {held}, and not of {}", name.label()));
    }
    let mut bytes = Zeroizing::new([0; 32]);
    read_hex(digits, bytes.as_mut()).ok_or("has no 64 hexadecimal digits after its name")?;
    if bytes.iter().all(|byte| *byte == 0) {
        return Err("is all zeros, which is no key".to_owned());
    }
    Ok(bytes)
}

/// The folder of the key files.
#[derive(Clone, Debug)]
pub struct KeyFolder(PathBuf);

impl KeyFolder {
    /// The keys in that folder.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The operator's key, with which trading is armed and limits are loosened.
    pub fn operator(&self) -> Result<OperatorKey, Problem> {
        let bytes = self.read(KeyName::Operator)?;
        Ok(OperatorKey(SigningKey::from_bytes(&bytes)))
    }

    /// The content of the file of the public half.
    pub(crate) fn operator_public_text(&self) -> Result<Zeroizing<String>, Problem> {
        self.operator().map(|key| public_text(&key.0))
    }

    /// The public half, which is all that a running system needs.
    pub fn operator_public(&self) -> Result<OperatorPublic, Problem> {
        let bytes = self.read(KeyName::OperatorPublic)?;
        let key = VerifyingKey::from_bytes(&bytes).ok().filter(|key| !key.is_weak());
        key.map(OperatorPublic).ok_or_else(|| {
            let path = self.0.join(KeyName::OperatorPublic.file());
            bad_key(&path, "holds no point of the curve that could be a key")
        })
    }

    /// The key of the journal's chain.
    pub fn journal(&self) -> Result<SharedKey, Problem> {
        self.read(KeyName::Journal).map(SharedKey)
    }

    /// The key that a source signs its durable messages with.
    pub fn source(&self, source: Source) -> Result<SharedKey, Problem> {
        self.read(KeyName::Of(source)).map(SharedKey)
    }

    fn read(&self, name: KeyName) -> Result<Zeroizing<[u8; 32]>, Problem> {
        let path = self.0.join(name.file());
        // The public one is no secret, but whoever can replace it can arm trading: the same rules hold.
        guard_own_folder(&self.0)?;
        let bytes = read_guarded(&path, KEY_BYTES_MAX)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| bad_key(&path, "is not UTF-8"))?;
        parse(name, text).map_err(|why| bad_key(&path, &why))
    }
}

fn bad_key(path: &Path, what: &str) -> Problem {
    Problem::new(ProblemKind::BadKey, Origin::whole_file(&path.display().to_string()), what)
        .advice("the file as `njord init` made it, from your copy")
}

/// HMAC-SHA256 with a key of 32 bytes, which the construction pads with zeros to its block.
pub(crate) fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    Hmac::<Sha256>::new((&*block).into()).chain_update(message).finalize().into_bytes().into()
}

/// New keys: the file name and the content of each.
pub(crate) fn generate(entropy: Entropy<'_>) -> std::io::Result<Vec<(KeyName, Zeroizing<String>)>> {
    let mut made: Vec<Zeroizing<[u8; 32]>> = Vec::new();
    let mut files = Vec::new();
    for name in KeyName::secret() {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy(bytes.as_mut())?;
        let first = bytes[0];
        if bytes.iter().all(|byte| *byte == first) || made.iter().any(|other| other == &bytes) {
            return Err(std::io::Error::other("the source of entropy repeats itself"));
        }
        files.push((name, file_text(name, &bytes)));
        if name == KeyName::Operator {
            files.push((KeyName::OperatorPublic, public_text(&SigningKey::from_bytes(&bytes))));
        }
        made.push(bytes);
    }
    Ok(files)
}

/// The operator's private key.
pub struct OperatorKey(SigningKey);

impl OperatorKey {
    /// The operator's signature over a message. Messages begin with what they are about, so that a signature
    /// is good for one purpose only.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature::new(self.0.sign(message).to_bytes())
    }

    /// The public half.
    pub fn public(&self) -> OperatorPublic {
        OperatorPublic(self.0.verifying_key())
    }
}

impl fmt::Debug for OperatorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorKey([redacted])")
    }
}

/// The operator's public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorPublic(VerifyingKey);

impl OperatorPublic {
    /// Whether the operator signed the message.
    pub fn signed(&self, message: &[u8], signature: &Signature) -> bool {
        self.0
            .verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature.bytes()))
            .is_ok()
    }

    /// Thirty-two bits of it, by which events name the operator.
    pub fn fingerprint(&self) -> u32 {
        let hash = Sha256::digest(self.0.as_bytes());
        u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
    }
}

/// A key that both sides know: of a source's messages, of the journal's chain.
#[derive(Clone)]
pub struct SharedKey(Zeroizing<[u8; 32]>);

impl SharedKey {
    /// The bytes, for the one place that needs them.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA256 of a message.
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        hmac(&self.0, message)
    }

    /// Whether the code belongs to the message, in a time that does not tell where it differs.
    pub fn verifies(&self, message: &[u8], code: &[u8]) -> bool {
        same(&self.mac(message), code)
    }

    /// The key of a seal, derived for one purpose: equal after every restart, so that replay is.
    pub fn seal_key(&self, purpose: &str) -> SealKey {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.mac(format!("njord seal v1 {purpose}").as_bytes())[..16]);
        SealKey::new(bytes)
    }
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mac_known_answer_of_rfc_4231() {
        // Test case 2 has a short key; the same construction with the key padded by zeros to 32 bytes.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let code = SharedKey(Zeroizing::new(key)).mac(b"what do ya want for nothing?");
        let digits = format!("{:032x}", u128::from_be_bytes(code[..16].try_into().unwrap()));
        assert_eq!(digits, "5bdcc146bf60754e6a042426089575c7");
    }

    #[test]
    fn key_text_reads_back_and_says_what_it_is() {
        let text = file_text(KeyName::Journal, &[0xa5; 32]);
        assert_eq!(&*parse(KeyName::Journal, &text).unwrap(), &[0xa5; 32]);
        let wrong = |name, text: &str| parse(name, text).unwrap_err();
        assert_eq!(wrong(KeyName::Operator, &text), "is the key of journal, and not of operator");
        assert!(wrong(KeyName::Journal, "").contains("no key file"));
        assert!(wrong(KeyName::Journal, &text.replace('5', "g")).contains("no 64 hexadecimal"));
        assert!(wrong(KeyName::Journal, &text.replace("a5", "00")).contains("all zeros"));
        let swapped = format!("njord-key v1 {} journal", "ab".repeat(32));
        assert!(!wrong(KeyName::Journal, &swapped).contains("abab"));
    }
}
