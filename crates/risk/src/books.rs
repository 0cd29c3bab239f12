//! The gate's books: the ledger with what the gate asks of it.

use contracts::{
    Asset, Fill, Money, Net, OutOfRange, Portfolio, Position, Ppm, Price, Rounding, StrategyId,
    Symbol, Ts,
};
use portfolio::{Holding, Ledger, LedgerFault, Method};
use serde::{Deserialize, Serialize};

/// Positions and cash per strategy, and what the account has brought today.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Books {
    ledger: Ledger,
    currency: Asset,
    side: SideFees,
    /// The loss of today that an operator has looked at.
    #[serde(default, skip_serializing_if = "is_nothing")]
    accepted: Money,
}

/// What the limits on losses look at; none is below zero but that of a day that brought something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Losses {
    /// Of equity, since 00:00 UTC.
    pub(crate) day: Money,
    /// The same, but for what an operator has accepted.
    pub(crate) unaccepted: Money,
    /// The fall from the highest equity.
    pub(crate) drawdown: Money,
}

/// Fees in currencies of neither side of their pair, at what they are worth: the ledger keeps each in
/// its own currency, where it moves no loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct SideFees {
    total: Money,
    today: Money,
    /// The highest equity less such fees, once there were any.
    high: Option<Money>,
}

/// How the worth of a fee was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FeeWorth {
    /// It is in a currency that the ledger counts in, or has a price.
    Known,
    /// It has no price, and counts as the highest fee there can be.
    Supposed,
}

impl Books {
    pub(crate) fn new(
        currency: Asset,
        method: Method,
        cash: &[(StrategyId, Money)],
        pool: Option<Money>,
    ) -> Self {
        let (ledger, side) = (Ledger::new(method), SideFees::default());
        let mut books = Self { ledger, currency, side, accepted: Money::ZERO };
        books.pay_in_new(cash, pool);
        books
    }

    /// Pays in what strategies start with that have nothing yet; the others keep what they made of theirs.
    pub(crate) fn pay_in_new(&mut self, cash: &[(StrategyId, Money)], pool: Option<Money>) {
        for (strategy, share) in cash {
            // Starting cash was validated with the configuration; one that does not fit is no cash.
            let _ = self.ledger.endow(*strategy, self.currency, *share, pool);
        }
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

    /// Counts the fee of a booked fill where the ledger counts it in a currency of its own.
    pub(crate) fn book_side_fee(
        &mut self,
        fill: &Fill,
        fee_max: Ppm,
    ) -> Result<FeeWorth, OutOfRange> {
        let sides = [fill.symbol.base(), fill.symbol.quote(), self.currency];
        if fill.fee == Money::ZERO || sides.contains(&fill.fee_asset) {
            return Ok(FeeWorth::Known);
        }
        let (worth, how) = match self.price_of(fill.fee_asset) {
            Some(price) => (worth_at(fill.fee, price)?, FeeWorth::Known),
            // A rebate that nobody can value is no profit.
            None if fill.fee < Money::ZERO => (Money::ZERO, FeeWorth::Supposed),
            None => {
                let cost = fill.price.cost(fill.qty)?;
                (cost.at_rate(fee_max, 12, Rounding::Ceil)?, FeeWorth::Supposed)
            }
        };
        let high = self.side.high.unwrap_or(self.ledger.account(self.currency).high_water());
        self.side = SideFees {
            total: self.side.total.plus(worth)?,
            today: self.side.today.plus(worth)?,
            high: Some(high),
        };
        Ok(how)
    }

    fn price_of(&self, asset: Asset) -> Option<Price> {
        let pair = format!("{}/{}", asset.as_str(), self.currency.as_str());
        self.ledger.last_mark(Symbol::new(&pair).ok()?)
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
        if self.ledger.roll_day(now) {
            (self.side.today, self.accepted) = (Money::ZERO, Money::ZERO);
        }
    }

    /// An operator has looked at the loss and goes on: falls are measured from here.
    pub(crate) fn accept_fall(&mut self) {
        self.ledger.forget_highs();
        self.side.high = self.side.high.map(|_| self.equity());
    }

    pub(crate) fn portfolio(&self) -> Portfolio {
        self.ledger.account(self.currency).as_portfolio()
    }

    /// The same for the loss of today.
    pub(crate) fn accept_day(&mut self) {
        self.accepted = self.losses().day;
    }

    #[inline]
    pub(crate) fn losses(&self) -> Losses {
        let account = self.ledger.account(self.currency);
        let brought = less(account.day_pnl(), self.side.today);
        // A loss beyond all numbers is one.
        let loss = |from: Money, to: Money| from.minus(to).unwrap_or(Money::MAX);
        let day = loss(Money::ZERO, brought);
        let high = self.side.high.map(|high| less(high, self.equity()));
        let drawdown = high.map_or(account.drawdown(), |fall| fall.max(Money::ZERO));
        Losses { day, unaccepted: loss(day, self.accepted), drawdown }
    }

    /// Remembers the highest equity where the ledger cannot. What has been won back of an accepted loss is
    /// accepted no more.
    pub(crate) fn watch(&mut self) {
        if self.accepted > Money::ZERO {
            self.accepted = self.accepted.min(self.losses().day).max(Money::ZERO);
        }
        if let Some(high) = self.side.high {
            self.side.high = Some(high.max(self.equity()));
        }
    }

    /// Equity less the fees that the ledger counts elsewhere.
    fn equity(&self) -> Money {
        less(self.ledger.account(self.currency).equity(), self.side.total)
    }

    pub(crate) fn currency(&self) -> Asset {
        self.currency
    }

    /// The ledger, to look at.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

fn is_nothing(amount: &Money) -> bool {
    *amount == Money::ZERO
}

/// What an amount of another currency is worth, its last digits rounded up.
fn worth_at(amount: Money, price: Price) -> Result<Money, OutOfRange> {
    const YOCTO_PER_PICO: i128 = 1_000_000_000_000;
    let (whole, rest) =
        (amount.yocto().div_euclid(YOCTO_PER_PICO), amount.yocto().rem_euclid(YOCTO_PER_PICO));
    price.value(Net::from_pico(whole + i128::from(rest > 0)))
}

/// The difference, or as little as can be said: a loss beyond all numbers is a loss.
fn less(amount: Money, taken: Money) -> Money {
    amount.minus(taken).unwrap_or(Money::from_yocto(i128::MIN))
}
