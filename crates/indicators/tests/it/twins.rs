//! Each indicator against the formula applied to the whole series at once.

use indicators::{Atr, Bollinger, Ema, Indicator, Macd, Range, Rsi, Sma, Tema, Trendline, Wilder};
use proptest::prelude::*;

use crate::{agree, answers, period};

/// Relative agreement between a stream and its batch formula.
const SHARE: f64 = 1e-9;

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Deviation of the population, in two passes.
fn deviation(values: &[f64]) -> f64 {
    let middle = mean(values);
    mean(&values.iter().map(|x| (x - middle) * (x - middle)).collect::<Vec<_>>()).sqrt()
}

/// The weighted sum over the whole past; the first value carries all the weight that is left.
fn ema(values: &[f64], n: usize) -> Vec<f64> {
    let keep = 1.0 - 2.0 / (n as f64 + 1.0);
    let at = |last: usize| {
        let recent: f64 = (1..=last).map(|i| keep.powi((last - i) as i32) * values[i]).sum();
        (1.0 - keep) * recent + keep.powi(last as i32) * values[0]
    };
    (0..values.len()).map(at).collect()
}

/// From the `n`-th value on: the mean of the first `n`, then the weighted sum.
fn wilder(values: &[f64], n: usize) -> Vec<f64> {
    let keep = 1.0 - 1.0 / n as f64;
    let at = |last: usize| {
        let recent: f64 = (n..=last).map(|i| keep.powi((last - i) as i32) * values[i]).sum();
        (1.0 - keep) * recent + keep.powi((last + 1 - n) as i32) * mean(&values[..n])
    };
    (n - 1..values.len()).map(at).collect()
}

/// The least squares line by its normal equations about the means, one step on.
fn line(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let (middle, level) = ((count - 1.0) / 2.0, mean(values));
    let (mut products, mut squares) = (0.0, 0.0);
    for (index, value) in values.iter().enumerate() {
        let x = index as f64 - middle;
        products += x * (value - level);
        squares += x * x;
    }
    level + products / squares * (count - middle)
}

fn scale(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| value.abs().max(largest))
}

/// Compares answers from the first one on with a series that ends at the same value.
fn same(stream: Vec<Option<f64>>, batch: &[f64], scale: f64) -> Result<(), TestCaseError> {
    let stream: Vec<f64> = stream.into_iter().flatten().collect();
    let batch = &batch[batch.len().saturating_sub(stream.len())..];
    prop_assert_eq!(stream.len(), batch.len());
    for (one, other) in stream.iter().zip(batch) {
        prop_assert!(agree(*one, *other, scale, SHARE), "{} and {}", one, other);
    }
    Ok(())
}

fn prices() -> impl Strategy<Value = Vec<f64>> {
    let walk = (0.001..1e5_f64, prop::collection::vec(-0.03..0.03_f64, 1..150));
    let walk = walk.prop_map(|(start, steps)| {
        let mut price = start;
        let mut next = |step: f64| {
            price *= 1.0 + step;
            price
        };
        steps.into_iter().map(&mut next).collect()
    });
    prop_oneof![walk, prop::collection::vec(1e-3..1e3_f64, 1..150)]
}

