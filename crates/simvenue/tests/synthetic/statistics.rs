//! Whether it looks like a real market. Floats are for the judge here, not for the judged.
#![allow(clippy::cast_precision_loss, reason = "statistics need no more digits than a float has")]

use contracts::{Event, Side, Span, Ts};
use simvenue::synthetic::{Regime, Streams, SymbolConfig, btc_usd, eth_usd};

use crate::{START_SECS, all_four, market};

/// What one minute of a symbol was like.
#[derive(Clone, Copy, Debug, Default)]
struct Minute {
    mid: f64,
    /// Relative to the price.
    spread: f64,
    touch_qty: f64,
    trades: f64,
    bought: f64,
    regime: Option<Regime>,
}

/// So many days of each symbol, minute by minute.
fn minutes(streams: Streams, symbols: &[SymbolConfig], days: i64, seed: u64) -> Vec<Vec<Minute>> {
    let mut market = market(streams, symbols, seed);
    let order: Vec<_> = market.config().symbols.iter().map(|s| s.instrument.symbol).collect();
    let mut current = vec![Minute::default(); order.len()];
    let mut past = vec![Vec::new(); order.len()];
    let mut end = START_SECS * 1_000_000_000 + Span::MINUTE.nanos();
    while past[0].len() < (days * 1_440) as usize {
        let (at, event) = market.next().unwrap();
        while at.nanos() >= end {
            end += Span::MINUTE.nanos();
            for (index, minute) in current.iter_mut().enumerate() {
                minute.regime = market.regime(order[index]);
                past[index].push(*minute);
                (minute.trades, minute.bought) = (0.0, 0.0);
            }
        }
        let of = |symbol| order.iter().position(|held| *held == symbol).unwrap();
        match event {
            Event::Ticker(ticker) => {
                let minute = &mut current[of(ticker.symbol)];
                let bid = ticker.bid.unwrap().pico() as f64;
                let ask = ticker.ask.unwrap().pico() as f64;
                minute.mid = (bid + ask) / 2e12;
                minute.spread = (ask - bid) / bid;
                minute.touch_qty = (ticker.bid_qty.pico() + ticker.ask_qty.pico()) as f64;
            }
            Event::Trade(trade) => {
                let minute = &mut current[of(trade.symbol)];
                minute.trades += 1.0;
                minute.bought += f64::from(u8::from(trade.taker == Side::Buy));
            }
            _ => {}
        }
    }
    past
}

/// Bitcoin without jumps, which have a test of their own.
fn bitcoin() -> SymbolConfig {
    SymbolConfig { jumps_per_week: 0, ..btc_usd() }
}

/// Logarithmic returns over so many minutes.
fn returns(minutes: &[Minute], over: usize) -> Vec<f64> {
    let mids: Vec<f64> = minutes.iter().step_by(over).map(|minute| minute.mid).collect();
    mids.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect()
}

fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = values.into_iter().fold((0.0, 0.0), |(s, n), value| (s + value, n + 1.0));
    sum / count
}

fn correlation(left: &[f64], right: &[f64]) -> f64 {
    let (a, b) = (mean(left.iter().copied()), mean(right.iter().copied()));
    let product = |x: &[f64], y: &[f64], x0: f64, y0: f64| {
        mean(x.iter().zip(y).map(|(x, y)| (x - x0) * (y - y0)))
    };
    let variances = product(left, left, a, a) * product(right, right, b, b);
    product(left, right, a, b) / variances.sqrt()
}

fn lagged(values: &[f64], lag: usize) -> f64 {
    correlation(&values[lag..], &values[..values.len() - lag])
}

fn map(values: &[f64], change: impl Fn(f64) -> f64) -> Vec<f64> {
    values.iter().map(|value| change(*value)).collect()
}

#[test]
fn volatility_is_what_was_asked_for() {
    for (bps, seed) in [(100, 1), (250, 2), (600, 3)] {
        let config = SymbolConfig { daily_volatility: contracts::Bps::new(bps), ..bitcoin() };
        let past = minutes(Streams::Ticker, &[config], 60, seed);
        for over in [1, 5, 15] {
            let square = mean(map(&returns(&past[0], over), |r| r * r));
            let realised = (square * 1_440.0 / over as f64).sqrt() * 1e4;
            let off = realised / f64::from(bps) - 1.0;
            assert!(off.abs() < 0.12, "{bps} asked for, {realised} over {over} minutes");
        }
    }
}

#[test]
fn volatility_clusters_and_direction_does_not() {
    let past = minutes(Streams::Ticker, &[bitcoin()], 60, 4);
    let returns = returns(&past[0], 1);
    let (sizes, squares) = (map(&returns, f64::abs), map(&returns, |r| r * r));
    for lag in [1, 10, 60] {
        assert!(lagged(&sizes, lag) > 0.05, "size, lag {lag}: {}", lagged(&sizes, lag));
        assert!(lagged(&squares, lag) > 0.02, "square, lag {lag}: {}", lagged(&squares, lag));
        assert!(lagged(&returns, lag).abs() < 0.03, "return, lag {lag}");
    }
}

