//! Bars: gaps, borders, late trades, bounds, and longer frames against the trades themselves.

use contracts::testing::{price, qty, secs, symbol};
use contracts::{Bar, Price, Qty, Side, Span, Timeframe, Trade, TradeId, Ts};
use indicators::{BarBuilder, BarMerger};
use proptest::prelude::*;

fn trade(at: Ts, price_text: &str, qty_text: &str) -> Trade {
    Trade {
        symbol: symbol("BTC/USD"),
        price: price(price_text),
        qty: qty(qty_text),
        id: TradeId::new(1),
        at,
        taker: Side::Buy,
    }
}

fn minutes() -> BarBuilder {
    BarBuilder::new(symbol("BTC/USD"), Timeframe::M1)
}

/// A bar as one line: seconds of its beginning, four prices, volume, trades.
fn line(bar: &Bar) -> String {
    let Bar { open, high, low, close, volume, trades, .. } = bar;
    let at = bar.open_at.nanos() / 1_000_000_000;
    format!("{at}: {open} {high} {low} {close} {volume} x{trades}")
}

fn lines(bars: impl Iterator<Item = Bar>) -> Vec<String> {
    bars.map(|bar| line(&bar)).collect()
}

#[test]
fn bar_closes_by_time_without_a_later_trade() {
    let mut builder = minutes();
    assert_eq!((builder.next_close(), lines(builder.on_time(secs(500)))), (None, vec![]));
    assert_eq!(builder.on_trade(&trade(secs(61), "10", "1")).count(), 0);
    assert_eq!(builder.on_trade(&trade(secs(62), "12", "2")).count(), 0);
    assert_eq!(builder.on_trade(&trade(secs(119), "9", "0.5")).count(), 0);
    assert_eq!(builder.next_close(), Some(secs(120)));
    assert_eq!(builder.on_time(Ts::from_nanos(secs(120).nanos() - 1)).count(), 0);
    assert_eq!(lines(builder.on_time(secs(120))), ["60: 10 12 9 9 3.5 x3"]);
    assert_eq!(builder.on_time(secs(120)).count(), 0, "once only");
    assert_eq!(builder.next_close(), Some(secs(180)));
    assert_eq!(lines(builder.on_time(secs(180))), ["120: 9 9 9 9 0 x0"]);
}

#[test]
fn bar_with_a_single_trade() {
    let mut builder = minutes();
    let _ = builder.on_trade(&trade(secs(60), "10", "1"));
    assert_eq!(lines(builder.on_trade(&trade(secs(120), "11", "1"))), ["60: 10 10 10 10 1 x1"]);
}

#[test]
fn gap_of_three_minutes_gives_three_flat_bars() {
    let mut builder = minutes();
    let _ = builder.on_trade(&trade(secs(10), "10", "1"));
    let closed = builder.on_trade(&trade(secs(250), "20", "1"));
    assert_eq!(closed.len(), 4);
    let flat = |at| format!("{at}: 10 10 10 10 0 x0");
    assert_eq!(lines(closed), ["0: 10 10 10 10 1 x1".into(), flat(60), flat(120), flat(180)]);
    assert_eq!(lines(builder.on_time(secs(300))), ["240: 20 20 20 20 1 x1"]);
}

#[test]
fn bar_border_is_midnight_to_the_nanosecond() {
    let midnight = Ts::ZERO + Span::DAY.times(20_000);
    for timeframe in Timeframe::ALL {
        let mut builder = BarBuilder::new(symbol("BTC/USD"), timeframe);
        let _ = builder.on_trade(&trade(midnight - Span::from_nanos(1), "10", "1"));
        let closed: Vec<_> = builder.on_trade(&trade(midnight, "11", "1")).collect();
        assert_eq!(closed.len(), 1, "{}", timeframe.name());
        assert_eq!(closed[0].open_at, midnight - timeframe.span());
        assert_eq!(closed[0].close, price("10"));
        assert_eq!(builder.next_close(), Some(midnight + timeframe.span()));
    }
}

#[test]
fn late_trade_is_counted_and_in_no_bar() {
    let mut builder = minutes();
    let _ = builder.on_trade(&trade(secs(130), "10", "1"));
    let _ = builder.on_trade(&trade(secs(125), "12", "1"));
    assert_eq!(builder.late(), 0, "out of order within its bar is no harm");
    assert_eq!(builder.on_trade(&trade(secs(119), "99", "1")).count(), 0);
    assert_eq!(lines(builder.on_time(secs(180))), ["120: 10 12 10 12 2 x2"]);
    assert_eq!(builder.on_trade(&trade(secs(179), "99", "1")).count(), 0);
    assert_eq!(builder.late(), 2);
    assert_eq!(lines(builder.on_time(secs(240))), ["180: 12 12 12 12 0 x0"]);
}

