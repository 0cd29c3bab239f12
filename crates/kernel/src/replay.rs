//! The replay checker: the recorded inputs must give the recorded outputs, byte for byte.

use contracts::{Envelope, Epoch, codec};

use crate::sequencer::{Sequencer, Stopped};
use crate::tap::Tap;

/// One line of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// The process began: what follows is said under this epoch.
    Began(Epoch),
    /// An outside input, in the order taken.
    Input(Envelope),
    /// What a machine then said.
    Output(Envelope),
}

/// Where a replay left the record.
#[derive(Debug, thiserror::Error)]
pub enum Divergence {
    /// The machines said something else.
    #[error("output {index} differs\n recorded {recorded}\n replayed {replayed}")]
    Differs {
        /// Which output, from 0.
        index: usize,
        /// The recorded line; empty where nothing was recorded.
        recorded: String,
        /// The line now; empty where nothing came.
        replayed: String,
    },
    /// A machine halted that had not halted then.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Feeds records to a sequencer and compares.
pub struct Replay<'a> {
    sequencer: &'a mut Sequencer,
    said: Said,
    index: usize,
}

/// What the machines said since the last recorded output was compared.
#[derive(Default)]
struct Said(std::collections::VecDeque<Envelope>);

impl Tap for Said {
    fn output(&mut self, envelope: &Envelope) {
        self.0.push_back(*envelope);
    }
}

impl<'a> Replay<'a> {
    /// Starts from the state that `sequencer` is in.
    pub fn new(sequencer: &'a mut Sequencer) -> Self {
        Self { sequencer, said: Said::default(), index: 0 }
    }

    /// The next record. All outputs of an input must have been fed before the next input.
    pub fn feed(&mut self, record: &Record) -> Result<(), Divergence> {
        match record {
            Record::Began(epoch) => {
                self.all_compared()?;
                self.sequencer.begin_epoch(*epoch);
                Ok(())
            }
            Record::Input(input) => {
                self.all_compared()?;
                Ok(self.sequencer.take(input.rx, *input, &mut self.said)?)
            }
            Record::Output(recorded) => match self.said.0.pop_front() {
                Some(replayed) if replayed == *recorded => {
                    self.index += 1;
                    Ok(())
                }
                replayed => Err(self.differs(Some(recorded), replayed.as_ref())),
            },
        }
    }

    /// The machines between two inputs, to look at or to put elsewhere: what was said has been compared.
    pub fn between(&mut self) -> Result<&mut Sequencer, Divergence> {
        self.all_compared()?;
        Ok(self.sequencer)
    }

    /// What was said after the last record: a crash may have cut the record short in the middle of one
    /// input, and these are the outputs that were still to be written.
    pub fn finish(self) -> Vec<Envelope> {
        self.said.0.into()
    }

    /// Everything that was said must have been in the record.
    fn all_compared(&mut self) -> Result<(), Divergence> {
        match self.said.0.pop_front() {
            Some(extra) => Err(self.differs(None, Some(&extra))),
            None => Ok(()),
        }
    }

    fn differs(&self, recorded: Option<&Envelope>, replayed: Option<&Envelope>) -> Divergence {
        let line = |envelope: Option<&Envelope>| envelope.map(codec::to_line).unwrap_or_default();
        Divergence::Differs {
            index: self.index,
            recorded: line(recorded),
            replayed: line(replayed),
        }
    }
}
