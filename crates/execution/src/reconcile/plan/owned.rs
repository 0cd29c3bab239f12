//! What is owned, after every missed execution: balances and positions.

use std::collections::BTreeSet;

use contracts::{Asset, Fill, Money, Net, OutOfRange, Qty, Side, Symbol};

use super::Plan;
use crate::reconcile::repair::Break;
use crate::reconcile::view::{LocalView, VenueSnapshot};

impl Plan {
    pub(super) fn balances(&mut self, local: &LocalView, venue: &VenueSnapshot) {
        for held in &local.balances {
            let shown = venue.balances.iter().filter(|(asset, _)| *asset == held.asset);
            let shown = sum(shown.map(|(_, amount)| Ok(*amount)));
            let missed = self.missed().map(|fill| effect(fill, held.asset));
            let ours = sum(missed.chain([Ok(held.amount)]));
            let differs = match (ours, shown) {
                (Ok(ours), Ok(shown)) => {
                    shown.minus(ours).map_or(true, |by| by.abs() > held.tolerance)
                }
                // What cannot be counted is a difference.
                _ => true,
            };
            if differs {
                let (asset, tolerance) = (held.asset, held.tolerance);
                let [ours, venue] = [ours, shown].map(|amount| amount.unwrap_or(Money::MAX));
                self.breaks.insert(Break::Balance { asset, ours, venue, tolerance });
            }
        }
    }

    pub(super) fn positions(&mut self, local: &LocalView, venue: &VenueSnapshot) {
        let listed = local.positions.iter().chain(&venue.positions);
        let symbols: BTreeSet<Symbol> = listed.map(|(symbol, _)| *symbol).collect();
        // Spot accounts list no positions on either side.
        for symbol in symbols {
            let of = |fill: &&Fill| fill.symbol == symbol;
            let missed = self.missed().filter(of).map(|fill| Net::of(fill.side, fill.qty));
            let ours = net(positions_in(&local.positions, symbol).chain(missed));
            let shown = net(positions_in(&venue.positions, symbol));
            if ours != shown || ours.is_err() {
                let (ours, venue) = (ours.unwrap_or_default(), shown.unwrap_or_default());
                self.breaks.insert(Break::Position { symbol, ours, venue });
            }
        }
    }
}

fn positions_in(list: &[(Symbol, Net)], symbol: Symbol) -> impl Iterator<Item = Net> {
    list.iter().filter(move |(held, _)| *held == symbol).map(|(_, net)| *net)
}

fn net(mut amounts: impl Iterator<Item = Net>) -> Result<Net, OutOfRange> {
    amounts.try_fold(Net::ZERO, Net::plus)
}

fn sum(amounts: impl IntoIterator<Item = Result<Money, OutOfRange>>) -> Result<Money, OutOfRange> {
    amounts.into_iter().try_fold(Money::ZERO, |sum, amount| sum.plus(amount?))
}

/// What a trade changes in what is owned of an asset.
pub(in crate::reconcile) fn effect(fill: &Fill, asset: Asset) -> Result<Money, OutOfRange> {
    let mut change = Money::ZERO;
    let signed = |amount: Money, gain: bool| if gain { amount } else { -amount };
    let buys = fill.side == Side::Buy;
    if fill.symbol.base() == asset {
        change = change.plus(signed(amount_of(fill.qty)?, buys))?;
    }
    if fill.symbol.quote() == asset {
        change = change.plus(signed(fill.price.cost(fill.qty)?, !buys))?;
    }
    if fill.fee_asset == asset {
        change = change.minus(fill.fee)?;
    }
    Ok(change)
}

/// A quantity of base currency as an amount of it.
fn amount_of(qty: Qty) -> Result<Money, OutOfRange> {
    let yocto =
        i128::try_from(qty.pico()).ok().and_then(|pico| pico.checked_mul(1_000_000_000_000));
    yocto.map(Money::from_yocto).ok_or(OutOfRange)
}
