//! The hash of a result: equal for equal decisions, in every layout and on every machine.

use std::fmt;
use std::hash::Hasher as _;

use contracts::{Delivery, Envelope, Seal, codec};
use siphasher::sip128::{Hasher128 as _, SipHasher24};

use crate::tap::Tap;

/// Hashes durable outputs: their ids and canonical bodies. Not their number, epoch, times or seals,
/// which differ between layouts that decide the same.
#[derive(Clone)]
pub struct Digest {
    hasher: SipHasher24,
    line: Vec<u8>,
    messages: u64,
}

/// The hash of a result, 128 bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ResultHash(pub u128);

impl Default for Digest {
    fn default() -> Self {
        let hasher = SipHasher24::new_with_keys(0x7265_7375_6c74_0001, 0x6e6a_6f72_6400_0000);
        Self { hasher, line: Vec::with_capacity(512), messages: 0 }
    }
}

impl Digest {
    /// Adds one message, if it is of a kind that counts.
    pub fn add(&mut self, envelope: &Envelope) {
        if envelope.topic().delivery() == Delivery::Lossy {
            return;
        }
        self.messages += 1;
        self.line.clear();
        let plain = Envelope {
            event: envelope.event.with_seal(Seal::NONE),
            ..Envelope::input(envelope.src, contracts::Ts::ZERO, envelope.event)
        };
        codec::write(&Envelope { corr: envelope.corr, ..plain }, &mut self.line);
        self.hasher.write(&self.line);
        self.hasher.write(b"\n");
    }

    /// Adds a result: one hash over many, in their order.
    pub fn add_result(&mut self, result: ResultHash) {
        self.messages += 1;
        self.hasher.write(&result.0.to_le_bytes());
    }

    /// The hash of what was added so far.
    pub fn result(&self) -> ResultHash {
        ResultHash(self.hasher.finish128().as_u128())
    }

    /// How many messages counted.
    pub fn messages(&self) -> u64 {
        self.messages
    }
}

impl Tap for Digest {
    fn output(&mut self, envelope: &Envelope) {
        self.add(envelope);
    }
}

impl fmt::Display for ResultHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for ResultHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
