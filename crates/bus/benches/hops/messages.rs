//! What is said on each topic, as long as it is in earnest.

use contracts::testing::{money, net, price, qty, secs, strategy, symbol};
use contracts::{
    Alert, AlertCode, Approval, Bar, Cause, Corr, Envelope, Epoch, Event, Feed, FeedState, Fill,
    IntentSeq, KillLevel, KillState, KillTrigger, Label, Level, LevelPart, Lifetime, LimitKey,
    LimitOutcome, LimitState, LimitValue, Liquidity, Mark, OrderAccepted, OrderId, OrderKind,
    OrderSpec, OrderState, OrderUpdate, Origin, Place, Report, Says, Seal, Seq, Side, Signal,
    Source, StrategyControl, StrategyRun, Submit, Ticker, Timeframe, Topic, TopicKind, Trade,
    TradeId, VenueReason, VenueRef, testing,
};

use crate::parties::clock;

/// What services say to each other: the market, and everything that must not be lost.
pub(crate) const KINDS: [TopicKind; 19] = [
    TopicKind::Trades,
    TopicKind::Book,
    TopicKind::Ticker,
    TopicKind::Ohlcv,
    TopicKind::Instrument,
    TopicKind::Feed,
    TopicKind::Mark,
    TopicKind::Intent,
    TopicKind::Decision,
    TopicKind::OrdersAccepted,
    TopicKind::OrdersUpdate,
    TopicKind::Fills,
    TopicKind::VenueRequest,
    TopicKind::VenueReport,
    TopicKind::ControlKill,
    TopicKind::ControlStrategy,
    TopicKind::ControlLimits,
    TopicKind::Alerts,
    TopicKind::Signal,
];

/// Who says that, and how many services have to read it: as `runtime` has it for services apart.
pub(crate) fn party(kind: TopicKind) -> (Source, usize) {
    match kind {
        TopicKind::Mark | TopicKind::ControlLimits | TopicKind::Alerts => (Source::RiskEngine, 0),
        TopicKind::Intent => (Source::StrategyEngine, 1),
        TopicKind::Decision => (Source::RiskEngine, 2),
        TopicKind::OrdersAccepted | TopicKind::VenueRequest => (Source::ExecutionGateway, 0),
        TopicKind::OrdersUpdate | TopicKind::Fills => (Source::ExecutionGateway, 2),
        TopicKind::VenueReport => (Source::Venue, 0),
        TopicKind::ControlKill => (Source::RiskEngine, 1),
        TopicKind::ControlStrategy => (Source::StrategyEngine, 2),
        TopicKind::Signal => (Source::External, 1),
        _ => (Source::MdIngest, 0),
    }
}

/// The message of that number.
pub(crate) fn message(kind: TopicKind, source: Source, number: u64) -> Envelope {
    let event = if kind.is_of_a_market() { market(kind, number) } else { durable(kind, number) };
    let said = Envelope::input(source, clock()(), event);
    let said = Envelope { epoch: Epoch(1), seq: Seq::new(number), ..said };
    match source {
        Source::StrategyEngine | Source::RiskEngine | Source::ExecutionGateway => {
            let topic = Topic::Trades(symbol("BTC/USD"));
            let (epoch, seq) = (said.epoch, said.seq);
            let cause = Cause { src: Source::MdIngest, epoch, topic, seq };
            let intent = IntentSeq::new(number);
            let corr = Corr::new(strategy("ema_cross"), Origin::Strategy, intent);
            Envelope { cause: Some(cause), corr: Some(corr), ..said }
        }
        _ => said,
    }
}

fn market(kind: TopicKind, number: u64) -> Event {
    let (symbol, at) = (symbol("BTC/USD"), clock()());
    let (bid, ask) = (Some(price("65432.1")), Some(price("65432.2")));
    match kind {
        TopicKind::Book => Event::Level(Level {
            symbol,
            price: price("65432.1"),
            qty: qty("0.25"),
            at,
            checksum: Some(u32::MAX),
            side: Side::Buy,
            part: LevelPart::Last,
        }),
        TopicKind::Ticker => {
            let (bid_qty, ask_qty) = (qty("1.5"), qty("0.25"));
            Event::Ticker(Ticker { symbol, bid, ask, last: ask, bid_qty, ask_qty, at })
        }
        TopicKind::Ohlcv => Event::Bar(Bar {
            symbol,
            open: price("65000"),
            high: price("65500.5"),
            low: price("64900"),
            close: price("65432.1"),
            volume: qty("12.34567891"),
            open_at: at,
            trades: 417,
            timeframe: Timeframe::M5,
        }),
        TopicKind::Instrument => Event::Instrument(testing::instrument(symbol)),
        TopicKind::Feed => Event::Feed(Feed { symbol, state: FeedState::Live }),
        TopicKind::Mark => {
            let state = FeedState::Live;
            let (seen, quoted, traded) = (at, at, at);
            Event::Mark(Mark { symbol, bid, ask, last: ask, seen, quoted, traded, state })
        }
        _ => Event::Trade(Trade {
            symbol,
            price: price("65432.1"),
            qty: qty("0.00012345"),
            id: TradeId::new(number),
            at,
            taker: Side::Sell,
        }),
    }
}

