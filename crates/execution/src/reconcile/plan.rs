//! The planner: two views in, repairs out.
//!
//! Facts come first, by order: its missed executions, then where it stands. Breaks come last. The
//! plan is a function of what the views hold, not of the order they hold it in; applied, it plans no
//! fact again.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{
    Asset, Fill, Money, Net, OrderId, OutOfRange, Qty, Report, Says, Side, Symbol, Ts, VenueReason,
    VenueRef,
};

use crate::booked::can_be_of;

use super::repair::{Break, Repair};
use super::view::{LocalFinished, LocalOrder, LocalView, VenueOrder, VenueSnapshot, VenueTrade};

/// What is missing here of what the venue shows, and what does not fit.
pub fn plan(local: &LocalView, venue: &VenueSnapshot) -> Vec<Repair> {
    let mut plan = Plan::default();
    plan.trades(local, venue);
    plan.orders(local, venue);
    plan.balances(local, venue);
    plan.positions(local, venue);
    plan.repairs()
}

#[derive(Default)]
struct Plan {
    facts: BTreeMap<(OrderId, Place), Repair>,
    breaks: BTreeSet<Break>,
}

/// The place of a fact among those about one order: where it stands comes after what it has traded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Executed(VenueRef),
    Stands,
}

impl Plan {
    fn repairs(self) -> Vec<Repair> {
        self.facts.into_values().chain(self.breaks.into_iter().map(Repair::Break)).collect()
    }

    /// The executions that were missed.
    fn missed(&self) -> impl Iterator<Item = &Fill> {
        self.facts.values().filter_map(|repair| match repair {
            Repair::Executed(fill) => Some(fill),
            Repair::Report(_) | Repair::Break(_) => None,
        })
    }

    /// What will be booked of an order once the missed executions are.
    fn booked(&self, id: OrderId, filled: Qty) -> Result<Qty, OutOfRange> {
        let missed = self.missed().filter(|fill| fill.id == id);
        missed.map(|fill| fill.qty).try_fold(filled, Qty::plus)
    }

    fn stands(&mut self, report: Report) {
        self.facts.insert((report.id, Place::Stands), Repair::Report(report));
    }

    // ── trades ───────────────────────────────────────────────────────────────────────────────────

    fn trades(&mut self, local: &LocalView, venue: &VenueSnapshot) {
        let mut shown: BTreeMap<VenueRef, &VenueTrade> = BTreeMap::new();
        for trade in &venue.trades {
            let exec = trade.fill.exec;
            if shown.insert(exec, trade).is_some_and(|other| other != trade) {
                self.breaks.insert(Break::Nonsense { exec });
            }
        }
        for (exec, trade) in shown {
            if !self.breaks.contains(&Break::Nonsense { exec }) {
                self.trade(local, trade);
            }
        }
    }

    fn trade(&mut self, local: &LocalView, trade: &VenueTrade) {
        let fill = &trade.fill;
        if let Some(order) = local.ours(fill.id) {
            // An order of ours is measured by the ids it has booked, never by a watermark: a trade
            // may show up late, even after the end.
            if order.executions.binary_search(&fill.exec).is_ok() {
                return;
            }
            if can_be_of(order.symbol, order.side, fill) {
                let place = (fill.id, Place::Executed(fill.exec));
                self.facts.insert(place, Repair::Executed(*fill));
            } else {
                self.breaks.insert(Break::Nonsense { exec: fill.exec });
            }
        } else if Some(trade.place()) > local.watermark {
            let (exec, symbol) = (fill.exec, fill.symbol);
            self.breaks.insert(Break::ForeignTrade { exec, symbol });
        }
    }

    // ── orders ───────────────────────────────────────────────────────────────────────────────────

    fn orders(&mut self, local: &LocalView, venue: &VenueSnapshot) {
        let mut shown: BTreeMap<OrderId, VenueOrder> = BTreeMap::new();
        for order in &venue.orders {
            let Some(id) = order.id else {
                self.foreign(order);
                continue;
            };
            // Asked for in several questions, an order may be shown twice; its end is the later one.
            let held = shown.entry(id).or_insert(*order);
            if lateness(order) > lateness(held) {
                *held = *order;
            }
        }
        for (id, order) in &shown {
            if let Some(ours) = local.open(*id) {
                self.order(ours, order, local, venue);
            } else if let Some(ours) = local.finished(*id) {
                self.finished(ours, order);
            } else {
                self.foreign(order);
            }
        }
        for ours in local.orders.iter().filter(|ours| !shown.contains_key(&ours.id)) {
            self.not_shown(ours, local, venue);
        }
    }

