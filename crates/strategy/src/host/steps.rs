//! Steps from what older builds wrote of the host. What they read with stays as it was then.

use std::collections::BTreeMap;

use kernel::{StateError, load_state, save_state};
use serde_json::value::{RawValue, to_raw_value};

/// The first version did not remember which fills it had been told. None is known: a gateway that has forgotten what it
/// told before this start would be believed twice.
pub(super) fn with_executions(state: &[u8]) -> Result<Vec<u8>, StateError> {
    let mut saved: BTreeMap<String, Box<RawValue>> = load_state(state)?;
    saved.insert("executions".into(), to_raw_value::<[(); 0]>(&[])?);
    let mut raised = Vec::new();
    save_state(&saved, &mut raised);
    Ok(raised)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_of_a_host_that_remembered_no_fills() {
        let raised = with_executions(br#"{"run":1,"ledger":{"z":[],"b":2}}"#).unwrap();
        let expected = r#"{"executions":[],"ledger":{"z":[],"b":2},"run":1}"#;
        assert_eq!(String::from_utf8(raised).unwrap(), expected);
        assert!(with_executions(b"[]").is_err());
    }
}