fn durable(kind: TopicKind, number: u64) -> Event {
    let limit = price("65432.1");
    let (id, qty, symbol) = (order(number), qty("0.004"), symbol("BTC/USD"));
    let (limited, lifetime) = (OrderKind::Limit(limit), Lifetime::UntilCancelled);
    let spec = OrderSpec::new(symbol, Side::Buy, qty, limited, lifetime).unwrap();
    let why = Label::new("cross up");
    let seal: Seal = format!("{number:016x}").parse().unwrap();
    match kind {
        TopicKind::Intent => Event::Place(Place { id, spec, expires: secs(10), why }),
        TopicKind::Decision => {
            let (number, valid_until) = (number as u32, secs(11));
            Event::Approved(Approval { id, spec, valid_until, seal, number, limits: 2 })
        }
        TopicKind::OrdersAccepted => Event::Accepted(OrderAccepted { id, spec }),
        TopicKind::VenueRequest => Event::Submit(Submit { id, spec, deadline: secs(12), seal }),
        TopicKind::ControlKill => Event::KillState(KillState {
            level: Some(KillLevel::Flatten),
            trigger: KillTrigger::DailyLoss,
            since: secs(3),
        }),
        TopicKind::ControlStrategy => {
            Event::StrategyControl(StrategyControl { run: StrategyRun::Quarantined })
        }
        TopicKind::ControlLimits => Event::LimitState(LimitState {
            version: 4,
            limit: LimitKey::OrderQtyMax,
            value: LimitValue::Qty { most: qty },
            symbol: Some(symbol),
            outcome: LimitOutcome::InForce,
        }),
        TopicKind::Signal => Event::Signal(Signal {
            strategy: strategy("follow_signals"),
            symbol,
            target: net("0.004"),
            limit: Some(limit),
            expires: secs(60),
            why,
        }),
        TopicKind::OrdersUpdate | TopicKind::Fills | TopicKind::VenueReport => {
            of_an_order(kind, id)
        }
        _ => {
            let order = Some(id);
            Event::Alert(Alert { code: AlertCode::ForeignOrder, symbol: Some(symbol), order })
        }
    }
}

/// What becomes of an order.
fn of_an_order(kind: TopicKind, id: OrderId) -> Event {
    let venue_ref = VenueRef::new("OK4GJX-KSTLS-7DZZO5").unwrap();
    let limit = Some(price("65432.1"));
    let (symbol, qty, filled) = (symbol("BTC/USD"), qty("0.004"), qty("0.001"));
    match kind {
        TopicKind::OrdersUpdate => Event::Order(OrderUpdate {
            id,
            symbol,
            qty,
            filled,
            limit,
            venue_ref: Some(venue_ref),
            settles: Some(8),
            state: OrderState::PartiallyFilled,
            reason: VenueReason::None,
        }),
        TopicKind::Fills => Event::Fill(Fill {
            id,
            exec: venue_ref,
            symbol,
            qty,
            price: price("65432.1"),
            fee: money("0.6366"),
            fee_asset: testing::asset("USD"),
            at: secs(9),
            side: Side::Buy,
            liquidity: Liquidity::Taker,
        }),
        _ => Event::Report(Report {
            id,
            venue_ref: Some(venue_ref),
            symbol: Some(symbol),
            qty,
            filled,
            limit,
            at: secs(9),
            answers: Some(8),
            says: Says::Filled,
            reason: VenueReason::None,
        }),
    }
}

fn order(number: u64) -> OrderId {
    OrderId::from_bits(u128::from(number) << 64 | 0xa91c).unwrap()
}
