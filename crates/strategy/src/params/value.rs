//! The kinds of value that a parameter can have, and how each is read from a table.
//!
//! Amounts are texts or whole numbers; a float never becomes an amount, because what a person wrote
//! and what the float holds need not be the same.

use contracts::{Bps, Money, Price, Qty, Span, Timeframe};
use serde_json::Value;

use crate::pulse::Pulse;

/// A value that a parameter can have.
pub trait ParamValue: PartialOrd + Clone {
    /// The kind, in a word.
    const KIND: &'static str;

    /// Reads it.
    fn read(value: &Value) -> Result<Self, NotThatKind>;

    /// Writes it as it is read.
    fn show(&self) -> Value;
}

/// Why a value is not of the kind that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotThatKind(pub String);

fn refuse<T: ParamValue>(value: &Value) -> NotThatKind {
    NotThatKind(format!("{value} is not {}", T::KIND))
}

macro_rules! whole_number {
    ($($kind:ty, $read:ident, $name:literal;)*) => {$(
        impl ParamValue for $kind {
            const KIND: &'static str = $name;
            fn read(value: &Value) -> Result<Self, NotThatKind> {
                let whole = value.$read().and_then(|whole| Self::try_from(whole).ok());
                whole.ok_or_else(|| refuse::<Self>(value))
            }
            fn show(&self) -> Value {
                Value::from(*self)
            }
        }
    )*};
}
whole_number! {
    u32, as_u64, "a whole number from 0 up";
    u64, as_u64, "a whole number from 0 up";
    i64, as_i64, "a whole number";
}

impl ParamValue for bool {
    const KIND: &'static str = "true or false";
    fn read(value: &Value) -> Result<Self, NotThatKind> {
        value.as_bool().ok_or_else(|| refuse::<Self>(value))
    }
    fn show(&self) -> Value {
        Value::from(*self)
    }
}

/// For signals only; an amount has a type of its own.
impl ParamValue for f64 {
    const KIND: &'static str = "a number";
    fn read(value: &Value) -> Result<Self, NotThatKind> {
        value.as_f64().filter(|number| number.is_finite()).ok_or_else(|| refuse::<Self>(value))
    }
    fn show(&self) -> Value {
        Value::from(*self)
    }
}

impl ParamValue for Bps {
    const KIND: &'static str = "a whole number of basis points";
    fn read(value: &Value) -> Result<Self, NotThatKind> {
        let bps = value.as_i64().and_then(|bps| i32::try_from(bps).ok());
        bps.map(Self::new).ok_or_else(|| refuse::<Self>(value))
    }
    fn show(&self) -> Value {
        Value::from(self.get())
    }
}

macro_rules! amount {
    ($($kind:ty, $name:literal;)*) => {$(
        impl ParamValue for $kind {
            const KIND: &'static str = $name;
            fn read(value: &Value) -> Result<Self, NotThatKind> {
                let parsed = match value {
                    Value::String(text) => text.parse().ok(),
                    Value::Number(number) if number.is_u64() => number.to_string().parse().ok(),
                    Value::Number(_) => {
                        let why = format!("{value} may have lost digits; write it in quotes");
                        return Err(NotThatKind(why));
                    }
                    _ => None,
                };
                parsed.ok_or_else(|| refuse::<Self>(value))
            }
            fn show(&self) -> Value {
                Value::from(self.to_string())
            }
        }
    )*};
}
amount! {
    Money, "an amount of the quote currency";
    Qty, "a quantity";
    Price, "a price";
}

impl ParamValue for Span {
    const KIND: &'static str = "a length of time (250ms, 30s, 5m, 4h)";
    fn read(value: &Value) -> Result<Self, NotThatKind> {
        value.as_str().and_then(read_span).ok_or_else(|| refuse::<Self>(value))
    }
    fn show(&self) -> Value {
        let (nanos, units) = (self.nanos(), SPAN_UNITS.iter().rev());
        let largest = units.clone().find(|(_, span)| nanos > 0 && nanos % span.nanos() == 0);
        let (unit, span) = largest.unwrap_or(&SPAN_UNITS[0]);
        Value::from(format!("{}{unit}", nanos / span.nanos()))
    }
}

const SPAN_UNITS: [(&str, Span); 4] =
    [("ms", Span::MILLI), ("s", Span::SECOND), ("m", Span::MINUTE), ("h", Span::MINUTE.times(60))];

fn read_span(text: &str) -> Option<Span> {
    let unit_at = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (count, unit) = text.split_at(unit_at);
    let (_, span) = SPAN_UNITS.iter().find(|(name, _)| *name == unit)?;
    let nanos = count.parse::<i64>().ok()?.checked_mul(span.nanos())?;
    Some(Span::from_nanos(nanos))
}

impl ParamValue for Timeframe {
    const KIND: &'static str = "a timeframe (1m, 5m, 15m, 1h, 4h, 1d)";
    fn read(value: &Value) -> Result<Self, NotThatKind> {
        value.as_str().and_then(Self::parse).ok_or_else(|| refuse::<Self>(value))
    }
    fn show(&self) -> Value {
        Value::from(self.name())
    }
}

impl ParamValue for Pulse {
    const KIND: &'static str = "trades, or a timeframe (1m, 5m, 15m, 1h, 4h, 1d)";
    fn read(value: &Value) -> Result<Self, NotThatKind> {
        value.as_str().and_then(Self::parse).ok_or_else(|| refuse::<Self>(value))
    }
    fn show(&self) -> Value {
        Value::from(self.name())
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::money;
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_from_text_and_whole_numbers_never_from_floats() {
        assert_eq!(Money::read(&json!("250.5")), Ok(money("250.5")));
        assert_eq!(Money::read(&json!(250)), Ok(money("250")));
        assert!(Money::read(&json!(250.5)).unwrap_err().0.contains("in quotes"));
        assert!(Qty::read(&json!(-1)).is_err());
        assert!(Price::read(&json!("0")).is_err());
        assert!(Money::read(&json!("250 USD")).is_err());
    }

    #[test]
    fn spans_read_and_show_alike() {
        for text in ["250ms", "30s", "5m", "4h", "0ms"] {
            let span = Span::read(&json!(text)).unwrap();
            assert_eq!(span.show(), json!(text));
        }
        for bad in ["", "5", "m", "5 m", "-5m", "5d", "9223372036854775807h"] {
            assert!(Span::read(&json!(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn kinds_do_not_stand_in_for_each_other() {
        assert!(u32::read(&json!("12")).is_err());
        assert!(u32::read(&json!(-1)).is_err());
        assert!(u32::read(&json!(1_u64 << 40)).is_err());
        assert!(bool::read(&json!(1)).is_err());
        assert!(f64::read(&json!("0.5")).is_err());
        assert_eq!(f64::read(&json!(1)), Ok(1.0));
        assert!(Bps::read(&json!(2.5)).is_err());
        assert!(Timeframe::read(&json!("7m")).is_err());
    }
}
