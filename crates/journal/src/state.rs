//! A state on its way into the journal: checked once, here, so that a snapshot cannot spoil a segment.

use kernel::{PartLayout, Snapshot, save_state};
use serde::de::IgnoredAny;

use crate::fault::Fault;
use crate::parse::LINE_BYTES_MAX;

/// The whole state of a process at a quiet moment: its machines', and what its shell keeps beside them.
#[derive(Clone, Debug)]
pub struct State {
    hash: u128,
    layouts: Vec<PartLayout>,
    machines: Vec<u8>,
    shell: Option<Vec<u8>>,
}

impl State {
    /// The state of the machines.
    pub fn of(machines: &Snapshot) -> Result<Self, Fault> {
        one_line(machines.bytes())?;
        let (hash, layouts) = (machines.hash(), machines.layouts().to_vec());
        Ok(Self { hash, layouts, machines: machines.bytes().to_vec(), shell: None })
    }

    /// The same with what the shell keeps: one line of JSON.
    pub fn with_shell(mut self, shell: Vec<u8>) -> Result<Self, Fault> {
        one_line(&shell)?;
        self.shell = Some(shell);
        Ok(self)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{{\"hash\":\"{:032x}\"", self.hash).as_bytes());
        if !self.layouts.is_empty() {
            out.extend_from_slice(b",\"layouts\":");
            save_state(&self.layouts, out);
        }
        out.extend_from_slice(b",\"machines\":");
        out.extend_from_slice(&self.machines);
        if let Some(shell) = &self.shell {
            out.extend_from_slice(b",\"shell\":");
            out.extend_from_slice(shell);
        }
        out.push(b'}');
    }
}

fn one_line(json: &[u8]) -> Result<(), Fault> {
    if json.len() as u64 > LINE_BYTES_MAX / 4 {
        return Err(Fault::Bound("a state of more than 64 MiB; let machines forget what is over"));
    }
    if json.contains(&b'\n') {
        return Err(Fault::NotAState("it has a line end".to_owned()));
    }
    let read: Result<IgnoredAny, _> = serde_json::from_slice(json);
    read.map(drop).map_err(|error| Fault::NotAState(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_that_is_no_line_of_json_refused() {
        for bad in ["", "{", "{}{}", "{\"a\":\n1}", "nothing"] {
            let refused = State::of(&Snapshot::from_bytes(bad.as_bytes().to_vec()));
            assert!(matches!(refused, Err(Fault::NotAState(_))), "{bad:?}");
        }
        let state = State::of(&Snapshot::from_bytes(b"{\"a\":1}".to_vec())).unwrap();
        assert!(state.clone().with_shell(b"[".to_vec()).is_err());
        let mut out = Vec::new();
        state.with_shell(b"[1]".to_vec()).unwrap().write(&mut out);
        let text = String::from_utf8(out).unwrap();
        assert!(text.ends_with("\"machines\":{\"a\":1},\"shell\":[1]}"), "{text}");
    }
}
