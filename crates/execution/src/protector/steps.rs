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
}
