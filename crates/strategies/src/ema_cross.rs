//! Buys when a fast average of the price rises above a slow one, and leaves when it falls below.

use contracts::{Bar, Bps, Money, Price, Symbol, SymbolMap, Trade};
use indicators::bridge::Approx;
use indicators::{Cross, CrossDetector, Ema, Indicator, Period};
use serde::{Deserialize, Serialize};
use strategy::{Cx, Invalid, PerSymbol, Pulse, Setup, Strategy, ensure, params};

use crate::period;

params! {
    /// What the cross of two averages takes.
    pub struct Config {
        /// What moves the averages: `trades`, or bars of that length.
        pulse: Pulse = "5m";
        /// Periods of the fast average.
        fast: u32 = 12, in 1..=500;
        /// Periods of the slow average.
        slow: u32 = 26, in 2..=2000;
        /// What each purchase may cost.
        stake: Money = "250";
        /// How far the price may fall below the entry before the position is closed; 0 is no stop.
        stop: Bps = 250, in 0..=5000;
    }
}

/// The two averages of one symbol, and which of them was above.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lines {
    fast: Ema,
    slow: Ema,
    cross: CrossDetector,
}

impl Lines {
    fn new(fast: Period, slow: Period) -> Self {
        Self { fast: Ema::new(fast), slow: Ema::new(slow), cross: CrossDetector::new() }
    }

    #[inline]
    fn push(&mut self, price: Price) -> Option<Cross> {
        let price = price.approx();
        let (fast, slow) = (self.fast.push(price), self.slow.push(price));
        self.cross.push((fast?, slow?))
    }
}

/// The cross of two averages; its settings say how.
pub struct EmaCross {
    config: Config,
    lines: PerSymbol<Lines>,
}

impl EmaCross {
    #[inline]
    fn price(&mut self, symbol: Symbol, price: Price, cx: &mut Cx<'_>) {
        match self.lines.of(symbol).push(price) {
            Some(Cross::Up) if cx.is_flat(symbol) => {
                cx.buy(symbol, self.config.stake).stop(self.config.stop).send("cross up");
            }
            Some(Cross::Down) if !cx.is_flat(symbol) => {
                cx.close(symbol).send("cross down");
            }
            _ => {}
        }
    }
}

impl Strategy for EmaCross {
    const NAME: &'static str = "ema_cross";
    const ABOUT: &'static str = "buys when a fast average rises above a slow one, leaves below";

    type Config = Config;
    type State = SymbolMap<Lines>;

    fn on_start(config: Config, setup: &mut Setup) -> Result<Self, Invalid> {
        ensure!(config.fast < config.slow, "fast must be below slow");
        let (fast, slow) = (period("fast", config.fast)?, period("slow", config.slow)?);
        setup.pulse(config.pulse).warm_up(config.slow);
        let lines = setup.per_symbol(move |_| Lines::new(fast, slow));
        Ok(Self { config, lines })
    }

    fn on_bar(&mut self, bar: &Bar, cx: &mut Cx<'_>) {
        self.price(bar.symbol, bar.close, cx);
    }

    #[inline]
    fn on_trade(&mut self, trade: &Trade, cx: &mut Cx<'_>) {
        self.price(trade.symbol, trade.price, cx);
    }

    fn state(&self) -> &Self::State {
        self.lines.states()
    }

    fn restore(&mut self, state: Self::State) -> Result<(), Invalid> {
        self.lines.restore(state);
        Ok(())
    }
}
