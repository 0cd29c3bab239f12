//! A gate that skips one rule: for each of them, the judge has to notice.

use contracts::{
    Bps, Event, Instrument, KillReading, MarketStatus, Money, OrderState, Place, Price, Qty,
    SetLimit, Span, SymbolMap, Ts,
};
use kernel::Machine;
use sim::{Desk, Tamper};

use crate::{planted, with};

/// The gate of a desk that was changed.
fn gate(desk: &Desk, change: fn(&mut Desk)) -> Box<dyn Machine> {
    let mut desk = desk.clone();
    change(&mut desk);
    Box::new(desk.gate().unwrap())
}

const fn much() -> Money {
    Money::from_units(1_000_000)
}

fn fiftieth_more(cap: Money) -> Money {
    Money::from_yocto(cap.yocto() / 50 * 51)
}

/// `gate_without!("a name", |desk| change)`.
macro_rules! gate_without {
    ($name:literal, $change:expr) => {
        (concat!("the gate skips: ", $name), |desk, name, machine| match name {
            "gate" => gate(desk, $change),
            _ => machine,
        })
    };
}

/// `gate_told!("a name", |rules| change)`: a gate that is told other rules of each market.
macro_rules! gate_told {
    ($name:literal, $change:expr) => {
        (concat!("the gate skips: ", $name), |_, name, machine| match name {
            "gate" => planted(machine, |m, now, input, out| match input.event {
                Event::Instrument(mut rules) => {
                    let change: fn(&mut Instrument) = $change;
                    change(&mut rules);
                    m.step(now, &with(input, Event::Instrument(rules)), out);
                }
                _ => m.step(now, input, out),
            }),
            _ => machine,
        })
    };
}

fn smallest() -> Qty {
    Qty::from_pico(1).unwrap()
}

