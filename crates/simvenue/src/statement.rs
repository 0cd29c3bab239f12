//! What the account shows of itself when it is asked: its orders, its trades, what it owns, and since when
//! the lists hold everything.
//!
//! A statement is drawn up when the question comes and is told at once: it may show trades, and ends of
//! orders, whose reports are still on their way.

use contracts::{
    AskStatement, Event, Fill, OrderSpec, Report, Says, Statement, StatementBalance,
    StatementOrder, Ts, VenueReason,
};
use kernel::Outbox;

use crate::orders::{Order, Stage};
use crate::venue::SimVenue;

impl SimVenue {
    /// The orders that were taken and are remembered, each with its terms and where it stands: open ones
    /// as working, the others with their end.
    pub fn orders_shown(&self, now: Ts) -> impl Iterator<Item = (OrderSpec, Report)> {
        let known = self.desk.orders.known().filter(|order| order.number > 0);
        known.map(move |order| {
            let (says, reason) = stands(order);
            (order.spec, order.report(now, says, reason))
        })
    }

    /// The trades that are remembered, each with its number.
    pub fn trades_shown(&self) -> impl Iterator<Item = (u64, &Fill)> {
        self.desk.executions.numbered()
    }

    /// Since when nothing is missing in what is shown.
    pub fn shown_since(&self, now: Ts) -> Ts {
        let forgot = self.desk.orders.has_forgotten() || self.desk.executions.has_forgotten();
        if forgot { now } else { Ts::ZERO }
    }

    /// Answers with everything that was asked for; the bounds of what is remembered are those of the answer.
    pub(crate) fn show_account(&self, now: Ts, ask: &AskStatement, out: &mut Outbox<'_>) {
        let lines = |each: &mut dyn FnMut(Event)| {
            let open_or_recent = |order: &&Order| {
                order.is_open() || order.ended_at.is_some_and(|at| at >= ask.since)
            };
            let taken = self.desk.orders.known().filter(|order| order.number > 0);
            taken.filter(open_or_recent).filter_map(|order| line(order, now)).for_each(&mut *each);
            let trades = self.desk.executions.numbered();
            let recent = trades.filter(|(_, fill)| fill.at >= ask.since);
            recent.for_each(|(_, fill)| each(Event::StatementTrade(*fill)));
            for (asset, balance) in self.desk.account.balances() {
                let amount = balance.total;
                each(Event::StatementBalance(StatementBalance { asset, amount }));
            }
        };
        let mut count = 0_u32;
        lines(&mut |_| count += 1);
        let since = ask.since.max(self.shown_since(now));
        let head = Statement { number: ask.number, at: now, since, lines: count };
        out.emit_alone(Event::Statement(head));
        lines(&mut |event| out.emit_alone(event));
    }
}

/// Where an order stands, in the venue's word.
fn stands(order: &Order) -> (Says, VenueReason) {
    match order.stage {
        Stage::Waiting | Stage::Live => (Says::Working, VenueReason::None),
        Stage::Ended(says, reason) => (says, reason),
    }
}

fn line(order: &Order, now: Ts) -> Option<Event> {
    let (says, reason) = stands(order);
    let shown = order.report(now, says, reason);
    Some(Event::StatementOrder(StatementOrder {
        id: Some(shown.id),
        venue_ref: shown.venue_ref?,
        symbol: order.spec.symbol(),
        side: order.spec.side(),
        qty: shown.qty,
        filled: shown.filled,
        limit: shown.limit,
        end: says.final_state().map(|_| says),
        reason,
    }))
}
