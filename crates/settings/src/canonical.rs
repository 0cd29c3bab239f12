//! The canonical form of the settings and the hashes over it: equal settings, equal hash, on every
//! machine and however they were written.

use std::fmt::{self, Write as _};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::catalogue::Catalogue;
use crate::path::Path;

/// A hash of settings; secrets are no part of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SettingsHash([u8; 32]);

impl SettingsHash {
    /// The bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

impl fmt::Display for SettingsHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SettingsHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text: one line for each key, `path = value`, in the order of the paths. Keys without a value are
/// left out, so that a new one does not change what was hashed before it had a meaning.
pub(crate) fn text(shown: &[(Path, Value)]) -> String {
    let mut lines: Vec<&(Path, Value)> =
        shown.iter().filter(|(_, value)| !value.is_null()).collect();
    lines.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut text = String::new();
    for (path, value) in lines {
        // Writing into a text never fails.
        let _ = write!(text, "{path} = ");
        write_sorted(&mut text, value);
        text.push('\n');
    }
    text
}

/// JSON with the keys of each object in order, whatever order the map keeps.
fn write_sorted(text: &mut String, value: &Value) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                write_sorted(text, item);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            text.push('{');
            for (index, (name, value)) in fields.into_iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write_sorted(text, value);
            }
            text.push('}');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

/// The hash of everything.
pub(crate) fn hash(shown: &[(Path, Value)]) -> SettingsHash {
    SettingsHash::of(&text(shown))
}

/// The hash of what decisions follow from: equal where only folders, ports or logs differ.
pub(crate) fn decision_hash(shown: &[(Path, Value)], known: &Catalogue) -> SettingsHash {
    let decides = |path: &Path| {
        let named = |name: &str| path.words().first().is_some_and(|first| first == name);
        known.0.iter().any(|section| section.decides && named(section.name))
    };
    let deciding: Vec<_> = shown.iter().filter(|(path, _)| decides(path)).cloned().collect();
    SettingsHash::of(&text(&deciding))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_is_sorted_and_leaves_out_what_has_no_value() {
        let shown = [
            (Path::from(["b", "x"]), json!({"z": [1, {"b": 1, "a": "q\""}], "a": null})),
            (Path::from(["a", "y"]), json!("1.5")),
            (Path::from(["a", "none"]), Value::Null),
        ];
        assert_eq!(
            text(&shown),
            "a.y = \"1.5\"\nb.x = {\"a\":null,\"z\":[1,{\"a\":\"q\\\"\",\"b\":1}]}\n"
        );
    }
}
