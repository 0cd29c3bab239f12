//! Reconciliation: from time to time the gateway's shell asks the venue for everything it shows, and
//! brings the gateway what it has missed. The answer may be late, or never come. What is owned has to be
//! explained by what was told: balances from what the venue showed after a start, positions from nothing.

use std::collections::BTreeMap;

use contracts::{
    Asset, Envelope, Event, Fill, Money, Net, OrderSpec, OutOfRange, Report, Source, Span, Symbol,
    TradeId,
};
use execution::Gateway;
use execution::reconcile::{
    LocalView, Reconciler, Repair, VenueOrder, VenueSnapshot, VenueTrade, Wallet, plan,
};
use kernel::{Record, Sequencer};
use simvenue::SimVenue;

use super::{Action, Happening, World};
use crate::node::Node;

pub(super) const EVERY: Span = Span::from_secs(5);
/// Longer than any report travels.
const ON_THE_WAY_MAX: Span = Span::from_secs(120);

/// What the gateway's shell keeps beside it.
#[derive(Default)]
pub(super) struct Shell {
    reconciler: Reconciler,
    wallet: Wallet,
    /// What was told to have traded of each pair, since ever: it stands in the journal.
    positions: BTreeMap<Symbol, Net>,
    /// What the account owned before anything traded: no position explains that.
    paid_in: BTreeMap<Asset, Money>,
}

impl Shell {
    /// The one beside a gateway to that venue, where nothing has traded yet.
    pub(super) fn new(venue: &Sequencer) -> Self {
        let owned = venue.machine().into_iter().flat_map(SimVenue::balances);
        let paid_in = owned.map(|(asset, balance)| (asset, balance.total)).collect();
        Self { paid_in, ..Self::default() }
    }

    /// The gateway has told of an execution.
    pub(super) fn count(&mut self, fill: &Fill) -> Result<(), OutOfRange> {
        self.wallet.count(fill);
        let held = self.positions.entry(fill.symbol).or_default();
        *held = held.plus(Net::of(fill.side, fill.qty))?;
        Ok(())
    }

    /// The gateway's process has forgotten what it told, and what was settled.
    pub(super) fn forgets(&mut self, records: &[Record]) -> Result<(), OutOfRange> {
        self.reconciler = Reconciler::default();
        for record in records {
            if let Record::Output(Envelope { event: Event::Fill(fill), .. }) = record {
                let held = self.positions.entry(fill.symbol).or_default();
                *held = held.plus(Net::of(fill.side.opposite(), fill.qty))?;
            }
        }
        Ok(())
    }

    /// The gateway's process has started again: what is owned is learned anew.
    pub(super) fn begins(&mut self) {
        self.wallet.begins();
    }

    /// What is believed, beside that snapshot. One from before the last execution that was told says nothing
    /// of positions.
    fn believes(&self, local: LocalView, snapshot: &VenueSnapshot) -> LocalView {
        let shown = || snapshot.positions.clone();
        let told = || self.positions.iter().map(|(symbol, net)| (*symbol, *net)).collect();
        LocalView {
            watermark: self.reconciler.watermark(),
            balances: self.wallet.balances(snapshot.at),
            positions: if self.wallet.is_ahead_of(snapshot.at) { shown() } else { told() },
            ..local
        }
    }
}

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
        let amounts = || venue.balances().map(|(asset, balance)| (asset, balance.total));
        let held = |symbol: Symbol| {
            let (base, total) = amounts().find(|(asset, _)| *asset == symbol.base())?;
            let paid_in = self.shell.paid_in.get(&base).copied().unwrap_or_default();
            let traded = total.minus(paid_in).ok()?;
            // What is owned of an asset is counted in yoctos, a position in picos.
            Some((symbol, Net::from_pico(traded.yocto() / 1_000_000_000_000)))
        };
        Some(VenueSnapshot {
            at: self.now,
            since: venue.shown_since(self.now),
            orders: venue.orders_shown(self.now).filter_map(order).collect(),
            trades: venue.trades_shown().map(trade).collect(),
            balances: amounts().collect(),
            positions: self.feeds.symbols().filter_map(held).collect(),
        })
    }

    /// The answer is there: the gateway is told what it has missed, and everybody what does not fit.
    pub(super) fn reconcile(&mut self, snapshot: &VenueSnapshot) -> Result<(), String> {
        self.show_ahead(snapshot)?;
        let Some(node) = self.nodes.iter().position(Node::talks_to_venue) else { return Ok(()) };
        let Some(gateway) = self.nodes[node].machine::<Gateway>() else { return Ok(()) };
        let local = self.shell.believes(gateway.local_view(), snapshot);
        let repairs = plan(&local, snapshot);
        let facts: Vec<Event> = repairs.iter().filter_map(Repair::event).collect();
        let (recalls, nothing_missed) = (local.recalls, facts.is_empty());
        for event in facts {
            self.give(node, Envelope::input(Source::Venue, self.now, event))?;
        }
        if recalls {
            return Ok(());
        }
        let said = self.shell.reconciler.review(snapshot, &repairs);
        if nothing_missed {
            self.shell.wallet.learn(snapshot, self.shell.reconciler.watermark());
        }
        for event in said {
            if let Event::Trip(_) = event {
                let envelope = Envelope::input(Source::ExecutionGateway, self.now, event);
                self.schedule(self.now, Action::Control(envelope));
            }
        }
        Ok(())
    }
}
