//! What is made from the catalogue is fresh, true, and what is shipped works.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use settings::publish::{config_files, page, schema};
use settings::{Settings, Sources, load};
use toml::de::{DeTable, DeValue};

use crate::home::Home;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn kept_files_are_fresh() {
    let fresh = |path: PathBuf, made: String| {
        let kept = fs::read_to_string(&path).unwrap_or_default();
        let again = "cargo run -p settings --example generate_config";
        assert!(kept == made, "{} is stale; run: {again}", path.display());
    };
    for (name, text) in config_files() {
        fresh(root().join("config").join(name), text);
    }
    fresh(root().join("docs/configuration.md"), page());
}

#[test]
fn shipped_configuration_loads_in_every_mode_without_notices() {
    for mode in ["backtest", "paper", "live"] {
        let sources = Sources::in_home(root()).with_flags([format!("run.mode={mode}")]);
        let loaded = load(&sources).unwrap_or_else(|problems| panic!("{mode}: {problems}"));
        assert_eq!(loaded.settings().run.mode.name(), mode);
        let silent: Vec<_> = loaded
            .notices()
            .iter()
            .filter(|notice| !notice.contains("NJORD_ENABLE_LIVE"))
            .collect();
        assert!(silent.is_empty(), "{mode}: {silent:?}");
    }
    assert!(!load(&Sources::in_home(root())).unwrap().settings().strategies.is_empty());
}

#[test]
fn shipped_base_says_exactly_the_defaults() {
    let loaded =
        load(&Sources::in_home(root()).with_flags(["run.mode=live", "market.source=kraken"]));
    assert!(loaded.is_ok());
    let base = fs::read_to_string(root().join("config/base.toml")).unwrap();
    let home = Home::with(&base);
    assert_eq!(home.load().unwrap().settings(), &Settings::default());
}

/// The commented lines cannot lie: without their marks they are a file that says the defaults.
#[test]
fn commented_defaults_hold_when_their_marks_are_taken_away() {
    let base = fs::read_to_string(root().join("config/base.toml")).unwrap();
    let is_key = |line: &str| {
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        matches!(words.as_slice(), [name, "=", value]
            if *value != "..." && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
    };
    let mut keys = 0;
    let bare: Vec<&str> = base
        .split("# [strategies.")
        .next()
        .unwrap()
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(said) if is_key(said) => {
                keys += 1;
                said
            }
            _ => line,
        })
        .collect();
    assert!(keys > 70, "{keys}");
    let loaded =
        Home::with(&bare.join("\n")).load().unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(loaded.settings(), &Settings::default());
    assert!(loaded.keys_set() > keys);
}

/// A file as the schema sees it.
fn as_json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => json!(text),
        DeValue::Integer(digits) => json!(digits.as_str().parse::<i64>().unwrap()),
        DeValue::Float(digits) => json!(digits.as_str().parse::<f64>().unwrap()),
        DeValue::Boolean(value) => json!(value),
        DeValue::Datetime(moment) => json!(moment.to_string()),
        DeValue::Array(items) => items.iter().map(|item| as_json(item.get_ref())).collect(),
        DeValue::Table(table) => table_as_json(table),
    }
}

fn table_as_json(table: &DeTable<'_>) -> Value {
    let entry = |(key, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
        let key: &std::borrow::Cow<'_, str> = key.get_ref();
        (key.to_string(), as_json(value.get_ref()))
    };
    Value::Object(table.iter().map(entry).collect())
}

fn schema_takes(text: &str) -> bool {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    validator.is_valid(&table_as_json(DeTable::parse(text).unwrap().get_ref()))
}

#[test]
fn schema_takes_what_is_shipped() {
    assert_eq!(schema()["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for name in ["base", "backtest", "paper", "live"] {
        let text = fs::read_to_string(root().join(format!("config/{name}.toml"))).unwrap();
        assert!(schema_takes(&text), "{name}");
    }
}

#[test]
fn schema_and_reader_agree() {
    for (text, right) in [
        ("[risk]\ncollar = 200", true),
        ("[risk]\ncollar = 0", false),
        ("[risk]\ncollar = 10000", false),
        ("[risk]\ncolar = 200", false),
        ("[risk]\ncollar = \"200\"", false),
        ("[risk]\norder_notional_max = 0.5", true),
        ("[risk]\norder_notional_max = \"0.5\"", true),
        ("[risk]\norder_notional_max = \"0.5 USD\"", false),
        ("[risk.order_qty_max]\n\"BTC/USD\" = 1", true),
        ("[risk.order_qty_max]\nBTCUSD = 1", false),
        ("[run]\nmode = \"paper\"", true),
        ("[run]\nmode = \"papr\"", false),
        ("[run]\nstate = \"~/x\"", false),
        ("[run]\nstate = \"x\"", true),
        ("[execution]\ngrace = \"2s\"", true),
        ("[execution]\ngrace = 2", false),
        ("[journal]\nsegment_bytes = \"32MiB\"", true),
        ("[journal]\nsegment_bytes = \"32MB\"", false),
        ("[strategies.a]\nsymbols = [\"BTC/USD\"]\nparams = { x = 1 }", true),
        ("[strategies.a]\nsymbols = [\"BTC/USD\", \"BTC/USD\"]", false),
        ("[strategies.A]\nsymbols = [\"BTC/USD\"]", false),
        ("[ports]\nup = 65536", false),
        ("[bus]\nurl = \"redis://u:p@h\"", false),
        ("[bus]\nurl = \"rediss://h:1\"", true),
        ("[venue]\nfunds = { USD = 5 }", true),
        ("[market]\nsymbols = \"BTC/USD\"", false),
        ("extra = 1", false),
    ] {
        assert_eq!(schema_takes(text), right, "the schema on: {text}");
        assert_eq!(Home::with(text).load().is_ok(), right, "the reader on: {text}");
    }
}

#[test]
fn page_names_every_key_once() {
    let page = page();
    for explained in load(&Sources::none()).unwrap().explain_all() {
        let (section, key) = explained.key.split_once('.').unwrap();
        let part = page.split(&format!("\n## [{section}]\n")).nth(1).unwrap();
        let part = part.split("\n## ").next().unwrap();
        assert_eq!(part.matches(&format!("| `{key}` |")).count(), 1, "{section}.{key}");
        assert!(explained.spec.about.ends_with('.'), "{}", explained.key);
    }
}
