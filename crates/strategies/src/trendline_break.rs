//! Buys when the price breaks out above its own trend, and leaves when it breaks below.
//!
//! The trend is the straight line of least squares through the last closes, drawn one step further.
//! The close in hand is judged against the line of those before it, and is part of the next line.

use contracts::{Bar, Bps, Price, Qty, Side, Symbol, SymbolMap, Timeframe};
use indicators::bridge::Approx;
use indicators::{Indicator, Trendline};
use serde::{Deserialize, Serialize};
use strategy::{Cx, Invalid, PerSymbol, Setup, Strategy, params};

use crate::period;

params! {
    /// What the break of a trend takes.
    pub struct Config {
        /// The length of the bars.
        bars: Timeframe = "1m";
        /// How many closes the line is drawn through; it begins with three.
        lookback: u32 = 20, in 3..=1000;
        /// How far from the line a close is a break.
        threshold: Bps = 200, in 1..=5000;
        /// How much is bought.
        qty: Qty = "1";
    }
}

/// The trend of one symbol.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trend {
    line: Trendline,
    /// What the line says of the next close.
    #[serde(with = "indicators::exact_float::option")]
    next: Option<f64>,
}

impl Trend {
    /// Whether that close breaks out of what the line said of it, and to which side.
    fn push(&mut self, close: Price, threshold: Bps) -> Option<Side> {
        let close = close.approx();
        let said = std::mem::replace(&mut self.next, self.line.push(close))?;
        let share = f64::from(threshold.get()) / 10_000.0;
        if said > 0.0 && close > said * (1.0 + share) {
            Some(Side::Buy)
        } else if close < said * (1.0 - share) {
            Some(Side::Sell)
        } else {
            None
        }
    }
}

/// The break of a trend; its settings say how.
pub struct TrendlineBreak {
    config: Config,
    trends: PerSymbol<Trend>,
}

impl TrendlineBreak {
    fn closed(&mut self, symbol: Symbol, close: Price, cx: &mut Cx<'_>) {
        match self.trends.of(symbol).push(close, self.config.threshold) {
            Some(Side::Buy) if cx.is_flat(symbol) => {
                cx.buy(symbol, self.config.qty).send("break up");
            }
            Some(Side::Sell) if !cx.is_flat(symbol) => {
                cx.close(symbol).send("break down");
            }
            _ => {}
        }
    }
}

impl Strategy for TrendlineBreak {
    const NAME: &'static str = "trendline_break";
    const ABOUT: &'static str = "buys when a close breaks above its trend, leaves on a break below";

    type Config = Config;
    type State = SymbolMap<Trend>;

    fn on_start(config: Config, setup: &mut Setup) -> Result<Self, Invalid> {
        let line = Trendline::new(period("lookback", config.lookback)?);
        let line = line.map_err(|wrong| Invalid::new(wrong.to_string()).at("lookback"))?;
        setup.bars(config.bars).warm_up(Trendline::POINTS_MIN);
        let trends = setup.per_symbol(move |_| Trend { line: line.clone(), next: None });
        Ok(Self { config, trends })
    }

    fn on_bar(&mut self, bar: &Bar, cx: &mut Cx<'_>) {
        self.closed(bar.symbol, bar.close, cx);
    }

    fn state(&self) -> &Self::State {
        self.trends.states()
    }

    fn restore(&mut self, state: Self::State) -> Result<(), Invalid> {
        self.trends.restore(state);
        Ok(())
    }
}
