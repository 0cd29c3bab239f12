//! What a running system lays on its doorstep: where it listens, and the token with which it is told things.
//!
//! Both lie in the state folder, for the owner alone. They are made anew at each start and gone after an end
//! in order; what a crash left behind opens nothing any more.

use std::fmt::{self, Write as _};
use std::fs;
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use launch::put;

use super::Entropy;

/// The file of the token, in the state folder.
pub const TOKEN_FILE: &str = "control.token";
/// The file of the address, in the state folder.
pub const ADDRESS_FILE: &str = "control.address";
/// Neither file is longer.
const FILE_BYTES_MAX: u64 = 256;

/// The secret that opens the controls. Never printed.
#[derive(Clone)]
pub(crate) struct Token(Arc<str>);

impl Token {
    /// A new one: 32 bytes that nobody can guess, in hexadecimal digits.
    pub(crate) fn new(entropy: Entropy) -> io::Result<Self> {
        Ok(Self(random_hex(entropy)?.into()))
    }

    /// Compares in a time that depends on the length of what was given, and on nothing else.
    pub(crate) fn is(&self, given: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let mut differs = u64::from(given.len() != own.len());
        for (place, byte) in given.iter().enumerate() {
            differs |= u64::from(byte ^ own[place % own.len()]);
            differs = std::hint::black_box(differs);
        }
        differs == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

/// 32 bytes that nobody can guess, in hexadecimal digits.
pub(crate) fn random_hex(entropy: Entropy) -> io::Result<String> {
    let mut bytes = [0; 32];
    entropy(&mut bytes)?;
    Ok(bytes.iter().fold(String::with_capacity(64), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    }))
}

/// Whether nothing could be written because there is no room, rather than because nobody may.
pub(crate) fn is_full(why: &io::Error) -> bool {
    matches!(
        why.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// The two files.
#[derive(Debug)]
pub struct Doorstep {
    state: PathBuf,
}

impl Doorstep {
    /// Puts both there; where not, which and why.
    pub(crate) fn lay(
        state: &Path,
        address: SocketAddr,
        token: &Token,
    ) -> Result<Self, (PathBuf, io::Error)> {
        let put = |name: &str, text: &str| {
            let path = state.join(name);
            put(&path, text).map_err(|why| (path, why))
        };
        put(TOKEN_FILE, &format!("{}\n", token.0))?;
        put(ADDRESS_FILE, &format!("{address}\n"))?;
        Ok(Self { state: state.to_owned() })
    }

    /// Takes both away.
    pub(crate) fn clear(&self) {
        // What cannot be taken away opens nothing.
        let _ = fs::remove_file(self.state.join(TOKEN_FILE));
        let _ = fs::remove_file(self.state.join(ADDRESS_FILE));
    }

    /// Where something listens that laid its doorstep in that folder; nothing where nothing did.
    pub fn address(state: &Path) -> io::Result<Option<SocketAddr>> {
        let text = read(&state.join(ADDRESS_FILE))?;
        Ok(text.and_then(|text| text.parse().ok()))
    }

    /// The token in that folder.
    pub(crate) fn token(state: &Path) -> io::Result<Option<String>> {
        read(&state.join(TOKEN_FILE))
    }
}

fn read(path: &Path) -> io::Result<Option<String>> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    file.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(Some(text.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn token_opens_by_itself_alone_and_is_not_printed() {
        let token = Token::new(|bytes| {
            bytes.fill(0xa5);
            Ok(())
        })
        .unwrap();
        let own = "a5".repeat(32);
        assert!(token.is(own.as_bytes()));
        for wrong in ["", "a5", &own[1..], &format!("{own}0"), &own.repeat(2), &"a6".repeat(32)] {
            assert!(!token.is(wrong.as_bytes()), "{wrong}");
        }
        assert_eq!(format!("{token:?}"), "Token(redacted)");
    }

    #[test]
    fn doorstep_is_for_its_owner_alone_and_goes_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let token = Token::new(runtime::entropy).unwrap();
        let address = "127.0.0.1:7800".parse().unwrap();
        assert_eq!(Doorstep::address(folder.path()).unwrap(), None);
        let doorstep = Doorstep::lay(folder.path(), address, &token).unwrap();
        let mode = fs::metadata(folder.path().join(TOKEN_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(Doorstep::address(folder.path()).unwrap(), Some(address));
        let held = Doorstep::token(folder.path()).unwrap().unwrap();
        assert!(token.is(held.as_bytes()));
        doorstep.clear();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn doorstep_left_by_a_crash_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(ADDRESS_FILE), "nonsense\0").unwrap();
        assert_eq!(Doorstep::address(folder.path()).unwrap(), None);
        let token = Token::new(runtime::entropy).unwrap();
        Doorstep::lay(folder.path(), "127.0.0.1:1".parse().unwrap(), &token).unwrap();
        assert!(Doorstep::address(folder.path()).unwrap().is_some());
    }
}