    fn foreign(&mut self, order: &VenueOrder) {
        if order.end.is_none() {
            let (venue_ref, symbol) = (order.venue_ref, order.symbol);
            self.breaks.insert(Break::ForeignOrder { venue_ref, symbol });
        }
    }

    /// An order that is over learns nothing from where it stands there: what is missing are
    /// executions, and a total that they do not explain is said.
    fn finished(&mut self, ours: &LocalFinished, order: &VenueOrder) {
        let (id, symbol) = (ours.id, order.symbol);
        if order.end.is_none() {
            self.breaks.insert(Break::RevivedOrder { id, symbol });
            return;
        }
        let booked = self.booked(id, ours.filled);
        if booked != Ok(order.filled) {
            let (ours, venue) = (booked.unwrap_or(ours.filled), order.filled);
            self.breaks.insert(Break::Total { id, ours, venue });
        }
    }

    fn order(
        &mut self,
        ours: &LocalOrder,
        order: &VenueOrder,
        local: &LocalView,
        venue: &VenueSnapshot,
    ) {
        let (id, symbol) = (ours.id, order.symbol);
        if ours.ended {
            return;
        }
        if (symbol, order.side) != (ours.spec.symbol(), ours.spec.side()) {
            // Our id on something else: nothing that is said of it is said of our order.
            self.breaks.insert(Break::Terms { id, ours: ours.spec.qty(), venue: order.qty });
            return;
        }
        match order.end.filter(|(says, _)| is_end(*says)) {
            Some((Says::Rejected, _)) if ours.live => {
                self.breaks.insert(Break::MissingOrder { id, symbol });
            }
            Some(end) => self.ended(ours, order, end, venue),
            None => self.open(ours, order, local, venue),
        }
    }

    /// An end that contradicts what has traded is not taken for one.
    fn ended(
        &mut self,
        ours: &LocalOrder,
        order: &VenueOrder,
        end: (Says, VenueReason),
        venue: &VenueSnapshot,
    ) {
        match self.booked(ours.id, ours.filled) {
            Ok(booked) if booked <= order.filled => self.stands(report(ours.id, order, end, venue)),
            booked => {
                let (id, ours, venue) = (ours.id, booked.unwrap_or(ours.filled), order.filled);
                self.breaks.insert(Break::Total { id, ours, venue });
            }
        }
    }

    fn open(
        &mut self,
        ours: &LocalOrder,
        order: &VenueOrder,
        local: &LocalView,
        venue: &VenueSnapshot,
    ) {
        let settles = ours.change_until.is_some_and(|until| venue.at > until);
        if !ours.live || ours.unknown || ours.told_filled < order.filled || settles {
            let working = (Says::Working, VenueReason::None);
            self.stands(report(ours.id, order, working, venue));
        }
        let differs = (order.qty, order.limit) != (ours.spec.qty(), ours.spec.limit());
        if differs && ours.change_until.is_none() && venue.at > ours.deadline + local.grace {
            let (id, ours, venue) = (ours.id, ours.spec.qty(), order.qty);
            self.breaks.insert(Break::Terms { id, ours, venue });
        }
    }

    /// The venue shows nothing of an order. That means something only when the order can no longer
    /// arrive, and when its whole life lies where the venue shows everything.
    fn not_shown(&mut self, ours: &LocalOrder, local: &LocalView, venue: &VenueSnapshot) {
        let (id, symbol) = (ours.id, ours.spec.symbol());
        if ours.ended || venue.at <= ours.deadline + local.grace {
            return;
        }
        if ours.live || self.missed().any(|fill| fill.id == id) {
            self.breaks.insert(Break::MissingOrder { id, symbol });
        } else if venue.since + local.grace <= ours.sent {
            self.stands(never_lived(id, venue.at));
        }
    }

    // ── what is owned ────────────────────────────────────────────────────────────────────────────

