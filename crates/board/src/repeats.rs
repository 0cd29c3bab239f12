//! What was heard before is not heard again.
//!
//! After a restart a process tells once more what it had said and perhaps not told; a history is read
//! that overlaps what is heard live. Per source and kind of topic, numbers only rise.

use std::collections::BTreeMap;

use contracts::{Envelope, Epoch, Seq, Source, TopicKind};

/// The last number heard of each source on each kind of topic that has no symbol.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repeats(BTreeMap<(Source, TopicKind), (Epoch, Seq)>);

impl Repeats {
    /// Whether it was heard before; notes it. What is not numbered yet is always new, and what has a
    /// symbol is a state, which may be heard twice without harm.
    pub(crate) fn is_repeat(&mut self, envelope: &Envelope) -> bool {
        let topic = envelope.topic();
        let place = (envelope.epoch, envelope.seq);
        if envelope.seq.get() == 0 || topic.symbol().is_some() {
            return false;
        }
        let last = self.0.entry((envelope.src, topic.kind())).or_insert((Epoch(0), Seq::new(0)));
        let repeat = place <= *last;
        *last = place.max(*last);
        repeat
    }
}
