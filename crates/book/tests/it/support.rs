//! The naive twin of the book and short constructors for levels.

use std::collections::BTreeMap;

use book::{Applied, State, Why};
use contracts::testing::{money, price, qty, secs, symbol};
use contracts::{Instrument, Level, LevelPart, MarketStatus, Price, Qty, Side, Ts};

pub(crate) fn pico_price(pico: u128) -> Price {
    Price::from_pico(pico).unwrap()
}

pub(crate) fn pico_qty(pico: u128) -> Qty {
    Qty::from_pico(pico).unwrap()
}

pub(crate) fn rules(name: &str, price_decimals: u8, qty_decimals: u8) -> Instrument {
    Instrument {
        symbol: symbol(name),
        tick: price("0.1"),
        lot: qty("0.00000001"),
        qty_min: qty("0.0001"),
        cost_min: money("0.5"),
        valid_from: Ts::ZERO,
        quote_decimals: 4,
        price_decimals,
        qty_decimals,
        status: MarketStatus::Online,
    }
}

/// A level that stands in the middle of a message.
pub(crate) fn level(side: Side, price: Price, qty: Qty) -> Level {
    let (symbol, part) = (symbol("BTC/USD"), LevelPart::More);
    Level { symbol, price, qty, at: secs(1), checksum: None, side, part }
}

pub(crate) fn bid(price_text: &str, qty_text: &str) -> Level {
    level(Side::Buy, price(price_text), qty(qty_text))
}

pub(crate) fn ask(price_text: &str, qty_text: &str) -> Level {
    level(Side::Sell, price(price_text), qty(qty_text))
}

/// Marks levels as one message of the venue.
pub(crate) fn message(mut levels: Vec<Level>, snapshot: bool, checksum: Option<u32>) -> Vec<Level> {
    if let Some(last) = levels.last_mut() {
        (last.part, last.checksum) = (LevelPart::Last, checksum);
    }
    if snapshot && let Some(first) = levels.first_mut() {
        first.part = match first.part {
            LevelPart::Last => LevelPart::SnapshotOnly,
            _ => LevelPart::SnapshotStart,
        };
    }
    levels
}

/// The book as one would write it on a napkin: two maps, a text, and the checksum bit by bit.
#[derive(Clone)]
pub(crate) struct Twin {
    pub(crate) bids: BTreeMap<Price, Qty>,
    pub(crate) asks: BTreeMap<Price, Qty>,
    pub(crate) state: State,
    pub(crate) depth: usize,
    pub(crate) decimals: Option<(u8, u8)>,
}

impl Twin {
    pub(crate) fn new(depth: usize, decimals: Option<(u8, u8)>) -> Self {
        let (bids, asks) = (BTreeMap::new(), BTreeMap::new());
        Self { bids, asks, state: State::Empty, depth, decimals }
    }

    pub(crate) fn apply(&mut self, level: &Level) -> Applied {
        let snapshot = matches!(level.part, LevelPart::SnapshotStart | LevelPart::SnapshotOnly);
        if snapshot {
            self.bids.clear();
            self.asks.clear();
            self.state = State::Partial;
        }
        if matches!(self.state, State::Empty | State::Unsafe(_)) {
            return Applied::Ignored;
        }
        let side = if level.side == Side::Buy { &mut self.bids } else { &mut self.asks };
        if level.qty.is_zero() {
            side.remove(&level.price);
        } else {
            side.insert(level.price, level.qty);
        }
        if side.len() > self.depth + self.depth.max(100) {
            return self.distrust(Why::Bound);
        }
        self.state = State::Partial;
        if matches!(level.part, LevelPart::SnapshotStart | LevelPart::More) {
            return Applied::Partial;
        }
        while self.bids.len() > self.depth {
            self.bids.pop_first();
        }
        while self.asks.len() > self.depth {
            self.asks.pop_last();
        }
        if level.checksum.is_some() && level.checksum != self.checksum() {
            return self.distrust(Why::Checksum);
        }
        let best = (self.bids.keys().next_back(), self.asks.keys().next());
        if let (Some(bid), Some(ask)) = best
            && bid >= ask
        {
            return self.distrust(Why::Crossed);
        }
        self.state = State::Whole;
        Applied::Whole
    }

    fn distrust(&mut self, why: Why) -> Applied {
        self.state = State::Unsafe(why);
        Applied::Unsafe(why)
    }

    pub(crate) fn checksum(&self) -> Option<u32> {
        let (price_decimals, qty_decimals) = self.decimals?;
        let asks = self.asks.iter().take(10);
        let mut text = String::new();
        for (price, qty) in asks.chain(self.bids.iter().rev().take(10)) {
            text += &stripped(&price.to_string(), price_decimals)?;
            text += &stripped(&qty.to_string(), qty_decimals)?;
        }
        Some(crc32(text.as_bytes()))
    }
}

/// Pads a shortest decimal text to the precision, then drops the point and the leading zeros.
fn stripped(text: &str, decimals: u8) -> Option<String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let missing = usize::from(decimals).checked_sub(fraction.len())?;
    let padded = format!("{whole}{fraction}{}", "0".repeat(missing));
    let digits = padded.trim_start_matches('0');
    // A number of more than 128 bits is no amount.
    digits.parse::<u128>().ok()?;
    Some(digits.to_owned())
}

/// CRC-32/ISO-HDLC, one bit at a time.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
