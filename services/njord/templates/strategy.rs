//! Buys when the price closes above its average, and leaves when it closes below. A beginning: put your own
//! idea in its place.

use njord::contracts::{Bar, Bps, Money, SymbolMap, Timeframe};
use njord::indicators::bridge::Approx as _;
use njord::indicators::{Ema, Indicator as _, Period};
use njord::strategy::{Cx, Invalid, PerSymbol, Setup, Strategy, params};

params! {
    /// What it takes: every parameter with its default, its range, and what it is for.
    pub struct Config {
        /// The length of a bar.
        bar: Timeframe = "5m";
        /// How many bars the average reaches over.
        periods: u32 = 20, in 2..=500;
        /// What each purchase may cost.
        stake: Money = "100";
        /// How far the price may fall below the entry before the position is closed; 0 is no stop.
        stop: Bps = 200, in 0..=5000;
    }
}

/// The strategy.
pub struct ExampleName {
    config: Config,
    averages: PerSymbol<Ema>,
}

impl Strategy for ExampleName {
    const NAME: &'static str = "example_name";
    const ABOUT: &'static str = "buys when the price closes above its average, leaves below";

    type Config = Config;
    /// What survives a restart.
    type State = SymbolMap<Ema>;

    fn on_start(config: Config, setup: &mut Setup) -> Result<Self, Invalid> {
        let periods = Period::new(config.periods)
            .map_err(|why| Invalid::new(why.to_string()).at("periods"))?;
        // Until it has heard so many bars, what it asks for is not sent.
        setup.bars(config.bar).warm_up(config.periods);
        let averages = setup.per_symbol(move |_| Ema::new(periods));
        Ok(Self { config, averages })
    }

    fn on_bar(&mut self, bar: &Bar, cx: &mut Cx<'_>) {
        // A signal may be a float; an amount never is.
        let close = bar.close.approx();
        let Some(average) = self.averages.of(bar.symbol).push(close) else { return };
        if close > average && cx.is_flat(bar.symbol) {
            cx.buy(bar.symbol, self.config.stake).stop(self.config.stop).send("above");
        } else if close < average && !cx.is_flat(bar.symbol) {
            cx.close(bar.symbol).send("below");
        }
    }

    fn state(&self) -> &Self::State {
        self.averages.states()
    }

    fn restore(&mut self, state: Self::State) -> Result<(), Invalid> {
        self.averages.restore(state);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use njord::contracts::testing::{price, strategy, symbol};
    use njord::strategy::Instance;
    use njord::strategy::testing::Bench;
    use serde_json::{Value, json};

    use super::*;

    fn instance(params: &Value) -> Result<Instance, Invalid> {
        Instance::of::<ExampleName>(strategy("mine"), &[symbol("BTC/USD")], params)
    }

    /// How many intents it says after each of these closes; an order and its stop are two.
    fn intents_after(closes: &[&str]) -> Vec<usize> {
        let params = json!({ "bar": "1m", "periods": 2, "stake": "1000" });
        let mut bench = Bench::new(vec![instance(&params).unwrap()]);
        let after = |close: &&str| {
            bench.bar(symbol("BTC/USD"), Timeframe::M1, price(close));
            bench.intents().len()
        };
        closes.iter().map(after).collect()
    }

    #[test]
    fn example_name_buys_above_its_average_and_leaves_below() {
        assert_eq!(intents_after(&["100", "99", "98"]), [0, 0, 0], "below, and it has nothing");
        assert_eq!(intents_after(&["100", "100", "101", "102"]), [0, 0, 2, 0], "it buys once");
        let sold = intents_after(&["100", "100", "101", "90"]);
        assert!(sold[3] > 0, "it leaves: {sold:?}");
    }

    #[test]
    fn example_name_refuses_what_makes_no_sense() {
        let refused = instance(&json!({ "periods": 1 })).unwrap_err();
        assert!(refused.to_string().contains("below 2"), "{refused}");
    }
}