    fn balances(&mut self, local: &LocalView, venue: &VenueSnapshot) {
        for held in &local.balances {
            let shown = venue.balances.iter().filter(|(asset, _)| *asset == held.asset);
            let shown = sum(shown.map(|(_, amount)| Ok(*amount)));
            let missed = self.missed().map(|fill| effect(fill, held.asset));
            let ours = sum(missed.chain([Ok(held.amount)]));
            let differs = match (ours, shown) {
                (Ok(ours), Ok(shown)) => {
                    shown.minus(ours).map_or(true, |by| by.abs() > held.tolerance)
                }
                // What cannot be counted is a difference.
                _ => true,
            };
            if differs {
                let (asset, tolerance) = (held.asset, held.tolerance);
                let [ours, venue] = [ours, shown].map(|amount| amount.unwrap_or(Money::MAX));
                self.breaks.insert(Break::Balance { asset, ours, venue, tolerance });
            }
        }
    }

    fn positions(&mut self, local: &LocalView, venue: &VenueSnapshot) {
        let listed = local.positions.iter().chain(&venue.positions);
        let symbols: BTreeSet<Symbol> = listed.map(|(symbol, _)| *symbol).collect();
        // Spot accounts list no positions on either side.
        for symbol in symbols {
            let of = |fill: &&Fill| fill.symbol == symbol;
            let missed = self.missed().filter(of).map(|fill| Net::of(fill.side, fill.qty));
            let ours = net(positions_in(&local.positions, symbol).chain(missed));
            let shown = net(positions_in(&venue.positions, symbol));
            if ours != shown || ours.is_err() {
                let (ours, venue) = (ours.unwrap_or_default(), shown.unwrap_or_default());
                self.breaks.insert(Break::Position { symbol, ours, venue });
            }
        }
    }
}

fn positions_in(list: &[(Symbol, Net)], symbol: Symbol) -> impl Iterator<Item = Net> {
    list.iter().filter(move |(held, _)| *held == symbol).map(|(_, net)| *net)
}

fn net(mut amounts: impl Iterator<Item = Net>) -> Result<Net, OutOfRange> {
    amounts.try_fold(Net::ZERO, Net::plus)
}

/// Of two pictures of one order the later one has the larger: its end, then what has traded. The rest
/// only makes the choice the same whatever the order of the list.
fn lateness(order: &VenueOrder) -> impl Ord + use<> {
    let what = (order.qty, order.limit, order.venue_ref, order.symbol, order.side);
    (order.end.is_some(), order.filled, order.end, what)
}

/// Whether the venue says by it that an order it has had, or has refused, is over.
fn is_end(says: Says) -> bool {
    matches!(says, Says::Cancelled | Says::Expired | Says::Filled | Says::Rejected)
}

fn report(
    id: OrderId,
    order: &VenueOrder,
    (says, reason): (Says, VenueReason),
    venue: &VenueSnapshot,
) -> Report {
    Report {
        id,
        venue_ref: Some(order.venue_ref),
        symbol: Some(order.symbol),
        qty: order.qty,
        filled: order.filled,
        limit: order.limit,
        at: venue.at,
        answers: None,
        says,
        reason,
    }
}

fn never_lived(id: OrderId, at: Ts) -> Report {
    Report {
        id,
        venue_ref: None,
        symbol: None,
        qty: Qty::ZERO,
        filled: Qty::ZERO,
        limit: None,
        at,
        answers: None,
        says: Says::NotFound,
        reason: VenueReason::UnknownOrder,
    }
}

fn sum(amounts: impl IntoIterator<Item = Result<Money, OutOfRange>>) -> Result<Money, OutOfRange> {
    amounts.into_iter().try_fold(Money::ZERO, |sum, amount| sum.plus(amount?))
}

/// What a trade changes in what is owned of an asset.
fn effect(fill: &Fill, asset: Asset) -> Result<Money, OutOfRange> {
    let mut change = Money::ZERO;
    let signed = |amount: Money, gain: bool| if gain { amount } else { -amount };
    let buys = fill.side == Side::Buy;
    if fill.symbol.base() == asset {
        change = change.plus(signed(amount_of(fill.qty)?, buys))?;
    }
    if fill.symbol.quote() == asset {
        change = change.plus(signed(fill.price.cost(fill.qty)?, !buys))?;
    }
    if fill.fee_asset == asset {
        change = change.minus(fill.fee)?;
    }
    Ok(change)
}

/// A quantity of base currency as an amount of it.
fn amount_of(qty: Qty) -> Result<Money, OutOfRange> {
    let yocto =
        i128::try_from(qty.pico()).ok().and_then(|pico| pico.checked_mul(1_000_000_000_000));
    yocto.map(Money::from_yocto).ok_or(OutOfRange)
}
