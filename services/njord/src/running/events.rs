//! What a process says, as one message a line, for programs that read along.

use std::io::{self, Write as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use contracts::{Delivery, Envelope, codec};
use runtime::{Outlet, aside};

/// How far a reader may fall behind. One that falls further is cut off: a message that is missing without a
/// word would be worse.
const BEHIND_MAX: usize = 65_536;
/// How long a line may wait for the next one before both are written.
const GATHER: Duration = Duration::from_millis(5);

/// Says every durable message, once the disk has it.
pub(crate) struct Events(Option<SyncSender<Envelope>>);

impl Events {
    /// On standard output.
    pub(crate) fn on_output() -> io::Result<Self> {
        let (sender, receiver) = sync_channel(BEHIND_MAX);
        aside("events", move || write(&receiver))?;
        Ok(Self(Some(sender)))
    }
}

impl Outlet for Events {
    fn carry(&mut self, said: &Envelope) {
        if said.topic().delivery() == Delivery::Lossy {
            return;
        }
        let gone = self.0.as_ref().is_some_and(|sender| match sender.try_send(*said) {
            Ok(()) => false,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => true,
        });
        if gone {
            self.0 = None;
        }
    }
}

/// Writes until nobody says anything more, or nobody reads.
fn write(said: &Receiver<Envelope>) {
    let (mut out, mut line) = (io::BufWriter::new(io::stdout()), Vec::new());
    loop {
        let written = match said.recv_timeout(GATHER) {
            Ok(envelope) => {
                line.clear();
                codec::write(&envelope, &mut line);
                line.push(b'\n');
                out.write_all(&line)
            }
            Err(RecvTimeoutError::Timeout) => out.flush(),
            Err(RecvTimeoutError::Disconnected) => {
                let _ = out.flush();
                return;
            }
        };
        if written.is_err() {
            return;
        }
    }
}
