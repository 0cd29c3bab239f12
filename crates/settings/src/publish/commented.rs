//! The configuration as it is shipped: `base.toml` with every key, its meaning and its default, and one
//! small file for each mode that has something to say.

use std::fmt::Write as _;

use serde_json::Value;

use crate::catalogue::{KeySpec, SectionSpec};
use crate::path::is_bare;
use crate::tree::Settings;

const HEAD: &str = "\
#:schema ./schema.json
#
# Njord: every key there is, with what holds where nothing is said. A line that begins with `#` says nothing;
# `...` stands where nothing is set.
#
# Stronger than this file, in this order: {env}.toml, {mode}.toml, the file of --config, environment variables
# (NJORD__RISK__COLLAR=200), flags (--set risk.collar=200). `njord config explain KEY` shows who said what.
";

/// The keys that stand there without a `#`, so that nobody has to look for them.
const SAID: [&str; 3] = ["run.mode", "run.env", "run.session"];

const PAPER: &str = include_str!("../../../../config/paper.toml");
const LIVE: &str = include_str!("../../../../config/live.toml");
const BACKTEST: &str = include_str!("../../../../config/backtest.toml");

/// The files of a new configuration: names and contents.
pub fn config_files() -> Vec<(&'static str, String)> {
    vec![
        ("base.toml", base()),
        ("backtest.toml", BACKTEST.to_owned()),
        ("paper.toml", PAPER.to_owned()),
        ("live.toml", LIVE.to_owned()),
        ("schema.json", super::schema_text()),
    ]
}

fn base() -> String {
    let mut text = HEAD.to_owned();
    for section in Settings::catalogue().0 {
        let _ = write!(text, "\n{}", commented("#", section.about));
        let (header, mark) = if section.named {
            (format!("# [{}.ema_cross]", section.name), "#")
        } else {
            (format!("[{}]", section.name), "")
        };
        let _ = writeln!(text, "{header}");
        for key in &section.keys {
            write_key(&mut text, &section, key, mark);
        }
    }
    text
}

fn write_key(text: &mut String, section: &SectionSpec, key: &KeySpec, mark: &str) {
    let said = mark.is_empty() && SAID.contains(&format!("{}.{}", section.name, key.name).as_str());
    let mut about = key.about.to_owned();
    for (name, what) in [("Unit", key.unit.to_owned()), ("Range", key.range.to_string())] {
        if !what.is_empty() {
            let _ = write!(about, " {name}: {what}.");
        }
    }
    text.push('\n');
    text.push_str(&commented("#", &about));
    let value = toml_value(key, &key.default);
    let _ = match (said, key.default.is_null()) {
        (true, _) => writeln!(text, "{} = {value}", key.name),
        (false, true) => writeln!(text, "# {} = ...", key.name),
        (false, false) => writeln!(text, "# {} = {value}", key.name),
    };
}

/// A text as comment lines of bounded width.
fn commented(mark: &str, text: &str) -> String {
    const WIDTH: usize = 110;
    let mut lines = String::new();
    let mut line = mark.to_owned();
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            mark.clone_into(&mut line);
        }
        line.push(' ');
        line.push_str(word);
    }
    lines.push_str(&line);
    lines.push('\n');
    lines
}

/// A canonical value as TOML. Amounts stand there as plain numbers.
pub(crate) fn toml_value(key: &KeySpec, value: &Value) -> String {
    match value {
        Value::String(text) if key.schema.get("anyOf").is_some() => text.clone(),
        Value::Null => "(nothing)".to_owned(),
        value => inline(value),
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                let bare = is_bare(name);
                let name = if bare { name.clone() } else { Value::from(name.as_str()).to_string() };
                format!("{name} = {}", inline(value))
            };
            let fields: Vec<String> = fields.iter().map(field).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        // The texts of settings have no control characters, so that JSON's quotes are TOML's.
        plain => plain.to_string(),
    }
}
