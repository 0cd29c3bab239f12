//! What the shell keeps in a snapshot beside the state of the machines: what is to be told, what is known of our
//! books, how far streams reach, and what was left out.
//!
//! It says the version of its layout itself; builds from before there was a second one say none.

use std::collections::BTreeMap;

use journal::Fault;
use kernel::{Layout, StateError};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::books::Books;
use crate::reach::Reach;
use crate::seat::NoSeat;
use crate::untold::Untold;

/// The layout of all of it.
const LAYOUT: Layout = Layout::FIRST;
/// What it is called where something is wrong with it.
const SHELL: &str = "the shell";

/// What stood beside a state.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// What has been said and perhaps not told.
    pub(crate) untold: Untold,
    /// What is known of our books beside the venue's.
    pub(crate) books: Books,
    /// How far what was said and heard reaches.
    pub(crate) reach: Reach,
}

#[derive(Deserialize)]
struct Told {
    layout: Option<u32>,
    left_out_from: Option<String>,
}

/// Writes it as one line of JSON.
pub(crate) fn write(
    untold: &Untold,
    books: &Books,
    reach: &Reach,
    left_out_from: Option<u64>,
) -> Result<Vec<u8>, Fault> {
    let left_out_from = left_out_from.map(|record| record.to_string());
    line(untold, books, reach, left_out_from.as_deref())
}

fn line(
    untold: &Untold,
    books: &Books,
    reach: &Reach,
    left_out_from: Option<&str>,
) -> Result<Vec<u8>, Fault> {
    let mut state = format!("{{\"layout\":{},", LAYOUT.version()).into_bytes();
    let untold = untold.write();
    state.extend_from_slice(&untold[1..untold.len() - 1]);
    state.extend_from_slice(format!(",\"books\":{}", books.write()?).as_bytes());
    state.extend_from_slice(format!(",\"reach\":{}", reach.write()).as_bytes());
    if let Some(record) = left_out_from {
        state.extend_from_slice(format!(",\"left_out_from\":\"{record}\"").as_bytes());
    }
    state.push(b'}');
    Ok(state)
}

impl Beside {
    /// Reads what [`write`] wrote, here or in an older build.
    pub(crate) fn read(saved: &RawValue) -> Result<Self, NoSeat> {
        let of_the_shell = |why: StateError| NoSeat::State(why.of(SHELL));
        let told: Told =
            serde_json::from_str(saved.get()).map_err(|error| of_the_shell(error.into()))?;
        let state = LAYOUT.raise(told.layout.unwrap_or(1), saved.get().as_bytes());
        let state: Box<RawValue> =
            state.and_then(|state| Ok(serde_json::from_slice(&state)?)).map_err(of_the_shell)?;
        let (untold, books) = (Untold::read(&state)?, Books::read(&state)?);
        let read = Self { untold, books, reach: Reach::read(&state)? };
        let again = line(&read.untold, &read.books, &read.reach, told.left_out_from.as_deref())?;
        let saved = state.get().as_bytes();
        if told.layout == Some(LAYOUT.version()) && parts(saved) != parts(&again) {
            return Err(of_the_shell(StateError::not_as_written(LAYOUT, saved, &again)));
        }
        Ok(read)
    }
}

/// Its parts, by name. Messages have versions of their own, and one of a former version is written as it is
/// said now.
fn parts(state: &[u8]) -> Option<BTreeMap<String, String>> {
    let parts: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(state).ok()?;
    let parts = parts.into_iter().filter(|(name, _)| name != "untold");
    Some(parts.map(|(name, part)| (name, part.get().to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written once, and never again: what changes it raises the version and reads this by a step.
    const FIRST: &str = include_str!("../tests/states/shell-1.json");
    /// As it was written before versions were told.
    const UNTOLD: &str = include_str!("../tests/states/shell-untold.json");

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.trim().to_owned()).unwrap()
    }

    fn written(beside: &Beside, left_out_from: Option<u64>) -> String {
        let Beside { untold, books, reach } = beside;
        String::from_utf8(write(untold, books, reach, left_out_from).unwrap()).unwrap()
    }

    #[test]
    fn shell_of_this_layout_is_written_as_it_ever_was() {
        let read = Beside::read(&raw(FIRST)).unwrap();
        assert_eq!(
            written(&read, Some(4_711)),
            FIRST.trim(),
            "what the shell keeps has another layout: add the step from the one before to LAYOUT, and a file \
             for the new version beside this one"
        );
    }

    #[test]
    fn shell_from_before_versions_is_read_as_the_first() {
        let read = Beside::read(&raw(UNTOLD)).unwrap();
        assert_eq!(written(&read, Some(4_711)), FIRST.trim());
        assert_eq!(
            written(&Beside::read(&raw("{\"told\":\"0\",\"untold\":[]}")).unwrap(), None),
            written(&Beside::default(), None)
        );
    }

    #[test]
    fn shell_of_a_newer_layout_or_with_more_than_is_known_is_refused() {
        let newer = FIRST.replace("{\"layout\":1,", "{\"layout\":2,");
        let why = Beside::read(&raw(&newer)).unwrap_err().to_string();
        assert!(why.contains("the shell: its layout is version 2"), "{why}");
        let more = FIRST.replace("{\"layout\":1,", "{\"layout\":1,\"more\":1,");
        let why = Beside::read(&raw(&more)).unwrap_err().to_string();
        assert!(why.contains("the shell: it says that its layout is version 1"), "{why}");
    }
}
