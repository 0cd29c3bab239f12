//! Reconciliation: from time to time the gateway's shell asks the venue for everything it shows, and
//! brings the gateway what it has missed. The answer may be late, or never come.

use contracts::{Envelope, Event, Fill, OrderSpec, Report, Source, Span, TradeId};
use execution::Gateway;
use execution::reconcile::{Repair, VenueOrder, VenueSnapshot, VenueTrade, plan};
use simvenue::SimVenue;

use super::{Action, Happening, World};
use crate::node::Node;

pub(super) const EVERY: Span = Span::from_secs(5);
/// Longer than any report travels.
const ON_THE_WAY_MAX: Span = Span::from_secs(120);

impl World {
    /// Asks the venue for all it shows.
    pub(super) fn ask_for_all(&mut self) {
        self.schedule(self.now + EVERY, Action::Reconcile);
        let Some(gateway) = self.nodes.iter().position(Node::talks_to_venue) else { return };
        let lost = self.dice.chance_ppm(self.faults.venue_drop_ppm);
        if lost || self.is_cut(gateway, self.nodes.len()) {
            return;
        }
        let Some(snapshot) = self.statement() else { return };
        let delay = self.delay(self.faults.venue_delay_max);
        self.schedule(self.now + delay, Action::Reconciled(Box::new(snapshot)));
    }

    /// A statement shows trades, and ends of orders, whose reports are still on their way.
    fn show_ahead(&mut self, snapshot: &VenueSnapshot) -> Result<(), String> {
        let on_their_way = |trade: &&VenueTrade| snapshot.at.since(trade.fill.at) < ON_THE_WAY_MAX;
        for trade in snapshot.trades.iter().filter(on_their_way) {
            self.show_event(Event::Executed(trade.fill))?;
        }
        for order in &snapshot.orders {
            let (Some(id), Some((says, reason))) = (order.id, order.end) else { continue };
            if self.ends_shown.insert(id) {
                let VenueOrder { symbol, qty, filled, limit, venue_ref, .. } = *order;
                let (symbol, venue_ref, at) = (Some(symbol), Some(venue_ref), snapshot.at);
                let answers = None;
                let end =
                    Report { id, venue_ref, symbol, qty, filled, limit, at, answers, says, reason };
                self.show_event(Event::Report(end))?;
            }
        }
        Ok(())
    }

    fn show_event(&mut self, event: Event) -> Result<(), String> {
        let shown = Envelope::input(Source::Venue, self.now, event);
        self.tell(Happening::VenueSaid(&shown))
    }

    fn statement(&self) -> Option<VenueSnapshot> {
        let venue: &SimVenue = self.venue.machine()?;
        let order = |(spec, shown): (OrderSpec, Report)| {
            let end = shown.says.final_state().map(|_| (shown.says, shown.reason));
            Some(VenueOrder {
                id: Some(shown.id),
                venue_ref: shown.venue_ref?,
                symbol: spec.symbol(),
                side: spec.side(),
                qty: shown.qty,
                filled: shown.filled,
                limit: shown.limit,
                end,
            })
        };
        let trade = |(number, fill): (u64, &Fill)| {
            let number = TradeId::new(number);
            VenueTrade { number, fill: *fill }
        };
        Some(VenueSnapshot {
            at: self.now,
            since: venue.shown_since(self.now),
            orders: venue.orders_shown(self.now).filter_map(order).collect(),
            trades: venue.trades_shown().map(trade).collect(),
            ..VenueSnapshot::default()
        })
    }

    /// The answer is there: the gateway is told what it has missed, and everybody what does not fit.
    pub(super) fn reconcile(&mut self, snapshot: &VenueSnapshot) -> Result<(), String> {
        self.show_ahead(snapshot)?;
        let Some(node) = self.nodes.iter().position(Node::talks_to_venue) else { return Ok(()) };
        let Some(gateway) = self.nodes[node].machine::<Gateway>() else { return Ok(()) };
        let mut local = gateway.local_view();
        local.watermark = self.reconciler.watermark();
        let repairs = plan(&local, snapshot);
        for event in repairs.iter().filter_map(Repair::event) {
            self.give(node, Envelope::input(Source::Venue, self.now, event))?;
        }
        for event in self.reconciler.review(snapshot, &repairs) {
            if let Event::Trip(_) = event {
                let envelope = Envelope::input(Source::ExecutionGateway, self.now, event);
                self.schedule(self.now, Action::Control(envelope));
            }
        }
        Ok(())
    }
}
