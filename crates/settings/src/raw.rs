//! A value as somebody wrote it: numbers keep their digits, so that no amount passes through a float.

use serde_json::{Map, Number, Value};
use toml::de::{DeTable, DeValue};

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Raw {
    /// A whole number, in decimal digits.
    Int(String),
    /// A number with a point or an exponent, in the digits that were written.
    Float(String),
    Bool(bool),
    Text(String),
    /// A date or a time; nothing here takes one, and the message says so.
    Moment(String),
    List(Vec<Raw>),
    Table(Vec<(String, Raw)>),
    /// From an environment variable or a flag: what it is depends on who reads it.
    Word(String),
}

impl Raw {
    /// The value that the TOML parser found.
    pub(crate) fn of_toml(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Integer(digits) if digits.radix() == 10 => Self::Int(digits.as_str().into()),
            DeValue::Integer(digits) => {
                let value = i128::from_str_radix(digits.as_str(), digits.radix());
                // Beyond 128 bits it stays as written, which no reader takes for a number.
                Self::Int(value.map_or_else(|_| digits.to_string(), |value| value.to_string()))
            }
            DeValue::Float(digits) => Self::Float(digits.as_str().into()),
            DeValue::Boolean(value) => Self::Bool(*value),
            DeValue::Datetime(moment) => Self::Moment(moment.to_string()),
            DeValue::Array(items) => {
                Self::List(items.iter().map(|item| Self::of_toml(item.get_ref())).collect())
            }
            DeValue::Table(table) => Self::Table(Self::entries(table)),
        }
    }

    fn entries(table: &DeTable<'_>) -> Vec<(String, Self)> {
        let entry = |(key, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
            let key: &std::borrow::Cow<'_, str> = key.get_ref();
            (key.to_string(), Self::of_toml(value.get_ref()))
        };
        table.iter().map(entry).collect()
    }

    /// What a word is in TOML, if it is anything there.
    pub(crate) fn typed(&self) -> Option<Self> {
        let Self::Word(text) = self else { return Some(self.clone()) };
        DeValue::parse(text).ok().map(|value| Self::of_toml(value.get_ref()))
    }

    /// The text, where it is one. A word that is nothing else is a text without its quotes.
    pub(crate) fn text(&self) -> Option<String> {
        match (self, self.typed()) {
            (_, Some(Self::Text(text))) => Some(text),
            (Self::Word(text), _) => Some(text.clone()),
            _ => None,
        }
    }

    /// The digits of a number, with sign, point and exponent as written.
    pub(crate) fn digits(&self) -> Option<String> {
        match self.typed() {
            Some(Self::Int(digits) | Self::Float(digits)) => {
                Some(digits.strip_prefix('+').unwrap_or(&digits).to_owned())
            }
            _ => None,
        }
    }

    /// The value as JSON, for who reads tables of their own; a number that JSON cannot write is `None`.
    pub(crate) fn to_json(&self) -> Option<Value> {
        match self {
            Self::Int(digits) | Self::Float(digits) => {
                let digits = digits.strip_prefix('+').unwrap_or(digits);
                let number: Number = digits.parse().ok()?;
                // What is a whole number here stays one there, or is refused.
                let whole = number.is_i64() || number.is_u64();
                (whole || matches!(self, Self::Float(_))).then_some(Value::Number(number))
            }
            Self::Bool(value) => Some(Value::Bool(*value)),
            Self::Text(text) | Self::Moment(text) => Some(Value::String(text.clone())),
            Self::Word(text) => match self.typed() {
                Some(typed) => typed.to_json(),
                None => Some(Value::String(text.clone())),
            },
            Self::List(items) => {
                items.iter().map(Self::to_json).collect::<Option<_>>().map(Value::Array)
            }
            Self::Table(entries) => {
                let json = |(key, value): &(String, Self)| Some((key.clone(), value.to_json()?));
                entries.iter().map(json).collect::<Option<Map<_, _>>>().map(Value::Object)
            }
        }
    }
}

/// As it was written, for messages: one line, shortened where it is long.
impl std::fmt::Display for Raw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match self {
            Self::Int(text) | Self::Float(text) | Self::Moment(text) | Self::Word(text) => {
                text.clone()
            }
            Self::Bool(value) => value.to_string(),
            Self::Text(text) => format!("{text:?}"),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Table(entries) => {
                let entry = |(key, value): &(String, Self)| format!("{key} = {value}");
                let entries: Vec<String> = entries.iter().map(entry).collect();
                format!("{{ {} }}", entries.join(", "))
            }
        };
        let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
        let shown: String = text.chars().take(SHOWN_MAX).map(plain).collect();
        f.write_str(&shown)?;
        if text.chars().nth(SHOWN_MAX).is_some() { f.write_str("...") } else { Ok(()) }
    }
}

/// Longer values are no help in a message.
const SHOWN_MAX: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn toml(text: &str) -> Raw {
        Raw::of_toml(DeValue::parse(text).unwrap().get_ref())
    }

    #[test]
    fn raw_numbers_keep_their_digits() {
        for (text, digits) in [
            ("0.01", "0.01"),
            ("0.10", "0.10"),
            ("1_000.000_1", "1000.0001"),
            ("+5", "5"),
            ("-5", "-5"),
            ("0x1F", "31"),
            ("1e-8", "1e-8"),
            ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        ] {
            assert_eq!(toml(text).digits().as_deref(), Some(digits), "{text}");
            assert_eq!(Raw::Word(text.to_owned()).digits().as_deref(), Some(digits), "{text}");
        }
        assert_eq!(toml("\"5\"").digits(), None);
    }

    #[test]
    fn raw_word_is_what_its_reader_wants() {
        let word = |text: &str| Raw::Word(text.to_owned());
        assert_eq!(word("7").text().as_deref(), Some("7"));
        assert_eq!(word("\"a b\"").text().as_deref(), Some("a b"));
        assert_eq!(word("paper").text().as_deref(), Some("paper"));
        assert_eq!(word("paper").digits(), None);
        assert_eq!(word("paper").to_json(), Some(Value::from("paper")));
        assert_eq!(word("[1, 2.5]").to_json(), Some(serde_json::json!([1, 2.5])));
        assert_eq!(word("").text().as_deref(), Some(""));
    }

    #[test]
    fn raw_json_has_no_number_that_json_cannot_write() {
        assert_eq!(
            toml("{ a = 1, b = [true] }").to_json(),
            Some(serde_json::json!({"a":1,"b":[true]}))
        );
        for odd in ["inf", "nan", "-inf", "99999999999999999999"] {
            assert_eq!(toml(odd).to_json(), None, "{odd}");
        }
    }

    #[test]
    fn raw_shown_is_one_short_line() {
        assert_eq!(toml("[1, \"a\"]").to_string(), "[1, \"a\"]");
        assert_eq!(Raw::Word("a\nb\u{1b}[31m".into()).to_string(), "a b [31m");
        assert!(Raw::Word("x".repeat(500)).to_string().ends_with("x..."));
    }
}
