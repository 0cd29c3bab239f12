//! Candles, bars and regimes as lines of text.
#![allow(clippy::cast_precision_loss, reason = "a picture needs no more digits than a float has")]

use std::fmt::Write as _;

use simvenue::synthetic::Regime;

use crate::past::{Column, Past};

const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";
/// Bars by eighths of a cell.
const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// A price stands at the edge of every so many lines.
const LABEL_EVERY: usize = 4;

/// Where to draw.
pub(crate) struct Canvas {
    pub(crate) height: usize,
    pub(crate) colour: bool,
}

/// What half of a cell shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Nothing,
    Wick,
    Body,
}

/// From prices to lines.
struct Scale {
    low: f64,
    high: f64,
    height: usize,
}

impl Canvas {
    /// The whole picture.
    pub(crate) fn draw(&self, past: &Past) -> String {
        let mut text = String::new();
        self.candles(past, &mut text);
        self.bars(past, "volume", |column| column.volume, &mut text);
        self.bars(past, "spread", |column| column.spreads / column.tickers.max(1.0), &mut text);
        let regimes = past.columns.iter().map(|column| mark(column.regime));
        let _ = writeln!(text, "{} regime", regimes.collect::<String>());
        let _ = writeln!(text, "{}", self.dim(&hours(past)));
        text
    }

    fn candles(&self, past: &Past, text: &mut String) {
        let scale = Scale::of(&past.columns, self.height);
        for line in 0..self.height {
            for column in &past.columns {
                let cell = scale.cell(column, line);
                let colour = if column.close >= column.open { GREEN } else { RED };
                if self.colour && cell != ' ' {
                    let _ = write!(text, "{colour}{cell}{PLAIN}");
                } else {
                    text.push(cell);
                }
            }
            if line % LABEL_EVERY == LABEL_EVERY / 2 {
                let _ = write!(text, " {}", self.dim(&scale.label(line)));
            }
            text.push('\n');
        }
    }

    /// Two lines of bars; the highest reaches the top.
    fn bars(&self, past: &Past, name: &str, of: fn(&Column) -> f64, text: &mut String) {
        let most = past.columns.iter().map(of).fold(f64::MIN_POSITIVE, f64::max);
        for line in [1, 0] {
            let bar = |column: &Column| {
                let eighths = (of(column) / most * 16.0).round() as usize;
                BARS[eighths.saturating_sub(8 * line).min(8)]
            };
            let bars: String = past.columns.iter().map(bar).collect();
            let name =
                if line == 1 { format!(" {name}, at most {most:.1}") } else { String::new() };
            let _ = writeln!(text, "{}{}", self.dim(&bars), self.dim(&name));
        }
    }

    fn dim(&self, text: &str) -> String {
        if self.colour { format!("{DIM}{text}{PLAIN}") } else { text.to_string() }
    }
}

impl Scale {
    fn of(columns: &[Column], height: usize) -> Self {
        let low = columns.iter().map(|column| column.low).fold(f64::MAX, f64::min);
        let high = columns.iter().map(|column| column.high).fold(f64::MIN, f64::max);
        Self { low, high: high.max(low * (1.0 + 1e-9)), height }
    }

    /// How many halves of a line a price is below the top.
    fn half(&self, price: f64) -> usize {
        let halves = 2 * self.height - 1;
        ((self.high - price) / (self.high - self.low) * halves as f64).round() as usize
    }

    fn cell(&self, column: &Column, line: usize) -> char {
        let of = |half: usize| {
            let within =
                |a: f64, b: f64| (self.half(a.max(b))..=self.half(a.min(b))).contains(&half);
            if within(column.open, column.close) {
                Half::Body
            } else if within(column.high, column.low) {
                Half::Wick
            } else {
                Half::Nothing
            }
        };
        match (of(2 * line), of(2 * line + 1)) {
            (Half::Nothing, Half::Nothing) => ' ',
            (Half::Nothing, Half::Wick) => '╷',
            (Half::Nothing, Half::Body) => '╻',
            (Half::Wick, Half::Nothing) => '╵',
            (Half::Wick, Half::Wick) => '│',
            (Half::Wick, Half::Body) => '╽',
            (Half::Body, Half::Nothing) => '╹',
            (Half::Body, Half::Wick) => '╿',
            (Half::Body, Half::Body) => '┃',
        }
    }

    fn label(&self, line: usize) -> String {
        let part = (line as f64 + 0.5) / self.height as f64;
        let price = self.high - part * (self.high - self.low);
        let decimals = (4.0 - price.log10().floor()).clamp(0.0, 8.0) as usize;
        format!("{price:.decimals$}")
    }
}

fn mark(regime: Option<Regime>) -> char {
    match regime {
        Some(Regime::Calm) => '·',
        Some(Regime::TrendUp) => '↗',
        Some(Regime::TrendDown) => '↘',
        Some(Regime::Revert) => '~',
        None => ' ',
    }
}

/// The hours under the chart, every twelve columns.
fn hours(past: &Past) -> String {
    let mut text = String::new();
    for index in (0..past.columns.len()).step_by(12) {
        let minutes = past.column.times(index as i64).nanos() / 60_000_000_000;
        let _ = write!(text, "{:<12}", format!("{}:{:02}", minutes / 60, minutes % 60));
    }
    text
}
