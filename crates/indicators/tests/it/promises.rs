//! What every indicator promises: its warm-up, deafness to bad input, reset, exact storage.

use core::fmt::Debug;

use indicators::{
    Atr, Bollinger, CrossDetector, Ema, Indicator, Macd, Range, Rsi, Sma, Tema, Trendline, Wilder,
};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use crate::period;

const BAD: [f64; 5] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, -1e101];

/// Makes an input from a number, so that one check fits all indicators.
type Make<I> = fn(f64) -> <I as Indicator>::Input;

fn said<I>(indicator: &mut I, make: Make<I>, inputs: &[f64]) -> Vec<String>
where
    I: Indicator<Value: Debug>,
{
    // The debug form of a float is exact: two different ones never read the same.
    inputs.iter().map(|input| format!("{:?}", indicator.push(make(*input)))).collect()
}

fn check<I>(fresh: &I, make: Make<I>, inputs: &[f64]) -> Result<(), TestCaseError>
where
    I: Indicator<Value: Debug> + Clone + Serialize + DeserializeOwned,
{
    let (before, after) = inputs.split_at(inputs.len() / 2);
    let mut whole = fresh.clone();
    let mut expected = said(&mut whole, make, inputs);
    let said_after = expected.split_off(before.len());

    // Stored and restored in the middle.
    let mut half = fresh.clone();
    said(&mut half, make, before);
    let text = serde_json::to_string(&half).unwrap();
    let mut restored: I = serde_json::from_str(&text).unwrap();
    prop_assert_eq!(&serde_json::to_string(&restored).unwrap(), &text);
    prop_assert_eq!(&said(&mut restored, make, after), &said_after);

    // Bad input in the middle.
    let bad = said(&mut half, make, &BAD);
    prop_assert!(bad.iter().all(|answer| answer == "None"));
    prop_assert_eq!(half.ignored(), BAD.len() as u32);
    prop_assert_eq!(&said(&mut half, make, after), &said_after);

    // Begun again.
    half.reset();
    prop_assert_eq!(half.ignored(), 0);
    prop_assert_eq!(&said(&mut half, make, before), &expected);
    Ok(())
}

fn range(value: f64) -> Range {
    Range { high: value + 1.5, low: value - 0.5, close: value }
}

fn inputs() -> impl Strategy<Value = Vec<f64>> {
    let prices = prop::collection::vec(1.0..1e6_f64, 2..80);
    let steps = prop::collection::vec(prop_oneof![Just(1.0), Just(2.0), Just(3.0)], 2..80);
    let anything = prop::collection::vec(-1e100..1e100_f64, 2..80);
    prop_oneof![4 => prices, 1 => steps, 1 => anything]
}

proptest! {
    #[test]
    fn indicators_keep_their_promises(inputs in inputs(), n in 1_u32..20, m in 1_u32..9) {
        let (period, signal) = (period(n), period(m));
        check(&Ema::new(period), |x| x, &inputs)?;
        check(&Sma::new(period), |x| x, &inputs)?;
        check(&Wilder::new(period), |x| x, &inputs)?;
        check(&Tema::new(period), |x| x, &inputs)?;
        check(&Rsi::new(period), |x| x, &inputs)?;
        check(&Atr::new(period), range, &inputs)?;
        check(&CrossDetector::new(), |x| (x, 2.0), &inputs)?;
        check(&Bollinger::new(period, 2.5).unwrap(), |x| x, &inputs)?;
        if let Ok(macd) = Macd::new(period, crate::period(n + m), signal) {
            check(&macd, |x| x, &inputs)?;
        }
        if let Ok(line) = Trendline::new(period) {
            check(&line, |x| x, &inputs)?;
        }
    }

    #[test]
    fn indicators_survive_extremes(
        inputs in prop::collection::vec(
            prop_oneof![Just(1e100), Just(-1e100), Just(0.0), Just(f64::MIN_POSITIVE), any::<f64>()],
            1..60,
        ),
        n in 3_u32..9,
    ) {
        let mut bands = Bollinger::new(period(n), 1_000.0).unwrap();
        let mut line = Trendline::new(period(n)).unwrap();
        let (mut tema, mut rsi) = (Tema::new(period(n)), Rsi::new(period(n)));
        for input in inputs {
            if let Some(bands) = bands.push(input) {
                prop_assert!(bands.lower.is_finite() && bands.upper.is_finite());
                prop_assert!(bands.lower <= bands.middle && bands.middle <= bands.upper);
            }
            prop_assert!(line.push(input).is_none_or(f64::is_finite));
            prop_assert!(tema.push(input).is_none_or(f64::is_finite));
            prop_assert!(rsi.push(input).is_none_or(|rsi| (0.0..=100.0).contains(&rsi)));
        }
    }
}

fn warms_up<I: Indicator>(mut indicator: I, make: Make<I>) -> bool {
    let count = indicator.warm_up();
    let first = (1..10_000).map(f64::from).position(|x| indicator.push(make(x)).is_some());
    first == Some(count as usize - 1)
}

#[test]
fn warm_up_is_the_first_answer() {
    for n in [1, 2, 3, 14, 50] {
        let period = period(n);
        assert!(warms_up(Ema::new(period), |x| x), "ema {n}");
        assert!(warms_up(Sma::new(period), |x| x), "sma {n}");
        assert!(warms_up(Wilder::new(period), |x| x), "wilder {n}");
        assert!(warms_up(Tema::new(period), |x| x), "tema {n}");
        assert!(warms_up(Rsi::new(period), |x| x), "rsi {n}");
        assert!(warms_up(Atr::new(period), range), "atr {n}");
        assert!(warms_up(Bollinger::new(period, 2.0).unwrap(), |x| x), "bollinger {n}");
        let macd = Macd::new(period, crate::period(n + 7), crate::period(9)).unwrap();
        assert!(warms_up(macd, |x| x), "macd {n}");
        if let Ok(line) = Trendline::new(period) {
            assert!(warms_up(line, |x| x), "trend line {n}");
        }
    }
    assert!(warms_up(CrossDetector::new(), |x| (x, 1.5)));
}

#[test]
fn stored_window_that_cannot_be_is_refused() {
    let one = 1.0_f64.to_bits();
    let read = |period: u32, at: usize, count: usize| {
        let values = vec![format!(r#""{one}""#); count].join(",");
        let text = format!(
            r#"{{"window":{{"period":{period},"at":{at},"values":[{values}]}},"ignored":0}}"#
        );
        serde_json::from_str::<Sma>(&text).is_ok()
    };
    assert!(read(3, 0, 3) && read(3, 2, 3) && read(3, 2, 2) && read(3, 0, 0));
    assert!(!read(3, 3, 3) && !read(3, 0, 4) && !read(3, 1, 2) && !read(3, 2, 1) && !read(0, 0, 0));
}
