//! A gate that skips one rule: for each of them, the judge has to notice.

use contracts::{Bps, Event, KillReading, Money, OrderState, Span};
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

/// `gate_without!("a name", |desk| change)`.
macro_rules! gate_without {
    ($name:literal, $change:expr) => {
        (concat!("the gate skips: ", $name), |desk, name, machine| match name {
            "gate" => gate(desk, $change),
            _ => machine,
        })
    };
}

pub(crate) const SKIPPED: &[(&str, Tamper)] = &[
    gate_without!("the size of an order", |desk| desk.limits.order_notional_max = much()),
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
    gate_without!("what there is to spend and to sell", |desk| desk.spot = false),
    gate_without!("a kill switch nobody can read", |desk| desk.kill_sources.clear()),
    ("the gate skips: orders of unknown fate", |_, name, machine| match name {
        "gate" => planted(machine, |m, now, input, out| {
            if !matches!(input.event, Event::Order(told) if told.state == OrderState::Unknown) {
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
