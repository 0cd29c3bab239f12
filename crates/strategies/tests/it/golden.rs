//! Golden files: a change of a single intent shows.
//!
//! With `NJORD_BLESS=1` the files are written anew; then look at what has changed before committing.

use std::path::PathBuf;

use contracts::Timeframe;
use serde_json::{Value, json};

use crate::follow_signals::asked_on_signals;
use crate::market_maker::asked_on_books;
use crate::{asked_on_bars, asked_on_closes, closes, leaps};

fn check(class: &str, params: &Value, closes: &[i64]) {
    compare(class, &asked_on_closes(class, params, closes));
}

fn compare(name: &str, asked: &[String]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let path = path.join("tests/golden").join(format!("{name}.jsonl"));
    if std::env::var_os("NJORD_BLESS").is_some() {
        std::fs::write(&path, asked.join("\n") + "\n").unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    for (number, (line, expected)) in asked.iter().zip(golden.lines()).enumerate() {
        assert_eq!(line, expected, "{name}, line {}", number + 1);
    }
    assert_eq!(asked.len(), golden.lines().count(), "{name}: as many lines");
}

#[test]
fn trendline_break_golden() {
    check("trendline_break", &json!({}), &closes(1, 600));
}

#[test]
fn rsi_tema_bb_golden() {
    let params = json!({ "bars": "1m", "rsi": 7, "tema": 3, "width": 1.5 });
    check("rsi_tema_bb", &params, &closes(2, 3_000));
}

#[test]
fn rsi_tema_bb_default_golden() {
    let asked = asked_on_bars("rsi_tema_bb", &json!({}), (Timeframe::M5, &leaps(2, 30_000)));
    let sold = asked.iter().filter(|line| line.contains("\"sell\"")).count();
    assert!(asked.len() >= 10 && sold >= 5, "{asked:#?}");
    compare("rsi_tema_bb_default", &asked);
}

#[test]
fn ema_cross_golden() {
    check("ema_cross", &json!({ "pulse": "1m" }), &closes(3, 600));
}

#[test]
fn follow_signals_golden() {
    let params = json!({ "most": "2", "pace": "1s", "patience": "45s" });
    compare("follow_signals", &asked_on_signals(&params, &closes(7, 300)));
}

#[test]
fn market_maker_golden() {
    let params = json!({ "half_spread": 20, "skew": 40, "inventory": "600", "stake": "250" });
    compare("market_maker", &asked_on_books(&params, &closes(5, 200)));
}
