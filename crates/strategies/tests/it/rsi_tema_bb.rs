//! The return from an extreme against indicators worked out by hand, bar by bar.

use contracts::Timeframe;
use serde_json::{Value, json};

use crate::{asked_on_bars, closes, leaps};

/// The three indicators by their definitions, over the whole history each time.
struct ByHand<'a> {
    closes: &'a [f64],
}

impl ByHand<'_> {
    fn averages(line: &[f64], period: usize) -> Vec<f64> {
        let alpha = 2.0 / (period as f64 + 1.0);
        let mut averages: Vec<f64> = Vec::with_capacity(line.len());
        for value in line {
            let before = averages.last().copied();
            averages.push(before.map_or(*value, |last| alpha * value + (1.0 - alpha) * last));
        }
        averages
    }

    fn tema(&self, period: usize) -> Vec<f64> {
        let first = Self::averages(self.closes, period);
        let second = Self::averages(&first, period);
        let third = Self::averages(&second, period);
        let lines = first.iter().zip(&second).zip(&third);
        lines.map(|((a, b), c)| 3.0 * a - 3.0 * b + c).collect()
    }

    fn rsi(&self, bar: usize, period: usize) -> Option<f64> {
        let changes: Vec<f64> = self.closes[..=bar].windows(2).map(|two| two[1] - two[0]).collect();
        if changes.len() < period {
            return None;
        }
        let share = |part: fn(f64) -> f64| {
            let begin = changes[..period].iter().map(|c| part(*c)).sum::<f64>() / period as f64;
            let rest = changes[period..].iter();
            rest.fold(begin, |last, c| (last * (period as f64 - 1.0) + part(*c)) / period as f64)
        };
        let (up, down) = (share(|c| c.max(0.0)), share(|c| (-c).max(0.0)));
        Some(if up + down > 0.0 { 100.0 * up / (up + down) } else { 50.0 })
    }

    fn bands(&self, bar: usize, period: usize, width: f64) -> Option<(f64, f64)> {
        let last = self.closes[..=bar].len().checked_sub(period)?;
        let window = &self.closes[last..=bar];
        let mean = window.iter().sum::<f64>() / period as f64;
        let variance = window.iter().map(|c| (c - mean) * (c - mean)).sum::<f64>() / period as f64;
        Some((mean - width * variance.sqrt(), mean + width * variance.sqrt()))
    }
}

/// The lengths of the three indicators, and the width of the bands.
struct Lengths {
    rsi: usize,
    tema: usize,
    bands: usize,
    width: f64,
}

/// In which bars it buys and sells, by turns.
fn by_hand(cents: &[i64], lengths: &Lengths) -> Vec<u64> {
    let closes: Vec<f64> = cents.iter().map(|cents| *cents as f64 / 100.0).collect();
    let hand = ByHand { closes: &closes };
    let tema = hand.tema(lengths.tema);
    let (mut inside, mut bars) = (false, Vec::new());
    for bar in 3 * lengths.tema.max(lengths.bands)..closes.len() {
        let (low, high) = hand.bands(bar, lengths.bands, lengths.width).unwrap();
        let (rises, falls) = (tema[bar] > tema[bar - 1], tema[bar] < tema[bar - 1]);
        let turns = if inside { closes[bar] > high && falls } else { closes[bar] < low && rises };
        // Over the whole history, so only where the others agree.
        let rsi = || hand.rsi(bar, lengths.rsi).unwrap();
        if turns && (if inside { rsi() > 70.0 } else { rsi() < 30.0 }) {
            inside = !inside;
            bars.push(bar as u64);
        }
    }
    bars
}

fn check(params: &Value, cents: &[i64], lengths: &Lengths) {
    let expected = by_hand(cents, lengths);
    let asked = asked_on_bars("rsi_tema_bb", params, (Timeframe::M5, cents));
    let bar = |line: &String| serde_json::from_str::<Value>(line).unwrap()["bar"].as_u64().unwrap();
    let got: Vec<u64> = asked.iter().map(bar).collect();
    assert!(expected.len() >= 6, "{expected:?}");
    assert_eq!(got, expected);
}

#[test]
fn rsi_tema_bb_agrees_with_the_definitions() {
    let quick = json!({ "bars": "5m", "rsi": 7, "tema": 3, "width": 1.5 });
    check(&quick, &closes(2, 3_000), &Lengths { rsi: 7, tema: 3, bands: 20, width: 1.5 });
    let usual = Lengths { rsi: 14, tema: 9, bands: 20, width: 2.0 };
    check(&json!({}), &leaps(2, 30_000), &usual);
}
