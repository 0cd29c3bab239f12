//! The world at one moment: what is held, and what it may still become.

use contracts::{Money, Net, OutOfRange, Qty, Side, StrategyId, Symbol, Ts};

use super::books::Books;
use super::orders::Orders;
use super::prices::Prices;

/// What the law looks at.
pub(super) struct Scene<'a> {
    pub(super) now: Ts,
    pub(super) books: &'a Books,
    pub(super) orders: &'a Orders,
    pub(super) prices: &'a Prices,
}

/// What is held, and what is open on either side.
#[derive(Clone, Copy)]
pub(super) struct Stake {
    pub(super) net: Net,
    pub(super) buys: Qty,
    pub(super) sells: Qty,
}

impl Stake {
    fn extremes(&self) -> Result<(Net, Net), OutOfRange> {
        Ok((self.net.plus(self.buys.into())?, self.net.plus(-Net::from(self.sells))?))
    }

    /// The larger of its two extremes.
    fn gross(&self) -> Result<Qty, OutOfRange> {
        let (long, short) = self.extremes()?;
        Ok(long.size().max(short.size()))
    }

    /// Whether everything open on that side can at most bring it to nothing.
    pub(super) fn shrinks_by(&self, side: Side) -> bool {
        let open = match side {
            Side::Buy => self.buys,
            Side::Sell => self.sells,
        };
        // What has traded by now, though nobody knows it yet, moves nothing any more.
        open.is_zero() || (self.net.side() == Some(side.opposite()) && open <= self.net.size())
    }
}

impl Scene<'_> {
    pub(super) fn stake(
        &self,
        symbol: Symbol,
        whose: Option<StrategyId>,
    ) -> Result<Stake, OutOfRange> {
        let is = |owner, traded| traded == symbol && whose.is_none_or(|whose| whose == owner);
        let held = self.books.nets().filter(|((owner, traded), _)| is(*owner, *traded));
        let net = held.map(|(_, net)| net).try_fold(Net::ZERO, Net::plus)?;
        let rests = |side| self.orders.rests(self.now, side, is);
        Ok(Stake { net, buys: rests(Side::Buy)?, sells: rests(Side::Sell)? })
    }

    /// Everything at its larger extreme; nobody is netted against another.
    pub(super) fn gross(
        &self,
        counts: impl Fn(StrategyId, Symbol) -> bool,
    ) -> Result<Money, OutOfRange> {
        let mut sum = Money::ZERO;
        for (symbol, price) in self.prices.values() {
            for (strategy, _) in self.books.start().filter(|(who, _)| counts(*who, symbol)) {
                sum = sum.plus(price.cost(self.stake(symbol, Some(strategy))?.gross()?)?)?;
            }
        }
        Ok(sum)
    }

    /// The most in one direction.
    pub(super) fn net(&self) -> Result<Money, OutOfRange> {
        let (mut up, mut down) = (Money::ZERO, Money::ZERO);
        for (symbol, price) in self.prices.values() {
            let (long, short) = self.stake(symbol, None)?.extremes()?;
            (up, down) = (up.plus(price.value(long)?)?, down.minus(price.value(short)?)?);
        }
        Ok(up.max(down))
    }
}
