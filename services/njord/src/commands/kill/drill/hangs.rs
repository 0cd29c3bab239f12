//! A strategy that never comes back, for the drill of the kill switch alone: no other run of this program
//! knows its class, so nobody has it in a roster by accident.

use std::time::Duration;

use contracts::{Label, Span, Trade};
use runtime::Stop;
use strategy::{Cx, Invalid, Setup, Strategy, params};

params! {
    /// What hanging takes.
    pub(crate) struct Config {
        /// How long after the first trade that it hears.
        after: Span = "8s", in "1s"..="10m";
    }
}

/// Hears a trade, waits for its moment, and hangs.
pub(crate) struct Hangs {
    config: Config,
    waits: bool,
}

impl Strategy for Hangs {
    const NAME: &'static str = "hangs";
    const ABOUT: &'static str = "never comes back; for the drill of the kill switch";

    type Config = Config;
    type State = bool;

    fn on_start(config: Config, setup: &mut Setup) -> Result<Self, Invalid> {
        setup.trades().warm_up(0);
        Ok(Self { config, waits: false })
    }

    fn on_trade(&mut self, _trade: &Trade, cx: &mut Cx<'_>) {
        if !std::mem::replace(&mut self.waits, true) {
            cx.timer("hang", cx.now() + self.config.after);
        }
    }

    fn on_timer(&mut self, _name: Label, _cx: &mut Cx<'_>) {
        let nobody_says_stop = Stop::default();
        loop {
            nobody_says_stop.wait(Duration::from_hours(1));
        }
    }

    fn state(&self) -> &bool {
        &self.waits
    }

    fn restore(&mut self, waits: bool) -> Result<(), Invalid> {
        self.waits = waits;
        Ok(())
    }
}
