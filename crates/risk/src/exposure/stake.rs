//! A stake: what somebody holds of an instrument, with what the open orders may make of it.

use contracts::{Net, OutOfRange, Price, Qty, Side};
use serde::{Deserialize, Serialize};

use crate::sum::{Part, Sum};

/// One strategy's stake in one instrument, or the account's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stake {
    pub(crate) net: Net,
    /// What open orders may still buy.
    pub(crate) buys: Qty,
    /// What open orders may still sell.
    pub(crate) sells: Qty,
}

impl Stake {
    /// The position if all purchases traded and no sale, and the other way round.
    pub(crate) fn extremes(&self) -> Result<(Net, Net), OutOfRange> {
        Ok((self.net.plus(self.buys.into())?, self.net.plus(-Net::from(self.sells))?))
    }

    /// The larger of the two extremes, in size.
    pub(crate) fn gross(&self) -> Result<Qty, OutOfRange> {
        let (long, short) = self.extremes()?;
        Ok(long.size().max(short.size()))
    }

    /// What open orders on that side may still trade.
    pub(crate) fn open(&self, side: Side) -> Qty {
        match side {
            Side::Buy => self.buys,
            Side::Sell => self.sells,
        }
    }

    /// The same, to change it.
    pub(crate) fn open_mut(&mut self, side: Side) -> &mut Qty {
        match side {
            Side::Buy => &mut self.buys,
            Side::Sell => &mut self.sells,
        }
    }
}

/// The sums over all stakes in one instrument, in its own quantity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Crowd {
    net: Sum,
    buys: Sum,
    sells: Sum,
    gross: Sum,
}

impl Crowd {
    pub(super) const NONE: Self =
        Self { net: Sum::ZERO, buys: Sum::ZERO, sells: Sum::ZERO, gross: Sum::ZERO };

    /// Whether nobody has a stake.
    pub(super) fn is_empty(&self) -> bool {
        self.gross == Sum::ZERO
    }

    /// Puts one state of a stake in the place of another.
    pub(super) fn replace(&mut self, before: &Stake, after: &Stake) {
        self.net.replace(Ok(before.net.pico()), Ok(after.net.pico()));
        self.buys.replace(units(Ok(before.buys)), units(Ok(after.buys)));
        self.sells.replace(units(Ok(before.sells)), units(Ok(after.sells)));
        self.gross.replace(units(before.gross()), units(after.gross()));
    }

    /// All stakes as one: hedges between strategies cancel out.
    pub(super) fn as_stake(&self) -> Result<Stake, OutOfRange> {
        let net = Net::from_pico(self.net.total()?);
        Ok(Stake { net, buys: qty(self.buys)?, sells: qty(self.sells)? })
    }

    /// What all stakes are worth at `price`. Without one, stakes are worth what nobody can tell, and
    /// never nothing.
    pub(super) fn worth(&self, price: Option<Price>) -> Worth {
        if self.is_empty() {
            return Worth::NOTHING;
        }
        let Some(price) = price else { return Worth::UNTOLD };
        let extremes = self.as_stake().and_then(|stake| stake.extremes());
        let at = |position: Result<Net, OutOfRange>| Ok(price.value(position?)?.yocto());
        Worth {
            gross: qty(self.gross).and_then(|gross| Ok(price.cost(gross)?.yocto())),
            up: at(extremes.map(|(long, _)| long)),
            down: at(extremes.map(|(_, short)| short)),
        }
    }
}

/// Stakes in money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Worth {
    /// Each stake at its larger extreme.
    pub(super) gross: Part,
    /// If all purchases traded and no sale.
    pub(super) up: Part,
    /// If all sales traded and no purchase.
    pub(super) down: Part,
}

impl Worth {
    pub(super) const NOTHING: Self = Self { gross: Ok(0), up: Ok(0), down: Ok(0) };
    pub(super) const UNTOLD: Self =
        Self { gross: Err(OutOfRange), up: Err(OutOfRange), down: Err(OutOfRange) };
}

/// The worth of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct WorthSum {
    pub(super) gross: Sum,
    pub(super) up: Sum,
    pub(super) down: Sum,
}

impl WorthSum {
    /// Puts one worth of an instrument in the place of another.
    #[inline]
    pub(super) fn replace(&mut self, before: &Worth, after: &Worth) {
        self.gross.replace(before.gross, after.gross);
        self.up.replace(before.up, after.up);
        self.down.replace(before.down, after.down);
    }
}

fn units(qty: Result<Qty, OutOfRange>) -> Part {
    qty.map(|qty| qty.pico() as i128)
}

fn qty(sum: Sum) -> Result<Qty, OutOfRange> {
    u128::try_from(sum.total()?).ok().and_then(Qty::from_pico).ok_or(OutOfRange)
}
