//! Markets at the edge of what may be asked for: nothing overflows, no price is lost.

use contracts::testing::{price, qty};
use contracts::{Bps, Event, Ppm, Price, Qty, Span, Ts};
use proptest::prelude::*;
use simvenue::synthetic::{
    Market, MarketConfig, RegimeLengths, Streams, SymbolConfig, btc_usd, doge_usd, sol_usd,
};

use crate::market;
use crate::stream::Reader;

/// Reads a market and checks all its promises.
fn check(config: SymbolConfig, seed: u64, messages: usize) -> Reader {
    let mut reader = Reader::of(&[config]);
    for (at, event) in market(Streams::CheckedBook, &[config], seed).take(messages) {
        reader.read(at, &event);
    }
    reader
}

fn any_span() -> impl Strategy<Value = Span> {
    prop_oneof![Just(1), Just(30 * 1_440), 1_i64..2_000].prop_map(|count| Span::MINUTE.times(count))
}

fn any_regimes() -> impl Strategy<Value = RegimeLengths> {
    (any_span(), any_span(), any_span()).prop_map(|(calm, trend, revert)| RegimeLengths {
        calm,
        trend,
        revert,
    })
}

fn any_pace() -> impl Strategy<Value = (u32, u32, i32, i32)> {
    let often = prop_oneof![Just(6), Just(36_000_000), 6_u32..10_000];
    let updates = prop_oneof![Just(1), Just(1_000), 1_u32..20];
    (often, updates, prop_oneof![Just(1), Just(2_000), 1..2_000], 0..=900_000)
}

fn any_size() -> impl Strategy<Value = (u128, u128, u128)> {
    let lots = || prop_oneof![Just(1_u128), Just((1 << 46) - 1), 1_u128..1 << 46];
    (lots(), lots(), lots())
}

prop_compose! {
    fn any_symbol()(
        regimes in any_regimes(),
        volatility_life in any_span(),
        (orders_per_hour, updates_per_order, volatility, share) in any_pace(),
        (order, level, least) in any_size(),
        (levels, gap_log2) in (prop_oneof![1_u16..12, Just(100)], 0_u32..8),
        (spread_ticks, jumps_per_week) in (1_u32..10_000, 0_u32..1_000),
        start in 0_u128..1 << 37,
        tick_log10 in 0_u32..15,
    ) -> SymbolConfig {
        let mut config = btc_usd();
        let lots = |count: u128| Qty::from_pico(count * 10_000).unwrap();
        let least_ticks = 4 * (2 * (u128::from(levels) + 8) * (1 << gap_log2) + 64);
        let ticks = (least_ticks + start).max(100 * u128::from(spread_ticks));
        config.instrument.tick = Price::from_pico(10_u128.pow(tick_log10)).unwrap();
        config.instrument.price_decimals = 12_u32.saturating_sub(tick_log10) as u8;
        config.instrument.qty_min = lots(least);
        config.start_price = Price::from_pico(ticks * 10_u128.pow(tick_log10)).unwrap();
        // As many jumps as a market may have: half of the variance is theirs.
        let jump_max = f64::from(volatility) / (2.5 * f64::from(jumps_per_week.max(1)) / 7.0).sqrt();
        SymbolConfig {
            daily_volatility: Bps::new(volatility),
            volatility_life,
            common_share: Ppm::new(share),
            orders_per_hour,
            order_qty: lots(order),
            updates_per_order,
            spread_ticks,
            level_qty: lots(level),
            level_gap_ticks: 1 << gap_log2,
            levels,
            jumps_per_week,
            jump: Bps::new((jump_max.min(2_000.0) * 0.99) as i32),
            regimes,
            ..config
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn market_of_any_configuration_keeps_every_promise(
        config in any_symbol(),
        seed in any::<u64>(),
    ) {
        check(config, seed, 4_000);
    }
}

#[test]
fn market_deep_and_thin_and_single_level_keep_every_promise() {
    for levels in [1, 2, 1_000] {
        for preset in [btc_usd(), sol_usd(), doge_usd()] {
            let wild = Bps::new(2_000);
            check(SymbolConfig { levels, daily_volatility: wild, ..preset }, 3, 60_000);
        }
    }
}

#[test]
fn market_orders_far_larger_than_the_book_take_what_there_is() {
    let reader = check(SymbolConfig { order_qty: qty("1000"), ..btc_usd() }, 3, 60_000);
    assert!(reader.sweeps > reader.trades / 4, "{} of {}", reader.sweeps, reader.trades);
}

#[test]
fn price_centuries_of_the_wildest_market_never_lost() {
    // Begun as low as may be, moved by a fifth a day, for two hundred years.
    let config = SymbolConfig {
        start_price: price("16"),
        daily_volatility: Bps::new(2_000),
        orders_per_hour: 6,
        levels: 150,
        ..sol_usd()
    };
    let mut lowest = price("1000000000");
    let mut trades = 0;
    for (_, event) in market(Streams::Trades, &[config], 9).take(10_000_000) {
        if let Event::Trade(trade) = event {
            lowest = lowest.min(trade.price);
            trades += 1;
        }
    }
    assert!(trades > 1_000_000);
    // Room for all levels was left below: 158 of them and 64 ticks, twice.
    assert!(lowest >= price("2.5"), "{lowest}");
}

#[test]
fn market_ends_with_time_itself() {
    let start = Ts::MAX - Span::MINUTE;
    let config = MarketConfig { start, streams: Streams::Book, symbols: vec![btc_usd()] };
    let mut market = Market::new(config, 1).unwrap();
    let said = market.by_ref().count();
    assert!(said > 100, "{said}");
    assert_eq!(market.next(), None);
    let saved = serde_json::to_string(&market).unwrap();
    assert_eq!(serde_json::from_str::<Market>(&saved).unwrap().next(), None);
}
