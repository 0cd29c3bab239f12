//! Which executions have been booked: a fill that is told twice moves nothing the second time.

use std::collections::{BTreeMap, VecDeque};

use contracts::{Corr, Fill, SealKey, VenueRef};
use serde::{Deserialize, Serialize};

/// How many of the latest executions are remembered. A repeat comes within a reconnect, not days later.
const REMEMBERED: usize = 8_192;

/// What is known about a fill before it is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Never, as far as is remembered.
    First,
    /// Before, in the same words.
    Again,
    /// Before, in other words: one of the two is not true.
    Otherwise,
}

/// The latest executions by the venue's id, each with a hash of what was told of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "VecDeque<(VenueRef, u64)>", into = "VecDeque<(VenueRef, u64)>")]
pub struct Executions {
    /// The oldest first.
    order: VecDeque<(VenueRef, u64)>,
    by_id: BTreeMap<VenueRef, u64>,
}

impl Executions {
    /// Looks a fill up and remembers it.
    pub fn note(&mut self, corr: &Corr, fill: &Fill) -> Told {
        let content = content_hash(corr, fill);
        match self.by_id.get(&fill.exec) {
            Some(held) if *held == content => return Told::Again,
            Some(_) => return Told::Otherwise,
            None => {}
        }
        if self.order.len() >= REMEMBERED
            && let Some((oldest, _)) = self.order.pop_front()
        {
            self.by_id.remove(&oldest);
        }
        self.order.push_back((fill.exec, content));
        self.by_id.insert(fill.exec, content);
        Told::First
    }
}

impl From<VecDeque<(VenueRef, u64)>> for Executions {
    fn from(order: VecDeque<(VenueRef, u64)>) -> Self {
        let by_id = order.iter().copied().collect();
        Self { order, by_id }
    }
}

impl From<Executions> for VecDeque<(VenueRef, u64)> {
    fn from(executions: Executions) -> Self {
        executions.order
    }
}

/// A hash over everything that moves the books. When the venue says it happened is not among it: a
/// query may answer with another precision than the stream.
fn content_hash(corr: &Corr, fill: &Fill) -> u64 {
    let Fill { id, exec: _, symbol, qty, price, fee, fee_asset, at: _, side, liquidity: _ } = *fill;
    // Not a secret: this only tells one content from another.
    let key = SealKey::new(*b"fill-content-001");
    let hashed = key
        .begin()
        .bytes(corr.strategy.bytes())
        .wide(id.bits())
        .bytes(symbol.padded())
        .wide(qty.pico())
        .wide(price.pico())
        .wide(fee.yocto().cast_unsigned())
        .bytes(&[side as u8])
        .bytes(fee_asset.as_str().as_bytes());
    hashed.finish().number()
}

#[cfg(test)]
mod tests {
    use contracts::testing::{asset, money, price, qty, strategy, symbol};
    use contracts::{IntentSeq, Liquidity, OrderId, Origin, Side, Ts};

    use super::*;

    fn fill(number: u64) -> Fill {
        Fill {
            id: OrderId::from_bits(1).unwrap(),
            exec: VenueRef::numbered(b'T', number),
            symbol: symbol("BTC/USD"),
            qty: qty("1"),
            price: price("100"),
            fee: money("0.1"),
            fee_asset: asset("USD"),
            at: Ts::ZERO,
            side: Side::Buy,
            liquidity: Liquidity::Taker,
        }
    }

    fn corr(name: &str) -> Corr {
        Corr::new(strategy(name), Origin::Strategy, IntentSeq::new(1))
    }

    #[test]
    fn executions_everything_that_moves_the_books_tells_fills_apart() {
        let (mut executions, told) = (Executions::default(), fill(1));
        assert_eq!(executions.note(&corr("a"), &told), Told::First);
        assert_eq!(executions.note(&corr("a"), &told), Told::Again);
        let later = Fill { at: Ts::MAX, liquidity: Liquidity::Maker, ..told };
        assert_eq!(executions.note(&corr("a"), &later), Told::Again);
        assert_eq!(executions.note(&corr("b"), &told), Told::Otherwise);
        for other in [
            Fill { id: OrderId::from_bits(2).unwrap(), ..told },
            Fill { symbol: symbol("ETH/USD"), ..told },
            Fill { qty: qty("2"), ..told },
            Fill { price: price("101"), ..told },
            Fill { fee: money("-0.1"), ..told },
            Fill { fee_asset: asset("EUR"), ..told },
            Fill { side: Side::Sell, ..told },
        ] {
            assert_eq!(executions.note(&corr("a"), &other), Told::Otherwise, "{other:?}");
        }
    }

    #[test]
    fn executions_the_oldest_is_forgotten_first_and_a_snapshot_remembers() {
        let mut executions = Executions::default();
        for number in 1..=REMEMBERED as u64 {
            assert_eq!(executions.note(&corr("a"), &fill(number)), Told::First);
        }
        assert_eq!(executions.note(&corr("a"), &fill(1)), Told::Again);
        let saved = serde_json::to_string(&executions).unwrap();
        let mut executions: Executions = serde_json::from_str(&saved).unwrap();
        assert_eq!(executions.note(&corr("a"), &fill(9_000)), Told::First);
        assert_eq!(executions.note(&corr("a"), &fill(2)), Told::Again);
        assert_eq!(executions.note(&corr("a"), &fill(1)), Told::First);
        assert_eq!((executions.order.len(), executions.by_id.len()), (REMEMBERED, REMEMBERED));
    }
}
