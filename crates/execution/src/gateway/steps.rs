//! Steps from what older builds wrote of the gateway. What they read with stays as it was then.

use std::collections::BTreeMap;

use kernel::{StateError, load_state, save_state};
use serde_json::value::RawValue;

type Fields = BTreeMap<String, Box<RawValue>>;

/// The first version could not know of a past that is forgotten. What it did not say was not so.
pub(super) fn with_nothing_forgotten(state: &[u8]) -> Result<Vec<u8>, StateError> {
    let mut saved: Fields = load_state(state)?;
    let mut open: Fields = part(&saved, "open")?;
    let mut orders: BTreeMap<String, Fields> = part(&open, "by_id")?;
    for order in orders.values_mut() {
        order.insert("recalled".into(), raw(&false)?);
    }
    open.insert("by_id".into(), raw(&orders)?);
    saved.insert("open".into(), raw(&open)?);
    saved.insert("forgotten_until".into(), raw(&None::<i64>)?);
    let mut raised = Vec::new();
    save_state(&saved, &mut raised);
    Ok(raised)
}

fn part<T: serde::de::DeserializeOwned>(of: &Fields, name: &str) -> Result<T, StateError> {
    match of.get(name) {
        Some(part) => load_state(part.get().as_bytes()),
        None => Err(StateError::Contradiction("it does not say which orders are open")),
    }
}

fn raw<T: serde::Serialize>(value: &T) -> Result<Box<RawValue>, StateError> {
    Ok(serde_json::value::to_raw_value(value)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_of_what_nobody_could_have_forgotten() {
        let raised =
            with_nothing_forgotten(br#"{"open":{"by_id":{"a1":{"z":1,"b":"x"}}},"used":7}"#)
                .unwrap();
        assert_eq!(
            String::from_utf8(raised).unwrap(),
            r#"{"forgotten_until":null,"open":{"by_id":{"a1":{"b":"x","recalled":false,"z":1}}},"used":7}"#
        );
        for none in ["{}", r#"{"open":{}}"#, r#"{"open":{"by_id":[1]}}"#] {
            assert!(with_nothing_forgotten(none.as_bytes()).is_err(), "{none}");
        }
    }
}