#[test]
fn presets_annual_volatility_is_theirs_and_tails_are_fat() {
    for (config, annual) in all_four().into_iter().zip([0.48, 0.96, 0.67, 0.86]) {
        let symbol = config.instrument.symbol;
        let past = minutes(Streams::Ticker, &[config], 60, 5);
        for over in [1, 5, 15] {
            let returns = returns(&past[0], over);
            let square = mean(map(&returns, |r| r * r));
            let kurtosis = mean(map(&returns, |r| r.powi(4))) / (square * square);
            assert!(kurtosis > 4.0, "{symbol}: {kurtosis} over {over} minutes");
            let realised = (square * 365.0 * 1_440.0 / over as f64).sqrt();
            assert!((realised / annual - 1.0).abs() < 0.15, "{symbol}: {realised} a year");
        }
    }
}

#[test]
fn returns_have_fat_tails_without_jumps_too() {
    let past = minutes(Streams::Ticker, &[bitcoin()], 60, 5);
    for over in [1, 5, 15] {
        let returns = returns(&past[0], over);
        let square = mean(map(&returns, |r| r * r));
        let kurtosis = mean(map(&returns, |r| r.powi(4))) / (square * square);
        assert!(kurtosis > 4.0, "{kurtosis} over {over} minutes");
    }
}

/// The variance over twenty minutes of one spell, as a multiple of twenty times that over one.
fn variance_ratio(minutes: &[Minute], belongs: impl Fn(Regime) -> bool) -> f64 {
    const OVER: usize = 20;
    let (mut long, mut short) = (Vec::new(), Vec::new());
    for window in minutes.windows(OVER + 1) {
        let regime = window[0].regime;
        if window.iter().all(|m| m.regime == regime) && regime.is_some_and(&belongs) {
            long.push((window[OVER].mid / window[0].mid).ln().powi(2));
            short.push((window[1].mid / window[0].mid).ln().powi(2));
        }
    }
    mean(long) / (OVER as f64 * mean(short))
}

#[test]
fn regimes_trend_revert_and_wander() {
    let past = minutes(Streams::Ticker, &[bitcoin()], 60, 6);
    let trend = variance_ratio(&past[0], |r| matches!(r, Regime::TrendUp | Regime::TrendDown));
    let revert = variance_ratio(&past[0], |r| r == Regime::Revert);
    let calm = variance_ratio(&past[0], |r| r == Regime::Calm);
    assert!(trend > 1.2, "trend {trend}");
    assert!((0.85..1.15).contains(&calm), "calm {calm}");
    assert!(revert < 0.7, "revert {revert}");
}

#[test]
fn takers_lean_with_the_trend() {
    let past = minutes(Streams::Ticker, &[bitcoin()], 30, 7);
    let buys = |regime| {
        let of: Vec<_> = past[0].iter().filter(|m| m.regime == Some(regime)).collect();
        of.iter().map(|m| m.bought).sum::<f64>() / of.iter().map(|m| m.trades).sum::<f64>()
    };
    assert!(buys(Regime::TrendUp) > 0.55, "up {}", buys(Regime::TrendUp));
    assert!(buys(Regime::TrendDown) < 0.45, "down {}", buys(Regime::TrendDown));
    assert!((buys(Regime::Calm) - 0.5).abs() < 0.02, "calm {}", buys(Regime::Calm));
}

#[test]
fn spread_and_pace_rise_with_volatility_and_depth_falls() {
    let past = minutes(Streams::Book, &[bitcoin()], 10, 8);
    // Hours, ordered by how volatile they were.
    let mut hours: Vec<[f64; 4]> = past[0]
        .chunks_exact(60)
        .map(|hour| {
            let volatility = mean(map(&returns(hour, 1), |r| r * r)).sqrt();
            let of = |part: fn(&Minute) -> f64| mean(hour.iter().map(part));
            [volatility, of(|m| m.spread), of(|m| m.trades), of(|m| m.touch_qty)]
        })
        .collect();
    hours.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let third = hours.len() / 3;
    let compare = |part: usize| {
        let quiet = mean(hours[..third].iter().map(|hour| hour[part]));
        mean(hours[hours.len() - third..].iter().map(|hour| hour[part])) / quiet
    };
    assert!(compare(1) > 1.5, "spread {}", compare(1));
    assert!(compare(2) > 1.2, "pace {}", compare(2));
    assert!(compare(3) < 0.8, "depth {}", compare(3));
    let column = |part: usize| map(&hours.iter().map(|h| h[part]).collect::<Vec<_>>(), f64::ln);
    assert!(correlation(&column(0), &column(1)) > 0.5, "spread goes with volatility");
}

