//! A board and somebody who tells it things by hand.

use std::collections::BTreeMap;

use board::{About, Board, BoardConfig};
use contracts::testing::{asset, money, price, qty, secs, strategy, symbol};
use contracts::{
    Approval, Corr, Envelope, Epoch, Event, Fill, IntentSeq, Lifetime, Liquidity, Mark, Money,
    OrderAccepted, OrderId, OrderKind, OrderSpec, OrderState, OrderUpdate, Origin, Place, Report,
    RunId, Says, Seal, Seq, Side, Source, StrategyId, Ts, VenueReason, VenueRef,
};

pub(crate) fn config() -> BoardConfig {
    BoardConfig {
        about: About {
            mode: "paper".to_owned(),
            session: RunId::new(7),
            build: "test".to_owned(),
            started: secs(0),
            settings: String::new(),
            drill: None,
            mirror: None,
        },
        currency: asset("USD"),
        roster: vec![strategy("ema_cross")],
        cash: vec![(strategy("ema_cross"), money("1000"))],
        daily_loss_cap: Some(money("50")),
        daily_loss_kill: Some(money("100")),
        limits_at: BTreeMap::from([(
            contracts::LimitKey::OrderNotionalMax,
            "config/paper.toml:41:1".to_owned(),
        )]),
    }
}

/// A board with a teller beside it, who numbers what is said as a process does.
pub(crate) struct Desk {
    pub(crate) board: Board,
    pub(crate) now: Ts,
    seqs: BTreeMap<(Source, contracts::TopicKind), u64>,
    execs: u64,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::of(Board::from_first(config()))
    }

    pub(crate) fn of(board: Board) -> Self {
        Self { board, now: secs(100), seqs: BTreeMap::new(), execs: 0 }
    }

    /// Somebody says something, and the board hears it. Gives it back as it was said.
    pub(crate) fn say(&mut self, src: Source, corr: Option<Corr>, event: Event) -> Envelope {
        let seq = self.seqs.entry((src, event.topic().kind())).or_default();
        *seq += 1;
        let mut said = Envelope::input(src, self.now, event);
        (said.epoch, said.seq, said.corr) = (Epoch(1), Seq::new(*seq), corr);
        self.board.hear(&said);
        said
    }

    /// An order as it comes to life: asked for, approved, taken, at the venue.
    pub(crate) fn lives(&mut self, number: u64, origin: Origin, spec: OrderSpec) -> OrderId {
        let corr = corr_of(origin, number);
        let id = id_of(origin, number);
        let place = Place { id, spec, expires: Ts::MAX, why: contracts::Label::new("cross up") };
        self.say(Source::StrategyEngine, Some(corr), Event::Place(place));
        let approval = Approval {
            id,
            spec,
            valid_until: Ts::MAX,
            seal: Seal::NONE,
            number: number as u32,
            limits: 1,
        };
        self.say(Source::RiskEngine, Some(corr), Event::Approved(approval));
        let accepted = OrderAccepted { id, spec };
        self.say(Source::ExecutionGateway, Some(corr), Event::Accepted(accepted));
        self.reports(id, Says::Accepted);
        self.moves((number, origin), spec, OrderState::New, "0");
        id
    }

    /// The gateway says where an order stands.
    pub(crate) fn moves(
        &mut self,
        (number, origin): (u64, Origin),
        spec: OrderSpec,
        state: OrderState,
        filled: &str,
    ) {
        let update = OrderUpdate {
            id: id_of(origin, number),
            symbol: spec.symbol(),
            qty: spec.qty(),
            filled: qty(filled),
            limit: spec.limit(),
            venue_ref: Some(VenueRef::numbered(b'V', number)),
            settles: None,
            state,
            reason: VenueReason::None,
        };
        self.say(Source::ExecutionGateway, Some(corr_of(origin, number)), Event::Order(update));
    }

    /// The venue reports of an order.
    pub(crate) fn reports(&mut self, id: OrderId, says: Says) -> Envelope {
        let report = Report {
            id,
            venue_ref: None,
            symbol: None,
            qty: qty("1"),
            filled: qty("0"),
            limit: None,
            at: self.now,
            answers: None,
            says,
            reason: VenueReason::None,
        };
        self.say(Source::Venue, None, Event::Report(report))
    }

    /// The venue tells of an execution; the gateway and the gate have not spoken of it yet.
    pub(crate) fn executes(&mut self, id: OrderId, side: Side, amount: &str, at: &str) -> Fill {
        self.execs += 1;
        let fill = Fill {
            id,
            exec: VenueRef::numbered(b'E', self.execs),
            symbol: symbol("BTC/USD"),
            qty: qty(amount),
            price: price(at),
            fee: Money::from_units(1),
            fee_asset: asset("USD"),
            at: self.now,
            side,
            liquidity: Liquidity::Taker,
        };
        self.say(Source::Venue, None, Event::Executed(fill));
        fill
    }

    /// The gateway tells of a fill.
    pub(crate) fn fills(&mut self, number: u64, fill: Fill) -> Envelope {
        let corr = corr_of(Origin::Strategy, number);
        self.say(Source::ExecutionGateway, Some(corr), Event::Fill(fill))
    }

    /// A price that everybody sees.
    pub(crate) fn marks(&mut self, at: &str) {
        let mark = Mark {
            symbol: symbol("BTC/USD"),
            bid: Some(price(at)),
            ask: Some(price(at)),
            last: None,
            seen: self.now,
            quoted: self.now,
            traded: Ts::ZERO,
            state: contracts::FeedState::Live,
        };
        self.say(Source::RiskEngine, None, Event::Mark(mark));
    }
}

pub(crate) fn ema() -> StrategyId {
    strategy("ema_cross")
}

pub(crate) fn corr_of(origin: Origin, number: u64) -> Corr {
    Corr::new(ema(), origin, IntentSeq::new(number))
}

pub(crate) fn id_of(origin: Origin, number: u64) -> OrderId {
    OrderId::derive(RunId::new(7), ema(), origin, IntentSeq::new(number))
}

pub(crate) fn limit(side: Side, amount: &str, at: &str) -> OrderSpec {
    let (kind, lifetime) = (OrderKind::Limit(price(at)), Lifetime::UntilCancelled);
    OrderSpec::new(symbol("BTC/USD"), side, qty(amount), kind, lifetime).unwrap()
}

pub(crate) fn stop(side: Side, amount: &str, trigger: &str) -> OrderSpec {
    let (kind, lifetime) = (OrderKind::Stop { trigger: price(trigger) }, Lifetime::UntilCancelled);
    OrderSpec::new(symbol("BTC/USD"), side, qty(amount), kind, lifetime).unwrap().reduce_only()
}
