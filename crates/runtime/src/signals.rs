//! The signals by which a person or a supervisor ends a process.

use std::io;
use std::process;

use contracts::{Span, Ts};
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::aside::aside;
use crate::clock::wall_clock;
use crate::stop::Stop;

/// SIGXFSZ: a file would grow beyond what this process may write. Without a handler it ends the process on
/// the spot; with one the write fails, as on a full disk.
const FILE_TOO_LARGE: i32 = 25;

/// What a process answers that was told twice to end: as the shell has it for an interrupt.
const AT_ONCE: i32 = 130;

/// A signal so soon after the one before is the same one: terminals, `timeout` and supervisors send one to the
/// group and one to the process. Somebody who cannot wait sends another after that.
const ECHO: Span = Span::from_secs(2);

/// What is to be done about a signal that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    InOrder,
    Nothing,
    AtOnce,
}

/// When the first signal that ends came.
#[derive(Default)]
struct Endings(Option<Ts>);

impl Endings {
    fn hear(&mut self, now: Ts) -> Wanted {
        match self.0 {
            None => {
                self.0 = Some(now);
                Wanted::InOrder
            }
            Some(first) if now.since(first) < ECHO => Wanted::Nothing,
            Some(_) => Wanted::AtOnce,
        }
    }
}

/// What a process does when it is told something by a signal.
pub struct OnSignals {
    /// At the first SIGTERM or SIGINT. At another one, two seconds after that or later, the process ends at once,
    /// which loses nothing that the disk has.
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
            let (clock, mut endings) = (wall_clock(), Endings::default());
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                    _ = hang_up.recv() => {
                        (on.hang_up)();
                        continue;
                    }
                }
                match endings.hear(clock()) {
                    Wanted::InOrder => (on.end)(),
                    Wanted::Nothing => {}
                    Wanted::AtOnce => process::exit(AT_ONCE),
                }
            }
        });
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;

    use super::*;

    #[test]
    fn signal_that_comes_twice_at_once_ends_in_order_and_only_a_later_one_ends_at_once() {
        let mut endings = Endings::default();
        let after = |millis| secs(100) + Span::from_millis(millis);
        assert_eq!(endings.hear(secs(100)), Wanted::InOrder);
        for echo in [0, 3, 1_999] {
            assert_eq!(endings.hear(after(echo)), Wanted::Nothing, "{echo} ms later");
        }
        assert_eq!(endings.hear(after(2_000)), Wanted::AtOnce);
    }
}
