//! A venue in a sequencer, driven step by step; what it says comes back as short lines.

use contracts::testing::{price, qty, secs, symbol};
use contracts::{
    AmendOrder, ArmDeadMan, CancelAll, CancelOrder, Envelope, Epoch, Event, Feed, FeedState,
    Instrument, Level, LevelPart, Lifetime, MarketStatus, Money, OrderId, OrderKind, OrderSpec,
    Price, QueryOrder, Seal, SealKey, Side, Source, Span, Submit, Symbol, Ticker, Trade, TradeId,
    Ts, seal_request,
};
use kernel::{Collected, Sequencer, Snapshot};
use simvenue::{FeeSchedule, SimVenue, VenueConfig};

pub(crate) const KEY: SealKey = SealKey::new([7; 16]);

pub(crate) fn btc() -> Symbol {
    symbol("BTC/USD")
}

pub(crate) fn id(number: u128) -> OrderId {
    OrderId::from_bits(number).unwrap()
}

/// Without fees, so that the lines show what a test is about.
pub(crate) fn free() -> VenueConfig {
    let fees = FeeSchedule::flat(contracts::Ppm::new(0), contracts::Ppm::new(0));
    VenueConfig { fees, ..VenueConfig::default() }
}

pub(crate) fn limit(text: &str) -> OrderKind {
    OrderKind::Limit(price(text))
}

pub(crate) fn stop(trigger: &str) -> OrderKind {
    OrderKind::Stop { trigger: price(trigger) }
}

pub(crate) fn stop_limit(trigger: &str, limit: &str) -> OrderKind {
    OrderKind::StopLimit { trigger: price(trigger), limit: price(limit) }
}

pub(crate) fn rules(status: MarketStatus) -> Instrument {
    Instrument {
        symbol: btc(),
        tick: price("0.1"),
        lot: qty("0.01"),
        qty_min: qty("0.01"),
        cost_min: Money::ZERO,
        valid_from: Ts::ZERO,
        quote_decimals: 2,
        price_decimals: 1,
        qty_decimals: 8,
        status,
    }
}

pub(crate) fn sealed(request: Event) -> Event {
    request.with_seal(seal_request(&request, &KEY).unwrap_or_default())
}

pub(crate) fn place(
    number: u128,
    side: Side,
    amount: &str,
    kind: OrderKind,
    life: Lifetime,
) -> Submit {
    let spec = OrderSpec::new(btc(), side, qty(amount), kind, life).unwrap();
    Submit { id: id(number), spec, deadline: Ts::MAX, seal: Seal::NONE }
}

pub(crate) struct Rig {
    pub(crate) seq: Sequencer,
    pub(crate) said: Collected,
    pub(crate) now: Ts,
    /// The last order that was sent.
    pub(crate) submitted: Option<(OrderId, OrderSpec)>,
    next: u128,
    amends: u32,
}

impl Rig {
    /// A venue at second 1 that knows BTC/USD: ticks of 0.1, lots of 0.01.
    pub(crate) fn new(config: VenueConfig) -> Self {
        let mut rig = Self::bare(config);
        rig.send(Event::Instrument(rules(MarketStatus::Online)));
        rig
    }

    /// A venue that knows nothing.
    pub(crate) fn bare(config: VenueConfig) -> Self {
        let venue = SimVenue::new(config, KEY);
        let seq = Sequencer::new(Epoch(1), vec![Box::new(venue)]);
        Self { seq, said: Collected::default(), now: secs(1), submitted: None, next: 0, amends: 0 }
    }

    pub(crate) fn venue(&self) -> &SimVenue {
        self.seq.machine().unwrap()
    }

    /// Lets time pass, with all timers on the way.
    pub(crate) fn until(&mut self, at: Ts) -> &mut Self {
        while let Some(due) = self.seq.next_wake().filter(|due| *due <= at) {
            self.seq.wake(due, &mut self.said).unwrap();
        }
        self.now = at;
        self
    }

    pub(crate) fn pass(&mut self, span: Span) -> &mut Self {
        self.until(self.now + span)
    }

    /// Time passes but no timer is served: a process that is late.
    pub(crate) fn skip(&mut self, span: Span) -> &mut Self {
        self.now = self.now + span;
        self
    }

    pub(crate) fn send(&mut self, event: Event) -> &mut Self {
        let source = match event {
            Event::Trade(_) | Event::Ticker(_) | Event::Level(_) => Source::MdIngest,
            _ => Source::ExecutionGateway,
        };
        self.seq.take(self.now, Envelope::input(source, self.now, event), &mut self.said).unwrap();
        self
    }

    pub(crate) fn ask(&mut self, request: Event) -> &mut Self {
        self.send(sealed(request))
    }

    /// Submits the next order (numbered from 1).
    pub(crate) fn order(
        &mut self,
        side: Side,
        amount: &str,
        kind: OrderKind,
        life: Lifetime,
    ) -> u128 {
        self.next += 1;
        let submit = place(self.next, side, amount, kind, life);
        self.submitted = Some((submit.id, submit.spec));
        self.ask(Event::Submit(submit));
        self.next
    }

    pub(crate) fn buy(&mut self, amount: &str, text: &str) -> u128 {
        self.order(Side::Buy, amount, limit(text), Lifetime::UntilCancelled)
    }

    pub(crate) fn sell(&mut self, amount: &str, text: &str) -> u128 {
        self.order(Side::Sell, amount, limit(text), Lifetime::UntilCancelled)
    }

    pub(crate) fn market(&mut self, side: Side, amount: &str) -> u128 {
        self.order(side, amount, OrderKind::Market, Lifetime::Immediate)
    }

