//! Steps from what older builds wrote of the protector. What they read with stays as it was then.

use std::collections::BTreeMap;

use kernel::{StateError, load_state, save_state};
use serde_json::value::{RawValue, to_raw_value};

/// The first version could not know of a past that is forgotten.
pub(super) fn with_nothing_forgotten(state: &[u8]) -> Result<Vec<u8>, StateError> {
    let mut saved: BTreeMap<String, Box<RawValue>> = load_state(state)?;
    saved.insert("forgotten".into(), to_raw_value("0")?);
    let mut raised = Vec::new();
    save_state(&saved, &mut raised);
    Ok(raised)
}

/// The second version knew the collar of its settings, which is what holds until the gate says another.
pub(super) fn with_the_collar_of_the_settings(state: &[u8]) -> Result<Vec<u8>, StateError> {
    type Saved = BTreeMap<String, Box<RawValue>>;
    let mut saved: Saved = load_state(state)?;
    let sight = saved.get("sight").map_or("", |sight| sight.get());
    let mut sight: Saved = load_state(sight.as_bytes())?;
    sight.insert("collar".into(), to_raw_value(&())?);
    saved.insert("sight".into(), to_raw_value(&sight)?);
    let mut raised = Vec::new();
    save_state(&saved, &mut raised);
    Ok(raised)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_of_a_protector_that_could_not_forget() {
        let raised = with_nothing_forgotten(br#"{"numbers":[],"entries":{"z":1,"b":2}}"#).unwrap();
        let expected = r#"{"entries":{"z":1,"b":2},"forgotten":"0","numbers":[]}"#;
        assert_eq!(String::from_utf8(raised).unwrap(), expected);
        assert!(with_nothing_forgotten(b"[]").is_err());
    }

    #[test]
    fn step_of_a_protector_that_heard_of_no_limits() {
        let old = br#"{"forgotten":"0","sight":{"latch":{"z":1,"b":2},"marks":{}}}"#;
        let raised = with_the_collar_of_the_settings(old).unwrap();
        let expected =
            r#"{"forgotten":"0","sight":{"collar":null,"latch":{"z":1,"b":2},"marks":{}}}"#;
        assert_eq!(String::from_utf8(raised).unwrap(), expected);
        assert!(with_the_collar_of_the_settings(br#"{"forgotten":"0"}"#).is_err());
    }
}