#[test]
fn spread_widens_and_depth_thins_after_a_large_trade_and_both_recover() {
    let config = bitcoin();
    let large = 2.0 * config.level_qty.pico() as f64;
    // The sums of spread and depth, and how many: just before, just after, and ten minutes after.
    let mut seen = [[0.0_f64; 3]; 3];
    let (mut order, mut since) = ((Ts::ZERO, 0.0), Ts::ZERO);
    let (mut last, mut armed) = ([0.0, 0.0], false);
    for (at, event) in market(Streams::Book, &[config], 12).take(20_000_000) {
        match event {
            Event::Trade(trade) => {
                let before = if order.0 == at { order.1 } else { 0.0 };
                order = (at, before + trade.qty.pico() as f64);
                if order.1 > large && at.since(since) > Span::from_secs(900) {
                    (since, armed) = (at, true);
                    add(&mut seen[0], last);
                }
            }
            Event::Ticker(ticker) => {
                let spread = ticker.ask.unwrap().pico() - ticker.bid.unwrap().pico();
                let depth = ticker.bid_qty.pico() + ticker.ask_qty.pico();
                last = [spread as f64, depth as f64];
                let passed = at.since(since).millis();
                if armed && (1_000..11_000).contains(&passed) {
                    add(&mut seen[1], last);
                }
                if armed && (600_000..610_000).contains(&passed) {
                    add(&mut seen[2], last);
                }
            }
            _ => {}
        }
    }
    let [before, after, later] = seen.map(|[spread, depth, count]| [spread / count, depth / count]);
    assert!(seen[0][2] > 100.0, "{} large orders", seen[0][2]);
    assert!(after[0] > 1.3 * before[0], "the spread went from {} to {}", before[0], after[0]);
    assert!(after[1] < 0.8 * before[1], "the depth went from {} to {}", before[1], after[1]);
    assert!(later[0] < 0.8 * after[0], "the spread came back to {}", later[0]);
    assert!(later[1] > 1.2 * after[1], "the depth came back to {}", later[1]);
}

fn add(sums: &mut [f64; 3], [spread, depth]: [f64; 2]) {
    sums[0] += spread;
    sums[1] += depth;
    sums[2] += 1.0;
}

#[test]
fn takers_follow_one_another() {
    let mut signs: Vec<f64> = Vec::new();
    let mut last = None;
    for (at, event) in market(Streams::Trades, &[bitcoin()], 13).take(300_000) {
        let Event::Trade(trade) = event else { continue };
        if last != Some(at) {
            signs.push(if trade.taker == Side::Buy { 1.0 } else { -1.0 });
        }
        last = Some(at);
    }
    assert!(lagged(&signs, 1) > 0.15, "{}", lagged(&signs, 1));
    assert!(lagged(&signs, 2) > 0.02, "{}", lagged(&signs, 2));
}

#[test]
fn jumps_come_as_often_and_as_large_as_asked_for() {
    let config = SymbolConfig { jumps_per_week: 7, jump: contracts::Bps::new(150), ..btc_usd() };
    let past = minutes(Streams::Ticker, &[config], 60, 9);
    let returns = returns(&past[0], 1);
    // An ordinary minute moves by 5 basis points; no jump is smaller than 75.
    let large = returns.iter().filter(|r| r.abs() > 0.007).count();
    assert!((40..90).contains(&large), "{large} jumps in 60 days");
    let widened = returns.iter().zip(&past[0][1..]).filter(|(r, _)| r.abs() > 0.007);
    let calm = mean(past[0].iter().map(|m| m.spread));
    assert!(mean(widened.map(|(_, m)| m.spread)) > 2.0 * calm, "the spread widens after a jump");
}

#[test]
fn symbols_move_together_as_much_as_asked_for() {
    for (share, low, high) in [(0, -0.06, 0.06), (500_000, 0.35, 0.65), (900_000, 0.7, 1.0)] {
        let of = |config| SymbolConfig { common_share: contracts::Ppm::new(share), ..config };
        let past = minutes(Streams::Ticker, &[of(bitcoin()), of(eth_usd())], 20, 10);
        let together = correlation(&returns(&past[0], 5), &returns(&past[1], 5));
        assert!((low..high).contains(&together), "{together} for {share} parts per million");
    }
}

#[test]
fn orders_as_many_and_as_large_as_asked_for_with_a_heavy_tail() {
    let config = bitcoin();
    let days = 30.0;
    let mut sizes = Vec::new();
    let mut last = None;
    for (at, event) in market(Streams::Trades, &[config], 11).take(2_400_000) {
        let Event::Trade(trade) = event else { continue };
        if at.nanos() / 1_000_000_000 - START_SECS > 30 * 86_400 {
            break;
        }
        let qty = trade.qty.pico() as f64 / 1e12;
        match (last == Some(at), sizes.last_mut()) {
            (true, Some(size)) => *size += qty,
            _ => sizes.push(qty),
        }
        last = Some(at);
    }
    let per_hour = sizes.len() as f64 / days / 24.0;
    assert!((per_hour / 2_400.0 - 1.0).abs() < 0.1, "{per_hour} orders an hour");
    let average = mean(sizes.iter().copied());
    assert!((average / 0.03 - 1.0).abs() < 0.1, "{average} on average");
    sizes.sort_by(f64::total_cmp);
    assert!(sizes[sizes.len() / 2] < 0.1 * average, "most are small");
    let top: f64 = sizes[sizes.len() * 99 / 100..].iter().sum();
    let share = top / (average * sizes.len() as f64);
    assert!(share > 0.2, "the largest hundredth of all orders is {share} of the volume");
}
