//! Bytes that nobody can guess, from the operating system.

use std::io;

/// Fills bytes. The only place of the command line that draws any.
pub(crate) fn fill(bytes: &mut [u8]) -> io::Result<()> {
    getrandom::fill(bytes).map_err(|error| io::Error::other(error.to_string()))
}
