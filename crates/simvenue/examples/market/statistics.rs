//! The numbers by which one tells a market from a coin.
#![allow(clippy::cast_precision_loss, reason = "statistics need no more digits than a float has")]

use std::fmt::Write as _;

use simvenue::synthetic::{Regime, SymbolConfig};

use crate::past::{Past, qty};

const MINUTES_PER_YEAR: f64 = 525_600.0;
const REGIMES: [(Regime, &str); 4] = [
    (Regime::Calm, "calm"),
    (Regime::TrendUp, "up"),
    (Regime::TrendDown, "down"),
    (Regime::Revert, "reverting"),
];

/// What there is to say about a stretch of market.
pub(crate) fn tell(past: &Past, preset: &SymbolConfig) -> String {
    let returns: Vec<f64> = past.middles.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
    let mut text = String::new();
    volatility(&returns, preset, &mut text);
    orders(past, preset, &mut text);
    book(past, &returns, preset, &mut text);
    text
}

fn volatility(returns: &[f64], preset: &SymbolConfig, text: &mut String) {
    let squares: Vec<f64> = returns.iter().map(|r| r * r).collect();
    let square = mean(&squares);
    let annual = (square * MINUTES_PER_YEAR).sqrt() * 100.0;
    let asked = f64::from(preset.daily_volatility.get()) / 100.0 * 365_f64.sqrt();
    let fourth = mean(&squares.iter().map(|s| s * s).collect::<Vec<_>>());
    let largest =
        returns.iter().fold(0.0_f64, |most, r| if r.abs() > most.abs() { *r } else { most });
    let lagged = |of: &[f64], lag: usize| correlation(&of[lag.min(of.len())..], of);
    let _ = writeln!(text, "volatility  {annual:.0} % a year, {asked:.0} % on average");
    let _ = writeln!(
        text,
        "minutes     excess kurtosis {:.1}, largest move {:+.2} %",
        fourth / (square * square) - 3.0,
        largest * 100.0
    );
    let _ = writeln!(
        text,
        "memory      of returns {:+.2}, of their squares {:+.2} after one minute, {:+.2} after ten",
        lagged(returns, 1),
        lagged(&squares, 1),
        lagged(&squares, 10)
    );
}

fn orders(past: &Past, preset: &SymbolConfig, text: &mut String) {
    let sizes: Vec<f64> = past.orders.iter().map(|order| order.0).collect();
    let signs: Vec<f64> = past.orders.iter().map(|o| if o.1 { 1.0 } else { -1.0 }).collect();
    let hours = past.middles.len() as f64 / 60.0;
    let base = preset.instrument.base();
    let _ = writeln!(
        text,
        "trades      {} of {} orders, {:.0} orders an hour; {} events in all",
        past.trades,
        sizes.len(),
        sizes.len() as f64 / hours,
        past.events
    );
    let _ = writeln!(
        text,
        "sizes       {:.4} {base} on average, half below {:.4}, largest {:.2}, asked for {:.4}",
        mean(&sizes),
        quantile(&sizes, 0.5),
        quantile(&sizes, 1.0),
        qty(preset.order_qty)
    );
    let _ = writeln!(
        text,
        "takers      {:.1} % buy; each follows the one before with {:+.2}",
        (mean(&signs) + 1.0) * 50.0,
        correlation(&signs[1.min(signs.len())..], &signs)
    );
}

fn book(past: &Past, returns: &[f64], preset: &SymbolConfig, text: &mut String) {
    let quarters = |values: &[f64]| -> Vec<f64> { values.chunks(15).map(mean).collect() };
    let moves: Vec<f64> = returns.iter().map(|r| r.abs()).collect();
    let together =
        correlation(&quarters(&moves), &quarters(&past.spreads[1.min(past.spreads.len())..]));
    let _ = writeln!(
        text,
        "spread      {:.1} ticks in the median minute, {:.1} in the widest; {} asked for; goes with \
         volatility {together:+.2}",
        quantile(&past.spreads, 0.5),
        quantile(&past.spreads, 1.0),
        preset.spread_ticks
    );
    let share = |regime| {
        let of = past.columns.iter().filter(|column| column.regime == Some(regime)).count();
        100 * of / past.columns.len().max(1)
    };
    let shares = REGIMES.map(|(regime, name)| format!("{name} {} %", share(regime)));
    let _ = writeln!(text, "regimes     {}", shares.join(", "));
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let index = (sorted.len().saturating_sub(1) as f64 * part) as usize;
    sorted.get(index).copied().unwrap_or(0.0)
}

/// The correlation of two series, as far as both go.
fn correlation(left: &[f64], right: &[f64]) -> f64 {
    let length = left.len().min(right.len());
    let (left, right) = (&left[..length], &right[..length]);
    let (a, b) = (mean(left), mean(right));
    let product = |x: &[f64], y: &[f64], x0: f64, y0: f64| {
        x.iter().zip(y).map(|(x, y)| (x - x0) * (y - y0)).sum::<f64>()
    };
    let size = (product(left, left, a, a) * product(right, right, b, b)).sqrt();
    if size > 0.0 { product(left, right, a, b) / size } else { 0.0 }
}
