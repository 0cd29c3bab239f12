//! A line that can be cut: a port of loopback behind which everything goes on to somebody else, until it does not.
//!
//! While it is cut nothing passes and nobody is told so, as when a cable is pulled: connections stay, new ones are
//! taken and lead nowhere, and what was on its way arrives when the line is whole again, however late that is.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use runtime::aside;

use super::cannot;
use crate::failure::Failure;

/// How much is carried at once.
const CARRIED_MAX: usize = 64 << 10;

/// A line to somebody.
pub(crate) struct Relay {
    address: SocketAddr,
    gate: Gate,
}

/// What everybody passes before they carry anything on.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<State>, Condvar)>);

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    Cut,
    /// It is taken down: nothing passes any more.
    Gone,
}

impl Relay {
    /// A line to that address, which is whole.
    pub(crate) fn to(target: SocketAddr) -> Result<Self, Failure> {
        let no_line = |error: io::Error| cannot("has no line", Path::new("loopback"), &error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(no_line)?;
        let address = listener.local_addr().map_err(no_line)?;
        let gate = Gate::default();
        let relay = Self { address, gate: gate.clone() };
        aside("line", move || take_calls(&listener, target, &gate)).map_err(no_line)?;
        Ok(relay)
    }

    /// The port of its near end.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Nothing passes from now on.
    pub(crate) fn cut(&self) {
        self.gate.set(State::Cut);
    }

    /// Everything passes again, also what was on its way.
    pub(crate) fn mend(&self) {
        self.gate.set(State::Open);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.gate.set(State::Gone);
        // Whoever waits for calls looks up at one.
        let _ = TcpStream::connect(self.address);
    }
}

impl Gate {
    fn set(&self, state: State) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
        self.0.1.notify_all();
    }

    fn is_gone(&self) -> bool {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) == State::Gone
    }

    /// Waits while the line is cut; whether there still is one.
    fn pass(&self) -> bool {
        let mut state = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        while *state == State::Cut {
            state = self.0.1.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        *state == State::Open
    }
}

fn take_calls(listener: &TcpListener, target: SocketAddr, gate: &Gate) {
    for near in listener.incoming().map_while(Result::ok) {
        if gate.is_gone() {
            return;
        }
        let gate = gate.clone();
        let calling = aside("line: call", move || {
            if let Some(far) = gate.pass().then(|| TcpStream::connect(target).ok()).flatten() {
                let _ = join(&near, &far, &gate);
            }
        });
        // Whoever finds no thread finds nobody at the other end.
        drop(calling);
    }
}

/// Carries both ways until either end is closed.
fn join(near: &TcpStream, far: &TcpStream, gate: &Gate) -> io::Result<()> {
    // What passes is small and waited for.
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (back, to_near, out) = (far.try_clone()?, near.try_clone()?, gate.clone());
    let answering = aside("line: answers", move || carry(&back, &to_near, &out))?;
    carry(near, far, gate);
    let _ = answering.join();
    Ok(())
}

fn carry(mut from: &TcpStream, mut to: &TcpStream, gate: &Gate) {
    let mut carried = vec![0; CARRIED_MAX];
    while let Ok(bytes @ 1..) = from.read(&mut carried) {
        if !gate.pass() || to.write_all(&carried[..bytes]).is_err() {
            break;
        }
    }
    // The other way has nobody to carry for either.
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Somebody who says everything back, and a line to them.
    fn echo() -> Relay {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let target = listener.local_addr().unwrap();
        let answering = aside("echo", move || {
            for call in listener.incoming().map_while(Result::ok) {
                let back = call.try_clone().unwrap();
                let said = aside("echo: call", move || carry(&call, &back, &Gate::default()));
                drop(said.unwrap());
            }
        });
        drop(answering.unwrap());
        Relay::to(target).unwrap()
    }

    fn call(relay: &Relay) -> TcpStream {
        let call = TcpStream::connect(relay.address).unwrap();
        call.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        call
    }

    fn hears(mut call: &TcpStream, expected: &[u8]) -> bool {
        let mut heard = vec![0; expected.len()];
        call.read_exact(&mut heard).is_ok() && heard == expected
    }

    #[test]
    fn line_carries_both_ways_and_a_cut_one_carries_later() {
        let relay = echo();
        let mut before = call(&relay);
        before.write_all(b"one").unwrap();
        assert!(hears(&before, b"one"));
        relay.cut();
        before.write_all(b"two").unwrap();
        let mut meanwhile = call(&relay);
        meanwhile.write_all(b"three").unwrap();
        assert!(!hears(&before, b"two") && !hears(&meanwhile, b"three"));
        relay.mend();
        let patient = |call: &TcpStream| call.set_read_timeout(Some(Duration::from_secs(5)));
        patient(&before).unwrap();
        patient(&meanwhile).unwrap();
        assert!(hears(&before, b"two") && hears(&meanwhile, b"three"));
    }

    #[test]
    fn line_that_is_gone_closes_its_calls() {
        let relay = echo();
        let mut open = call(&relay);
        open.write_all(b"one").unwrap();
        assert!(hears(&open, b"one"));
        relay.cut();
        open.write_all(b"two").unwrap();
        drop(relay);
        open.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        assert_eq!(open.read(&mut [0; 8]).ok(), Some(0));
    }
}
