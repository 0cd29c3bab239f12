//! A strategy that never comes back, for the drill of the kill switch alone: no other run of this program
//! knows its class, so nobody has it in a roster by accident.

use std::time::Duration;

use contracts::{Bps, Label, Money, OrderState, OrderUpdate, Rounding, Span, Trade};
use runtime::Stop;
use strategy::{Cx, Invalid, Setup, Strategy, params};

params! {
    /// What hanging takes.
    pub(crate) struct Config {
        /// What its order is worth.
        stake: Money = "40";
        /// How far below the market its order rests, in basis points.
        away: Bps = 200, in 1..=9_999;
    }
}

/// Has an order rest where nobody trades, and hangs soon after it does: however slow the machine is, there is
/// something to cancel.
pub(crate) struct Hangs(Config);

impl Strategy for Hangs {
    const NAME: &'static str = "hangs";
    const ABOUT: &'static str = "never comes back; for the drill of the kill switch";

    type Config = Config;
    type State = ();

    fn on_start(config: Config, setup: &mut Setup) -> Result<Self, Invalid> {
        setup.trades().warm_up(0);
        Ok(Self(config))
    }

    fn on_trade(&mut self, trade: &Trade, cx: &mut Cx<'_>) {
        let below = trade.price.shifted(Bps::new(-self.0.away.get()), Rounding::Floor);
        if let (true, Some(below)) = (cx.open_orders().is_empty(), below) {
            cx.buy(trade.symbol, self.0.stake).limit(below).post_only().send("rests");
        }
    }

    fn on_order(&mut self, update: &OrderUpdate, cx: &mut Cx<'_>) {
        // Not at once: what this very turn says is told to others when it is over.
        if update.state == OrderState::New {
            cx.timer("hang", cx.now() + Span::SECOND);
        }
    }

    fn on_timer(&mut self, _name: Label, _cx: &mut Cx<'_>) {
        let nobody_says_stop = Stop::default();
        loop {
            nobody_says_stop.wait(Duration::from_hours(1));
        }
    }

    fn state(&self) -> &() {
        &()
    }

    fn restore(&mut self, (): ()) -> Result<(), Invalid> {
        Ok(())
    }
}
