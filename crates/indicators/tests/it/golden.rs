//! Values worked out elsewhere or by hand.

use indicators::{
    Atr, Bands, Bollinger, Ema, Indicator, InvalidSetting, Macd, Range, Rsi, Sma, Tema, Trendline,
    Wilder,
};

use crate::{agree, answers, period};

const CLOSES: [f64; 15] = [
    44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.10, 45.42, 45.84, 46.08, 45.89, 46.03, 45.61,
    46.28, 46.28,
];
const STEPS: [f64; 10] = [1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 9.0, 8.0, 6.0, 10.0];

fn check<I: Indicator<Input = f64, Value = f64>>(indicator: I, inputs: &[f64], expected: f64) {
    let last = answers(indicator, inputs).pop().flatten().unwrap();
    assert!((last - expected).abs() < 5e-9, "{last} is not {expected}");
}

#[test]
fn averages_golden_values() {
    check(Ema::new(period(3)), &STEPS, 8.408_203_125);
    check(Tema::new(period(3)), &STEPS, 9.364_746_093_75);
    check(Sma::new(period(4)), &STEPS, 8.25);
    check(Sma::new(period(1)), &STEPS, 10.0);
    // Mean of 1, 2 and 3, then a third of each further one.
    check(Wilder::new(period(3)), &STEPS[..4], 8.0 / 3.0);
}

#[test]
fn rsi_golden_values() {
    let first = answers(Rsi::new(period(14)), &CLOSES).pop().flatten().unwrap();
    assert!(agree(first, 70.464_14, 1.0, 5e-6), "{first}");
    check(Rsi::new(period(3)), &[1.0, 2.0, 3.0, 4.0], 100.0);
    let risen_once = [-1e100, -1e100, -1e100, 0.0, 0.0, 0.0, 0.0];
    for last in answers(Rsi::new(period(3)), &risen_once).into_iter().flatten().skip(1) {
        assert!(last.to_bits() == 100.0_f64.to_bits(), "{last} is not exactly 100");
    }
    check(Rsi::new(period(3)), &[4.0, 3.0, 2.0, 1.0], 0.0);
    check(Rsi::new(period(3)), &[5.0; 9], 50.0);
    check(Rsi::new(period(2)), &[1.0, 2.0, 1.0], 50.0);
}

#[test]
fn bollinger_golden_values() {
    let bands = Bollinger::new(period(8), 2.0).unwrap();
    // The textbook set: mean 5, deviation of the population 2.
    let last = answers(bands, &[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).pop().flatten();
    assert_eq!(last, Some(Bands { lower: 1.0, middle: 5.0, upper: 9.0 }));
    let flat = answers(Bollinger::new(period(3), 2.0).unwrap(), &[7.1; 5]).pop().flatten();
    assert_eq!(flat, Some(Bands { lower: 7.1, middle: 7.1, upper: 7.1 }));
}

#[test]
fn macd_golden_values() {
    let macd = || Macd::new(period(2), period(3), period(2)).unwrap();
    let got = answers(macd(), &[1.0, 2.0, 4.0, 4.0]);
    assert_eq!(got[..3], [None; 3]);
    // Fast 1, 5/3, 29/9, 101/27; slow 1, 3/2, 11/4, 27/8; signal 0, 1/9, 19/54 ...
    let last = got[3].unwrap();
    let line = 101.0 / 27.0 - 27.0 / 8.0;
    let signal = (0.0 + 2.0 / 3.0 * (1.0 / 6.0)) / 3.0;
    let signal = signal + 2.0 / 3.0 * (29.0 / 9.0 - 11.0 / 4.0);
    let signal = signal / 3.0 + 2.0 / 3.0 * line;
    assert!(agree(last.line, line, 1.0, 1e-14) && agree(last.signal, signal, 1.0, 1e-14));
    assert!(agree(last.histogram, line - signal, 1.0, 1e-14));
    let refused = Macd::new(period(3), period(3), period(2)).map(|_macd| ());
    assert_eq!(refused, Err(InvalidSetting::FastNotFaster));
}

#[test]
fn atr_counts_gaps_as_movement() {
    let mut atr = Atr::new(period(2));
    let mut push = |high, low, close| atr.push(Range { high, low, close });
    assert_eq!(push(10.0, 8.0, 9.0), None);
    assert_eq!(push(11.0, 9.0, 10.0), Some(2.0));
    assert_eq!(push(20.0, 19.0, 19.5), Some(6.0), "from 10 up to 20");
    assert_eq!(push(16.0, 15.0, 15.5), Some(5.25), "from 19.5 down to 15");
    assert_eq!(push(15.0, 16.0, 15.5), None, "the high is below the low");
    assert_eq!(atr.ignored(), 1);
}

#[test]
fn trendline_golden_values() {
    let line = || Trendline::new(period(5)).unwrap();
    let got = answers(line(), &[3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0]);
    assert_eq!(got[..2], [None; 2]);
    for (index, value) in got.iter().enumerate().skip(2) {
        assert!(agree(value.unwrap(), 5.0 + 2.0 * index as f64, 1.0, 1e-13));
    }
    // The line through (0, 1), (1, 2), (2, 2) is 7/6 + x/2.
    check(line(), &[1.0, 2.0, 2.0], 7.0 / 6.0 + 1.5);
    let refused = Trendline::new(period(2)).map(|_line| ());
    assert_eq!(refused, Err(InvalidSetting::TooFewPoints));
}

#[test]
fn bollinger_width_has_bounds() {
    for width in [f64::NAN, f64::INFINITY, -0.1, 1_000.5] {
        let refused = Bollinger::new(period(3), width).map(|_bands| ());
        assert_eq!(refused, Err(InvalidSetting::Width), "{width}");
    }
}
