//! Closing everything: what the kill switch asks for at its highest level.

use contracts::{
    Corr, Instrument, IntentSeq, Label, Lifetime, OrderId, OrderKind, OrderSpec, Origin, Place,
    Price, Qty, Rounding, RunId, Side, Span, StrategyId, Ts,
};
use serde::{Deserialize, Serialize};

/// An order to close is wanted for so long; then another one is asked for.
const WANTED_FOR: Span = Span::from_secs(2);

/// Numbers the closing intents of each strategy. They are ordinary intents and judged like all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Flattener {
    last: Vec<(StrategyId, IntentSeq)>,
    /// No past that is forgotten has given a higher number.
    forgotten: IntentSeq,
}

/// What of a strategy's position is to be closed, and at about what price.
#[derive(Clone, Copy)]
pub(crate) struct Closing<'a> {
    pub(crate) strategy: StrategyId,
    pub(crate) side: Side,
    pub(crate) qty: Qty,
    pub(crate) instrument: &'a Instrument,
    pub(crate) price: Option<Price>,
}

impl Flattener {
    /// The intent that closes this; `None` where the venue takes no order that small.
    pub(crate) fn close(
        &mut self,
        run: RunId,
        now: Ts,
        closing: &Closing<'_>,
    ) -> Option<(Corr, Place)> {
        let Closing { strategy, side, qty, instrument, price } = *closing;
        let qty = qty.round_to(instrument.lot, Rounding::Floor)?;
        let costs_too_little =
            |price: Price| price.cost(qty).is_ok_and(|c| c < instrument.cost_min);
        if qty == Qty::ZERO || qty < instrument.qty_min || price.is_some_and(costs_too_little) {
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
        *last = self.forgotten.max(*last).next();
        *last
    }

    /// Goes on behind that number.
    pub(crate) fn forget(&mut self, reached: IntentSeq) {
        self.forgotten = self.forgotten.max(reached);
    }
}
