//! Those who work beside the sequencer.

/// One who works on a thread of their own until it is over. Whoever ends before that, ends the process.
pub struct Worker {
    /// What they do.
    pub name: &'static str,
    /// How.
    pub work: Box<dyn FnOnce() + Send>,
}

impl Worker {
    /// Somebody who does that.
    pub fn new(name: &'static str, work: impl FnOnce() + Send + 'static) -> Self {
        Self { name, work: Box::new(work) }
    }
}
