//! A naive shadow of the gate, over random interleavings of intents, fills, updates and prices: no
//! approval beyond a limit, ever, and no approval of what was approved before.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench for tests")]

use std::collections::BTreeMap;

use contracts::testing::{money, price, qty, strategy};
use contracts::{Approval, Event, Lifetime, Money, Net, OrderId, OrderKind, OrderSpec, OrderState};
use contracts::{Ppm, Price, Qty, Rounding, Side, Span};
use kernel::Seeded;
use risk::Limits;

use crate::rig::{Answer, BTC, Rig};

/// Everything from scratch, each time anew.
#[derive(Default)]
struct Shadow {
    open: BTreeMap<OrderId, Open>,
    net: BTreeMap<&'static str, Net>,
    cash: BTreeMap<&'static str, Money>,
}

struct Open {
    who: &'static str,
    approval: Approval,
    filled: Qty,
    unknown: bool,
}

fn limits() -> Limits {
    let usd = Money::from_units;
    Limits {
        order_notional_max: usd(300),
        symbol_gross_max: usd(900),
        strategy_gross_max: usd(600),
        portfolio_gross_max: usd(1_000),
        portfolio_net_max: usd(800),
        open_orders_max: 8,
        symbol_orders_per_minute: 100_000,
        strategy_orders_per_minute: 100_000,
        daily_loss_cap: usd(1_000_000),
        daily_loss_kill: usd(2_000_000),
        drawdown_kill: usd(2_000_000),
        ..Limits::default()
    }
}

impl Shadow {
    fn gross(&self, who: Option<&str>, mark: Price) -> Money {
        ["a", "b"]
            .into_iter()
            .filter(|name| who.is_none_or(|who| who == *name))
            .map(|name| {
                let net = self.net.get(name).copied().unwrap_or(Net::ZERO);
                let of = |side| self.open_qty(name, side);
                let long = (net + Net::from(of(Side::Buy))).size();
                let short = (net - Net::from(of(Side::Sell))).size();
                mark.cost(long.max(short)).unwrap()
            })
            .sum()
    }

    fn open_qty(&self, name: &str, side: Side) -> Qty {
        let own = self.open.values().filter(|open| open.who == name);
        own.filter(|open| open.approval.spec.side() == side)
            .fold(Qty::ZERO, |sum, open| sum.plus(open.rest()).unwrap())
    }

    fn reserved(&self, name: &str) -> Money {
        let buys = self.open.values().filter(|open| open.who == name);
        buys.filter(|open| open.approval.spec.side() == Side::Buy)
            .map(|open| {
                let cost = open.approval.spec.limit().unwrap().cost(open.rest()).unwrap();
                cost + cost.at_rate(Ppm::new(8_000), 12, Rounding::Ceil).unwrap()
            })
            .sum()
    }
}

impl Open {
    fn rest(&self) -> Qty {
        self.approval.spec.qty().saturating_minus(self.filled)
    }
}

struct Fuzz {
    rig: Rig,
    shadow: Shadow,
    dice: Seeded,
    mark: Price,
    approved: u32,
    refused: u32,
}

impl Fuzz {
    fn step(&mut self) {
        match self.dice.below(10) {
            0..=4 => self.intent(),
            5 => self.move_price(),
            6 | 7 => self.fill(),
            8 => self.end(),
            _ => self.doubt(),
        }
    }

    fn intent(&mut self) {
        let who = if self.dice.below(2) == 0 { "a" } else { "b" };
        let side = if self.dice.below(2) == 0 { Side::Buy } else { Side::Sell };
        let lots = self.dice.below(40_000) + 1;
        let amount = Qty::from_pico(u128::from(lots) * 100_000_000).unwrap();
        let offset = contracts::Bps::new(self.dice.between(-400, 400) as i32);
        let at = self.mark.shifted(offset, Rounding::Floor).unwrap();
        let at = at.round_to(price("0.01"), Rounding::HalfUp).unwrap();
        let (kind, lifetime) = match self.dice.below(4) {
            0 => (OrderKind::Market, Lifetime::UntilCancelled),
            1 => (OrderKind::Limit(at), Lifetime::Immediate),
            _ => (OrderKind::Limit(at), Lifetime::UntilCancelled),
        };
        let symbol = contracts::testing::symbol(BTC);
        let spec = OrderSpec::new(symbol, side, amount, kind, lifetime).unwrap();
        match self.rig.place(who, spec) {
            Answer::Approved(approval) => self.check(who, approval),
            Answer::Refused(..) => self.refused += 1,
            Answer::Cancel => panic!("a cancel came of a place"),
        }
    }

