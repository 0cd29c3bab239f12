//! Stands in for gate, gateway and venue: takes every order, fills it at the last price when that
//! allows it, or when a trade reaches its limit.

use contracts::{
    Amend, Corr, Envelope, Event, Fill, Lifetime, Liquidity, Money, OrderId, OrderSpec, OrderState,
    OrderUpdate, Place, Price, Qty, Side, Source, SymbolMap, TopicKind, Trade, Ts, VenueReason,
    VenueRef,
};
use kernel::{Layout, Machine, Outbox, StateError, Topics, load_state, save_state};
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Till {
    last: SymbolMap<Price>,
    resting: Vec<Resting>,
    executions: u64,
    amends: u32,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Resting {
    corr: Corr,
    id: OrderId,
    spec: OrderSpec,
}

impl Till {
    fn place(&mut self, now: Ts, corr: Corr, place: &Place, out: &mut Outbox<'_>) {
        let order = Resting { corr, id: place.id, spec: place.spec };
        let last = self.last.get(place.spec.symbol()).copied();
        let met = last.filter(|last| reaches(&place.spec, *last));
        match (met, place.spec.lifetime()) {
            (Some(_), Lifetime::PostOnly) => tell(&order, OrderState::Cancelled, out),
            (Some(price), _) => self.fill(now, &order, (price, Liquidity::Taker), out),
            (None, _) if place.spec.limit().is_none() => tell(&order, OrderState::Rejected, out),
            (None, Lifetime::Immediate) => tell(&order, OrderState::Cancelled, out),
            (None, _) => {
                self.resting.push(order);
                tell(&order, OrderState::New, out);
            }
        }
    }

    fn trade(&mut self, now: Ts, trade: &Trade, out: &mut Outbox<'_>) {
        self.last.insert(trade.symbol, trade.price);
        let reached = |order: &&Resting| {
            order.spec.symbol() == trade.symbol && reaches(&order.spec, trade.price)
        };
        let filled: Vec<Resting> = self.resting.iter().filter(reached).copied().collect();
        self.resting.retain(|order| !filled.iter().any(|done| done.id == order.id));
        for order in &filled {
            let price = order.spec.limit().unwrap_or(trade.price);
            self.fill(now, order, (price, Liquidity::Maker), out);
        }
    }

    fn fill(
        &mut self,
        now: Ts,
        order: &Resting,
        (price, liquidity): (Price, Liquidity),
        out: &mut Outbox<'_>,
    ) {
        self.executions += 1;
        let (symbol, side, qty) = (order.spec.symbol(), order.spec.side(), order.spec.qty());
        let fill = Fill {
            id: order.id,
            exec: VenueRef::numbered(b'T', self.executions),
            symbol,
            qty,
            price,
            fee: Money::ZERO,
            fee_asset: symbol.quote(),
            at: now,
            side,
            liquidity,
        };
        out.emit_for(order.corr, Event::Fill(fill));
        tell(order, OrderState::Filled, out);
    }

    fn cancel(&mut self, id: OrderId, out: &mut Outbox<'_>) {
        if let Some(place) = self.resting.iter().position(|order| order.id == id) {
            let order = self.resting.remove(place);
            tell(&order, OrderState::Cancelled, out);
        }
    }

    fn amend(&mut self, amend: &Amend, out: &mut Outbox<'_>) {
        let Some(order) = self.resting.iter_mut().find(|order| order.id == amend.target) else {
            return;
        };
        order.spec = order.spec.amended(amend.qty, amend.limit, amend.trigger).unwrap();
        self.amends += 1;
        let update = OrderUpdate { settles: Some(self.amends), ..update(order, OrderState::New) };
        out.emit_for(order.corr, Event::Order(update));
    }
}

/// Whether an order could trade at that price.
fn reaches(spec: &OrderSpec, price: Price) -> bool {
    spec.limit().is_none_or(|limit| match spec.side() {
        Side::Buy => price <= limit,
        Side::Sell => price >= limit,
    })
}

fn update(order: &Resting, state: OrderState) -> OrderUpdate {
    OrderUpdate {
        id: order.id,
        symbol: order.spec.symbol(),
        qty: order.spec.qty(),
        filled: if state == OrderState::Filled { order.spec.qty() } else { Qty::ZERO },
        limit: order.spec.limit(),
        venue_ref: None,
        settles: None,
        state,
        reason: VenueReason::None,
    }
}

fn tell(order: &Resting, state: OrderState, out: &mut Outbox<'_>) {
    out.emit_for(order.corr, Event::Order(update(order, state)));
}

impl Machine for Till {
    fn source(&self) -> Source {
        Source::ExecutionGateway
    }

    fn interests(&self) -> Topics {
        Topics::of(&[TopicKind::Trades, TopicKind::Ohlcv, TopicKind::Intent])
    }

    fn step(&mut self, now: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        match (&input.event, input.corr) {
            (Event::Place(place), Some(corr)) => self.place(now, corr, place, out),
            (Event::Cancel(cancel), _) => self.cancel(cancel.target, out),
            (Event::Amend(amend), _) => self.amend(amend, out),
            (Event::Trade(trade), _) => self.trade(now, trade, out),
            (Event::Bar(bar), _) => self.last.insert(bar.symbol, bar.close),
            _ => {}
        }
    }

    fn layout(&self) -> Layout {
        Layout::FIRST
    }

    fn save(&self, out: &mut Vec<u8>) {
        save_state(self, out);
    }

    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        *self = load_state(state)?;
        Ok(())
    }
}
