//! What a tool is asked with: its parameters, their schema, and a call held against them. Whatever does not fit is
//! an error that says what would.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::failure::Failure;

/// No text is longer: ids, names, keys and a few words are not.
const TEXT_MAX: usize = 200;

/// What a parameter may be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Takes {
    /// A whole number from one up to this.
    Number(u32),
    /// True or false.
    Flag,
    /// A short text.
    Text,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// One thing that a tool can be told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    /// Without it there is no answer.
    pub(super) needed: bool,
    pub(super) about: &'static str,
}

impl Parameter {
    /// One that may be left out.
    pub(super) const fn optional(name: &'static str, takes: Takes, about: &'static str) -> Self {
        Self { name, takes, needed: false, about }
    }

    /// One that may not.
    pub(super) const fn needed(name: &'static str, takes: Takes, about: &'static str) -> Self {
        Self { name, takes, needed: true, about }
    }

    fn schema(&self) -> Value {
        let mut schema = match self.takes {
            Takes::Number(most) => json!({ "type": "integer", "minimum": 1, "maximum": most }),
            Takes::Flag => json!({ "type": "boolean" }),
            Takes::Text => json!({ "type": "string", "minLength": 1, "maxLength": TEXT_MAX }),
            Takes::OneOf(words) => json!({ "type": "string", "enum": words }),
        };
        schema["description"] = Value::from(self.about);
        schema
    }

    /// Whether it can be that; if not, what it can be.
    fn check(&self, given: &Value) -> Result<(), String> {
        let (fits, wanted) = match self.takes {
            Takes::Number(most) => {
                let fits = given.as_u64().is_some_and(|n| (1..=u64::from(most)).contains(&n));
                (fits, format!("a whole number from 1 to {most}"))
            }
            Takes::Flag => (given.is_boolean(), "true or false".to_owned()),
            Takes::Text => {
                let fits = given.as_str().is_some_and(is_plain);
                (fits, format!("a text of 1 to {TEXT_MAX} signs on one line"))
            }
            Takes::OneOf(words) => {
                let fits = given.as_str().is_some_and(|given| words.contains(&given));
                (fits, words.join(" or "))
            }
        };
        if fits { Ok(()) } else { Err(wanted) }
    }
}

fn is_plain(text: &str) -> bool {
    let bounded = !text.trim().is_empty() && text.chars().take(TEXT_MAX + 1).count() <= TEXT_MAX;
    bounded && !text.chars().any(char::is_control)
}

/// The schema of everything that a tool takes.
pub(super) fn schema(parameters: &[Parameter]) -> Map<String, Value> {
    let properties: Map<String, Value> =
        parameters.iter().map(|one| (one.name.to_owned(), one.schema())).collect();
    let needed: Vec<&str> =
        parameters.iter().filter(|one| one.needed).map(|one| one.name).collect();
    let mut schema = Map::new();
    schema.insert("type".to_owned(), Value::from("object"));
    schema.insert("properties".to_owned(), Value::Object(properties));
    if !needed.is_empty() {
        schema.insert("required".to_owned(), json!(needed));
    }
    schema.insert("additionalProperties".to_owned(), Value::from(false));
    schema
}

