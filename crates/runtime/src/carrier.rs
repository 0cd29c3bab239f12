//! The carrier: takes what was said to those whom it concerns, once the disk has it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use contracts::Envelope;
use journal::{Fault, Held, Watermark};

use crate::untold::must_be_told;

/// Where what is said goes: the venue, a log, a page, a bus.
pub trait Outlet: Send {
    /// Takes one message, in the order in which they were said. It must not wait for long: everything
    /// behind it waits too.
    fn carry(&mut self, said: &Envelope);

    /// Everything that one turn said has been carried: what was gathered may go, and fits together.
    fn turn_ends(&mut self) {}

    /// The disk has an input that another process said, and everything before it.
    fn is_safe(&mut self, _input: &Envelope) {}
}

/// Everything that one turn said, and what it was said to where that came from another process.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) outputs: Vec<Envelope>,
    pub(crate) heard: Option<Envelope>,
}

impl Said {
    /// Whether nobody has to be told anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.outputs.is_empty() && self.heard.is_none()
    }
}

/// The carrier's end of the way from the sequencer.
pub(crate) struct Carrier {
    turns: Receiver<Held<Said>>,
    empties: SyncSender<Said>,
    watermark: Arc<Watermark>,
    outlets: Vec<Box<dyn Outlet>>,
    /// How many messages that must be told have been carried.
    carried: Arc<AtomicU64>,
}

/// The sequencer's end.
pub(crate) struct Way {
    /// Nothing once the last turn was sent.
    turns: Option<SyncSender<Held<Said>>>,
    empties: Receiver<Said>,
    carried: Arc<AtomicU64>,
}

/// A way for so many turns, from the sequencer to the outlets.
pub(crate) fn way(
    turns_max: usize,
    watermark: Arc<Watermark>,
    outlets: Vec<Box<dyn Outlet>>,
) -> (Way, Carrier) {
    let (sender, turns) = sync_channel(turns_max);
    let (empties, used) = sync_channel(turns_max);
    let carried = Arc::new(AtomicU64::new(0));
    let way = Way { turns: Some(sender), empties: used, carried: Arc::clone(&carried) };
    (way, Carrier { turns, empties, watermark, outlets, carried })
}

impl Way {
    /// A list to write the next turn into; used ones come back.
    pub(crate) fn empty(&self) -> Said {
        self.empties.try_recv().unwrap_or_default()
    }

    /// Sends a turn on its way; waits while the carrier is behind. `false` when it is gone.
    pub(crate) fn send(&self, turn: Held<Said>) -> bool {
        self.turns.as_ref().is_some_and(|turns| turns.send(turn).is_ok())
    }

    /// Nothing more is sent: waits until the carrier has come to the end of what was.
    pub(crate) fn finish(&mut self) {
        self.turns = None;
        // It gives no list back any more once it is gone.
        while self.empties.recv().is_ok() {}
    }

    /// How many messages that must be told have been carried so far.
    pub(crate) fn carried(&self) -> u64 {
        self.carried.load(Ordering::Acquire)
    }
}

impl Carrier {
    /// Carries until the sequencer's end is gone, or the disk fails: what the disk does not have is not
    /// told to anybody.
    pub(crate) fn run(mut self) -> Result<(), Fault> {
        while let Ok(held) = self.turns.recv() {
            self.watermark.wait(held.ticket())?;
            let Ok(mut said) = self.watermark.release(held) else { continue };
            if let Some(heard) = said.heard.take() {
                self.outlets.iter_mut().for_each(|outlet| outlet.is_safe(&heard));
            }
            for envelope in &said.outputs {
                for outlet in &mut self.outlets {
                    outlet.carry(envelope);
                }
            }
            self.outlets.iter_mut().for_each(|outlet| outlet.turn_ends());
            let told = said.outputs.iter().filter(|envelope| must_be_told(envelope)).count();
            self.carried.fetch_add(told as u64, Ordering::Release);
            said.outputs.clear();
            match self.empties.try_send(said) {
                Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
            }
        }
        Ok(())
    }
}
