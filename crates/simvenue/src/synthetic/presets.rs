//! Four markets as the venue has them: its rules, and orders of magnitude of what happens there.
//!
//! The rules are Kraken's of 2026; the rest is of the size that one sees on an ordinary day.

use core::str::FromStr;

use contracts::{Bps, Instrument, MarketStatus, Ppm, Span, Ts};

use super::config::{RegimeLengths, SymbolConfig};

/// Bitcoin: the busiest, with the narrowest spread.
pub fn btc_usd() -> SymbolConfig {
    SymbolConfig {
        start_price: known("100000"),
        daily_volatility: Bps::new(250),
        orders_per_hour: 2_400,
        order_qty: known("0.03"),
        spread_ticks: 2,
        level_qty: known("0.4"),
        level_gap_ticks: 16,
        jump: Bps::new(60),
        ..ordinary(Instrument { qty_min: known("0.00005"), ..rules("BTC/USD", "0.1", [1, 5]) })
    }
}

/// Ether.
pub fn eth_usd() -> SymbolConfig {
    SymbolConfig {
        start_price: known("3500"),
        daily_volatility: Bps::new(350),
        orders_per_hour: 1_800,
        order_qty: known("0.6"),
        spread_ticks: 8,
        level_qty: known("8"),
        level_gap_ticks: 16,
        jump: Bps::new(80),
        ..ordinary(Instrument { qty_min: known("0.001"), ..rules("ETH/USD", "0.01", [2, 5]) })
    }
}

/// Solana: a tick so wide that every price holds a level.
pub fn sol_usd() -> SymbolConfig {
    SymbolConfig {
        start_price: known("160"),
        daily_volatility: Bps::new(450),
        orders_per_hour: 1_000,
        order_qty: known("12"),
        spread_ticks: 2,
        level_qty: known("100"),
        level_gap_ticks: 1,
        jump: Bps::new(100),
        ..ordinary(Instrument { qty_min: known("0.06"), ..rules("SOL/USD", "0.01", [2, 5]) })
    }
}

/// Dogecoin: slow, wild, and a tick so fine that levels stand far apart.
pub fn doge_usd() -> SymbolConfig {
    SymbolConfig {
        start_price: known("0.2"),
        daily_volatility: Bps::new(500),
        orders_per_hour: 400,
        order_qty: known("4000"),
        spread_ticks: 160,
        level_qty: known("30000"),
        level_gap_ticks: 64,
        jump: Bps::new(120),
        ..ordinary(Instrument { qty_min: known("50"), ..rules("DOGE/USD", "0.0000001", [7, 9]) })
    }
}

/// What the four have in common; each says the rest itself.
fn ordinary(instrument: Instrument) -> SymbolConfig {
    SymbolConfig {
        instrument,
        start_price: instrument.tick,
        daily_volatility: Bps::new(1),
        volatility_life: Span::MINUTE.times(120),
        common_share: Ppm::new(500_000),
        orders_per_hour: 6,
        order_qty: instrument.lot,
        updates_per_order: 9,
        spread_ticks: 1,
        level_qty: instrument.lot,
        level_gap_ticks: 1,
        levels: 10,
        jumps_per_week: 5,
        jump: Bps::new(0),
        regimes: RegimeLengths {
            calm: Span::MINUTE.times(120),
            trend: Span::MINUTE.times(45),
            revert: Span::MINUTE.times(120),
        },
    }
}

/// The rules that all pairs in dollars share; decimals are those of prices and of amounts in dollars.
fn rules(symbol: &str, tick: &str, [price_decimals, quote_decimals]: [u8; 2]) -> Instrument {
    Instrument {
        symbol: known(symbol),
        tick: known(tick),
        lot: known("0.00000001"),
        qty_min: known("0.00000001"),
        cost_min: known("0.5"),
        valid_from: Ts::ZERO,
        quote_decimals,
        price_decimals,
        qty_decimals: 8,
        status: MarketStatus::Online,
    }
}

/// Reads a literal of this file.
fn known<T: FromStr>(text: &str) -> T {
    match text.parse() {
        Ok(value) => value,
        Err(_) => unreachable!("every literal of this file is read by its tests"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::{Market, MarketConfig, Streams};

    #[test]
    fn presets_all_four_open_at_every_depth_of_the_venue() {
        for levels in [10, 25, 100, 500, 1_000] {
            let symbols = [btc_usd(), eth_usd(), sol_usd(), doge_usd()]
                .map(|preset| SymbolConfig { levels, ..preset })
                .to_vec();
            let config = MarketConfig { start: Ts::ZERO, streams: Streams::Book, symbols };
            assert!(Market::new(config, 1).is_ok(), "{levels} levels");
        }
    }
}
