//! Where a journal, a bus, a hash or a test listens in.

use contracts::Envelope;

/// Sees everything that passes the sequencer, in the order in which it happens.
pub trait Tap {
    /// An outside input was taken; nothing has been decided about it yet.
    fn input(&mut self, _envelope: &Envelope) {}

    /// A machine has said something; nobody has heard it yet.
    fn output(&mut self, _envelope: &Envelope) {}
}

/// Nobody listens.
impl Tap for () {}

/// Two listen.
impl<A: Tap, B: Tap> Tap for (A, B) {
    fn input(&mut self, envelope: &Envelope) {
        self.0.input(envelope);
        self.1.input(envelope);
    }
    fn output(&mut self, envelope: &Envelope) {
        self.0.output(envelope);
        self.1.output(envelope);
    }
}

impl<T: Tap> Tap for &mut T {
    fn input(&mut self, envelope: &Envelope) {
        (**self).input(envelope);
    }
    fn output(&mut self, envelope: &Envelope) {
        (**self).output(envelope);
    }
}

/// Keeps every output; for tests and small runs.
#[derive(Debug, Default)]
pub struct Collected(pub Vec<Envelope>);

impl Tap for Collected {
    fn output(&mut self, envelope: &Envelope) {
        self.0.push(*envelope);
    }
}
