//! The page of all keys, `docs/configuration.md`.

use std::fmt::Write as _;

use super::commented::toml_value;
use crate::catalogue::SectionSpec;
use crate::secrets::SecretName;
use crate::source::named_variables;
use crate::tree::Settings;

const HEAD: &str = include_str!("page_head.md");

/// The page, in Markdown.
pub fn page() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n## Environment variables with a name of their own\n\n");
    text.push_str("| variable | key |\n|---|---|\n");
    text.push_str("| `NJORD_ENABLE_LIVE` | none: the second of the two keys of live trading; only `1` counts |\n");
    for (name, key) in named_variables() {
        let _ = writeln!(text, "| `{name}` | `{key}` |");
    }
    text.push_str(
        "\n## Secrets\n\n| name in the file | variable | what it opens |\n|---|---|---|\n",
    );
    for name in SecretName::ALL {
        let _ = writeln!(text, "| `{}` | `{}` | {} |", name.key(), name.variable(), name.about());
    }
    for section in Settings::catalogue().0 {
        write_section(&mut text, &section);
    }
    text
}

fn write_section(text: &mut String, section: &SectionSpec) {
    let name =
        if section.named { format!("{}.NAME", section.name) } else { section.name.to_owned() };
    let hash = if section.decides {
        "Part of the decision hash."
    } else {
        "Not part of the decision hash."
    };
    let _ = write!(text, "\n## [{name}]\n\n{} {hash}\n\n", section.about);
    text.push_str("| key | default | unit | range | meaning |\n|---|---|---|---|---|\n");
    for key in &section.keys {
        let default = if key.default.is_null() {
            "-".to_owned()
        } else {
            format!("`{}`", toml_value(key, &key.default))
        };
        let (unit, range, about) = (key.unit, &key.range, key.about);
        let _ = writeln!(text, "| `{}` | {default} | {unit} | {range} | {about} |", key.name);
    }
}
