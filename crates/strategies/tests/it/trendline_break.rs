//! The break of a trend against the textbook, and at its boundaries.

use serde_json::json;

use crate::{asked_on_closes, closes};

/// The line of least squares through the last `lookback` closes before `bar`, at `bar`, from the sums
/// of the textbook.
fn line_at(closes: &[i64], bar: usize, lookback: usize) -> Option<f64> {
    let before = &closes[bar.saturating_sub(lookback)..bar];
    let n = before.len() as f64;
    if before.len() < 3 {
        return None;
    }
    let (mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0);
    for (place, close) in before.iter().enumerate() {
        let (place, close) = (place as f64, *close as f64 / 100.0);
        x += place;
        y += close;
        xx += place * place;
        xy += place * close;
    }
    let slope = (n * xy - x * y) / (n * xx - x * x);
    Some((y - slope * x) / n + slope * n)
}

#[test]
fn trendline_break_agrees_with_the_textbook() {
    let closes = closes(9, 2_000);
    let asked = asked_on_closes("trendline_break", &json!({}), &closes);
    let (mut inside, mut expected) = (false, Vec::new());
    for bar in 3..closes.len() {
        let Some(line) = line_at(&closes, bar, 20) else { continue };
        let distance = closes[bar] as f64 / 100.0 / line - 1.0;
        if distance.abs() > 0.02 && (distance > 0.0) != inside {
            inside = !inside;
            expected.push((bar, if inside { "buy" } else { "sell" }));
        }
    }
    let got: Vec<_> = asked.iter().map(|line| side_of(line)).collect();
    assert!(expected.len() > 20, "{}", expected.len());
    assert_eq!(got, expected);
}

fn side_of(line: &str) -> (usize, &'static str) {
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    let bar = usize::try_from(line["bar"].as_u64().unwrap()).unwrap();
    (bar, if line["asked"]["side"] == "buy" { "buy" } else { "sell" })
}

#[test]
fn trendline_break_needs_three_closes_before_the_one_in_hand() {
    let sides = |closes: &[i64]| asked_on_closes("trendline_break", &json!({}), closes).len();
    assert_eq!(sides(&[10_000, 10_000, 11_000]), 0);
    assert_eq!(sides(&[10_000, 10_000, 10_000, 11_000]), 1);
    // Exactly on the threshold is no break.
    assert_eq!(sides(&[10_000, 10_000, 10_000, 10_200]), 0);
    assert_eq!(sides(&[10_000, 10_000, 10_000, 10_201]), 1);
}
