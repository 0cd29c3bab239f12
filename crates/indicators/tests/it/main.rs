//! Indicators and bars from outside: golden values, naive twins, storage, bad input.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]
#![allow(clippy::cast_precision_loss, reason = "counts of test data are small")]

mod bars;
mod golden;
mod promises;
mod twins;

use indicators::{Indicator, Period};

fn period(values: u32) -> Period {
    Period::new(values).unwrap()
}

/// Everything an indicator says, one answer per input.
fn answers<I: Indicator<Input = f64>>(mut indicator: I, inputs: &[f64]) -> Vec<Option<I::Value>> {
    inputs.iter().map(|input| indicator.push(*input)).collect()
}

/// Whether two numbers agree to that share of `scale`.
fn agree(one: f64, other: f64, scale: f64, share: f64) -> bool {
    (one - other).abs() <= scale.abs() * share
}
