//! What a file holds, what of it is safe, and what a loss of power leaves.

use kernel::Seeded;

/// Disks write in pieces; small ones here, so that a piece ends within most records.
const PIECE: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Content {
    bytes: Vec<u8>,
    /// What was there at the last sync.
    safe: Vec<u8>,
}

impl Content {
    pub(super) fn safe(bytes: Vec<u8>) -> Self {
        Self { safe: bytes.clone(), bytes }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn append(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn cut(&mut self, bytes: usize) {
        self.bytes.truncate(bytes);
    }

    pub(super) fn sync(&mut self) {
        self.safe.clone_from(&self.bytes);
    }

    pub(super) fn lose_power(&mut self, dice: &mut Seeded) {
        if self.bytes != self.safe {
            match dice.below(4) {
                0 => self.bytes.clone_from(&self.safe),
                1 => {}
                2 => self.keep_prefix(dice),
                _ => self.keep_pieces(dice),
            }
        }
        self.safe.clone_from(&self.bytes);
    }

    /// As if it had been written front to back.
    fn keep_prefix(&mut self, dice: &mut Seeded) {
        let same = self.same();
        let kept = same + dice.below((self.bytes.len() - same) as u64 + 1) as usize;
        // What a cut had taken away is back as long as nothing else was written there.
        if kept == same {
            self.bytes.clone_from(&self.safe);
        } else {
            self.bytes.truncate(kept);
        }
    }

    /// As if each piece had been written or not, in whatever order.
    fn keep_pieces(&mut self, dice: &mut Seeded) {
        let same = self.same();
        let (short, long) =
            (self.bytes.len().min(self.safe.len()), self.bytes.len().max(self.safe.len()));
        let length = short + dice.below((long - short) as u64 + 1) as usize;
        let mut kept = self.bytes[..same].to_vec();
        while kept.len() < length {
            let (from, to) = (kept.len(), (kept.len() / PIECE * PIECE + PIECE).min(length));
            let source = if dice.below(3) > 0 { &self.bytes } else { &self.safe };
            kept.extend((from..to).map(|index| source.get(index).copied().unwrap_or(0)));
        }
        self.bytes = kept;
    }

    /// How much is the same, written and safe.
    fn same(&self) -> usize {
        self.bytes.iter().zip(&self.safe).take_while(|(a, b)| a == b).count()
    }
}