    pub(crate) fn cancel(&mut self, number: u128) -> &mut Self {
        self.ask(Event::CancelOrder(CancelOrder { id: id(number), seal: Seal::NONE }))
    }

    pub(crate) fn cancel_all(&mut self) -> &mut Self {
        self.ask(Event::CancelAll(CancelAll { number: 1, seal: Seal::NONE }))
    }

    pub(crate) fn arm(&mut self, timeout: Span) -> &mut Self {
        self.ask(Event::ArmDeadMan(ArmDeadMan { timeout, number: 1, seal: Seal::NONE }))
    }

    pub(crate) fn query(&mut self, number: u128) -> &mut Self {
        self.send(Event::QueryOrder(QueryOrder { id: id(number) }))
    }

    pub(crate) fn amend(
        &mut self,
        number: u128,
        amount: &str,
        new_limit: Option<&str>,
    ) -> &mut Self {
        self.amend_by(number, amount, new_limit, None)
    }

    pub(crate) fn amend_by(
        &mut self,
        number: u128,
        amount: &str,
        limit: Option<&str>,
        trigger: Option<&str>,
    ) -> &mut Self {
        self.amends += 1;
        self.ask(Event::AmendOrder(AmendOrder {
            id: id(number),
            qty: qty(amount),
            limit: limit.map(price),
            trigger: trigger.map(price),
            deadline: Ts::MAX,
            number: self.amends,
            seal: Seal::NONE,
        }))
    }

    pub(crate) fn trade(&mut self, at_price: &str, amount: &str, taker: Side) -> &mut Self {
        self.send(Event::Trade(Trade {
            symbol: btc(),
            price: price(at_price),
            qty: qty(amount),
            id: TradeId::new(1),
            at: self.now,
            taker,
        }))
    }

    /// A ticker of (price, quantity) on both sides; an empty price is none.
    pub(crate) fn ticker(&mut self, bid: (&str, &str), ask: (&str, &str)) -> &mut Self {
        self.send(Event::Ticker(ticker(self.now, bid, ask, None)))
    }

    /// A whole book: (price, quantity) of bids, then of asks.
    pub(crate) fn book(&mut self, bids: &[(&str, &str)], asks: &[(&str, &str)]) -> &mut Self {
        let bids = bids.iter().map(|level| (Side::Buy, level));
        let levels: Vec<_> = bids.chain(asks.iter().map(|level| (Side::Sell, level))).collect();
        let last = levels.len() - 1;
        for (index, (side, (text, amount))) in levels.into_iter().enumerate() {
            let part = match index {
                0 if last == 0 => LevelPart::SnapshotOnly,
                0 => LevelPart::SnapshotStart,
                _ if index == last => LevelPart::Last,
                _ => LevelPart::More,
            };
            self.send(Event::Level(level(self.now, side, (price(text), amount), part)));
        }
        self
    }

    /// One changed level of the book.
    pub(crate) fn level(&mut self, side: Side, text: &str, amount: &str) -> &mut Self {
        let part = LevelPart::Last;
        self.send(Event::Level(level(self.now, side, (price(text), amount), part)))
    }

    pub(crate) fn feed(&mut self, state: FeedState) -> &mut Self {
        self.send(Event::Feed(Feed { symbol: btc(), state }))
    }

    /// What was said since the last look, as lines.
    pub(crate) fn lines(&mut self) -> Vec<String> {
        std::mem::take(&mut self.said.0).iter().map(|envelope| line(&envelope.event)).collect()
    }

    /// Compares what was said since the last look.
    #[track_caller]
    pub(crate) fn says(&mut self, expected: &[&str]) -> &mut Self {
        let lines = self.lines();
        assert_eq!(lines, expected, "at {}", self.now);
        self
    }

    /// Forgets what was said.
    pub(crate) fn hush(&mut self) -> &mut Self {
        self.said.0.clear();
        self
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.seq.snapshot()
    }
}

pub(crate) fn level(at: Ts, side: Side, (price, amount): (Price, &str), part: LevelPart) -> Level {
    Level { symbol: btc(), price, qty: qty(amount), at, checksum: None, side, part }
}

pub(crate) fn ticker(at: Ts, bid: (&str, &str), ask: (&str, &str), last: Option<&str>) -> Ticker {
    let some = |text: &str| (!text.is_empty()).then(|| price(text));
    Ticker {
        symbol: btc(),
        bid: some(bid.0),
        ask: some(ask.0),
        last: last.map(price),
        bid_qty: qty(bid.1),
        ask_qty: qty(ask.1),
        at,
    }
}

/// An event in a line: `#1 Accepted 0/1`, `#1 buy 0.5@100 Taker`, `#1 Cancelled NoLiquidity 0.5/1`.
fn line(event: &Event) -> String {
    match event {
        Event::Executed(fill) => {
            let (number, side) = (fill.id.bits(), fill.side.name());
            let fee = if fill.fee == Money::ZERO {
                String::new()
            } else {
                format!(" fee {} {}", fill.fee, fill.fee_asset)
            };
            format!("#{number} {side} {}@{} {:?}{fee}", fill.qty, fill.price, fill.liquidity)
        }
        Event::Report(report) => {
            let (number, says) = (report.id.bits(), report.says);
            let reason = match report.reason {
                contracts::VenueReason::None => String::new(),
                reason => format!(" {reason:?}"),
            };
            let answers = report.answers.map(|n| format!(" to {n}")).unwrap_or_default();
            format!("#{number} {says:?}{reason} {}/{}{answers}", report.filled, report.qty)
        }
        Event::Alert(alert) => format!("alert {:?}", alert.code),
        other => format!("{other:?}"),
    }
}