#[test]
fn grace_waits_for_trades_on_their_way() {
    let mut builder = minutes().with_grace(Span::SECOND);
    let _ = builder.on_trade(&trade(secs(10), "10", "1"));
    assert_eq!(builder.next_close(), Some(secs(61)));
    assert_eq!(builder.on_time(secs(60)).count(), 0);
    let _ = builder.on_trade(&trade(secs(59), "11", "1"));
    assert_eq!(lines(builder.on_time(secs(61))), ["0: 10 11 10 11 2 x2"]);
    let _ = builder.on_trade(&trade(secs(100), "12", "1"));
    let closed = builder.on_trade(&trade(secs(120), "13", "1"));
    assert_eq!(closed.len(), 1, "a later trade does not wait");
}

#[test]
fn clock_behind_the_venue_loses_nothing() {
    let mut builder = minutes();
    let _ = builder.on_trade(&trade(secs(10), "10", "1"));
    let _ = builder.on_trade(&trade(secs(65), "11", "1"));
    assert_eq!(builder.on_time(secs(50)).count(), 0);
    assert_eq!(lines(builder.on_time(secs(120))), ["60: 11 11 11 11 1 x1"]);
}

#[test]
fn long_gap_comes_in_pieces_by_the_timer() {
    let gap = 2 * BarBuilder::FLAT_MAX + 5;
    let end = secs(60 * (gap as i64 + 1));
    let mut builder = minutes();
    let _ = builder.on_trade(&trade(secs(0), "10", "1"));
    let mut bars: Vec<_> = builder.on_trade(&trade(end, "11", "1")).collect();
    assert_eq!(bars.len() as u64, BarBuilder::FLAT_MAX + 1);
    // Trades of the bar ahead go on while the gap is being filled.
    bars.extend(builder.on_trade(&trade(end + Span::SECOND, "12", "1")));
    while let Some(due) = builder.next_close().filter(|due| *due <= end) {
        bars.extend(builder.on_time(due));
    }
    assert_eq!(bars.len() as u64, gap + 1);
    assert!(bars.windows(2).all(|pair| pair[1].open_at == pair[0].open_at + Span::MINUTE));
    assert!(bars[1..].iter().all(|bar| bar.trades == 0 && bar.close == price("10")));
    let ahead: Vec<_> = builder.on_time(end + Span::MINUTE).collect();
    assert_eq!((ahead.len(), ahead[0].trades, ahead[0].high), (1, 2, price("12")));
    assert_eq!((builder.late(), builder.skipped()), (0, 0));
}

#[test]
fn long_gap_without_a_timer_skips_flat_bars_and_says_so() {
    let far = |days: i64| Ts::ZERO + Span::DAY.times(days);
    let mut builder = minutes();
    let _ = builder.on_trade(&trade(far(0), "10", "1"));
    assert_eq!(builder.on_trade(&trade(far(10), "11", "1")).len(), 1_441);
    let closed: Vec<_> = builder.on_trade(&trade(far(20), "12", "1")).collect();
    // A day of flat bars more, then the bar of the second trade although its turn had not come.
    assert_eq!(closed.len(), 1_441);
    assert_eq!(closed[1_440].close, price("11"));
    assert_eq!(closed[1_440].open_at, far(10));
    assert!(closed.is_sorted_by(|one, next| one.open_at < next.open_at));
    assert_eq!(builder.skipped(), 10 * 1_440 - 1 - 2 * 1_440);
    let next = builder.on_time(far(20)).next().unwrap();
    assert_eq!((next.open_at, next.close), (far(10) + Span::MINUTE, price("11")));
}

#[test]
fn hostile_trades_survive() {
    let largest = Qty::from_pico(i128::MAX as u128).unwrap();
    let mut builder = minutes();
    let _ = builder.on_trade(&Trade { qty: largest, ..trade(Ts::MAX, "10", "1") });
    let _ = builder.on_trade(&trade(Ts::MAX, "10", "1"));
    assert_eq!(builder.on_time(Ts::MAX).count(), 0);
    assert_eq!(builder.next_close(), Some(Ts::MAX));
    assert_eq!(builder.on_trade(&trade(Ts::ZERO, "10", "1")).count(), 0);
    assert_eq!(builder.late(), 1);

    let mut builder = minutes();
    let other = Trade { symbol: symbol("ETH/USD"), ..trade(Ts::ZERO, "1", "1") };
    let _ = builder.on_trade(&other);
    assert_eq!(builder.next_close(), None);
    let _ = builder.on_trade(&Trade { qty: largest, ..trade(Ts::ZERO, "10", "1") });
    let _ = builder.on_trade(&trade(Ts::ZERO, "10", "1"));
    let bar = builder.on_trade(&trade(Ts::MAX, "1", "1")).next().unwrap();
    assert_eq!(bar.volume, largest);
    assert_eq!(builder.on_time(Ts::MAX).len() as u64, BarBuilder::FLAT_MAX);
}

