//! Buys what has fallen too far and has begun to turn, and leaves on the mirror image.
//!
//! Three indicators must agree: the relative strength is low, the close is below its lower band, and
//! the triple exponential average already rises. With the usual lengths, which are the defaults, they hardly ever do: an
//! average of nine rises only once the close is back inside its bands. A shorter one, or narrower bands, trade.

use contracts::{Bar, Money, Price, Symbol, SymbolMap, Timeframe};
use indicators::bridge::Approx;
use indicators::{Bollinger, Indicator, Rsi, Tema};
use serde::{Deserialize, Serialize};
use strategy::{Cx, Invalid, PerSymbol, Setup, Strategy, ensure, params};

use crate::period;

params! {
    /// What the return from an extreme takes.
    pub struct Config {
        /// The length of the bars.
        bars: Timeframe = "5m";
        /// Periods of the relative strength.
        rsi: u32 = 14, in 2..=500;
        /// Below this it is low.
        oversold: f64 = 30.0, in 0..=100;
        /// Above this it is high.
        overbought: f64 = 70.0, in 0..=100;
        /// Periods of the triple average; one as long as nine seldom turns before the close is back in its bands.
        tema: u32 = 9, in 2..=500;
        /// Periods of the bands.
        bands: u32 = 20, in 2..=500;
        /// Their distance from the middle, in standard deviations.
        width: f64 = 2.0, in 0.1..=10.0;
        /// What each purchase may cost.
        stake: Money = "250";
    }
}

/// The indicators of one symbol.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lines {
    rsi: Rsi,
    tema: Tema,
    bands: Bollinger,
    /// The triple average before.
    #[serde(with = "indicators::exact_float::option")]
    before: Option<f64>,
}

/// Which extreme all three agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Up,
    Down,
}

impl Lines {
    fn push(&mut self, close: Price, config: &Config) -> Option<Turn> {
        let close = close.approx();
        let (rsi, bands) = (self.rsi.push(close), self.bands.push(close));
        let tema = self.tema.push(close);
        let before = std::mem::replace(&mut self.before, tema);
        let (rsi, bands, tema, before) = (rsi?, bands?, tema?, before?);
        if rsi < config.oversold && close < bands.lower && tema > before {
            Some(Turn::Up)
        } else if rsi > config.overbought && close > bands.upper && tema < before {
            Some(Turn::Down)
        } else {
            None
        }
    }
}

/// The return from an extreme; its settings say how.
pub struct RsiTemaBb {
    config: Config,
    lines: PerSymbol<Lines>,
}

impl RsiTemaBb {
    fn closed(&mut self, symbol: Symbol, close: Price, cx: &mut Cx<'_>) {
        match self.lines.of(symbol).push(close, &self.config) {
            Some(Turn::Up) if cx.is_flat(symbol) => {
                cx.buy(symbol, self.config.stake).send("oversold turn");
            }
            Some(Turn::Down) if !cx.is_flat(symbol) => {
                cx.close(symbol).send("overbought turn");
            }
            _ => {}
        }
    }
}

impl Strategy for RsiTemaBb {
    const NAME: &'static str = "rsi_tema_bb";
    const ABOUT: &'static str = "buys below the lower band once the average turns up, and mirrored";

    type Config = Config;
    type State = SymbolMap<Lines>;

    fn on_start(config: Config, setup: &mut Setup) -> Result<Self, Invalid> {
        ensure!(config.oversold < config.overbought, "oversold must be below overbought");
        let bands = Bollinger::new(period("bands", config.bands)?, config.width);
        let lines = Lines {
            rsi: Rsi::new(period("rsi", config.rsi)?),
            tema: Tema::new(period("tema", config.tema)?),
            bands: bands.map_err(|wrong| Invalid::new(wrong.to_string()).at("width"))?,
            before: None,
        };
        let needs = [lines.rsi.warm_up(), lines.tema.warm_up() + 1, lines.bands.warm_up()];
        setup.bars(config.bars).warm_up(needs.into_iter().max().unwrap_or_default());
        let lines = setup.per_symbol(move |_| lines.clone());
        Ok(Self { config, lines })
    }

    fn on_bar(&mut self, bar: &Bar, cx: &mut Cx<'_>) {
        self.closed(bar.symbol, bar.close, cx);
    }

    fn state(&self) -> &Self::State {
        self.lines.states()
    }

    fn restore(&mut self, state: Self::State) -> Result<(), Invalid> {
        self.lines.restore(state);
        Ok(())
    }
}