/// A call whose arguments fit.
#[derive(Debug, Default)]
pub(super) struct Asked(BTreeMap<&'static str, Value>);

impl Asked {
    /// Holds what was given against what the tool takes.
    pub(super) fn new(
        tool: &str,
        parameters: &'static [Parameter],
        given: Map<String, Value>,
    ) -> Result<Self, Failure> {
        let mut asked = BTreeMap::new();
        for (name, value) in given {
            let Some(known) = parameters.iter().find(|known| known.name == name) else {
                let what = format!("takes nothing of the name {}", quoted(&name));
                return Err(Failure::new("arguments", tool, what).advice(names(parameters)));
            };
            known.check(&value).map_err(|wanted| {
                let what = format!("`{}` cannot be {}", known.name, quoted(&value.to_string()));
                Failure::new("arguments", tool, what).advice(wanted)
            })?;
            asked.insert(known.name, value);
        }
        let lacks = parameters.iter().find(|one| one.needed && !asked.contains_key(one.name));
        match lacks {
            None => Ok(Self(asked)),
            Some(one) => {
                let what = format!("needs `{}`: {}", one.name, one.about);
                Err(Failure::new("arguments", tool, what).advice(names(parameters)))
            }
        }
    }

    /// A text, where one was given.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Whether it was said to be so.
    pub(super) fn is(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A number, where one was given.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.0.get(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok())
    }
}

fn names(parameters: &[Parameter]) -> String {
    if parameters.is_empty() {
        return "it takes nothing".to_owned();
    }
    parameters.iter().map(|one| format!("`{}`", one.name)).collect::<Vec<_>>().join(", ")
}

/// What somebody else wrote, short and on one line.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN_MAX: usize = 60;
    let mut shown: String = text.chars().take(SHOWN_MAX).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN_MAX).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMETERS: &[Parameter] = &[
        Parameter::needed("order", Takes::Text, "which"),
        Parameter::optional("count", Takes::Number(100), "how many"),
        Parameter::optional("all", Takes::Flag, "all of them"),
        Parameter::optional("of", Takes::OneOf(&["journal", "drill"]), "what"),
    ];

    fn asked(given: &Value) -> Result<Asked, String> {
        let given = given.as_object().cloned().unwrap_or_default();
        Asked::new("why", PARAMETERS, given).map_err(|failure| failure.to_string())
    }

    #[test]
    fn asked_holds_what_fits() {
        let asked = asked(&json!({ "order": "a91c", "count": 100, "all": true, "of": "drill" }));
        let asked = asked.unwrap();
        assert_eq!((asked.text("order"), asked.text("of")), (Some("a91c"), Some("drill")));
        assert_eq!((asked.number("count"), asked.is("all")), (Some(100), true));
        assert_eq!((asked.number("order"), asked.is("none")), (None, false));
    }

    #[test]
    fn asked_with_what_does_not_fit_says_what_would() {
        for (given, said) in [
            (json!({}), "why: needs `order`: which\n  try: `order`, `count`, `all`, `of`"),
            (json!({ "id": "a" }), "takes nothing of the name `id`\n  try: `order`"),
            (json!({ "order": 7 }), "`order` cannot be `7`\n  try: a text of 1 to 200"),
            (json!({ "order": " " }), "a text of 1 to 200 signs on one line"),
            (json!({ "order": "a\nb" }), "a text of 1 to 200 signs on one line"),
            (json!({ "order": "\u{1b}[31m" }), "a text of 1 to 200 signs on one line"),
            (json!({ "order": "a".repeat(201) }), "a text of 1 to 200 signs on one line"),
            (json!({ "order": "a", "count": 0 }), "`count` cannot be `0`"),
            (json!({ "order": "a", "count": 101 }), "try: a whole number from 1 to 100"),
            (json!({ "order": "a", "count": -1 }), "`count` cannot be `-1`"),
            (json!({ "order": "a", "count": 1.5 }), "`count` cannot be `1.5`"),
            (json!({ "order": "a", "count": "5" }), "`count` cannot be `\\\"5\\\"`"),
            (json!({ "order": "a", "all": "yes" }), "try: true or false"),
            (json!({ "order": "a", "of": "all" }), "try: journal or drill"),
            (json!({ "order": null }), "`order` cannot be `null`"),
        ] {
            let error = asked(&given).unwrap_err();
            assert!(error.contains(said), "{given}: {error}");
        }
    }

    #[test]
    fn asked_quotes_what_is_hostile_short_and_plain() {
        let error = asked(&json!({ "\u{1b}]0;x\u{7}\n".repeat(1_000): 1 })).unwrap_err();
        assert!(error.len() < 800 && error.lines().count() == 2, "{error}");
        assert!(!error.contains('\u{1b}') && !error.contains('\u{7}'), "{error:?}");
    }

    #[test]
    fn schema_says_what_is_checked() {
        let schema = schema(PARAMETERS);
        assert_eq!(schema["required"], json!(["order"]));
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["properties"]["count"]["maximum"], 100);
        assert_eq!(schema["properties"]["of"]["enum"], json!(["journal", "drill"]));
    }
}
