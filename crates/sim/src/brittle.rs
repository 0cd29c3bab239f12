//! A strategy that trades for a while and then breaks its contract, with orders open: it panics in the
//! middle of asking for another one.

use contracts::{Bps, Money, Rounding, Trade};
use serde::{Deserialize, Serialize};
use strategy::{Cx, Invalid, Setup, Strategy, params};

/// It asks for something each time it has heard so many trades.
const EVERY: u32 = 4;

params! {
    /// What the brittle one takes.
    pub(crate) struct Config {
        /// After how many trades it breaks.
        breaks_after: u32 = 100, in 1..=100_000;
        /// What each purchase may cost.
        stake: Money = "40";
    }
}

/// How much it has heard.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Heard {
    trades: u32,
}

/// The strategy.
pub(crate) struct Brittle {
    config: Config,
    heard: Heard,
}

impl Strategy for Brittle {
    const NAME: &'static str = "brittle";
    const ABOUT: &'static str = "trades for a while, then panics with orders open";

    type Config = Config;
    type State = Heard;

    fn on_start(config: Config, setup: &mut Setup) -> Result<Self, Invalid> {
        setup.trades();
        Ok(Self { config, heard: Heard::default() })
    }

    fn on_trade(&mut self, trade: &Trade, cx: &mut Cx<'_>) {
        self.heard.trades += 1;
        let (symbol, turn) = (trade.symbol, self.heard.trades / EVERY);
        if self.heard.trades.is_multiple_of(EVERY) {
            let resting = trade.price.shifted(Bps::new(-40), Rounding::Floor);
            match resting.filter(|_| turn.is_multiple_of(2)) {
                Some(price) => cx.buy(symbol, self.config.stake).limit(price).send("it waits"),
                None if cx.position(symbol).is_flat() => {
                    cx.buy(symbol, self.config.stake).stop(Bps::new(15)).send("it takes")
                }
                None => cx.close(symbol).send("it leaves"),
            };
        }
        if self.heard.trades >= self.config.breaks_after {
            // Like a panic, but without a word about it on the screen.
            std::panic::resume_unwind(Box::new("it breaks"));
        }
    }

    fn state(&self) -> &Heard {
        &self.heard
    }

    fn restore(&mut self, state: Heard) -> Result<(), Invalid> {
        self.heard = state;
        Ok(())
    }
}
