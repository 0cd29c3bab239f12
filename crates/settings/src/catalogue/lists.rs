//! What is made of other values: perhaps one, many, one for each symbol, and the tables that belong to
//! somebody else.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::range::plain;
use super::setting::{RawValue, Setting, Wrong};
use crate::problem::ProblemKind;
use crate::raw::Raw;

/// Perhaps a value; nothing is said by leaving the key out.
impl<T: Setting> Setting for Option<T> {
    const KIND: &'static str = T::KIND;
    fn read(raw: &RawValue<'_>) -> Result<Self, Wrong> {
        T::read(raw).map(Some)
    }
    fn show(&self) -> Value {
        self.as_ref().map_or(Value::Null, Setting::show)
    }
    fn schema() -> Value {
        T::schema()
    }
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

/// More entries are no list that a person wrote.
const ENTRIES_MAX: usize = 1_024;

/// A list without repetitions. From an environment variable or a flag: words with commas between them.
impl<T: Setting> Setting for Vec<T> {
    const KIND: &'static str = "a list in brackets";
    fn read(raw: &RawValue<'_>) -> Result<Self, Wrong> {
        let items = match (raw.0, raw.0.typed()) {
            (_, Some(Raw::List(items))) => items,
            (Raw::Word(text), _) => text
                .split(',')
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(|word| Raw::Word(word.to_owned()))
                .collect(),
            _ => return Err(Wrong::not::<Self>(raw).advice(format!("[...] of {}", T::KIND))),
        };
        if items.len() > ENTRIES_MAX {
            let what = format!("{} entries, at most {ENTRIES_MAX}", items.len());
            return Err(Wrong::of(ProblemKind::OutOfRange, what));
        }
        let mut read = Self::with_capacity(items.len());
        for item in &items {
            let value = T::read(&RawValue(item))?;
            if read.contains(&value) {
                return Err(Wrong::of(ProblemKind::Contradiction, format!("{item} stands twice")));
            }
            read.push(value);
        }
        Ok(read)
    }
    fn show(&self) -> Value {
        self.iter().map(Setting::show).collect()
    }
    fn schema() -> Value {
        json!({ "type": "array", "items": T::schema(), "uniqueItems": true, "maxItems": ENTRIES_MAX })
    }
}

/// A value for each of some names; files add to each other's entries.
impl<K: Setting + Ord, T: Setting> Setting for BTreeMap<K, T> {
    const KIND: &'static str = "a table of values by name";
    const TABLE: bool = true;
    fn read(raw: &RawValue<'_>) -> Result<Self, Wrong> {
        let Some(Raw::Table(entries)) = raw.0.typed() else {
            return Err(Wrong::not::<Self>(raw).advice(format!(
                "a table: {} = {}",
                K::KIND,
                T::KIND
            )));
        };
        if entries.len() > ENTRIES_MAX {
            let what = format!("{} entries, at most {ENTRIES_MAX}", entries.len());
            return Err(Wrong::of(ProblemKind::OutOfRange, what));
        }
        let entry = |(name, value): &(String, Raw)| {
            let key = K::read(&RawValue(&Raw::Text(name.clone())));
            key.and_then(|key| Ok((key, T::read(&RawValue(value))?))).map_err(|wrong| {
                let advice = wrong.advice.or_else(|| Some(T::KIND.to_owned()));
                Wrong { entry: Some(name.clone()), advice, ..wrong }
            })
        };
        entries.iter().map(entry).collect()
    }
    fn show(&self) -> Value {
        let entry = |(key, value): (&K, &T)| (plain(&key.show()), value.show());
        Value::Object(self.iter().map(entry).collect())
    }
    fn schema() -> Value {
        json!({
            "type": "object", "propertyNames": K::schema(),
            "additionalProperties": T::schema(), "maxProperties": ENTRIES_MAX,
        })
    }
}

/// A table that its owner reads: the parameters of a strategy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params(Map<String, Value>);

impl Params {
    /// The table as JSON, as a strategy's registry takes it.
    pub fn to_json(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

/// Tables have no order; no range is ever asked of one.
impl PartialOrd for Params {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        (self == other).then_some(std::cmp::Ordering::Equal)
    }
}

impl Setting for Params {
    const KIND: &'static str = "a table of the strategy's own parameters";
    const TABLE: bool = true;
    fn read(raw: &RawValue<'_>) -> Result<Self, Wrong> {
        let Some(Raw::Table(entries)) = raw.0.typed() else {
            return Err(Wrong::not::<Self>(raw));
        };
        let entry = |(name, value): &(String, Raw)| match value.to_json() {
            Some(json) => Ok((name.clone(), json)),
            None => Err(Wrong {
                entry: Some(name.clone()),
                ..Wrong::of(
                    ProblemKind::WrongType,
                    format!("{value} is no number that can be kept"),
                )
            }),
        };
        entries.iter().map(entry).collect::<Result<_, _>>().map(Self)
    }
    fn show(&self) -> Value {
        self.to_json()
    }
    fn schema() -> Value {
        json!({ "type": "object" })
    }
}
