//! A statement comes as a head and so many lines; here they become one picture again.
//!
//! A head that comes before the last line of another one replaces it: whoever had lost lines asks anew.

use contracts::{Event, Fill, Statement, StatementOrder, TradeId, VenueReason};
use execution::reconcile::{VenueOrder, VenueSnapshot, VenueTrade};

/// A statement of more lines is none: it is not gathered, and not compared.
pub(super) const LINES_MAX: u32 = 32_768;

/// The statement that is being told.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    /// What has come of it, and how many lines are missing.
    open: Option<(VenueSnapshot, u32)>,
    whole: Option<VenueSnapshot>,
}

impl Gathering {
    /// Hears a head or a line.
    pub(super) fn hear(&mut self, event: &Event) {
        if let Event::Statement(head) = event {
            return self.begin(head);
        }
        let Some((statement, missing)) = &mut self.open else { return };
        match event {
            Event::StatementOrder(order) => statement.orders.push(shown(order)),
            Event::StatementTrade(fill) => {
                let number = place(&statement.trades, fill);
                statement.trades.push(VenueTrade { number, fill: *fill });
            }
            Event::StatementBalance(line) => statement.balances.push((line.asset, line.amount)),
            _ => return,
        }
        *missing -= 1;
        self.ends();
    }

    fn begin(&mut self, head: &Statement) {
        let Statement { at, since, lines, .. } = *head;
        let statement = VenueSnapshot { at, since, ..VenueSnapshot::default() };
        self.open = (lines <= LINES_MAX).then_some((statement, lines));
        self.ends();
    }

    fn ends(&mut self) {
        if let Some((statement, _)) = self.open.take_if(|(_, missing)| *missing == 0) {
            self.whole = Some(statement);
        }
    }

    /// The statement that is whole, once.
    pub(super) fn whole(&mut self) -> Option<VenueSnapshot> {
        self.whole.take()
    }
}

/// The place of a trade among those of its moment, which stand in the venue's order.
fn place(before: &[VenueTrade], fill: &Fill) -> TradeId {
    let last = before.last().filter(|trade| trade.fill.at == fill.at);
    TradeId::new(last.map_or(0, |trade| trade.number.get() + 1))
}

fn shown(order: &StatementOrder) -> VenueOrder {
    let StatementOrder { id, venue_ref, symbol, side, qty, filled, limit, end, reason } = *order;
    let end: Option<(_, VenueReason)> = end.map(|says| (says, reason));
    VenueOrder { id, venue_ref, symbol, side, qty, filled, limit, end }
}

#[cfg(test)]
mod tests {
    use contracts::testing::{asset, money, secs};
    use contracts::{StatementBalance, Ts};

    use super::*;

    fn head(lines: u32) -> Event {
        Event::Statement(Statement { number: 1, at: secs(9), since: Ts::ZERO, lines })
    }

    fn line(amount: &str) -> Event {
        let (asset, amount) = (asset("USD"), money(amount));
        Event::StatementBalance(StatementBalance { asset, amount })
    }

    fn check(events: &[Event], whole: Option<&[&str]>) {
        let mut gathering = Gathering::default();
        for event in events {
            gathering.hear(event);
        }
        let amounts = gathering.whole().map(|statement| {
            statement.balances.iter().map(|(_, amount)| *amount).collect::<Vec<_>>()
        });
        let expected = whole.map(|amounts| amounts.iter().map(|text| money(text)).collect());
        assert_eq!(amounts, expected);
        assert!(gathering.whole().is_none(), "it is given once");
    }

    #[test]
    fn gathering_gives_a_statement_only_with_its_last_line() {
        check(&[head(0)], Some(&[]));
        check(&[head(2), line("1")], None);
        check(&[head(2), line("1"), line("2")], Some(&["1", "2"]));
        // Lines without a head, and lines beyond the last, belong to nothing.
        check(&[line("1"), head(1), line("2"), line("3")], Some(&["2"]));
    }

    #[test]
    fn gathering_drops_what_was_not_finished_and_what_is_too_long() {
        check(&[head(3), line("1"), head(1), line("2")], Some(&["2"]));
        check(&[head(LINES_MAX + 1), line("1")], None);
    }
}
