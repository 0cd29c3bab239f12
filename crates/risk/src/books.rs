//! The gate's books: the ledger with what the gate asks of it.

use contracts::{Asset, Fill, Money, Net, Portfolio, Position, Price, StrategyId, Symbol, Ts};
use portfolio::{Holding, Ledger, LedgerFault, Method};
use serde::{Deserialize, Serialize};

/// Positions and cash per strategy, and what the account has brought today.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Books {
    ledger: Ledger,
    currency: Asset,
}

impl Books {
    pub(crate) fn new(currency: Asset, method: Method, cash: &[(StrategyId, Money)]) -> Self {
        let mut ledger = Ledger::new(method);
        for (strategy, amount) in cash {
            // Starting cash was validated with the configuration; one that does not fit is no cash.
            let _ = ledger.deposit(*strategy, currency, *amount);
        }
        Self { ledger, currency }
    }

    /// Books a fill; the position after it.
    pub(crate) fn book(
        &mut self,
        strategy: StrategyId,
        fill: &Fill,
    ) -> Result<Position, LedgerFault> {
        self.ledger.apply(fill, strategy)?;
        let held = self.ledger.holding(strategy, fill.symbol);
        held.map(|holding| holding.as_position(fill.symbol)).ok_or(LedgerFault::TooManySymbols)
    }

    pub(crate) fn mark(&mut self, symbol: Symbol, price: Price) -> Result<(), LedgerFault> {
        self.ledger.mark(symbol, price)
    }

    pub(crate) fn net(&self, strategy: StrategyId, symbol: Symbol) -> Net {
        self.ledger.holding(strategy, symbol).map_or(Net::ZERO, Holding::net)
    }

    pub(crate) fn cash(&self, strategy: StrategyId) -> Money {
        self.ledger.purse(strategy, self.currency).cash()
    }

    /// Starts a new accounting day where `now` is in one.
    pub(crate) fn turn_day(&mut self, now: Ts) {
        self.ledger.roll_day(now);
    }

    /// An operator has looked at the loss and goes on: falls are measured from here.
    pub(crate) fn accept_fall(&mut self) {
        self.ledger.forget_highs();
    }

    pub(crate) fn portfolio(&self) -> Portfolio {
        self.ledger.account(self.currency).as_portfolio()
    }

    /// The change of equity since 00:00 UTC, and the fall from the highest equity.
    pub(crate) fn day_and_drawdown(&self) -> (Money, Money) {
        let account = self.ledger.account(self.currency);
        (account.day_pnl(), account.drawdown())
    }

    pub(crate) fn currency(&self) -> Asset {
        self.currency
    }

    /// The ledger, to look at.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}