proptest! {
    #[test]
    fn averages_equal_batch(prices in prices(), n in 1_usize..30) {
        let (period, scale) = (period(n as u32), scale(&prices));
        let a = ema(&prices, n);
        let (b, c) = (ema(&a, n), ema(&ema(&a, n), n));
        let tema: Vec<_> =
            (0..a.len()).map(|i| 3.0 * a[i] - 3.0 * b[i] + c[i]).collect();
        same(answers(Ema::new(period), &prices), &a, scale)?;
        same(answers(Tema::new(period), &prices), &tema, scale)?;
        let sma: Vec<_> = prices.windows(n).map(mean).collect();
        same(answers(Sma::new(period), &prices), &sma, scale)?;
        if prices.len() >= n {
            same(answers(Wilder::new(period), &prices), &wilder(&prices, n), scale)?;
        }
    }

    #[test]
    fn rsi_equals_batch(prices in prices(), n in 1_usize..20) {
        prop_assume!(prices.len() > n);
        let changes: Vec<_> = prices.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let ups = wilder(&changes.iter().map(|x| x.max(0.0)).collect::<Vec<_>>(), n);
        let downs = wilder(&changes.iter().map(|x| (-x).max(0.0)).collect::<Vec<_>>(), n);
        let index = |(up, down): (&f64, &f64)| {
            if up + down == 0.0 { 50.0 } else { 100.0 - 100.0 / (1.0 + up / down) }
        };
        let batch: Vec<_> = ups.iter().zip(&downs).map(index).collect();
        same(answers(Rsi::new(period(n as u32)), &prices), &batch, 100.0)?;
    }

    #[test]
    fn windows_equal_batch(prices in prices(), n in 1_usize..30) {
        let scale = scale(&prices);
        let bands = answers(Bollinger::new(period(n as u32), 2.0).unwrap(), &prices);
        let part = |pick: fn(indicators::Bands) -> f64| {
            bands.iter().map(|bands| bands.map(pick)).collect::<Vec<_>>()
        };
        let batch = |k: f64| {
            prices.windows(n).map(|w| mean(w) + k * deviation(w)).collect::<Vec<_>>()
        };
        same(part(|bands| bands.lower), &batch(-2.0), scale)?;
        same(part(|bands| bands.middle), &batch(0.0), scale)?;
        same(part(|bands| bands.upper), &batch(2.0), scale)?;
    }

    #[test]
    fn trendline_equals_batch(prices in prices(), n in 3_usize..30) {
        let stream = answers(Trendline::new(period(n as u32)).unwrap(), &prices);
        let batch: Vec<_> = (3..=prices.len())
            .map(|end| line(&prices[end.saturating_sub(n)..end]))
            .collect();
        same(stream, &batch, scale(&prices))?;
    }

    #[test]
    fn macd_equals_batch(prices in prices(), fast in 1_usize..12, more in 1_usize..12, signal in 1_usize..9) {
        let slow = fast + more;
        let (quick, steady) = (ema(&prices, fast), ema(&prices, slow));
        let line: Vec<_> = quick.iter().zip(&steady).map(|(a, b)| a - b).collect();
        let average = ema(&line, signal);
        let [a, b, c] = [fast, slow, signal].map(|n| period(n as u32));
        let got = answers(Macd::new(a, b, c).unwrap(), &prices);
        let scale = scale(&prices);
        same(got.iter().map(|value| value.map(|value| value.line)).collect(), &line, scale)?;
        same(got.iter().map(|value| value.map(|value| value.signal)).collect(), &average, scale)?;
    }

    #[test]
    fn atr_equals_batch(prices in prices(), n in 1_usize..20, width in 0.0..2.0_f64) {
        prop_assume!(prices.len() >= n);
        let bars: Vec<_> = prices.iter().map(|close| Range {
            high: close + width, low: close - width / 3.0, close: *close,
        }).collect();
        let mut ranges = vec![bars[0].high - bars[0].low];
        for pair in bars.windows(2) {
            let (bar, before) = (pair[1], pair[0].close);
            let reach = (bar.high - before).abs().max((bar.low - before).abs());
            ranges.push(reach.max(bar.high - bar.low));
        }
        let mut atr = Atr::new(period(n as u32));
        let stream = bars.iter().map(|bar| atr.push(*bar)).collect();
        same(stream, &wilder(&ranges, n), scale(&prices))?;
    }
}

#[test]
fn windows_do_not_drift_over_ten_million_values() {
    let n = 20;
    let price = |index: u64| {
        // A price that wanders; every hundred thousand values one is absurd.
        let wave = (index.wrapping_mul(2_654_435_761) % 1_000) as f64;
        if index % 100_000 == 7 { 1e15 } else { 61_207.3 + wave * 0.1 }
    };
    let mut sma = Sma::new(period(n as u32));
    let mut bands = Bollinger::new(period(n as u32), 2.0).unwrap();
    let mut trend = Trendline::new(period(n as u32)).unwrap();
    let mut last = None;
    for index in 0..10_000_000 {
        let input = price(index);
        last = Some((sma.push(input), bands.push(input), trend.push(input)));
    }
    let window: Vec<_> = (10_000_000 - n as u64..10_000_000).map(price).collect();
    let (sma, bands, trend) = last.unwrap();
    assert!(agree(sma.unwrap(), mean(&window), mean(&window), 1e-14));
    let width = bands.unwrap().upper - bands.unwrap().middle;
    assert!(agree(width, 2.0 * deviation(&window), width, 1e-12));
    assert!(agree(trend.unwrap(), line(&window), mean(&window), 1e-14));
}