pub(crate) const SKIPPED: &[(&str, Tamper)] = &[
    gate_without!("the size of an order", |desk| desk.limits.order_notional_max = much()),
    gate_without!("a fiftieth of the size of an order", |desk| {
        desk.limits.order_notional_max = fiftieth_more(desk.limits.order_notional_max);
    }),
    gate_without!("all of one instrument", |desk| desk.limits.symbol_gross_max = much()),
    gate_without!("all of one strategy", |desk| desk.limits.strategy_gross_max = much()),
    gate_without!("all together", |desk| desk.limits.portfolio_gross_max = much()),
    gate_without!("all in one direction", |desk| desk.limits.portfolio_net_max = much()),
    gate_without!("open orders", |desk| desk.limits.open_orders_max = 2_000),
    gate_without!("orders a minute of one instrument", |desk| {
        desk.limits.symbol_orders_per_minute = 60_000;
    }),
    gate_without!("orders a minute of one strategy", |desk| {
        desk.limits.strategy_orders_per_minute = 60_000;
    }),
    gate_without!("the collar", |desk| desk.limits.collar = Bps::new(9_000)),
    gate_without!("the age of prices", |desk| desk.limits.price_age_max = Span::DAY),
    gate_without!("the loss of a day", |desk| {
        (desk.limits.daily_loss_cap, desk.limits.daily_loss_kill) =
            (much(), Money::from_units(2_000_000));
    }),
    gate_without!("the loss that kills", |desk| desk.limits.daily_loss_kill = much()),
    gate_without!("the fall that kills", |desk| desk.limits.drawdown_kill = much()),
    gate_without!("the quantity of an order", |desk| desk.limits.order_qty_max = SymbolMap::new()),
    gate_without!("the cap on every live order", |desk| desk.limits.live_cap = None),
    gate_without!("a fiftieth of the cap on every live order", |desk| {
        desk.limits.live_cap = desk.limits.live_cap.map(fiftieth_more);
    }),
    gate_without!("what there is to spend and to sell", |desk| desk.spot = false),
    gate_without!("a kill switch nobody can read", |desk| desk.kill.sources.clear()),
    gate_without!("how long an approval may hold", |desk| desk.limits.approval_ttl = Span::DAY),
    ("the gate skips: until when an order is wanted", |_, name, machine| match name {
        "gate" => planted(machine, |m, now, input, out| match input.event {
            Event::Place(place) => {
                let place = Place { expires: Ts::MAX, ..place };
                m.step(now, &with(input, Event::Place(place)), out);
            }
            _ => m.step(now, input, out),
        }),
        _ => machine,
    }),
    ("the gateway has a ceiling below what the gate allows", |desk, name, machine| match name {
        "gateway" => {
            let mut desk = desk.clone();
            let least = Money::from_units(20);
            (desk.limits.order_notional_max, desk.limits.symbol_gross_max) = (least, least);
            Box::new(desk.gateway())
        }
        _ => machine,
    }),
    ("the gateway skips: until when an approval holds", |_, name, machine| match name {
        "gateway" => planted(machine, |m, now, input, out| match input.event {
            Event::Approved(_) | Event::AmendApproved(_) => m.step(input.ts.min(now), input, out),
            _ => m.step(now, input, out),
        }),
        _ => machine,
    }),
    ("the gate skips: whether an operator has signed for a looser limit", |_, name, machine| {
        match name {
            "gate" => planted(machine, |m, now, input, out| match input.event {
                Event::SetLimit(change) => {
                    let change = SetLimit { operator: Some(1), ..change };
                    m.step(now, &with(input, Event::SetLimit(change)), out);
                }
                _ => m.step(now, input, out),
            }),
            _ => machine,
        }
    }),
    ("the gate skips: a limit that is tightened", |_, name, machine| match name {
        "gate" => planted(machine, |m, now, input, out| {
            if !matches!(input.event, Event::SetLimit(_)) {
                m.step(now, input, out);
            }
        }),
        _ => machine,
    }),
    ("the gate skips: orders of unknown fate", |_, name, machine| match name {
        "gate" => planted(machine, |m, now, input, out| {
            if !matches!(input.event, Event::Order(told) if told.state == OrderState::Unknown) {
                m.step(now, input, out);
            }
        }),
        _ => machine,
    }),
    gate_told!("the steps of prices", |rules| rules.tick = Price::MIN),
    gate_told!("the steps of quantities", |rules| rules.lot = smallest()),
    gate_told!("the smallest quantity", |rules| rules.qty_min = smallest()),
    gate_told!("the smallest cost", |rules| rules.cost_min = Money::from_yocto(1)),
    gate_told!("whether a market is open", |rules| rules.status = MarketStatus::Online),
    ("the gate skips: how old a price is when it comes", |_, name, machine| match name {
        "gate" => planted(machine, |m, now, input, out| match input.event {
            Event::Ticker(mut ticker) => {
                ticker.at = now;
                m.step(now, &with(input, Event::Ticker(ticker)), out);
            }
            _ => m.step(now, input, out),
        }),
        _ => machine,
    }),
    ("the gate skips: how well a market is seen", |_, name, machine| match name {
        "gate" => planted(machine, |m, now, input, out| {
            if !matches!(input.event, Event::Feed(_)) {
                m.step(now, input, out);
            }
        }),
        _ => machine,
    }),
    ("the gate skips: whether a strategy is paused", |_, name, machine| match name {
        "gate" => planted(machine, |m, now, input, out| {
            if !matches!(input.event, Event::StrategyControl(_)) {
                m.step(now, input, out);
            }
        }),
        _ => machine,
    }),
    ("the gate skips: the file of the kill switch", |_, name, machine| match name {
        "gate" => planted(machine, |m, now, input, out| match input.event {
            Event::KillPoll(mut poll) => {
                poll.reading = KillReading::Clear;
                m.step(now, &with(input, Event::KillPoll(poll)), out);
            }
            Event::Trip(_) | Event::KillState(_) => {}
            _ => m.step(now, input, out),
        }),
        _ => machine,
    }),
];
