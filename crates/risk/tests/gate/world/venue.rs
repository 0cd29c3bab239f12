//! The venue of the world: what becomes of orders, and when the gate hears of it.

use std::collections::VecDeque;

use contracts::testing::asset;
use contracts::{
    Corr, Event, Fill, IntentSeq, Liquidity, Money, Net, OrderId, OrderSpec, OrderState,
    OrderUpdate, Origin, Ppm, Qty, Rounding, Side, Source, StrategyId, VenueReason, VenueRef,
};

use super::{LOT, World, book};

/// More than this no fill costs, whatever the limits reckon with.
pub(super) const FEE_MAX: i32 = 8_000;

/// An order as it truly stands.
pub(super) struct Order {
    id: OrderId,
    who: StrategyId,
    spec: OrderSpec,
    filled: Qty,
    unknown: bool,
    amends: VecDeque<(u32, OrderSpec)>,
}

impl World {
    /// An approved order comes to the venue.
    pub(crate) fn arrive(&mut self, id: OrderId, who: StrategyId, spec: OrderSpec) {
        let amends = VecDeque::new();
        assert!(!self.shadow.orders.contains_key(&id), "approved twice");
        self.live.push(Order { id, who, spec, filled: Qty::ZERO, unknown: false, amends });
        self.shadow.approved(id, who, None, spec);
    }

    /// An approved change comes to the venue, unless the order has ended there.
    pub(crate) fn arrive_change(&mut self, id: OrderId, number: u32, spec: OrderSpec) {
        if let Some(order) = self.live.iter_mut().find(|order| order.id == id) {
            order.amends.push_back((number, spec));
        }
        let who = self.shadow.orders[&id].who;
        self.shadow.approved(id, who, Some(number), spec);
    }

    fn pick(&mut self) -> Option<usize> {
        let count = self.live.len() as u64;
        (count > 0).then(|| self.dice.below(count) as usize)
    }

    /// A part of an order trades, at its limit or better, with some fee.
    pub(super) fn trade(&mut self) {
        let Some(index) = self.pick() else { return };
        let (spec, filled) = (self.live[index].spec, self.live[index].filled);
        let part = self.lots((spec.qty().saturating_minus(filled).pico() / u128::from(LOT)) as u64);
        // An order without a limit sells at whatever price there is.
        let worst = spec.limit().unwrap_or(self.guide(spec.symbol()));
        let better = match spec.side() {
            Side::Buy => self.near(worst, -50, 0).min(worst),
            Side::Sell => self.near(worst, 0, 50).max(worst),
        };
        let cost = better.cost(part).unwrap();
        let fee = Ppm::new(self.dice.between(0, i64::from(FEE_MAX)) as i32);
        self.execs += 1;
        let order = &mut self.live[index];
        order.filled = filled.plus(part).unwrap();
        let fill = Fill {
            id: order.id,
            exec: VenueRef::numbered(b'T', self.execs),
            symbol: spec.symbol(),
            qty: part,
            price: better,
            fee: cost.at_rate(fee, 12, Rounding::Floor).unwrap(),
            fee_asset: asset("USD"),
            at: self.rig.now,
            side: spec.side(),
            liquidity: Liquidity::Taker,
        };
        let who = order.who;
        book(&mut self.net, &mut self.cash, who, &fill);
        if self.shadow.spot {
            assert!(self.cash[&who] >= Money::ZERO, "{who} spent what it does not have");
            assert!(self.net[&(who, fill.symbol)] >= Net::ZERO, "{who} sold what it does not own");
        }
        self.fills.push_back((who, fill));
        let done = self.live[index].filled == spec.qty();
        self.report(index, if done { OrderState::Filled } else { OrderState::PartiallyFilled });
    }

    pub(super) fn end(&mut self) {
        let Some(index) = self.pick() else { return };
        let state =
            self.one_of(&[OrderState::Cancelled, OrderState::Expired, OrderState::Rejected]);
        self.report(index, state);
    }

    pub(super) fn doubt(&mut self) {
        let Some(index) = self.pick() else { return };
        let order = &mut self.live[index];
        order.unknown = !order.unknown;
        let state = if order.unknown { OrderState::Unknown } else { OrderState::New };
        self.report(index, state);
    }

    /// The venue makes any of the changes that it was asked for, or refuses it.
    pub(super) fn settle(&mut self) {
        let Some(index) = self.pick() else { return };
        let refuses = self.dice.below(3) == 0;
        let which = self.dice.below(4) as usize;
        let order = &mut self.live[index];
        let which = which % order.amends.len().max(1);
        let Some((number, spec)) = order.amends.remove(which) else { return };
        let makes = !refuses && spec.qty() > order.filled;
        if makes {
            order.spec = spec;
        }
        self.report(index, OrderState::New);
        let update = self.updates.back_mut().unwrap();
        update.settles = Some(number);
        update.reason = if makes { VenueReason::None } else { VenueReason::TooLate };
    }

    /// The venue says how an order stands.
    fn report(&mut self, index: usize, state: OrderState) {
        let order = &self.live[index];
        self.updates.push_back(OrderUpdate {
            id: order.id,
            symbol: order.spec.symbol(),
            qty: order.spec.qty(),
            filled: order.filled,
            limit: order.spec.limit(),
            venue_ref: None,
            settles: None,
            state,
            reason: VenueReason::None,
        });
        if state.is_done() {
            self.live.swap_remove(index);
        }
    }

    /// The gate hears some of what has happened.
    pub(super) fn deliver(&mut self) {
        for _ in 0..self.dice.between(1, 4) {
            if self.dice.below(2) == 0 {
                let Some((who, fill)) = self.fills.pop_front() else { continue };
                let corr = Corr::new(who, Origin::Strategy, IntentSeq::new(1));
                for _ in 0..self.dice.between(1, 2) {
                    self.rig.say(Source::ExecutionGateway, Some(corr), Event::Fill(fill));
                }
                self.shadow.turn_day(self.rig.now);
                self.shadow.fill(who, &fill);
                self.hear();
            } else {
                let Some(update) = self.updates.pop_front() else { continue };
                for _ in 0..self.dice.between(1, 2) {
                    self.rig.say(Source::ExecutionGateway, None, Event::Order(update));
                    self.shadow.update(&update);
                }
            }
        }
    }
}
