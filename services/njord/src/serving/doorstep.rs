//! What a running system lays on its doorstep: where it listens, and the token with which it is told things.
//!
//! Both lie in the state folder, for the owner alone. They are made anew at each start and gone after an end
//! in order. Whoever lays them holds a lock for as long as it lives, which the system takes back from the dead: a second
//! process finds the place taken, and what a crash left behind is known to lead nowhere, whoever has its port by now.

use std::fmt::{self, Write as _};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use launch::put;
use runtime::Stop;

use super::Entropy;

/// The file of the token, in the state folder.
pub const TOKEN_FILE: &str = "control.token";
/// The file of the address, in the state folder.
pub const ADDRESS_FILE: &str = "control.address";
/// The file that is locked for as long as somebody runs there.
pub const LOCK_FILE: &str = "control.lock";
/// Somebody who looks whether it is locked has it for a moment, which may be long on a busy machine.
const LOOKS: u32 = 200;
const LOOK_EVERY: Duration = Duration::from_millis(10);
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
fn is_full(why: &io::Error) -> bool {
    matches!(
        why.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// The two files, and the lock.
#[derive(Debug)]
pub(crate) struct Doorstep {
    state: PathBuf,
    /// Where there was room for it.
    _lock: Option<File>,
}

/// Why there is no doorstep.
#[derive(Debug)]
pub(crate) enum NotLaid {
    /// Somebody else has laid one there, and lives.
    Taken,
    /// A file cannot be written.
    Unwritable(PathBuf, io::Error),
}

/// Whether somebody lives there, and where to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Nobody.
    Nobody,
    /// Somebody who listens there.
    At(SocketAddr),
    /// Somebody who does not say where.
    Unknown,
}

impl Doorstep {
    /// Puts both there. On a full disk nobody finds the token, and that somebody runs is seen all the same.
    pub(crate) fn lay(state: &Path, address: SocketAddr, token: &Token) -> Result<Self, NotLaid> {
        let lock = take_the_lock(state.join(LOCK_FILE))?;
        let doorstep = Self { state: state.to_owned(), _lock: lock };
        // What a crash left there leads elsewhere.
        doorstep.clear();
        for (name, text) in
            [(TOKEN_FILE, format!("{}\n", token.0)), (ADDRESS_FILE, format!("{address}\n"))]
        {
            let path = state.join(name);
            match put(&path, &text) {
                Err(why) if !is_full(&why) => return Err(NotLaid::Unwritable(path, why)),
                _ => {}
            }
        }
        Ok(doorstep)
    }

    /// Takes both away.
    pub(crate) fn clear(&self) {
        // What cannot be taken away opens nothing.
        let _ = fs::remove_file(self.state.join(TOKEN_FILE));
        let _ = fs::remove_file(self.state.join(ADDRESS_FILE));
    }

    /// Whether somebody lives who laid a doorstep in that folder, and where.
    pub(crate) fn door(state: &Path) -> io::Result<Door> {
        let lock = match File::open(state.join(LOCK_FILE)) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Door::Nobody),
            Err(error) => return Err(error),
        };
        match lock.try_lock_shared() {
            Ok(()) => return Ok(Door::Nobody),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let text = read(&state.join(ADDRESS_FILE))?;
        Ok(text.and_then(|text| text.parse().ok()).map_or(Door::Unknown, Door::At))
    }

    /// The token in that folder.
    pub(crate) fn token(state: &Path) -> io::Result<Option<String>> {
        read(&state.join(TOKEN_FILE))
    }
}

fn take_the_lock(path: PathBuf) -> Result<Option<File>, NotLaid> {
    let mut open = OpenOptions::new();
    open.read(true).write(true).create(true).truncate(false).mode(0o600);
    let lock = match open.open(&path) {
        Ok(lock) => lock,
        // A start on a full disk gets out of what is open, and nobody finds it.
        Err(why) if is_full(&why) => return Ok(None),
        Err(why) => return Err(NotLaid::Unwritable(path, why)),
    };
    match lock_alone(&lock) {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Err(NotLaid::Taken),
        Err(TryLockError::Error(why)) => Err(NotLaid::Unwritable(path, why)),
    }
}

/// Whoever only looks is waited for.
fn lock_alone(lock: &File) -> Result<(), TryLockError> {
    let pause = Stop::default();
    for _ in 0..LOOKS {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => drop(pause.wait(LOOK_EVERY)),
            took => return took,
        }
    }
    lock.try_lock()
}

fn read(path: &Path) -> io::Result<Option<String>> {
    let file = match File::open(path) {
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
        assert_eq!(Doorstep::door(folder.path()).unwrap(), Door::Nobody);
        let doorstep = Doorstep::lay(folder.path(), address, &token).unwrap();
        let mode = fs::metadata(folder.path().join(TOKEN_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(Doorstep::door(folder.path()).unwrap(), Door::At(address));
        let held = Doorstep::token(folder.path()).unwrap().unwrap();
        assert!(token.is(held.as_bytes()));
        doorstep.clear();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "what is locked stays");
        assert_eq!(Doorstep::door(folder.path()).unwrap(), Door::Unknown, "it has not ended yet");
        drop(doorstep);
        assert_eq!(Doorstep::door(folder.path()).unwrap(), Door::Nobody);
    }

    #[test]
    fn doorstep_of_somebody_who_lives_is_left_alone_and_one_of_the_dead_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        // Left by a crash: whoever has that port by now is somebody else.
        fs::write(folder.path().join(ADDRESS_FILE), "127.0.0.1:7800\n").unwrap();
        fs::write(folder.path().join(LOCK_FILE), "").unwrap();
        assert_eq!(Doorstep::door(folder.path()).unwrap(), Door::Nobody);
        let token = Token::new(runtime::entropy).unwrap();
        let first = "127.0.0.1:1".parse().unwrap();
        let lives = Doorstep::lay(folder.path(), first, &token).unwrap();
        let second = Doorstep::lay(folder.path(), "127.0.0.1:2".parse().unwrap(), &token);
        assert!(matches!(second, Err(NotLaid::Taken)), "{second:?}");
        assert_eq!(Doorstep::door(folder.path()).unwrap(), Door::At(first));
        fs::remove_file(folder.path().join(ADDRESS_FILE)).unwrap();
        assert_eq!(Doorstep::door(folder.path()).unwrap(), Door::Unknown);
        drop(lives);
    }
}