/// Trades of a day: seconds between them, price in cents, quantity in thousandths.
fn day() -> impl Strategy<Value = Vec<Trade>> {
    let step = (prop_oneof![4 => 0_i64..100, 1 => 0_i64..2_000], 9_000_u128..11_000, 0_u128..500);
    prop::collection::vec(step, 1..1_500).prop_map(|steps| {
        let mut at = secs(86_400 * 3);
        let mut next = |(wait, cents, thousandths): (i64, u128, u128)| {
            at = at + Span::from_millis(wait * 997);
            Trade {
                price: Price::from_pico(cents * 10_000_000_000).unwrap(),
                qty: Qty::from_pico(thousandths * 1_000_000_000).unwrap(),
                ..trade(at, "1", "1")
            }
        };
        let trades: Vec<_> = steps.into_iter().map(&mut next).collect();
        trades.into_iter().filter(|trade| trade.at < secs(86_400 * 4)).collect()
    })
}

/// All bars of a timeframe up to the end of the day, closed by a timer where one is due.
fn bars(trades: &[Trade], timeframe: Timeframe, timer: bool) -> Vec<Bar> {
    let mut builder = BarBuilder::new(symbol("BTC/USD"), timeframe);
    let mut bars = Vec::new();
    let end = secs(86_400 * 4);
    for trade in trades {
        while let Some(due) = builder.next_close().filter(|due| timer && *due <= trade.at) {
            bars.extend(builder.on_time(due));
        }
        bars.extend(builder.on_trade(trade));
    }
    while let Some(due) = builder.next_close().filter(|due| *due <= end) {
        bars.extend(builder.on_time(due));
    }
    assert_eq!((builder.late(), builder.skipped()), (0, 0));
    bars
}

/// The naive twin: every trade of a bar, looked up anew for each bar.
fn resampled(trades: &[Trade], timeframe: Timeframe) -> Vec<Bar> {
    let (mut bars, mut close) = (Vec::new(), trades[0].price);
    let mut open_at = trades[0].at.floor_to(timeframe.span());
    while open_at < secs(86_400 * 4) {
        let end = open_at + timeframe.span();
        let within: Vec<_> = trades.iter().filter(|t| t.at >= open_at && t.at < end).collect();
        let prices = || within.iter().map(|trade| trade.price);
        bars.push(Bar {
            symbol: symbol("BTC/USD"),
            open: prices().next().unwrap_or(close),
            high: prices().max().unwrap_or(close),
            low: prices().min().unwrap_or(close),
            close: prices().next_back().unwrap_or(close),
            volume: within.iter().fold(Qty::ZERO, |sum, t| sum.plus(t.qty).unwrap()),
            open_at,
            trades: within.len() as u32,
            timeframe,
        });
        close = prices().next_back().unwrap_or(close);
        open_at = end;
    }
    bars
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn bars_of_a_day_equal_twin_and_merged_minutes(trades in day()) {
        let minutes = bars(&trades, Timeframe::M1, true);
        prop_assert_eq!(&minutes, &bars(&trades, Timeframe::M1, false));
        for timeframe in [Timeframe::M5, Timeframe::M15, Timeframe::H1] {
            let expected = resampled(&trades, timeframe);
            prop_assert_eq!(&bars(&trades, timeframe, true), &expected);
            let mut merger = BarMerger::new(symbol("BTC/USD"), timeframe);
            let merged: Vec<_> = minutes.iter().flat_map(|bar| merger.push(bar)).collect();
            prop_assert_eq!(&merged, &expected);
            prop_assert_eq!(merger.late(), 0);
        }
    }

    #[test]
    fn builder_stored_at_any_trade_goes_on_the_same(trades in day(), at in 0_usize..100) {
        let mut builder = minutes();
        for (index, trade) in trades.iter().enumerate() {
            if index == at {
                let text = serde_json::to_string(&builder).unwrap();
                let restored: BarBuilder = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(&restored, &builder);
            }
            let _ = builder.on_trade(trade);
        }
    }
}

#[test]
fn merger_missing_and_late_minutes() {
    let mut builder = minutes();
    let mut minute = |at: i64, text: &str| {
        let _ = builder.on_trade(&trade(secs(at), text, "1"));
        builder.on_time(secs(at + 60)).last().unwrap()
    };
    let (first, second) = (minute(0, "10"), minute(60, "12"));
    let (sixth, last) = (minute(300, "11"), minute(540, "15"));
    let mut merger = BarMerger::new(symbol("BTC/USD"), Timeframe::M5);
    assert_eq!(merger.push(&first).count() + merger.push(&second).count(), 0);
    assert_eq!(lines(merger.push(&sixth)), ["0: 10 12 10 12 2 x2"], "minutes 2 to 4 never came");
    assert_eq!(merger.push(&second).count(), 0);
    assert_eq!(merger.late(), 1);
    assert_eq!(lines(merger.push(&last)), ["300: 11 15 11 15 2 x2"]);

    let mut merger = BarMerger::new(symbol("BTC/USD"), Timeframe::M5);
    let _ = merger.push(&first);
    let closed = ["0: 10 10 10 10 1 x1", "300: 15 15 15 15 1 x1"];
    assert_eq!(lines(merger.push(&last)), closed, "one overtaken, one done");
    let (longer, other) =
        (Bar { timeframe: Timeframe::M5, ..last }, Bar { symbol: symbol("ETH/USD"), ..last });
    assert_eq!(merger.push(&longer).count() + merger.push(&other).count(), 0);
    assert_eq!(merger.late(), 0);
}
