//! What the shadow knows of a market, and what an order would meet there.

use contracts::{
    Bps, Instrument, Mark, OrderKind, OrderSpec, Price, Qty, Rounding, Side, Span, Ts,
};

/// An instrument, with the last mark of it that the gate said.
pub(crate) struct Market {
    pub(crate) instrument: Instrument,
    pub(crate) mark: Option<Mark>,
    /// What a position counts at.
    pub(crate) value: Option<Price>,
}

impl Market {
    pub(crate) fn marked(&mut self, mark: Mark) {
        self.value = match mark {
            Mark { bid: Some(bid), ask: Some(ask), .. } => Some(bid.midpoint(ask)),
            Mark { last: Some(last), .. } => Some(last),
            Mark { bid, ask, .. } => bid.or(ask).or(self.value),
        };
        self.mark = Some(mark);
    }

    pub(crate) fn last(&self) -> Option<Price> {
        self.mark?.last
    }

    /// The first that there is of what stands opposite, what was traded and what waits on the same side.
    fn met(&self, side: Side) -> Option<(Price, Ts)> {
        let Mark { bid, ask, last, quoted, traded, .. } = self.mark?;
        let (near, far) = if side == Side::Buy { (ask, bid) } else { (bid, ask) };
        let all = [(near, quoted), (last, traded), (far, quoted)];
        all.into_iter().find_map(|(price, at)| Some((price?, at)))
    }

    /// The price that an order would meet: of an old book and a younger trade, the trade.
    pub(crate) fn touch(&self, side: Side, now: Ts, age_max: Span) -> Option<Price> {
        let (met, at) = self.met(side)?;
        let old = now.since(at) > age_max;
        let traded = self.mark?.traded;
        Some(self.last().filter(|_| old && traded > at).unwrap_or(met))
    }

    /// How old the oldest price is by which an order is judged.
    pub(crate) fn age(&self, side: Side, now: Ts) -> Option<Span> {
        let Mark { bid, ask, last, quoted, traded, .. } = self.mark?;
        let (_, met) = self.met(side)?;
        let whole = bid.is_some() && ask.is_some();
        let valued = if whole || last.is_none() { quoted } else { traded };
        Some(now.since(met.min(valued)))
    }

    /// The worst price that the collar allows from `from`.
    pub(crate) fn edge(&self, from: Price, side: Side, collar: Bps) -> Price {
        let (bps, rounding) = match side {
            Side::Buy => (collar.get(), Rounding::Floor),
            Side::Sell => (-collar.get(), Rounding::Ceil),
        };
        let shifted = from.shifted(Bps::new(bps), rounding).unwrap();
        shifted.round_to(self.instrument.tick, rounding).unwrap()
    }

    /// From `edge` on towards `touch` the first price at which so much costs enough, if there is one.
    pub(crate) fn enough(&self, edge: Price, touch: Price, qty: Qty) -> Price {
        let Instrument { tick, cost_min, .. } = self.instrument;
        let mut worst = edge;
        while worst <= touch && worst.cost(qty).unwrap() < cost_min {
            worst = worst.plus_ticks(tick, 1).unwrap();
        }
        if worst <= touch { worst } else { edge }
    }
}

/// The same order as one of another kind.
pub(crate) fn as_kind(
    spec: OrderSpec,
    kind: OrderKind,
    lifetime: contracts::Lifetime,
) -> OrderSpec {
    let new = OrderSpec::new(spec.symbol(), spec.side(), spec.qty(), kind, lifetime).unwrap();
    if spec.is_reduce_only() { new.reduce_only() } else { new }
}
