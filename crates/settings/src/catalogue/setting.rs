//! What a type must say about itself to be the type of a key; and the plain ones: numbers, yes or no,
//! text, paths.

use std::net::IpAddr;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::nearest::nearest;
use crate::problem::ProblemKind;
use crate::raw::Raw;

/// A type that a key can have.
///
/// Values are plain data. `read` and `show` are each other's inverse, and `schema` describes exactly
/// what `read` accepts from a file.
pub(crate) trait Setting: Clone + PartialOrd {
    /// What it takes, in a few words: "expected {KIND}".
    const KIND: &'static str;

    /// Whether the value is a table whose entries may come from different files.
    const TABLE: bool = false;

    /// Reads what somebody wrote.
    fn read(raw: &RawValue<'_>) -> Result<Self, Wrong>;

    /// The canonical form.
    fn show(&self) -> Value;

    /// The JSON Schema of what may be written.
    fn schema() -> Value;

    /// Whether nothing is set, which no range speaks about.
    fn is_absent(&self) -> bool {
        false
    }
}

/// What somebody wrote; only this crate can look into it.
#[derive(Debug)]
pub(crate) struct RawValue<'a>(pub(crate) &'a Raw);

/// Why a value is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) kind: ProblemKind,
    pub(crate) what: String,
    pub(crate) advice: Option<String>,
    /// The entry of a table, where only that one is wrong.
    pub(crate) entry: Option<String>,
}

impl Wrong {
    /// Something else than what is expected.
    pub(crate) fn not<T: Setting>(raw: &RawValue<'_>) -> Self {
        Self::of(ProblemKind::WrongType, format!("{} is not {}", raw.0, T::KIND))
    }

    /// Another reason.
    pub(crate) fn of(kind: ProblemKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), advice: None, entry: None }
    }

    /// With the known word that was most likely meant.
    pub(crate) fn nearest(self, raw: &RawValue<'_>, known: &[&str]) -> Self {
        let near = raw.0.text().and_then(|word| nearest(&word, known.iter().copied()));
        match near {
            Some(near) => self.advice(format!("\"{near}\"")),
            None => self,
        }
    }

    pub(crate) fn advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

macro_rules! whole_numbers {
    ($($number:ty),*) => {$(
        impl Setting for $number {
            const KIND: &'static str = "a whole number";
            fn read(raw: &RawValue<'_>) -> Result<Self, Wrong> {
                let digits = raw.0.digits().ok_or_else(|| Wrong::not::<Self>(raw))?;
                let negative = digits.starts_with('-') && Self::MIN == 0;
                let wrong = |_| match digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
                    true if negative => Wrong::of(ProblemKind::Negative, format!("{digits} is below zero")),
                    true => Wrong::of(ProblemKind::OutOfRange, format!("{digits} is above {}", Self::MAX)),
                    false => Wrong::not::<Self>(raw),
                };
                digits.parse().map_err(wrong)
            }
            fn show(&self) -> Value {
                json!(self)
            }
            fn schema() -> Value {
                json!({ "type": "integer", "minimum": Self::MIN, "maximum": Self::MAX })
            }
        }
    )*};
}
whole_numbers!(u16, u32, u64, i32);

impl Setting for bool {
    const KIND: &'static str = "true or false";
    fn read(raw: &RawValue<'_>) -> Result<Self, Wrong> {
        match raw.0.typed() {
            Some(Raw::Bool(value)) => Ok(value),
            _ => Err(Wrong::not::<Self>(raw)),
        }
    }
    fn show(&self) -> Value {
        json!(self)
    }
    fn schema() -> Value {
        json!({ "type": "boolean" })
    }
}

/// Longer texts are no settings.
const TEXT_MAX: usize = 1_024;

impl Setting for String {
    const KIND: &'static str = "a text in quotes";
    fn read(raw: &RawValue<'_>) -> Result<Self, Wrong> {
        let text = raw.0.text().ok_or_else(|| Wrong::not::<Self>(raw))?;
        if text.len() > TEXT_MAX {
            return Err(Wrong::of(
                ProblemKind::OutOfRange,
                format!("longer than {TEXT_MAX} bytes"),
            ));
        }
        if text.chars().any(char::is_control) {
            return Err(Wrong::of(ProblemKind::WrongType, "has control characters"));
        }
        Ok(text)
    }
    fn show(&self) -> Value {
        json!(self)
    }
    fn schema() -> Value {
        json!({ "type": "string", "maxLength": TEXT_MAX })
    }
}

impl Setting for PathBuf {
    const KIND: &'static str = "a path in quotes";
    fn read(raw: &RawValue<'_>) -> Result<Self, Wrong> {
        let text = String::read(raw).map_err(|wrong| match wrong.kind {
            ProblemKind::WrongType if raw.0.text().is_none() => Wrong::not::<Self>(raw),
            _ => wrong,
        })?;
        if text.is_empty() {
            return Err(Wrong::of(ProblemKind::OutOfRange, "is empty, and names no file"));
        }
        if text.starts_with('~') || text.contains('$') {
            let what = format!("{text:?}: neither `~` nor `$NAME` is replaced here");
            return Err(Wrong::of(ProblemKind::WrongType, what).advice("the path written out"));
        }
        Ok(Self::from(text))
    }
    fn show(&self) -> Value {
        json!(self.to_string_lossy())
    }
    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1, "maxLength": TEXT_MAX, "pattern": "^[^~$][^$]*$" })
    }
}

impl Setting for IpAddr {
    const KIND: &'static str = "an address such as \"127.0.0.1\" or \"::1\"";
    fn read(raw: &RawValue<'_>) -> Result<Self, Wrong> {
        raw.0.text().and_then(|text| text.parse().ok()).ok_or_else(|| Wrong::not::<Self>(raw))
    }
    fn show(&self) -> Value {
        json!(self.to_string())
    }
    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^([0-9.]+|[0-9A-Fa-f:.]+)$" })
    }
}

/// A size in bytes, written with its unit: `"64MiB"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(u64);

impl Bytes {
    const UNITS: [(&'static str, u64); 4] =
        [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

    /// So many mebibytes.
    pub const fn mib(count: u32) -> Self {
        Self((count as u64) << 20)
    }

    /// The number of bytes.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl Setting for Bytes {
    const KIND: &'static str = "a size with its unit (512KiB, 64MiB, 2GiB)";
    fn read(raw: &RawValue<'_>) -> Result<Self, Wrong> {
        with_unit(raw, &Self::UNITS).map(Self).ok_or_else(|| Wrong::not::<Self>(raw))
    }
    fn show(&self) -> Value {
        json!(in_units(self.0, &Self::UNITS))
    }
    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^[0-9]{1,20}(B|KiB|MiB|GiB)$" })
    }
}

/// Reads `5m` by a table of units, the smallest first.
pub(crate) fn with_unit(raw: &RawValue<'_>, units: &[(&str, u64)]) -> Option<u64> {
    let text = raw.0.text()?;
    let unit_at = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (count, unit) = text.split_at(unit_at);
    let (_, scale) = units.iter().find(|(name, _)| *name == unit)?;
    count.parse::<u64>().ok()?.checked_mul(*scale)
}

/// Writes a number in the largest unit that loses nothing.
pub(crate) fn in_units(value: u64, units: &[(&str, u64)]) -> String {
    let whole = |(_, scale): &&(&str, u64)| value > 0 && value.is_multiple_of(*scale);
    let (name, scale) = units.iter().rev().find(whole).unwrap_or(&units[0]);
    format!("{}{name}", value / scale)
}