    /// The limits must hold with the new order in.
    fn check(&mut self, who: &'static str, approval: Approval) {
        self.approved += 1;
        let spec = approval.spec;
        let net = self.shadow.net.get(who).copied().unwrap_or(Net::ZERO);
        let claimed = self.shadow.open_qty(who, spec.side()).plus(spec.qty()).unwrap();
        let reducing = spec.side() == Side::Sell && claimed <= net.size();
        let unknown = self.shadow.open.values().any(|open| open.unknown);
        let open = Open { who, approval, filled: Qty::ZERO, unknown: false };
        let held_before = self.shadow.open.len();
        assert!(self.shadow.open.insert(approval.id, open).is_none(), "approved twice");
        if spec.side() == Side::Sell {
            assert!(claimed <= net.size(), "sold what {who} does not have");
        } else {
            let reserved = self.shadow.reserved(who);
            let cash = self.shadow.cash[who];
            assert!(reserved <= cash, "{who} spends {reserved} of {cash}");
        }
        if reducing {
            return;
        }
        let limits = limits();
        let judged = spec.limit().unwrap().min(self.mark.max(price("0.01")));
        let notional = match spec.lifetime() {
            Lifetime::Immediate => judged.cost(spec.qty()).unwrap(),
            _ => spec.limit().unwrap().cost(spec.qty()).unwrap(),
        };
        assert!(notional <= limits.order_notional_max, "order of {notional}");
        assert!(self.shadow.gross(Some(who), self.mark) <= limits.strategy_gross_max);
        let all = self.shadow.gross(None, self.mark);
        assert!(all <= limits.portfolio_gross_max && all <= limits.symbol_gross_max, "{all}");
        assert!(held_before < limits.open_orders_max as usize, "too many open orders");
        assert!(!unknown, "new risk while a fate is unknown");
    }

    fn pick(&mut self) -> Option<OrderId> {
        let open: Vec<OrderId> = self.shadow.open.keys().copied().collect();
        self.dice.pick(&open).copied()
    }

    fn fill(&mut self) {
        let Some(id) = self.pick() else { return };
        let open = self.shadow.open.get_mut(&id).unwrap();
        let (who, approval, rest) = (open.who, open.approval, open.rest());
        let lots = (rest.pico() / 100_000_000) as u64;
        if lots == 0 {
            return;
        }
        let part = Qty::from_pico(u128::from(self.dice.below(lots) + 1) * 100_000_000).unwrap();
        let at = approval.spec.limit().unwrap();
        open.filled = open.filled.plus(part).unwrap();
        let done = open.rest().is_zero();
        let net = self.shadow.net.entry(who).or_default();
        *net += Net::of(approval.spec.side(), part);
        let cost = at.cost(part).unwrap();
        let cash = self.shadow.cash.get_mut(who).unwrap();
        match approval.spec.side() {
            Side::Buy => *cash -= cost,
            Side::Sell => *cash += cost,
        }
        self.rig.fill(who, &approval, &part.to_string(), &at.to_string());
        if done {
            self.shadow.open.remove(&id);
            let filled = approval.spec.qty().to_string();
            self.rig.update(&approval, OrderState::Filled, &filled);
        }
    }

    fn end(&mut self) {
        let Some(id) = self.pick() else { return };
        let open = self.shadow.open.remove(&id).unwrap();
        let filled = open.filled.to_string();
        self.rig.update(&open.approval, OrderState::Cancelled, &filled);
    }

    fn doubt(&mut self) {
        let Some(id) = self.pick() else { return };
        let open = self.shadow.open.get_mut(&id).unwrap();
        open.unknown = !open.unknown;
        let state = if open.unknown { OrderState::Unknown } else { OrderState::New };
        let (approval, filled) = (open.approval, open.filled.to_string());
        self.rig.update(&approval, state, &filled);
    }

    fn move_price(&mut self) {
        let offset = contracts::Bps::new(self.dice.between(-100, 100) as i32);
        let moved = self.mark.shifted(offset, Rounding::Floor).unwrap();
        let moved = moved.max(price("20")).min(price("500"));
        self.mark = moved.round_to(price("0.01"), Rounding::HalfUp).unwrap();
        let text = self.mark.to_string();
        self.rig.price(&text);
    }
}

/// The number of steps; the nightly run asks for more.
fn steps() -> u32 {
    option_env!("NJORD_GATE_STEPS").and_then(|steps| steps.parse().ok()).unwrap_or(40_000)
}

#[test]
fn gate_against_its_shadow_never_exceeds_a_limit() {
    let mut rig = Rig::new(limits());
    rig.heard.clear();
    let mut shadow = Shadow::default();
    shadow.cash.insert("a", money("1000000"));
    shadow.cash.insert("b", money("1000"));
    let dice = Seeded::new(2_026);
    let mut fuzz = Fuzz { rig, shadow, dice, mark: price("100"), approved: 0, refused: 0 };
    for step in 0..steps() {
        fuzz.step();
        fuzz.rig.pass(Span::from_millis(10));
        fuzz.rig.heard.clear();
        if step % 500 == 0 {
            fuzz.move_price();
            fuzz.rig.restart();
        }
        let open = fuzz.rig.gate().open_orders();
        assert_eq!(open, fuzz.shadow.open.len(), "open orders differ at step {step}");
    }
    // Neither side of the gate may go untested.
    assert!(fuzz.approved > 1_000 && fuzz.refused > 1_000, "{} {}", fuzz.approved, fuzz.refused);
    assert!(qty("1") > Qty::ZERO && strategy("a") < strategy("b"));
    let _: fn(&Event) -> &'static str = Event::name;
}
