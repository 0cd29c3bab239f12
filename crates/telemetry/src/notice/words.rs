//! From a notice to words: each field as JSON, and the sentence with the fields in their places; a part in brackets
//! is left out where a field of it is absent.
//!
//! Runs on the thread that writes, never on one that decides.

use serde::Serialize;
use serde_json::Value;

use super::Notice;

/// The field as JSON; what is absent is null. Types of the vocabulary always can be written.
pub(super) fn shown<T: Serialize>(field: &T) -> Value {
    serde_json::to_value(field).unwrap_or(Value::Null)
}

/// A value as words: texts without quotes, parts of an object after their names.
pub(crate) fn plain(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push('-'),
        Value::String(text) => out.push_str(text),
        Value::Object(parts) if parts.len() == 2 && parts.contains_key("allowed") => {
            plain(parts.get("found").unwrap_or(&Value::Null), out);
            out.push_str(", allowed ");
            plain(&parts["allowed"], out);
        }
        Value::Object(parts) => {
            for (number, (name, part)) in parts.iter().enumerate() {
                if number > 0 {
                    out.push_str(", ");
                }
                out.push_str(name);
                out.push(' ');
                plain(part, out);
            }
        }
        other => out.push_str(&other.to_string()),
    }
}

/// Appends the sentence of the notice.
pub(crate) fn sentence(notice: &Notice, out: &mut String) {
    let mut fields: [(&'static str, Value); FIELDS_MAX] =
        std::array::from_fn(|_| ("", Value::Null));
    let mut count = 0;
    notice.each(&mut |name, value| {
        if let Some(slot) = fields.get_mut(count) {
            *slot = (name, value);
            count += 1;
        }
    });
    let mut rest = notice.kind().sentence;
    while let Some((before, after)) = rest.split_once('[') {
        let (perhaps, behind) = after.split_once(']').unwrap_or((after, ""));
        filled_in(before, &fields, out);
        let from = out.len();
        if filled_in(perhaps, &fields, out) == Whole(false) {
            out.truncate(from);
        }
        rest = behind;
    }
    filled_in(rest, &fields, out);
}

/// Whether every field of a part of a sentence is there.
#[derive(PartialEq)]
struct Whole(bool);

/// Appends a part of a sentence with the fields in their places.
fn filled_in(part: &str, fields: &[(&'static str, Value)], out: &mut String) -> Whole {
    let (mut rest, mut whole) = (part, Whole(true));
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        if let Some((_, value)) = fields.iter().find(|(held, _)| *held == name) {
            plain(value, out);
            whole.0 &= !value.is_null();
        }
        rest = behind;
    }
    out.push_str(rest);
    whole
}

/// More fields than a notice has; a test holds the catalogue to it.
const FIELDS_MAX: usize = 12;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use contracts::testing::{money, strategy, symbol};
    use contracts::{Figures, OrderId, Reason};

    use super::*;

    #[test]
    fn notice_kinds_have_distinct_names_and_sentences_that_name_only_their_fields() {
        let names: BTreeSet<_> = Notice::KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), Notice::KINDS.len());
        for kind in Notice::KINDS {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
            assert!(kind.name.bytes().all(plain), "{}", kind.name);
            assert!(kind.fields.len() <= FIELDS_MAX, "{}", kind.name);
            assert!(!kind.when.trim().is_empty() && kind.sentence.len() > 3, "{}", kind.name);
            let brackets = |bracket: char| kind.sentence.matches(bracket).count();
            assert_eq!(brackets('['), brackets(']'), "{}", kind.name);
            for part in kind.sentence.split('{').skip(1) {
                let (field, _) = part.split_once('}').unwrap();
                assert!(kind.fields.contains(&field), "{}: {field}", kind.name);
            }
            for field in kind.fields {
                assert!(!crate::secrecy::is_secret_name(field), "{}: {field}", kind.name);
            }
        }
    }

    #[test]
    fn sentence_puts_fields_in_their_places() {
        let refused = |setting| Notice::IntentRefused {
            order: OrderId::from_bits(0xa91c << 112),
            strategy: Some(strategy("mm")),
            symbol: Some(symbol("BTC/USD")),
            reason: Reason::OrderNotional,
            figures: Figures::Money { found: money("30603.65"), allowed: money("10000") },
            setting,
            broken: 1,
        };
        let words = |setting| {
            let mut words = String::new();
            sentence(&refused(setting), &mut words);
            words
        };
        let refused = "refused a91c0000000000000000000000000000 mm BTC/USD: order_notional money \
                       30603.65, allowed 10000";
        let named = words(Some("risk.order_notional_max"));
        assert_eq!(named, format!("{refused}; see risk.order_notional_max"));
        assert_eq!(words(None), refused, "there is nothing to see where no limit is set");
    }
}
