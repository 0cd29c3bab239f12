//! The signals by which a person or a supervisor ends a process.

use std::io;
use std::process;

use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::aside::aside;
use crate::stop::Stop;

/// SIGXFSZ: a file would grow beyond what this process may write. Without a handler it ends the process on
/// the spot; with one the write fails, as on a full disk.
const FILE_TOO_LARGE: i32 = 25;

/// What a process answers that was told twice to end: as the shell has it for an interrupt.
const AT_ONCE: i32 = 130;

/// What a process does when it is told something by a signal.
pub struct OnSignals {
    /// At the first SIGTERM or SIGINT. At a second one the process ends at once, which loses nothing that
    /// the disk has.
    pub end: Box<dyn FnMut() + Send>,
    /// At a SIGHUP: the terminal has gone, or somebody wants the settings to be read again.
    pub hang_up: Box<dyn FnMut() + Send>,
}

/// Says `stop` at the first SIGTERM, SIGINT or SIGHUP.
pub fn stop_on_signals(stop: &Stop) -> io::Result<()> {
    let say = || {
        let stop = stop.clone();
        Box::new(move || stop.say())
    };
    hear_signals(OnSignals { end: say(), hang_up: say() })
}

/// Does what signals say, on a thread of its own.
pub fn hear_signals(mut on: OnSignals) -> io::Result<()> {
    let waiting = runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut terminate, mut interrupt, mut hang_up) = {
        let _entered = waiting.enter();
        // The handler stays; nobody waits for it.
        drop(signal(SignalKind::from_raw(FILE_TOO_LARGE))?);
        (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::hangup())?,
        )
    };
    aside("signals", move || {
        waiting.block_on(async {
            let mut again = false;
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                    _ = hang_up.recv() => {
                        (on.hang_up)();
                        continue;
                    }
                }
                if again {
                    process::exit(AT_ONCE);
                }
                again = true;
                (on.end)();
            }
        });
    })?;
    Ok(())
}
