//! JSON printed for people, byte-equal whatever features `serde_json` was built with.

use serde_json::{Map, Value};

/// Keys of a schema in the order in which one reads them; all others follow by the alphabet.
const ORDER: [&str; 12] = [
    "$schema",
    "$id",
    "title",
    "description",
    "$ref",
    "type",
    "const",
    "minimum",
    "maximum",
    "pattern",
    "required",
    "properties",
];

/// `value` indented by two spaces, with a line end.
pub(super) fn pretty(schema: &Value) -> String {
    let mut out = String::new();
    write(schema, &ORDER, 0, &mut out);
    out.push('\n');
    out
}

fn write(value: &Value, order: &[&str], depth: usize, out: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let required = fields.get("required").and_then(Value::as_array).into_iter().flatten();
            let required: Vec<_> = required.filter_map(Value::as_str).collect();
            let lines = ordered(fields, order).into_iter().map(|(key, value)| {
                let mut line = format!("{}: ", Value::from(key));
                // Properties stand in the order in which they are required.
                let order = if key == "properties" { &required[..] } else { &ORDER };
                write(value, order, depth + 1, &mut line);
                line
            });
            block(['{', '}'], lines, depth, out);
        }
        Value::Array(values) if values.iter().any(Value::is_object) => {
            let lines = values.iter().map(|value| {
                let mut line = String::new();
                write(value, &ORDER, depth + 1, &mut line);
                line
            });
            block(['[', ']'], lines, depth, out);
        }
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(Value::to_string).collect();
            out.push('[');
            out.push_str(&values.join(", "));
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

fn block(brackets: [char; 2], lines: impl Iterator<Item = String>, depth: usize, out: &mut String) {
    out.push(brackets[0]);
    for (index, line) in lines.enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth + 1));
        out.push_str(&line);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
    out.push(brackets[1]);
}

fn ordered<'a>(fields: &'a Map<String, Value>, order: &[&str]) -> Vec<(&'a str, &'a Value)> {
    let mut ordered: Vec<_> = fields.iter().map(|(key, value)| (key.as_str(), value)).collect();
    let place = |key: &str| order.iter().position(|known| *known == key).unwrap_or(order.len());
    ordered.sort_by_key(|(key, _)| (place(key), *key));
    ordered
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pretty_orders_keys_and_indents() {
        let value = json!({
            "properties": { "a": {}, "z": { "b": 1, "type": "x" } }, "required": ["z", "a"], "$id": 7,
        });
        let expected = concat!(
            "{\n  \"$id\": 7,\n  \"required\": [\"z\", \"a\"],\n  \"properties\": {\n    \"z\": {\n",
            "      \"type\": \"x\",\n      \"b\": 1\n    },\n    \"a\": {}\n  }\n}\n"
        );
        assert_eq!(pretty(&value), expected);
    }
}
