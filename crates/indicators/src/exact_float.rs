//! Floats in stored state, bit for bit: the integer of the bits, written as text.
//!
//! For `#[serde(with = "indicators::exact_float")]`. Decimal text would do for most floats and most
//! parsers; this does for all. What is not a finite number is refused when read.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// Writes the bits as a decimal text, as all 64-bit integers of stored state are written.
pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&value.to_bits())
}

/// Reads what [`serialize`] wrote.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    parse(&String::deserialize(deserializer)?).ok_or_else(|| D::Error::custom(NOT_BITS))
}

const NOT_BITS: &str = "not the bits of a finite number";

fn parse(text: &str) -> Option<f64> {
    let value = f64::from_bits(text.parse().ok()?);
    value.is_finite().then_some(value)
}

/// The same for a list.
pub mod list {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes the bits of each.
    pub fn serialize<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(|value| value.to_bits().to_string()))
    }

    /// Reads what [`serialize`] wrote.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let values = texts.iter().map(|text| super::parse(text)).collect::<Option<_>>();
        values.ok_or_else(|| D::Error::custom(super::NOT_BITS))
    }
}

/// The same for one that may be missing.
pub mod option {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    /// Writes the bits, or null.
    pub fn serialize<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(|value| value.to_bits().to_string()).serialize(serializer)
    }

    /// Reads what [`serialize`] wrote.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<f64>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let read = |text: String| super::parse(&text).ok_or_else(|| Error::custom(super::NOT_BITS));
        text.map(read).transpose()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Pair(#[serde(with = "super")] f64, #[serde(with = "super::list")] Vec<f64>);

    #[derive(Serialize, Deserialize)]
    struct Maybe(#[serde(with = "super::option")] Option<f64>);

    #[test]
    fn exact_float_refuses_what_is_no_number() {
        for text in [r#"["9218868437227405312",[]]"#, r#"["1",["x"]]"#, r#"["-1",[]]"#, "[1,[]]"] {
            assert!(serde_json::from_str::<Pair>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn exact_float_missing_stays_missing() {
        let there_and_back = |value: Option<f64>| {
            let text = serde_json::to_string(&Maybe(value)).unwrap();
            serde_json::from_str::<Maybe>(&text).unwrap().0.map(f64::to_bits)
        };
        assert_eq!(there_and_back(None), None);
        assert_eq!(there_and_back(Some(-0.0)), Some((-0.0_f64).to_bits()));
        assert!(serde_json::from_str::<Maybe>(r#""9218868437227405312""#).is_err());
    }

    proptest! {
        #[test]
        fn exact_float_keeps_every_bit(value in any::<f64>(), list in any::<Vec<f64>>()) {
            let text = serde_json::to_string(&Pair(value, list.clone())).unwrap();
            let Pair(read, read_list) = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read.to_bits(), value.to_bits());
            let bits = |list: &[f64]| list.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&read_list), bits(&list));
        }
    }
}
