//! What a configuration means in the units of a market: ticks, lots, and parts of a tick. Made once,
//! fixed, and made anew when a saved market is read.

use contracts::{Instrument, Price, Qty};
use kernel::Seeded;

use super::climate::Climate;
use super::config::{MarketError, Streams, SymbolConfig};
use super::draw::{scaled, scaled_signed};
use super::grid::Grid;
use super::mood::MOVE_BITS;

/// The fair price counts parts of a tick: this power of two of them.
pub(super) const FAIR_BITS: u32 = 20;
/// Prices stay below this many ticks.
const TICKS_MAX: u64 = 1 << 40;
/// Quantities asked for stay below this many lots; draws may be thousands of times as large.
const LOTS_MAX: u128 = 1 << 46;
/// Ticks and lots are below this many picos, so that every price and quantity can be written.
const UNIT_MAX: u128 = 1 << 60;
/// One order takes at most so many levels; what it does not get it gives up.
pub(super) const SWEEP_MAX: usize = 8;

/// Everything about one symbol that never changes.
#[derive(Clone, Debug)]
pub(super) struct Law {
    pub(super) instrument: Instrument,
    pub(super) streams: Streams,
    pub(super) climate: Climate,
    pub(super) grid: Grid,
    /// The lowest and the highest fair price.
    fair_min: u64,
    fair_max: u64,
    pub(super) fair_start: u64,
    /// The mean size of an order and the smallest one, in lots.
    pub(super) order: u64,
    pub(super) order_min: u64,
    pub(super) updates_per_order: u64,
    pub(super) levels: usize,
    /// What all symbols have in common is a function of this and the time.
    pub(super) common: u64,
    tick: u64,
    lot: u64,
}

impl Law {
    pub(super) fn new(
        config: &SymbolConfig,
        streams: Streams,
        seed: u64,
    ) -> Result<Self, MarketError> {
        let instrument = config.instrument;
        let tick = instrument.tick.pico();
        let lot = instrument.lot.pico();
        if tick >= UNIT_MAX {
            return Err(config.wrong("instrument.tick", "below a million"));
        }
        if lot == 0 || lot >= UNIT_MAX {
            return Err(config.wrong("instrument.lot", "above zero and below a million"));
        }
        let lots = |qty: Qty, field| {
            let lots = qty.pico() / lot;
            let fits = (1..LOTS_MAX).contains(&lots);
            fits.then_some(lots as u64).ok_or_else(|| config.wrong(field, "1 to 2^46 lots"))
        };
        let depth = lots(config.level_qty, "level_qty")?;
        let (start, ticks_min) = start_ticks(config)?;
        let root = Seeded::new(seed);
        let own = root.fork(instrument.symbol.as_str());
        let gap = u64::from(config.level_gap_ticks);
        Ok(Self {
            instrument,
            streams,
            climate: Climate::new(config, depth)?,
            grid: Grid::new(gap, own.fork("grid").next_u64()),
            fair_min: ticks_min << FAIR_BITS,
            fair_max: TICKS_MAX << FAIR_BITS,
            fair_start: start << FAIR_BITS,
            order: lots(config.order_qty, "order_qty")?,
            order_min: lots(instrument.qty_min, "instrument.qty_min")?,
            updates_per_order: config.updates_per_order.into(),
            levels: config.levels.into(),
            common: root.fork("common").next_u64(),
            tick: tick as u64,
            lot: lot as u64,
        })
    }

    /// The price of so many ticks.
    pub(super) fn price(&self, ticks: u64) -> Price {
        // Never nothing and always in range: ticks start at one and end at 2^41, a tick at 2^60 picos.
        Price::from_pico(u128::from(ticks) * u128::from(self.tick)).unwrap_or(Price::MIN)
    }

    /// The quantity of so many lots.
    pub(super) fn qty(&self, lots: u64) -> Qty {
        // Always in range: lots end at 2^62, a lot at 2^60 picos.
        Qty::from_pico(u128::from(lots) * u128::from(self.lot)).unwrap_or(Qty::ZERO)
    }

    /// The fair price after a relative move in units of 2^-48, within its bounds.
    pub(super) fn moved(&self, fair: u64, by: i64) -> u64 {
        let by = scaled_signed(fair, by, MOVE_BITS);
        fair.saturating_add_signed(by).clamp(self.fair_min, self.fair_max)
    }

    /// Whether a saved fair price is one that can be reached.
    pub(super) fn reaches(&self, fair: u64) -> bool {
        (self.fair_min..=self.fair_max).contains(&fair)
    }

    /// Whether a level can stand at `tick`.
    pub(super) fn shows(tick: u64) -> bool {
        (1..4 * TICKS_MAX).contains(&tick)
    }

    /// The best bid and ask around a fair price, in ticks: the mean spread in units of 2^-16 becomes
    /// a whole number by `dither`, which is uniform below 2^16.
    pub(super) fn touch(fair: u64, spread: u64, dither: u64) -> (u64, u64) {
        let widest = (fair >> FAIR_BITS) / 8;
        let width = ((spread + dither) >> 16).clamp(1, widest);
        let bid = (fair + (1 << (FAIR_BITS - 1)) - (width << (FAIR_BITS - 1))) >> FAIR_BITS;
        (bid, bid + width)
    }

    /// How much a level holds for an order that meets it: a quarter of the mean to seven quarters.
    pub(super) fn capacity(depth: u64, share: u64) -> u64 {
        scaled(depth, (1 << 14) + share + (share >> 1), 16).max(1)
    }
}

/// The start in ticks and the lowest price: there must be room below it for all levels.
fn start_ticks(config: &SymbolConfig) -> Result<(u64, u64), MarketError> {
    let gap = u64::from(config.level_gap_ticks);
    let ticks_min = 2 * (u64::from(config.levels) + 8) * gap + 64;
    let start = config.start_price.pico() / config.instrument.tick.pico();
    if start < u128::from(4 * ticks_min) || start >= u128::from(TICKS_MAX / 4) {
        let allowed = "far enough above zero for all levels, and below 2^38 ticks";
        return Err(config.wrong("start_price", allowed));
    }
    if u128::from(config.spread_ticks) > start / 100 {
        return Err(config.wrong("spread_ticks", "at most a hundredth of the price"));
    }
    Ok((start as u64, ticks_min))
}
