//! What states show: a field that is empty wherever it stands says nothing of what would stand in it.

use std::collections::BTreeMap;

use serde_json::Value;

/// The fields of states, by their way from the top: whether each is filled in any of them. Elements of a
/// list, and fields that are called by an id or a market, count as one.
#[derive(Default)]
pub(crate) struct Shown(BTreeMap<String, bool>);

impl Shown {
    /// What that state of a process shows, too.
    pub(crate) fn add(&mut self, process: &str, state: &[u8]) {
        self.look(process.to_owned(), &serde_json::from_slice(state).unwrap());
    }

    /// The fields that are filled here and not there.
    pub(crate) fn beyond(&self, other: &Self) -> Vec<&str> {
        let filled = self.0.iter().filter(|(_, filled)| **filled).map(|(path, _)| path.as_str());
        filled.filter(|path| other.0.get(*path) != Some(&true)).collect()
    }

    /// What is empty everywhere.
    pub(crate) fn empty(&self) -> Vec<&str> {
        self.0.iter().filter(|(_, filled)| !**filled).map(|(path, _)| path.as_str()).collect()
    }

    fn look(&mut self, path: String, value: &Value) {
        let filled = match value {
            Value::Null => false,
            Value::Array(elements) => !elements.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            _ => true,
        };
        match value {
            // The machines of a process are not alike.
            Value::Array(elements) if path.ends_with("/machines") => {
                for (place, element) in elements.iter().enumerate() {
                    self.look(format!("{path}/{place}"), element);
                }
            }
            Value::Array(elements) => {
                for element in elements {
                    self.look(format!("{path}/*"), element);
                }
            }
            Value::Object(fields) => {
                for (name, field) in fields {
                    let name = if is_a_key(name) { "*" } else { name };
                    self.look(format!("{path}/{name}"), field);
                }
            }
            _ => {}
        }
        *self.0.entry(path).or_default() |= filled;
    }
}

/// Whether it is an id or a market, and not the name of a field.
fn is_a_key(name: &str) -> bool {
    name.contains(|letter: char| letter == '/' || letter.is_ascii_digit())
}
