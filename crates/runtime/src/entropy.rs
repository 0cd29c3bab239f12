//! Bytes that nobody can guess, from the operating system.

use std::io;

/// Fills the bytes. The only place that draws anything: what must be repeatable follows from seeds.
pub fn entropy(bytes: &mut [u8]) -> io::Result<()> {
    getrandom::fill(bytes).map_err(|error| io::Error::other(error.to_string()))
}
