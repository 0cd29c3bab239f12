//! Steps from what older builds wrote of the gate. What they read with stays as it was then.

use std::collections::BTreeMap;

use contracts::Money;
use kernel::{StateError, load_state, save_state};
use serde::Serialize;
use serde_json::value::RawValue;

/// How the second version writes a loss.
#[derive(Serialize)]
struct Loss {
    day: i64,
    loss: Money,
}

/// The first version knew on which day the cap was broken, and not by how much. Nothing is larger than what that may have
/// been: of that day no cap allows it, whoever signs.
pub(super) fn with_the_worst_loss(state: &[u8]) -> Result<Vec<u8>, StateError> {
    let mut saved: BTreeMap<String, Box<RawValue>> = load_state(state)?;
    let Some(day) = saved.remove("loss_day") else {
        return Err(StateError::Contradiction("it does not say when the daily cap was broken"));
    };
    let day: Option<i64> = load_state(day.get().as_bytes())?;
    let worst =
        day.map_or(Loss { day: 0, loss: Money::ZERO }, |day| Loss { day, loss: Money::MAX });
    saved.insert("worst_loss".into(), serde_json::value::to_raw_value(&worst)?);
    let mut raised = Vec::new();
    save_state(&saved, &mut raised);
    Ok(raised)
}

/// The second version could not know of a past that is forgotten.
pub(super) fn with_nothing_forgotten(state: &[u8]) -> Result<Vec<u8>, StateError> {
    let mut saved: BTreeMap<String, Box<RawValue>> = load_state(state)?;
    let Some(flattener) = saved.get("flattener") else {
        return Err(StateError::Contradiction("it does not say what was closed"));
    };
    let mut flattener: BTreeMap<String, Box<RawValue>> = load_state(flattener.get().as_bytes())?;
    flattener.insert("forgotten".into(), serde_json::value::to_raw_value("0")?);
    saved.insert("flattener".into(), serde_json::value::to_raw_value(&flattener)?);
    saved.insert("forgotten_until".into(), serde_json::value::to_raw_value(&None::<i64>)?);
    let mut raised = Vec::new();
    save_state(&saved, &mut raised);
    Ok(raised)
}

/// The third version did not remember orders of a past that is forgotten.
pub(super) fn with_no_order_forgotten(state: &[u8]) -> Result<Vec<u8>, StateError> {
    let mut saved: BTreeMap<String, Box<RawValue>> = load_state(state)?;
    let Some(claims) = saved.get("claims") else {
        return Err(StateError::Contradiction("it does not say what is open"));
    };
    let mut claims: BTreeMap<String, Box<RawValue>> = load_state(claims.get().as_bytes())?;
    let none = RawValue::from_string(NO_ORDER_FORGOTTEN.into())?;
    claims.insert("forgotten".into(), none);
    saved.insert("claims".into(), serde_json::value::to_raw_value(&claims)?);
    let mut raised = Vec::new();
    save_state(&saved, &mut raised);
    Ok(raised)
}

const NO_ORDER_FORGOTTEN: &str =
    r#"{"is_open":false,"perhaps":[],"strangers":{},"was_ever":false}"#;

#[cfg(test)]
mod tests {
    use contracts::Ts;

    use super::*;
    use crate::worst::WorstLoss;

    fn raised(state: &str) -> Result<(WorstLoss, String), StateError> {
        let raised = with_the_worst_loss(state.as_bytes())?;
        let mut raised: BTreeMap<String, Box<RawValue>> = load_state(&raised)?;
        let worst = load_state(raised.remove("worst_loss").unwrap().get().as_bytes())?;
        Ok((worst, serde_json::to_string(&raised).unwrap()))
    }

    #[test]
    fn step_of_a_gate_that_could_not_forget() {
        let raised =
            with_nothing_forgotten(br#"{"flattener":{"last":[]},"a":{"z":1,"b":2}}"#).unwrap();
        let expected =
            r#"{"a":{"z":1,"b":2},"flattener":{"forgotten":"0","last":[]},"forgotten_until":null}"#;
        assert_eq!(String::from_utf8(raised).unwrap(), expected);
        assert!(with_nothing_forgotten(b"{}").is_err());
    }

    #[test]
    fn step_of_a_gate_that_remembered_no_orders() {
        let raised = with_no_order_forgotten(br#"{"claims":{"open":{}},"a":1}"#).unwrap();
        let claims = format!(r#"{{"forgotten":{NO_ORDER_FORGOTTEN},"open":{{}}}}"#);
        let expected = format!(r#"{{"a":1,"claims":{claims}}}"#);
        assert_eq!(String::from_utf8(raised).unwrap(), expected);
        assert!(with_no_order_forgotten(b"{}").is_err());
    }

    #[test]
    fn step_of_a_day_whose_cap_was_broken_no_cap_allows_the_loss() {
        let day = |day| Ts::from_nanos(day * contracts::Span::DAY.nanos());
        let (worst, rest) = raised(r#"{"a":{"z":1,"b":2},"loss_day":3}"#).unwrap();
        assert_eq!((worst.at(day(3)), worst.at(day(4))), (Money::MAX, Money::ZERO));
        assert_eq!(rest, r#"{"a":{"z":1,"b":2}}"#);
        let (worst, _) = raised(r#"{"loss_day":null}"#).unwrap();
        assert_eq!(worst, WorstLoss::default());
        assert!(raised("{}").is_err() && raised(r#"{"loss_day":"no"}"#).is_err());
    }
}
