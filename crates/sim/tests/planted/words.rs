//! A gateway that tells of orders what is not so.

use contracts::{
    Envelope, Event, Money, Net, OrderState, OrderUpdate, Position, Qty, Report, VenueReason,
};
use kernel::{Machine, Outbox};
use sim::Tamper;

use crate::{Step, planted, sometimes};

/// A gateway that says this beside each fifth report of an order.
fn says_beside(machine: Box<dyn Machine>, name: &str, step: Step) -> Box<dyn Machine> {
    if name == "gateway" { planted(machine, step) } else { machine }
}

fn beside(input: &Envelope, out: &mut Outbox<'_>, word: fn(&Report) -> Option<OrderUpdate>) {
    if let (Event::Report(report), true) = (&input.event, sometimes(input, 5))
        && let Some(word) = word(report)
    {
        out.emit(Event::Order(word));
    }
}

/// What could be said of an order that was just reported on.
fn told(report: &Report, state: OrderState, filled: Qty) -> Option<OrderUpdate> {
    Some(OrderUpdate {
        id: report.id,
        symbol: report.symbol?,
        qty: report.qty,
        filled,
        limit: report.limit,
        venue_ref: report.venue_ref,
        settles: None,
        state,
        reason: VenueReason::None,
    })
}

pub(crate) const BUGS: &[(&str, Tamper)] = &[
    ("the gateway tells an order that is over to live", |_, name, machine| {
        says_beside(machine, name, |m, now, input, out| {
            m.step(now, input, out);
            beside(input, out, |report| {
                report.says.final_state()?;
                told(report, OrderState::PartiallyFilled, report.filled)
            });
        })
    }),
    ("the gateway tells an order that has traded to be new", |_, name, machine| {
        says_beside(machine, name, |m, now, input, out| {
            m.step(now, input, out);
            beside(input, out, |report| {
                let has_traded = !report.filled.is_zero() && report.says.final_state().is_none();
                has_traded.then(|| told(report, OrderState::New, Qty::ZERO))?
            });
        })
    }),
    ("the gateway tells of more than has traded", |_, name, machine| {
        says_beside(machine, name, |m, now, input, out| {
            m.step(now, input, out);
            beside(input, out, |report| {
                let lives = report.says.final_state().is_none();
                lives.then(|| told(report, OrderState::PartiallyFilled, report.qty))?
            });
        })
    }),
    ("the gateway tells another price than the order has", |_, name, machine| {
        says_beside(machine, name, |m, now, input, out| {
            m.step(now, input, out);
            beside(input, out, |report| {
                let limit = report.limit.map(|limit| limit.midpoint(contracts::Price::MIN));
                let told = told(report, OrderState::Unknown, report.filled)?;
                Some(OrderUpdate { limit, ..told })
            });
        })
    }),
    ("the gate tells of a position as if there had been no fee", |_, name, machine| match name {
        "gate" => planted(machine, |m, now, input, out| {
            m.step(now, input, out);
            if let Event::Fill(fill) = input.event {
                let first = Position {
                    symbol: fill.symbol,
                    net: Net::of(fill.side, fill.qty),
                    cost: fill.price.cost(fill.qty).unwrap_or(Money::ZERO),
                    realised: Money::ZERO,
                    fees: Money::ZERO,
                    average: Some(fill.price),
                };
                out.emit(Event::Position(first));
            }
        }),
        _ => machine,
    }),
];
