//! Amounts, rates, lengths of time and names as keys have them. Amounts are read by their digits.

use contracts::{Asset, Bps, Money, ParseAmountError, Ppm, Qty, Span, Symbol};
use serde_json::{Value, json};

use super::setting::{RawValue, Setting, Wrong, in_units, with_unit};
use crate::problem::ProblemKind;

/// What may be written for an amount: digits in quotes, or a plain number.
fn amount_schema(pattern: &str) -> Value {
    json!({ "anyOf": [{ "type": "string", "pattern": pattern }, { "type": "number" }] })
}

macro_rules! amounts {
    ($($amount:ty, $kind:literal, $pattern:literal;)*) => {$(
        impl Setting for $amount {
            const KIND: &'static str = $kind;
            fn read(raw: &RawValue<'_>) -> Result<Self, Wrong> {
                // A text as well as a number: both are digits to us.
                let written = raw.0.digits().or_else(|| raw.0.text());
                let written = written.ok_or_else(|| Wrong::not::<Self>(raw))?;
                written.parse().map_err(|why| amount_wrong::<Self>(raw, &written, why))
            }
            fn show(&self) -> Value {
                json!(self.to_string())
            }
            fn schema() -> Value {
                amount_schema($pattern)
            }
        }
    )*};
}
amounts! {
    Money, "an amount such as 250 or \"0.05\"", "^-?[0-9]+(\\.[0-9]+)?$";
    Qty, "a quantity such as 2 or \"0.05\"", "^[0-9]+(\\.[0-9]+)?$";
}

fn amount_wrong<T: Setting>(raw: &RawValue<'_>, written: &str, why: ParseAmountError) -> Wrong {
    let exponent = written.bytes().all(|byte| b"0123456789.eE+-".contains(&byte));
    match why {
        ParseAmountError::NotDecimal if exponent && written.contains(['e', 'E']) => {
            Wrong::of(ProblemKind::WrongType, format!("{written} has an exponent"))
                .advice("all digits written out, such as 0.00000001")
        }
        ParseAmountError::NotDecimal => Wrong::not::<T>(raw),
        ParseAmountError::TooPrecise => {
            Wrong::of(ProblemKind::OutOfRange, format!("{raw} has {why}", raw = raw.0))
        }
        ParseAmountError::OutOfRange if written.starts_with('-') => {
            Wrong::of(ProblemKind::Negative, format!("{written} is below zero"))
        }
        ParseAmountError::OutOfRange => {
            Wrong::of(ProblemKind::OutOfRange, format!("{raw} is {why}", raw = raw.0))
        }
    }
}

macro_rules! rates {
    ($($rate:ty, $kind:literal;)*) => {$(
        impl Setting for $rate {
            const KIND: &'static str = $kind;
            fn read(raw: &RawValue<'_>) -> Result<Self, Wrong> {
                i32::read(raw).map(Self::new).map_err(|wrong| match wrong.kind {
                    ProblemKind::WrongType => Wrong::not::<Self>(raw),
                    _ => wrong,
                })
            }
            fn show(&self) -> Value {
                json!(self.get())
            }
            fn schema() -> Value {
                i32::schema()
            }
        }
    )*};
}
rates! {
    Bps, "a whole number of basis points (100 is one percent)";
    Ppm, "a whole number of parts per million (10000 is one percent)";
}

const SPAN_UNITS: [(&str, u64); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", Span::MILLI.nanos() as u64),
    ("s", Span::SECOND.nanos() as u64),
    ("m", Span::MINUTE.nanos() as u64),
    ("h", Span::MINUTE.nanos() as u64 * 60),
    ("d", Span::DAY.nanos() as u64),
];

impl Setting for Span {
    const KIND: &'static str = "a length of time with its unit (250ms, 30s, 5m, 4h, 7d)";
    fn read(raw: &RawValue<'_>) -> Result<Self, Wrong> {
        let nanos = with_unit(raw, &SPAN_UNITS).and_then(|nanos| i64::try_from(nanos).ok());
        nanos.map(Self::from_nanos).ok_or_else(|| {
            let text = raw.0.text().or_else(|| raw.0.digits()).unwrap_or_default();
            match text.strip_prefix('-') {
                Some(_) => Wrong::of(ProblemKind::Negative, format!("{text} is below zero")),
                None => Wrong::not::<Self>(raw),
            }
        })
    }
    fn show(&self) -> Value {
        json!(in_units(self.nanos().unsigned_abs(), &SPAN_UNITS))
    }
    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^[0-9]{1,19}(ns|us|ms|s|m|h|d)$" })
    }
}

macro_rules! names {
    ($($name:ty, $kind:literal, $pattern:literal;)*) => {$(
        impl Setting for $name {
            const KIND: &'static str = $kind;
            fn read(raw: &RawValue<'_>) -> Result<Self, Wrong> {
                let text = raw.0.text().ok_or_else(|| Wrong::not::<Self>(raw))?;
                Self::new(&text).map_err(|why| {
                    let what = format!("{}: {why}", raw.0);
                    Wrong::of(ProblemKind::WrongType, what).advice(Self::KIND)
                })
            }
            fn show(&self) -> Value {
                json!(self.as_str())
            }
            fn schema() -> Value {
                json!({ "type": "string", "pattern": $pattern })
            }
        }
    )*};
}
names! {
    Asset, "an asset such as \"USD\"", "^[A-Za-z0-9.]{1,8}$";
    Symbol, "a pair such as \"BTC/USD\"", "^[A-Za-z0-9.]{1,8}/[A-Za-z0-9.]{1,8}$";
}
