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

/// Says `stop` at the first SIGTERM or SIGINT. At a second one the process ends at once, which loses
/// nothing that the disk has.
pub fn stop_on_signals(stop: Stop) -> io::Result<()> {
    let waiting = runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut terminate, mut interrupt) = {
        let _entered = waiting.enter();
        // The handler stays; nobody waits for it.
        drop(signal(SignalKind::from_raw(FILE_TOO_LARGE))?);
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    aside("signals", move || {
        waiting.block_on(async {
            for again in [false, true] {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                if again {
                    process::exit(AT_ONCE);
                }
                stop.say();
            }
        });
    })?;
    Ok(())
}
