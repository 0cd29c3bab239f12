//! The checksum and the tag, written a second time, from their standards.

use sha2::{Digest as _, Sha256};

/// CRC-32 as in zlib and PNG: reflected, polynomial 0xEDB88320, inverted before and after.
pub(super) fn crc(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut index = 0;
        while index < 256 {
            let (mut value, mut bit) = (index as u32, 0);
            while bit < 8 {
                value = if value & 1 == 1 { value >> 1 ^ 0xEDB8_8320 } else { value >> 1 };
                bit += 1;
            }
            table[index] = value;
            index += 1;
        }
        table
    };
    let step = |crc: u32, byte: &u8| crc >> 8 ^ TABLE[usize::from(crc as u8 ^ byte)];
    !bytes.iter().fold(!0, step)
}

/// A key of 32 bytes, as HMAC wants it (RFC 2104).
#[derive(Clone)]
pub(super) struct Key {
    inner: [u8; 64],
    outer: [u8; 64],
}

impl Key {
    pub(super) fn new(key: [u8; 32]) -> Self {
        let (mut inner, mut outer) = ([0x36; 64], [0x5c; 64]);
        for (index, byte) in key.into_iter().enumerate() {
            inner[index] ^= byte;
            outer[index] ^= byte;
        }
        Self { inner, outer }
    }

    /// The tag of a record: 32 digits over the digits of the tag before it and its bytes.
    pub(super) fn tag(&self, before: &str, content: &[u8]) -> String {
        self.hmac(&[before.as_bytes(), content], 16)
    }

    /// The name of the key.
    pub(super) fn name(&self) -> String {
        self.hmac(&[b"njord journal key"], 4)
    }

    fn hmac(&self, parts: &[&[u8]], bytes: usize) -> String {
        let mut hash = Sha256::new_with_prefix(self.inner);
        for part in parts {
            hash.update(part);
        }
        let whole = Sha256::new_with_prefix(self.outer).chain_update(hash.finalize()).finalize();
        whole[..bytes].iter().fold(String::with_capacity(2 * bytes), |mut text, byte| {
            text.extend(
                [byte >> 4, byte & 15]
                    .map(|digit| char::from_digit(digit.into(), 16).unwrap_or('?')),
            );
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_known_value() {
        // The check value that the catalogue of checksums gives for CRC-32/ISO-HDLC.
        assert_eq!(crc(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn tag_known_value() {
        // python3: hmac.new(bytes([7]*32), b"0"*32 + b"content", "sha256").hexdigest()[:32]
        assert_eq!(
            Key::new([7; 32]).tag(&"0".repeat(32), b"content"),
            "b0b54944a0dd8b8f19fac13f02905bca"
        );
    }
}
