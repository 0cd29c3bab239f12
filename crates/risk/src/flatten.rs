//! Closing everything: what the kill switch asks for at its highest level.

use contracts::{
    Corr, Instrument, IntentSeq, Label, Lifetime, OrderId, OrderKind, OrderSpec, Origin, Place,
    Qty, Rounding, RunId, Span, StrategyId, Ts,
};
use serde::{Deserialize, Serialize};

use crate::exposure::Stake;

/// An order to close is wanted for so long; then another one is asked for.
const WANTED_FOR: Span = Span::from_secs(2);

/// Numbers the closing intents of each strategy. They are ordinary intents and judged like all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Flattener {
    last: Vec<(StrategyId, IntentSeq)>,
}

impl Flattener {
    /// The intent that closes what of a stake no open order closes already; `None` when nothing is
    /// left to close, or less than the venue takes.
    pub(crate) fn close(
        &mut self,
        run: RunId,
        now: Ts,
        (strategy, stake): (StrategyId, Stake),
        instrument: &Instrument,
    ) -> Option<(Corr, Place)> {
        let side = stake.net.side()?.opposite();
        let qty = stake.net.size().saturating_minus(stake.open(side));
        let qty = qty.round_to(instrument.lot, Rounding::Floor)?;
        if qty == Qty::ZERO || qty < instrument.qty_min {
            return None;
        }
        let lifetime = Lifetime::UntilCancelled;
        let spec =
            OrderSpec::new(instrument.symbol, side, qty, OrderKind::Market, lifetime).ok()?;
        let intent = self.next(strategy);
        let corr = Corr::new(strategy, Origin::Flatten, intent);
        let id = OrderId::derive(run, strategy, Origin::Flatten, intent);
        let (spec, expires) = (spec.reduce_only(), now + WANTED_FOR);
        Some((corr, Place { id, spec, expires, why: Label::new("flatten") }))
    }

    fn next(&mut self, strategy: StrategyId) -> IntentSeq {
        let index = match self.last.binary_search_by_key(&strategy, |(held, _)| *held) {
            Ok(index) => index,
            Err(index) => {
                self.last.insert(index, (strategy, IntentSeq::new(0)));
                index
            }
        };
        let last = &mut self.last[index].1;
        *last = last.next();
        *last
    }
}
